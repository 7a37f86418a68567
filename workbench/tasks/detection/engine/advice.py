"""What a person should know of boxes on images before a training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from workbench.core.errors import WorkbenchError
from workbench.core.text import count, listed
from workbench.engine.training.advice import any_of, left_out_text
from workbench.extension.holds import BOX, counted, kind_of
from workbench.project.datasets.dataset import split_warnings
from workbench.project.datasets.images import Dataset
from workbench.project.datasets.label_issues import find_label_issues
from workbench.tasks.detection.engine.samples import Sample

FEW = 20
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
    elsewhere = {name: len(records) for name, records in parts.items() if records}
    if not data.train:
        raise WorkbenchError(_no_images(data, elsewhere))
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


def _no_images(data: Dataset, elsewhere: Mapping[str, int]) -> str:
    lost = [item for item in data.problems if item.severity == "error"]
    if lost:
        return f"there is no readable label to learn from: {left_out_text(lost)}"
    if elsewhere:
        where = " and ".join(f"{number} in {name}" for name, number in elsewhere.items())
        return (f"the split “{data.split.name}” leaves no image to learn from ({where}): label "
                "more images, or choose or write another split")
    if data.unlabelled:
        return (f"there is no label on {any_of(len(data.unlabelled), 'image')}: draw some boxes "
                "first")
    return "there is no image in this folder: add some images and draw boxes on them first"


def data_warnings(data: Dataset, besides: Collection[str] = ()) -> list[str]:
    """What makes the result worse or less certain, of a training that learns shapes of the kinds
    ``besides`` as what they are, and of others the boxes around them."""
    said: list[str] = []
    if len(data.train) < FEW:
        known = {record.key for record in data.train}
        kept = len({record.key for record in (*data.val, *data.test)} - known)
        others = f", {kept} {'is' if kept == 1 else 'are'} kept to test the model" if kept else ""
        said.append(f"only {count(len(data.train), 'image')} to learn from{others}: more will "
                    "help most")
    said += split_warnings(data, "image")
    counts = Counter(item.label for record in data.train for item in record.objects)
    said += [doubt.words for doubt in find_label_issues(data)]
    for words, times, helps in (
        ("only one example of", 1, "a few more will help"),
        ("no training example of", 0, "it will not be found before some are labelled"),
    ):
        names = [name for name in data.classes if counts[name] == times]
        if names:
            said.append(f"{words} {listed(names)}: {helps}")
    said += [item.reason.rstrip(".") for item in data.problems if item.kind == "stretched-images"]
    learned = {BOX, *besides}
    kinds = Counter(kind_of(item.shape) for record in data.train for item in record.objects)
    shapes = [counted(number, kind) for kind, number in kinds.items() if kind not in learned]
    if shapes:
        said.append(f"{listed(shapes)}: the model learns and finds the boxes around them")
    lost = [item for item in data.problems if item.severity == "error"]
    if lost:
        said.append(left_out_text(lost))
    return said


def first_files(data: Dataset) -> dict[str, str]:
    """For each doubt in the labels the first file that is still there, to look at."""
    return {doubt.words: doubt.files[0] for doubt in find_label_issues(data)
            if doubt.files and doubt.kind != "listed-image-gone"}


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
