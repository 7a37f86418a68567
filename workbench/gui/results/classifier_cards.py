"""The cards and the bar of a page about a classifier."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan

import numpy as np
from PySide6.QtWidgets import QWidget

from workbench.core.text import count, tr
from workbench.evaluation.classification import Classification
from workbench.gui.charts.chart import Curve
from workbench.gui.results.curves import MOST_CURVES, CurvesCard, FixedSeries, PointSeries
from workbench.gui.results.figures import FigureColumns, FigureWords
from workbench.gui.results.toolbar import ResultsToolbar
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import LabeledSlider


def metric_words(noun: str) -> FigureWords:
    """Figures of a classifier of ``noun`` ("sound")."""
    return (
        ("accuracy", tr("Accuracy"),
         tr("Share of the {noun}s that are recognised, at this threshold", noun=noun)),
        ("top5", tr("Top 5"),
         tr("Share of the {noun}s whose class is among the five likeliest", noun=noun)),
        ("f1", "F1", tr("Harmonic mean of precision and recall, averaged over the classes")),
        ("roc_auc", tr("ROC area"),
         "How well each class is told from all others, at any threshold; "
         "averaged over the classes"),
    )


def class_columns(noun: str) -> FigureColumns:
    """Figures of each class."""
    return (
        (tr("Class"), ""),
        ("AUC", tr("Area under the ROC curve")),
        ("P", tr("Precision at this threshold")),
        ("R", tr("Recall at this threshold")),
        ("F1", tr("F1 at this threshold")),
        (tr("Count"), tr("Labelled {noun}s of the class", noun=noun)),
    )


class ClassifierToolbar(ResultsToolbar):
    """One threshold."""

    def __init__(self, noun: str, parent: QWidget | None = None) -> None:
        self.threshold = LabeledSlider(tr("Threshold"), 0.0, 0.99, 0.0)
        article = tr("An") if noun[0] in "aeiou" else "A"
        self.threshold.setToolTip(
            tr("{article} {noun} whose best class scores less counts as “none”",
               article=article, noun=noun))
        super().__init__(noun, (self.threshold,), f"{noun}s", parent)


def class_rows(now: Classification) -> list[tuple[Sequence[float], int]]:
    """The figures of :func:`class_columns` and the samples of each class."""
    return [((item.roc_auc if item.roc_auc is not None else nan, item.precision, item.recall,
              item.f1), item.support) for item in now.per_class]


class RocCard(CurvesCard):
    """True over false positive rate, a line for each class, and where the matrix stands."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "ROC", tr("ROC curves"),
                         (tr("False positive rate"), tr("True positive rate")),
                         "false positives {:.3f}", parent)

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
        self.set_right(count(whole, "class") if len(shown) == whole
                       else tr("the {shown} hardest of {whole} classes",
                               shown=len(shown), whole=whole))


class CalibrationCard(CurvesCard):
    """How often the model is right over how sure it is; on the diagonal both agree."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, tr("Calibration"), tr("Accuracy over confidence"),
                         (tr("Confidence"), tr("Accuracy")), "confidence {:.3f}", parent)
        self.setToolTip(tr("Where the line is below the diagonal the model is surer than it "
                           "should be. The error is their mean distance."))

    def show_classification(self, now: Classification) -> None:
        """Draw the line; the threshold does not move it."""
        found, ends = now.calibration, np.array([0.0, 1.0])
        line = FixedSeries(found.confidence, found.accuracy)
        self.chart.set_curves({
            "ideal": Curve("", PointSeries(ends, ends), "line"),
            "line": Curve(tr("Accuracy"), line, "accent", width=2.0),
            "bins": Curve("", PointSeries(found.confidence, found.accuracy), "accent", marks=True),
        })
        self.set_right("" if np.isnan(found.error) else tr("error {error:.3f}", error=found.error))


def drawn_classes(now: Classification) -> list[int]:
    """Numbers of the classes whose curves are drawn: all that have one, or the worst of many."""
    known = [(item.roc_auc, index) for index, item in enumerate(now.per_class)
             if item.roc_auc is not None]
    return sorted(index for _, index in sorted(known)[:MOST_CURVES])


def working_point(now: Classification, index: int) -> tuple[float, float]:
    """False and true positive rate of a class as the matrix counts it."""
    hits = float(now.confusion[index, index])
    positives = float(now.confusion[index].sum())
    negatives = float(now.confusion.sum()) - positives
    false = float(now.confusion[:, index].sum()) - hits
    return false / max(negatives, 1.0), hits / max(positives, 1.0)
