"""Crossings of lines as tables: each of them, and how many there are of each class in each interval
of time."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from workbench.core.arrays import IntArray
from workbench.evaluation.counting import IN, TrackEvent
from workbench.media.recording_time import Moment
from workbench.project.measurements.rows import Row
from workbench.project.measurements.tracks import TrackTable

CROSSINGS = ("file", "time", "clock", "frame", "track", "label", "line", "direction")
"""The columns of a table of crossings."""
SUMS = ("file", "line", "from", "to", "clock", "label", "in", "out", "net")
"""The columns of a table of their sums."""
_SAME = 1e-6


class CrossingSum(NamedTuple):
    """How often things of a class crossed a line in a time."""

    key: str
    """The video."""
    line: str
    first: float
    last: float
    """From when to before when, in seconds of the video."""
    clock: float | None
    """When the interval begins, in seconds since 1970 as the clock showed, where that is known."""
    label: str
    ins: int
    outs: int

    @property
    def net(self) -> int:
        """How many more went in than out."""
        return self.ins - self.outs


def events_of(table: TrackTable, rows: IntArray) -> list[tuple[int, TrackEvent]]:
    """The crossings of these tracks, each with the place of its video, by video and time."""
    found = [(int(table.sample[row]), event) for row in rows.tolist()
             for event in table.crossings[row]]
    return sorted(found, key=lambda item: (item[0], item[1].time, item[1].track))


def crossing_sums(table: TrackTable, rows: IntArray, every: float = 0.0,
                  ) -> Iterator[CrossingSum]:
    """The sums of all lines, by video, line, interval and class, also those that are nought. Where
    it is known when a video was filmed, intervals begin with those of the clock.

    Parameters
    ----------
    rows
        The tracks that count; classes without any are left out.
    every
        Seconds of an interval; 0 for the whole video.
    """
    counts: Counter[tuple[int, str, int, str, bool]] = Counter()
    labels: dict[int, list[str]] = {}
    for row in rows.tolist():
        known = labels.setdefault(int(table.sample[row]), [])
        if table.seen[row].label not in known:
            known.append(table.seen[row].label)
    for sample, event in events_of(table, rows):
        at = _interval(event.time, every, _begin(table.began[sample], every))
        counts[sample, event.place, at, event.label, event.direction == IN] += 1
    for sample, names in labels.items():
        length, began = float(table.sizes[sample, 0]), table.began[sample]
        begin = _begin(began, every)
        for line in table.lines[sample]:
            for at in range(_interval(length - _SAME, every, begin) + 1):
                first, last = begin + at * every, begin + (at + 1) * every if every else length
                for label in sorted(names, key=str.casefold):
                    yield CrossingSum(
                        table.keys[sample], line, max(0.0, first), min(last, length),
                        None if began is None else began + first, label,
                        counts[sample, line, at, label, True],
                        counts[sample, line, at, label, False])


def _begin(began: float | None, every: float) -> float:
    """Where the first interval begins, in seconds of the video: at 0 or before."""
    return -(began % every) if began is not None and every else 0.0


def _interval(time: float, every: float, begin: float) -> int:
    return max(0, math.floor((time - begin) / every + _SAME)) if every else 0


def clock_text(clock: float | None) -> str:
    """ "2026-05-12 07:15:00", or nothing."""
    return Moment(clock, exact=True).words if clock is not None else ""


def crossing_rows(table: TrackTable, rows: IntArray) -> Iterator[Row]:
    """A row for each crossing, the titles first."""
    yield CROSSINGS
    for sample, event in events_of(table, rows):
        began = table.began[sample]
        yield (table.keys[sample], f"{event.time:.3f}",
               clock_text(None if began is None else began + event.time), event.frame, event.track,
               event.label, event.place, event.direction)


def sum_rows(table: TrackTable, rows: IntArray, every: float = 0.0) -> Iterator[Row]:
    """A row for each of :func:`crossing_sums`, the titles first."""
    yield SUMS
    for one in crossing_sums(table, rows, every):
        yield (one.key, one.line, f"{one.first:g}", f"{one.last:g}", clock_text(one.clock),
               one.label, one.ins, one.outs, one.net)
