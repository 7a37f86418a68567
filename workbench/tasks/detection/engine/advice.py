"""What a person should know of boxes on images before a training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from workbench.core.dots import is_dot
from workbench.core.errors import WorkbenchError
from workbench.core.text import count, listed
from workbench.extension.holds import BOX, MASK, POLYGON, counted, kind_of
from workbench.project.datasets.dataset import split_warnings
from workbench.project.datasets.image_advice import (
    any_of,
    empty_images,
    few_images,
    file_warnings,
    no_images_text,
    rare_classes,
)
from workbench.project.datasets.images import Dataset
from workbench.project.datasets.label_issues import find_label_issues
from workbench.tasks.detection.engine.samples import Sample

TINIEST = 4.0
"""Side in input pixels below which an object is hardly learned: two cells of the finest grid
cannot tell where it is."""
_USELESS = frozenset({"box-without-area", "rotated-box", "incomplete-object"})
_LOST = 1.0  # side in input pixels below which a box is left out, as ``data/batches.py`` does


def check_enough(data: Dataset) -> None:
    """Refuse what there is nothing to learn from.

    Raises
    ------
    WorkbenchError
        One sentence: what is missing and what would help.
    """
    if any(record.objects for record in data.train):
        return
    parts = {"val": data.val, "test": data.test}
    if not data.train:
        raise WorkbenchError(no_images_text(data, "draw some boxes"))
    boxes = sum(len(record.objects) for records in parts.values() for record in records)
    if boxes and not data.split.val_is_train:
        raise WorkbenchError(
            f"there is no box on {any_of(len(data.train), 'image')} for training, only "
            f"on those for validation and testing: label more images, or choose another split")
    read = len({record.key for records in (data.train, *parts.values()) for record in records})
    useless = [doubt.words for doubt in find_label_issues(data) if doubt.kind in _USELESS]
    if useless:
        raise WorkbenchError(f"there is no box that can be used on "
                             f"{any_of(read, 'labelled image')}: {'; '.join(useless)}")
    raise WorkbenchError(
        f"there is no box on {any_of(read, 'labelled image')}: draw some boxes first")


def data_warnings(data: Dataset, besides: Collection[str] = (), *, rotated: bool = False,
                  ) -> list[str]:
    """What makes the result worse or less certain, of a training that learns shapes of the kinds
    ``besides`` as what they are, or as rotated boxes where most are such, and of others the boxes
    around them."""
    counts = Counter(item.label for record in data.train for item in record.objects)
    said = [*few_images(data), *split_warnings(data, "image"), *empty_images(data),
            *(doubt.words for doubt in find_label_issues(data)),
            *rare_classes(data.classes, counts)]
    learned = {BOX, *besides}
    kinds = Counter(kind_of(item.shape) for record in data.train for item in record.objects
                    if not is_dot(item.shape))
    shapes = [counted(number, kind) for kind, number in kinds.items() if kind not in learned]
    if shapes:
        said.append(f"{listed(shapes)}: the model learns and finds the boxes around them")
    turned = [counted(number, kind) for kind, number in kinds.items() if kind in {POLYGON, MASK}]
    if rotated and turned:
        said.append(f"{listed(turned)}: found as rotated boxes, as most labels are such")
    return [*said, *file_warnings(data)]


def size_warnings(samples: Sequence[Sample], input_size: tuple[int, int]) -> list[str]:
    """What the model cannot see of the boxes at ``input_size`` (width, height).

    Raises
    ------
    WorkbenchError
        If every box is too small to be learned.
    """
    sides = [_sides(item, input_size) for item in samples if len(item.boxes)]
    smallest = np.concatenate(sides) if sides else np.zeros(0)
    lost, tiny = int((smallest < _LOST).sum()), int((smallest < TINIEST).sum())
    size = f"{input_size[0]}×{input_size[1]} px"
    if lost and lost == len(smallest):
        raise WorkbenchError(
            f"all boxes are smaller than one pixel at {size}, which is what the model sees: choose "
            "a larger image size, or tiles")
    said: list[str] = []
    if lost:
        boxes = count(len(smallest), "box")
        said.append(f"{lost} of {boxes} are smaller than one pixel at {size} and teach nothing: "
                    "a larger image size would show them")
    if tiny > len(smallest) // 2:
        said.append(f"most boxes are less than {TINIEST:g} pixels wide or high at {size}, which is "
                    "hardly enough: larger boxes or a larger image size will help")
    return said


def _sides(sample: Sample, input_size: tuple[int, int]) -> Any:
    """The shorter side of each box in input pixels."""
    scale = min(input_size[0] / sample.size[0], input_size[1] / sample.size[1])
    return (sample.boxes[:, 2:] - sample.boxes[:, :2]).min(1) * scale
