"""The figures of a detector: which are shown, and what they mean."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.evaluation.result import Evaluation
from workbench.gui.results.figure_table import FigureColumns
from workbench.gui.results.figures import FigureWords

METRICS: FigureWords = (
    ("map_50", "mAP@0.5", "Mean average precision at an overlap of one half: that of rotated boxes "
     "where the model finds such"),
    ("map", "mAP", "Mean average precision over overlaps from .50 to .95"),
    ("f1", "F1", "Harmonic mean of precision and recall at this score"),
    ("precision", "Precision", "Share of the detections that are right, at this score"),
    ("recall", "Recall", "Share of the labels that are found, at this score"),
)
"""Attribute of the evaluation, name, and what it means."""

OUTLINE_METRICS: FigureWords = (
    ("outline_iou", "Outline overlap",
     "How well the outlines of found objects lie on the labelled ones: the area that both cover by "
     "the area that either covers, 1 where they are the same; the mean over all that are found at "
     "this score"),
    ("outline_map_50", "Outline mAP@0.5",
     "Mean average precision where a detection is right if its outline, not its box, overlaps the "
     "labelled one by half"),
    ("outline_map", "Outline mAP",
     "The same over overlaps of outlines from .50 to .95"),
)
"""The same of a model that finds outlines."""

KEYPOINT_METRICS: FigureWords = (
    ("keypoint_pck", "Key points found",
     "Share of the labelled key points of found objects that lie where they belong, at this score: "
     "within a tenth of the object's size, which is the square root of the area of its labelled "
     "box (PCK@0.1)"),
    ("keypoint_map_50", "Key point mAP@0.5",
     "Mean average precision where a detection is right if its key points, not its box, lie as the "
     "labelled ones do: by COCO's likeness of key points (OKS) from one half on. COCO's own "
     "tolerances are those of people; here it is 0.05 of the object's size for all points"),
    ("keypoint_map", "Key point mAP",
     "The same over likenesses of key points from .50 to .95"),
)
"""The same of a model that finds key points."""

CLASS_COLUMNS: FigureColumns = (
    ("Class", ""),
    ("AP@.5", "Average precision at an overlap of one half"),
    ("AP", "Average precision over overlaps from .50 to .95"),
    ("P", "Precision at this score"),
    ("R", "Recall at this score"),
    ("F1", "F1 at this score"),
    ("Labels", "Labels that count; difficult ones are left out"),
)


def figures(evaluation: Evaluation | None) -> dict[str, float]:
    """The figures of all of these; none without an evaluation."""
    if evaluation is None:
        return {}
    return {name: float(getattr(evaluation, name))
            for name, _, _ in (*METRICS, *OUTLINE_METRICS, *KEYPOINT_METRICS)}


def class_rows(evaluation: Evaluation) -> list[tuple[Sequence[float], int]]:
    """The figures of :data:`CLASS_COLUMNS` and the labels of each class."""
    return [((item.ap_50, item.ap, item.precision, item.recall, item.f1), item.support)
            for item in evaluation.per_class]
