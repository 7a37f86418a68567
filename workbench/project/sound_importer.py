"""Copying a data set of sounds into a project, so that doing it twice changes nothing."""

from __future__ import annotations

import filecmp
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from workbench.core.errors import FormatError, Problem, UsageError, WorkbenchError
from workbench.core.regions import ClipAnnotation, Region
from workbench.formats.atomic import disk_reason, write_atomic
from workbench.formats.regular_file import read_file
from workbench.project.files import copy_file, fit_to_copy, make_folder, numbered
from workbench.project.labelled import Labelled
from workbench.project.manifest import Manifest
from workbench.project.scan import natural_key, sort_naturally
from workbench.project.sound_labels import (
    LabelSource,
    SoundSettings,
    find_settings,
    read_label_csv,
)
from workbench.project.sounds import find_sounds, find_table, label_files
from workbench.project.splits import Split, list_splits, save_split
from workbench.project.task import SOUNDS

FOLDER = "audio"
_LISTS = {"val": "validation_list.txt", "test": "testing_list.txt"}
_TABLE_PLACES = ("*.csv", "meta/*.csv", "metadata/*.csv")
_COVERS = 0.5  # of the clips that a table must name to be taken for their labels


@dataclass(slots=True)
class SoundImport:
    """What was found in a folder of sounds, and what became of it.

    Parameters
    ----------
    keys
        Clips in the source, posix paths relative to it.
    settings
        How they are labelled there.
    copied, already
        Number of files.
    new_keys
        Key in the project by key in the source.
    renamed
        Those of them whose name was taken by another clip.
    taken
        Posix paths in the source of all files that were used.
    """

    source: Path
    keys: list[str]
    settings: SoundSettings
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


def look_at(source: Path, *, follow: bool = False) -> SoundImport:
    """Find the sounds of a folder and how they are labelled; nothing is written.

    Pipes and devices are no sounds; links that lead out of the folder are taken with ``follow``.
    """
    real = os.path.realpath(source)
    keys = sort_naturally(key for key in find_sounds(source)
                          if fit_to_copy(source / key, "" if follow else real))
    return SoundImport(source, keys, _settings_of(source, keys))


def _settings_of(source: Path, keys: list[str]) -> SoundSettings:
    manifest = Manifest.load(source)
    if manifest.sounds:
        return SoundSettings.from_json(manifest.sounds)
    names = {key.rpartition("/")[2] for key in keys}
    for pattern in _TABLE_PLACES:
        for path in sorted(source.glob(pattern)):
            try:
                known = read_label_csv(path)
            except FormatError:
                continue  # some other table
            if len(names & {name.rpartition("/")[2] for name in known}) >= _COVERS * len(names):
                return SoundSettings(table=path.relative_to(source).as_posix())
    return find_settings(keys)


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
    if not manifest.sounds:
        manifest.sounds = dict(settings_here(found, project, FOLDER).to_json())
    copier = ClipCopier(found, project, FOLDER, SoundSettings.from_json(manifest.sounds))
    for number, key in enumerate(found.keys, start=1):
        if cancelled():
            found.cancelled = True
            break
        copier.take(key)
        progress(number, len(found.keys))
    _finish(found, project, manifest, copier.classes)
    return found


def settings_here(found: SoundImport, project: Path, into: str) -> SoundSettings:
    """The source's way of labelling, as it reads in the project; its table is copied there."""
    settings = found.settings
    inside = _place_in(found.source, project)
    if not settings.table or inside == "":
        return settings
    if inside is not None:
        return SoundSettings(settings.pattern, settings.folders, f"{inside}/{settings.table}")
    name = settings.table.rpartition("/")[2]
    target = project / into / name
    make_folder(target.parent)
    if not target.exists():
        copy_file(found.source / settings.table, target)
    return SoundSettings(settings.pattern, settings.folders, f"{into}/{name}")


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
        Is told what becomes of each clip.
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
        self._into = into
        self._source = LabelSource(found.settings, found.source)
        self._real = os.path.realpath(found.source)
        if found.settings.table:
            found.taken.add(found.settings.table)
        self._inside = _place_in(found.source, project)
        self._labels = LabelSource(settings, project)
        self.classes: set[str] = set()

    def take(self, key: str) -> None:
        """Copy one clip with its table."""
        path = self._found.source / key
        self._found.taken.add(key)
        if self._inside is not None:
            self._note(key, f"{self._inside}/{key}".lstrip("/"))
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
        except OSError as error:
            self._problem("not-copied", path, f"{path.name} was left out: {disk_reason(error)}.")

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
        from workbench.formats.sound_info import read_sound_info

        try:
            info = read_sound_info(clip)
        except FormatError:
            return  # told when the project is looked through
        whole = ClipAnnotation((Region(label, 0.0, info.duration),))
        write_atomic(table, new_raven().render(whole, info.nyquist))
        self.made.append(table)
        self._found.tables += 1

    def _note(self, key: str, candidate: str) -> None:
        self._found.new_keys[key] = candidate
        if candidate.rpartition("/")[2] != key.rpartition("/")[2]:
            self._found.renamed[key] = candidate
        label = self._source(key).label
        if label:
            self.classes.add(label)
        elif find_table(self._found.source / key)[1] is None:
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


def take_split(found: SoundImport, project: Path) -> None:
    """Write that split, where the project has none of its own."""
    split = listed_split(found)
    if split is not None and "default" not in list_splits(project):
        save_split(project, split)
        found.split = split.counts()


def _finish(found: SoundImport, project: Path, manifest: Manifest, labels: set[str]) -> None:
    """Write the manifest, and the split where the source has lists."""
    from workbench.project.sound_dataset import read_clips

    if not manifest.exists and not Labelled(project).keys:
        manifest.task = SOUNDS
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
        take_split(found, project)


def notes(found: SoundImport) -> Iterator[str]:
    """What is to be told besides the numbers."""
    settings = found.settings
    if settings.table:
        yield f"Labels come from {settings.table}."
    elif settings.pattern:
        yield f"Labels come from names of the form {settings.pattern}."
    elif settings.folders:
        yield "Labels come from the folders' names."
    if found.split:
        yield "The data set's lists of test and validation clips became the split."
