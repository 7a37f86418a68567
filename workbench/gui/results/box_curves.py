"""The cards with curves: precision over recall, and F1 over the score."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Signal

from workbench.core.text import count, tr
from workbench.evaluation.average_precision import PrecisionRecallCurve
from workbench.evaluation.result import Evaluation
from workbench.gui.charts.curve import Curve
from workbench.gui.results.curves import MOST_CURVES, CurvesCard, FixedSeries, PointSeries
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import LinkButton


class BoxPrecisionRecallCard(CurvesCard):
    """Precision over recall, a line for each class, and the point of the current score."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, tr("Precision and recall"), tr("Precision over recall"),
                         (tr("Recall"), tr("Precision")), tr("recall {:.3f}"))
        self._drawn: object = None

    def show_evaluation(self, evaluation: Evaluation, colors: Sequence[str]) -> None:
        """Draw the curves; only the points move with the score."""
        score = evaluation.thresholds.score_thresh
        if self._drawn is not evaluation.curves:
            self.set_right(_which(evaluation))
        self._drawn = evaluation.curves
        curves: dict[str, Curve] = {}
        for counted, color in _lines(evaluation, colors):
            curves[counted.name] = Curve(
                counted.name, FixedSeries(counted.recall, counted.precision), color, width=2.0)
        for counted, color in _lines(evaluation, colors):
            point = counted.at(score)
            if point is not None:
                at = PointSeries(np.array([point[1]]), np.array([point[0]]))
                curves[f"{counted.name} now"] = Curve(counted.name, at, color, marks=True)
        self.chart.set_curves(curves)


class ScoreCard(CurvesCard):
    """F1 over the score threshold, and the score where it is best."""

    best_wanted = Signal(float)
    """(score) move the slider to where F1 is best."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, tr("F1 by score"), tr("F1 over the score threshold"),
                         (tr("Score"), "F1"),
                         tr("score {:.2f}"))
        self.best_button = LinkButton("")
        self.best_button.setToolTip(tr("Move the score slider to where F1 of all classes is best"))
        self.best_button.clicked.connect(self._want_best)
        self._best: float | None = None
        self.add_to_head(self.best_button)

    def show_evaluation(self, evaluation: Evaluation, colors: Sequence[str]) -> None:
        """Draw the curves and the point of the current score."""
        best = evaluation.curve.best_score()
        # the slider has two decimals: rounded down, the detection at the best score stays in
        self._best = None if best is None else np.floor(best * 100) / 100
        self.best_button.setVisible(self._best is not None)
        self.best_button.setText(tr("best at {best:.2f}",
                                    best=self._best) if self._best is not None else "")
        curves = {
            counted.name: Curve(counted.name, FixedSeries(counted.scores[::-1], counted.f1[::-1]),
                                color)
            for counted, color in _lines(evaluation, colors)
        }
        everything = evaluation.curve
        curves["all·"] = Curve("all", FixedSeries(everything.scores[::-1], everything.f1[::-1]),
                               "ink", width=2.0)
        self.chart.set_curves(curves)
        score = evaluation.thresholds.score_thresh
        marker = (score, evaluation.f1, f"{evaluation.f1:.3f}") if evaluation.shown else None
        self.chart.set_marker(marker)

    def _want_best(self) -> None:
        if self._best is not None:
            self.best_wanted.emit(self._best)


def _lines(evaluation: Evaluation, colors: Sequence[str]) -> list[tuple[PrecisionRecallCurve, str]]:
    if len(evaluation.curves) > MOST_CURVES:
        return [(evaluation.curve, "accent")] if len(evaluation.curve.scores) else []
    return [(counted, color) for counted, color in zip(evaluation.curves, colors, strict=True)
            if len(counted.scores)]


def _which(evaluation: Evaluation) -> str:
    number = len(evaluation.curves)
    if number > MOST_CURVES:
        return tr("all {number} classes together", number=number)
    return count(number, "class")
