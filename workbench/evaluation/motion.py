"""How a thing moved that was followed through a video: how far, how fast, how straight.

Boxes tremble by a pixel from frame to frame, also those that people draw, and a sum of trembling
steps is a long path that nobody took. So positions are smoothed first. And a thing that is not seen
for a while may have been anywhere: nothing is said of its path then.

Lengths are in whatever unit the points have, times in seconds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from workbench.core.arrays import Float64Array, IntArray

SMOOTH, GAP = 0.2, 0.5
"""Seconds over which positions are smoothed; and for which a thing that is not seen is believed to
have gone straight on."""
MOST_SMOOTH = 10.0
_LOOKS = 2.5
"""Where frames are far apart, a gap is longer than so many of them."""
_SAME = 1e-6
"""Seconds by which a time may be off where a window ends."""


class Motion(NamedTuple):
    """How one thing moved; nan where nothing can be said."""

    seconds: float
    """For which it was seen: without its gaps."""
    path: float
    """Length of its path, without what lies in gaps."""
    net: float
    """From its first position to its last one, as the crow flies."""
    straightness: float
    """``net`` by ``path``: 1 for who goes straight, near 0 for who comes back (Batschelet, E.
    (1981), Circular Statistics in Biology). nan where there is a gap, as the path is not known."""
    mean_speed: float
    """``path`` by ``seconds``."""
    median_speed: float
    """Half of the time it was slower."""
    max_speed: float
    """The largest between two frames."""
    moving: float
    """Share of ``seconds``, 0 to 1, in which it was faster than asked for."""


@dataclass(frozen=True, slots=True)
class Trajectory:
    """Where a thing was, smoothed."""

    times: Float64Array
    """float64 (N,), rising."""
    points: Float64Array
    """float64 (N, 2): its positions."""
    part: IntArray
    """int64 (N,): the number of the part of its path, from 0; between two parts is a gap."""

    @property
    def gaps(self) -> int:
        """How many there are."""
        return int(self.part[-1]) if len(self.part) else 0

    def lines(self, most: int) -> list[Float64Array]:
        """Each of its parts as a line of about ``most`` points (N, 2) or fewer, to be drawn."""
        ends = np.flatnonzero(np.diff(self.part)) + 1
        return [_thinned(points, most) for points in np.split(self.points, ends) if len(points)]

    def motion(self, moving_from: float) -> Motion:
        """How it moved; ``moving_from`` is the speed from which on it is said to move."""
        steps = np.diff(self.points, axis=0)
        going = np.diff(self.part) == 0
        lengths = np.hypot(steps[:, 0], steps[:, 1])[going]
        spans = np.diff(self.times)[going]
        timed = spans > 0
        speeds, spans = lengths[timed] / spans[timed], spans[timed]
        path, seconds = float(lengths.sum()), float(spans.sum())
        net = math.dist(self.points[0], self.points[-1]) if len(self.points) else math.nan
        some = seconds > 0
        return Motion(
            seconds, path, net, min(1.0, net / path) if path > 0 and not self.gaps else math.nan,
            path / seconds if some else math.nan, _median(speeds, spans),
            float(speeds.max()) if some else math.nan,
            float(spans[speeds > moving_from].sum()) / seconds
            if some and not math.isnan(moving_from) else math.nan)


def trajectory_of(times: Float64Array, points: Float64Array, smooth: float = SMOOTH,
           gap: float = GAP) -> Trajectory:
    """The trajectory of a thing that was at ``points`` (N, 2) at rising ``times`` (N,).

    Parameters
    ----------
    smooth
        Seconds over which positions are smoothed, 0 for not at all; see :func:`smoothed`.
    gap
        Where it was not seen for longer than that (and than two and a half times the usual step
        from frame to frame) is a gap; shorter ones are passed in a straight line.
    """
    part = _parts(times, gap)
    return Trajectory(times, smoothed(times, points, part, smooth), part)


def _parts(times: Float64Array, gap: float) -> IntArray:
    if len(times) < 2:
        return np.zeros(len(times), np.int64)
    steps = np.diff(times)
    most = max(gap, _LOOKS * float(np.median(steps))) + _SAME
    return np.concatenate([[0], np.cumsum(steps > most)]).astype(np.int64)


def smoothed(times: Float64Array, points: Float64Array, part: IntArray,
             window: float) -> Float64Array:
    """Positions (N, 2) of which each lies on the straight line that fits best, by least squares,
    those seen within half a ``window`` (seconds) of it.

    With even frames that is the moving mean. At both ends of a part the first and last whole
    window counts, so that ends tremble no more than the middle. Who goes straight at a constant
    speed is left where it is, and nothing is smoothed across gaps.
    """
    if window <= 0 or len(times) < 3:
        return points
    begins = np.searchsorted(part, part)
    ends = np.searchsorted(part, part, side="right")
    early, late = times[begins] + window / 2, times[ends - 1] - window / 2
    middle = np.where(early <= late, np.clip(times, early, np.maximum(early, late)),
                      (early + late) / 2)
    first = np.maximum(np.searchsorted(times, middle - window / 2 - _SAME), begins)
    after = np.minimum(np.searchsorted(times, middle + window / 2 + _SAME, side="right"), ends)
    return _fitted(times, points, first, after)


def _fitted(times: Float64Array, points: Float64Array, first: IntArray,
            after: IntArray) -> Float64Array:
    """On the line through the points from ``first`` to before ``after``, at each time. Sums are of
    differences to the point itself: those of long videos would lose all digits."""
    size = (after - first).astype(float)
    weight, square = np.zeros(len(times)), np.zeros(len(times))
    total, product = np.zeros(points.shape), np.zeros(points.shape)
    for step in range(int(size.max())):
        at = np.minimum(first + step, after - 1)
        there = (first + step < after).astype(float)
        apart = (times[at] - times) * there
        moved = (points[at] - points) * there[:, None]
        weight += apart
        square += apart * apart
        total += moved
        product += apart[:, None] * moved
    mean = weight / size
    spread = square - weight * mean
    slope = np.divide(product - total * mean[:, None], spread[:, None],
                      out=np.zeros(points.shape), where=spread[:, None] > _SAME * _SAME)
    found: Float64Array = points + total / size[:, None] - slope * mean[:, None]
    return found


def _thinned(points: Float64Array, most: int) -> Float64Array:
    """Those of a line that lie at even distances along it."""
    if len(points) <= most:
        return points
    steps = np.diff(points, axis=0)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(steps[:, 0], steps[:, 1]))])
    places = np.searchsorted(along, np.linspace(0, along[-1], most)).clip(max=len(points) - 1)
    found: Float64Array = points[np.unique([0, *places, len(points) - 1])]
    return found


def _median(speeds: Float64Array, spans: Float64Array) -> float:
    """The speed that is not reached for half of the time, halfway between two where both would do;
    nan without any."""
    if not len(speeds):
        return math.nan
    order = np.argsort(speeds)
    share = np.cumsum(spans[order]) / spans.sum()
    middle = np.searchsorted(share, [0.5 - _SAME, 0.5 + _SAME]).clip(max=len(order) - 1)
    return float(speeds[order][middle].mean())
