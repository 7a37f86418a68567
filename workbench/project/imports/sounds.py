"""Copying a data set of sounds into a project, so that doing it twice changes nothing."""

from __future__ import annotations

import filecmp
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.errors import FormatError, Problem, UsageError, WorkbenchError
from workbench.core.paths import is_folder, is_utf8
from workbench.core.shapes import Region
from workbench.core.text import count
from workbench.formats.atomic import write_atomic
from workbench.formats.regular_file import read_file
from workbench.project.datasets.labelled import Labelled
from workbench.project.datasets.splits import Split, list_splits, save_split
from workbench.project.folder_identity import FolderIdentity
from workbench.project.imports.files import (
    copy_file,
    ends_copying,
    fit_to_copy,
    left_out_words,
    make_folder,
    numbered,
)
from workbench.project.library.clip_labels import (
    LabelSource,
    SoundSettings,
    table_names,
)
from workbench.project.library.clips import find_sounds, find_table, label_files
from workbench.project.library.label_sources import NOTHING, LabelChoice, best_choice, label_choices
from workbench.project.library.scan import natural_key, sort_naturally
from workbench.project.library.shared_tables import unread_words
from workbench.project.manifest import Manifest
from workbench.project.task import default_task

FOLDER = "audio"
_LISTS = {"val": "validation_list.txt", "test": "testing_list.txt"}


@dataclass(slots=True)
class SoundImport:
    """What was found in a folder of sounds, and what became of it.

    Parameters
    ----------
    keys
        Clips in the source, posix paths relative to it.
    choice
        How they are labelled there, and the ``choices`` there are; whether a person ``said`` so.
    bare
        Number of clips without a table of their own.
    copied, already
        Number of files.
    new_keys
        Key in the project by key in the source.
    renamed
        Those of them whose name was taken by another clip.
    taken
        Posix paths in the source of all files that were used.
    reason
        Why no more can be copied, "" where it can.
    """

    source: Path
    keys: list[str]
    choice: LabelChoice = NOTHING
    choices: list[LabelChoice] = field(default_factory=list)
    said: bool = False
    bare: int = 0
    copied: int = 0
    tables: int = 0
    already: int = 0
    unlabelled: int = 0
    new_keys: dict[str, str] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    classes: list[str] = field(default_factory=list)
    split: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    cancelled: bool = False
    reason: str = ""

    @property
    def settings(self) -> SoundSettings:
        """How the clips are labelled in the source."""
        return self.choice.settings


def inspect_sounds(source: Path, *, follow: bool = False) -> SoundImport:
    """Find the sounds of a folder and how they are labelled; nothing is written.

    Pipes and devices are no sounds, nor is what has a name that no text can hold; links that lead
    out of the folder are taken with ``follow``.
    """
    real = os.path.realpath(source)
    keys = sort_naturally(key for key in find_sounds(source) if is_utf8(key)
                          and fit_to_copy(source / key, "" if follow else real))
    manifest = Manifest.load(source)
    bare = [key for key in keys if find_table(source / key)[1] is None]
    choices = label_choices(source, keys, bare)
    choice = best_choice(choices)
    if manifest.sounds:
        settings = SoundSettings.from_json(manifest.sounds)
        kind = "tables" if settings.table else "folders" if settings.folders else "names"
        choice = LabelChoice(kind if settings != SoundSettings() else "none", settings)
        choice = next((item for item in choices if item.settings == settings), choice)
    return SoundImport(source, keys, choice, choices, bare=len(bare))


def choose_labels(found: SoundImport, wanted: str) -> None:
    """Take the labels from elsewhere than what is best.

    Parameters
    ----------
    wanted
        "auto", "tables", "folders", "names", "none", or a table's path relative to the source.

    Raises
    ------
    UsageError
        If there is nothing of that kind.
    """
    if wanted == "auto":
        return
    found.said = True
    if wanted.lower().endswith((".csv", ".tsv")):
        settings = SoundSettings(table=wanted)
        problems = LabelSource(settings, found.source).problems
        if problems:
            raise UsageError(problems[0].reason)
        labels = LabelSource(settings, found.source)
        names = [name for key in found.keys if (name := labels(key).label)]
        found.choice = LabelChoice("tables", settings, len(names), len(found.keys), len(set(names)))
        return
    choices = {choice.id: choice for choice in (NOTHING, *found.choices)}
    if wanted not in choices:
        raise UsageError(f"no labels of the kind “{wanted}” were found; there are: "
                         f"{', '.join(choices)}")
    found.choice = choices[wanted]


def import_sounds(
    found: SoundImport, project: Path, progress: Callable[[int, int], None],
    cancelled: Callable[[], bool] = lambda: False,
) -> SoundImport:
    """Copy the sounds of ``found`` and what labels them into ``project``/audio.

    The same file again is left, another clip of the same name gets a number. Lists of test and
    validation clips (Speech Commands) become ``splits/default.json``.

    Raises
    ------
    UsageError
        If there are no sounds.
    WorkbenchError
        If the project cannot be written.
    """
    if not found.keys:
        raise UsageError("there are no sounds in this folder", path=found.source)
    make_folder(project)
    manifest = Manifest.load(project)
    if manifest.problem is not None:
        raise WorkbenchError(manifest.problem.reason)
    here = settings_here(found, project, FOLDER)
    if not manifest.sounds and (here != SoundSettings() or found.said or not found.bare):
        manifest.sounds = dict(here.to_json())
    copier = ClipCopier(found, project, FOLDER, SoundSettings.from_json(manifest.sounds))
    for number, key in enumerate(found.keys, start=1):
        if cancelled():
            found.cancelled = True
            break
        copier.take(key)
        if found.reason:
            found.cancelled = True
            break
        progress(number, len(found.keys))
    _finish(found, project, manifest, copier.classes)
    return found


def exclude_existing(found: SoundImport) -> None:
    """Note what an import would take, without taking it."""
    real = os.path.realpath(found.source)
    found.taken |= {*found.keys, *table_names(found.settings.table, found.source),
                    *(name for name in _LISTS.values() if (found.source / name).is_file())}
    labels = LabelSource(found.settings, found.source)
    for key in found.keys:
        table = find_table(found.source / key)[1]
        if table is not None and fit_to_copy(table, real):
            found.taken.add(table.relative_to(found.source).as_posix())
            found.tables += 1
            if words := unread_words(table):
                found.problems.append(Problem(str(table), "labels-read-as", words, "warning"))
        elif not labels(key).label:
            found.unlabelled += 1


def settings_here(found: SoundImport, project: Path, into: str) -> SoundSettings:
    """The source's way of labelling, as it reads in the project; its table is copied there."""
    settings = found.settings
    inside = _place_in(found.source, project)
    if not settings.table or inside == "":
        return settings
    tables = table_names(settings.table, found.source)
    if inside is not None:
        return SoundSettings(table=", ".join(f"{inside}/{table}" for table in tables))
    copied = []
    for table in tables:
        # One from beside the folder of clips goes among them, several keep their places.
        name = table.rpartition("/")[2] if len(tables) == 1 else table.removeprefix(f"{FOLDER}/")
        target = project / into / name
        make_folder(target.parent)
        if not os.path.lexists(target):
            copy_file(found.source / table, target)
        copied.append(f"{into}/{name}")
    return SoundSettings(table=", ".join(copied))


def _place_in(source: Path, project: Path) -> str | None:
    """Where a source lies in the project itself: "" for the project, None for elsewhere."""
    try:
        inside = source.resolve().relative_to(project.resolve()).as_posix()
    except ValueError:
        return None
    return "" if inside == "." else inside


class ClipCopier:
    """Copies clips with what labels them into a project, never over another file.

    Parameters
    ----------
    found
        Receives what becomes of each clip.
    into
        Folder in the project, posix.
    settings
        How the project labels its clips. Where that says something else of a clip than the source
        does, the clip gets a table of its own.

    Attributes
    ----------
    made
        The new files, tables included.
    """

    def __init__(self, found: SoundImport, project: Path, into: str,
                 settings: SoundSettings) -> None:
        self.made: list[Path] = []
        self._found = found
        self._project = project
        self._place = FolderIdentity(project)
        self._into = into
        self._source = LabelSource(found.settings, found.source)
        self._real = os.path.realpath(found.source)
        found.taken |= set(table_names(found.settings.table, found.source))
        self._inside = _place_in(found.source, project)
        self._nested = _place_in(project, found.source)
        self._labels = LabelSource(settings, project, to_come=self._places())
        self.classes: set[str] = set()

    def _places(self) -> list[str]:
        """Where clips from elsewhere will lie, unless a name is taken."""
        return [f"{self._into}/{key.removeprefix(FOLDER + '/')}" for key in self._found.keys
                if self._inside is None]

    def take(self, key: str) -> None:
        """Copy one clip with its table, or find that no more can be: see ``found.reason``."""
        if not self._place.is_there():  # it must not be made anew
            self._found.reason = f"the folder “{self._project.name}” is gone"
        elif not is_folder(self._found.source):
            self._found.reason = f"the folder “{self._found.source.name}” is gone"
        if self._found.reason:
            return
        path = self._found.source / key
        self._found.taken.add(key)
        if (own := self._own_key(key)) is not None:
            self._note(key, own)
            self._found.already += 1
            return
        try:
            for candidate in numbered(f"{self._into}/{key.removeprefix(FOLDER + '/')}"):
                target = self._project / candidate
                if target.is_symlink() and not target.exists():
                    continue
                if target.exists():
                    if not filecmp.cmp(path, target, shallow=False):
                        continue
                    self._found.already += 1
                else:
                    make_folder(target.parent)
                    copy_file(path, target)
                    self.made.append(target)
                    self._found.copied += 1
                self._note(key, candidate)
                self._take_labels(key, path, candidate)
                return
        except (OSError, WorkbenchError) as error:
            self._found.reason = ends_copying(error)
            if not self._found.reason:
                self._problem("not-copied", path, left_out_words(path, error))

    def _own_key(self, key: str) -> str | None:
        """The key in the project of a clip that lies in it already."""
        if self._inside is not None:
            return f"{self._inside}/{key}".lstrip("/")
        nested = f"{self._nested}/"
        return key.removeprefix(nested) if self._nested and key.startswith(nested) else None

    def _take_labels(self, key: str, path: Path, candidate: str) -> None:
        """The table beside the clip; or one of our own where its new place says less."""
        target = self._project / candidate
        own, there = find_table(target)
        table = find_table(path)[1]
        if table is not None and not fit_to_copy(table, self._real):
            table = None
        if table is not None:
            self._found.taken.add(table.relative_to(self._found.source).as_posix())
        if there is not None and there in label_files(target):
            return  # labels in the project are never overwritten
        if table is not None and table not in label_files(path):
            self._write_part(own, target, path, table)
            return
        if table is not None:
            place = target.with_name(table.name.replace(path.stem, target.stem, 1))
            copy_file(table, place)
            self.made.append(place)
            self._found.tables += 1
            return
        label = self._source(key).label
        if label and self._labels(candidate).label != label:
            self._write_table(own, target, label)

    def _write_part(self, own: Path, clip: Path, path: Path, table: Path) -> None:
        """What a table about several recordings says of this one, as a table of its own."""
        from workbench.formats.raven import read_raven

        try:
            part = read_raven(table, clip=path.name).alone()
        except FormatError as error:
            self._problem("unreadable-labels", table, error.sentence())
            return
        write_atomic(own, part)
        self.made.append(own)
        self._found.tables += 1

    def _write_table(self, table: Path, clip: Path, label: str) -> None:
        from workbench.formats.raven import new_raven
        from workbench.media.sounds.sound_info import read_sound_info

        try:
            info = read_sound_info(clip)
        except FormatError:
            return  # reported when the project is scanned
        whole = Annotation((LabeledObject(label, Region(0.0, info.duration)),))
        write_atomic(table, new_raven().render(whole, info.nyquist))
        self.made.append(table)
        self._found.tables += 1

    def _note(self, key: str, candidate: str) -> None:
        self._found.new_keys[key] = candidate
        if candidate.rpartition("/")[2] != key.rpartition("/")[2]:
            self._found.renamed[key] = candidate
        if find_table(self._found.source / key)[1] is not None:
            return  # names and folders say nothing more
        label = self._source(key).label
        if label:
            self.classes.add(label)
        else:
            self._found.unlabelled += 1

    def _problem(self, kind: str, path: Path, reason: str) -> None:
        self._found.problems.append(Problem(str(path), kind, reason))


def listed_split(found: SoundImport) -> Split | None:
    """The split that the source's lists make of what was copied (Speech Commands), if any."""
    listed = {part: _listed(found, found.source / name) for part, name in _LISTS.items()}
    if not any(listed.values()):
        return None
    held = {*listed["val"], *listed["test"]}
    train = sorted(key for key in found.new_keys.values() if key not in held)
    return Split("default", 0, train, listed["val"], listed["test"],
                 origin="the data set's lists")


def _listed(found: SoundImport, path: Path) -> list[str]:
    if not path.is_file():
        return []
    found.taken.add(path.name)
    lines = read_file(path).decode("utf-8-sig", "replace").splitlines()
    return sorted({found.new_keys[line.strip()] for line in lines
                   if line.strip() in found.new_keys})


def copy_split(found: SoundImport, project: Path) -> None:
    """Write that split, where the project has none of its own."""
    split = listed_split(found)
    if split is not None and "default" not in list_splits(project):
        save_split(project, split)
        found.split = split.counts()


def _finish(found: SoundImport, project: Path, manifest: Manifest, labels: set[str]) -> None:
    """Write the manifest, and the split where the source has lists."""
    from workbench.project.datasets.sounds import read_clips

    if not manifest.exists and not Labelled(project).keys:
        manifest.task = default_task("sounds")
    manifest.save(project)  # clips are read as it says
    records, problems = read_clips(project)
    found.problems += problems
    labels |= {region.label for record in records for region in record.regions}
    labels |= {record.label for record in records if record.label}
    known = Manifest.load(found.source).classes
    ordered = sorted(labels, key=natural_key)
    manifest.classes = list(dict.fromkeys([*manifest.classes, *known, *ordered]))
    manifest.save(project)
    found.classes = manifest.classes
    if not found.cancelled:
        copy_split(found, project)


def label_messages(found: SoundImport, *, in_shell: bool = True) -> Iterator[str]:
    """Where labels come from, with counts, and what else could be chosen (by which option)."""
    choice = found.choice
    if choice.id != "none":
        yield f"Labels come from {choice.words}."
    yield from label_doubts(found)
    for other in found.choices:
        if other.id != choice.id:
            how = (f"; --labels {other.id} takes it" if in_shell
                   else "; choose it in “Where labels come from”")
            yield f"Not used for the labels: {other.words}{how}."


def label_doubts(found: SoundImport) -> Iterator[str]:
    """What is not as it should be with the labels that were chosen."""
    choice = found.choice
    if choice.missing:
        gone = count(choice.missing, "sound that is", "sounds that are")
        names = "name" if len(table_names(choice.settings.table, found.source)) > 1 else "names"
        yield f"{choice.settings.table} {names} {gone} not here."
    if choice.several:
        clips = count(choice.several, "clip has", "clips have")
        yield f"{clips} several classes in the table; the first one is used."


def duplicate_messages(found: SoundImport) -> Iterator[str]:
    """Copies of one recording, of which one has the labels."""
    by_stem: dict[str, list[str]] = {}
    for key in found.keys:
        by_stem.setdefault(key[: key.rfind(".")], []).append(key)
    for twins in by_stem.values():
        if len(twins) < 2:
            continue
        tables = {key: table for key in twins
                  if (table := find_table(found.source / key)[1]) is not None}
        if len(tables) == 1:
            ((key, table),) = tables.items()
            others = " and ".join(name.rpartition("/")[2] for name in twins if name != key)
            yield (f"{table.name} was taken for {key.rpartition('/')[2]}; {others} of the same "
                   "name stayed without labels.")


def notes(found: SoundImport) -> Iterator[str]:
    """Messages besides the numbers."""
    yield from label_messages(found)
    yield from duplicate_messages(found)
    if found.split:
        yield "The data set's lists of test and validation clips became the split."
