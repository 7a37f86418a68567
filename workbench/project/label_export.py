"""Writing a project's labels in another format: all of it or nothing."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.errors import Problem, UsageError, WorkbenchError
from workbench.core.shapes import Region
from workbench.core.text import count
from workbench.extension.annotation_formats import (
    AnnotatedSample,
    AnnotationFormat,
    annotation_formats,
)
from workbench.extension.holds import Losses, fit
from workbench.extension.plugins import load_plugins
from workbench.extension.registry import load
from workbench.formats.atomic import disk_reason
from workbench.formats.voc import VocConvention, read_voc
from workbench.media.images.header import read_image_info
from workbench.project.datasets.labelled import Labelled, found_classes
from workbench.project.datasets.splits import (
    PARTS,
    Split,
    default_split,
    list_splits,
    load_split,
    split_from_folders,
)
from workbench.project.manifest import Manifest

Progress = Callable[[int, int], None]
IMAGES = ("copy", "link", "none")


class Stopped(Exception):
    """A person cancelled it."""


@dataclass(frozen=True, slots=True)
class ExportWishes:
    """What is to be written.

    Parameters
    ----------
    format
        Id of the format.
    split
        Only this part ("train"), or "" for all samples.
    classes
        Only objects of these, or None for all.
    images
        "copy", "link" or "none".
    unlabelled
        Whether samples that nothing is said of come along.
    """

    format: str
    split: str = ""
    classes: tuple[str, ...] | None = None
    images: str = "copy"
    unlabelled: bool = False


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
    planned: bool = False

    def words(self) -> str:
        """One sentence for people."""
        what = "sound" if self.format.medium == "sounds" else "image"
        verb = "would be" if self.planned else "was" if self.samples == 1 else "were"
        held = count(self.labels, "label") if self.labels and not self.objects else (
            count(self.objects, "object"))
        return f"{count(self.samples, what)} with {held} {verb} written as {self.format.title}."

    def lost(self) -> list[str]:
        """What has no place in the format, in sentences."""
        return self.losses.words(self.format.title)

    def to_json(self) -> dict[str, Any]:
        return {
            "folder": str(self.folder), "format": self.format.id, "samples": self.samples,
            "objects": self.objects, "classes": list(self.classes), "split": dict(self.parts),
            "lost": self.losses.to_json(), "notes": self.lost(), "planned": self.planned,
            "problems": [{"path": p.path, "kind": p.kind, "reason": p.reason,
                          "severity": p.severity, "line": p.line} for p in self.problems],
        }


def plan_export(project: Path, wishes: ExportWishes, out: Path = Path(),
                cancelled: Callable[[], bool] = lambda: False) -> LabelExport:
    """What :func:`export_labels` would write and lose; nothing is written."""
    task = _Export(project, wishes, out, lambda done, total: None, cancelled)
    for _ in task.samples():
        pass
    task.found.planned = True
    return task.found


def export_labels(
    project: Path, wishes: ExportWishes, out: Path, progress: Progress = lambda done, total: None,
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
    Stopped
        If it was cancelled; ``out`` is as it was.
    """
    task = _Export(project, wishes, out, progress, cancelled)
    if not task.kind.write:
        raise UsageError(f"labels are not written as {task.kind.title}")
    _require_empty(out)
    task.require_use()
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as name:
            folder = Path(name, out.name)
            folder.mkdir()
            target = FolderTarget(folder, task.found.classes, wishes.images)
            load(task.kind.write)(target, task.samples())
            if out.is_dir():
                out.rmdir()
            folder.rename(out)
    except OSError as error:
        raise WorkbenchError(disk_reason(error), path=out, kept="Nothing was written.") from error
    return task.found


def _require_empty(out: Path) -> None:
    if os.path.lexists(out) and (not out.is_dir() or out.is_symlink() or any(out.iterdir())):
        raise UsageError("there is something of this name already; name a new or empty folder",
                         path=out)


class _Export:
    def __init__(self, project: Path, wishes: ExportWishes, out: Path, progress: Progress,
                 cancelled: Callable[[], bool]) -> None:
        load_plugins()
        self._project, self._wishes = project, wishes
        self._progress, self._cancelled = progress, cancelled
        self.kind = annotation_formats.get(wishes.format)
        if wishes.split and wishes.split not in PARTS:
            raise UsageError(f"there is no split “{wishes.split}”; there are: {', '.join(PARTS)}")
        if wishes.images not in IMAGES:
            raise UsageError(f"images can be: {', '.join(IMAGES)}")
        self.found = LabelExport(out, self.kind)
        self._reader: _ImageReader | _SoundReader = _SoundReader(project) \
            if self.kind.medium == "sounds" else _ImageReader(project, self.kind.holds.labels)
        self.found.classes = self._classes(self._reader.classes)
        self._names = _Names()

    def require_use(self) -> None:
        """Raise UsageError where nothing would be written, or where it would not be left alone."""
        wishes, out = self._wishes, self.found.folder
        if not self._reader.keys(wishes.split, unlabelled=wishes.unlabelled):
            where = f" in “{wishes.split}”" if wishes.split else ""
            raise UsageError(self._reader.nothing_words or (
                f"nothing{where} is labelled, so there is nothing to write"), path=self._project)
        if out.resolve().is_relative_to(self._reader.place.resolve()):
            raise UsageError("it lies among the images of the project, which would take the copies "
                             "for its own; name a folder elsewhere", path=out)

    def _classes(self, known: Sequence[str]) -> tuple[str, ...]:
        wanted = self._wishes.classes
        if wanted is None:
            return tuple(known)
        missing = [name for name in wanted if name not in known]
        if missing:
            raise UsageError(f"there is no class “{missing[0]}”")
        return tuple(name for name in known if name in wanted)

    def samples(self) -> Iterator[AnnotatedSample]:
        """What the writer is given: samples that fit the format, named and measured."""
        keys = self._reader.keys(self._wishes.split, unlabelled=self._wishes.unlabelled)
        for number, key in enumerate(keys, start=1):
            if self._cancelled():
                raise Stopped
            try:
                sample = self._reader.read(key)
            except WorkbenchError as error:
                self.found.problems.append(Problem(str(self._project / key), "unreadable",
                                                   error.sentence(), line=error.line))
            else:
                yield self._fitted(sample, key)
            self._progress(number, len(keys))

    def _fitted(self, sample: AnnotatedSample, key: str) -> AnnotatedSample:
        found, annotation = self.found, sample.annotation
        if annotation is not None:
            known = set(found.classes)
            objects = tuple(item for item in annotation.objects if item.label in known)
            labels = tuple(name for name in annotation.labels if name in known)
            if (objects, labels) != (annotation.objects, annotation.labels):
                annotation = replace(annotation, objects=objects, labels=labels)
            annotation = fit(annotation, self.kind.holds, found.losses)
            found.objects += len(annotation.objects)
            found.labels += len(annotation.labels)
        found.samples += 1
        if sample.split:
            found.parts[sample.split] += 1
            if not self.kind.holds.splits:
                found.losses.samples["split"] += 1
        return replace(sample, annotation=annotation, name=self._names.of(self._reader.name(key)))


class _ImageReader:
    """The images of a project with their labels."""

    def __init__(self, project: Path, wholes: bool) -> None:
        self._found = Labelled(project)
        self._whole_fits = wholes
        self.place = project / self._found.manifest.images
        self._labelled = set(self._found.labelled)
        self._wholes = self._labels_of_wholes(project)
        self._convention = VocConvention(self._found.manifest.voc_convention)
        split = self._split(project)
        self._parts = {} if split is None else {
            key: part for part in reversed(PARTS) for key in split.members(part)}
        self.classes = self._all_classes()

    def _labels_of_wholes(self, project: Path) -> dict[str, tuple[str, ...]]:
        from workbench.project.imports.images import labels_of_tasks

        taken = labels_of_tasks(project, None, {key: key for key in self._found.keys})
        return {key: names for each in taken for key, names in each.labels.items()}

    @property
    def nothing_words(self) -> str:
        """Why there is nothing to write, where that is odd."""
        if not self._wholes or self._whole_fits or self._labelled:
            return ""
        able = ", ".join(kind.id for kind in annotation_formats if kind.write and kind.holds.labels)
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
        others = sorted({name for each in (*counts.values(), *self._wholes.values())
                         for name in each})
        return list(dict.fromkeys([*self._found.manifest.classes, *others]))

    def keys(self, part: str, *, unlabelled: bool) -> list[str]:
        keys = [key for key in self._found.keys
                if unlabelled or key in self._labelled
                or (self._whole_fits and key in self._wholes)]
        return [key for key in keys if not part or self._parts.get(key) == part]

    def name(self, key: str) -> str:
        """What it is called within the folder of images."""
        images = self._found.manifest.images
        return key[len(images) + 1 :] if images else key

    def read(self, key: str) -> AnnotatedSample:
        path = self._found.placement.path(key)
        part, labels = self._parts.get(key, ""), self._wholes.get(key, ())
        if key not in self._labelled and not labels:
            return AnnotatedSample(path, None, part)
        info = read_image_info(path)
        size = (info.width, info.height)
        if key not in self._labelled:
            return AnnotatedSample(path, Annotation(labels=labels, size=size), part)
        document = read_voc(self._found.placement.annotation_path(key), self._convention)
        whole = replace(document.annotation, size=size, labels=labels, objects=tuple(
            item.in_order() for item in document.annotation.objects))
        return AnnotatedSample(path, whole, part)


class _SoundReader:
    """The labelled sounds of a project."""

    nothing_words = ""

    def __init__(self, project: Path) -> None:
        from workbench.project.datasets.sounds import read_clips

        self.place = project
        records, self.problems = read_clips(project)
        self._clips = {record.key: record for record in records
                       if record.label or record.regions}
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


class _Names:
    """Names whose stems differ, whatever the case of their letters, and which are UTF-8: others
    would make a file of all labels unreadable."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def of(self, name: str) -> str:
        stem, dot, suffix = writable(name).rpartition(".")
        free, number = stem, 1
        while free.casefold() in self._taken:
            number += 1
            free = f"{stem}-{number}"
        self._taken.add(free.casefold())
        return free + dot + suffix


def writable(name: str) -> str:
    """The name of a file with "_" for bytes that are no UTF-8."""
    return re.sub("[\ud800-\udfff]", "_", name)


class FolderTarget:
    """See :class:`~workbench.extension.annotation_formats.Target`."""

    def __init__(self, folder: Path, classes: Iterable[str], images: str) -> None:
        self.folder = folder
        self.classes = tuple(classes)
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

