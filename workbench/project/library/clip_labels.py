"""Where the label and the group of a clip come from, when no table beside it says.

The order of trust: a table beside the clip (Raven, or Audacity's), a CSV that the project names, a
pattern for file names, the folder's name. The manifest's ``[sounds]`` table says which apply.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from workbench.core.annotation import NO_ATTRIBUTES, Annotation, LabeledObject
from workbench.core.errors import FormatError, Problem
from workbench.core.paths import file_stamp, folded, is_file, is_utf8
from workbench.core.shapes import Region
from workbench.core.text import count, listed
from workbench.formats.regular_file import read_regular
from workbench.formats.sound_table import SoundTable, parse_sound_table
from workbench.media.recording_place import GENERIC, PARTS, is_date
from workbench.media.recording_time import is_recorders
from workbench.project.class_levels import KEY, ClassLevels, folder_at, vagueness

FIELDS = ("label", "group", "n", "rest")
NOBODY = "unknown"  # stands in a recording's name where nobody said who speaks
_SOUND_ENDING = re.compile(r"\.(wav|flac|ogg|oga|mp3|aiff?|opus|m4a|aac|wma)$")
XENO_CANTO = "XC{n} - {label} - {rest}"
PATTERNS = ("{label}_{group}_{n}", "{label}_{n}", XENO_CANTO)
BACKGROUND = "_background_noise_"
"""Speech Commands' folder of noises; it is not a class."""

NEARLY_ALL = 0.9
"""Share of the clips that a way of naming must fit to be recognised."""

_CLEARLY = 0.5  # by which names of folders say less than those of others
_ROUNDED = 0.1  # share of its length by which a clip may miss the times it was cut out by
_FOLDERS = 2  # of a path on another computer that tell files of one name apart


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
    class_folder: int = 0
    """Which of the folders above a clip names its class, counted from outside as
    :func:`~workbench.project.class_levels.folder_at` does; 0 for the innermost that says
    something."""

    def to_json(self) -> dict[str, str | bool | int]:
        said: dict[str, str | bool | int] = {
            "pattern": self.pattern, "folders": self.folders, "table": self.table}
        return {**said, KEY: self.class_folder} if self.class_folder else said

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> SoundSettings:
        level = data.get(KEY, 0)
        return cls(str(data.get("pattern", "")), bool(data.get("folders", False)),
                   str(data.get("table", "")),
                   level if type(level) is int and level > 0 else 0)


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
            f"the pattern “{pattern}” needs {{label}} and may have {{group}}, {{n}} and "
            "{rest}, each once"
        )
    parts = {"label": r"(?P<label>.+?)", "group": r"(?P<group>[^_]+?)", "n": r"(?P<n>\d+)",
             "rest": r"(?P<rest>.+)"}
    text = re.escape(pattern)
    for name in names:
        text = text.replace(re.escape(f"{{{name}}}"), parts[name])
    return re.compile(text)


def find_settings(keys: Sequence[str]) -> SoundSettings:
    """Recognise how clips are labelled by their names and folders; everything off if they are not.

    A pattern counts where nearly all names have it, there are at least two labels, and each label
    comes back in several clips: one clip of another name must not take the labels off all others.
    Names that recorders give, and folders of such files, say where and when, and not what is heard,
    but for folders of the same names in several others. Of folders in folders the innermost are the
    classes, unless only those above have names that say something ("wren/SMA01").
    """
    levels = ClassLevels(keys, kinds=True)
    if sum(map(is_recorders, keys)) >= NEARLY_ALL * len(keys):
        return SoundSettings(folders=True, class_folder=_not_innermost(keys, levels)) \
            if keys and levels.below_places else SoundSettings()
    folders, others = [*map(_folder, keys)], [*map(levels.name, keys)]
    level = _not_innermost(keys, levels)
    if level and _are_classes(others) and vagueness(set(others) - {""}) + _CLEARLY <= vagueness(
            set(folders) - {""} or {"1"}):  # the innermost are stations, say
        return SoundSettings(folders=True, class_folder=level)
    if _are_classes(folders):
        return SoundSettings(folders=True)
    stems = [_stem(key) for key in keys]
    for pattern in PATTERNS:
        matcher = compile_pattern(pattern)
        found = [match for stem in stems if (match := matcher.fullmatch(stem))]
        if not found or len(found) < NEARLY_ALL * len(keys):
            continue
        labels = {match["label"] for match in found}
        if len(labels) >= 2 and len(found) >= 3 * len(labels):
            return SoundSettings(pattern=pattern)
    return SoundSettings()


def _are_classes(folders: Sequence[str]) -> bool:
    """Whether nearly all clips lie in one of several folders, and there are several in each."""
    known = [name for name in folders if name]
    number = len(set(known))
    return number > 1 and len(known) >= NEARLY_ALL * len(folders) and len(folders) >= 2 * number


def _not_innermost(keys: Sequence[str], levels: ClassLevels) -> int:
    """The level of the classes, 0 where it is that of the innermost folders."""
    return levels.level if any(levels.name(key) not in ("", _folder(key)) for key in keys) else 0


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
    _tables: list[tuple[str, _Names]] = field(default_factory=list)
    _elsewhere: list[_Names] = field(default_factory=list)
    _counts: Counter[str] | None = None

    def __post_init__(self) -> None:
        from workbench.project.library.clips import has_sounds

        if self.settings.pattern:
            self._pattern = compile_pattern(self.settings.pattern)
        for table in table_names(self.settings.table, self.folder):
            path = self.folder / table
            self._stamps[path] = file_stamp(path)
            try:
                rows = read_sound_table(path)
                self.problems += table_warnings(rows, path)
                labels = _Names(labels_of(rows))
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
            level = self.settings.class_folder
            label = folder_at(key, level) if level else _folder(key)
            return ClipLabel("" if label == BACKGROUND else label, speech_commands_speaker(name))
        return ClipLabel()

    @property
    def is_current(self) -> bool:
        """Whether the tables still are what was read."""
        return all(file_stamp(path) == stamp for path, stamp in self._stamps.items())

    def _in_tables(self, key: str) -> ClipLabel | None:
        """What the tables above the clip say, then those of folders without clips (``meta/``)."""
        above = [table for place, table in self._tables if not place or key.startswith(f"{place}/")]
        for table in (*above, *self._elsewhere):
            if (label := table.find(key, self._is_alone)) is not None:
                return label
        return None

    def _is_alone(self, key: str) -> bool:
        """Whether no other clip has the name of ``key``, which is folded, in another folder."""
        from workbench.project.library.clips import find_sounds

        if self._counts is None:
            keys = {folded(key) for key in (*find_sounds(self.folder), *self.to_come)}
            self._counts = Counter(key.rpartition("/")[2] for key in keys)
        return self._counts[key.rpartition("/")[2]] <= 1


def table_names(tables: str, folder: Path) -> list[str]:
    """The tables that ``tables`` of the settings names."""
    if not tables:
        return []
    if "," not in tables or is_file(folder / tables):
        return [tables]
    return [name for part in tables.split(",") if (name := part.strip())]


class _Names:
    """Labels by the names that a table has for their files."""

    def __init__(self, labels: Mapping[str, ClipLabel]) -> None:
        self._exact = {folded(name): label for name, label in labels.items()}
        far = {name: label for name, label in self._exact.items() if "/" in name}
        for name, label in list(self._exact.items()):
            self._exact.setdefault(_SOUND_ENDING.sub("", name), label)
        self._ends: dict[str, ClipLabel | None] = {}
        """By the name and the last folders, of files on another computer; None for several."""
        for name, label in far.items():
            for form in _last(name):
                self._ends[form] = None if self._ends.get(form, label) is not label else label

    def find(self, key: str, alone: Callable[[str], bool]) -> ClipLabel | None:
        """What is said of clip ``key``; by its name only where it is ``alone`` in having it."""
        whole = folded(key)
        for form in _forms(whole):
            if form in self._exact:
                return self._exact[form]
        for form in _last(whole) if self._ends else ():
            label = self._ends.get(form)
            if label is not None and ("/" in form or alone(whole)):
                return label
        return None


def _last(name: str) -> Iterator[str]:
    """The name with the last folders, fewer and fewer, then the same without its ending."""
    parts = name.split("/")
    for size in range(min(len(parts), _FOLDERS + 1), 0, -1):
        form = "/".join(parts[-size:])
        yield form
        if (bare := _SOUND_ENDING.sub("", form)) != form:
            yield bare


def _forms(whole: str) -> Iterator[str]:
    """Names that a table may have for a clip: with fewer and fewer folders, then no ending."""
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
    return labels_of(read_sound_table(path))


def read_sound_table(path: Path) -> SoundTable:
    """As :func:`parse_sound_table`, of a file."""
    return _table_as_it_was(path, file_stamp(path))


@lru_cache(maxsize=4)
def _table_as_it_was(path: Path, _stamp: tuple[int, int] | None) -> SoundTable:
    """A table is asked several times while a folder is looked at, and may be large."""
    try:
        data = read_regular(path)
    except OSError as error:
        raise FormatError(f"it could not be read ({error})", path=path) from None
    return parse_sound_table(data, path)


def labels_of(table: SoundTable) -> dict[str, ClipLabel]:
    """What the rows of a table say of each file."""
    regions: dict[str, list[LabeledObject]] = {}
    labels: dict[str, ClipLabel] = {}
    for name, (label, *others), group, region, score in table.rows:
        if region is not None:
            said = NO_ATTRIBUTES if score is None else {"score": score}
            regions.setdefault(name, []).extend(
                LabeledObject(part, region, said) for part in (label, *others))
            labels.setdefault(name, ClipLabel(label, group))
            continue
        before = labels.setdefault(name, ClipLabel(label, group, others=len(others)))
        if label != before.label:  # a row for each part, or for each label: the first counts
            labels[name] = replace(before, others=before.others + 1)
    for name, parts in regions.items():
        labels[name] = replace(labels[name], regions=tuple(parts))
    return labels


def table_warnings(table: SoundTable, path: Path) -> Iterator[Problem]:
    """What to know of a table that was read."""
    if table.note:
        yield Problem(str(path), "labels-read-as", f"{path.name}: {table.note}", "warning")
    if table.wrong:
        rows, lines = count(len(table.wrong), "row"), listed(list(map(str, table.wrong)), 3)
        yield Problem(str(path), "labels-read-as", f"{path.name}: {rows} without a start and a "
                      f"later end in seconds left out (line {lines}).",
                      "warning", table.wrong[0])


def _stem(key: str) -> str:
    return key.rpartition("/")[2].rpartition(".")[0]


def _folder(key: str) -> str:
    """Name of the folder a clip lies in, or "" where it says nothing about the clip.

    A date, or the part of a split ("train"), is passed over for the folder above it.
    """
    for parent in reversed(key.split("/")[:-1]):
        if parent.lower() not in PARTS and not is_date(parent):
            return "" if parent.lower() in GENERIC or parent == BACKGROUND else parent
    return ""
