"""How many things were found on which day and in which hour, by when each file was made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from workbench.extension.saving import Prediction, Saving
from workbench.media.recording_time import time_in_name, time_in_picture

COLUMNS = ("day", "hour", "label", "number")
HOURS = 24


class HourlyCounts:
    """Counts of answers, however many there are, in little memory.

    A thing is in the hour of the clock in which it was seen or heard: when its file began, by the
    date that the camera wrote or else the one in its name, and how far on in a recording or a video
    it is. ``undated`` are those of files that say no date.
    """

    def __init__(self, saving: Saving) -> None:
        self._saving = saving
        self._counts: Counter[tuple[str, int, str]] = Counter()
        self._file, self._began = "", 0.0
        self.undated: Counter[str] = Counter()

    def add(self, item: Prediction) -> None:
        """Count what is in one answer; reads the head of a picture."""
        if item["file"] != self._file:
            path = Path(item["file"])
            self._file, self._began = item["file"], time_in_picture(path) or time_in_name(path.name)
        for row in self._saving.rows(item) if "value" not in item else ():
            cells = dict(zip(self._saving.columns, row, strict=False))
            label = str(cells.get("label", ""))
            if not label:
                continue
            if not self._began:
                self.undated[label] += 1
                continue
            seconds = float(cells.get("start") or item.get("time") or 0.0)
            at = datetime.fromtimestamp(self._began + seconds, UTC)
            self._counts[f"{at:%Y-%m-%d}", at.hour, label] += 1

    def rows(self) -> Iterator[tuple[str, int | str, str, int]]:
        """Of a table with :data:`COLUMNS`, by time; at its end what has none."""
        for (day, hour, label), number in sorted(self._counts.items()):
            yield day, hour, label, number
        for label, number in sorted(self.undated.items()):
            yield "", "", label, number

    def grid(self) -> dict[str, list[int]]:
        """For each day with something how many things there are in each of its hours."""
        days: dict[str, list[int]] = {}
        for (day, hour, _label), number in sorted(self._counts.items()):
            days.setdefault(day, [0] * HOURS)[hour] += number
        return days


# --- as a picture ---------------------------------------------------------------------------------

_CELL, _LEFT, _TOP = 28, 92, 24  # units of the picture


def hours_picture(found: HourlyCounts) -> str:
    """A line for each day with a cell for each hour, the darker the more was found, as SVG."""
    grid = found.grid()
    most = max((max(row) for row in grid.values()), default=0)
    width, height = _LEFT + HOURS * _CELL + 8, _TOP + len(grid) * _CELL + 8
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
             f'width="{width}" height="{height}" font-family="sans-serif" font-size="11" '
             'text-anchor="middle">',
             f'<rect width="{width}" height="{height}" fill="#fff"/>']
    parts += [f'<text x="{_LEFT + (hour + 0.5) * _CELL:g}" y="{_TOP - 8}">{hour}</text>'
              for hour in range(HOURS)]
    for row, (day, counts) in enumerate(grid.items()):
        top = _TOP + row * _CELL
        parts.append(f'<text x="{_LEFT / 2:g}" y="{top + 18}">{day}</text>')
        for hour, number in enumerate(counts):
            left, share = _LEFT + hour * _CELL, number / most if most else 0.0
            parts.append(f'<rect x="{left + 1}" y="{top + 1}" width="{_CELL - 2}" '
                         f'height="{_CELL - 2}" fill="#1d4ed8" '
                         f'fill-opacity="{0.06 + 0.94 * share:.2f}"/>')
            if number:
                ink = "#fff" if share > 0.4 else "#000"
                parts.append(f'<text x="{left + _CELL / 2:g}" y="{top + 18}" fill="{ink}">'
                             f"{number}</text>")
    return "\n".join([*parts, "</svg>\n"])
