"""The events of a video as a table, ``clip.mp4.events.csv`` beside ``clip.mp4``.

A line for each event, with seconds and frames: ``start``, ``stop``, ``class``, ``subject``,
``comment``, ``kind`` (span or moment), ``start_frame``, ``stop_frame``. A span without a stop still
runs. Columns that nobody here knows, lines that begin with ``#``, empty lines and the lines of
events that nobody changed stay as they are, with the way in which the file parts its columns and
its decimals.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from workbench.core.annotation import NO_ATTRIBUTES, Annotation, LabeledObject
from workbench.core.errors import FormatError
from workbench.core.events import COMMENT, SUBJECT, Span, comment_of, span_of, subject_of
from workbench.formats.label_text import KEPT, Encoding, decode, number, seconds

COLUMNS = ("start", "stop", "class", "subject", "comment", "kind", "start_frame", "stop_frame")
SPAN, MOMENT = "span", "moment"
_TIMES = ("start", "stop")
_NAMES = {"behavior": "class", "behaviour": "class", "event": "class", "end": "stop",
          "type": "kind", "label": "class"}
_KINDS = {"": "", SPAN: SPAN, MOMENT: MOMENT, "state": SPAN, "point": MOMENT}
_PLACES = 6  # of a second
_UTF_8 = Encoding()


@dataclass(frozen=True, slots=True)
class _Record:
    """One line, or several where a cell has breaks in it: its text, and its cells."""

    text: str
    cells: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class EventsFile:
    """A file that was read."""

    annotation: Annotation
    """The events, whose ``source`` is the place of their line among ``records``."""
    records: tuple[_Record, ...] = field(repr=False)
    head: int = 0
    """The place of the line with the titles."""
    columns: tuple[str, ...] = COLUMNS
    """What each column is, "" for one that is not known."""
    delimiter: str = ","
    newline: str = "\n"
    encoding: Encoding = _UTF_8
    decimal: str = "."
    """What parts whole seconds from the rest."""

    def render(self, annotation: Annotation) -> bytes:
        """The file with these events."""
        before = {item.source: item for item in self.annotation.objects}
        now = {item.source: item for item in annotation.objects if item.source is not None}
        changed = [item for item in annotation.objects if before.get(item.source) != item]
        columns, new = list(self.columns), [name for name in COLUMNS if name not in self.columns
                                            and any(_cells(item)[name] for item in changed)]
        if new:  # behind the longest line, as cells without a title are somebody's, too
            width = max(len(record.cells) for record in self.records)
            columns = [*_padded(columns, width), *new]
        parts = []
        for place, record in enumerate(self.records):
            if place == self.head and new:
                titles = _padded(record.cells, len(columns) - len(new))
                parts.append(self._line([*titles, *new]))
            elif place not in before or now.get(place) == before[place]:
                parts.append(record.text)
            elif place in now:
                parts.append(self._line(self._patched(record.cells, columns, now[place])))
        if parts and not parts[-1].endswith(("\n", "\r")):
            parts.append(self.newline)
        parts += [self._line(self._patched((), columns, item)) for item in annotation.objects
                  if item.source is None]
        return self.encoding.encode("".join(parts))

    def _line(self, cells: Sequence[str]) -> str:
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=self.delimiter, lineterminator=self.newline).writerow(cells)
        text = out.getvalue()
        if not text.startswith("#"):
            return text
        end = len(str(cells[0]))  # quoted, as it is no remark
        return f'"{text[:end]}"{text[end:]}'

    def _patched(self, cells: Sequence[str], columns: Sequence[str], item: LabeledObject,
                 ) -> list[str]:
        """A line with what is said of an event in the columns that are known."""
        made, own = _padded(cells, len(columns)), _cells(item)
        for name in _TIMES:
            own[name] = own[name].replace(".", self.decimal)
        for at, name in enumerate(columns):
            if name:
                made[at] = own[name]
        return made


def new_table(annotation: Annotation) -> bytes:
    """A file for a video that has none."""
    titles = _Record(",".join(COLUMNS) + "\n", COLUMNS, 1)
    return EventsFile(Annotation(), (titles,)).render(annotation)


def parse_events(data: bytes, path: Path | None = None) -> EventsFile:
    """Read a file.

    Raises
    ------
    FormatError
        If it is no such table, or a line of it is no event; with the line.
    """
    text, encoding = decode(data, path)
    newline = "\r\n" if "\r\n" in text else "\n"
    delimiter = _delimiter(text)
    records = tuple(_records(text, delimiter, path))
    head = next((place for place, record in enumerate(records) if not _is_other(record)), None)
    if head is None:
        raise FormatError("it has no line with the titles of columns", path=path, kept=KEPT)
    columns = _columns(records[head], path)
    objects = tuple(_event(record, columns, place, path)
                    for place, record in enumerate(records)
                    if place > head and not _is_other(record))
    return EventsFile(Annotation(objects), records, head, columns, delimiter, newline, encoding,
                      _decimal(records[head + 1:], columns))


def _decimal(records: Sequence[_Record], columns: Sequence[str]) -> str:
    """The decimal point or comma of its times; a spreadsheet that expects commas takes 1.5 for a
    date."""
    cells = [cell for record in records if not _is_other(record)
             for name, cell in zip(columns, record.cells, strict=False) if name in _TIMES]
    return "," if any("," in cell for cell in cells) else "."


def _records(text: str, delimiter: str, path: Path | None) -> Iterator[_Record]:
    """Pieces of the text, each of which is one row of the table."""
    taken: list[str] = []

    def lines() -> Iterator[str]:
        for line in io.StringIO(text, newline=""):
            taken.append(line)
            yield line

    reader, at = csv.reader(lines(), delimiter=delimiter, strict=True), 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            words = "it breaks off within a cell" if "end of data" in str(error) else \
                f"this is no line of a table ({error})"
            raise FormatError(words, path=path, line=at, kept=KEPT) from None
        if cells is None:
            return
        yield _Record("".join(taken), tuple(cells), at)
        at += len(taken)
        taken.clear()


def _delimiter(text: str) -> str:
    """What parts the columns, by the line with the titles."""
    line = next((line for line in text.splitlines() if line.strip() and not line.startswith("#")),
                "")
    return max(",;\t", key=line.count)


def _is_other(record: _Record) -> bool:
    """Whether it is empty, or a remark."""
    return record.text.startswith("#") or not any(cell.strip() for cell in record.cells)


def _columns(titles: _Record, path: Path | None) -> tuple[str, ...]:
    found: list[str] = []
    for cell in titles.cells:
        name = cell.strip().lower()
        name = _NAMES.get(name, name)
        found.append(name if name in COLUMNS and name not in found else "")
    for needed in ("start", "class"):
        if needed not in found:
            raise FormatError(f"it has no column “{needed}”, so it is no table of events",
                              path=path, line=titles.line, kept=KEPT)
    return tuple(found)


def _event(record: _Record, columns: Sequence[str], place: int, path: Path | None,
           ) -> LabeledObject:
    said = {name: cell.strip() for name, cell in zip(columns, record.cells, strict=False) if name}
    start, stop = seconds(said["start"]), seconds(said.get("stop", ""))
    kind = _KINDS.get(said.get("kind", "").lower())
    label = said.get("class", "")
    words = ("this line has no start in seconds" if start is None or start < 0 else
             "its stop is no number of seconds" if stop is None and said.get("stop") else
             "the event stops before it starts" if stop is not None and stop < start else
             f"“{said['kind']}” is neither span nor moment" if kind is None else
             "this line names no class" if not label else "")
    if words:
        raise FormatError(words, path=path, line=record.line, kept=KEPT)
    assert start is not None
    moment = kind == MOMENT or (not kind and (stop is None or stop == start))
    frames = [_frame(said.get(name, "")) for name in ("start_frame", "stop_frame")]
    span = Span(start, start if moment else stop, moment, frames[0],
                frames[0] if moment else frames[1])
    notes = {name: said[name] for name in (SUBJECT, COMMENT) if said.get(name)}
    return LabeledObject(label, span, notes or NO_ATTRIBUTES, place)


def _frame(text: str) -> int | None:
    value = number(text)
    return int(value) if value is not None and value >= 0 and value % 1 == 0 else None


def _cells(item: LabeledObject) -> dict[str, str]:
    span = span_of(item)
    return {"start": time_cell(span.start),
            "stop": "" if span.stop is None else time_cell(span.stop),
            "class": item.label, SUBJECT: subject_of(item), COMMENT: comment_of(item),
            "kind": MOMENT if span.moment else SPAN,
            "start_frame": "" if span.first is None else str(span.first),
            "stop_frame": "" if span.last is None or span.runs else str(span.last)}


def time_cell(value: float) -> str:
    """Seconds without needless zeros: "1.04"."""
    return f"{value:.{_PLACES}f}".rstrip("0").rstrip(".")


def _padded(cells: Sequence[str], number_of: int) -> list[str]:
    return [*cells, *[""] * (number_of - len(cells))]
