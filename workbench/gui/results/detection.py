"""Results of a detector: what it finds, what it gets wrong, the boxes behind every number."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QWidget

from workbench.gui.context import ImageTarget
from workbench.gui.results.compare import Comparison, comparison
from workbench.gui.results.confusion_view import ConfusionView
from workbench.gui.results.curves import CurvesCard, ScoreCard
from workbench.gui.results.data import ResultSet, Snapshot, evaluated, snapshot
from workbench.gui.results.export import csv_bytes, write_report
from workbench.gui.results.gallery_panel import GalleryPanel
from workbench.gui.results.loading import DetectionLoading
from workbench.gui.results.marks import Marks, spurious
from workbench.gui.results.numbers import ClassesCard, MetricsCard
from workbench.gui.results.page import ResultsPage
from workbench.gui.results.toolbar import DetectionToolbar
from workbench.gui.results.words import Cell, count, file_word, set_line, time_line


class DetectionResults(ResultsPage[DetectionLoading, DetectionToolbar, ResultSet, Snapshot]):
    """Figures, matrix and curves at the left, the pictures at the right."""

    # --- making ---------------------------------------------------------------------------------

    def make_parts(self) -> tuple[tuple[QWidget, ...], QWidget]:
        theme = self._context.theme
        self.loading = DetectionLoading(self._context, self.worker)
        self.toolbar = DetectionToolbar()
        self.metrics = MetricsCard()
        self.confusion = ConfusionView(theme)
        self.curves, self.scores = CurvesCard(theme), ScoreCard(theme)
        self.classes = ClassesCard()
        self.gallery = GalleryPanel(theme)
        self.notice = self.gallery.notice
        self._remember_sliders()
        self.scores.best_wanted.connect(self.toolbar.score.set_value)
        self.gallery.opened.connect(self.open_image)
        self.gallery.order_changed.connect(self.update_numbers)
        self.gallery.cleared.connect(lambda: self.confusion.select(None))
        return (self.metrics, self.confusion, self.curves, self.scores, self.classes), self.gallery

    def _remember_sliders(self) -> None:
        for name, slider in zip(("score", "nms", "match"), self.toolbar.sliders, strict=True):
            stored = self._context.settings.value(f"results/{name}")
            if isinstance(stored, str | float | int):
                slider.set_value(float(stored), announce=False)
            slider.released.connect(
                lambda value, name=name: self._context.settings.setValue(f"results/{name}", value))

    def add_own_actions(self) -> None:
        self.add_action("gallery", "Go to the pictures", self.focus_samples, ("G",), "images")
        self.add_action("best", "Set the score where F1 is best", self.scores.best_button.click,
                        ("B",), "star")
        self.add_action("export", "Save the boxes behind the number as CSV", self.export,
                        ("Ctrl+Shift+E",), "export")

    # --- hooks of the window --------------------------------------------------------------------

    def entered(self, target: object = None) -> None:
        self.gallery.view.setFocus()
        super().entered(target)

    def close_down(self) -> None:
        """End the threads that read and cut."""
        self.worker.stop()
        self.gallery.crops.stop()

    def status(self) -> tuple[str, str]:
        if self.snapshot is None:
            return "", ""
        e = self.snapshot.evaluation
        text = set_line(e.images, e.truths + e.difficult, e.shown, e.raw)
        if self.snapshot.results.left_out:
            text += f" · {count(self.snapshot.results.left_out, 'image')} without labels left out"
        return text, time_line(self.snapshot.milliseconds)

    # --- what the page shows --------------------------------------------------------------------

    def about_to_show(self, results: ResultSet) -> None:
        if self.snapshot is None or self.snapshot.results.keys != results.keys:
            self.gallery.forget()
            self.gallery.set_cell(self.confusion.cell, results.classes)

    def forget_samples(self) -> None:
        self.gallery.forget()

    def judge(self, results: ResultSet) -> Callable[[], Snapshot]:
        return partial(snapshot, results, self.toolbar.thresholds(), self.confusion.cell,
                       self.gallery.order, self.loading.before)

    def show_shown(self, shown: Snapshot) -> None:
        before = self.loading.before
        self.metrics.show_evaluation(shown.evaluation, shown.before,
                                     before.run if before is not None else "")
        self.confusion.set_matrix(shown.evaluation.confusion)
        self.curves.show_evaluation(shown.evaluation, self._colors)
        self.scores.show_evaluation(shown.evaluation, self._colors)
        self.classes.show_evaluation(shown.evaluation)
        if shown.entries.cell == self.confusion.cell:
            self.gallery.show_snapshot(shown, Marks(shown, self._colors))

    def cell_selected(self, cell: Cell | None) -> None:
        self.gallery.set_cell(cell, self._classes)
        super().cell_selected(cell)

    # --- going elsewhere ------------------------------------------------------------------------

    def focus_samples(self) -> None:
        view = self.gallery.view
        if view.row is None and view.gallery.rowCount():
            view.set_row(0)
        view.setFocus()

    def open_image(self, row: int) -> None:
        """Open the image of a picture in Images, at the box that it is about."""
        model = self.gallery.view.gallery
        if self.snapshot is not None and row < model.rowCount():
            whole = self.snapshot.entries.cell is None
            self._context.go("images", ImageTarget(
                model.key(row), box=None if whole else model.box(row), back="results",
                ghost=spurious(self.snapshot, row)))

    def compared(self, other: ResultSet, name: str) -> Callable[[], Comparison]:
        shown, thresholds = self.snapshot, self.toolbar.thresholds()
        assert shown is not None

        def compare() -> Comparison:
            return comparison(shown.evaluation, evaluated(other, thresholds), shown.results.run,
                              name)

        return compare

    def model_thresholds(self) -> tuple[float, float]:
        chosen = self.toolbar.thresholds()
        return chosen.score_thresh, chosen.nms_thresh

    def csv(self, shown: Snapshot) -> tuple[str, Callable[[], bytes]]:
        cell = shown.entries.cell
        what = file_word(cell, shown.results.classes) if cell is not None else "all-boxes"
        return what, partial(csv_bytes, shown)

    def report_writer(self, shown: Snapshot, path: Path, title: str,
                      config: dict[str, Any]) -> Callable[[], Path]:
        return partial(write_report, shown, path, title=title, config=config, colors=self._colors,
                       font=self.font())
