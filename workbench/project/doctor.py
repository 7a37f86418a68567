"""Everything in a project that a person should mend, in one list."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from workbench.core.errors import FormatError, Problem, UsageError, WorkbenchError, unexpected
from workbench.core.paths import is_file, is_folder
from workbench.extension.tasks import load, tasks
from workbench.formats.atomic import disk_reason, is_leftover
from workbench.formats.voc import VocConvention, read_voc
from workbench.media.images.header import ImageInfo
from workbench.media.images.readable import picture_info, stretched_words
from workbench.project.damage import is_cut_off
from workbench.project.datasets.images import size_problem
from workbench.project.datasets.labelled import Labelled
from workbench.project.datasets.splits import list_splits, load_split
from workbench.project.edits.journal import has_unfinished
from workbench.project.imports.left_behind import find_left_behind, left_words
from workbench.project.layout import MANIFEST_NAME, Placement, journal_path
from workbench.project.library.clips import find_sounds
from workbench.project.library.ownership import sharing_problem
from workbench.project.runs import CONFIG, RunFolder
from workbench.project.task import decide_task

Progress = Callable[[int, int], None]


def doctor(folder: Path, progress: Progress | None = None) -> list[Problem]:
    """Look at every file of ``folder`` and return what is wrong, sorted by file and line.

    Nothing is changed. Errors are files that cannot be used; warnings are what should be known.

    Parameters
    ----------
    progress
        Called with the number of images and annotation files looked at and their total.

    Raises
    ------
    UsageError
        If there is no such folder.
    """
    return sorted(
        findings(folder, progress),
        key=lambda problem: (problem.path, problem.line or 0, problem.kind, problem.reason),
    )


def findings(folder: Path, progress: Progress | None = None) -> Iterator[Problem]:
    """As :func:`doctor`, each once as soon as it is found, in no order."""
    if not is_folder(folder):
        raise UsageError("there is no such folder", path=folder)
    seen: set[Problem] = set()
    for problem in _Examination(folder, progress or (lambda done, total: None)).problems():
        if problem not in seen:
            seen.add(problem)
            yield problem


class _Examination:
    def __init__(self, folder: Path, progress: Progress) -> None:
        self._folder = folder
        self._found = Labelled(folder)
        self._progress = progress
        self._convention = VocConvention(self._found.manifest.voc_convention)
        self._files_of: dict[str, list[Path]] = defaultdict(list)
        self._total = len(self._found.keys) + len(self._found.scan.annotations)
        self._done = 0
        self._deep = 0
        loose = Placement(folder, self._found.manifest.layout)
        loose.pair(self._found.keys, self._found.scan.annotations, loosely=True)
        self._nearly = {loose.annotation(key): key for key in self._found.keys}

    def problems(self) -> Iterator[Problem]:
        found = self._found
        if found.manifest.problem is not None:
            yield found.manifest.problem
        yield from found.scan.problems
        task = tasks.get(decide_task(self._folder, found.manifest.task, images=len(found.keys),
                                     labelled=len(found.labelled)))
        boxes = found.labelled or not task.take_labels  # else no image has a file of its own
        for group in dict.fromkeys(found.shared.values()) if boxes else ():
            yield sharing_problem(group, found.placement)
        sizes: dict[str, ImageInfo] = {}
        for key in found.keys:
            yield from _guarded(found.placement.path(key), self._image(key, sizes))
            self._step()
        if self._deep:
            yield Problem(str(self._folder), "stretched-images", stretched_words(self._deep),
                          "warning")
        owners = {found.placement.annotation(key): key for key in found.labelled}
        for annotation in sorted(found.scan.annotations):
            yield from _guarded(self._folder / annotation,
                                self._annotation(annotation, owners.get(annotation), sizes))
            self._step()
        yield from self._classes()
        yield from self._leftovers()
        yield from self._splits()
        yield from _guarded(self._folder, self._duplicates())
        yield from self._runs()
        heard = next(iter(find_sounds(self._folder)), None) is not None
        if heard:
            from workbench.project.datasets.sounds import read_clips

            yield from read_clips(self._folder, self._progress)[1]
        if task.examine:
            yield from _guarded(self._folder, load(task.examine)(self._folder))
        yield from self._not_read(heard and not found.keys)
        if not found.keys and not heard:
            yield Problem(str(self._folder), "no-images",
                          "There are no images and no sounds in this folder.", "warning")

    def _not_read(self, sounds: bool) -> Iterator[Problem]:
        """Labels, images and sounds of kinds that this program does not read."""
        known = {*self._found.keys, *self._found.scan.annotations}
        left = (item for item in find_left_behind(
            self._folder, known, "sounds" if sounds else "images", follow=True)
            if any(words in item.reason for words in ("not read", "import them"))
            or item.kind == "archive")
        for words in left_words(left, "Not read"):
            yield Problem(str(self._folder), "not-read", words, "warning")

    def _step(self) -> None:
        self._done += 1
        self._progress(self._done, self._total)

    def _image(self, key: str, sizes: dict[str, ImageInfo]) -> Iterator[Problem]:
        path = self._found.placement.path(key)
        try:
            info = picture_info(path)
            sizes[key] = info
            self._deep += info.bits > 8
            if is_cut_off(path):
                yield Problem(str(path), "truncated-image",
                              f"{path.name} breaks off: a part of the picture is missing.",
                              "warning")
        except WorkbenchError as error:
            yield Problem(str(path), "unreadable-image", _sentence(path, error), line=error.line)
        except OSError as error:
            yield Problem(str(path), "unreadable-image",
                          f"{path.name} could not be read: {disk_reason(error, 'read')}.")

    def _annotation(
        self, annotation: str, key: str | None, sizes: dict[str, ImageInfo]
    ) -> Iterator[Problem]:
        path = self._folder / annotation
        try:
            document = read_voc(path, self._convention)
        except WorkbenchError as error:
            if key is not None or self._is_voc_place(annotation):
                yield Problem(str(path), "unreadable-annotation", _sentence(path, error),
                              line=error.line)
            return
        yield from document.problems
        for label in document.annotation.counts():
            self._files_of[label].append(path)
        if key is None:
            near = self._nearly.get(annotation)
            hint = f" Should it be called like {near.rpartition('/')[2]}?" if near else ""
            yield Problem(str(path), "annotation-without-image",
                          f"There is no image that belongs to {path.name}.{hint}", "warning")
        elif key in sizes:
            yield from size_problem(path, document.annotation, self._folder / key, sizes[key])

    def _is_voc_place(self, annotation: str) -> bool:
        """Beside images, an XML file of another kind is nobody's annotation."""
        return bool(self._found.manifest.annotations)

    def _classes(self) -> Iterator[Problem]:
        files = Counter(path for paths in self._files_of.values() for path in set(paths))
        for name, paths in self._files_of.items():
            if len(set(paths)) == 1 and len(files) > 1:
                yield Problem(str(paths[0]), "class-in-one-file",
                              f"Class “{name}” occurs in this file only.", "warning",
                              names=(name,))
        alike: dict[str, list[str]] = defaultdict(list)
        for name in dict.fromkeys([*self._found.manifest.classes, *self._files_of]):
            alike["".join(name.split()).casefold()].append(name)
        for names in alike.values():
            if len(names) > 1:
                quoted = " and ".join(f"“{name}”" for name in names)
                rarest = min(names, key=lambda name: len(self._files_of.get(name, ())))
                where = self._files_of.get(rarest) or [self._folder / MANIFEST_NAME]
                yield Problem(str(where[0]), "classes-alike",
                              f"The classes {quoted} differ only in case or spaces.", "warning",
                              names=tuple(sorted(names, key=lambda name: -len(
                                  self._files_of.get(name, ())))))

    def _leftovers(self) -> Iterator[Problem]:
        keys = (*self._found.keys, *self._found.scan.annotations)
        folders = {self._folder, *((self._folder / key).parent for key in keys)}
        for folder in sorted(folders):
            try:
                names = sorted(os.listdir(folder))  # noqa: PTH208  names are all that is needed
            except OSError:
                continue  # the scan has reported it
            for name in filter(is_leftover, names):
                yield Problem(str(folder / name), "leftover",
                              "A write was interrupted here; this file can be deleted.", "warning")
        if has_unfinished(self._folder.absolute()):
            yield Problem(str(journal_path(self._folder)), "unfinished-step",
                          "A change of a class in all files is going on or was interrupted; "
                          "opening the project finishes it.", "warning")

    def _splits(self) -> Iterator[Problem]:
        for name in list_splits(self._folder):
            path = self._folder / "splits" / f"{name}.json"
            try:
                load_split(self._folder, name)
            except WorkbenchError as error:
                yield Problem(str(path), "unreadable-split", _sentence(path, error))

    def _duplicates(self) -> Iterator[Problem]:
        from workbench.project.statistics.duplicates import split_problems  # needs numpy

        yield from split_problems(self._folder)

    def _runs(self) -> Iterator[Problem]:
        try:
            folders = sorted(p for p in (self._folder / "runs").iterdir() if is_folder(p))
        except OSError:
            return
        for folder in folders:
            yield from run_problems(folder)


def run_problems(folder: Path) -> Iterator[Problem]:
    """What is wrong with the folder of a training."""
    run = RunFolder(folder)
    if not is_file(folder / CONFIG):
        yield Problem(str(folder), "broken-run",
                      f"The run {folder.name} has no {CONFIG} and cannot be used.")
        return
    try:
        run.config  # noqa: B018  read for its errors
    except FormatError as error:
        yield Problem(str(folder / CONFIG), "broken-run", _sentence(folder / CONFIG, error))
    except WorkbenchError as error:
        yield Problem(str(folder / CONFIG), "broken-run", error.sentence())
    state = run.state
    if state["state"] in ("failed", "interrupted"):
        yield Problem(str(folder), "failed-run",
                      f"The run {folder.name} did not finish: {state.get('message')}", "warning")


def _guarded(path: Path, problems: Iterator[Problem]) -> Iterator[Problem]:
    """``problems`` of one file; what nobody foresaw is another one, and the next file follows."""
    try:
        yield from problems
    except Exception as bug:
        yield Problem(str(path), "unreadable-file", f"{path.name}: {unexpected(bug)}.")


def _sentence(path: Path, error: WorkbenchError) -> str:
    where = f"line {error.line}, " if error.line is not None else ""
    return f"{path.name} could not be read: {where}{error.message.rstrip('.')}."
