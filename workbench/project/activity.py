"""When and where things were found: in which hour of which day, at which station, and how much was
looked at there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from workbench.core.text import tr
from workbench.extension.saving import Prediction, Saving
from workbench.media.recording_time import Moment, recorded_at

COLUMNS = ("day", "hour", "label", "number", "station", "files", "minutes", "night")
"""Of the table: how many things (``number``) of a class there are in an hour at a station, in how
many files of how many minutes together; ``night`` is the day of its evening."""
HOURS = 24
LINES = ("day", "night", "label", "station")
"""What a grid may have a line for."""
_NO_HOUR = -1
_NOON = 12


class Slot(NamedTuple):
    """An hour at a station; the hour is -1 where only the day is known, the day "" where nothing
    is."""

    day: str
    hour: int
    station: str

    @property
    def night(self) -> str:
        """The day on whose evening the night began."""
        if self.hour == _NO_HOUR or self.hour >= _NOON:
            return self.day if self.hour != _NO_HOUR else ""
        return f"{datetime.fromisoformat(self.day) - timedelta(days=1):%Y-%m-%d}"


class Effort(NamedTuple):
    """What was looked at: files, and the seconds of those that last."""

    files: int = 0
    seconds: float = 0.0

    def more(self, files: int, seconds: float) -> Effort:
        return Effort(self.files + files, self.seconds + seconds)


@dataclass(frozen=True, slots=True)
class Grid:
    """Counts in cells, line by line; ``looked`` says of each what was looked at there."""

    lines: Sequence[str]
    columns: Sequence[str]
    counts: Sequence[int]
    looked: Sequence[Effort]

    @property
    def absent(self) -> frozenset[int]:
        """The cells in which nothing was looked at, so that a 0 there says nothing."""
        return frozenset(at for at, effort in enumerate(self.looked) if not effort.files)

    @property
    def lasting(self) -> bool:
        """Whether what was looked at lasts, so that there is a rate."""
        return any(effort.seconds for effort in self.looked)

    def each_hour(self) -> Grid:
        """How many there are in an hour of recording, instead."""
        return replace(self, counts=[
            round(3600 * number / effort.seconds) if effort.seconds else 0
            for number, effort in zip(self.counts, self.looked, strict=True)])


class Activity:
    """Counts of answers, however many there are, in little memory.

    A thing is in the hour of the clock in which it was seen or heard: when its file began, and how
    far on in a recording or a video it is.

    Parameters
    ----------
    stations
        From a file's path to where it was made, see
        :class:`workbench.media.recording_place.Stations`.
    """

    def __init__(self, saving: Saving, stations: Callable[[str], str] = lambda path: "") -> None:
        self._saving, self._station_of = saving, stations
        self._found: Counter[tuple[Slot, str]] = Counter()
        self._looked: dict[Slot, Effort] = {}
        self._at_station: dict[str, Effort] = {}
        self._file, self._station = "", ""
        self._began: Moment | None = None
        self._seen: set[Slot] = set()  # of this file

    def add(self, item: Prediction) -> None:
        """Count what is in one answer; reads the head of its file."""
        if "value" in item:  # a number is no thing
            return
        new = item["file"] != self._file
        if new:
            self._file, self._seen = item["file"], set()
            self._began, self._station = recorded_at(Path(self._file)), self._station_of(self._file)
        shown, lasts = float(item.get("time") or 0.0), float(item.get("seconds") or 0.0)
        known = self._at_station.get(self._station, Effort())
        self._at_station[self._station] = known.more(int(new), lasts)
        self._look(shown, lasts)
        for row in self._saving.rows(item):
            cells = dict(zip(self._saving.columns, row, strict=False))
            if label := str(cells.get("label", "")):
                at = float(cells.get("start") or shown)
                self._look(at, 0.0)  # how long a file lasts is not always known
                self._found[self._slot(at), label] += 1

    def _slot(self, seconds: float) -> Slot:
        """That of what is so far on in the file."""
        if self._began is None:
            return Slot("", _NO_HOUR, self._station)
        at = datetime.fromtimestamp(self._began.seconds + seconds, UTC)
        return Slot(f"{at:%Y-%m-%d}", at.hour if self._began.exact else _NO_HOUR, self._station)

    def _look(self, shown: float, lasts: float) -> None:
        """Note that the file was looked at from ``shown`` on for so many seconds."""
        begin = 0.0 if self._began is None else self._began.seconds + shown
        while True:
            slot = self._slot(shown)
            rest = min(lasts, 3600.0 - begin % 3600.0) if slot.hour != _NO_HOUR else lasts
            known = self._looked.get(slot, Effort())
            self._looked[slot] = known.more(int(slot not in self._seen), rest)
            self._seen.add(slot)
            shown, begin, lasts = shown + rest, begin + rest, lasts - rest
            if lasts <= 0:
                return

    # --- what is asked --------------------------------------------------------------------------

    @property
    def empty(self) -> bool:
        """Whether nothing was found at all."""
        return not self._found

    @property
    def dated(self) -> bool:
        """Whether the hour of anything is known."""
        return any(slot.hour != _NO_HOUR for slot, _label in self._found)

    @property
    def undated(self) -> int:
        """How many things there are whose hour is not known."""
        return sum(number for (slot, _), number in self._found.items() if slot.hour == _NO_HOUR)

    @property
    def labels(self) -> list[str]:
        """The classes that were found."""
        return sorted({label for _, label in self._found})

    @property
    def stations(self) -> list[str]:
        """Where files were made."""
        return sorted(self._at_station)

    def rows(self) -> Iterator[tuple[str | int | float, ...]]:
        """Of a table with :data:`COLUMNS`, by time, at its end what has none. An hour in which
        nothing was found at a station is a line of its own."""
        found: dict[Slot, list[tuple[str, int]]] = {slot: [] for slot in self._looked}
        for (slot, label), number in sorted(self._found.items()):
            found.setdefault(slot, []).append((label, number))
        for slot, counts in sorted(found.items(), key=lambda item: (not item[0].day, item[0])):
            effort = self._looked.get(slot, Effort())
            for label, number in counts or [("", 0)]:
                yield (slot.day, slot.hour if slot.hour != _NO_HOUR else "", label, number,
                       slot.station, effort.files, _minutes(effort), slot.night)

    def grid(self, line: str = "day", label: str = "") -> Grid:
        """A line for each of one of :data:`LINES`, and a column for each hour; of one class if
        ``label`` says it. Nights have their hours from noon on."""
        hours = [(at + _NOON * (line == "night")) % HOURS for at in range(HOURS)]
        counts: Counter[tuple[str, int]] = Counter()
        looked: dict[tuple[str, int], Effort] = {}
        for slot, effort in self._looked.items():
            for name in self.labels if line == "label" else [getattr(slot, line)]:
                known = looked.get((name, slot.hour), Effort())
                looked[name, slot.hour] = known.more(*effort)
        for (slot, found), number in self._found.items():
            if not label or found == label:
                counts[found if line == "label" else getattr(slot, line), slot.hour] += number
        names = sorted({name for name, hour in (*looked, *counts) if hour != _NO_HOUR})
        cells = [(name, hour) for name in names for hour in hours]
        return Grid(names, [str(hour) for hour in hours], [counts[cell] for cell in cells],
                    [looked.get(cell, Effort()) for cell in cells])

    def places(self) -> Grid:
        """A line for each class, a column for each station."""
        counts: Counter[tuple[str, str]] = Counter()
        for (slot, label), number in self._found.items():
            counts[label, slot.station] += number
        names, stations = self.labels, self.stations
        return Grid(names, stations, [counts[name, at] for name in names for at in stations],
                    [self._at_station[at] for _ in names for at in stations])


def _minutes(effort: Effort) -> float | str:
    return round(effort.seconds / 60, 2) if effort.seconds else ""


# --- in a table of all that was found -------------------------------------------------------------

PLACED = ("recorded_at", "station")
"""Columns that a table has besides: when something was seen or heard by the clock of the recorder,
and where."""


class Placing:
    """What these columns say."""

    def __init__(self, saving: Saving, stations: Callable[[str], str]) -> None:
        self._starts = saving.columns.index("start") if "start" in saving.columns else None
        self._stations = stations
        self._file = ""
        self._began: Moment | None = None

    def cells(self, item: Prediction, row: Sequence[object] = ()) -> tuple[str, str]:
        """Of a row about a thing in an answer, or of one about all of the answer."""
        if item["file"] != self._file:
            self._file, self._began = item["file"], recorded_at(Path(item["file"]))
        station = self._stations(self._file)
        if self._began is None:
            return "", station
        start = row[self._starts] if row and self._starts is not None else ""
        seconds = float(str(start or item.get("time") or 0.0))
        at = self._began
        return Moment(at.seconds + seconds * at.exact, at.exact).words, station


# --- as a picture ---------------------------------------------------------------------------------

_CELL, _LETTER, _TOP = 28, 6.5, 24  # units of the picture
_WIDEST = 60.0


def grid_picture(grid: Grid) -> str:
    """The cells as SVG, the darker the more was found; those in which nothing was looked at are
    empty."""
    most = max(grid.counts, default=0)
    wide = max([_CELL, *(_LETTER * len(name) + 8 for name in grid.columns)])
    wide = min(wide, _WIDEST)
    edge = 12 + _LETTER * max((len(name) for name in grid.lines), default=0)
    width = edge + len(grid.columns) * wide + 8
    height = _TOP + len(grid.lines) * _CELL + 8
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height}" '
             f'width="{width:g}" height="{height}" font-family="sans-serif" font-size="11" '
             'text-anchor="middle">',
             f'<rect width="{width:g}" height="{height}" fill="#fff"/>']
    parts += [_words(edge + (at + 0.5) * wide, _TOP - 8, name)
              for at, name in enumerate(grid.columns)]
    parts += [_words(edge / 2, _TOP + at * _CELL + 18, name or tr("unknown"))
              for at, name in enumerate(grid.lines)]
    for at, number in enumerate(grid.counts):
        line, column = divmod(at, len(grid.columns))
        left, top, share = edge + column * wide, _TOP + line * _CELL, number / most if most else 0.0
        if not grid.looked[at].files:
            continue
        parts.append(f'<rect x="{left + 1:g}" y="{top + 1}" width="{wide - 2:g}" '
                     f'height="{_CELL - 2}" fill="#1d4ed8" '
                     f'fill-opacity="{0.06 + 0.94 * share:.2f}"/>')
        if number:
            parts.append(_words(left + wide / 2, top + 18, str(number),
                                "#fff" if share > 0.4 else "#000"))
    return "\n".join([*parts, "</svg>\n"])


def _words(x: float, y: float, text: str, ink: str = "#000") -> str:
    plain = text.replace("&", "&amp;").replace("<", "&lt;")
    return f'<text x="{x:g}" y="{y:g}" fill="{ink}">{plain}</text>'
