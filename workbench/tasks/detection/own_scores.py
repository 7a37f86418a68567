"""From which score on what a detector finds counts, as its validation images say."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from workbench.core.dots import DotSides
from workbench.evaluation.average_precision import AP_MIN_SCORE
from workbench.evaluation.counts import best_for_counts
from workbench.evaluation.live import LiveEvaluation
from workbench.evaluation.result import Thresholds
from workbench.project.operating import OperatingScore

ENOUGH = 10
"""Objects of a class on validation images from which its own curve says where to cut."""


def own_score(live: LiveEvaluation, dots: DotSides, names: Sequence[str],
              ) -> OperatingScore | None:
    """That of a model by its validation images: where the counts of things are least off that it
    finds as dots, else where F1 is best; None where no detection is right.

    Parameters
    ----------
    dots
        By the names that classes have now.
    names
        The model's own names for its classes, in their order.
    """
    first = Thresholds()
    low = AP_MIN_SCORE if dots.found else first.score_thresh  # curves are of all in any case
    evaluation = live.update(low, first.nms_thresh, first.match_iou)
    f1 = evaluation.curve.best_score()
    if f1 is None:
        return None
    counted = [place for place, name in enumerate(evaluation.classes[:len(names)])
               if name in dots.found]
    counts = best_for_counts(evaluation, counted)
    whole = _down(f1) if counts is None else counts
    own = {}
    for place, (item, curve) in enumerate(zip(evaluation.per_class, evaluation.curves,
                                              strict=True)):
        best = None
        if item.support >= ENOUGH and place in counted:
            best = best_for_counts(evaluation, [place])
        elif item.support >= ENOUGH and (score := curve.best_score()) is not None:
            best = _down(score)
        if place < len(names):
            own[names[place]] = whole if best is None else best
    return OperatingScore(whole, "f1" if counts is None else "counts", own)


def _down(score: float) -> float:
    """With two decimals, so that the detection at it stays in."""
    return float(np.floor(100 * score) / 100)
