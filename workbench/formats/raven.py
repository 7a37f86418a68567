"""Raven selection tables: tab-separated text, one row a selection, one table a clip.

Format: Cornell Lab of Ornithology, Raven Pro user's manual, "Selection tables". Raven writes a row
for every view that a selection is shown in, so the rows of the waveform repeat those of the
spectrogram; one of them is read. The column that holds the label has no fixed name. Columns that we
do not know are kept as they are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

from workbench.core.errors import FormatError
from workbench.core.regions import ClipAnnotation, Region
from workbench.formats.atomic import disk_reason
from workbench.formats.regular_file import read_regular

SELECTION, VIEW, CHANNEL = "Selection", "View", "Channel"
BEGIN, END = "Begin Time (s)", "End Time (s)"
LOW, HIGH = "Low Freq (Hz)", "High Freq (Hz)"
DEFAULT_LABEL = "Annotation"
NEW_COLUMNS = (SELECTION, VIEW, CHANNEL, BEGIN, END, LOW, HIGH, DEFAULT_LABEL)
LABEL_COLUMNS = ("Annotation", "Label", "Class", "Species", "Common Name", "Species Code", "Tag",
                 "Sound type", "Call type", "Notes")
"""Names seen for the column that holds the class, the likeliest first."""

KEPT = "The file was left as it is."


@dataclass(frozen=True, slots=True)
class RavenTable:
    """A table as it was read: its cells, and what they mean.

    ``rows`` are all cells of all rows in file order; ``annotation`` has one region for each
    selection, whose ``source`` is the row that was read for it.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    annotation: ClipAnnotation
    label_column: str
    line_end: str = "\n"
    bom: bool = False
    twins: dict[int, tuple[int, ...]] = field(default_factory=dict)
    """For each row that was read: the rows of other views that repeat it."""

    def render(self, annotation: ClipAnnotation, nyquist: float) -> bytes:
        """Return the table for ``annotation`` as bytes.

        Rows of unchanged regions keep every cell as it was, changed ones keep their unknown cells,
        deleted ones go together with their repeats in other views, new ones are appended.

        Parameters
        ----------
        annotation
            The regions to write.
        nyquist
            Half the sample rate in Hz, written where a region spans all frequencies.
        """
        before = {region.source: region for region in self.annotation.regions}
        written: list[tuple[int, list[str]]] = []
        added: list[Region] = []
        for region in annotation.regions:
            if region.source is None or region.source not in before:
                added.append(region)
                continue
            for index in (region.source, *self.twins.get(region.source, ())):
                cells = list(self.rows[index])
                if region != before[region.source]:
                    self._fill(cells, region, before[region.source], nyquist)
                written.append((index, cells))
        lines = [cells for _, cells in sorted(written, key=lambda item: item[0])]
        self._append(lines, added, nyquist)
        text = "".join("\t".join(cells) + self.line_end for cells in (list(self.columns), *lines))
        return (b"\xef\xbb\xbf" if self.bom else b"") + text.encode("utf-8")

    def _append(self, lines: list[list[str]], added: list[Region], nyquist: float) -> None:
        numbers = [_number(self._cell(cells, SELECTION)) or 0 for cells in lines]
        next_number = int(max(numbers, default=0)) + 1
        for offset, region in enumerate(added):
            cells = [""] * len(self.columns)
            self._set(cells, SELECTION, str(next_number + offset))
            self._set(cells, VIEW, "Spectrogram 1")
            self._set(cells, CHANNEL, str(region.channel))
            self._fill(cells, region, None, nyquist)
            lines.append(cells)

    def _fill(self, cells: list[str], region: Region, old: Region | None, nyquist: float) -> None:
        """Write what differs between ``old`` and ``region`` into ``cells``."""
        if old is None or (old.start, old.end) != (region.start, region.end):
            self._set(cells, BEGIN, f"{region.start:.9f}")
            self._set(cells, END, f"{region.end:.9f}")
        if old is None or (old.low, old.high) != (region.low, region.high):
            self._set(cells, LOW, _hertz(0.0 if region.low is None else region.low))
            self._set(cells, HIGH, _hertz(nyquist if region.high is None else region.high))
        if old is None or old.label != region.label:
            self._set(cells, self.label_column, " ".join(region.label.split()))

    def _set(self, cells: list[str], column: str, value: str) -> None:
        if column in self.columns:
            cells[self.columns.index(column)] = value

    def _cell(self, cells: list[str], column: str) -> str:
        return cells[self.columns.index(column)] if column in self.columns else ""


def new_raven() -> RavenTable:
    """An empty table with the columns that Raven itself writes, and one for the label."""
    return RavenTable(NEW_COLUMNS, (), ClipAnnotation(), DEFAULT_LABEL)


def looks_like_raven(data: bytes) -> bool:
    """Whether the first line is a selection table's (Audacity's labels are .txt too)."""
    first = data[:4096].removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0]
    return BEGIN.encode() in first and b"\t" in first


def read_raven(path: Path, nyquist: float | None = None) -> RavenTable:
    """Read a table; see :func:`parse_raven`."""
    try:
        data = read_regular(path)
    except OSError as error:
        raise FormatError(disk_reason(error, "read"), path=path, kept=KEPT) from None
    return parse_raven(data, path, nyquist)


def parse_raven(data: bytes, path: Path | None = None, nyquist: float | None = None) -> RavenTable:
    """Read the bytes of a selection table.

    Parameters
    ----------
    data
        UTF-8 text, with or without a byte order mark.
    path
        Named in errors.
    nyquist
        Half the sample rate in Hz: a region from 0 up to it counts as spanning all frequencies.

    Raises
    ------
    FormatError
        If it is no selection table, or a time is not a number or runs backwards.
    """
    bom = data.startswith(b"\xef\xbb\xbf")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError(f"it is not text in UTF-8 ({error.reason})", path=path, kept=KEPT) \
            from None
    if not looks_like_raven(data):
        raise FormatError(f"this is no selection table: its first line has no “{BEGIN}”",
                          path=path, line=1, kept=KEPT)
    line_end = "\r\n" if "\r\n" in text else "\n"
    lines = text.split("\n")
    columns = tuple(lines[0].rstrip("\r").split("\t"))
    rows = []
    numbers = []
    for number, line in enumerate(lines[1:], start=2):
        line = line.rstrip("\r")
        if line.strip():
            cells = line.split("\t")
            rows.append(tuple(cells + [""] * (len(columns) - len(cells))))
            numbers.append(number)
    label_column = _label_column(columns, rows)
    chosen, twins = _one_view(columns, rows)
    regions = tuple(
        _region(dict(zip(columns, rows[index], strict=False)), label_column, index,
                path, numbers[index], nyquist)
        for index in chosen
    )
    if label_column not in columns:
        columns = (*columns, label_column)
        rows = [(*row, "") for row in rows]
    return RavenTable(columns, tuple(rows), ClipAnnotation(regions), label_column, line_end, bom,
                      twins)


def _label_column(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    by_lower = {name.strip().lower(): name for name in columns}
    for wanted in LABEL_COLUMNS:
        if wanted.lower() in by_lower:
            return by_lower[wanted.lower()]
    for position, name in enumerate(columns):
        known = name in NEW_COLUMNS or "(" in name or name.lower().startswith(("begin", "end"))
        words = [row[position] for row in rows if row[position].strip()]
        if not known and words and not any(_number(word) is not None for word in words):
            return name
    return DEFAULT_LABEL


def _one_view(
    columns: tuple[str, ...], rows: list[tuple[str, ...]]
) -> tuple[list[int], dict[int, tuple[int, ...]]]:
    """Choose one row for each selection, the spectrogram's where there are several."""
    if SELECTION not in columns or VIEW not in columns:
        return list(range(len(rows))), {}
    number, view = columns.index(SELECTION), columns.index(VIEW)
    same: dict[str, list[int]] = {}
    for index, row in enumerate(rows):
        same.setdefault(row[number].strip() or f"row {index}", []).append(index)
    chosen, twins = [], {}
    for group in same.values():
        views = {rows[index][view] for index in group}
        if len(views) < len(group):  # one number used twice in one view: they are not repeats
            chosen.extend(group)
            continue
        best = next((i for i in group if rows[i][view].startswith("Spectrogram")), group[0])
        chosen.append(best)
        twins[best] = tuple(index for index in group if index != best)
    return sorted(chosen), twins


def _region(
    cells: dict[str, str], label_column: str, source: int, path: Path | None, line: int,
    nyquist: float | None,
) -> Region:
    start, end = _number(cells.get(BEGIN, "")), _number(cells.get(END, ""))
    for name, value in ((BEGIN, start), (END, end)):
        if value is None:
            raise FormatError(f"{name} is not a number", path=path, line=line, kept=KEPT)
    assert start is not None and end is not None  # told above
    if end < start:
        raise FormatError("the selection ends before it begins", path=path, line=line, kept=KEPT)
    low, high = _number(cells.get(LOW, "")), _number(cells.get(HIGH, ""))
    full = low is not None and high is not None and low <= 0 and high >= (nyquist or math.inf)
    return Region(
        label=cells.get(label_column, "").strip(), start=start, end=end,
        low=None if full else low, high=None if full else high,
        channel=int(_number(cells.get(CHANNEL, "")) or 1), source=source,
    )


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _hertz(value: float) -> str:
    return f"{value:.3f}"
