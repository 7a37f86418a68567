"""The figures of two detectors side by side."""

from __future__ import annotations

from math import isnan

from workbench.core.text import count, tr
from workbench.evaluation.result import Evaluation
from workbench.gui.results.box_figures import (
    KEYPOINT_METRICS,
    METRICS,
    OUTLINE_METRICS,
    figures,
)
from workbench.gui.results.compare import Comparison, FigureRow


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
    if ours.rotated != other.rotated:
        turned, plain = (ours_name, other_name) if ours.rotated else (other_name, ours_name)
        note += " " + tr("Figures of {turned} are stricter: it finds rotated boxes, whose own "
                         "overlap counts; of {plain} that of the boxes around them does.",
                         turned=turned, plain=plain)
    return Comparison(rows, note, pictures=won + lost)


def earlier_name(ours: Evaluation, earlier: Evaluation | None, name: str) -> str:
    """What an earlier run is called by beside its figures."""
    if earlier is None or earlier.rotated == ours.rotated:
        return name
    return tr("{name}, where rotated boxes count", name=name) if earlier.rotated else \
        tr("{name}, where the boxes around objects count", name=name)
