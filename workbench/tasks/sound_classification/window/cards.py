"""The cards and the bar of the page for sounds."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan

import numpy as np
from PySide6.QtWidgets import QWidget

from workbench.evaluation.classification import BACKGROUND, Classification
from workbench.gui.charts.chart import Curve, LiveChart
from workbench.gui.results.toolbar import Toolbar
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import Card, LabeledSlider
from workbench.tasks.detection.window.curves import FixedSeries, PointSeries
from workbench.tasks.detection.window.numbers import ClassesCard, Columns, MetricsCard, Words
from workbench.tasks.sound_classification.results import figures

_HEIGHT = 194
_MOST_CURVES = 16
"""With more classes only the worst are drawn; lines beyond would be a tangle."""
_METRICS: Words = (
    ("accuracy", "Accuracy", "Share of the sounds that are recognised, at this threshold"),
    ("f1", "F1", "Harmonic mean of precision and recall, averaged over the classes"),
    ("roc_auc", "ROC area", "How well each class is told from all others, at any threshold; "
     "averaged over the classes"),
)
_COLUMNS: Columns = (
    ("Class", ""),
    ("AUC", "Area under the ROC curve"),
    ("P", "Precision at this threshold"),
    ("R", "Recall at this threshold"),
    ("F1", "F1 at this threshold"),
    ("Count", "Labelled sounds of the class"),
)


class SoundToolbar(Toolbar):
    """One threshold."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self.threshold = LabeledSlider("Threshold", 0.0, 0.99, 0.0)
        self.threshold.setToolTip("A sound whose best class scores less counts as “none”")
        super().__init__("sound", (self.threshold,), "sounds", parent)


class SoundMetrics(MetricsCard):
    """Accuracy, F1 and ROC area."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, words=_METRICS)

    def show_classification(self, now: Classification, before: Classification | None,
                            before_name: str = "") -> None:
        """Show the figures; ``before`` is another run at the same threshold."""
        self.show_figures(figures(now), figures(before) if before is not None else {}, before_name)


class SoundClasses(ClassesCard):
    """A line for each class."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, columns=_COLUMNS)

    def show_classification(self, now: Classification) -> None:
        """Fill in the figures."""
        self.show_lines([
            ((item.roc_auc if item.roc_auc is not None else nan, item.precision, item.recall,
              item.f1), item.support)
            for item in now.per_class
        ])
        more = " and background" if now.none == BACKGROUND else ""
        self.set_right(f"{len(now.classes)}{more}")


class RocCard(Card):
    """True over false positive rate, a line for each class, and where the matrix stands."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("ROC", parent=parent)
        self.chart = LiveChart(
            theme, "ROC curves", axes=("False positive rate", "True positive rate"),
            x_text=lambda x: f"false positives {x:.3f}",
            y_text=lambda y: f"{y:.3f}", y_floor=0.0, y_ceiling=1.0,
        )
        self.chart.setFixedHeight(_HEIGHT)
        self.add(self.chart)

    def show_classification(self, now: Classification, colors: Sequence[str]) -> None:
        """Draw the curves; only the points move with the threshold."""
        shown = drawn_classes(now)
        curves: dict[str, Curve] = {}
        for index in shown:
            false, true = now.curves[index]
            curves[now.classes[index]] = Curve(
                now.classes[index], FixedSeries(false, true), colors[index], width=2.0)
        for index in shown:
            x, y = working_point(now, index)
            point = PointSeries(np.array([x]), np.array([y]))
            curves[f"{now.classes[index]} now"] = Curve(now.classes[index], point, colors[index],
                                                        marks=True)
        self.chart.set_curves(curves)
        whole = len(now.classes)
        self.set_right("1 class" if whole == 1 else f"{whole} classes" if len(shown) == whole
                       else f"the {len(shown)} hardest of {whole} classes")


def drawn_classes(now: Classification) -> list[int]:
    """Numbers of the classes whose curves are drawn: all that have one, or the worst of many."""
    known = [(item.roc_auc, index) for index, item in enumerate(now.per_class)
             if item.roc_auc is not None]
    return sorted(index for _, index in sorted(known)[:_MOST_CURVES])


def working_point(now: Classification, index: int) -> tuple[float, float]:
    """False and true positive rate of a class as the matrix counts it."""
    hits = float(now.confusion[index, index])
    positives = float(now.confusion[index].sum())
    negatives = float(now.confusion.sum()) - positives
    false = float(now.confusion[:, index].sum()) - hits
    return false / max(negatives, 1.0), hits / max(positives, 1.0)
