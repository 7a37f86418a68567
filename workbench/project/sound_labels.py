"""Where the label and the group of a clip come from, when no table beside it says.

The order of trust: a table beside the clip (Raven, or Audacity's), a CSV that the project names, a
pattern for file names, the folder's name. The manifest's ``[sounds]`` table says which apply.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from workbench.core.errors import FormatError, Problem
from workbench.formats.regular_file import read_regular

FIELDS = ("label", "group", "n")
NOBODY = "unknown"  # stands in a recording's name where nobody said who speaks
_GENERIC_FOLDERS = frozenset({"audio", "sounds", "clips", "recordings", "wav", "wavs", "data"})
BACKGROUND = "_background_noise_"
"""Speech Commands' folder of noises; it is not a class."""

NEARLY_ALL = 0.9
"""Share of the clips that a way of naming must fit to be recognised."""

CSV_LABEL = ("label", "category", "class", "species", "target")
CSV_FILE = ("file", "filename", "slice_file_name", "path")
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
    """What is known of a clip without opening it; empty where nothing is."""

    label: str = ""
    group: str = ""
    number: int | None = None


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
    for pattern in ("{label}_{group}_{n}", "{label}_{n}"):
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
    """Labels of clips as ``settings`` say; made once, asked for each clip."""

    settings: SoundSettings
    folder: Path
    problems: list[Problem] = field(default_factory=list)
    _pattern: re.Pattern[str] | None = None
    _table: dict[str, ClipLabel] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.settings.pattern:
            self._pattern = compile_pattern(self.settings.pattern)
        if self.settings.table:
            path = self.folder / self.settings.table
            try:
                self._table = read_label_csv(path)
            except FormatError as error:
                self.problems.append(
                    Problem(str(path), "unreadable-labels", error.sentence(), line=error.line)
                )

    def __call__(self, key: str) -> ClipLabel:
        """Label, group and number of clip ``key``."""
        name = key.rpartition("/")[2]
        inside = key.partition("/")[2]  # a table names what is in its own folder
        found = self._table.get(key) or self._table.get(inside) or self._table.get(name)
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
        text = read_regular(path).decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FormatError(f"it could not be read ({error})", path=path) from None
    columns = {name.strip().lower(): name for name in (rows[0] if rows else {}) if name}
    file_column = _first(columns, CSV_FILE)
    label_column = _first(columns, CSV_LABEL)
    if file_column is None or label_column is None:
        raise FormatError("it has no column for the file and none for the label", path=path, line=1)
    group_column = _first(columns, CSV_GROUP)
    labels = {}
    for row in rows:
        name = (row[file_column] or "").strip().replace("\\", "/")
        group = (row[group_column] or "").strip() if group_column else ""
        labels[name] = ClipLabel((row[label_column] or "").strip(), group)
    return labels


def _first(columns: Mapping[str, str], wanted: Iterable[str]) -> str | None:
    return next((columns[name] for name in wanted if name in columns), None)


def _stem(key: str) -> str:
    return key.rpartition("/")[2].rpartition(".")[0]


def _folder(key: str) -> str:
    """Name of the folder a clip lies in, or "" where it says nothing about the clip."""
    parent = key.rpartition("/")[0].rpartition("/")[2]
    return "" if parent.lower() in _GENERIC_FOLDERS or parent == BACKGROUND else parent
