"""Copying a data set of sounds into a project, so that doing it twice changes nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from workbench.core.errors import FormatError, UsageError, WorkbenchError
from workbench.core.paths import is_utf8
from workbench.core.progress import ProgressCallback
from workbench.core.text import count
from workbench.formats.atomic import write_atomic
from workbench.formats.regular_file import read_file
from workbench.media.conversion_kinds import RECORDINGS, conversion_of, without_twins
from workbench.media.sounds.suffixes import TAKEN
from workbench.project.class_levels import level_said, levels_in
from workbench.project.datasets.labelled import LabelledFolder
from workbench.project.datasets.splits import Split, list_splits, save_split
from workbench.project.imports.copying import AnyPath, SampleCopier
from workbench.project.imports.files import copy_file, make_folder, may_copy
from workbench.project.imports.report import ImportReport
from workbench.project.library.clip_labels import (
    ClipLabel,
    LabelSource,
    SoundSettings,
    table_names,
)
from workbench.project.library.clips import find_sounds, find_table, label_files
from workbench.project.library.label_sources import (
    NOTHING,
    LabelChoice,
    best_choice,
    label_choices,
    level_choice,
)
from workbench.project.library.scan import natural_key, sort_naturally
from workbench.project.library.shared_tables import unread_text
from workbench.project.manifest import Manifest
from workbench.project.task import default_task

FOLDER = "audio"
_LISTS = {"val": "validation_list.txt", "test": "testing_list.txt"}


@dataclass(slots=True)
class FoundSounds:
    """What was found in a folder of sounds."""

    source: Path
    keys: list[str]
    """Clips in the source, posix paths relative to it."""
    choice: LabelChoice = NOTHING
    """How they are labelled there, and the ``choices`` there are; whether a person ``said`` so."""
    choices: list[LabelChoice] = field(default_factory=list)
    said: bool = False
    bare: int = 0
    """Number of clips without a table of their own."""

    @property
    def settings(self) -> SoundSettings:
        """How the clips are labelled in the source."""
        return self.choice.settings


def inspect_sounds(source: Path, *, follow: bool = False) -> FoundSounds:
    """Find the sounds of a folder and how they are labelled; nothing is written.

    Pipes and devices are no sounds, nor is what has a name that no text can hold; links that lead
    out of the folder are taken with ``follow``.
    """
    real = os.path.realpath(source)
    keys = sort_naturally(key for key in _all_sounds(source) if is_utf8(key)
                          and may_copy(source / key, "" if follow else real))
    manifest = Manifest.load(source)
    bare = [key for key in keys if find_table(source / key)[1] is None]
    choices = label_choices(source, keys, bare)
    choice = best_choice(choices)
    if manifest.sounds:
        settings = SoundSettings.from_json(manifest.sounds)
        kind = "tables" if settings.table else "folders" if settings.folders else "names"
        choice = LabelChoice(kind if settings != SoundSettings() else "none", settings)
        choice = next((item for item in choices if item.settings == settings), choice)
    return FoundSounds(source, keys, choice, choices, bare=len(bare))


def _all_sounds(folder: Path) -> list[str]:
    """The sounds of a folder, with those that can only be converted, unless they were."""
    found = list(find_sounds(folder, suffixes=TAKEN))
    return without_twins(found, {key for key in found if is_converted(folder / key)})


def to_convert(folder: Path) -> list[Path]:
    """Sounds of a folder that are not read as they are, and of which no FLAC was made yet."""
    return [path for key in _all_sounds(folder) if is_converted(path := folder / key)]


def is_converted(path: AnyPath) -> bool:
    """Whether the sound at ``path`` becomes FLAC where it comes into a project."""
    return conversion_of(path) is RECORDINGS


def choose_labels(found: FoundSounds, wanted: str) -> None:
    """Take the labels from elsewhere than what is best.

    Parameters
    ----------
    wanted
        "auto", "tables", "folders", "folders:2" (of their second folders), "names", "none", or a
        table's path relative to the source.

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
        problems = [problem for problem in LabelSource(settings, found.source).problems
                    if problem.severity == "error"]
        if problems:
            raise UsageError(problems[0].reason)
        labels = LabelSource(settings, found.source)
        named = [names for key in found.keys if (names := labels(key).classes)]
        found.choice = LabelChoice("tables", settings, len(named), len(found.keys),
                                   len({name for names in named for name in names}))
        return
    level = level_said(wanted)
    if level:
        found.choice = level_choice(found.source, found.keys, level)
        return
    choices = {choice.id: choice for choice in (NOTHING, *found.choices)}
    if wanted not in choices:
        raise UsageError(f"no labels of the kind “{wanted}” were found; there are: "
                         f"{', '.join(choices)}")
    found.choice = choices[wanted]


def import_sounds(
    found: FoundSounds, project: Path, progress: ProgressCallback,
    cancelled: Callable[[], bool] = lambda: False,
) -> ClipCopier:
    """Copy the sounds of ``found`` and what labels them into ``project``/audio.

    Lists of test and validation clips (Speech Commands) become ``splits/default.json``.

    Raises
    ------
    WorkbenchError
        If the project cannot be written.
    """
    make_folder(project)
    manifest = Manifest.load(project)
    if manifest.problem is not None:
        raise WorkbenchError(manifest.problem.reason)
    here = settings_here(found, project, FOLDER)
    if not manifest.sounds and (here != SoundSettings() or found.said or not found.bare):
        manifest.sounds = dict(here.to_json())
    copier = ClipCopier(found, project, FOLDER, SoundSettings.from_json(manifest.sounds))
    copier.run(found.keys, progress, cancelled)
    copier.finish(manifest)
    return copier


def planned_report(found: FoundSounds, project: Path) -> tuple[ImportReport, set[str]]:
    """What an import would do, without doing it, and which files it would take."""
    report = ImportReport(project, sounds=len(found.keys), of_sounds=True, planned=True)
    real = os.path.realpath(found.source)
    taken = {*found.keys, *_listing_files(found)}
    labels = LabelSource(found.settings, found.source)
    report.problems += labels.problems
    for key in found.keys:
        table = find_table(found.source / key)[1]
        if table is not None and may_copy(table, real):
            taken.add(table.relative_to(found.source).as_posix())
            report.annotations += 1
            if words := unread_text(table):
                report.add_problem("labels-read-as", table, words, "warning")
        elif not labels(key).classes:
            report.unlabelled += 1
    split = listed_split(found, {key: key for key in found.keys})
    report.notes += notes(found, found.keys)
    report.split = split.counts() if split is not None else {}
    return report, taken


def _listing_files(found: FoundSounds) -> set[str]:
    """Files of the source about all of its clips, as posix paths in it."""
    return {*table_names(found.settings.table, found.source),
            *(name for name in _LISTS.values() if (found.source / name).is_file())}


def settings_here(found: FoundSounds, project: Path, into: str) -> SoundSettings:
    """The source's way of labelling, as it reads in the project; its table is copied there."""
    settings = found.settings
    inside = _place_in(found.source, project)
    if settings.class_folder:  # there may be further folders above
        return replace(settings, class_folder=settings.class_folder
                       + levels_in(into if inside is None else inside))
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


class ClipCopier(SampleCopier):
    """Copies clips with what labels them.

    Parameters
    ----------
    into
        Folder in the project, posix.
    settings
        How the project labels its clips. Where that says something else of a clip than the source
        does, the clip gets a table of its own.
    """

    def __init__(self, found: FoundSounds, project: Path, into: str,
                 settings: SoundSettings) -> None:
        super().__init__(found.source, project, ImportReport(project, of_sounds=True))
        self._found = found
        self._into = into
        self._source = LabelSource(found.settings, found.source)
        self.taken |= _listing_files(found)
        self._inside = _place_in(found.source, project)
        self._nested = _place_in(project, found.source)
        to_come = [] if self._inside is not None else [self.wanted_key(key) for key in found.keys]
        self._labels = LabelSource(settings, project, to_come=to_come)
        self.classes: set[str] = set()

    def path(self, key: str) -> Path:
        return self._folder / key

    def wanted_key(self, key: str) -> str:
        if not is_converted(self.path(key)):
            return f"{self._into}/{key.removeprefix(FOLDER + '/')}"
        inside = self._own_key(key)  # beside the one that it is made of
        return RECORDINGS.made_of(inside if inside is not None else f"{self._into}/{key}")

    def own_key(self, key: str) -> str | None:
        return None if is_converted(self.path(key)) else self._own_key(key)

    def _own_key(self, key: str) -> str | None:
        """Where a clip of the source lies in the project, if it does."""
        if self._inside is not None:
            return f"{self._inside}/{key}".lstrip("/")
        nested = f"{self._nested}/"
        return key.removeprefix(nested) if self._nested and key.startswith(nested) else None

    def take(self, key: str) -> None:
        super().take(key)
        if key not in self.new_keys or find_table(self.path(key))[1] is not None:
            return  # names and folders say nothing more
        names = self._source(key).classes
        self.classes.update(names)
        if not names:
            self.report.unlabelled += 1

    def take_labels(self, key: str, new_key: str) -> None:
        """The table beside the clip; or one of our own where its new place says less."""
        path, target = self.path(key), self._project / new_key
        own, there = find_table(target)
        table = find_table(path)[1]
        if table is not None and not may_copy(table, self._real):
            table = None
        if table is not None:
            self.taken.add(table.relative_to(self._folder).as_posix())
        if there is not None and there in label_files(target):
            return  # labels in the project are never overwritten
        if table is not None and table not in label_files(path):
            self._write_part(own, path, table)
            return
        if table is not None:
            name = table.name.replace(path.stem, target.stem, 1)
            self.copy(table, str(target.with_name(name)))
            self.report.annotations += 1
            return
        known = self._source(key)
        here = self._labels(new_key)
        if known.classes and (known.label, known.regions) != (here.label, here.regions):
            self._write_table(own, target, known)

    def _write_part(self, own: Path, path: Path, table: Path) -> None:
        """What a table about several recordings says of this one, as a table of its own."""
        from workbench.formats.raven import read_raven

        try:
            part = read_raven(table, clip=path.name).alone()
        except FormatError as error:
            self.report.add_problem("unreadable-labels", table, error.sentence())
            return
        write_atomic(own, part)
        self.made.append(str(own))
        self.report.annotations += 1

    def _write_table(self, table: Path, clip: Path, known: ClipLabel) -> None:
        from workbench.formats.raven import new_raven
        from workbench.media.sounds.sound_info import read_sound_info

        try:
            info = read_sound_info(clip)
        except FormatError:
            return  # reported when the project is scanned
        said = known.annotation(info.duration)
        write_atomic(table, new_raven(said.objects).render(said, info.nyquist))
        self.made.append(str(table))
        self.report.annotations += 1

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest, and the split where the source has lists."""
        from workbench.project.datasets.sounds import read_clips

        if not manifest.exists and not LabelledFolder(self._project).keys:
            manifest.task = default_task("sounds")
        manifest.save(self._project)  # clips are read as it says
        records, problems = read_clips(self._project)
        self.report.problems += problems
        labels = self.classes | {region.label for record in records for region in record.regions}
        labels |= {record.label for record in records if record.label}
        known = Manifest.load(self._folder).classes
        ordered = sorted(labels, key=natural_key)
        manifest.classes = list(dict.fromkeys([*manifest.classes, *known, *ordered]))
        manifest.save(self._project)
        self.report.classes = manifest.classes
        if not self.report.cancelled:
            self._take_split()
        self.report.notes += notes(self._found, self.new_keys)
        if self.report.split:
            self.report.notes.append(
                "The data set's lists of test and validation sounds became the split.")

    def _take_split(self) -> None:
        """Write the split of the source's lists, where the project has none of its own."""
        split = listed_split(self._found, self.new_keys)
        if split is not None and "default" not in list_splits(self._project):
            save_split(self._project, split)
            self.report.split = split.counts()


def listed_split(found: FoundSounds, new_keys: Mapping[str, str]) -> Split | None:
    """The split that the source's lists make of what was copied (Speech Commands), if any."""
    listed = {part: _listed(found.source / name, new_keys) for part, name in _LISTS.items()}
    if not any(listed.values()):
        return None
    held = {*listed["val"], *listed["test"]}
    train = sorted(key for key in new_keys.values() if key not in held)
    return Split("default", 0, train, listed["val"], listed["test"], origin="the data set's lists")


def _listed(path: Path, new_keys: Mapping[str, str]) -> list[str]:
    if not path.is_file():
        return []
    lines = read_file(path).decode("utf-8-sig", "replace").splitlines()
    return sorted({new_keys[line.strip()] for line in lines if line.strip() in new_keys})


def label_messages(found: FoundSounds, *, in_shell: bool = True) -> Iterator[str]:
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


def label_doubts(found: FoundSounds) -> Iterator[str]:
    """What is not as it should be with the labels that were chosen."""
    choice = found.choice
    if choice.missing:
        gone = count(choice.missing, "sound that is", "sounds that are")
        names = "name" if len(table_names(choice.settings.table, found.source)) > 1 else "names"
        yield f"{choice.settings.table} {names} {gone} not here."
    if choice.several:
        clips = count(choice.several, "sound has", "sounds have")
        yield f"{clips} several classes in the table; the first one is used."


def duplicate_messages(found: FoundSounds) -> Iterator[str]:
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


def converted_messages(files: Iterable[Path]) -> Iterator[str]:
    """How many of these sounds are FLAC in the project, and of which kinds they are."""
    found = [file for file in files if is_converted(file)]
    if found:
        yield f"Taken as FLAC: {count(len(found), 'sound')} ({RECORDINGS.names(found)})."


def notes(found: FoundSounds, taken: Iterable[str]) -> Iterator[str]:
    """Messages besides the numbers; ``taken`` are the keys of what came, or is to come."""
    yield from converted_messages(found.source / key for key in taken)
    yield from label_messages(found)
    yield from duplicate_messages(found)
