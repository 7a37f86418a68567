"""Everything in a project that a person should mend, in one list."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path, PurePath

from workbench.core.errors import FormatError, Problem, UsageError, WorkbenchError, unexpected
from workbench.core.paths import folded, is_file, is_folder
from workbench.core.progress import ProgressCallback
from workbench.core.video import VIDEO_SUFFIXES
from workbench.extension.tasks import load, tasks
from workbench.formats.atomic import disk_reason, is_leftover
from workbench.media.images.header import IMAGE_SUFFIXES, ImageInfo
from workbench.media.images.readable import picture_info, stretched_text
from workbench.media.images.stack import page_count
from workbench.project.damage import cut_off_text, is_cut_off
from workbench.project.datasets.images import size_problem
from workbench.project.datasets.labelled import LabelledFolder
from workbench.project.datasets.splits import list_splits, load_split, without_val
from workbench.project.edits.journal import has_unfinished
from workbench.project.imports.skipped_files import find_skipped_files, skipped_text
from workbench.project.layout import MANIFEST_NAME, Placement, journal_path
from workbench.project.library.clips import find_sounds
from workbench.project.library.ownership import sharing_problem
from workbench.project.library.scan import find_media
from workbench.project.links import lost_problem, lost_target
from workbench.project.runs import CONFIG, RunFolder
from workbench.project.stack_images import several_pages_text
from workbench.project.task import decide_task
from workbench.project.video_check import find_events, find_tracks, video_problems


def doctor(folder: Path, progress: ProgressCallback | None = None) -> list[Problem]:
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


def findings(folder: Path, progress: ProgressCallback | None = None) -> Iterator[Problem]:
    """As :func:`doctor`, each once as soon as it is found, in no order."""
    if not is_folder(folder):
        raise UsageError("there is no such folder", path=folder)
    seen: set[Problem] = set()
    for problem in _Examination(folder, progress or (lambda done, total: None)).problems():
        if problem not in seen:
            seen.add(problem)
            yield problem


class _Examination:
    def __init__(self, folder: Path, progress: ProgressCallback) -> None:
        self._folder = folder
        self._found = LabelledFolder(folder)
        self._progress = progress
        self._files_of: dict[str, list[Path]] = defaultdict(list)
        self._total = len(self._found.keys) + len(self._found.scan.annotations)
        self._done = 0
        self._deep = self._stacks = 0
        loose = Placement(folder, self._found.manifest.layout)
        loose.pair(self._found.keys, self._found.scan.annotations, loosely=True)
        self._nearly = {loose.annotation(key): key for key in self._found.keys}

    def problems(self) -> Iterator[Problem]:
        found = self._found
        if found.manifest.problem is not None:
            yield found.manifest.problem
        yield from found.scan.problems
        numbers = found.store.numbers
        if numbers is not None and numbers.problem is not None:
            yield Problem(str(numbers.path), "unreadable-labels", numbers.problem.sentence())
        task = tasks.get(decide_task(self._folder, found.manifest.task, images=len(found.keys),
                                     labelled=len(found.labelled)))
        boxes = found.labelled or not task.open_labels  # else no image has a file of its own
        for group in dict.fromkeys(found.shared.values()) if boxes else ():
            yield sharing_problem(group, found.placement)
        yield from self._images_and_annotations()
        yield from self._classes()
        yield from self._leftovers()
        yield from self._splits()
        yield from _guarded(self._folder, self._split_files())
        yield from _guarded(self._folder, self._duplicates())
        yield from self._runs()
        heard = next(iter(find_sounds(self._folder)), None) is not None
        if heard:
            from workbench.project.datasets.sounds import read_clips

            yield from read_clips(self._folder, self._progress)[1]
        videos = yield from self._videos()
        if task.examine:
            yield from _guarded(self._folder, load(task.examine)(self._folder))
        yield from self._not_read(heard and not found.keys)
        if not (found.keys or heard or videos):
            yield Problem(str(self._folder), "no-images",
                          "There are no images, sounds or videos in this folder.", "warning")

    def _videos(self) -> Generator[Problem, None, int]:
        """Returns how many videos there are."""
        number = 0
        for problem in video_problems(self._folder,
                                      lambda: self._progress(self._done, self._total)):
            if problem is not None:
                yield problem
            else:
                number += 1
                self._progress(self._done, self._total)
        return number

    def _images_and_annotations(self) -> Iterator[Problem]:
        """What is wrong with single files."""
        found = self._found
        sizes: dict[str, ImageInfo] = {}
        for key in found.keys:
            yield from _guarded(found.placement.path(key), self._image(key, sizes))
            self._step()
        if self._deep:
            yield Problem(str(self._folder), "stretched-images", stretched_text(self._deep),
                          "warning")
        if self._stacks:
            yield Problem(str(self._folder), "several-pages",
                          several_pages_text(self._stacks, self._folder), "warning")
        owners = {found.placement.annotation(key): key for key in found.labelled}
        for annotation in sorted(found.scan.annotations):
            yield from _guarded(self._folder / annotation,
                                self._annotation(annotation, owners.get(annotation), sizes))
            self._step()
        yield from found.store.problems

    def _not_read(self, sounds: bool) -> Iterator[Problem]:
        """Labels, images and sounds of kinds that this program does not read."""
        known = {*self._found.keys, *self._found.scan.annotations, *self._found.store.files,
                 *find_tracks(self._folder), *find_events(self._folder),
                 *find_media(self._folder, VIDEO_SUFFIXES)}
        if (numbers := self._found.store.numbers) is not None:
            known.add(numbers.path.relative_to(self._folder).as_posix())
        left = (item for item in find_skipped_files(
            self._folder, known, "sounds" if sounds else "images", follow=True)
            if any(words in item.reason for words in ("not read", "import them"))
            or item.kind == "archive")
        for words in skipped_text(left, "Not read"):
            yield Problem(str(self._folder), "not-read", words, "warning")

    def _step(self) -> None:
        self._done += 1
        self._progress(self._done, self._total)

    def _image(self, key: str, sizes: dict[str, ImageInfo]) -> Iterator[Problem]:
        path = self._found.placement.path(key)
        if (target := lost_target(path)) is not None:
            yield lost_problem(path, target)
            return
        try:
            self._stacks += page_count(path) > 1
            info = picture_info(path)
            sizes[key] = info
            self._deep += info.bits > 8
            if is_cut_off(path):
                yield Problem(str(path), "truncated-image", cut_off_text(path), "warning")
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
            image = self._found.placement.path(key) if key is not None else None
            document = self._found.store.read(path, image)
        except WorkbenchError as error:
            if key is not None or self._is_label_place(annotation):
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

    def _is_label_place(self, annotation: str) -> bool:
        """Beside images, a file of another kind is nobody's annotation."""
        place = self._found.manifest.annotations
        if self._found.manifest.layout.mirrored:
            return f"/{place}/" in f"/{annotation}"
        return bool(place)

    def _classes(self) -> Iterator[Problem]:
        files = Counter(path for paths in self._files_of.values() for path in set(paths))
        for name, paths in self._files_of.items():
            if len(set(paths)) == 1 and len(files) > 1:
                yield Problem(str(paths[0]), "class-in-one-file",
                              f"Class “{name}” occurs in this file only.", "warning",
                              names=(name,))
        names = dict.fromkeys([*self._found.manifest.classes, *self._files_of])
        yield from classes_alike(
            {name: len(self._files_of.get(name, ())) for name in names},
            lambda name: (self._files_of.get(name) or [self._folder / MANIFEST_NAME])[0])

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
                split = load_split(self._folder, name)
            except WorkbenchError as error:
                yield Problem(str(path), "unreadable-split", _sentence(path, error))
                continue
            if name == "default" and without_val(split) and all(
                    PurePath(key).suffix.lower() in IMAGE_SUFFIXES for key in split.train):
                yield Problem(str(path), "no-validation", "No images are held back for "
                              "validation: a training cannot tell which epoch is best.", "warning")

    def _split_files(self) -> Iterator[Problem]:
        from workbench.project.datasets.split_files import split_problem

        if (problem := split_problem(self._folder)) is not None:
            yield problem

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


def classes_alike(counts: Mapping[str, int], where: Callable[[str], Path]) -> Iterator[Problem]:
    """Classes whose names hardly differ, by how often each occurs; ``where`` gives a file with a
    class."""
    alike: dict[str, list[str]] = defaultdict(list)
    for name in counts:
        alike[folded("".join(name.split()))].append(name)
    for names in alike.values():
        if len(names) > 1:
            quoted = " and ".join(f"“{name}”" for name in names)
            rarest = min(names, key=lambda name: counts[name])
            yield Problem(str(where(rarest)), "classes-alike",
                          f"The classes {quoted} differ only in case, spaces or "
                          "how accents are written.", "warning",
                          names=tuple(sorted(names, key=lambda name: -counts[name])))


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
