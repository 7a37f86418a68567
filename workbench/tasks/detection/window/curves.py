"""The cards with curves: precision over recall, and F1 over the score."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from workbench.evaluation.average_precision import Curve as Counted
from workbench.evaluation.result import Evaluation
from workbench.gui.charts.chart import Curve, LiveChart
from workbench.gui.charts.series import Series
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import Card, LinkButton

_HEIGHT = 194
_MOST_CURVES = 16
"""With more classes only the common curve of all is drawn; lines beyond would be a tangle."""


class FixedSeries(Series):
    """Points that are all known; x never falls."""

    __slots__ = ()

    def __init__(self, x: np.ndarray, y: np.ndarray) -> None:
        super().__init__()
        self._x, self._y = np.asarray(x, np.float64), np.asarray(y, np.float64)
        self._mean = self._y
        self._size = len(self._x)


class PointSeries(FixedSeries):
    """One point, which the readout under the pointer leaves out."""

    __slots__ = ()

    def nearest(self, x: float) -> int | None:
        return None


class CurvesCard(Card):
    """Precision over recall, a line for each class, and the point of the current score."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("Precision and recall", parent=parent)
        self.chart = LiveChart(
            theme, "Precision over recall", axes=("Recall", "Precision"),
            x_text=lambda x: f"recall {x:.3f}",
            y_text=lambda y: f"{y:.3f}", y_floor=0.0, y_ceiling=1.0,
        )
        self.chart.setFixedHeight(_HEIGHT)
        self.add(self.chart)
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


class ScoreCard(Card):
    """F1 over the score threshold, and the score where it is best.

    Signals
    -------
    best_wanted
        (score) move the slider to where F1 is best.
    """

    best_wanted = Signal(float)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("F1 by score", parent=parent)
        self.chart = LiveChart(
            theme, "F1 over the score threshold", axes=("Score", "F1"),
            x_text=lambda x: f"score {x:.2f}",
            y_text=lambda y: f"{y:.3f}", y_floor=0.0, y_ceiling=1.0,
        )
        self.chart.setFixedHeight(_HEIGHT)
        self.best_button = LinkButton("")
        self.best_button.setToolTip("Move the score slider to where F1 of all classes is best")
        self.best_button.clicked.connect(self._want_best)
        self._best: float | None = None
        self.add_to_head(self.best_button)
        self.add(self.chart)

    def show_evaluation(self, evaluation: Evaluation, colors: Sequence[str]) -> None:
        """Draw the curves and the point of the current score."""
        best = evaluation.curve.best_score()
        # the slider has two decimals: rounded down, the detection at the best score stays in
        self._best = None if best is None else np.floor(best * 100) / 100
        self.best_button.setVisible(self._best is not None)
        self.best_button.setText(f"best at {self._best:.2f}" if self._best is not None else "")
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


def _lines(evaluation: Evaluation, colors: Sequence[str]) -> list[tuple[Counted, str]]:
    if len(evaluation.curves) > _MOST_CURVES:
        return [(evaluation.curve, "accent")] if len(evaluation.curve.scores) else []
    return [(counted, color) for counted, color in zip(evaluation.curves, colors, strict=True)
            if len(counted.scores)]


def _which(evaluation: Evaluation) -> str:
    number = len(evaluation.curves)
    if number > _MOST_CURVES:
        return f"all {number} classes together"
    return f"{number} class" if number == 1 else f"{number} classes"
