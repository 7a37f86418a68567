"""Bringing a data set from elsewhere into a project: images with their annotations."""

from __future__ import annotations

import filecmp
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.errors import FormatError, Problem, UsageError, WorkbenchError
from workbench.core.paths import is_file
from workbench.core.text import count
from workbench.extension.annotation_formats import annotation_formats
from workbench.extension.plugins import load_plugins
from workbench.extension.registry import load
from workbench.extension.tasks import TakenLabels, tasks
from workbench.formats.atomic import disk_reason
from workbench.formats.image_sets import find_image_sets
from workbench.formats.regular_file import read_regular
from workbench.formats.voc import summarize_voc
from workbench.media.images.readable import picture_info
from workbench.project.datasets.labelled import Labelled
from workbench.project.datasets.splits import (
    PARTS,
    Split,
    default_split,
    load_split,
    save_split,
)
from workbench.project.imports.archives import is_archive, unpacked
from workbench.project.imports.copying import Progress, SampleCopier
from workbench.project.imports.files import (
    fit_to_copy,
    left_out_words,
    make_folder,
    renamed,
)
from workbench.project.imports.formats import NO_NAMES, Converted, converted, foreign_format
from workbench.project.imports.left_behind import find_left_behind
from workbench.project.imports.report import ImportReport
from workbench.project.imports.source import (
    nothing_words,
    open_source,
    published_splits,
    rather_sounds,
    split_messages,
)
from workbench.project.library.scan import Scan
from workbench.project.manifest import Manifest

if TYPE_CHECKING:
    from workbench.project.datasets.doubts import Doubt

NO_LABELS: Mapping[str, Sequence[str]] = {}
"""No labels are known."""
IMAGES = ("copy", "link")
SPLITS = ("auto", "lists", "folders", "random")


def check_wishes(src: Path, format: str | None, split: str, images: str = "copy") -> None:
    """Raise :class:`UsageError` for what there is not."""
    load_plugins()
    if format is not None:
        annotation_formats.get(format)
    if split not in SPLITS:
        raise UsageError(f"there is no split “{split}”; there are: {', '.join(SPLITS)}")
    if images not in IMAGES:
        raise UsageError(f"images are not taken by “{images}”; there are: {', '.join(IMAGES)}")
    if not src.exists():
        raise UsageError("there is no such folder or file", path=src)


def import_dataset(
    src: Path, project: Path, format: str | None = None, progress: Progress | None = None,
    cancelled: Callable[[], bool] = lambda: False, *, follow: bool = False, split: str = "auto",
    labels: str = "auto", rename: Mapping[str, str] = NO_NAMES, ready: Converted | None = None,
    images: str = "copy",
) -> ImportReport:
    """Copy the images and annotations of ``src`` into ``project``, which is made if need be.

    Nothing that is in the project is overwritten: the same file again is left, another image of
    the same name gets a number, and where only the annotation differs the project's is kept and
    told. So doing it twice changes nothing. ``ImageSets/Main`` becomes ``splits/default.json``.

    Parameters
    ----------
    format
        Id in :data:`workbench.extension.annotation_formats.annotation_formats` ("voc" for images,
        "sounds"), or None to find out.
    progress
        Called with the number of images done and their total.
    cancelled
        Asked before each image.
    follow
        Whether to take also what lies outside ``src``, by links or by folders that its
        ``workbench.toml`` names.
    split
        Where the split of images comes from: "lists" (``ImageSets/Main``), "folders", "random" to
        take none, or "auto".
    labels
        Where labels of sounds come from, see :func:`~.sounds.choose_labels`.
    rename
        Other names of classes, of labels that are converted; several may become one, and those of
        a class called "" are left out.
    images
        "copy", or "link": images stay where they are, and the project refers to them.
    ready
        ``src`` as it was converted before, under its own names: it is not read again.

    Raises
    ------
    UsageError
        If there is no such folder or format, no image or sound in the folder, or they lie
        outside of it and ``follow`` is not said.
    WorkbenchError
        If the project cannot be written.
    """
    check_wishes(src, format, split, images)
    if ready is not None and not rename:
        return _import_converted(ready, project, progress, cancelled, split, images)
    if is_archive(src):
        if images == "link":
            raise UsageError("the images of an archive can only be copied", path=src)
        with unpacked(src, cancelled) as folder:
            report = import_dataset(folder, project, format, progress, cancelled, follow=False,
                                    split=split, labels=labels, rename=rename)
        report.problems = [renamed(problem, folder, src) for problem in report.problems]
        return report
    tell = progress or (lambda done, total: None)
    source = None if format == "sounds" or is_file(src) else open_source(src, follow)
    foreign = foreign_format(src, format, bool(source and source.labelled))
    if foreign is not None:
        with converted(foreign, src, follow=follow, cancelled=cancelled, rename=rename,
                       progress=progress) as own:
            if cancelled():
                return ImportReport(project, cancelled=True)
            return _import_converted(own, project, progress, cancelled, split, images)
    if rename:
        raise UsageError("classes are given other names only where labels are converted; rename "
                         "them in the project", path=src)
    if source is None or not source.keys or (format is None and rather_sounds(source, src)):
        if format != "voc":
            heard = _import_sounds(src, project, tell, cancelled, follow, labels)
            if heard is not None:
                if images == "link":
                    heard.notes.append("Sounds are always copied.")
                return heard
        raise UsageError(nothing_words(src, format), path=src)
    make_folder(project)
    copier = ImageCopier(source, project, ImportReport(project), follow=follow,
                         link=images == "link")
    return _import_images(src, copier, tell, cancelled, split)


def _import_converted(own: Converted, project: Path, progress: Progress | None,
                      cancelled: Callable[[], bool], split: str, images: str) -> ImportReport:
    make_folder(project)
    copier = ImageCopier(open_source(own.folder, follow=True), project, ImportReport(project),
                         follow=True, known=own.labels, link=images == "link",
                         temporary=own.folder.parent)
    report = _import_images(own.folder, copier, progress or (lambda done, total: None), cancelled,
                            split)
    report.problems = [*own.problems, *map(own.original, report.problems)]
    report.notes += own.losses.words("Pascal VOC")
    report.left = own.left
    return report


def _import_images(src: Path, copier: ImageCopier, progress: Progress,
                   cancelled: Callable[[], bool], split: str) -> ImportReport:
    report, source, project = copier.report, copier.source, copier.report.project
    copier.run(source.keys, progress, cancelled)
    copier.finish(split)
    if report.cancelled:
        return report
    if not copier.in_place:
        _take_labels(source, project, copier)
    of_wholes = copier.report.labels and not copier.report.annotations
    if of_wholes:  # no image needs a file of its own
        report.problems = [item for item in report.problems if item.kind != "one-stem"]
    found = _doubts(project, copier) if not of_wholes else []
    report.notes += [f"{item.words[:1].upper()}{item.words[1:]}." for item in found]
    if not copier.in_place:
        inside = source.folder.relative_to(src).as_posix()
        taken = {name if inside == "." else f"{inside}/{name}" for name in copier.taken}
        report.left = find_left_behind(src, taken, "images", follow=copier.follow)
    return report


def _doubts(project: Path, copier: ImageCopier) -> list[Doubt]:
    """What is doubtful in the project by now; read again where not all its labels are known."""
    from workbench.project.datasets.doubts import find_doubts, known_doubts
    from workbench.project.datasets.images import load_dataset

    split = default_split(project)
    known = {copier.new_keys[key]: names for key, names in copier.known.items()
             if key in copier.new_keys}
    if all(key in known for part in PARTS for key in split.members(part)):
        return list(known_doubts(project, copier.report.classes, split, known))
    return find_doubts(load_dataset(project, split))


def labels_of_tasks(source: Path, project: Path | None,
                    keys: Mapping[str, str]) -> Iterator[TakenLabels]:
    """Give imported images the labels that tasks know of in ``source``; see
    :attr:`~workbench.extension.tasks.Task.take_labels`."""
    for task in tasks:
        if task.medium == "images" and task.take_labels:
            yield load(task.take_labels)(source, project, keys)


def _take_labels(source: Labelled, project: Path, copier: ImageCopier) -> None:
    """What tasks know of the images as a whole comes along."""
    for taken in labels_of_tasks(source.folder, project, copier.new_keys):
        copier.taken.update(taken.files)
        copier.report.labels += taken.number if copier.report.images else 0
        copier.report.unlabelled = max(0, copier.report.unlabelled - taken.number)
        copier.report.problems += taken.problems
        copier.report.classes += [name for name in taken.counts
                                  if name not in copier.report.classes]


def _import_sounds(
    src: Path, project: Path, progress: Progress, cancelled: Callable[[], bool], follow: bool,
    labels: str,
) -> ImportReport | None:
    """Import the sounds of ``src``; None where there are none."""
    from workbench.project.imports.sounds import choose_labels, import_sounds, inspect_sounds

    found = inspect_sounds(src, follow=follow)
    if not found.keys:
        return None
    choose_labels(found, labels)
    copier = import_sounds(found, project, progress, cancelled)
    report = copier.report
    if not report.cancelled and not (project.exists() and project.samefile(src)):
        report.left = find_left_behind(src, copier.taken, "sounds", follow=follow)
    return report


class ImageCopier(SampleCopier):
    """Copies images with their annotations.

    Attributes
    ----------
    in_place
        Whether the source is the project.
    source
        What is copied.
    known
        Classes of images whose labels need not be looked at.
    link
        Whether images stay where they are; those in the folder ``temporary`` are copied.
    """

    def __init__(
        self, source: Labelled, project: Path, report: ImportReport, *, follow: bool,
        known: Mapping[str, Sequence[str]] = NO_LABELS, link: bool = False,
        temporary: Path | None = None,
    ) -> None:
        super().__init__(source.folder, project, report, follow=follow)
        self.known, self.follow, self.source = known, follow, source
        self._link = link
        self._temporary = os.path.realpath(temporary) if temporary is not None else ""
        report.problems += source.scan.problems
        self.in_place = project.samefile(source.folder)
        self._classes: dict[str, None] = {}
        self._manifest = self._open_project()
        self._here = self._keys_here()
        self._labelled = set(source.labelled)
        self._prefix = len(source.manifest.images) + bool(source.manifest.images)

    def _open_project(self) -> Manifest:
        manifest = Manifest.load(self._project)
        if manifest.problem is not None:
            raise WorkbenchError(manifest.problem.reason)
        if not manifest.exists and not self.in_place and not _has_images(manifest, self._project):
            manifest.images, manifest.annotations = "images", "annotations"
            manifest.voc_convention = self.source.manifest.voc_convention
        if manifest.voc_convention != self.source.manifest.voc_convention:
            raise UsageError(
                f"the project counts pixels “{manifest.voc_convention}”, but "
                f"{self.source.folder.name} “{self.source.manifest.voc_convention}”"
            )
        return manifest

    def _keys_here(self) -> dict[str, str]:
        """The project's own images, keys by real path, where one folder lies in the other."""
        source, project = (Path(os.path.realpath(path))
                           for path in (self.source.folder, self._project))
        if not (source.is_relative_to(project) or project.is_relative_to(source)):
            return {}
        keys = Scan(project, self._manifest.layout).run().keys
        return {os.path.realpath(project / key): key for key in keys}

    def hindered(self) -> bool:
        """As in the base.

        Raises
        ------
        WorkbenchError
            If the project's folder is gone.
        """
        if not self._identity.is_there():
            copied = count(self.report.images, "image")
            raise WorkbenchError(f"The folder “{self._project.name}” was moved or disconnected "
                                 "during the import", kept=f"{copied} had been copied into it.")
        return super().hindered()

    # One image

    def path(self, key: str) -> Path:
        return self.source.placement.path(key)

    def take(self, key: str) -> None:
        if not fit_to_copy(self.path(key), self._real):
            if self._temporary:  # what was left behind was looked for before it went
                self.report.add_problem("not-copied", self.path(key), left_out_words(
                    self.path(key), WorkbenchError("it is no longer there")))
            return  # reported with what was left behind
        annotation = self._annotation(key)
        if annotation is None:
            self.report.unlabelled += 1
        else:
            self.taken.add(self.source.placement.annotation(key))
        if key in self.known:
            self._classes.update(dict.fromkeys(self.known[key]))
        else:
            self._check(self.path(key), annotation)
        if annotation is not None and self.own_key(key) is not None:
            self.report.already += 1
        super().take(key)

    def _annotation(self, key: str) -> Path | None:
        path = self.source.placement.annotation_path(key) if key in self._labelled else None
        return path if path is not None and fit_to_copy(path, self._real) else None

    def own_key(self, key: str) -> str | None:
        if self.in_place:
            return key
        return self._here.get(os.path.realpath(self.path(key))) if self._here else None

    def wanted_key(self, key: str) -> str:
        images, name = self._manifest.images, key[self._prefix :]
        return f"{images}/{name}" if images else name

    def is_taken(self, key: str, new_key: str) -> bool:
        """Also where an annotation of that stem lies, which belongs to another image."""
        return super().is_taken(key, new_key) or (
            self._annotation(key) is not None and os.path.lexists(self._target(new_key)))

    def place(self, source: Path, target: Path) -> None:
        real = Path(os.path.realpath(source))
        if not self._link or (self._temporary and real.is_relative_to(self._temporary)):
            super().place(source, target)
            return
        make_folder(target.parent)
        try:
            target.symlink_to(real)
        except (OSError, NotImplementedError):  # as on Windows, where not all may link
            raise UsageError("this disk or computer cannot refer to images: copy them",
                             path=target) from None
        self.made.append(target)
        self.report.linked += 1

    def take_labels(self, key: str, new_key: str) -> None:
        annotation, target = self._annotation(key), self._target(new_key)
        if annotation is None:
            return
        if not target.exists():
            self.copy(annotation, target)
            self.report.annotations += 1
        elif filecmp.cmp(annotation, target, shallow=False):
            self.report.already += 1
        else:
            self.report.add_problem(
                "kept", target, f"{target.name} in the project differs from the one in "
                f"{self.source.folder.name}; the project's was kept.", "warning")

    def _target(self, new_key: str) -> Path:
        """Where the annotation of an image goes."""
        layout = self._manifest.layout
        name = new_key.removeprefix(f"{layout.images}/") if layout.images else new_key
        # Subfolders are kept for annotations too, so that equal stems in two of them never meet.
        place = layout.annotations or layout.images
        return (self._project / place / name).with_suffix(".xml")

    def _check(self, image: Path, annotation: Path | None) -> None:
        """Count the classes, and report what cannot be used; it is copied all the same."""
        try:
            picture_info(image)
        except WorkbenchError as error:
            self.report.add_problem("unreadable-image", image,
                          f"{image.name} could not be read: {error.message}.")
        if annotation is None:
            return
        try:
            self._classes.update(dict.fromkeys(summarize_voc(read_regular(annotation))[0]))
        except FormatError as error:
            where = f"line {error.line}, " if error.line is not None else ""
            self.report.add_problem("unreadable-annotation", annotation,
                          f"{annotation.name} could not be read: {where}{error.message}.",
                          line=error.line)
        except OSError as error:
            self.report.add_problem("unreadable-annotation", annotation,
                          f"{annotation.name} could not be read: {disk_reason(error, 'read')}.")

    # The whole

    def finish(self, split: str) -> None:
        """Write the classes, and the split that is wanted; tell which files are new.

        Raises
        ------
        WorkbenchError
            If the project cannot be written.
        """
        manifest = self._manifest
        self.report.made += [path.relative_to(self._project).as_posix() for path in self.made]
        known = self.source.manifest.classes
        manifest.classes = list(dict.fromkeys([*manifest.classes, *known, *self._classes]))
        for name, color in self.source.manifest.colors.items():
            manifest.colors.setdefault(name, color)
        try:
            manifest.save(self._project)
        except WorkbenchError as error:
            if not self.report.reason:
                raise
            self.report.problems.append(Problem(str(self._project), "not-written",
                                                 error.sentence()))
        self.report.classes = manifest.classes
        self.report.problems += [
            problem for problem in self._shared_problems() if problem not in self.report.problems
        ]
        if not self.report.cancelled:
            self._take_split(split)

    def _shared_problems(self) -> Iterator[Problem]:
        from workbench.project.library.ownership import sharing_problem

        for group in dict.fromkeys(self.source.shared.values()):
            yield sharing_problem(group, self.source.placement)

    def _take_split(self, wanted: str) -> None:
        found = self._chosen_split(wanted)
        if found is None:
            return
        parts = {part: self._translated(found.members(part)) for part in PARTS}
        if found.val_is_train:
            parts["val"] = parts["train"]
        left_out = self._translated(found.left_out)
        split = Split("default", found.seed, parts["train"], parts["val"], parts["test"],
                      found.origin, found.notes, found.ratios, left_out)
        if is_file(self._project / "splits" / "default.json"):
            split = _joined(load_split(self._project), split)
        else:
            self.report.made.append("splits/default.json")
        save_split(self._project, split)
        self.report.split = split.counts()
        self.report.notes += [note for note in found.notes if note not in self.report.notes]

    def _chosen_split(self, wanted: str) -> Split | None:
        """The published split that is wanted, or the first there is; others are noted."""
        notes = self.report.notes
        try:
            found = published_splits(self.source)
        except WorkbenchError as error:
            self.report.problems.append(
                Problem(str(error.path or self.source.folder), "unreadable-split",
                        error.sentence()))
            return None
        notes += split_messages(found, wanted, self.source.folder)
        name = wanted if wanted != "auto" else next(iter(found), "")
        if name == "lists":
            files = find_image_sets(self.source.folder)[0].values()
            self.taken |= {path.relative_to(self.source.folder).as_posix()
                           for paths in files for path in paths}
        return found.get(name)

    def _translated(self, keys: list[str]) -> list[str]:
        return [self.new_keys[key] for key in keys if key in self.new_keys]


def _joined(old: Split, new: Split) -> Split:
    """``old`` with the members of ``new`` that it does not know, each in the part of that name."""
    known = {*old.train, *old.val, *old.test, *old.left_out}
    parts = {
        part: old.members(part) + [key for key in new.members(part) if key not in known]
        for part in PARTS
    }
    left_out = old.left_out + [key for key in new.left_out if key not in known]
    return Split(old.name, old.seed, parts["train"], parts["val"], parts["test"], old.origin,
                 old.notes, old.ratios, left_out)


def _has_images(manifest: Manifest, project: Path) -> bool:
    return bool(Scan(project, manifest.layout).run().keys)
