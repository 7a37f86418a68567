"""The cards and the bar of a page about a classifier."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan

import numpy as np

from workbench.core.text import several, tr
from workbench.evaluation.classification import Classification
from workbench.gui.charts.curve import Curve
from workbench.gui.results.curves import CurvesCard, FixedSeries, PointSeries
from workbench.gui.results.figure_table import FigureColumns
from workbench.gui.results.figures import FigureWords
from workbench.gui.results.rank_cards import RankLine
from workbench.gui.results.toolbar import ResultsToolbar
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import LabeledSlider


def metric_words(noun: str) -> FigureWords:
    """Figures of a classifier of ``noun`` ("sound")."""
    return (
        ("accuracy", tr("Accuracy"),
         tr("Share of the {nouns} that are recognised, at this threshold", nouns=several(noun))),
        ("top5", tr("Top 5"),
         tr("Share of the {nouns} whose class is among the five likeliest", nouns=several(noun))),
        ("f1", "F1", tr("Harmonic mean of precision and recall, averaged over the classes")),
        ("roc_auc", tr("ROC area"),
         "How well each class is told from all others, at any threshold; "
         "averaged over the classes"),
        ("map", tr("PR area"), tr("Area under precision over recall (average precision), averaged "
                                  "over the classes")),
    )


def class_columns(noun: str) -> FigureColumns:
    """Figures of each class."""
    return (
        (tr("Class"), ""),
        ("AUC", tr("Area under the ROC curve")),
        ("P", tr("Precision at this threshold")),
        ("R", tr("Recall at this threshold")),
        ("F1", tr("F1 at this threshold")),
        (tr("Count"), tr("Labelled {nouns} of the class", nouns=several(noun))),
    )


class ClassifierToolbar(ResultsToolbar):
    """One threshold."""

    def __init__(self, noun: str) -> None:
        self.threshold = LabeledSlider(tr("Threshold"), 0.0, 0.99, 0.0)
        article = tr("An") if noun[0] in "aeiou" else "A"
        self.threshold.setToolTip(
            tr("{article} {noun} whose best class scores less counts as “none”",
               article=article, noun=noun))
        super().__init__(noun, (self.threshold,), several(noun))


def class_rows(now: Classification) -> list[tuple[Sequence[float], int]]:
    """The figures of :func:`class_columns` and the samples of each class, and two means."""
    rows: list[tuple[Sequence[float], int]] = [
        ((item.roc_auc if item.roc_auc is not None else nan, item.precision, item.recall, item.f1),
         item.support) for item in now.per_class]
    for kind, area in (("macro", now.roc_auc), ("weighted", None)):
        found = [now.means()[kind][name] for name in ("precision", "recall", "f1")]
        rows.append(([nan if value is None else value for value in (area, *found)],
                     len(now.truth)))
    return rows


class CalibrationCard(CurvesCard):
    """How often the model is right over how sure it is; on the diagonal both agree."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, tr("Calibration"), tr("Accuracy over confidence"),
                         (tr("Confidence"), tr("Accuracy")), tr("confidence {:.3f}"))
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


def rank_lines(now: Classification, colors: Sequence[str]) -> list[RankLine]:
    """What the curves of each class show, its point as the matrix counts it."""
    samples, hits = now.confusion.sum(1), now.confusion.diagonal()
    others = np.maximum(samples.sum() - samples, 1)
    rates = ((now.confusion.sum(0) - hits) / others).tolist()
    return [RankLine(item.name, color, ranking, rates[place], item.recall, item.precision)
            for place, (item, color, ranking) in enumerate(
                zip(now.per_class, colors, now.rankings, strict=True))]
