"""What is shown of a classifier of images: its scores on a split beside the labels. No Qt in here.

Everything that takes time is a plain function, to be called on a worker's thread: read the labels
of a run's split (:func:`read_images`), join them with the stored scores of a part
(:func:`open_images`), judge them (:func:`snapshot`), and again after labels were mended
(:func:`relabelled`).
"""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from workbench.core.class_names import classes_of_run
from workbench.evaluation.classification import Classification, classify
from workbench.evaluation.confusion import MatrixCell
from workbench.formats.scores import load_scores
from workbench.project.datasets.splits import PARTS, list_splits
from workbench.project.runs import RunFolder
from workbench.tasks.image_classification.dataset import LabelledImage, load_images

Order = Literal["loss", "confident", "unsure", "file"]
Fresh = Mapping[str, str]
"""Labels by key that differ from those on the disk."""


@dataclass(frozen=True, slots=True)
class SplitImages:
    """The labelled images of each part of a split; ``run`` is the run whose own copy of the split
    was read, "" for the project's own, to which new images are added."""

    split: str
    run: str
    parts: Mapping[str, tuple[LabelledImage, ...]]

    def counts(self) -> dict[str, int]:
        return {part: len(images) for part, images in self.parts.items()}


def is_shared(project: Path, split: str) -> bool:
    """Whether a split is the project's own, to which new images are added."""
    return split == "default" and split in list_splits(project)


def read_images(project: Path, run: RunFolder) -> SplitImages:
    """The labelled images of each part of the split that a run was trained with, labels of now.

    Raises
    ------
    WorkbenchError
        If the split cannot be read.
    """
    name = run.split
    data = load_images(project, name, run=run.path)
    return SplitImages(name, "" if is_shared(project, name) else run.name,
                       {part: tuple(data.part(part)) for part in PARTS})


@dataclass(frozen=True, slots=True)
class ImageSet:
    """One run on one part of its split, ready to be judged at any threshold.

    Parameters
    ----------
    images
        Those that have scores and a class that the model knows, with the labels they have now.
    classes
        The run's, under the names they have now.
    scores
        float64 (N, C), probabilities.
    every, every_scores
        All that have scores, whatever their label.
    left_out
        Images with scores whose label the model does not know.
    missing
        Labelled images of the part that came in later and have no scores yet.
    """

    run: str
    split: str
    images: tuple[LabelledImage, ...]
    classes: tuple[str, ...]
    scores: NDArray[np.float64]
    every: tuple[LabelledImage, ...]
    every_scores: NDArray[np.float64]
    left_out: int = 0
    missing: int = 0

    @property
    def truth(self) -> NDArray[np.int64]:
        """int64 (N,): number of each image's class."""
        number = {name: i for i, name in enumerate(self.classes)}
        return np.asarray([number[item.label] for item in self.images], np.int64)


def open_images(
    run: RunFolder, part: str, labels: SplitImages, project_classes: Sequence[str],
    fresh: Fresh | None = None,
) -> ImageSet:
    """Join a run's stored scores with the labels.

    Raises
    ------
    WorkbenchError
        If the scores cannot be read; the engine's ``Evaluate`` makes them.
    """
    found = load_scores(run.predictions_path(part))
    rows = {key: row for row, key in enumerate(found.files)}
    classes = classes_of_run(found.classes, project_classes).names
    images = [item for item in labels.parts[part] if item.key in rows]
    known = {*rows, *found.meta.get("unreadable", ())}
    missing = sum(1 for item in labels.parts[part] if item.key not in known)
    scores = found.scores[[rows[item.key] for item in images]].astype(np.float64)
    scores = scores.reshape(-1, len(classes))
    whole = ImageSet(run.name, part, (), classes, scores[:0], tuple(images), scores,
                     missing=missing)
    return relabelled(whole, fresh or {})


def relabelled(results: ImageSet, fresh: Fresh) -> ImageSet:
    """The same scores beside labels that were mended since."""
    every = tuple(replace(item, label=fresh[item.key]) if item.key in fresh else item
                  for item in results.every)
    known = set(results.classes)
    rows = [row for row, item in enumerate(every) if item.label in known]
    return replace(results, every=every, images=tuple(every[row] for row in rows),
                   scores=results.every_scores[rows], left_out=len(every) - len(rows))


@dataclass(frozen=True, slots=True)
class ImageSnapshot:
    """All that is on the screen at one threshold.

    ``rows`` are the images in the list, in its order; ``cell`` is the cell behind it, None for all;
    ``before`` judges an earlier run.
    """

    results: ImageSet
    evaluation: Classification
    cell: MatrixCell | None
    rows: NDArray[np.int64]
    milliseconds: float
    before: Classification | None = None

    def predicted(self, image: int) -> str:
        """What image number ``image`` is taken for: a class, or "none"."""
        names = (*self.results.classes, self.evaluation.none)
        return names[int(self.evaluation.predicted[image])]


def judged(results: ImageSet, threshold: float = 0.0) -> Classification:
    """The figures at a threshold."""
    return classify(results.scores, results.truth, results.classes, threshold)


def snapshot(
    results: ImageSet, threshold: float, cell: MatrixCell | None, order: Order,
    before: ImageSet | None = None,
) -> ImageSnapshot:
    """Judge, and collect the images behind ``cell``; ``before`` is an earlier run."""
    start = time.perf_counter()
    evaluation = judged(results, threshold)
    chosen = (evaluation.cell(*cell) if cell is not None
              else np.arange(len(results.images), dtype=np.int64))
    keys: dict[Order, NDArray[np.float64] | NDArray[np.int64]] = {
        "loss": -evaluation.loss, "confident": -evaluation.confidence,
        "unsure": evaluation.confidence, "file": np.arange(len(results.images)),
    }
    rows = np.asarray(chosen[np.argsort(keys[order][chosen], kind="stable")], np.int64)
    milliseconds = (time.perf_counter() - start) * 1000
    earlier = judged(before, threshold) if before is not None else None
    return ImageSnapshot(results, evaluation, cell, rows, milliseconds, earlier)


def figures(evaluation: Classification) -> dict[str, float]:
    """Accuracy, macro F1 and mean ROC area; those that exist."""
    data = evaluation.to_json()
    return {name: float(data[name]) for name in ("accuracy", "f1", "roc_auc")
            if data[name] is not None and len(evaluation.truth)}


def csv_bytes(shown: ImageSnapshot) -> bytes:
    """The images in the list with their scores, as CSV (UTF-8, one head line)."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(["file", "truth", "predicted", "confidence", "loss", *shown.results.classes])
    evaluation = shown.evaluation
    loss, confidence = evaluation.loss, evaluation.confidence
    for row in shown.rows.tolist():
        image = shown.results.images[row]
        writer.writerow([
            image.key, image.label, shown.predicted(row), f"{confidence[row]:.4f}",
            f"{loss[row]:.4f}", *(f"{value:.4f}" for value in evaluation.scores[row]),
        ])
    return stream.getvalue().encode("utf-8")
