"""Which lines a track crosses: by its smoothed middle, and with a strip on both sides of each line
in which nothing is decided (see :mod:`workbench.evaluation.counting`)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from workbench.core.arrays import Float64Array, IntArray
from workbench.evaluation.counting import IN, CountingLine, Tally, TrackEvent
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
    near = [line for line in lines if _changes_sides(line, trajectory.points)]
    if not near:
        return ()
    tally = Tally(near, math.inf)
    for part, frame, time, box, (x, y) in zip(
            trajectory.part.tolist(), frames.tolist(), trajectory.times.tolist(), boxes.tolist(),
            trajectory.points.tolist(), strict=True):
        tally.see(part, label, frame, time, (box[0], box[1], box[2], box[3]), (x, y))
    return tuple(event._replace(track=number)
                 for event in sorted(tally.passings, key=lambda event: event.time))


def _changes_sides(line: CountingLine, points: Float64Array) -> bool:
    """Whether it is ever on both sides of a line: of most tracks that is known at once."""
    (x0, y0), (x1, y1) = line.points
    side = (x1 - x0) * (points[:, 1] - y0) - (y1 - y0) * (points[:, 0] - x0) >= 0
    return bool(np.any(side) and not np.all(side))


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
