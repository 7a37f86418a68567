"""A project as training and evaluation see it: plain records, read once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.dots import is_dot
from workbench.core.errors import Problem, UsageError, WorkbenchError, unexpected
from workbench.core.outlines import RotatedBox
from workbench.core.paths import is_folder
from workbench.core.progress import ProgressCallback
from workbench.core.shapes import Box
from workbench.core.skeletons import Skeleton
from workbench.media.images.header import ImageInfo
from workbench.media.images.readable import picture_info, stretched_text
from workbench.project.damage import cut_off_pictures
from workbench.project.datasets.dataset import SplitDataset
from workbench.project.datasets.labelled import LabelledFolder
from workbench.project.datasets.splits import PARTS, Split, default_split
from workbench.project.library.scan import sort_naturally
from workbench.project.stores.chosen import known_classes

# Of what is odd in a file, what training reports:
_TOLD = frozenset({"incomplete-object", "rotated-box", "swapped-box", "outline-differs",
                   "unclear-outline"})
_ENDS_READ = 5_000  # images: of more it would take longer than a pre-flight may
_ON_ITS_SIDE = 5  # from this orientation on width and height change places


@dataclass(frozen=True, slots=True)
class Record:
    """One labelled image."""

    key: str
    """Posix path relative to the project folder."""
    path: Path
    """The image file."""
    size: tuple[int, int]
    """(width, height) in pixels as displayed, from the image itself."""
    objects: tuple[LabeledObject, ...]
    """In file order, cut to the image; those without area are left out,
    but for dots. None of them says that
    nothing is there."""
    bits: int = 8
    """Of one value of the image; more than 8 are stretched."""


@dataclass(slots=True)
class Dataset(SplitDataset[Record]):
    """Labelled images; ``unlabelled`` are those without an annotation file."""

    skeletons: Mapping[str, Skeleton] = field(default_factory=dict)
    """Names of key points and lines between them, by class."""


def load_dataset(
    project: Path, split: str | Split = "default", progress: ProgressCallback | None = None, *,
    ends: bool = True,
) -> Dataset:
    """Read all labelled images of ``project``.

    An image or annotation that cannot be read is left out and listed in ``problems``; nothing else
    stops.

    Parameters
    ----------
    split
        A name under ``splits/``, or a split. "default" is made where there is none, but not
        written.
    progress
        Called with the number of annotations read and their total; may raise to end the work.
    ends
        Whether to tell which images break off.

    Raises
    ------
    UsageError
        If there is no such folder or split.
    FormatError
        If the split's file cannot be read.
    """
    if not is_folder(project):
        raise UsageError("there is no such folder", path=project)
    found = LabelledFolder(project)
    members = split if isinstance(split, Split) else default_split(project, split)
    dataset = Dataset(project, known_classes(found.manifest, found.store), members,
                      skeletons=found.manifest.skeletons)
    dataset.problems += found.scan.problems
    if found.manifest.problem is not None:
        dataset.problems.append(found.manifest.problem)
    labelled = set(found.labelled)
    dataset.unlabelled = [key for key in found.keys if key not in labelled]
    records: dict[str, Record] = {}
    for number, key in enumerate(found.labelled, start=1):
        try:
            record = read_record(found, key, dataset.problems)
        except Exception as bug:  # costs this image only
            record = None
            dataset.problems.append(_left_out("unreadable-annotation", found.placement.path(key),
                                              WorkbenchError(unexpected(bug))))
        if record is not None:
            records[key] = record
        if progress is not None:
            progress(number, len(found.labelled))
    told = progress or (lambda *_: None)  # which may raise, as where the person cancels
    total = len(found.labelled)
    if ends:
        paths = (record.path for record in islice(records.values(), _ENDS_READ))
        dataset.problems += cut_off_pictures(paths, lambda: told(total, total))
    dataset.problems += _listed_problems(found, members)
    from workbench.project.statistics.duplicates import AT_ONCE, split_problems  # needs numpy

    dataset.problems += split_problems(project, members, AT_ONCE)
    deep = sum(record.bits > 8 for record in records.values())
    if deep:
        dataset.problems.append(Problem(
            str(project), "stretched-images", stretched_text(deep), "warning"))
    names = (item.label for record in records.values() for item in record.objects)
    dataset.classes = list(dict.fromkeys([*dataset.classes, *sort_naturally(set(names))]))
    for part in PARTS:
        dataset.part(part).extend(records[key] for key in members.members(part) if key in records)
    return dataset


def _listed_problems(found: LabelledFolder, split: Split) -> list[Problem]:
    """Images that the split lists and that are gone, or have no annotation any more."""
    there, labelled = set(found.keys), set(found.labelled)
    problems = []
    for key in dict.fromkeys(key for part in PARTS for key in split.members(part)):
        name = key.rpartition("/")[2]
        if key not in there:
            problems.append(Problem(str(found.folder / key), "listed-image-gone",
                                    f"{name} is in the split but not here any more.", "warning"))
        elif key not in labelled:
            problems.append(Problem(str(found.folder / key), "listed-image-unlabelled",
                                    f"{name} is in the split but has no annotation.", "warning"))
    return problems


def read_record(found: LabelledFolder, key: str, problems: list[Problem]) -> Record | None:
    """A labelled image as it is learned from; None, and added to ``problems``, where it or its
    annotation cannot be read."""
    path, annotation_path = found.placement.path(key), found.placement.annotation_path(key)
    try:
        document = found.read(key)
    except WorkbenchError as error:
        problems.append(_left_out("unreadable-annotation", annotation_path, error))
        return None
    try:
        info = picture_info(path)
    except WorkbenchError as error:
        problems.append(_left_out("unreadable-image", path, error))
        return None
    size = (info.width, info.height)
    annotation = document.annotation
    problems += [item for item in document.problems if item.kind in _TOLD]
    problems += size_problem(annotation_path, annotation, path, info)
    objects = cut_all(annotation.objects, size)
    lost = len(annotation.objects) - len(objects)
    if lost:
        words = ("1 box has no area inside the image and is not used." if lost == 1
                 else f"{lost} boxes have no area inside the image and are not used.")
        problems.append(Problem(str(annotation_path), "box-without-area", words, "warning"))
    return Record(key, path, size, objects, info.bits)


def size_problem(
    annotation_path: Path, annotation: Annotation, image: Path, info: ImageInfo
) -> list[Problem]:
    """Whether an annotation was made for a picture of another size, or before it was turned."""
    if annotation.size is None or annotation.size == (info.width, info.height):
        return []
    stated = "{} × {}".format(*annotation.size)
    turned = info.orientation >= _ON_ITS_SIDE and annotation.size == (info.height, info.width)
    hint = (" Its boxes were made on the picture before it was turned as its camera noted."
            if turned else "")
    return [Problem(
        str(annotation_path), "boxes-unturned" if turned else "size-differs",
        f"It was made for an image of {stated} pixels, but {image.name} has "
        f"{info.width} × {info.height}.{hint}", "warning")]


def _left_out(kind: str, path: Path, error: WorkbenchError) -> Problem:
    words = error.message if error.line is None else f"line {error.line}, {error.message}"
    return Problem(str(path), kind, f"{path.name} was left out: {words}.", line=error.line)


def cut_all(objects: Iterable[LabeledObject], size: tuple[int, int]) -> tuple[LabeledObject, ...]:
    """Objects cut to an image of ``size``; those without area in it are left out."""
    return tuple(cut for item in objects if (cut := cut_to(item, size)) is not None)


def cut_to(item: LabeledObject, size: tuple[int, int]) -> LabeledObject | None:
    """Return ``item`` cut to an image of ``size``, or None where no area is left; a dot has none
    and stays where it lies in the image.

    Of a rotated box the part that is inside counts. What else cannot be cut becomes the part of the
    box around it that is inside.
    """
    frame = (float(size[0]), float(size[1]))
    if is_dot(item.shape):
        x, y = item.shape.points[0]
        return item if 0 <= x <= frame[0] and 0 <= y <= frame[1] else None
    shape = item.shape.clipped(frame)
    bounds = Box(*shape.bounds())
    inside = bounds.clipped(frame)
    if inside.xmax <= inside.xmin or inside.ymax <= inside.ymin:
        return None
    if inside != bounds:
        shape = replace(shape, frame=frame) if isinstance(shape, RotatedBox) else inside
    return item if shape == item.shape else item.with_shape(shape)
