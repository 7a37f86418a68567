"""Results of a classifier of anything: what it confuses, and the samples behind every number."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar, Generic

from PySide6.QtWidgets import QWidget

from workbench.core.classes import HOTKEYS
from workbench.core.errors import WorkbenchError
from workbench.core.text import count
from workbench.evaluation.classification import BACKGROUND, Classification
from workbench.evaluation.confusion import MatrixCell
from workbench.evaluation.scored import SampleT, ScoredSet, ScoredSnapshot, figures, snapshot
from workbench.gui.results.classifier_cards import (
    CalibrationCard,
    ClassifierToolbar,
    RocCard,
    class_columns,
    class_rows,
    metric_words,
)
from workbench.gui.results.classifier_list import ScoredPanel, ScoredView
from workbench.gui.results.classifier_words import cell_sentence, file_word, set_line
from workbench.gui.results.confusion_view import ConfusionView
from workbench.gui.results.figures import ClassesCard, MetricsCard
from workbench.gui.results.page import LoadingT, ResultsPage


class ClassifierPage(
    ResultsPage[LoadingT, ClassifierToolbar, ScoredSet[SampleT], ScoredSnapshot[SampleT]],
    Generic[LoadingT, SampleT],
):
    """Figures, matrix and curves at the left, the samples at the right."""

    noun: ClassVar[str]
    """What a sample is called ("sound")."""
    columns = "predicted"
    list_icon: ClassVar[str] = "images"

    panel: ScoredPanel[Any]
    view: ScoredView[SampleT]

    # --- what differs between tasks -------------------------------------------------------------

    @abstractmethod
    def make_loading(self) -> LoadingT:
        """Make what reads runs and labels."""

    @abstractmethod
    def make_panel(self) -> ScoredPanel[Any]:
        """Make the right side."""

    @abstractmethod
    def give_label(self, samples: Sequence[SampleT], name: str) -> int:
        """Give samples another class, as one step; return how many changed.

        Raises
        ------
        WorkbenchError
            If labels must not be changed; nothing was changed then.
        """

    @abstractmethod
    def current_label(self, sample: SampleT) -> str:
        """What a sample is called now."""

    @abstractmethod
    def open_sample(self, row: int) -> None:
        """Open a sample in the place where it is labelled."""

    # --- making ---------------------------------------------------------------------------------

    def make_parts(self) -> tuple[tuple[QWidget, ...], QWidget]:
        theme = self._context.theme
        self.loading = self.make_loading()
        self.toolbar = ClassifierToolbar(self.noun)
        self.metrics = MetricsCard(metric_words(self.noun))
        self.confusion = ConfusionView(theme, self._cell_words)
        self.roc = RocCard(theme)
        self.calibration = CalibrationCard(theme)
        self.classes = ClassesCard(class_columns(self.noun))
        self.panel = self.make_panel()
        self.view = self.panel.view
        self.view.samples.current_label = self.current_label
        self.notice = self.panel.notice
        self.panel.opened.connect(self.open_sample)
        self.panel.order_changed.connect(self.update_numbers)
        self.panel.cleared.connect(lambda: self.confusion.select(None))
        self.view.digit_pressed.connect(self.relabel)
        return (self.metrics, self.confusion, self.classes, self.roc,
                self.calibration), self.panel

    def _cell_words(self, cell: MatrixCell, number: int, classes: Sequence[str]) -> str:
        results = self.loading.results
        return cell_sentence(self.noun, cell, number, classes,
                             results is not None and results.background)

    def add_own_actions(self) -> None:
        add = self.add_action

        def undo_text(name: str) -> str | None:
            session = self._context.session
            return getattr(session.undo, name) if session is not None else None

        add("list", f"Go to the {self.noun}s", self.focus_samples, ("G",), self.list_icon)
        add("export", f"Save the {self.noun}s in the list as CSV", self.export, ("Ctrl+Shift+E",),
            "export")
        add("undo", "Undo", partial(self._undo_or_redo, "undo"), ("Ctrl+Z",), "undo", menu="Edit",
            may=lambda: undo_text("undo_text"))
        add("redo", "Redo", partial(self._undo_or_redo, "redo"), ("Ctrl+Shift+Z", "Ctrl+Y"), "redo",
            menu="Edit", may=lambda: undo_text("redo_text"))
        for digit in HOTKEYS:
            add(f"class_{digit}", f"Relabel with class {digit}", partial(self.relabel, digit),
                (digit,), "tag", menu="", may=lambda: self.view.chosen_rows())

    def set_words(self, shown: ScoredSnapshot[SampleT]) -> str:
        wrong = int((shown.evaluation.predicted != shown.evaluation.truth).sum())
        return set_line(self.noun, len(shown.results.samples), wrong, shown.results.left_out)

    # --- what the page shows --------------------------------------------------------------------

    def forget_samples(self) -> None:
        self.panel.forget()

    def classes_shown(self) -> None:
        """Say which key gives which class."""
        session = self._context.session
        classes = session.classes if session is not None else None
        keyed = ((digit, classes.for_hotkey(digit)) for digit in HOTKEYS) if classes else ()
        self.panel.set_classes([(digit, name) for digit, name in keyed if name is not None])

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
        self.roc.show_classification(evaluation, self._colors)
        self.calibration.show_classification(evaluation)
        self._show_classes(evaluation)
        if shown.cell == self.confusion.cell:
            self.panel.show_snapshot(shown)

    def _show_classes(self, now: Classification) -> None:
        self.classes.show_rows(class_rows(now))
        more = " and background" if now.none == BACKGROUND else ""
        self.classes.set_right(f"{len(now.classes)}{more}")

    def labels_shown(self) -> None:
        self.view.viewport().update()

    def focus_samples(self) -> None:
        self.area.show_part(1)
        if self.view.row is None and self.view.samples.rowCount():
            self.view.set_row(0)
        self.view.setFocus()

    def table_name(self, shown: ScoredSnapshot[SampleT]) -> str:
        """What a table of the samples in the list is called."""
        cell = shown.cell
        return file_word(cell, shown.results.classes) if cell is not None else f"all-{self.noun}s"

    # --- mending labels -------------------------------------------------------------------------

    def relabel(self, digit: str) -> None:
        """Give all selected samples the class on a digit key."""
        session = self._context.session
        name = session.classes.for_hotkey(digit) if session is not None else None
        rows = self.view.chosen_rows()
        if name is None or not rows or self.snapshot is None:
            return
        try:
            changed = self.give_label([self.view.samples.sample(row) for row in rows], name)
        except WorkbenchError as error:
            self._context.say("warn", error.sentence())
            return
        if changed:
            verb = "is" if changed == 1 else "are"
            self._context.say("ok", f"{count(changed, self.noun)} {verb} “{name}” now.", "Undo",
                              partial(self._undo_or_redo, "undo"))

    def _undo_or_redo(self, way: str) -> None:
        """Take a step back, or again."""
        session = self._context.session
        if session is None:
            return
        try:
            getattr(session.undo, way)()
        except WorkbenchError as error:
            self._context.say("warn", error.sentence())
