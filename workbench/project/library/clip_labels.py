"""Where the label and the group of a clip come from, when no table beside it says.

The order of trust: a table beside the clip (Raven, or Audacity's), a CSV that the project names, a
pattern for file names, the folder's name. The manifest's ``[sounds]`` table says which apply.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from workbench.core.errors import FormatError, Problem
from workbench.core.paths import is_file, is_utf8
from workbench.formats.label_table import decoded, delimiter_of
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
             "common_name", "scientific_name", "class_name")
CSV_FILE = ("file", "filename", "file_name", "slice_file_name", "path", "filepath", "file_path",
            "fname", "itemid", "clip", "audio", "name", "id")
_SEVERAL = frozenset({"labels", "tags"})  # columns that may name several classes
CSV_GROUP = ("group", "speaker", "fold", "src_file", "fsid", "recording")
"""The folds of ESC-50 and UrbanSound8K keep recordings together and are what others report on."""


@dataclass(frozen=True, slots=True)
class SoundSettings:
    """The manifest's ``[sounds]`` table.

    Parameters
    ----------
    pattern
        For names without suffix, such as ``"{label}_{group}_{n}"``; "" for none.
    folders
        Whether a clip's folder names its class.
    table
        CSV with a column for file, label and perhaps group, relative to the project; "" for none.
        Several are separated by a comma; of each clip those in its own or in a higher folder
        count, the nearest first.
    """

    pattern: str = ""
    folders: bool = False
    table: str = ""

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
    """

    label: str = ""
    group: str = ""
    number: int | None = None
    others: int = 0


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
    _pattern: re.Pattern[str] | None = None
    _tables: list[tuple[str, dict[str, ClipLabel]]] = field(default_factory=list)
    _elsewhere: list[dict[str, ClipLabel]] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.settings.pattern:
            self._pattern = compile_pattern(self.settings.pattern)
        for table in table_names(self.settings.table, self.folder):
            path = self.folder / table
            try:
                labels = _by_form(read_label_csv(path))
                place = table.rpartition("/")[0]
                coming = any(key.startswith(f"{place}/") for key in self.to_come)
                if place and not coming and not _holds_sounds(path.parent):
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

    def _in_tables(self, key: str) -> ClipLabel | None:
        """What the tables above the clip say, then those of folders without clips (``meta/``)."""
        above = [table for place, table in self._tables
                 if not place or key.startswith(f"{place}/")]
        for table in (*above, *self._elsewhere):
            for form in _forms(key):
                if form in table:
                    return table[form]
        return None


def _holds_sounds(folder: Path) -> bool:
    from workbench.project.library.clips import find_sounds

    return next(iter(find_sounds(folder)), None) is not None


def table_names(tables: str, folder: Path) -> list[str]:
    """The tables that ``tables`` of the settings names."""
    if not tables:
        return []
    if "," not in tables or is_file(folder / tables):
        return [tables]
    return [name for part in tables.split(",") if (name := part.strip())]


def _by_form(labels: Mapping[str, ClipLabel]) -> dict[str, ClipLabel]:
    """Labels by the name as a table has it and, where that is free, without its ending."""
    found = {_folded(name): label for name, label in labels.items()}
    for name, label in list(found.items()):
        found.setdefault(_SOUND_ENDING.sub("", name), label)
    return found


def _forms(key: str) -> Iterator[str]:
    """Names that a table may have for a clip: with fewer and fewer folders, then no ending."""
    whole = _folded(key)
    for name in (whole, _SOUND_ENDING.sub("", whole)):
        while True:
            yield name
            _, slash, name = name.partition("/")
            if not slash:
                break


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def speech_commands_speaker(name: str) -> str:
    """The speaker in a name such as ``0a7c2a8d_nohash_0.wav`` (Speech Commands), or ""."""
    match = re.match(r"([0-9a-f]{8})_nohash_\d+", name)
    return match[1] if match else ""


def read_label_csv(path: Path) -> dict[str, ClipLabel]:
    """Read a table of labels: ESC-50's, UrbanSound8K's, or any with a file and a label column.

    Returns
    -------
    By file name, and by path where the table gives one.

    Raises
    ------
    FormatError
        If it cannot be read or has no such columns.
    """
    try:
        text, _ = decoded(read_regular(path))
        delimiter = delimiter_of(text.partition("\n")[0])
        rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FormatError(f"it could not be read ({error})", path=path) from None
    columns = {name.strip().lower(): name for name in (rows[0] if rows else {}) if name}
    file_column = _first(columns, CSV_FILE)
    label_column = _first(columns, CSV_LABEL)
    if file_column is None or label_column is None:
        raise FormatError("it has no column for the file and none for the label", path=path, line=1)
    group_column = _first(columns, CSV_GROUP)
    several = label_column.strip().lower() in _SEVERAL
    labels = {}
    for row in rows:
        name = (row[file_column] or "").strip().replace("\\", "/")
        group = (row[group_column] or "").strip() if group_column else ""
        label = (row[label_column] or "").strip()
        # The most exact class comes first (FSD50K).
        label, *others = [part.strip() for part in re.split("[,;|]" if several else "$", label)]
        labels[name] = ClipLabel(label, group, others=sum(map(bool, others)))
    return labels


def _first(columns: Mapping[str, str], wanted: Iterable[str]) -> str | None:
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
