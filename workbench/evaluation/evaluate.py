"""Evaluate a set of images once; the window uses :mod:`workbench.evaluation.live` instead."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.core.detections import Detections, Truth
from workbench.evaluation.live import LiveEvaluation
from workbench.evaluation.result import NONE, Cell, ClassResult, Evaluation, Thresholds

__all__ = ["NONE", "Cell", "ClassResult", "Evaluation", "Thresholds", "evaluate"]


def evaluate(
    truths: Sequence[Truth], raw: Sequence[Detections], classes: Sequence[str], *,
    score_thresh: float = 0.25, nms_thresh: float = 0.5, match_iou: float = 0.5,
) -> Evaluation:
    """Evaluate raw detections once; see :class:`workbench.evaluation.live.LiveEvaluation`.

    Parameters
    ----------
    truths, raw
        One for each image, in the same order.
    classes
        Names that the labels index.
    score_thresh, nms_thresh, match_iou
        See :class:`Thresholds`; all 0..1.

    Raises
    ------
    ValueError
        If the lengths differ or a label is out of range.
    """
    return LiveEvaluation(truths, raw, classes).update(score_thresh, nms_thresh, match_iou)
