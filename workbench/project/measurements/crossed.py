"""Which lines a track crosses, and which zones it enters: by its smoothed middle, and with a strip
on both sides of each border in which nothing is decided (see :mod:`workbench.evaluation.counting`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from workbench.core.arrays import Float64Array, IntArray
from workbench.evaluation.counting import (
    IN,
    LEAST_UNDECIDED,
    UNDECIDED,
    CountingLine,
    Tally,
    TrackEvent,
)
from workbench.evaluation.motion import Trajectory


def crossings_of(lines: Sequence[CountingLine], trajectory: Trajectory, frames: IntArray,
                 boxes: Float64Array, number: int, label: str) -> tuple[TrackEvent, ...]:
    """What a thing crosses, in the order of time. Each part of its path counts for itself: where it
    went in a gap nobody knows.

    Parameters
    ----------
    frames, boxes
        int64 (N,) and float64 (N, 4): those of the trajectory.
    """
    found: list[TrackEvent] = []
    for line in lines:
        at = _telling(line, trajectory, boxes)
        tally = Tally([line], math.inf)
        for part, frame, time, box, (x, y) in zip(
                trajectory.part[at].tolist(), frames[at].tolist(), trajectory.times[at].tolist(),
                boxes[at].tolist(), trajectory.points[at].tolist(), strict=True):
            tally.see(part, label, frame, time, (box[0], box[1], box[2], box[3]), (x, y))
        found += tally.passings
    return tuple(event._replace(track=number)
                 for event in sorted(found, key=lambda event: event.time))


def follow(tally: Tally, trajectory: Trajectory, frames: IntArray, boxes: Float64Array, number: int,
           label: str, check: Callable[[], object] = lambda: None) -> None:
    """Have a ``tally`` take in a thing, frame by frame, as :func:`crossings_of` counts it;
    ``check`` is called for each."""
    before = 0
    for part, frame, time, box, (x, y) in zip(
            trajectory.part.tolist(), frames.tolist(), trajectory.times.tolist(), boxes.tolist(),
            trajectory.points.tolist(), strict=True):
        check()
        if part != before:
            tally.lose(number)
            before = part
        tally.see(number, label, frame, time, (box[0], box[1], box[2], box[3]), (x, y))


def _telling(line: CountingLine, trajectory: Trajectory, boxes: Float64Array) -> IntArray:
    """Places of the frames by which a tally learns all: the two around each change of side, and the
    first of each time that it is surely on a side. Of most tracks there is none."""
    (x0, y0), (x1, y1) = line.points
    x, y = trajectory.points.T
    away = ((x1 - x0) * (y - y0) - (y1 - y0) * (x - x0)) / math.dist(*line.points)
    positive = away >= 0
    changes = np.flatnonzero(positive[1:] != positive[:-1])
    if not len(changes):
        return changes
    size = np.sqrt((boxes[:, 2:] - boxes[:, :2]).clip(0).prod(1))
    sure = np.flatnonzero(np.abs(away) > np.maximum(LEAST_UNDECIDED, UNDECIDED * size))
    part, side = trajectory.part[sure], positive[sure]
    first = np.ones(len(sure), bool)
    first[1:] = (side[1:] != side[:-1]) | (part[1:] != part[:-1])
    return np.unique(np.concatenate([changes, changes + 1, sure[first]]))


def passed(events: Sequence[TrackEvent], line: str) -> tuple[int, int]:
    """How often a line was crossed, in and out."""
    inwards = [event.direction == IN for event in events if event.place == line]
    return sum(inwards), len(inwards) - sum(inwards)


def filmed_at(video: Path) -> float | None:
    """When a video was filmed, by its name, in seconds of that clock since 1970; None where it does
    not say so, or the day alone."""
    from workbench.media.recording_time import recorded_at

    moment = recorded_at(video)
    return moment.seconds if moment is not None and moment.exact else None
