"""Things keep their number through a video; proven on sequences whose truth is known."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest

from tests.support.moving_things import Scene, scene
from tests.support.track_metrics import Boxes, track_scores
from workbench.core.detections import Detections
from workbench.evaluation.assignment import assign
from workbench.evaluation.tracking import (
    FollowedTrack,
    LiveFollower,
    TrackLimits,
    follow,
)
from workbench.extension.saving import TrackRow
from workbench.tasks.detection.tracks import followed


def as_boxes(made: Scene, tracks: list[FollowedTrack]) -> list[Boxes]:
    """Tracks as a metric takes them, frame by frame."""
    rows: list[list[tuple[int, int]]] = [[] for _ in made.found]
    for track in tracks:
        for place, row in zip(track.frames, track.rows, strict=True):
            rows[place].append((track.number - 1, row))
    return [Boxes(np.array([number for number, _ in row], int),
                  found.boxes[[at for _, at in row]].astype(float))
            for row, found in zip(rows, made.found, strict=True)]


def nearest(made: Scene) -> list[Boxes]:
    """A poor tracker: a detection has the number of its place in the list."""
    return [Boxes(np.arange(len(found)), found.boxes.astype(float)) for found in made.found]


@pytest.mark.parametrize("seed", range(40))
def test_the_cheapest_pairs_are_found(seed: int) -> None:
    rng = random.Random(seed)
    rows, columns = rng.randrange(1, 6), rng.randrange(1, 6)
    cost = np.array([[round(rng.random(), 2) for _ in range(columns)] for _ in range(rows)])
    limit = rng.choice([0.3, 0.7, 5.0])

    def total(pairs: list[tuple[int, int]]) -> float:
        return sum(cost[pair] for pair in pairs) + limit * (min(rows, columns) - len(pairs))

    few, many = min(rows, columns), range(max(rows, columns))
    least = min(total([pair for pair in (
        zip(range(few), chosen, strict=True) if rows <= columns
        else zip(chosen, range(few), strict=True)) if cost[pair] < limit])
        for chosen in itertools.permutations(many, few))
    found = assign(cost, limit)
    assert total(found) == pytest.approx(least)
    assert all(cost[pair] < limit for pair in found)
    assert len({row for row, _ in found}) == len({column for _, column in found}) == len(found)


# TrackEval 1.3.0 on these sequences: HOTA, CLEAR and Identity, with a threshold of 0.5
REFERENCE: dict[tuple[int, str], tuple[float, float, float, int]] = {
    (0, "nearest"): (0.649306, 0.727379, 0.590797, 208),
    (0, "follow"): (0.915509, 0.914251, 0.796744, 1),
    (1, "nearest"): (0.513514, 0.611216, 0.495834, 287),
    (1, "follow"): (0.902948, 0.949065, 0.812361, 0),
    (2, "nearest"): (0.583732, 0.698839, 0.583177, 249),
    (2, "follow"): (0.919856, 0.958255, 0.840933, 0),
    (3, "nearest"): (0.625917, 0.696782, 0.559804, 218),
    (3, "follow"): (0.92665, 0.961929, 0.82981, 0),
}


@pytest.mark.parametrize(("seed", "tracker"), list(REFERENCE))
def test_figures_are_those_of_trackeval(seed: int, tracker: str) -> None:
    made = scene(seed)
    found = nearest(made) if tracker == "nearest" else as_boxes(made, follow(
        made.found, made.times))
    scores = track_scores(made.truth, found)
    mota, idf1, hota, switches = REFERENCE[seed, tracker]
    assert (scores.mota, scores.idf1, scores.hota) == pytest.approx((mota, idf1, hota), abs=2e-5)
    assert scores.switches == switches


def test_perfect_and_empty_tracks() -> None:
    truth = scene(1).truth
    assert track_scores(truth, truth) == pytest.approx((1, 1, 1, 0))
    nothing = [Boxes(np.zeros(0, int), np.zeros((0, 4))) for _ in truth]
    assert track_scores(truth, nothing) == pytest.approx((0, 0, 0, 0))


def line(count: int, *, gaps: range = range(0), label: int = 0, top: float = 10.0,
         score: float = 0.9) -> list[Detections]:
    """One thing that moves 5 pixels a frame to the right, and is not seen in ``gaps``."""
    return [Detections.empty() if index in gaps else Detections(
        np.array([[5 * index, top, 5 * index + 30, top + 30]], np.float32),
        np.array([score], np.float32), np.array([label])) for index in range(count)]


def together(*lines: list[Detections]) -> list[Detections]:
    return [Detections(np.concatenate([item.boxes for item in frame]),
                       np.concatenate([item.scores for item in frame]),
                       np.concatenate([item.labels for item in frame]))
            for frame in zip(*lines, strict=True)]


def seconds(count: int) -> list[float]:
    return [index / 25 for index in range(count)]


def test_a_thing_that_is_hidden_for_a_while_keeps_its_number() -> None:
    frames = line(60, gaps=range(20, 35))
    tracks = follow(frames, seconds(60))
    assert [(track.number, track.frames) for track in tracks] == [
        (1, [*range(20), *range(35, 60)])]
    tracks = follow(frames, seconds(60), TrackLimits(remembered=0.3))
    assert [track.frames[0] for track in tracks] == [0, 35], "it is waited for so long only"


def test_low_scores_go_on_with_a_track_and_begin_none() -> None:
    weak = together(line(40), line(40, top=200, score=0.3))
    assert [track.label for track in follow(weak, seconds(40))] == [0]
    dim = [*line(20), *line(40, score=0.2)[20:]]
    assert [len(track.frames) for track in follow(dim, seconds(40))] == [40]


def test_classes_are_followed_apart_and_chance_is_left_out() -> None:
    frames = together(line(30, label=2), line(30, label=1))
    frames[7] = together([frames[7]], line(8, top=300)[7:])[0]  # once, somewhere else
    tracks = follow(frames, seconds(30))
    assert [(track.number, track.label, len(track.frames)) for track in tracks] == [
        (1, 2, 30), (2, 1, 30)]
    assert follow([], []) == [] and follow([Detections.empty()] * 3, seconds(3)) == []


def test_rows_say_when_each_thing_was_seen() -> None:
    answers = [{"file": "a.mp4", "frame": 2 * index, "time": index / 10, "size": [100, 100],
                "labels": ["cat"] * (index >= 3), "scores": [0.5] * (index >= 3),
                "boxes": [[10 + index, 10, 40 + index, 40]] * (index >= 3)}
               for index in range(10)]
    [track] = followed(answers, 0.4)
    assert track.row == TrackRow(1, "cat", 6, 0.3, 18, 0.9, 7, 0.5)
    assert track.seen[1] == (4, 0, (14, 10, 44, 40))
    assert followed(answers, 0.6) == []


def test_things_are_followed_where_seconds_lie_between_two_looks() -> None:
    answers = [{"file": "a.mp4", "frame": 90 * index, "time": 3.0 * index, "size": [100, 100],
                "labels": ["cat"] * (index != 4), "scores": [0.5] * (index != 4),
                "boxes": [[10, 10, 40, 40]] * (index != 4)} for index in range(8)]
    [track] = followed(answers, 0.4)
    assert track.row == TrackRow(1, "cat", 0, 0.0, 630, 21.0, 7, 0.5)


def test_a_model_that_is_never_sure_has_tracks_too() -> None:
    frames = line(30, score=0.2)
    assert [len(track.frames) for track in follow(frames, seconds(30), TrackLimits(0.15))] == [30]


def test_an_unsure_sight_goes_on_with_a_thing_that_was_missed_a_moment_ago() -> None:
    frames = [*line(20), *line(40, score=0.2, gaps=range(24, 26))[20:]]
    assert [track.frames for track in follow(frames, seconds(40))] == [
        [*range(24), *range(26, 40)]]


def test_it_follows_as_well_as_another_program() -> None:
    """ByteTrack of the library "trackers" 2.6.1 has MOTA 0.899, IDF1 0.947 and HOTA 0.809 here."""
    made = [scene(seed) for seed in range(8)]
    scores = [track_scores(item.truth, as_boxes(item, follow(item.found, item.times)))
              for item in made]
    mota, idf1, hota, _ = np.mean(scores, 0)
    assert mota > 0.899 and idf1 > 0.947 and hota > 0.809


def test_pictures_that_come_one_by_one_are_followed_as_a_video_is() -> None:
    made = scene(2)
    limits, follower = TrackLimits(), LiveFollower()
    live: dict[tuple[int, int], int] = {}
    for place, (found, time) in enumerate(zip(made.found, made.times, strict=True)):
        numbers = follower.step(found, time, limits)
        live |= {(place, row): number for row, number in enumerate(numbers) if number}
    pairs = set()
    for track in follow(made.found, made.times):
        seen = list(zip(track.frames, track.rows, strict=True))
        assert all(at not in live for at in seen[:limits.shortest - 1]), "it may be chance yet"
        pairs |= {(track.number, live[at]) for at in seen[limits.shortest - 1:]}
    assert len(pairs) == len({one for one, _ in pairs}) == len({other for _, other in pairs})


def passing(times: list[float], speed: float, top: int = 0) -> list[Detections]:
    """A thing of 30 × 30 pixels that goes so many pixels a second to the right."""
    return [Detections(np.array([[speed * time, top, speed * time + 30, top + 30]], np.float32),
                       np.array([0.9], np.float32), np.array([0])) for time in times]


@pytest.mark.parametrize("step", [20, 30, 44])
def test_what_passes_quickly_is_one_thing(step: int) -> None:
    frames = together(passing(seconds(15), step * 25), passing(seconds(15), -step * 25, top=400))
    assert [len(track.frames) for track in follow(frames, seconds(15))] == [15, 15]
    too_far = passing(seconds(15), 60 * 25)
    assert follow(too_far, seconds(15)) == [], "it may be anything"
    near = together(passing(seconds(15), step * 25), passing(seconds(15), step * 25, top=50))
    assert all(len(set(track.rows)) == 1 for track in follow(near, seconds(15)))


def test_frames_that_are_not_evenly_apart_lose_nothing() -> None:
    """As of a telephone in the dark, or of a video from which frames were dropped."""
    times = [*np.arange(40) / 25, *(40 / 25 + np.arange(20) * 3 / 25), *(4 + np.arange(30) / 25)]
    found = passing([float(time) for time in times], 170.0)
    assert [len(track.frames) for track in follow(found, times)] == [90]
    rng = np.random.default_rng(1)
    times = np.cumsum(rng.choice([1, 2, 4], 100) / 25).tolist()
    [track] = follow(passing(times, 150.0), times)
    assert len(track.frames) >= 95
