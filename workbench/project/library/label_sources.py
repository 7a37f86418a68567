"""Which ways of labelling a folder of sounds offers, how many clips each names, and the best."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from workbench.core.errors import FormatError, UsageError
from workbench.core.events import EVENTS_SUFFIX
from workbench.core.paths import is_file, visible
from workbench.core.text import count
from workbench.project.class_levels import ordinal
from workbench.project.layout import LABELLED_BY
from workbench.project.library.clip_labels import (
    PATTERNS,
    LabelSource,
    SoundSettings,
    find_settings,
    read_label_csv,
)
from workbench.project.library.clips import OF_PROGRAMS, SUFFIXES
from workbench.project.manifest import Manifest

_TABLE_FOLDERS = ("meta", "metadata", "labels")
_MOST_TABLES = 200  # looked at; a folder of more holds something else
_DEEPEST = 4  # folders above a clip in which a table is looked for


@dataclass(frozen=True, slots=True)
class LabelChoice:
    """One way in which clips are labelled."""

    id: str
    """ "tables", "folders", "names", or "none"."""
    settings: SoundSettings
    """What a project that labels so says."""
    named: int = 0
    clips: int = 0
    """Number of clips that get a label, of how many."""
    classes: int = 0
    """Number of different labels."""
    sure: bool = True
    """Whether it is clear enough to be taken without asking."""
    missing: int = 0
    """Number of files that tables name and that are not there."""
    several: int = 0
    """Number of clips with more classes than the one that is used."""

    @property
    def place(self) -> str:
        """Where the labels are: "labels.csv", "the folders' names"."""
        level = self.settings.class_folder
        return {"tables": self.settings.table, "folders":
                f"the names of the {ordinal(level)}" if level else "the folders' names",
                "names": f"names of the form {self.settings.pattern}"}.get(self.id, "nowhere")

    @property
    def counts(self) -> str:
        """ "6 of 12 clips, 2 classes"."""
        classes = count(self.classes, "class")
        clips = count(self.clips, "sound")
        return f"{self.named} of {clips}, {classes}"

    @property
    def words(self) -> str:
        """ "labels.csv (6 of 12 clips, 2 classes)"."""
        return self.place if self.id == "none" else f"{self.place} ({self.counts})"


NOTHING = LabelChoice("none", SoundSettings())


def label_choices(
    folder: Path, keys: Sequence[str], bare: Sequence[str] | None = None
) -> list[LabelChoice]:
    """Every way in which at least one of the clips ``keys`` gets a label, the best first.

    A table that names clips comes before names and folders, which then are only offered. Names and
    folders count for the ``bare`` clips only, where those are told apart from clips with a table
    of their own, which says more.
    """
    if not keys:
        return []
    recognised = find_settings(keys)
    found = []
    tables, missing = _tables(folder, keys)
    if tables:
        found.append(_choice(folder, keys, "tables", SoundSettings(table=tables), True, missing))
    others = [("folders", recognised if recognised.folders else SoundSettings(folders=True)),
              *(("names", SoundSettings(pattern=pattern)) for pattern in PATTERNS)]
    for name, settings in sorted(others, key=lambda item: item[1] != recognised):
        choice = _choice(folder, keys if bare is None else bare, name, settings,
                         settings == recognised)
        choice = replace(choice, clips=len(keys))
        if choice.named and not any(item.id == name for item in found):
            found.append(choice)
    return found


def level_choice(folder: Path, keys: Sequence[str], level: int) -> LabelChoice:
    """That the folders of a level are classes.

    Raises
    ------
    UsageError
        If no clip lies in so many.
    """
    choice = _choice(folder, keys, "folders", SoundSettings(folders=True, class_folder=level), True)
    if not choice.named:
        raise UsageError(f"no sound has a {ordinal(level)} above it", path=folder)
    return choice


def best_choice(choices: Iterable[LabelChoice]) -> LabelChoice:
    """The first that is clear enough; else that there are no labels."""
    return next((choice for choice in choices if choice.sure), NOTHING)


def recognised_settings(folder: Path, keys: Sequence[str]) -> SoundSettings:
    """How the clips of a project are labelled of which nobody has said it."""
    return best_choice(label_choices(folder, keys)).settings


def label_source(folder: Path, keys: Sequence[str]) -> LabelSource:
    """What says label and group of each of the sounds ``keys`` of a project."""
    said = Manifest.load(folder).sounds
    return LabelSource(SoundSettings.from_json(said) if said
                       else recognised_settings(folder, keys), folder)


def _choice(
    folder: Path, keys: Sequence[str], name: str, settings: SoundSettings, sure: bool,
    missing: int = 0,
) -> LabelChoice:
    labels = LabelSource(settings, folder)
    found = [known for key in keys if (known := labels(key)).classes]
    classes = {name for item in found for name in item.classes}
    return LabelChoice(name, settings, len(found), len(keys), len(classes), sure, missing,
                       sum(item.others > 0 for item in found))


def _tables(folder: Path, keys: Sequence[str]) -> tuple[str, int]:
    """Tables that name clips, each more than those before it, and how many names lead nowhere."""
    used: list[str] = []
    named: set[str] = set()
    missing = 0
    for path in _table_files(folder, keys):
        try:
            rows = len(read_label_csv(path))
        except FormatError:
            continue  # some other table
        table = path.relative_to(folder).as_posix()
        labels = LabelSource(SoundSettings(table=table), folder)
        there = {key for key in keys if labels(key).classes}
        if there - named:
            used.append(table)
            named |= there
            missing += max(rows - len(there), 0)
    return ", ".join(used), missing


def _is_of_one(path: Path) -> bool:
    """Whether a table belongs to one clip beside it, which has its labels from there."""
    name = path.name
    stem = next((name.removesuffix(end) for end in OF_PROGRAMS if name.endswith(end)), "")
    return bool(stem) and any(is_file(path.with_name(stem + ending))
                              for suffix in SUFFIXES for ending in (suffix, suffix.upper()))


def _table_files(folder: Path, keys: Sequence[str]) -> list[Path]:
    places = {""}
    for key in keys:
        parts = key.split("/")[:-1]
        places |= {"/".join(parts[:depth]) for depth in range(1, min(len(parts), _DEEPEST) + 1)}
    places |= {f"{place}/{name}".lstrip("/") for place in places for name in _TABLE_FOLDERS}
    found: list[Path] = []
    for place in sorted(places, key=lambda name: (name.count("/") + bool(name), name)):
        try:
            found += sorted(path for path in visible((folder / place).iterdir())
                            if path.suffix.lower() in (".csv", ".tsv") and path.name != LABELLED_BY
                            and not path.name.endswith(EVENTS_SUFFIX) and not _is_of_one(path))
        except OSError:
            continue  # mostly not there
        if len(found) >= _MOST_TABLES:
            break
    return found[:_MOST_TABLES]
