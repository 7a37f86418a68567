"""What a person should know of labelled areas before a training. Imports no torch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from workbench.core.annotation import LabeledObject
from workbench.core.area_names import is_area_class, is_background, is_void
from workbench.core.class_maps import MOST_CLASSES
from workbench.core.errors import WorkbenchError
from workbench.core.outlines import Mask, Polygon
from workbench.core.text import count, tr
from workbench.project.datasets.dataset import split_warnings
from workbench.project.datasets.image_advice import (
    any_of,
    empty_images,
    few_images,
    file_warnings,
    first_files,
    no_images_text,
    rare_classes,
)
from workbench.project.datasets.images import Dataset, Record
from workbench.project.datasets.label_issues import LabelIssue, find_label_issues

_BEGIN = "paint areas with the brush or draw polygons"
_OF_BOXES = "boxes do not say which pixels belong to a thing"
_BOXES_ONLY = "boxes-only"
_WORDS = {"box-without-area": ("boxes without", "labels without"),
          "incomplete-object": ("what it shows is learned as background",
                                "what it shows counts as not labelled"),
          "unclear-outline": (": its box is used", ": the pixels in its box are left out"),
          "rotated-box": ("what it shows is learned as background",
                          "what it shows counts as not labelled")}
_MANY_WORDS = {"incomplete-object": ("what they show is learned as background",
                                    "what they show counts as not labelled"),
               "unclear-outline": (": their boxes are used",
                                   ": the pixels in their boxes are left out"),
               "rotated-box": ("what they show is learned as background",
                               "what they show counts as not labelled")}


def has_area(item: LabeledObject) -> bool:
    """Whether a label says which pixels belong to a class, or to the background."""
    return isinstance(item.shape, Polygon | Mask) and not item.difficult \
        and not is_void(item.label)


def check_enough(data: Dataset) -> None:
    """Refuse what there is nothing to learn from.

    Raises
    ------
    WorkbenchError
        One sentence: what is missing and what would help.
    """
    if len(data.classes) > MOST_CLASSES:
        raise WorkbenchError(
            f"there are {len(data.classes):,} classes, and a model of areas learns "
            f"{MOST_CLASSES} at most: give classes that belong together one name")
    if any(map(_is_of_class, _objects(data.train))):
        return
    if not data.train:
        raise WorkbenchError(no_images_text(data, _BEGIN))
    held_back = [] if data.split.val_is_train else [*data.val, *data.test]
    if any(map(_is_of_class, _objects(held_back))):
        raise WorkbenchError(
            f"there is no outline or mask on {any_of(len(data.train), 'image')} for training, "
            "only on those for validation and testing: label more images, or choose another split")
    images = _labelled(data)
    where = any_of(len(images), "labelled image")
    outlines = [item for item in _objects(images) if isinstance(item.shape, Polygon | Mask)]
    if any(is_background(item.label) for item in outlines):
        raise WorkbenchError(f"nothing but background is outlined: {_BEGIN} of what is to be "
                             "found, too")
    if any(is_void(item.label) for item in outlines):
        raise WorkbenchError("all outlines and masks are void, so none is learned from: "
                             f"{_BEGIN} of what is to be found, too")
    if outlines:
        raise WorkbenchError("all outlines and masks are marked as difficult, so none is learned "
                             "from: take that mark off those that are right")
    boxes = f"; {_OF_BOXES}" if any(record.objects for record in images) else ""
    raise WorkbenchError(f"there is no outline or mask on {where}: {_BEGIN}{boxes}")


def data_warnings(data: Dataset, classes: Sequence[str], unlabelled: str) -> list[str]:
    """What makes the result worse or less certain.

    Parameters
    ----------
    classes
        What is learned, without background.
    unlabelled
        What pixels without a label are: "background" or "unknown".
    """
    counts = Counter(item.label for item in _objects(data.train) if _is_of_class(item))
    return [*few_images(data), *split_warnings(data, "image"), *empty_images(data),
            *(issue.words for issue in _issues(data)), *rare_classes(classes, counts),
            *_left_out(data), *_of_unlabelled(data, unlabelled), *file_warnings(data)]


def files_to_look_at(data: Dataset) -> dict[str, str]:
    """For each of the warnings that are about certain files the first of these."""
    return first_files(_issues(data))


def boxes_only_text(number: int, images: int) -> str:
    """That so many of the labelled images hold no outline, but other labels."""
    return tr("{number:,} of {images} {have} boxes only: the pixels in these boxes are left out",
              number=number, images=count(images, "labelled image"),
              have=tr("has") if number == 1 else tr("have"))


def _issues(data: Dataset) -> list[LabelIssue]:
    """What is doubtful in the labels, where only areas count."""
    def areas(records: Iterable[Record]) -> list[Record]:
        return [replace(record, objects=tuple(filter(_is_of_class, record.objects)))
                for record in records]

    seen = replace(data, train=areas(data.train), val=areas(data.val), test=areas(data.test))
    found = [_reworded(issue) for issue in find_label_issues(seen)]
    images = _labelled(data)
    bare = [record for record in images if record.objects and not any(
        isinstance(item.shape, Polygon | Mask) for item in record.objects)]
    if bare:
        found.append(LabelIssue(_BOXES_ONLY, boxes_only_text(len(bare), len(images)),
                                tuple(str(record.path) for record in bare)))
    return found


def _reworded(issue: LabelIssue) -> LabelIssue:
    words = issue.words
    for old, new in (_WORDS.get(issue.kind, ("", "")), _MANY_WORDS.get(issue.kind, ("", ""))):
        words = words.replace(old, new) if old else words
    return replace(issue, words=words)


def _left_out(data: Dataset) -> list[str]:
    """Labels beside outlines that teach nothing."""
    said = []
    outlined = [record for record in _labelled(data) if any(map(has_area, record.objects))]
    boxes = _number(outlined, lambda item: not isinstance(item.shape, Polygon | Mask))
    if boxes:
        said.append(f"{count(boxes, 'box beside outlines is', 'boxes beside outlines are')} left "
                    f"out, with the pixels in {_them(boxes)} that no outline covers")
    difficult = _number(_labelled(data), lambda item: item.difficult and not is_void(item.label)
                        and isinstance(item.shape, Polygon | Mask))
    if difficult:
        said.append(f"{count(difficult, 'outline is', 'outlines are')} marked as difficult, so "
                    f"the pixels in {_them(difficult)} are left out")
    return said


def unlabelled_text(data: Dataset, unlabelled: str) -> str:
    """What is made of pixels that nobody labelled, for who did not choose it."""
    if unlabelled == "background":
        return "pixels without a label count as background"
    why = ", as a class is called “background”" if _marks_background(data) else ""
    return f"pixels without a label are left out{why}"


def _of_unlabelled(data: Dataset, unlabelled: str) -> list[str]:
    if unlabelled == "background" or _marks_background(data):
        return []
    return ["pixels without a label are left out, and nothing is labelled “background”: the model "
            "will find one of the classes everywhere"]


def _marks_background(data: Dataset) -> bool:
    return any(has_area(item) and is_background(item.label) for item in _objects(data.train))


def _is_of_class(item: LabeledObject) -> bool:
    return has_area(item) and is_area_class(item.label)


def _number(records: Iterable[Record], wanted: Callable[[LabeledObject], bool]) -> int:
    return sum(map(wanted, _objects(records)))


def _them(number: int) -> str:
    return "it" if number == 1 else "them"


def _objects(records: Iterable[Record]) -> list[LabeledObject]:
    return [item for record in records for item in record.objects]


def _labelled(data: Dataset) -> list[Record]:
    """The labelled images of all parts, each once."""
    return list({record.key: record for records in data.parts().values()
                 for record in records}.values())
