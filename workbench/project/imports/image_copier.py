"""Copying images with their annotations into a project, or referring to them."""

from __future__ import annotations

import filecmp
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from workbench.core.errors import FormatError, Problem, UsageError, WorkbenchError
from workbench.core.paths import exists, is_file, path_in, start_in
from workbench.core.text import count
from workbench.formats.atomic import disk_reason, write_atomic
from workbench.formats.image_sets import find_image_sets
from workbench.formats.regular_file import read_regular
from workbench.formats.voc import summarize_voc
from workbench.media.conversion_kinds import PHOTOS, conversion_of
from workbench.media.images.readable import picture_info
from workbench.project.datasets.labelled import LabelledFolder
from workbench.project.datasets.splits import (
    PARTS,
    Split,
    joined_split,
    load_split,
    save_split,
)
from workbench.project.housekeeping import remove_leftovers
from workbench.project.imports.copying import AnyPath, SampleCopier
from workbench.project.imports.files import (
    copy_file,
    left_out_text,
    link_file,
    may_copy,
    move_file,
)
from workbench.project.imports.label_rewriter import LabelRewriter
from workbench.project.imports.report import ImportReport
from workbench.project.imports.source import automatic_split, published_splits, split_messages
from workbench.project.layout import Placement
from workbench.project.library.scan import Scan, is_outside
from workbench.project.links import add_marks, lost_target, mark_of, point, read_marks
from workbench.project.manifest import Manifest

NO_LABELS: Mapping[str, Sequence[str]] = {}
"""No labels are known."""


class ImageCopier(SampleCopier):
    """Copies images with their annotations.

    Attributes
    ----------
    source
        What is copied.
    known
        Classes of images whose labels need not be looked at.
    link
        Whether images stay where they are; those in the folder ``temporary`` are copied.
    """

    def __init__(
        self, source: LabelledFolder, project: Path, report: ImportReport, *, follow: bool,
        known: Mapping[str, Sequence[str]] = NO_LABELS, link: bool = False,
        temporary: Path | None = None,
    ) -> None:
        super().__init__(source.folder, project, report, follow=follow)
        self.known, self.follow, self.source = known, follow, source
        self._link = link
        self.temporary = os.path.realpath(temporary) if temporary is not None else ""
        report.problems += source.scan.problems
        self.in_place = project.samefile(source.folder)
        """Whether the source is the project."""
        self._classes: dict[str, None] = {}
        self._manifest = self._open_project()
        self._rewriter: LabelRewriter | None = None
        if self._manifest.format != "voc":
            self._rewriter = LabelRewriter(self._project, self._manifest, source)
        self._here = self._keys_here()
        self._labelled = set(source.labelled)
        self._source = start_in(source.folder)
        self._prefix = len(source.manifest.images) + bool(source.manifest.images)
        self._marks = read_marks(project)
        self._new_marks: dict[str, str] = {}
        self._found_again = 0
        self._asked: tuple[str | None, str | None] = None, None
        self._aimed = "", ""

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
        if super().hindered() and not self._identity.is_there():
            copied = count(self.report.images, "image")
            raise WorkbenchError(f"The folder “{self._project.name}” was moved or disconnected "
                                 "during the import", kept=f"{copied} had been copied into it.")
        return bool(self.report.reason)

    # One image

    def path(self, key: str) -> str:
        return path_in(self._source, key)

    def take(self, key: str) -> None:
        if not may_copy(self.path(key), self._real):
            if self.temporary:  # what was left behind was looked for before it went
                self.report.add_problem("not-copied", self.path(key), left_out_text(
                    self.path(key), WorkbenchError("it is no longer there")))
            return  # reported with what was left behind
        annotation = self._annotation(key)
        if annotation is None:
            self.report.unlabelled += 1
        else:
            self.taken.add(self.source.placement.annotation(key))
        if key in self.known:
            self._classes.update(dict.fromkeys(self.known[key]))
        elif conversion_of(key) is None:
            self._check(self.path(key), annotation)
        if annotation is not None and self.own_key(key) is not None:
            self.report.already += 1
        super().take(key)

    def _annotation(self, key: str) -> str | None:
        """The label file of an image; asked several times for each."""
        if self._asked[0] != key:
            self._asked = key, self._find_annotation(key)
        return self._asked[1]

    def _find_annotation(self, key: str) -> str | None:
        if key not in self._labelled:
            return None
        path = path_in(self._source, self.source.placement.annotation(key))
        return path if self.temporary or may_copy(path, self._real) else None

    def own_key(self, key: str) -> str | None:
        if conversion_of(key) is not None:
            return None
        if self.in_place:
            return key
        return self._here.get(os.path.realpath(self.path(key))) if self._here else None

    def wanted_key(self, key: str) -> str:
        images, name = self._manifest.new_images, key[self._prefix :]
        if (conversion := conversion_of(key)) is not None:
            if self.in_place:  # beside the one that it is made of
                return conversion.made_of(key)
            name = conversion.made_of(name)
        return f"{images}/{name}" if images else name

    def is_taken(self, key: str, new_key: str) -> bool:
        """Also where an annotation of that stem lies, which belongs to another image."""
        if super().is_taken(key, new_key):
            return True
        if self._annotation(key) is None:
            return False
        target = self._target(new_key)
        return os.path.lexists(target) or (self._rewriter is not None and not (
            self._rewriter.store.is_label_file(self._key_of(target))))

    def _arrives(self, key: str, path: AnyPath, new_key: str) -> bool:
        if self._is_lost(key, path, new_key):
            self._find_again(path, new_key)
            self.new_keys[key] = new_key
        elif not super()._arrives(key, path, new_key):
            return False
        if self._links(path) and new_key not in self._marks and (mark := mark_of(path)):
            self._new_marks[new_key] = mark
        return True

    def _is_lost(self, key: str, path: AnyPath, new_key: str) -> bool:
        """Whether the project has this very image as a link that leads nowhere, by what it was
        when it came; or, where that is not known, by its labels."""
        old = lost_target(self._start + new_key)
        if old is None or os.path.basename(old) != os.path.basename(os.path.realpath(path)):
            return False
        if new_key in self._marks:
            return self._marks[new_key] == mark_of(path)
        theirs, ours = self._annotation(key), self._target(new_key)
        return (theirs is not None and is_file(ours) and filecmp.cmp(theirs, ours, shallow=False)
                and b"<object>" in read_regular(ours))

    def _find_again(self, path: AnyPath, new_key: str) -> None:
        if self._link:
            point(self._project, {new_key: os.path.realpath(path)})
        else:
            copy_file(path, path_in(self._start, new_key))
        self.report.already += 1
        self._found_again += 1

    def place(self, source: AnyPath, target: str) -> None:
        if not self._links(source):
            super().place(source, target)
            return
        self.make_parent(target)
        try:
            link_file(source, target)
        except (OSError, NotImplementedError):  # as on Windows, where not all may link
            raise UsageError("this disk or computer cannot refer to images: copy them",
                             path=Path(target)) from None
        self.made.append(target)
        self.report.linked += 1

    def _links(self, source: AnyPath) -> bool:
        """Whether an image is referred to, and not copied or made."""
        return self._link and conversion_of(source) is None and not (
            self.temporary and not is_outside(source, self.temporary))

    def take_labels(self, key: str, new_key: str) -> None:
        annotation, target = self._annotation(key), self._target(new_key)
        if annotation is None:
            return
        if self._rewriter is not None:
            self._rewrite(key, new_key, target)
        elif not exists(target):
            self.make_parent(target)
            (move_file if self.temporary else copy_file)(annotation, target)
            self.made.append(target)
            self.report.annotations += 1
        elif filecmp.cmp(annotation, target, shallow=False):
            self.report.already += 1
        else:
            name = os.path.basename(target)
            self.report.add_problem(
                "kept", target, f"{name} in the project differs from the one in "
                f"{self.source.folder.name}; the project's was kept.", "warning")

    def _rewrite(self, key: str, new_key: str, target: str) -> None:
        """Write the labels of ``key`` in the format that the project keeps."""
        assert self._rewriter is not None
        try:
            if exists(target):
                if not self._rewriter.are_there(key, Path(target), new_key):
                    raise WorkbenchError("there are other labels in the project, which were kept",
                                         path=Path(target))
                self.report.already += 1
                return
            data = self._rewriter.labels(key, new_key)
            self.make_parent(target)
            write_atomic(Path(target), data)
        except WorkbenchError as error:
            self.report.add_problem("kept", target, error.sentence(), "warning")
            return
        self.made.append(target)
        self.report.annotations += 1

    def _target(self, new_key: str) -> str:
        """Where the annotation of an image goes; asked several times for each."""
        if self._aimed[0] != new_key:
            self._aimed = new_key, path_in(self._start, self._find_target(new_key))
        return self._aimed[1]

    def _find_target(self, new_key: str) -> str:
        layout = self._manifest.layout
        if layout.mirrored or layout.apart:
            return Placement(self._project, layout).annotation(new_key)
        name = new_key.removeprefix(f"{layout.images}/") if layout.images else new_key
        # Subfolders are kept for annotations too, so that equal stems in two of them never meet.
        place = layout.annotations or layout.images
        stem = os.path.splitext(name)[0]
        return f"{place}/{stem}.xml" if place else f"{stem}.xml"

    def _key_of(self, path: str) -> str:
        return path[len(self._start):].replace(os.sep, "/")

    def _check(self, image: str, annotation: str | None) -> None:
        """Count the classes, and report what cannot be used; it is copied all the same."""
        try:
            picture_info(Path(image))
        except WorkbenchError as error:
            self.report.add_problem("unreadable-image", image,
                          f"{os.path.basename(image)} could not be read: {error.message}.")
        if annotation is None:
            return
        name = os.path.basename(annotation)
        try:
            self._classes.update(dict.fromkeys(summarize_voc(read_regular(annotation))[0]))
        except FormatError as error:
            where = f"line {error.line}, " if error.line is not None else ""
            self.report.add_problem("unreadable-annotation", annotation,
                          f"{name} could not be read: {where}{error.message}.",
                          line=error.line)
        except OSError as error:
            self.report.add_problem("unreadable-annotation", annotation,
                          f"{name} could not be read: {disk_reason(error, 'read')}.")

    # The whole

    def stopped_by(self, error: WorkbenchError) -> None:
        """Tell that no more came because of ``error``, and which files are new."""
        self.report.cancelled = True
        said = WorkbenchError(error.message, path=error.path, line=error.line)
        self.report.reason = said.sentence().removesuffix(".")
        self.report.made = list(map(self._key_of, self.made))

    def finish(self, split: str) -> None:
        """Write the classes, and the split that is wanted; tell which files are new.

        Raises
        ------
        WorkbenchError
            If the project cannot be written.
        """
        manifest = self._manifest
        for folder in {os.path.dirname(path) for path in self.made}:
            remove_leftovers(Path(folder))  # of an import that was killed before this one
        self.report.made += map(self._key_of, self.made)
        self.report.notes += photo_messages(self.new_keys)
        known = self.source.manifest.classes
        manifest.classes = list(dict.fromkeys([*manifest.classes, *known, *self._classes]))
        for name, color in self.source.manifest.colors.items():
            manifest.colors.setdefault(name, color)
        manifest.skeletons = {**self.source.manifest.skeletons, **manifest.skeletons}
        asked = {item.name for item in manifest.attributes}
        manifest.attributes += tuple(item for item in self.source.manifest.attributes
                                     if item.name not in asked)
        self._take_scales()
        try:
            manifest.save(self._project)
        except WorkbenchError as error:
            if not self.report.reason:
                raise
            self.report.problems.append(Problem(str(self._project), "not-written",
                                                error.sentence()))
        self.report.classes = manifest.classes
        add_marks(self._project, self._new_marks)
        if self._found_again:
            self.report.notes.append(f"{count(self._found_again, 'image')} whose folder had been "
                                     "moved can be seen again.")
        self.report.problems += [
            problem for problem in self._shared_problems() if problem not in self.report.problems
        ]
        if self._rewriter is not None:
            self._rewriter.store.write_out()
            self.report.problems += self._rewriter.store.problems
            self.report.notes += self._rewriter.losses.words(self._rewriter.store.title)
        elif not self.report.cancelled:
            self._take_split(split)

    def _take_scales(self) -> None:
        """What is said there of single images, where nothing is said of them here."""
        sizes = self._manifest.pixel_sizes
        said = {new: size for key, size in self.source.manifest.pixel_sizes.images.items()
                if (new := self.new_keys.get(key, "")) and new not in sizes.images}
        if said and not self.in_place:
            self._manifest.pixel_sizes = replace(sizes, images={**sizes.images, **said})
            self.report.notes.append(f"The scale of {count(len(said), 'image')} came along.")

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
            split = joined_split(load_split(self._project), split)
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
        name = automatic_split(found, self._project) if wanted == "auto" else wanted
        notes += split_messages(found, name, self.source.folder)
        if name == "lists":
            files = find_image_sets(self.source.folder)[0].values()
            self.taken |= {path.relative_to(self.source.folder).as_posix()
                           for paths in files for path in paths}
        return found.get(name)

    def _translated(self, keys: list[str]) -> list[str]:
        return [self.new_keys[key] for key in keys if key in self.new_keys]


def photo_messages(keys: Iterable[str]) -> Iterator[str]:
    """How many of these files are JPEG in the project, and whose cameras took them."""
    found = [key for key in keys if conversion_of(key) is PHOTOS]
    if found:
        yield f"JPEG images of {count(len(found), 'RAW photo')} ({PHOTOS.names(found)})."


def _has_images(manifest: Manifest, project: Path) -> bool:
    return bool(Scan(project, manifest.layout).run().keys)
