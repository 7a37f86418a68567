"""Copying a data set of sounds into a project, so that doing it twice changes nothing."""

from __future__ import annotations

import filecmp
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from workbench.core.errors import FormatError, Problem, UsageError, WorkbenchError
from workbench.core.regions import ClipAnnotation, Region
from workbench.formats.atomic import disk_reason, write_atomic
from workbench.project.files import copy_file, make_folder, numbered
from workbench.project.labelled import Labelled
from workbench.project.manifest import Manifest
from workbench.project.scan import natural_key, sort_naturally
from workbench.project.sound_labels import (
    LabelSource,
    SoundSettings,
    find_settings,
    read_label_csv,
)
from workbench.project.sounds import find_sounds, find_table
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
    cancelled: bool = False


def look_at(source: Path) -> SoundImport:
    """Find the sounds of a folder and how they are labelled; nothing is written."""
    keys = sort_naturally(find_sounds(source))
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
    own = _Own(found, project, manifest)
    for number, key in enumerate(found.keys, start=1):
        if cancelled():
            found.cancelled = True
            break
        own.take(key)
        progress(number, len(found.keys))
    own.finish()
    return found


class _Own:
    def __init__(self, found: SoundImport, project: Path, manifest: Manifest) -> None:
        self._found = found
        self._project = project
        self._manifest = manifest
        self._source = LabelSource(found.settings, found.source)
        self._in_place = project.samefile(found.source)
        if not manifest.sounds:
            manifest.sounds = dict(self._settings().to_json())
        self._labels = LabelSource(SoundSettings.from_json(manifest.sounds), project)
        self._classes: set[str] = set()

    def _settings(self) -> SoundSettings:
        """The source's way of labelling, as it reads in the project."""
        settings = self._found.settings
        if not settings.table or self._in_place:
            return settings
        name = settings.table.rpartition("/")[2]
        target = self._project / FOLDER / name
        make_folder(target.parent)
        if not target.exists():
            copy_file(self._found.source / settings.table, target)
        return SoundSettings(settings.pattern, settings.folders, f"{FOLDER}/{name}")

    def take(self, key: str) -> None:
        """Copy one clip with its table."""
        path = self._found.source / key
        if self._in_place:
            self._note(key, key)
            self._found.already += 1
            return
        try:
            for candidate in numbered(f"{FOLDER}/{key.removeprefix(FOLDER + '/')}"):
                target = self._project / candidate
                if target.exists():
                    if not filecmp.cmp(path, target, shallow=False):
                        continue
                    self._found.already += 1
                else:
                    make_folder(target.parent)
                    copy_file(path, target)
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
        if there is not None:
            return  # labels in the project are never overwritten
        if table is not None:
            copy_file(table, target.with_name(table.name.replace(path.stem, target.stem, 1)))
            self._found.tables += 1
            return
        label = self._source(key).label
        if label and self._labels(candidate).label != label:
            self._write_table(own, target, label)

    def _write_table(self, table: Path, clip: Path, label: str) -> None:
        from workbench.formats.raven import new_raven
        from workbench.formats.sound_info import read_sound_info

        try:
            info = read_sound_info(clip)
        except FormatError:
            return  # told when the project is looked through
        whole = ClipAnnotation((Region(label, 0.0, info.duration),))
        write_atomic(table, new_raven().render(whole, info.nyquist))
        self._found.tables += 1

    def _note(self, key: str, candidate: str) -> None:
        self._found.new_keys[key] = candidate
        if candidate.rpartition("/")[2] != key.rpartition("/")[2]:
            self._found.renamed[key] = candidate
        label = self._source(key).label
        if label:
            self._classes.add(label)
        elif find_table(self._found.source / key)[1] is None:
            self._found.unlabelled += 1

    def _problem(self, kind: str, path: Path, reason: str) -> None:
        self._found.problems.append(Problem(str(path), kind, reason))

    def finish(self) -> None:
        """Write the manifest, and the split where the source has lists."""
        from workbench.project.sound_dataset import read_clips

        manifest = self._manifest
        records, problems = read_clips(self._project)
        self._found.problems += problems
        self._classes |= {region.label for record in records for region in record.regions}
        self._classes |= {record.label for record in records if record.label}
        ordered = sorted(self._classes, key=natural_key)
        known = Manifest.load(self._found.source).classes
        manifest.classes = list(dict.fromkeys([*manifest.classes, *known, *ordered]))
        if not manifest.exists and not Labelled(self._project).keys:
            manifest.task = SOUNDS
        manifest.save(self._project)
        self._found.classes = manifest.classes
        if not self._found.cancelled:
            self._take_lists()

    def _take_lists(self) -> None:
        listed = {part: self._listed(self._found.source / name) for part, name in _LISTS.items()}
        if not any(listed.values()) or "default" in list_splits(self._project):
            return
        held = {*listed["val"], *listed["test"]}
        train = sorted(key for key in self._found.new_keys.values() if key not in held)
        split = Split("default", 0, train, listed["val"], listed["test"],
                      origin="the data set's lists")
        save_split(self._project, split)
        self._found.split = split.counts()

    def _listed(self, path: Path) -> list[str]:
        if not path.is_file():
            return []
        lines = path.read_text("utf-8-sig", "replace").splitlines()
        return sorted({self._found.new_keys[line.strip()] for line in lines
                       if line.strip() in self._found.new_keys})


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
