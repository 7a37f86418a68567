"""Bringing a data set from elsewhere into a project.

Files are copied. Hard links would be quicker and smaller, but a link is one file with two names:
a tool that writes in place in the source folder would change the project with it.
"""

from __future__ import annotations

import filecmp
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.core.errors import FormatError, Problem, Severity, UsageError, WorkbenchError
from workbench.core.paths import is_file, is_folder
from workbench.core.text import count
from workbench.extension.annotation_formats import annotation_formats
from workbench.extension.plugins import load_plugins
from workbench.formats.atomic import disk_reason
from workbench.formats.image_sets import find_image_sets
from workbench.formats.regular_file import read_regular
from workbench.formats.voc import summarize_voc
from workbench.media.images.readable import picture_info
from workbench.project.datasets.labelled import Labelled
from workbench.project.datasets.splits import (
    PARTS,
    Split,
    load_split,
    save_split,
)
from workbench.project.folder_identity import FolderIdentity
from workbench.project.imports.archives import is_archive, unpacked
from workbench.project.imports.files import (
    copy_file,
    ends_copying,
    fit_to_copy,
    left_out_words,
    make_folder,
    numbered,
    renamed,
)
from workbench.project.imports.formats import converted, foreign_format
from workbench.project.imports.left_behind import LeftBehind, find_left_behind
from workbench.project.imports.source import (
    nothing_words,
    open_source,
    published_splits,
    rather_sounds,
    split_messages,
)
from workbench.project.layout import Layout
from workbench.project.library.scan import Scan
from workbench.project.manifest import Manifest

Progress = Callable[[int, int], None]
SPLITS = ("auto", "lists", "folders", "random")


@dataclass(slots=True)
class ImportReport:
    """What an import did.

    Parameters
    ----------
    images, annotations, sounds
        Number of files that were copied; of sounds ``annotations`` are tables.
    already
        Number of files that were in the project before, the same byte for byte.
    unlabelled
        Number of images without annotation.
    renamed
        Key in the project by key in the source, where another image had the name already.
    classes
        All classes of the project now.
    split
        Number of members by part, where the source has lists; else empty.
    problems
        Files that cannot be used, or that were left out.
    made
        Files that are new in the project, as posix paths in it; of images only.
    left
        Every other file of the source that was not taken, with the reason.
    cancelled, reason
        Whether it was stopped, and why where no person did it; doing it again goes on from there.
    of_sounds, planned
        Whether it is about sounds; whether nothing was done and this is what would be.
    """

    project: Path
    images: int = 0
    annotations: int = 0
    sounds: int = 0
    already: int = 0
    unlabelled: int = 0
    renamed: dict[str, str] = field(default_factory=dict)
    classes: list[str] = field(default_factory=list)
    split: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    left: list[LeftBehind] = field(default_factory=list)
    cancelled: bool = False
    reason: str = ""
    of_sounds: bool = False
    planned: bool = False

    def words(self) -> str:
        """One sentence for people."""
        if self.sounds or self.of_sounds:
            parts = [count(self.sounds, "sound")]
            parts += [count(self.annotations, "table")] if self.annotations else []
        else:
            parts = [count(self.images, "image"), count(self.annotations, "annotation")]
        number = self.images + self.annotations + self.sounds
        verb = "was" if number == 1 and len(parts) == 1 else "were"
        verb = "would be" if self.planned else verb
        text = f"{' and '.join(parts)} {verb} copied"
        if self.already:
            text += f", {count(self.already, 'file')} {_were(self.already)} there already"
        if self.problems:
            text += f"; {count(len(self.problems), 'thing')} should be looked at"
        if self.reason:
            text += f"; then the import stopped: {self.reason}"
        return text + "."

    def to_json(self) -> dict[str, Any]:
        return {
            "project": str(self.project), "images": self.images, "annotations": self.annotations,
            "sounds": self.sounds, "already": self.already, "unlabelled": self.unlabelled,
            "renamed": self.renamed,
            "classes": self.classes, "split": self.split, "notes": self.notes,
            "cancelled": self.cancelled, "reason": self.reason, "planned": self.planned,
            "left_behind": [
                {"path": item.path, "kind": item.kind, "reason": item.reason} for item in self.left
            ],
            "problems": [
                {"path": p.path, "kind": p.kind, "reason": p.reason, "severity": p.severity,
                 "line": p.line} for p in self.problems
            ],
        }


def _were(number: int) -> str:
    return "was" if number == 1 else "were"


def check_wishes(src: Path, format: str | None, split: str) -> None:
    """Raise :class:`UsageError` for what there is not."""
    load_plugins()
    if format is not None:
        annotation_formats.get(format)
    if split not in SPLITS:
        raise UsageError(f"there is no split “{split}”; there are: {', '.join(SPLITS)}")
    if not src.exists():
        raise UsageError("there is no such folder or file", path=src)


def import_dataset(
    src: Path, project: Path, format: str | None = None, progress: Progress | None = None,
    cancelled: Callable[[], bool] = lambda: False, *, follow: bool = False, split: str = "auto",
    labels: str = "auto",
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
        Where labels of sounds come from, see :func:`~.sound_importer.choose_labels`.

    Raises
    ------
    UsageError
        If there is no such folder or format, no image or sound in the folder, or they lie
        outside of it and ``follow`` is not said.
    WorkbenchError
        If the project cannot be written.
    """
    check_wishes(src, format, split)
    if is_archive(src):
        with unpacked(src, cancelled) as folder:
            report = import_dataset(folder, project, format, progress, cancelled, follow=False,
                                    split=split, labels=labels)
        report.problems = [renamed(problem, folder, src) for problem in report.problems]
        return report
    source = None if format == "sounds" or is_file(src) else open_source(src, follow)
    foreign = foreign_format(src, format, bool(source and source.labelled))
    if foreign is not None:
        with converted(foreign, src, follow=follow, cancelled=cancelled) as own:
            report = import_dataset(own.folder, project, "voc", progress, cancelled, follow=True,
                                    split=split)
        report.problems = [*own.problems, *map(own.original, report.problems)]
        report.notes += own.losses.words("Pascal VOC")
        report.left = own.left
        return report
    if source is None or not source.keys or (format is None and rather_sounds(source, src)):
        if format != "voc":
            heard = _import_sounds(src, project, progress, cancelled, follow, labels)
            if heard is not None:
                return heard
        raise UsageError(nothing_words(src, format), path=src)
    task = _Import(source, project, progress or (lambda done, total: None), cancelled, follow,
                   split)
    report = task.run()
    if not report.cancelled:
        from workbench.project.datasets.doubts import find_doubts
        from workbench.project.datasets.images import load_dataset

        found = find_doubts(load_dataset(project))
        report.notes += [f"{item.words[:1].upper()}{item.words[1:]}." for item in found]
    if not report.cancelled and not task.in_place:
        inside = source.folder.relative_to(src).as_posix()
        taken = {name if inside == "." else f"{inside}/{name}" for name in task.taken}
        report.left = find_left_behind(src, taken, "images", follow=follow)
    return report


def _import_sounds(
    src: Path, project: Path, progress: Progress | None, cancelled: Callable[[], bool],
    follow: bool, labels: str,
) -> ImportReport | None:
    """Import the sounds of ``src``; None where there are none."""
    from workbench.project.imports.sounds import choose_labels, import_sounds, inspect_sounds, notes

    found = inspect_sounds(src, follow=follow)
    if not found.keys:
        return None
    choose_labels(found, labels)
    import_sounds(found, project, progress or (lambda done, total: None), cancelled)
    report = ImportReport(
        project, annotations=found.tables, sounds=found.copied, already=found.already,
        unlabelled=found.unlabelled, renamed=found.renamed, classes=found.classes,
        split=found.split, notes=list(notes(found)), problems=found.problems,
        cancelled=found.cancelled, reason=found.reason, of_sounds=True,
    )
    if not found.cancelled and not (project.exists() and project.samefile(src)):
        report.left = find_left_behind(src, found.taken, "sounds", follow=follow)
    return report


class _Import:
    def __init__(
        self, source: Labelled, project: Path, progress: Progress, cancelled: Callable[[], bool],
        follow: bool, split: str,
    ) -> None:
        self._source = source
        self._split = split
        self._project = project
        self._progress = progress
        self._cancelled = cancelled
        self._report = ImportReport(project)
        self._real = "" if follow else os.path.realpath(source.folder)
        self.in_place = project.exists() and project.samefile(source.folder)
        self.taken: set[str] = set()
        self._new_keys: dict[str, str] = {}
        self._classes: dict[str, None] = {}

    def run(self) -> ImportReport:
        self._report.problems += self._source.scan.problems
        make_folder(self._project)
        self._place = FolderIdentity(self._project)
        self._manifest = self._open_project()
        self._here = self._keys_here()
        self._labelled = set(self._source.labelled)
        self._prefix = len(self._source.manifest.images) + bool(self._source.manifest.images)
        for number, key in enumerate(self._source.keys, start=1):
            if self._cancelled() or self._hindered():
                self._report.cancelled = True
                break
            self._take(key)
            self._progress(number, len(self._source.keys))
        self._finish()
        return self._report

    def _open_project(self) -> Manifest:
        manifest = Manifest.load(self._project)
        if manifest.problem is not None:
            raise WorkbenchError(manifest.problem.reason)
        if not manifest.exists and not self.in_place and not _has_images(manifest, self._project):
            manifest.images, manifest.annotations = "images", "annotations"
            manifest.voc_convention = self._source.manifest.voc_convention
        if manifest.voc_convention != self._source.manifest.voc_convention:
            raise UsageError(
                f"the project counts pixels “{manifest.voc_convention}”, but "
                f"{self._source.folder.name} “{self._source.manifest.voc_convention}”"
            )
        return manifest

    def _keys_here(self) -> dict[str, str]:
        """The project's own images, keys by real path, where one folder lies in the other."""
        source, project = (Path(os.path.realpath(path))
                           for path in (self._source.folder, self._project))
        if not (source.is_relative_to(project) or project.is_relative_to(source)):
            return {}
        keys = Scan(project, self._manifest.layout).run().keys
        return {os.path.realpath(project / key): key for key in keys}

    def _hindered(self) -> bool:
        """Whether nothing more can be copied; the report says why.

        Raises
        ------
        WorkbenchError
            If the project's folder is gone: it must not be made anew.
        """
        if not self._place.is_there():
            copied = count(self._report.images, "image")
            raise WorkbenchError(f"The folder “{self._project.name}” was moved or disconnected "
                                 "during the import", kept=f"{copied} had been copied into it.")
        if not self._report.reason and not is_folder(self._source.folder):
            self._report.reason = f"the folder “{self._source.folder.name}” is gone"
        return bool(self._report.reason)

    # One image

    def _take(self, key: str) -> None:
        placement = self._source.placement
        image = placement.path(key)
        if not fit_to_copy(image, self._real):
            return  # reported with what was left behind
        annotation = placement.annotation_path(key) if key in self._labelled else None
        if annotation is not None and not fit_to_copy(annotation, self._real):
            annotation = None
        self.taken.add(key)
        if annotation is not None:
            self.taken.add(placement.annotation(key))
        if annotation is None:
            self._report.unlabelled += 1
        self._check(image, annotation)
        if (own := self._own_key(key, image)) is not None:
            self._new_keys[key] = own
            self._report.already += 1 + (annotation is not None)
            return
        for candidate in numbered(key[self._prefix :]):
            target, target_annotation = self._targets(candidate)
            try:
                if not target.exists():
                    if target.is_symlink() or (annotation is not None and
                                               os.path.lexists(target_annotation)):
                        continue  # it belongs to an image of the same stem
                    self._copy_both(key, candidate, image, annotation)
                    return
                if filecmp.cmp(image, target, shallow=False):
                    self._complete(key, candidate, annotation, target_annotation)
                    return
            except (OSError, WorkbenchError) as error:
                self._report.reason = ends_copying(error)
                if not self._report.reason:
                    self._problem("not-copied", image, left_out_words(image, error))
                return

    def _own_key(self, key: str, image: Path) -> str | None:
        """The key in the project of an image that is its own already."""
        if self.in_place:
            return key
        return self._here.get(os.path.realpath(image)) if self._here else None

    def _copy_both(self, key: str, candidate: str, image: Path, annotation: Path | None) -> None:
        target, target_annotation = self._targets(candidate)
        # The image first: what a killed import leaves is then completed by the next one.
        make_folder(target.parent)
        self._copy(image, target)
        self._report.images += 1
        if annotation is not None:
            make_folder(target_annotation.parent)
            self._copy(annotation, target_annotation)
            self._report.annotations += 1
        self._note(key, candidate)

    def _copy(self, source: Path, target: Path) -> None:
        copy_file(source, target)
        self._report.made.append(target.relative_to(self._project).as_posix())

    def _complete(
        self, key: str, candidate: str, annotation: Path | None, target_annotation: Path
    ) -> None:
        """The image is in the project; bring its annotation if that is missing."""
        self._report.already += 1
        self._note(key, candidate)
        if annotation is None:
            return
        if not target_annotation.exists():
            make_folder(target_annotation.parent)
            self._copy(annotation, target_annotation)
            self._report.annotations += 1
        elif filecmp.cmp(annotation, target_annotation, shallow=False):
            self._report.already += 1
        else:
            self._problem("kept", target_annotation,
                          f"{target_annotation.name} in the project differs from the one in "
                          f"{self._source.folder.name}; the project's was kept.", "warning")

    def _targets(self, candidate: str) -> tuple[Path, Path]:
        layout: Layout = self._manifest.layout
        image = self._project / layout.images / candidate
        # Subfolders are kept for annotations too, so that equal stems in two of them never meet.
        place = layout.annotations or layout.images
        return image, (self._project / place / candidate).with_suffix(".xml")

    def _note(self, key: str, candidate: str) -> None:
        images = self._manifest.images
        self._new_keys[key] = f"{images}/{candidate}" if images else candidate
        if candidate != key[self._prefix :]:
            self._report.renamed[key] = self._new_keys[key]

    def _check(self, image: Path, annotation: Path | None) -> None:
        """Count the classes, and report what cannot be used; it is copied all the same."""
        try:
            picture_info(image)
        except WorkbenchError as error:
            self._problem("unreadable-image", image,
                          f"{image.name} could not be read: {error.message}.")
        if annotation is None:
            return
        try:
            self._classes.update(dict.fromkeys(summarize_voc(read_regular(annotation))[0]))
        except FormatError as error:
            where = f"line {error.line}, " if error.line is not None else ""
            self._problem("unreadable-annotation", annotation,
                          f"{annotation.name} could not be read: {where}{error.message}.",
                          line=error.line)
        except OSError as error:
            self._problem("unreadable-annotation", annotation,
                          f"{annotation.name} could not be read: {disk_reason(error, 'read')}.")

    def _problem(
        self, kind: str, path: Path, reason: str, severity: Severity = "error",
        line: int | None = None,
    ) -> None:
        self._report.problems.append(Problem(str(path), kind, reason, severity, line))

    # The whole

    def _finish(self) -> None:
        manifest = self._manifest
        known = self._source.manifest.classes
        manifest.classes = list(dict.fromkeys([*manifest.classes, *known, *self._classes]))
        for name, color in self._source.manifest.colors.items():
            manifest.colors.setdefault(name, color)
        try:
            manifest.save(self._project)
        except WorkbenchError as error:
            if not self._report.reason:
                raise
            self._report.problems.append(Problem(str(self._project), "not-written",
                                                 error.sentence()))
        self._report.classes = manifest.classes
        self._report.problems += [
            problem for problem in self._shared_problems() if problem not in self._report.problems
        ]
        if not self._report.cancelled:
            self._take_split()

    def _shared_problems(self) -> Iterator[Problem]:
        from workbench.project.library.ownership import sharing_problem

        for group in dict.fromkeys(self._source.shared.values()):
            yield sharing_problem(group, self._source.placement)

    def _take_split(self) -> None:
        found = self._chosen_split()
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
            self._report.made.append("splits/default.json")
        save_split(self._project, split)
        self._report.split = split.counts()
        self._report.notes += [note for note in found.notes if note not in self._report.notes]

    def _chosen_split(self) -> Split | None:
        """The published split that is wanted, or the first there is; others are noted."""
        notes = self._report.notes
        try:
            found = published_splits(self._source)
        except WorkbenchError as error:
            self._report.problems.append(
                Problem(str(error.path or self._source.folder), "unreadable-split",
                        error.sentence()))
            return None
        notes += split_messages(found, self._split, self._source.folder)
        name = self._split if self._split != "auto" else next(iter(found), "")
        if name == "lists":
            files = find_image_sets(self._source.folder)[0].values()
            self.taken |= {path.relative_to(self._source.folder).as_posix()
                           for paths in files for path in paths}
        return found.get(name)

    def _translated(self, keys: list[str]) -> list[str]:
        return [self._new_keys[key] for key in keys if key in self._new_keys]


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
