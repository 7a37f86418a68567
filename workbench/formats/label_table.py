"""Tables of labels (``file,label``): read with any delimiter and encoding, changed in place.

Other columns, the order of rows, quotes and line ends of what is not changed stay as they are.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple, Self

from workbench.core.errors import FormatError

FILE_COLUMNS = ("file", "filename", "file_name", "path", "filepath", "file_path", "image",
                "image_path", "image_name", "image_id", "picture", "name", "id")
TAG_COLUMNS = ("tags", "labels", "classes", "categories")
NUMBER_COLUMNS = ("number", "value")
LABEL_COLUMNS = ("label", "class", "category", "species", "target", "class_name", "label_name",
                 "tag", *TAG_COLUMNS, *NUMBER_COLUMNS)
_BEFORE = re.compile(
    r'(?:[ \t]*\r?\n)*(?:"?sep=([,;\t|])"?[,;\t|]*\r?\n)?', re.IGNORECASE)
_SHOWN = 60  # signs of a line that are told
_BOX_COLUMNS = frozenset({"xmin", "x_min", "x1", "bbox", "left"})  # of a table of boxes


class NoLabelTable(FormatError):
    """A table that is sound, but has no columns for files and labels."""


def decoded(data: bytes) -> tuple[str, str]:
    """A text and its encoding: UTF-8, UTF-16 with its mark, else what Excel writes in Western
    countries (cp1252).

    Raises
    ------
    UnicodeDecodeError
        If it is none of them.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16"), "utf-16"
    try:
        marked = data.startswith(codecs.BOM_UTF8)
        return data.decode("utf-8-sig"), "utf-8-sig" if marked else "utf-8"
    except UnicodeDecodeError:
        return data.decode("cp1252"), "cp1252"


def delimiter_of(heading: str) -> str:
    """What separates the columns of a table with this first line."""
    return max(",;\t|", key=heading.count)


class TableHead(NamedTuple):
    """How a table begins."""

    before: str
    """Empty lines, and one of Excel that only names the delimiter (``sep=;``); mostly ""."""
    heading: str
    """The line after it: the names of the columns."""
    delimiter: str

    @classmethod
    def of(cls, text: str) -> Self:
        """Of the table with this text, or one that begins so."""
        found = _BEFORE.match(text)
        before, said = (found[0], found[1]) if found is not None else ("", None)
        heading = text[len(before):].partition("\n")[0]
        return cls(before, heading, said or delimiter_of(heading))


def table_rows(text: str, width: int, titled: bool = True, path: Path | None = None,
               ) -> Iterator[tuple[int, list[str]]]:
    """Line and cells of each row of a table that has ``width`` columns or more, without the titles
    and without empty rows.

    Raises
    ------
    FormatError
        If a row has fewer, or it is no table.
    """
    head = TableHead.of(text)
    skipped = head.before.count("\n")
    reader = csv.reader(io.StringIO(text[len(head.before):]), delimiter=head.delimiter,
                        skipinitialspace=True)
    try:
        for cells in islice(reader, int(titled), None):
            if not any(cell.strip() for cell in cells):
                continue
            line = reader.line_num + skipped
            if len(cells) < width:
                raise FormatError("the row has too few columns", path=path, line=line)
            yield line, cells
    except csv.Error as error:
        raise FormatError(f"it is no table ({error})", path=path,
                          line=reader.line_num + skipped) from None


@dataclass(frozen=True, slots=True)
class LabelRow:
    """One row: its line (from 1), the file as it is written there, its label ("" for none)."""

    line: int
    file: str
    label: str


@dataclass(frozen=True, slots=True)
class LabelTable:
    """A table as it was read; ``records`` are its rows as they stand in the file, the heading
    first, ``columns`` the numbers of the columns for file and label, and ``column`` is what the
    latter is called, in small letters."""

    records: tuple[str, ...]
    rows: tuple[LabelRow, ...]
    columns: tuple[int, int]
    width: int
    delimiter: str
    encoding: str
    column: str = "label"
    literal: frozenset[str] = frozenset()
    """Names with a backslash that separates no folders."""

    @classmethod
    def new(cls, column: str = "label") -> Self:
        """A table without rows."""
        return cls((f"file,{column}\n",), (), (0, 1), 2, ",", "utf-8", column)

    @classmethod
    def parse(cls, data: bytes, path: Path | None = None, there: Iterable[str] = ()) -> Self:
        """Read a table; of the files ``there`` those with a backslash in their names, as there
        are outside Windows, are meant where a row writes it; elsewhere it separates folders.

        Raises
        ------
        FormatError
            If it is no text, or has no column for the file or none for the label.
        """
        try:
            text, encoding = decoded(data)
            before, first, delimiter = TableHead.of(text)
            found = list(_records(text[len(before):], delimiter))
        except (UnicodeDecodeError, csv.Error) as error:
            raise FormatError(f"it could not be read ({error})", path=path) from None
        heading = [cell.strip().lower() for cell in (found[0][1] if found else [])]
        file, label = _column(heading, FILE_COLUMNS), _column(heading, LABEL_COLUMNS)
        if file is None or label is None or _BOX_COLUMNS & set(heading):
            shown = first.strip()[:_SHOWN]
            raise NoLabelTable(
                f"its first line, “{shown}”, has to name a column “file” and one “label”",
                path=path, line=1)
        records = (before + found[0][0], *(raw for raw, _ in found[1:]))
        literal = frozenset(name for name in there if "\\" in name)
        rows, line = [], 1 + records[0].count("\n")
        for raw, cells in found[1:]:
            if len(cells) > file and cells[file].strip():
                value = cells[label].strip() if len(cells) > label else ""
                rows.append(LabelRow(line, _file(cells[file], literal), value))
            line += max(1, raw.count("\n"))
        return cls(records, tuple(rows), (file, label), len(heading), delimiter, encoding,
                   heading[label], literal)

    def render(self, changes: Mapping[str, str], names: Mapping[str, str] | None = None) -> bytes:
        """The table's new content.

        Parameters
        ----------
        changes
            New label by file, as the table writes it; files it does not have are added at its end.
        names
            How the table is to write some files from now on, by how it does; ``changes`` name them
            so.
        """
        left, names = dict(changes), names or {}
        file, label = self.columns
        parts = [self.records[0]]
        for raw in self.records[1:]:
            quoted = ' "' in raw  # else spaces stay as they are
            cells = next(csv.reader([raw], delimiter=self.delimiter, skipinitialspace=quoted), [])
            name = _file(cells[file], self.literal) if len(cells) > file else ""
            new = names.get(name, name)
            if new not in changes and new == name:
                parts.append(raw)
                continue
            if new != name:
                cells[file] = new
            if new in changes:
                left.pop(new, None)
                cells += [""] * (label + 1 - len(cells))
                cells[label] = changes[new]
            parts.append(self._line(cells, raw))
        for name, value in left.items():
            cells = [""] * max(self.width, file + 1, label + 1)
            cells[file], cells[label] = name, value
            if not parts[-1].endswith(("\n", "\r")):
                parts[-1] += self._ending
            parts.append(self._line(cells, self._ending))
        return _encoded("".join(parts), self.encoding)

    @property
    def _ending(self) -> str:
        first = self.records[0]
        return first[len(first.rstrip("\r\n")):] or "\n"

    def _line(self, cells: list[str], raw: str) -> str:
        stream = io.StringIO(newline="")
        csv.writer(stream, delimiter=self.delimiter,
                   lineterminator=raw[len(raw.rstrip("\r\n")):]).writerow(cells)
        return stream.getvalue()


def _records(text: str, delimiter: str) -> Iterator[tuple[str, list[str]]]:
    """Each record as it stands in the text, which may be several lines, and its cells."""
    lines = list(io.StringIO(text, newline=""))
    reader = csv.reader(iter(lines), delimiter=delimiter, skipinitialspace=True)
    done = 0
    for cells in reader:
        raw = "".join(lines[done : reader.line_num])
        if reader.line_num == len(lines) > done + 1 and raw.count('"') % 2:
            raise csv.Error(f"line {done + 1}: a quotation mark is not closed")
        yield raw, cells
        done = reader.line_num


def _column(heading: list[str], names: tuple[str, ...]) -> int | None:
    return next((heading.index(name) for name in names if name in heading), None)


def _file(cell: str, literal: frozenset[str]) -> str:
    """The file that a cell names, with "/" between folders."""
    name = cell.strip()
    return name if name in literal else name.replace("\\", "/")


def _encoded(text: str, encoding: str) -> bytes:
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:  # a class that the old encoding has no letters for
        return text.encode("utf-8-sig")
