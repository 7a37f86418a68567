"""Tables about many sounds (CSV), as data sets have them and as programs write them.

Columns are found by name, in any case, with spaces or underscores; others mean nothing here. Known
are those of ESC-50, UrbanSound8K, FSD50K and DCASE; of BirdNET-Analyzer (``Start (s),End (s),
Scientific name,Common name,Confidence,File``, and ``INDIR,FOLDER,IN FILE,OFFSET,DURATION,…`` for
Kaleidoscope); of Kaleidoscope (``TOP1MATCH*`` or ``AUTO ID*``, and ``MANUAL ID``); and a column for
each class, as OpenSoundscape has it (``file,start_time,end_time,…`` with 0 and 1, or scores).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from workbench.core.errors import FormatError
from workbench.core.shapes import Region
from workbench.formats.label_table import TableHead
from workbench.formats.label_text import decode, number, seconds

_MANUAL = "manual id"
FILE = ("in file", "file", "filename", "file name", "slice file name", "path", "filepath",
        "file path", "fname", "itemid", "clip", "audio", "begin path", "begin file", "audio file",
        "sound file", "name", "id")
LABEL = (_MANUAL, "label", "annotation", "category", "class", "species", "target", "labels", "tags",
         "primary label", "common name", "scientific name", "class name", "event label", "event",
         "top1match", "auto id", "species code")
GROUP = ("group", "speaker", "fold", "src file", "fsid", "recording")
"""The folds of ESC-50 and UrbanSound8K keep recordings together and are what others report on."""
_SEVERAL = frozenset({"labels", "tags"})  # columns that may name several classes
_START = ("start", "begin", "onset", "start s", "start (s)", "begin time (s)", "start time",
          "start time (s)", "begin time", "start seconds")
_END = ("end", "stop", "end s", "end (s)", "end time (s)", "end time", "stop time", "end seconds")
_DURATION = ("duration", "duration s", "duration (s)")
_WITHIN = "file offset (s)"  # Raven's start in the recording, where times count over several
_LOW = ("low hz", "low", "low freq", "low freq (hz)", "min freq")
_HIGH = ("high hz", "high", "high freq", "high freq (hz)", "max freq")
_SCORE = ("confidence", "score", "probability")
_CUT_OUT = "slice file name"  # UrbanSound8K's times are those in the recording it was cut from
_BATS = "fc"  # Kaleidoscope's measures of bats' calls are in kHz, and of pulses
_NOTHING = frozenset({"nocall", "noid", "no id"})  # what programs call a sound without a class
_NO_CLASS = frozenset({"", "unnamed: 0", "index", "channel", "lat", "lon", "latitude", "longitude",
                       "week", "overlap", "sensitivity", "selection", "view", "indir", "folder"})
_TRUTH = {"true": 1.0, "false": 0.0}
_OF_BIRDNET = re.compile(r"(.+)\.BirdNET\.results(\.\w+)?\.csv", re.IGNORECASE)
SURE = 0.5
"""Of a table of scores: from which one on the best class of a row counts."""


class SoundRow(NamedTuple):
    """One row."""

    file: str
    """As the table names it, with "/" between folders."""
    labels: tuple[str, ...]
    """The most exact first; at least one, which may be ""."""
    group: str = ""
    region: Region | None = None
    """The time, and perhaps the frequencies, that it is about; None for all of the sound."""
    score: float | None = None
    """How sure a program was."""


@dataclass(slots=True)
class SoundTable:
    """What a table says."""

    rows: list[SoundRow] = field(default_factory=list)
    wrong: list[int] = field(default_factory=list)
    """Lines of rows whose times are none, or run backwards; they are left out."""
    note: str = ""
    """How it was read, where that is not plain."""


def parse_sound_table(data: bytes, path: Path) -> SoundTable:
    """Read the bytes of a table; of one without a column for the file, BirdNET's name says it.

    Raises
    ------
    FormatError
        If it is no text, is empty, or has no columns for files and labels.
    """
    text, _ = decode(data, path)
    skipped, _, delimiter = TableHead.of(text)
    reader = csv.reader(io.StringIO(text[len(skipped):], newline=""), delimiter=delimiter,
                        skipinitialspace=True)
    try:
        rows = [(reader.line_num + skipped.count("\n"), row) for row in reader if row]
    except csv.Error as error:
        raise FormatError(f"it could not be read ({error})", path=path) from None
    if not rows:
        raise FormatError("it is empty", path=path)
    heading: dict[str, int] = {}
    for place, name in enumerate(rows[0][1]):
        heading.setdefault(plain_name(name), place)
    columns = _Columns.of(heading if rows[1:] else {}, [row for _, row in rows], path)
    return _read(rows[1:], columns)


def plain_name(column: str) -> str:
    """How the name of a column is compared: in small letters, with spaces, without a star."""
    return re.sub(r"[\s_]+", " ", column.lower()).strip(" *\ufeff")


def _read(rows: Iterable[tuple[int, list[str]]], columns: _Columns) -> SoundTable:
    found = SoundTable(note=columns.note)
    for line, row in rows:
        labels, score = columns.labels(row)
        if labels is None or labels[0].lower() in _NOTHING:
            continue
        region = columns.region(row)
        if region is None and columns.times and any(_cell(row, place) for place in columns.times):
            found.wrong.append(line)
            continue
        found.rows.append(SoundRow(columns.name(row), labels, _cell(row, columns.group), region,
                                   score))
    if columns.times and not any(row.region for row in found.rows):  # dates, or the like
        columns.times = ()
        found = _read(rows, columns)
    return found


@dataclass(slots=True)
class _Columns:
    """Places of what is read of a row."""

    file: Sequence[int]
    """Of what makes up the name of the file: folders, then the name."""
    label: Sequence[int]
    """Where the class is, the best first."""
    group: int | None
    times: Sequence[int | None]
    """Of start, end and duration; empty where they are not those of a region."""
    band: tuple[int | None, int | None] = (None, None)
    within: int | None = None
    score: int | None = None
    several: bool = False
    """Whether a cell may name several labels."""
    classes: Mapping[str, int] = field(default_factory=dict)
    """A column for each class, in place of one for the label."""
    least: float = 1.0
    """What a class needs in its own column; ``best`` whether only the highest counts."""
    best: bool = False
    fixed: str = ""
    """The file that all rows are about, where no column says it."""
    note: str = ""

    @classmethod
    def of(cls, columns: Mapping[str, int], table: Sequence[Sequence[str]], path: Path) -> _Columns:
        """Of a table with ``columns``, whose first row is its heading."""
        head, *rows = table
        of_one = _OF_BIRDNET.fullmatch(path.name)
        file = _first(columns, FILE)
        start, end = _first(columns, _START), _first(columns, _END)
        duration = _first(columns, _DURATION)
        if "onset" in columns and end is None:  # DCASE's pair of words
            end = columns.get("offset")
        if start is None and duration is not None:  # Kaleidoscope's
            start = columns.get("offset")
        timed = start is not None and not (end is None and duration is None)
        label = _label_columns(columns, rows)
        classes = {head[place].strip(): place for place in _class_columns(columns, rows)
                   } if timed and not label else {}
        if (file is None and of_one is None) or not (label or classes):
            raise FormatError("it has no column for the file and none for the label", path=path,
                              line=1)
        bats = _BATS in columns
        folders = [columns[name] for name in ("indir", "folder") if name in columns
                   and "in file" in columns]
        made = cls([*folders, file] if file is not None else [], label,
                   _first(columns, GROUP), (start, end, duration)
                   if timed and _CUT_OUT not in columns else (),
                   (_first(columns, (*_LOW, "fmin") if not bats else _LOW),
                    _first(columns, (*_HIGH, "fmax") if not bats else _HIGH)),
                   columns.get(_WITHIN), _first(columns, _SCORE),
                   any(columns.get(name) in label[:1] for name in _SEVERAL), classes,
                   fixed=of_one[1] if file is None and of_one is not None else "")
        made._judge_scores(rows)
        return made

    def _judge_scores(self, rows: Sequence[Sequence[str]]) -> None:
        """Whether the columns of classes say yes and no, or how sure a program was."""
        values = {_truth(_cell(row, place)) for row in rows for place in self.classes.values()}
        said = {value for value in values if value is not None}
        if said <= {0.0, 1.0}:
            return
        self.best, logits = True, min(said) < 0 or max(said) > 1
        self.least = 0.0 if logits else SURE
        self.note = (f"It holds scores: the class with the highest of a row counts, from "
                     f"{self.least:g} on.")

    def name(self, row: Sequence[str]) -> str:
        """The file that a row is about."""
        parts = [_cell(row, place).replace("\\", "/").rstrip("/") for place in self.file]
        return "/".join(part for part in parts if part) or self.fixed

    def labels(self, row: Sequence[str]) -> tuple[tuple[str, ...] | None, float | None]:
        """The classes of a row, None where it says that there is none, and how sure that is."""
        if self.classes:
            scores = {name: value for name, place in self.classes.items()
                      if (value := _truth(_cell(row, place))) is not None and value >= self.least}
            if not scores:
                return None, None
            if not self.best:
                return tuple(scores), None
            top = max(scores, key=lambda name: scores[name])
            return (top,), scores[top] if self.least else None
        if not self.several and len(self.label) == 1:
            return (_cell(row, self.label[0]),), number(_cell(row, self.score))
        text = next((cell for place in self.label if (cell := _cell(row, place))), "")
        # The most exact class comes first (FSD50K).
        first, *others = re.split("[,;|]", text) if self.several else (text,)
        return ((first.strip(), *(name for part in others if (name := part.strip()))),
                number(_cell(row, self.score)))

    def region(self, row: Sequence[str]) -> Region | None:
        """What a row says of time and frequency; None where that is no stretch of time."""
        if not self.times:
            return None
        first, last, length = self.times
        start, end = seconds(_cell(row, first)), seconds(_cell(row, last))
        duration = seconds(_cell(row, length)) if end is None else None
        if start is not None and end is None and duration is not None:
            end = start + duration
        if start is None or end is None or not start < end:
            return None
        if (inside := seconds(_cell(row, self.within))) is not None:
            start, end = inside, inside + end - start
        low, high = self.band
        return Region(start, end, number(_cell(row, low)), number(_cell(row, high))
                      ) if start >= 0 else None


def _label_columns(columns: Mapping[str, int], rows: Sequence[Sequence[str]]) -> list[int]:
    """The column for the label; before it that of a person, where it is a program's."""
    there = [columns[name] for name in LABEL if name in columns]
    filled = [place for place in there if any(_cell(row, place) for row in rows)] or there
    return filled[: 2 if columns.get(_MANUAL) in filled[:1] else 1]


def _class_columns(columns: Mapping[str, int], rows: Sequence[Sequence[str]]) -> list[int]:
    """Columns that hold a number in each row and are none that is known."""
    known = {*FILE, *GROUP, *_START, *_END, *_DURATION, *_LOW, *_HIGH, *_SCORE, *_NO_CLASS}
    return [place for name, place in columns.items() if name not in known and all(
        _truth(_cell(row, place)) is not None for row in rows if _cell(row, place))]


def _truth(text: str) -> float | None:
    return _TRUTH.get(text.lower(), number(text))


def _cell(row: Sequence[str], place: int | None) -> str:
    return row[place].strip() if place is not None and place < len(row) else ""


def _first(columns: Mapping[str, int], wanted: Iterable[str]) -> int | None:
    return next((columns[name] for name in wanted if name in columns), None)
