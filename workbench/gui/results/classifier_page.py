"""Results of a classifier of anything: what it confuses, and the samples behind every number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Generic

from PySide6.QtWidgets import QWidget

from workbench.core.text import count, several, tr
from workbench.evaluation.classification import BACKGROUND, Classification
from workbench.evaluation.confusion import MatrixCell
from workbench.evaluation.scored import SampleT, ScoredSet, ScoredSnapshot, figures, snapshot
from workbench.gui.results.classifier_cards import (
    CalibrationCard,
    ClassifierToolbar,
    class_columns,
    class_rows,
    metric_words,
    rank_lines,
)
from workbench.gui.results.classifier_texts import cell_sentence, cell_title, file_word, set_line
from workbench.gui.results.confusion_view import ConfusionView
from workbench.gui.results.figures import ClassesCard, MetricsCard
from workbench.gui.results.label_page import LabelPage
from workbench.gui.results.matrix_page import MatrixPage
from workbench.gui.results.rank_cards import PrecisionRecallCard, RocCard
from workbench.gui.results.shown import LoadingT


class ClassifierPage(
    MatrixPage[LoadingT, ClassifierToolbar, ScoredSet[SampleT], ScoredSnapshot[SampleT]],
    LabelPage[LoadingT, ClassifierToolbar, ScoredSet[SampleT], ScoredSnapshot[SampleT], SampleT],
    Generic[LoadingT, SampleT],
):
    """Figures, matrix and curves at the left, the samples at the right."""

    columns = "predicted"

    def make_parts(self) -> tuple[tuple[QWidget, ...], QWidget]:
        theme = self._context.theme
        self.loading = self.make_loading()
        self.toolbar = ClassifierToolbar(self.noun)
        self.metrics = MetricsCard(metric_words(self.noun))
        self.confusion = ConfusionView(theme, self._cell_words)
        self.roc, self.precision_recall = RocCard(theme), PrecisionRecallCard(theme)
        self.calibration = CalibrationCard(theme)
        self.classes = ClassesCard(class_columns(self.noun), means=(tr("Mean"), tr("Weighted")))
        return (self.metrics, self.matrix_card(), self.classes, self.roc, self.precision_recall,
                self.calibration), self.make_list()

    def _cell_words(self, cell: MatrixCell, number: int, classes: Sequence[str]) -> str:
        results = self.loading.results
        return cell_sentence(self.noun, cell, number, classes,
                             results is not None and results.background)

    def use_noun(self, noun: str) -> None:
        """Samples are called so from now on: parts of recordings are no sounds."""
        if noun != self.noun:
            self.noun = noun
            self.toolbar.use_noun(noun)
            self.panel.use_noun(noun)
            self.metrics.use_words(metric_words(noun))
            self.classes.table.use_words(class_columns(noun))

    # --- what the page shows --------------------------------------------------------------------

    def set_words(self, shown: ScoredSnapshot[SampleT]) -> str:
        wrong = int((shown.evaluation.predicted != shown.evaluation.truth).sum())
        return set_line(self.noun, len(shown.results.samples), wrong, shown.results.left_out)

    def snapshot_of(
        self, results: ScoredSet[SampleT]
    ) -> Callable[[], ScoredSnapshot[SampleT]]:
        return partial(snapshot, results, self.toolbar.threshold.value(), self.confusion.cell,
                       self.panel.order, self.loading.before)

    def show_snapshot(self, shown: ScoredSnapshot[SampleT]) -> None:
        before, evaluation = self.loading.before, shown.evaluation
        self.metrics.show_figures(
            figures(evaluation), figures(shown.before) if shown.before is not None else {},
            self.loading.title(before.run) if before is not None else "")
        self.metrics.figures["top5"].setVisible(evaluation.top is not None)
        self.metrics.show_warning(shown.results.doubt)
        self.confusion.set_matrix(evaluation.confusion)
        lines = rank_lines(evaluation, self._colors)
        self.roc.show_lines(lines)
        self.precision_recall.show_lines(lines)
        self.calibration.show_classification(evaluation)
        self._show_classes(evaluation)
        if shown.cell == self.confusion.cell:
            self.panel.show_snapshot(shown, self._title(shown))

    def _title(self, shown: ScoredSnapshot[SampleT]) -> str:
        number, cell = len(shown.rows), shown.cell
        return count(number, self.noun) if cell is None else cell_title(
            self.noun, cell, number, shown.results.classes, shown.results.background)

    def _show_classes(self, now: Classification) -> None:
        self.classes.show_rows(class_rows(now))
        self.classes.set_right(tr("{number} and background", number=len(now.classes))
                               if now.none == BACKGROUND else f"{len(now.classes)}")

    def table_name(self, shown: ScoredSnapshot[SampleT]) -> str:
        """What a table of the samples in the list is called."""
        cell = shown.cell
        if cell is None:
            return f"all-{several(self.noun)}"
        return file_word(cell, shown.results.classes)
