"""The figures of two detectors side by side."""

from __future__ import annotations

from math import isnan

from workbench.core.text import count, tr
from workbench.evaluation.result import Evaluation
from workbench.gui.results.compare import Comparison, FigureRow
from workbench.tasks.detection.window.figures import (
    KEYPOINT_METRICS,
    METRICS,
    OUTLINE_METRICS,
    figures,
)


def comparison(ours: Evaluation, other: Evaluation, ours_name: str, other_name: str,
               changed: tuple[int, int] = (0, 0)) -> Comparison:
    """Each figure of two detectors, then the average precision of each class of ours; ``changed``
    labels are found now and were not, and the other way round."""
    mine, others = figures(ours), figures(other)
    rows = [FigureRow(name, mine[key], others[key]) for key, name, _ in METRICS]
    rows += [FigureRow(name, mine[key], others[key])
             for key, name, _ in (*OUTLINE_METRICS, *KEYPOINT_METRICS)
             if not isnan(mine[key]) or not isnan(others[key])]
    theirs = {item.name: item.ap_50 for item in other.per_class}
    rows += [FigureRow(tr("AP@.5 {name}",
                          name=item.name), item.ap_50, theirs.get(item.name, float("nan")))
              for item in ours.per_class]
    same = tr("the same thresholds") if ours.truths == other.truths else tr("other labels")
    won, lost = changed
    note = (tr("{ours_name} beside {other_name}, at {same}: {labels} now right, "
               "{lost:,} now wrong.",
               ours_name=ours_name, other_name=other_name, same=same, labels=count(won, "label"),
               lost=lost))
    return Comparison(rows, note, pictures=won + lost)
