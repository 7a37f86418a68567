"""Where the label and the group of a clip come from, when no table beside it says.

The order of trust: a table beside the clip (Raven, or Audacity's), a CSV that the project names, a
pattern for file names, the folder's name. The manifest's ``[sounds]`` table says which apply.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.errors import FormatError, Problem
from workbench.core.paths import file_stamp, folded, is_file, is_utf8
from workbench.core.shapes import Region
from workbench.formats.label_table import TableHead, decoded
from workbench.formats.label_text import number, seconds
from workbench.formats.regular_file import read_regular

FIELDS = ("label", "group", "n")
NOBODY = "unknown"  # stands in a recording's name where nobody said who speaks
_GENERIC_FOLDERS = frozenset({"audio", "sounds", "clips", "recordings", "wav", "wavs", "data"})
_PARTS = frozenset({"train", "training", "val", "valid", "validation", "test", "testing"})
_DATE = re.compile(r"(19|20)\d\d([-_. ]?)(0[1-9]|1[0-2])(\2(0[1-9]|[12]\d|3[01]))?"
                   r"([-_ T]\d{2}[-_.:]?\d{2}([-_.:]?\d{2})?)?")
_SOUND_ENDING = re.compile(r"\.(wav|flac|ogg|oga|mp3|aiff?|opus|m4a|aac|wma)$")
PATTERNS = ("{label}_{group}_{n}", "{label}_{n}")
BACKGROUND = "_background_noise_"
"""Speech Commands' folder of noises; it is not a class."""

NEARLY_ALL = 0.9
"""Share of the clips that a way of naming must fit to be recognised."""

CSV_LABEL = ("label", "category", "class", "species", "target", "labels", "tags", "primary_label",
             "common_name", "scientific_name", "class_name", "event_label", "event")
CSV_FILE = ("file", "filename", "file_name", "slice_file_name", "path", "filepath", "file_path",
            "fname", "itemid", "clip", "audio", "name", "id")
_SEVERAL = frozenset({"labels", "tags"})  # columns that may name several classes
_START = ("start", "begin", "onset", "start_s", "start (s)", "begin time (s)", "start_time",
          "begin_time", "start_seconds")
_END = ("end", "stop", "end_s", "end (s)", "end time (s)", "end_time", "stop_time", "end_seconds")
_LOW = ("low_hz", "low", "low_freq", "low freq (hz)", "min_freq")
_HIGH = ("high_hz", "high", "high_freq", "high freq (hz)", "max_freq")
_CUT_OUT = "slice_file_name"  # UrbanSound8K's times are those in the recording it was cut from
_ROUNDED = 0.1  # share of its length by which a clip may miss the times it was cut out by
CSV_GROUP = ("group", "speaker", "fold", "src_file", "fsid", "recording")
"""The folds of ESC-50 and UrbanSound8K keep recordings together and are what others report on."""


@dataclass(frozen=True, slots=True)
class SoundSettings:
    """The manifest's ``[sounds]`` table."""

    pattern: str = ""
    """For names without suffix, such as ``"{label}_{group}_{n}"``; "" for none."""
    folders: bool = False
    """Whether a clip's folder names its class."""
    table: str = ""
    """CSV with a column for file, label and perhaps group, relative to the project; "" for none.
    Several are separated by a comma; of each clip those in its own or in a higher folder count, the
    nearest first."""

    def to_json(self) -> dict[str, str | bool]:
        return {"pattern": self.pattern, "folders": self.folders, "table": self.table}

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> SoundSettings:
        return cls(str(data.get("pattern", "")), bool(data.get("folders", False)),
                   str(data.get("table", "")))


@dataclass(frozen=True, slots=True)
class ClipLabel:
    """What is known of a clip without opening it; empty where nothing is.

    ``others`` is the number of further classes that a table gives it, which are not used.
    ``regions`` are its parts where a table says from when to when; ``label`` is that of the first.
    """

    label: str = ""
    group: str = ""
    number: int | None = None
    others: int = 0
    regions: tuple[LabeledObject, ...] = ()

    @property
    def classes(self) -> tuple[str, ...]:
        """The class of the clip, or of each region."""
        names = [item.label for item in self.regions] or [self.label]
        return tuple(name for name in names if name)

    def annotation(self, duration: float) -> Annotation:
        """What that says about a clip of ``duration`` seconds."""
        if self.regions and not self._is_cut_out(duration):
            return Annotation(self.regions)
        return Annotation((LabeledObject(self.label, Region(0.0, duration)),) if self.label else ())

    def _is_cut_out(self, duration: float) -> bool:
        """Whether the times are those in a longer recording: one row beyond the end of the clip
        that is as long as the clip."""
        first = self.regions[0].region
        return (len(self.regions) == 1 and first.end > duration
                and abs(first.duration - duration) <= _ROUNDED * duration)


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Make a regular expression of ``"{label}_{group}_{n}"``.

    Raises
    ------
    FormatError
        If it names an unknown part, one twice, or no label.
    """
    names = re.findall(r"\{(\w+)\}", pattern)
    if "label" not in names or len(names) != len(set(names)) or not set(names) <= set(FIELDS):
        raise FormatError(
            f"the pattern “{pattern}” needs {{label}} and may have {{group}} and {{n}}, each once"
        )
    parts = {"label": r"(?P<label>.+?)", "group": r"(?P<group>[^_]+?)", "n": r"(?P<n>\d+)"}
    text = re.escape(pattern)
    for name in names:
        text = text.replace(re.escape(f"{{{name}}}"), parts[name])
    return re.compile(text)


def find_settings(keys: Sequence[str]) -> SoundSettings:
    """Recognise how clips are labelled by their names and folders; everything off if they are not.

    A pattern counts where nearly all names have it, there are at least two labels, and each label
    comes back in several clips: one clip of another name must not take the labels off all others.
    """
    stems = [_stem(key) for key in keys]
    folders = [_folder(key) for key in keys]
    known = [name for name in folders if name]
    count = len(set(known))
    if count >= 2 and len(known) >= NEARLY_ALL * len(keys) and len(keys) >= 2 * count:
        return SoundSettings(folders=True)
    for pattern in PATTERNS:
        matcher = compile_pattern(pattern)
        found = [match for stem in stems if (match := matcher.fullmatch(stem))]
        if not found or len(found) < NEARLY_ALL * len(keys):
            continue
        labels = {match["label"] for match in found}
        if len(labels) >= 2 and len(found) >= 3 * len(labels):
            return SoundSettings(pattern=pattern)
    return SoundSettings()


@dataclass(slots=True)
class LabelSource:
    """Labels of clips as ``settings`` say; made once, asked for each clip.

    ``to_come`` are keys of clips that will be in ``folder`` and are not there yet.
    """

    settings: SoundSettings
    folder: Path
    problems: list[Problem] = field(default_factory=list)
    to_come: Sequence[str] = ()
    _stamps: dict[Path, tuple[int, int] | None] = field(default_factory=dict)
    _pattern: re.Pattern[str] | None = None
    _tables: list[tuple[str, dict[str, ClipLabel]]] = field(default_factory=list)
    _elsewhere: list[dict[str, ClipLabel]] = field(default_factory=list)

    def __post_init__(self) -> None:
        from workbench.project.library.clips import has_sounds

        if self.settings.pattern:
            self._pattern = compile_pattern(self.settings.pattern)
        for table in table_names(self.settings.table, self.folder):
            path = self.folder / table
            self._stamps[path] = file_stamp(path)
            try:
                labels = _by_form(read_label_csv(path))
                place = table.rpartition("/")[0]
                coming = any(key.startswith(f"{place}/") for key in self.to_come)
                if place and not coming and not has_sounds(path.parent):
                    self._elsewhere.append(labels)
                else:
                    self._tables.append((place, labels))
            except FormatError as error:
                self.problems.append(
                    Problem(str(path), "unreadable-labels", error.sentence(), line=error.line)
                )
        self._tables.sort(key=lambda item: -len(item[0]))  # the nearest to a clip first

    def __call__(self, key: str) -> ClipLabel:
        """Label, group and number of clip ``key``; nothing where its name is no UTF-8."""
        if not is_utf8(key):
            return ClipLabel()
        name = key.rpartition("/")[2]
        found = self._in_tables(key)
        if found is not None:
            return found
        if self._pattern is not None:
            match = self._pattern.fullmatch(_stem(key))
            if match is not None:
                parts = match.groupdict()
                number = parts.get("n")
                group = parts.get("group") or ""
                return ClipLabel(parts["label"], "" if group == NOBODY else group,
                                 int(number) if number else None)
        if self.settings.folders:
            return ClipLabel(_folder(key), speech_commands_speaker(name))
        return ClipLabel()

    @property
    def is_current(self) -> bool:
        """Whether the tables still are what was read."""
        return all(file_stamp(path) == stamp for path, stamp in self._stamps.items())

    def _in_tables(self, key: str) -> ClipLabel | None:
        """What the tables above the clip say, then those of folders without clips (``meta/``)."""
        above = [table for place, table in self._tables if not place or key.startswith(f"{place}/")]
        for table in (*above, *self._elsewhere):
            for form in _forms(key):
                if form in table:
                    return table[form]
        return None


def table_names(tables: str, folder: Path) -> list[str]:
    """The tables that ``tables`` of the settings names."""
    if not tables:
        return []
    if "," not in tables or is_file(folder / tables):
        return [tables]
    return [name for part in tables.split(",") if (name := part.strip())]


def _by_form(labels: Mapping[str, ClipLabel]) -> dict[str, ClipLabel]:
    """Labels by the name as a table has it and, where that is free, without its ending."""
    found = {folded(name): label for name, label in labels.items()}
    for name, label in list(found.items()):
        found.setdefault(_SOUND_ENDING.sub("", name), label)
    return found


def _forms(key: str) -> Iterator[str]:
    """Names that a table may have for a clip: with fewer and fewer folders, then no ending."""
    whole = folded(key)
    for name in (whole, _SOUND_ENDING.sub("", whole)):
        while True:
            yield name
            _, slash, name = name.partition("/")
            if not slash:
                break


def speech_commands_speaker(name: str) -> str:
    """The speaker in a name such as ``0a7c2a8d_nohash_0.wav`` (Speech Commands), or ""."""
    match = re.match(r"([0-9a-f]{8})_nohash_\d+", name)
    return match[1] if match else ""


def read_label_csv(path: Path) -> dict[str, ClipLabel]:
    """Read a table of labels: ESC-50's, UrbanSound8K's, or any with a file and a label column.

    Returns
    -------
    By file name, and by path where the table gives one. With columns for the start and the end
    rows are regions, which may have frequencies.

    Raises
    ------
    FormatError
        If it cannot be read or has no such columns.
    """
    try:
        text, _ = decoded(read_regular(path))
        skipped, _, delimiter = TableHead.of(text)
        heading, *rows = filter(None, csv.reader(io.StringIO(text[len(skipped):], newline=""),
                                                 delimiter=delimiter, skipinitialspace=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FormatError(f"it could not be read ({error})", path=path) from None
    except ValueError:
        raise FormatError("it is empty", path=path) from None
    columns = _Columns.of(heading if rows else [], path)
    labels: dict[str, ClipLabel] = {}
    for row in rows:
        name = _cell(row, columns.file).replace("\\", "/")
        group = _cell(row, columns.group)
        # The most exact class comes first (FSD50K).
        text = _cell(row, columns.label)
        label, *others = [part.strip()
                          for part in re.split("[,;|]" if columns.several else "$", text)]
        region = _region([_cell(row, place) for place in columns.times])
        if region is not None:
            known = labels.get(name, ClipLabel(label, group))
            regions = tuple(LabeledObject(part, region) for part in (label, *filter(None, others)))
            labels[name] = replace(known, regions=(*known.regions, *regions))
            continue
        before = labels.setdefault(name, ClipLabel(label, group, others=sum(map(bool, others))))
        if label != before.label:  # a row for each part, or for each label: the first counts
            labels[name] = replace(before, others=before.others + 1)
    return labels


class _Columns(NamedTuple):
    """Places of what is read of a row."""

    file: int
    label: int
    group: int | None
    times: list[int | None]
    """Of start, end, lowest and highest frequency; empty where they are not those of a region."""
    several: bool
    """Whether a cell may name several labels."""

    @classmethod
    def of(cls, heading: Sequence[str], path: Path) -> _Columns:
        columns = {name.strip().lower(): place for place, name in enumerate(heading) if name}
        file, label = _first(columns, CSV_FILE), _first(columns, CSV_LABEL)
        if file is None or label is None:
            raise FormatError("it has no column for the file and none for the label", path=path,
                              line=1)
        ends = (*_END, "offset") if "onset" in columns else _END  # DCASE's pair of words
        times = [] if _CUT_OUT in columns else [
            _first(columns, names) for names in (_START, ends, _LOW, _HIGH)]
        return cls(file, label, _first(columns, CSV_GROUP), times,
                   heading[label].strip().lower() in _SEVERAL)


def _cell(row: Sequence[str], place: int | None) -> str:
    return row[place].strip() if place is not None and place < len(row) else ""


def _region(cells: Sequence[str]) -> Region | None:
    """What the cells for start, end, low and high say; None where it is no stretch of time."""
    if not cells:
        return None
    start, end = seconds(cells[0]), seconds(cells[1])
    if start is None or end is None or not 0 <= start < end:
        return None
    return Region(start, end, number(cells[2]), number(cells[3]))


def _first(columns: Mapping[str, int], wanted: Iterable[str]) -> int | None:
    return next((columns[name] for name in wanted if name in columns), None)


def _stem(key: str) -> str:
    return key.rpartition("/")[2].rpartition(".")[0]


def _folder(key: str) -> str:
    """Name of the folder a clip lies in, or "" where it says nothing about the clip.

    A date, or the part of a split ("train"), is passed over for the folder above it.
    """
    for parent in reversed(key.split("/")[:-1]):
        if parent.lower() not in _PARTS and not _DATE.fullmatch(parent):
            return "" if parent.lower() in _GENERIC_FOLDERS or parent == BACKGROUND else parent
    return ""
