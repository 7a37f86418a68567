"""What is shown of a classifier of images: stored scores beside the labels. No Qt in here."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from workbench.core.class_names import classes_of_run
from workbench.core.errors import WorkbenchError
from workbench.evaluation import scored
from workbench.evaluation.scored import ScoredSet, ScoredSnapshot
from workbench.formats.scores import load_scores
from workbench.project.datasets.splits import PARTS, list_splits
from workbench.project.runs import RunFolder
from workbench.tasks.image_classification.dataset import LabelledImage, load_images

ImageSet = ScoredSet[LabelledImage]
ImageSnapshot = ScoredSnapshot[LabelledImage]
Fresh = Mapping[str, str]
"""Labels that differ from those that were read, by key; "" where one was taken off."""

_IS_TRAIN = "These images were trained on as well: the figures are too good."


def key_of(image: LabelledImage) -> str:
    """What tells an image from all others."""
    return image.key


@dataclass(frozen=True, slots=True)
class PartLabels:
    """The labelled images of a split; ``run`` is the run whose own copy of it was read, ``doubts``
    say of some parts why scores on them say little about new images."""

    split: str
    run: str
    parts: Mapping[str, tuple[LabelledImage, ...]]
    doubts: Mapping[str, str] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        return {part: len(images) for part, images in self.parts.items()}


def read_parts(project: Path, run: RunFolder) -> PartLabels:
    """The labelled images of each part of the split that a run was trained with.

    The members are those of the run, the labels those of now; to the project's own split what was
    labelled since is added.

    Raises
    ------
    WorkbenchError
        If the split cannot be read.
    """
    name = run.split_name
    data = load_images(project, name, run=run.path)
    shared = name == "default" and name in list_splits(project)
    doubts = {"train": "The model was trained on these images."}
    if data.split.val_is_train:
        doubts["val"] = _IS_TRAIN
    return PartLabels(name, "" if shared else run.name,
                      {part: tuple(data.part(part)) for part in PARTS}, doubts)


def open_images(
    run: RunFolder, part: str, labels: PartLabels, project_classes: Sequence[str], fresh: Fresh
) -> ImageSet:
    """Join a run's stored scores with the labels.

    Raises
    ------
    WorkbenchError
        If the scores cannot be read.
    """
    found = load_scores(run.predictions_path(part))
    if found.meta.get("kind", "class") != "class":
        raise WorkbenchError("the figures of tags and numbers are told by “workbench evaluate” so "
                             "far, not here")
    rows = {key: row for row, key in enumerate(found.files)}
    unreadable = set(found.meta.get("unreadable", ()))
    classes = classes_of_run(found.classes, project_classes).names
    images = [item for item in labels.parts[part] if item.key in rows]
    missing = sum(item.key not in rows and item.key not in unreadable
                  for item in labels.parts[part])
    scores = found.scores[[rows[item.key] for item in images]].astype(np.float64).reshape(
        -1, len(classes))
    whole = ScoredSet(run.name, part, (), classes, scores[:0], tuple(images), scores,
                      missing=missing, doubt=labels.doubts.get(part, ""))
    return relabelled(whole, fresh)


def relabelled(results: ImageSet, fresh: Fresh) -> ImageSet:
    """The same scores beside labels that were mended since."""
    return scored.relabelled(results, fresh, key_of)


def csv_bytes(shown: ImageSnapshot) -> bytes:
    """The images in the list with their scores, as CSV (UTF-8, one head line)."""
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows(
        scored.table_rows(shown, ("file",), lambda image: [image.key]))
    return stream.getvalue().encode("utf-8")
