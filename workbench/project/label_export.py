"""Writing a project's labels in another format: all of it or nothing."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.background import Cancelled
from workbench.core.errors import Problem, UsageError, WorkbenchError
from workbench.core.progress import ProgressCallback
from workbench.core.shapes import Region
from workbench.core.skeletons import NO_SKELETONS, Skeleton
from workbench.core.text import count, listed, several, tr
from workbench.extension.annotation_formats import (
    AnnotatedSample,
    AnnotationFormat,
    annotation_formats,
)
from workbench.extension.holds import NUMBER, Holds, Losses, Pixels, fit
from workbench.extension.plugins import load_plugins
from workbench.extension.registry import load
from workbench.formats.atomic import DiskErrors, patiently
from workbench.formats.scratch import scratch_folder
from workbench.media.images.header import read_image_info
from workbench.project.datasets.labelled import LabelledFolder, found_classes
from workbench.project.datasets.splits import (
    PARTS,
    Split,
    default_split,
    list_splits,
    load_split,
    split_from_folders,
)
from workbench.project.exported_copies import JpegCopies
from workbench.project.manifest import Manifest
from workbench.project.named_files import DistinctNames, below_part
from workbench.project.stores.chosen import known_classes

IMAGES = ("copy", "link", "none")
_LOOKED_AT = 500
_WHOLES = (Annotation(labels=("",)), Annotation(attributes={NUMBER: 0.0}))
"""Samples that are labelled as a whole."""


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What is to be written."""

    format: str
    """Id of the format."""
    split: str = ""
    """Only this part ("train"), or "" for all samples."""
    classes: tuple[str, ...] | None = None
    """Only objects of these, or None for all."""
    images: str = "copy"
    """ "copy", "link" or "none"."""
    unlabelled: bool = False
    """Whether samples that nothing is said of come along."""


@dataclass(slots=True)
class LabelExport:
    """What was written, or would be."""

    folder: Path
    format: AnnotationFormat
    samples: int = 0
    objects: int = 0
    labels: int = 0
    classes: tuple[str, ...] = ()
    parts: Counter[str] = field(default_factory=Counter)
    losses: Losses = field(default_factory=Losses)
    problems: list[Problem] = field(default_factory=list)
    renamed: dict[str, str] = field(default_factory=dict)
    """What samples are called there, by their own names, where another one had that."""
    converted: int = 0
    """Number of images that are JPEG there, as many programs do not read what they are."""
    planned: bool = False

    def words(self) -> str:
        """One sentence for people."""
        what = "sound" if self.format.medium == "sounds" else "image"
        verb = "would be" if self.planned else "was" if self.samples == 1 else "were"
        return (f"{count(self.samples, what)} with {self.held} {verb} written as "
                f"{self.format.title}.")

    @property
    def held(self) -> str:
        """What samples have, in words."""
        return count(self.labels, "label") if self.labels and not self.objects else (
            count(self.objects, "object"))

    @property
    def refused(self) -> bool:
        """Whether the format has no place for anything of what is labelled."""
        left_out = any(not target for _, target in self.losses.became)
        return not (self.objects or self.labels) and (left_out or "labels" in self.losses.samples)

    def lost(self) -> list[str]:
        """What has no place in the format, and what is called otherwise there, in sentences."""
        noun = self.format.medium.removesuffix("s")
        found = self.losses.words(self.format.title, noun)
        if self.renamed:
            found.append(tr(
                "{samples} called otherwise there, as others come before them: {names}.",
                samples=count(len(self.renamed), f"{noun} is", f"{several(noun)} are"),
                names=listed([f"{own} → {name}" for own, name in self.renamed.items()])))
        if self.converted:
            found.append(tr("{images} JPEG there, of the same size: many programs do not read "
                            "HEIC and AVIF.",
                            images=count(self.converted, "image is", "images are")))
        return found

    def to_json(self) -> dict[str, Any]:
        return {
            "folder": str(self.folder), "format": self.format.id, "samples": self.samples,
            "objects": self.objects, "classes": list(self.classes), "split": dict(self.parts),
            "lost": self.losses.to_json(), "notes": self.lost(), "planned": self.planned,
            "renamed": self.renamed, "converted": self.converted,
            "problems": [asdict(problem) for problem in self.problems],
        }


def plan_export(project: Path, request: ExportRequest, out: Path = Path(),
                cancelled: Callable[[], bool] = lambda: False) -> LabelExport:
    """What :func:`export_labels` would write and lose; nothing is written."""
    task = _Export(project, request, out, lambda done, total: None, cancelled)
    for _ in task.samples():
        pass
    task.count_sizes()
    task.found.planned = True
    return task.found


def gentlest_format(project: Path, formats: Sequence[AnnotationFormat],
                    cancelled: Callable[[], bool] = lambda: False) -> str:
    """Id of the one of ``formats`` that loses least of a project's labels; of several the first,
    one of other programs before the program's own.

    Of a large project only some samples are looked at, from all over it. "" where nothing is
    labelled.
    """
    ordered = sorted(formats, key=lambda kind: kind.native)
    if not ordered:
        return ""
    first = next((kind for kind in ordered if all(map(kind.holds.has_place_for, _WHOLES))),
                 ordered[0])
    task = _Export(project, ExportRequest(first.id), Path(), lambda done, total: None, cancelled)
    lost = {kind.id: Losses() for kind in ordered}
    found = [sample.annotation for sample in task.some_samples(_LOOKED_AT)]
    for kind in ordered if found else ():
        for annotation in found:
            if annotation is not None:
                fit(annotation, kind.holds, lost[kind.id])
    plain = not any(annotation is not None and annotation.objects for annotation in found)
    for kind in ordered:
        if plain and kind.holds.shapes:  # one that is made for images as a whole comes first
            lost[kind.id].samples["shapes"] += 1
    return min(lost, key=lambda id: lost[id].total) if found else ""


def export_labels(
    project: Path, request: ExportRequest, out: Path, progress: ProgressCallback = lambda *_: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> LabelExport:
    """Write the labels of ``project`` into ``out``, a new or empty folder.

    Raises
    ------
    UsageError
        If there is no such format or part, nothing is labelled, or ``out`` holds something or lies
        among the images.
    WorkbenchError
        If the disk refuses; ``out`` is as it was.
    Cancelled
        If it was cancelled; ``out`` is as it was.
    """
    task = _Export(project, request, out, progress, cancelled)
    if not task.kind.write:
        raise UsageError(f"labels are not written as {task.kind.title}")
    _require_empty(out)
    task.require_use()
    with DiskErrors(out, kept="Nothing was written."):
        there = out.is_dir()  # it stays the same folder: it may be a disk, or have other rights
        out.parent.mkdir(parents=True, exist_ok=True)
        with scratch_folder(f".{out.name}-", out if there else out.parent) as place:
            folder = place / out.name
            folder.mkdir()
            task.copies = JpegCopies(task.found.problems, place / f"{out.name}-jpeg")
            manifest = Manifest.load(project)
            target = FolderTarget(folder, task.found.classes, request.images, manifest.skeletons,
                                  dict(zip(manifest.classes, manifest.class_colors(
                                      manifest.classes), strict=True)))
            load(task.kind.write)(target, task.samples())
            task.count_sizes()
            task.found.problems += target.problems
            for sample in target.skipped:
                task.count(sample, -1)
            if there:
                for path in folder.iterdir():
                    patiently(path.rename, out / path.name)
            else:
                patiently(folder.rename, out)
    return task.found


def _require_empty(out: Path) -> None:
    if os.path.lexists(out) and (not out.is_dir() or out.is_symlink() or any(out.iterdir())):
        raise UsageError("there is something of this name already; name a new or empty folder",
                         path=out)


class _Export:
    def __init__(self, project: Path, request: ExportRequest, out: Path, progress: ProgressCallback,
                 cancelled: Callable[[], bool]) -> None:
        load_plugins()
        self._project, self._request = project, request
        self._progress, self._cancelled = progress, cancelled
        self.kind = annotation_formats.get(request.format)
        if request.split and request.split not in PARTS:
            raise UsageError(f"there is no split “{request.split}”; there are: {', '.join(PARTS)}")
        if request.images not in IMAGES:
            raise UsageError(f"images can be: {', '.join(IMAGES)}")
        self.found = LabelExport(out, self.kind)
        self._reader: _ImageReader | _SoundReader = _SoundReader(project) \
            if self.kind.medium == "sounds" else _ImageReader(project, self.kind.holds)
        if isinstance(self._reader, _SoundReader):
            self.found.problems += self._reader.left_out
        self.found.classes = self._classes(self._reader.classes)
        self.copies = JpegCopies(self.found.problems)
        self._names = DistinctNames()
        self._sizes: Counter[tuple[int, int]] = Counter()

    def require_use(self) -> None:
        """Raise UsageError where nothing would be written, or where it would not be left alone."""
        request, out = self._request, self.found.folder
        if not self._reader.keys(request.split, unlabelled=request.unlabelled):
            where = f" in “{request.split}”" if request.split else ""
            raise UsageError(self._reader.no_labels_text or (
                f"nothing{where} is labelled, so there is nothing to write"), path=self._project)
        if out.resolve().is_relative_to(self._reader.place.resolve()):
            raise UsageError("it lies among the images of the project, which would take the "
                             "copies for its own; name a folder elsewhere", path=out)

    def _classes(self, known: Sequence[str]) -> tuple[str, ...]:
        wanted = self._request.classes
        if wanted is None:
            return tuple(known)
        missing = [name for name in wanted if name not in known]
        if missing:
            raise UsageError(f"there is no class “{missing[0]}”")
        return tuple(name for name in known if name in wanted)

    def samples(self) -> Iterator[AnnotatedSample]:
        """What the writer is given: samples that fit the format, named and measured."""
        keys = self._reader.keys(self._request.split, unlabelled=self._request.unlabelled)
        for number, key in enumerate(keys, start=1):
            if self._cancelled():
                raise Cancelled
            try:
                sample = self._reader.read(key)
            except WorkbenchError as error:
                self.found.problems.append(Problem(str(self._project / key), "unreadable",
                                                   error.sentence(), line=error.line))
            else:
                yield self._fitted(sample, key)
            self._progress(number, len(keys))

    def some_samples(self, most: int) -> Iterator[AnnotatedSample]:
        """Not more than ``most`` as the project holds them."""
        keys = self._reader.keys("", unlabelled=False)
        for key in keys[::max(1, len(keys) // most)]:
            if self._cancelled():
                raise Cancelled
            with suppress(WorkbenchError):
                yield self._reader.read(key)

    def _fitted(self, sample: AnnotatedSample, key: str) -> AnnotatedSample:
        found, annotation = self.found, sample.annotation
        if annotation is not None:
            known = set(found.classes)
            objects = tuple(item for item in annotation.objects if item.label in known)
            labels = tuple(name for name in annotation.labels if name in known)
            if (objects, labels) != (annotation.objects, annotation.labels):
                annotation = replace(annotation, objects=objects, labels=labels)
            annotation = fit(annotation, self.kind.holds, found.losses)
        elif not self.kind.holds.empty:
            found.losses.samples["empty"] += 1
        if sample.split:
            if not self.kind.holds.splits:
                found.losses.samples["split"] += 1
            elif sample.split == "val" and not self.kind.holds.val:
                found.losses.samples["val"] += 1
        if annotation is not None and self.kind.holds.pixels is not None:
            self._count_pixels(sample, self.kind.holds.pixels)
        part = sample.split if self.kind.holds.part_folders else ""
        own = below_part(self._reader.name(key), part)
        name = self._names.of(own, part)
        fitted = replace(sample, annotation=annotation, name=name)
        if self._request.images == "copy" and self.kind.medium == "images" \
                and self.kind.holds.pixels is None:
            fitted = self.copies.of(fitted)
            found.converted = self.copies.made
        if name != own:
            found.renamed[own] = fitted.name
        self.count(fitted)
        return fitted

    def count(self, sample: AnnotatedSample, times: int = 1) -> None:
        """Count a sample that is written; ``times`` of -1 takes it back."""
        found, annotation = self.found, sample.annotation
        found.samples += times
        if sample.split:
            found.parts[sample.split] += times
        if annotation is not None:
            found.objects += times * len(annotation.objects)
            found.labels += times * (len(annotation.labels) + (NUMBER in annotation.attributes))

    def _count_pixels(self, sample: AnnotatedSample, pixels: Pixels) -> None:
        info = read_image_info(sample.path)
        self._sizes[info.width, info.height] += 1
        if pixels.grey and info.depth != 1:
            self.found.losses.samples["colour"] += 1

    def count_sizes(self) -> None:
        """Count the images that a format of one size changes, when all are known."""
        pixels = self.kind.holds.pixels
        if pixels is None:
            return
        size = pixels.size(self._sizes)
        others = sum(number for own, number in self._sizes.items() if own != size)
        if others:
            self.found.losses.samples["size"] = others


class _ImageReader:
    """The images of a project with their labels."""

    def __init__(self, project: Path, holds: Holds) -> None:
        self._found = LabelledFolder(project)
        self._holds = holds
        self.place = project / self._found.manifest.images
        self._labelled = set(self._found.labelled)
        self._wholes = self._said_of_wholes(project)
        split = self._split(project)
        self._parts = {} if split is None else {
            key: part for part in reversed(PARTS) for key in split.members(part)}
        self.classes = self._all_classes()

    def _said_of_wholes(self, project: Path) -> dict[str, Annotation]:
        from workbench.project.imports.images import labels_of_tasks

        taken = labels_of_tasks(project, None, {key: key for key in self._found.keys})
        return {key: whole for each in taken for key, whole in (
            *((key, Annotation(labels=names)) for key, names in each.labels.items()),
            *((key, Annotation(attributes={NUMBER: value}))
              for key, value in each.values.items()))}

    @property
    def no_labels_text(self) -> str:
        """Why there is nothing to write, where that is odd."""
        some = next(iter(self._wholes.values()), None)
        if some is None or self._holds.has_place_for(some) or self._labelled:
            return ""
        able = ", ".join(kind.id for kind in annotation_formats
                         if kind.write and kind.holds.has_place_for(some))
        return ("only images as a whole are labelled, which this format has no place for; these "
                f"have: {able}")

    def _split(self, project: Path) -> Split | None:
        if self._labelled:
            return default_split(project)
        if "default" in list_splits(project):
            return load_split(project)
        return split_from_folders(list(self._wholes), self._found.manifest.images)

    def _all_classes(self) -> list[str]:
        counts = found_classes(self._found.folder, self._found.labelled)
        others = sorted({name for each in (
            *counts.values(), *(whole.labels for whole in self._wholes.values()))
                         for name in each})
        known = known_classes(self._found.manifest, self._found.store)
        return list(dict.fromkeys([*known, *others]))

    def keys(self, part: str, *, unlabelled: bool) -> list[str]:
        keys = [key for key in self._found.keys
                if unlabelled or key in self._labelled
                or (key in self._wholes and self._holds.has_place_for(self._wholes[key]))]
        return [key for key in keys if not part or self._parts.get(key) == part]

    def name(self, key: str) -> str:
        """What it is called within the folder of images."""
        return key.removeprefix(f"{self._found.manifest.images}/")

    def read(self, key: str) -> AnnotatedSample:
        sample, sizes = self._labels(key), self._found.manifest.pixel_sizes
        known = sizes.known(key, sample.path) if self._holds.scale else None
        return sample if known is None else replace(sample, pixel=known.size)

    def _labels(self, key: str) -> AnnotatedSample:
        path = self._found.placement.path(key)
        part, whole = self._parts.get(key, ""), self._wholes.get(key)
        if key not in self._labelled and whole is None:
            return AnnotatedSample(path, None, part)
        whole = whole or Annotation()
        info = read_image_info(path)
        size = (info.width, info.height)
        if key not in self._labelled:
            return AnnotatedSample(path, replace(whole, size=size), part)
        drawn = self._found.read(key).annotation
        return AnnotatedSample(path, replace(
            drawn, size=size, labels=whole.labels,
            attributes={**drawn.attributes, **whole.attributes},
            objects=tuple(item.in_order() for item in drawn.objects)), part)


class _SoundReader:
    """The labelled sounds of a project."""

    no_labels_text = ""

    def __init__(self, project: Path) -> None:
        from workbench.project.datasets.sounds import read_clips

        self.place = project
        records, problems = read_clips(project)
        self.left_out = [problem for problem in problems
                         if problem.severity == "error" or problem.kind == "nameless-regions"]
        self._clips = {record.key: record for record in records if record.label or record.regions}
        split = load_split(project) if "default" in list_splits(project) else None
        self._parts = {} if split is None else {
            key: part for part in reversed(PARTS) for key in split.members(part)}
        named = sorted({item.label for record in self._clips.values() for item in record.regions}
                       | {record.label for record in self._clips.values() if record.label})
        self.classes = list(dict.fromkeys([*Manifest.load(project).classes, *named]))

    def keys(self, part: str, *, unlabelled: bool) -> list[str]:
        return [key for key in self._clips if not part or self._parts.get(key) == part]

    def name(self, key: str) -> str:
        return key

    def read(self, key: str) -> AnnotatedSample:
        clip = self._clips[key]
        whole = (LabeledObject(clip.label, Region(0.0, clip.info.duration)),) if clip.label else ()
        return AnnotatedSample(clip.path, Annotation((*whole, *clip.regions)),
                               self._parts.get(key, ""),
                               extent=(clip.info.duration, clip.info.nyquist))


class FolderTarget:
    """See :class:`~workbench.extension.annotation_formats.Target`."""

    def __init__(self, folder: Path, classes: Iterable[str], images: str,
                 skeletons: Mapping[str, Skeleton] = NO_SKELETONS,
                 colors: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.classes = tuple(classes)
        self.colors = colors or {}
        self.skeletons = skeletons
        self.problems: list[Problem] = []
        self.skipped: list[AnnotatedSample] = []
        self._images = images

    def place(self, sample: AnnotatedSample, name: str) -> None:
        if self._images == "none":
            return
        place = self._place(name)
        if self._images == "link":
            with suppress(OSError, NotImplementedError):  # as on Windows, where not all may link
                place.symlink_to(sample.path.absolute())
                return
        shutil.copyfile(sample.path, place)

    def skip(self, sample: AnnotatedSample, error: WorkbenchError) -> None:
        self.skipped.append(sample)
        self.problems.append(Problem(str(sample.path), "unreadable-image", error.sentence()))

    def write(self, name: str, data: str | bytes) -> None:
        self._place(name).write_bytes(data.encode("utf-8", "surrogatepass")
                                      if isinstance(data, str) else data)

    def _place(self, name: str) -> Path:
        place = self.folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        return place


def formats_to_write(medium: str) -> list[AnnotationFormat]:
    """Those that labels of a medium can be written in."""
    load_plugins()
    return [kind for kind in annotation_formats if kind.write and kind.medium == medium]
