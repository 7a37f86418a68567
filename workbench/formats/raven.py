"""Raven selection tables: tab-separated text, one row a selection, one table a clip.

Format: Cornell Lab of Ornithology, Raven Pro user's manual, "Selection tables". Raven writes a row
for every view that a selection is shown in, so the rows of the waveform repeat those of the
spectrogram; one of them is read. The column that holds the label has no fixed name. Columns that we
do not know are kept as they are. A table that was saved with several recordings open counts its
times from the first of them; "Begin File" (or "Begin Path") and "File Offset (s)" say where a
selection really is. BirdNET-Analyzer writes such tables, with a "Confidence", and a row of the
class "nocall" where it heard nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from workbench.core.annotation import CHANNEL as CHANNEL_NUMBER
from workbench.core.annotation import NO_ATTRIBUTES, Annotation, LabeledObject
from workbench.core.errors import FormatError
from workbench.core.paths import folded
from workbench.core.shapes import Region
from workbench.formats.atomic import disk_reason
from workbench.formats.label_text import KEPT, Encoding, decode, first_line, number, seconds
from workbench.formats.regular_file import read_regular

SELECTION, VIEW, CHANNEL = "Selection", "View", "Channel"
BEGIN, END = "Begin Time (s)", "End Time (s)"
LOW, HIGH = "Low Freq (Hz)", "High Freq (Hz)"
FILE, PATH, OFFSET = "Begin File", "Begin Path", "File Offset (s)"
DEFAULT_LABEL = "Annotation"
SCORE = "score"
"""The attribute of a region for how sure a program was."""
SCORE_COLUMNS = ("Confidence", "Score", "Probability")
_MOST_CELLS = 50_000_000
_ROUNDING = 0.005  # seconds: offsets are written with fewer digits than times
NEW_COLUMNS = (SELECTION, VIEW, CHANNEL, BEGIN, END, LOW, HIGH, DEFAULT_LABEL)
LABEL_COLUMNS = ("Manual ID", "Annotation", "Label", "Class", "Species", "Common Name",
                 "Scientific Name", "Species Code", "Tag", "Sound type", "Call type", "Notes")
"""Names seen for the column that holds the class, the likeliest first."""
NOTHING_HEARD = "nocall"
"""What BirdNET calls a recording in which it heard nothing."""


@dataclass(frozen=True, slots=True)
class RavenTable:
    """A table as it was read: its cells, and what they mean.

    ``rows`` are the cells of all rows in file order, however many; of columns with one name the
    first counts. ``annotation`` has one region for each selection, whose ``source`` is the row that
    was read for it.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    annotation: Annotation
    label_column: str
    line_end: str = "\n"
    encoding: Encoding = field(default_factory=Encoding)
    twins: dict[int, tuple[int, ...]] = field(default_factory=dict)
    """For each row that was read: the rows of other views that repeat it."""
    clip: str = ""
    """The recording as the table calls it, where times are those of its own."""
    others: tuple[int, ...] = ()
    """Rows about other recordings, and those that say that nothing was heard."""

    def render(self, annotation: Annotation, nyquist: float) -> bytes:
        """Return the table for ``annotation`` as bytes.

        Rows of unchanged regions and of other recordings keep every cell as it was, changed ones
        keep their unknown cells, deleted ones go together with their repeats in other views, new
        ones are appended.

        Parameters
        ----------
        annotation
            The regions to write.
        nyquist
            Half the sample rate in Hz, written where a region spans all frequencies.
        """
        before = {region.source: region for region in self.annotation.objects}
        written = [(index, list(self.rows[index])) for index in self.others]
        added: list[LabeledObject] = []
        for region in annotation.objects:
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
        return self._bytes(lines)

    def alone(self) -> bytes:
        """The table without the rows about other recordings, with times of this one alone."""
        lines = []
        for index, row in enumerate(self.rows):
            if index not in self.others:
                cells = list(row)
                shift = self._shift(cells)
                for column in (BEGIN, END) if shift else ():
                    time = seconds(self._cell(cells, column)) or 0.0
                    self._set(cells, column, f"{time - shift:.9f}")
                lines.append(cells)
        return self._bytes(lines)

    @property
    def score_column(self) -> str:
        """The column that says how sure a program was, "" for none."""
        return _named(self.columns, SCORE_COLUMNS)

    def _bytes(self, lines: Iterable[list[str]]) -> bytes:
        return self.encoding.encode("".join(
            "\t".join(cells) + self.line_end for cells in (list(self.columns), *lines)))

    def _append(self, lines: list[list[str]], added: list[LabeledObject], nyquist: float) -> None:
        numbers = [number(self._cell(cells, SELECTION)) or 0 for cells in lines]
        next_number = int(max(numbers, default=0)) + 1
        own = next((self.rows[region.source] for region in self.annotation.objects
                    if region.source is not None), None)
        shift = self._shift(list(own)) if own is not None else 0.0
        for offset, region in enumerate(added):
            cells = [""] * len(self.columns)
            self._set(cells, SELECTION, str(next_number + offset))
            self._set(cells, VIEW, "Spectrogram 1")
            self._set(cells, CHANNEL, str(int(region.attributes.get(CHANNEL_NUMBER, 1))))
            self._set(cells, FILE if FILE in self.columns else PATH, self.clip)
            if (score := region.attributes.get(SCORE)) is not None and self.score_column:
                self._set(cells, self.score_column, str(score))
            self._fill(cells, region, None, nyquist, shift)
            lines.append(cells)

    def _fill(self, cells: list[str], region: LabeledObject, old: LabeledObject | None,
              nyquist: float, shift: float | None = None) -> None:
        """Write what differs between ``old`` and ``region`` into ``cells``."""
        if old is None or (old.start, old.end) != (region.start, region.end):
            shift = self._shift(cells) if shift is None else shift
            self._set(cells, BEGIN, f"{region.start + shift:.9f}")
            self._set(cells, END, f"{region.end + shift:.9f}")
            if self.clip:
                self._set(cells, OFFSET, f"{region.start:.9f}")
        if old is None or (old.low, old.high) != (region.low, region.high):
            self._set(cells, LOW, _hertz(0.0 if region.low is None else region.low))
            self._set(cells, HIGH, _hertz(nyquist if region.high is None else region.high))
        if old is None or old.label != region.label:
            self._set(cells, self.label_column, " ".join(region.label.split()))

    def _shift(self, cells: list[str]) -> float:
        """Seconds by which the times of a row are later than those in its own recording."""
        return _shift(_TableRow(_places(self.columns), tuple(cells)), self.clip)

    def _set(self, cells: list[str], column: str, value: str) -> None:
        if column in self.columns:
            place = self.columns.index(column)
            cells.extend([""] * (place + 1 - len(cells)))
            cells[place] = value

    def _cell(self, cells: list[str], column: str) -> str:
        return _TableRow(_places(self.columns), tuple(cells)).cell(column)


@dataclass(frozen=True, slots=True)
class _TableRow:
    columns: Mapping[str, int]
    """Places by name, see :func:`_places`."""
    cells: tuple[str, ...]

    def cell(self, column: str) -> str:
        """The first cell of that name; "" where there is none."""
        place = self.columns.get(column, len(self.cells))
        return self.cells[place] if place < len(self.cells) else ""

    @property
    def recording(self) -> str:
        """The recording that it is about, perhaps with its folders; "" where it does not say."""
        return self.cell(FILE) or self.cell(PATH)


def _places(columns: Sequence[str]) -> dict[str, int]:
    """Where each column is; of several with one name the first."""
    return {name: place for place, name in reversed(list(enumerate(columns)))}


def new_raven(regions: Iterable[LabeledObject] = (), clip: str = "") -> RavenTable:
    """An empty table with the columns that Raven itself writes, and one for the label.

    Parameters
    ----------
    regions
        What it is to hold: where a program found some, there is a column for how sure it was.
    clip
        Name of the recording's file, for a table that names it; "" for one that does not.
    """
    scored = any(SCORE in region.attributes for region in regions)
    columns = (*NEW_COLUMNS[:-1], *([FILE] if clip else []), DEFAULT_LABEL,
               *(SCORE_COLUMNS[:1] if scored else ()))
    return RavenTable(columns, (), Annotation(), DEFAULT_LABEL, clip=clip)


def table_of_several(
    recordings: Iterable[tuple[Path, Iterable[LabeledObject], float, float]],
) -> bytes:
    """One table about recordings, in their order, as Raven saves it with all of them open: times
    count from the first one, and the file and the time in it stand beside them.

    Parameters
    ----------
    recordings
        Each with its regions, its duration in seconds, and half its sample rate in Hz.
    """
    lines = [(*NEW_COLUMNS[:-1], FILE, PATH, OFFSET, DEFAULT_LABEL, SCORE_COLUMNS[0])]
    before = 0.0
    for path, regions, duration, nyquist in recordings:
        for item in regions:
            low, high = item.low or 0.0, nyquist if item.high is None else item.high
            lines.append((str(len(lines)), "Spectrogram 1", "1", f"{before + item.start:.9f}",
                          f"{before + item.end:.9f}", _hertz(low), _hertz(high), path.name,
                          str(path), f"{item.start:.9f}", " ".join(item.label.split()),
                          str(item.attributes.get(SCORE, ""))))
        before += duration
    return "".join("\t".join(line) + "\n" for line in lines).encode("utf-8", "surrogatepass")


def looks_like_raven(data: bytes) -> bool:
    """Whether the first line is a selection table's (Audacity's labels are .txt too)."""
    return BEGIN in first_line(data).split("\t")


def read_raven(path: Path, clip: str = "") -> RavenTable:
    """Read a table; see :func:`parse_raven`."""
    try:
        data = read_regular(path)
    except OSError as error:
        raise FormatError(disk_reason(error, "read"), path=path, kept=KEPT) from None
    return parse_raven(data, path, clip=clip)


def parse_raven(
    data: bytes, path: Path | None = None, nyquist: float | None = None, clip: str = "",
) -> RavenTable:
    """Read the bytes of a selection table.

    Parameters
    ----------
    data
        Text in UTF-8, UTF-16 or Windows' Western European encoding.
    path
        Named in errors.
    nyquist
        Half the sample rate in Hz: a region from 0 up to it counts as spanning all frequencies.
    clip
        Name of the recording's file. Of a table about several only its selections are read, with
        their times in it.

    Raises
    ------
    FormatError
        If it is no selection table, or a time is not a number or runs backwards.
    """
    text, encoding = decode(data, path)
    if not looks_like_raven(data):
        raise FormatError(f"this is not a selection table: its first line has no “{BEGIN}”",
                          path=path, line=1, kept=KEPT)
    line_end = "\r\n" if "\r\n" in text else "\n"
    lines = [(number, line.rstrip("\r").split("\t"))
             for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    columns = tuple(lines[0][1])
    if len(columns) * len(lines) > _MOST_CELLS:
        raise FormatError(f"it has {len(columns):,} columns and {len(lines):,} lines, more than "
                          "any table of selections", path=path, line=1, kept=KEPT)
    rows = [tuple(cells) for _, cells in lines[1:]]
    label_column = _label_column(columns, rows)
    score_column = _named(columns, SCORE_COLUMNS)
    if label_column not in columns:  # cells beyond the named columns stay behind the new one
        rows = [(*row, *[""] * (len(columns) - len(row))) for row in rows]
        rows = [(*row[: len(columns)], "", *row[len(columns):]) for row in rows]
        columns = (*columns, label_column)
    places = _places(columns)
    here = [_TableRow(places, row) for row in rows]
    called, others = _recordings(here, clip, path)
    others = tuple(sorted({*others, *(index for index, row in enumerate(here)
                                      if row.cell(label_column).strip() == NOTHING_HEARD)}))
    chosen, twins = _one_view(here, others)
    regions = tuple(_region(here[index], (label_column, score_column), called, index, path,
                            lines[index + 1][0], nyquist) for index in chosen)
    return RavenTable(columns, tuple(rows), Annotation(regions), label_column, line_end,
                      encoding, twins, called, others)


def recordings_of(data: bytes) -> list[str]:
    """The recordings that a table says it is about, folded by :func:`fold`; empty for no table."""
    if not {FILE, PATH} & set(first_line(data).split("\t")) or not looks_like_raven(data):
        return []
    text, _ = decode(data)
    lines = [line.rstrip("\r").split("\t") for line in text.split("\n") if line.strip()]
    columns = _places(lines[0])
    cells = dict.fromkeys(_TableRow(columns, tuple(cells)).recording for cells in lines[1:])
    return [name for name in dict.fromkeys(map(fold, cells)) if name]


def fold(name: str) -> str:
    """A file's name as it is compared: without folders, case and forms of Unicode."""
    last = name.replace("\\", "/").rpartition("/")[2].strip()
    return folded(last)


def _recordings(rows: list[_TableRow], clip: str, path: Path | None) -> tuple[str, tuple[int, ...]]:
    """What the table calls the recording ``clip``, "" if it does not, and the rows that are about
    others."""
    folded_names = {name: fold(name) for name in {row.recording for row in rows}}
    names = [folded_names[row.recording] for row in rows]
    several = len(set(names) - {""}) > 1
    wanted = fold(clip)
    if wanted not in names:  # it may have been converted since
        alike = {name for name in names if name and _stem(name) == _stem(wanted)}
        wanted = alike.pop() if len(alike) == 1 else wanted
    if not several:
        return (rows[names.index(wanted)].recording if clip and wanted in names else ""), ()
    if not clip:
        return "", ()
    if OFFSET not in rows[0].columns:
        raise FormatError(f"it is about several recordings but has no “{OFFSET}”, so it is unknown "
                          "where in each a selection is", path=path, line=1, kept=KEPT)
    called = rows[names.index(wanted)].recording if wanted in names else clip
    return called, tuple(index for index, name in enumerate(names) if name != wanted)


def _stem(name: str) -> str:
    return name.rpartition(".")[0] or name


def _shift(row: _TableRow, clip: str) -> float:
    begin, offset = seconds(row.cell(BEGIN)), seconds(row.cell(OFFSET))
    if not clip or begin is None or offset is None or abs(begin - offset) < _ROUNDING:
        return 0.0
    return begin - offset


def _label_column(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """The first column of a name for labels that has any, else of such a name, else of words."""
    places = _places(columns)
    known_names = [name for wanted in LABEL_COLUMNS if (name := _named(columns, (wanted,)))]
    for name in known_names:
        if name.strip().lower() == "notes" and len(known_names) > 1:
            continue  # a class that is not said yet: notes are none
        place = places[name]
        if any(len(row) > place and row[place].strip() for row in rows):
            return name
    if known_names:
        return known_names[0]
    for position, name in enumerate(columns):
        known = name in NEW_COLUMNS or "(" in name or name.lower().startswith(("begin", "end"))
        words = [row[position] for row in rows if position < len(row) and row[position].strip()]
        if not known and words and not any(number(word) is not None for word in words):
            return name
    return DEFAULT_LABEL


def _named(columns: Sequence[str], wanted: Iterable[str]) -> str:
    """The first column that is called like one of ``wanted``, in any case; "" for none."""
    by_lower = {name.strip().lower(): name for name in reversed(columns)}
    return next((by_lower[name.lower()] for name in wanted if name.lower() in by_lower), "")


def _one_view(
    rows: list[_TableRow], others: tuple[int, ...]
) -> tuple[list[int], dict[int, tuple[int, ...]]]:
    """Choose one row for each selection, the spectrogram's where there are several."""
    theirs = frozenset(others)
    own = [index for index in range(len(rows)) if index not in theirs]
    if not rows or SELECTION not in rows[0].columns or VIEW not in rows[0].columns:
        return own, {}
    same: dict[str, list[int]] = {}
    for index in own:
        same.setdefault(rows[index].cell(SELECTION).strip() or f"row {index}", []).append(index)
    chosen, twins = [], {}
    for group in same.values():
        views = {rows[index].cell(VIEW) for index in group}
        if len(views) < len(group):  # one number used twice in one view: they are not repeats
            chosen.extend(group)
            continue
        best = next((i for i in group if rows[i].cell(VIEW).startswith("Spectrogram")), group[0])
        chosen.append(best)
        twins[best] = tuple(index for index in group if index != best)
    return sorted(chosen), twins


def _region(
    row: _TableRow, columns: tuple[str, str], clip: str, source: int, path: Path | None, line: int,
    nyquist: float | None,
) -> LabeledObject:
    """The region of a row; ``columns`` are those of the label and of the score."""
    start, end = seconds(row.cell(BEGIN)), seconds(row.cell(END))
    for name, value in ((BEGIN, start), (END, end)):
        if value is None:
            raise FormatError(f"{name} is not a number", path=path, line=line, kept=KEPT)
    assert start is not None and end is not None  # reported above
    if end < start:
        raise FormatError("the selection ends before it begins", path=path, line=line, kept=KEPT)
    low, high = number(row.cell(LOW)), number(row.cell(HIGH))
    full = low is not None and high is not None and low <= 0 and high >= (nyquist or math.inf)
    shift = _shift(row, clip)
    channel = int(number(row.cell(CHANNEL)) or 1)
    said: dict[str, str | float | bool] = {CHANNEL_NUMBER: channel} if channel != 1 else {}
    if (score := number(row.cell(columns[1]))) is not None:
        said[SCORE] = score
    return LabeledObject(
        row.cell(columns[0]).strip(),
        Region(start - shift, end - shift, None if full else low, None if full else high),
        said or NO_ATTRIBUTES, source)


def _hertz(value: float) -> str:
    return f"{value:.3f}"
