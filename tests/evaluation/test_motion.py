"""How things moved: known motions are measured as what they are, however they tremble."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.core.arrays import Float64Array
from workbench.evaluation.motion import Motion, smoothed, trajectory_of

SEEDS = st.integers(0, 2**32 - 1)


def walk(seed: int, frames: int = 80) -> tuple[Float64Array, Float64Array]:
    """A random walk at uneven times, with a gap or none."""
    rng = np.random.default_rng(seed)
    steps = rng.uniform(0.02, 0.06, frames)
    if seed % 2:
        steps[frames // 2] = 3.0
    return np.cumsum(steps), np.cumsum(rng.normal(0, 3, (frames, 2)), axis=0)


def measured(times: Float64Array, points: Float64Array, moving: float = 40.0,
             smooth: float = 0.2) -> Motion:
    return trajectory_of(times, points, smooth).motion(moving)


def circle(turns: float, radius: float, seconds: float, rate: float = 25.0, jitter: float = 0.0,
           ) -> tuple[Float64Array, Float64Array]:
    times = np.arange(0, seconds * rate + 1) / rate
    angle = 2 * np.pi * turns * times / seconds
    points = 200 + radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return times, points + np.random.default_rng(3).normal(0, jitter, points.shape)


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.floats(-500, 500), st.floats(-500, 500), st.floats(0, 2 * math.pi))
def test_where_and_which_way_round_does_not_matter(seed: int, x: float, y: float,
                                                   angle: float) -> None:
    times, points = walk(seed)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    assert measured(times + 7, points @ turn.T + (x, y)) == pytest.approx(
        measured(times, points), rel=1e-6, nan_ok=True)


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_backwards_it_is_the_same(seed: int) -> None:
    times, points = walk(seed)
    assert measured(times[-1] - times[::-1], points[::-1]) == pytest.approx(
        measured(times, points), rel=1e-6, nan_ok=True)


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.floats(1e-3, 1e3))
def test_units_scale(seed: int, factor: float) -> None:
    times, points = walk(seed)
    one, other = measured(times, points), measured(times, points * factor, 40 * factor)
    for name in ("path", "net", "mean_speed", "median_speed", "max_speed"):
        assert getattr(other, name) == pytest.approx(getattr(one, name) * factor, rel=1e-9)
    for name in ("seconds", "straightness", "moving"):
        assert getattr(other, name) == pytest.approx(getattr(one, name), rel=1e-9, nan_ok=True)


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.floats(-300, 300), st.floats(-300, 300), st.floats(0, 2))
def test_a_constant_speed_is_found_exactly(seed: int, vx: float, vy: float, smooth: float) -> None:
    times, _ = walk(seed - seed % 2)
    motion, speed = measured(times, times[:, None] * (vx, vy), 0, smooth), math.hypot(vx, vy)
    seconds = times[-1] - times[0]
    assert motion.seconds == pytest.approx(seconds)
    assert motion.path == pytest.approx(speed * seconds, abs=1e-6) == motion.net
    assert (motion.mean_speed, motion.median_speed, motion.max_speed) == pytest.approx(
        (speed, speed, speed), rel=1e-6, abs=1e-6)
    if speed > 1e-3:
        assert motion.straightness == pytest.approx(1) and motion.moving == pytest.approx(1)


@pytest.mark.parametrize("jitter", [0.0, 0.5, 1.0])
def test_a_circle_with_jitter_has_its_length(jitter: float) -> None:
    times, points = circle(3, 100, 12, jitter=jitter)
    motion = measured(times, points)
    assert motion.path == pytest.approx(2 * math.pi * 100 * 3, rel=0.01)
    assert motion.mean_speed == pytest.approx(2 * math.pi * 100 * 3 / 12, rel=0.01)
    assert motion.net < 3 and motion.straightness < 0.01


def test_what_goes_slowly_needs_more_smoothing() -> None:
    """1.3 px a frame, with a jitter of 1 px."""
    times, points = circle(1, 100, 20, jitter=1.0)
    true = 2 * math.pi * 100
    assert measured(times, points, smooth=0).path > 1.6 * true
    assert measured(times, points).path == pytest.approx(true, rel=0.05)
    assert measured(times, points, smooth=0.5).path == pytest.approx(true, rel=0.01)


def test_ends_tremble_no_more_than_the_middle() -> None:
    times = np.arange(500) / 25
    rng = np.random.default_rng(1)
    ends = []
    for _ in range(40):
        jitter = rng.normal(0, 1, (500, 2))
        trajectory = trajectory_of(times, np.stack([50 * times, 0 * times], axis=1) + jitter)
        speeds = np.hypot(*np.diff(trajectory.points, axis=0).T) * 25
        ends.append(speeds[[0, -1]].max() > 1.1 * speeds[10:-10].max())
    assert sum(ends) <= 4


def test_a_gap_is_not_moved_through() -> None:
    """A thing goes 100 px in a second, is away for 5 s, and goes 100 px in a second elsewhere."""
    times = np.concatenate([np.arange(26) / 25, 6 + np.arange(26) / 25])
    points = np.stack([100 * times, np.where(times > 3, 900.0, 0)], axis=1)
    trajectory = trajectory_of(times, points)
    motion = trajectory.motion(50)
    assert trajectory.gaps == 1 and (motion.seconds, motion.path) == pytest.approx((2, 200))
    assert motion.net == pytest.approx(math.hypot(700, 900)) and math.isnan(motion.straightness)
    assert motion.max_speed == pytest.approx(100) and motion.moving == pytest.approx(1)
    assert np.allclose(trajectory.points, points), "nothing is smoothed across it"
    short = np.delete(times[:26], range(8, 16))  # a third of a second
    straight = trajectory_of(short, np.stack([100 * short, 0 * short], axis=1)).motion(50)
    assert straight.path == pytest.approx(100) and straight.seconds == pytest.approx(1)


def test_frames_that_are_far_apart_are_no_gaps() -> None:
    times = np.arange(10) * 60.0
    trajectory = trajectory_of(times, np.stack([times, times], axis=1))
    assert trajectory.gaps == 0 and trajectory.motion(0).path == pytest.approx(540 * math.sqrt(2))


def test_the_share_of_moving_and_the_median_are_by_time() -> None:
    times = np.concatenate([np.arange(0, 4, 0.1), np.arange(4, 8.1, 0.4)])
    x = np.where(times < 4, 0, (times - 4) * 20)  # at rest, then at 20 px/s, seen less often
    motion = measured(times, np.stack([x, 0 * x], axis=1), 10, smooth=0)
    assert motion.moving == pytest.approx(0.5, abs=0.03)
    assert motion.mean_speed == pytest.approx(10, rel=0.02)


def test_one_frame_says_nothing_of_speed() -> None:
    motion = measured(np.array([2.0]), np.array([[3.0, 4.0]]))
    assert (motion.seconds, motion.path, motion.net) == (0, 0, 0)
    assert all(map(math.isnan, motion[3:]))


def test_even_frames_have_the_moving_mean_and_long_videos_keep_their_digits() -> None:
    times = 1e5 + np.arange(100_000) / 25
    points = np.random.default_rng(2).normal(0, 1, (len(times), 2)) + 1e4
    found = smoothed(times, points, np.zeros(len(times), np.int64), 0.2)
    mean = np.stack([np.convolve(points[:, axis], np.ones(5) / 5, "valid") for axis in (0, 1)], 1)
    assert np.abs(found[3:-3] - mean[1:-1]).max() < 1e-6


def test_lines_to_be_drawn_are_short_and_keep_their_form() -> None:
    times, points = circle(1, 100, 400)
    times[5000:] += 10
    whole, rest = trajectory_of(times, points, smooth=0).lines(300)
    assert len(whole) <= 302 and len(rest) <= 302
    assert (whole[0] == points[0]).all() and (rest[-1] == points[-1]).all()
    assert np.hypot(*np.diff(whole, axis=0).T).sum() == pytest.approx(100 * np.pi, rel=1e-3)
    still = trajectory_of(times, 0 * points).lines(300)
    assert all(len(line) <= 302 for line in still)
