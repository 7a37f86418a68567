"""The figures of areas: which are shown, and what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan

from PySide6.QtGui import QColor

from workbench.core.text import share_text, tr
from workbench.evaluation.pixels import PixelEvaluation
from workbench.gui.results.compare import Comparison, FigureRow
from workbench.gui.results.figure_table import FigureColumns
from workbench.gui.results.figures import ClassesCard, FigureWords, short_figure
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme

METRICS: FigureWords = (
    ("miou", "Mean IoU",
     "How well found areas lie on the labelled ones (Jaccard): the pixels that are both, by those "
     "that are one or the other. The mean over the classes, without the background, which is most "
     "of a picture and easy. 1 is perfect"),
    ("mean_dice", "Mean Dice",
     "Twice the pixels that are both found and labelled, by the pixels found and the pixels "
     "labelled together (the F1 of pixels): always a little higher than IoU. The mean over the "
     "classes, without the background"),
    ("pixel_accuracy", "Pixels right",
     "The share of all pixels that are what they are taken for (pixel accuracy), background among "
     "them: high wherever most of a picture is background, so look at the others first"),
)
"""Attribute of the evaluation, name, and what it means."""

CLASS_COLUMNS: FigureColumns = (
    ("Class", ""),
    ("IoU", "Pixels that are both found and labelled, by those that are one or the other"),
    ("Dice", "Twice the pixels that are both, by those found and those labelled together"),
    ("P", "Precision: the share of the found pixels that are right"),
    ("R", "Recall: the share of the labelled pixels that are found"),
    ("Share", "The share of the pixels that are labelled so"),
)
_WIDE = 54  # logical pixels: "< 0.1 %"


class AreaClassesCard(ClassesCard):
    """A row for the background, which no mean knows, and for each class."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(CLASS_COLUMNS)
        self._theme = theme
        self.table.setColumnWidth(len(CLASS_COLUMNS) - 1, _WIDE)
        theme.changed.connect(self._grey)

    def set_classes(self, names: Sequence[str], colors: Sequence[str]) -> None:
        super().set_classes((tr("background"), *names), (tokens.UNJUDGED, *colors))
        self.set_right(f"{len(names)}")
        self.table.cell(0, 0).setToolTip(tr("Pixels without a label; no mean has them"))
        self._grey()

    def show_evaluation(self, evaluation: PixelEvaluation) -> None:
        pixels = max(1, int(evaluation.confusion.sum()))
        for line, item in enumerate(evaluation.per_class):
            figures = (item.iou, item.dice, item.precision, item.recall)
            self.table.show_texts(line, [*map(short_figure, figures),
                                         share_text(item.truth / pixels)])

    def _grey(self) -> None:
        if self.table.rowCount():
            for column in range(self.table.columnCount()):
                self.table.cell(0, column).setForeground(QColor(self._theme.color("soft")))


def figures(evaluation: PixelEvaluation | None) -> dict[str, float]:
    """The figures of :data:`METRICS`; none without an evaluation."""
    if evaluation is None:
        return {}
    return {name: float(getattr(evaluation, name)) for name, _, _ in METRICS}


def comparison(ours: PixelEvaluation, other: PixelEvaluation, ours_name: str, other_name: str
               ) -> Comparison:
    """Each figure of two models, then the IoU of each class of ours."""
    mine, others = figures(ours), figures(other)
    rows = [FigureRow(name, mine[key], others[key]) for key, name, _ in METRICS]
    theirs = {item.name: item.iou for item in other.per_class[1:]}
    rows += [FigureRow(tr("IoU {name}", name=item.name), item.iou,
                       theirs.get(item.name, float("nan")))
             for item in ours.per_class[1:] if not isnan(item.iou) or item.name in theirs]
    same = (tr("the same pixels") if ours.confusion.sum() == other.confusion.sum()
            else tr("other pixels"))
    return Comparison(rows, tr("{ours_name} beside {other_name}, on {same}.", ours_name=ours_name,
                               other_name=other_name, same=same))
