"""Results of a model of areas: how well they are met, pixel by pixel, and where they are not."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QWidget

from workbench.core.class_maps import LIKELIER
from workbench.core.text import tr
from workbench.evaluation.confusion import MatrixCell
from workbench.evaluation.result import Thresholds
from workbench.gui.app.context import ImageTarget
from workbench.gui.app.remember import stored_number
from workbench.gui.results.compare import Comparison
from workbench.gui.results.confusion_view import ConfusionView
from workbench.gui.results.figures import MetricsCard
from workbench.gui.results.matrix_page import MatrixPage
from workbench.gui.results.own_answers import beside_own_answers_note, own_answers_note
from workbench.gui.results.own_score import OwnScore
from workbench.gui.results.toolbar import ResultsToolbar
from workbench.gui.results.waiting import WaitingWords
from workbench.gui.shell.menus import pop_up
from workbench.gui.widgets import LabeledSlider, LinkButton, keep_room
from workbench.tasks.segmentation.messages import cell_sentence, class_notes, file_word, set_line
from workbench.tasks.segmentation.overlays import Mode
from workbench.tasks.segmentation.report import write_report
from workbench.tasks.segmentation.results import (
    AreaSet,
    AreaSnapshot,
    background_last,
    snapshot,
)
from workbench.tasks.segmentation.tables import csv_bytes
from workbench.tasks.segmentation.window.area_panel import MODES, USUAL_COVER, AreaPanel
from workbench.tasks.segmentation.window.figures import (
    METRICS,
    AreaClassesCard,
    comparison,
    figures,
)
from workbench.tasks.segmentation.window.loading import AreaResultsLoader

_STEP = 0.05
_MENU = ("open", "enlarge", "", "found", "labels", "differences", "bare")
"""What the right mouse button offers on an image."""
_COVER = "results/area-cover"


class AreaToolbar(ResultsToolbar):
    """The least score of a pixel."""

    def __init__(self) -> None:
        self.least = LabeledSlider(tr("Least score"), 0.05, 0.95, LIKELIER, step=_STEP)
        self.least.setToolTip(tr("A pixel belongs to its likeliest class from this score on, else "
                                 "to the background. At 0.5 the class is as likely as nothing; "
                                 "lower finds more, higher is more often right"))
        super().__init__("image", (self.least,), tr("figures of images"))
        self.best_button = LinkButton("", tip=tr(
            "Move Least score to where the mean IoU on the validation images is best"))
        keep_room(self.best_button)
        self.best_button.hide()
        self._line.insertWidget(self._line.count() - len(self.buttons) - 1, self.best_button)

    def show_best(self, best: float | None) -> None:
        """Offer the least score that is best, where another one is set."""
        self.best_button.setText(tr("best at {best:.2f}", best=best or LIKELIER))
        self.best_button.setVisible(best is not None and best != self.least.value())


class AreaResults(MatrixPage[AreaResultsLoader, AreaToolbar, AreaSet, AreaSnapshot]):
    """Figures, classes and matrix at the left, the images at the right."""

    prefix = "results.areas"
    words = WaitingWords("image", "Here you see how well a model finds areas, pixel by pixel, and "
                         "where it is wrong.", "evaluated", "Evaluate", "has not evaluated")
    columns = "found"
    beside = frozenset({"before", "compare"})
    classes: AreaClassesCard

    # --- making ---------------------------------------------------------------------------------

    def make_parts(self) -> tuple[tuple[QWidget, ...], QWidget]:
        theme = self._context.theme
        self.loading = AreaResultsLoader(self._context, self.worker)
        self.toolbar = AreaToolbar()
        self.own_score = OwnScore(self._context, self.toolbar, self.toolbar.least)
        self.metrics = MetricsCard(METRICS)
        self.toolbar.best_button.clicked.connect(self._set_best)
        self._leasts: dict[tuple[Path | None, str], float] = {}
        self.toolbar.least.value_changed.connect(self._keep_least)
        self.classes = AreaClassesCard(theme)
        self.confusion = ConfusionView(theme, cell_sentence, counts_nothing=True)
        self.confusion.set_last(tr("background"), tr("Pixels without a label"))
        self.panel = AreaPanel(theme)
        self.view, self.notice = self.panel.view, self.panel.notice
        self._before_cell: Mode | None = None
        self.panel.opened.connect(self.open_image)
        self.panel.menu_wanted.connect(
            lambda at: pop_up(self, self._context.actions, self.prefix, _MENU, at))
        self.panel.order_changed.connect(self.update_numbers)
        self.panel.cleared.connect(self.show_all)
        self.panel.mode_changed.connect(lambda _mode: self._show_panel())
        settings = self._context.settings
        for mode, usual in USUAL_COVER.items():
            self.panel.set_cover(mode, stored_number(settings, f"{_COVER}/{mode}", usual, 0.1, 1))
        self.panel.cover_chosen.connect(
            lambda mode, cover: settings.setValue(f"{_COVER}/{mode}", cover))
        return (self.metrics, self.classes, self.matrix_card()), self.panel

    def add_own_actions(self) -> None:
        super().add_own_actions()
        for mode, (name, _, key) in MODES.items():
            self.add_action(mode, tr("Show over the images: {name}", name=tr(name).lower()),
                            partial(self.panel.modes.select, mode), (key,), "layers")
        self.add_action("open", tr("Open the image"), self.panel.open_chosen, icon="external",
                        may=lambda: self.view.row is not None)
        self.add_action("enlarge", tr("Enlarge the image"), partial(self.panel.show_large, True),
                        icon="zoom-in", may=lambda: self.view.row is not None)
        self.add_action("best", tr("Set the least score where mean IoU is best"), self._set_best,
                        ("B",), "star", may=lambda: not self.toolbar.best_button.isHidden())
        self.add_action("use", tr("Use this score in Predict and suggestions"), self.own_score.use,
                        icon="spark", may=lambda: self.own_score.offered)
        self.add_action("bare", tr("Hide or show the areas"), self.panel.toggle_bare, ("H",),
                        "eye-off")
        self.add_action("gallery", tr("Go to the images"), self.focus_samples, ("G",), "images")
        self.add_action("export", tr("Save the figures of the images as CSV"), self.export,
                        ("Ctrl+Shift+E",), "export")

    # --- hooks of the window --------------------------------------------------------------------

    def entered(self, target: object = None) -> None:
        self.view.setFocus()
        super().entered(target)

    def close_down(self) -> None:
        """End the threads that read and draw."""
        self.loading.give_up()
        self.worker.close()
        self.panel.stop()

    def note(self) -> str:
        if self.snapshot is None:
            return ""
        results, before = self.snapshot.results, self.loading.before
        labels = {record.key: record.objects for record in results.records}
        own = own_answers_note(self._context.session, results.run, labels)
        if before is not None:
            own += " " + beside_own_answers_note(
                self._context.session, {before.run: self.loading.title(before.run)}, labels)
        return " ".join(filter(None, (own.strip(), *class_notes(results))))

    def set_words(self, shown: AreaSnapshot) -> str:
        return set_line(shown)

    # --- what the page shows --------------------------------------------------------------------

    def about_to_show(self, results: AreaSet) -> None:
        self.toolbar.least.set_value(
            self._leasts.get(self._run_key(results), results.first_least), announce=False)
        self.own_score.show_run(results.run, results.own)
        before = self.snapshot.results.keys if self.snapshot is not None else ()
        if before != results.keys:
            self.panel.forget()

    def _run_key(self, results: AreaSet) -> tuple[Path | None, str]:
        """Runs of two projects may have one name."""
        session = self._context.session
        return session.folder if session is not None else None, results.run

    def _keep_least(self, value: float) -> None:
        if self.snapshot is not None:
            self._leasts[self._run_key(self.snapshot.results)] = value

    def _set_best(self) -> None:
        best = self.snapshot.results.best_least if self.snapshot is not None else None
        if best is not None:
            self.toolbar.least.set_value(best)

    def forget_samples(self) -> None:
        self.panel.forget()

    def cell_selected(self, cell: MatrixCell | None) -> None:
        """Differences show what a cell is about; without one, what was shown before."""
        if cell is not None:
            self._before_cell = self._before_cell or self.panel.mode
            self.panel.set_mode("differences")
        elif self._before_cell is not None:
            self.panel.set_mode(self._before_cell)
            self._before_cell = None
        self.panel.offer_orders(of_cell=cell is not None)
        super().cell_selected(cell)

    def snapshot_of(self, results: AreaSet) -> Callable[[], AreaSnapshot]:
        self.panel.offer_orders(of_cell=self.confusion.cell is not None)
        return partial(snapshot, results, self.toolbar.least.value(), self.confusion.cell,
                       self.panel.order, self.loading.before)

    def show_snapshot(self, shown: AreaSnapshot) -> None:
        before = self.loading.before
        self.metrics.show_figures(figures(shown.evaluation), figures(shown.before),
                                  self._title_at(before.run, before.first_least)
                                  if before is not None else "")
        self.metrics.show_warning(shown.results.doubt)
        self.toolbar.show_best(shown.results.best_least)
        self.classes.show_evaluation(shown.evaluation)
        self.confusion.set_matrix(background_last(shown.evaluation.confusion))
        self._show_panel()

    def _show_panel(self) -> None:
        shown = self.snapshot
        if shown is not None and shown.cell == self.confusion.cell:
            self.panel.show_snapshot(shown, self._colors)

    def focus_samples(self) -> None:
        self.area.show_part(1)
        if self.view.row is None and self.view.images.rowCount():
            self.view.set_row(0)
        (self.panel.large if self.panel.is_large else self.view).setFocus()

    # --- going elsewhere ------------------------------------------------------------------------

    def open_image(self, row: int) -> None:
        """Open an image where it is labelled."""
        if self.snapshot is not None and row < self.view.images.rowCount():
            self._context.go("images", ImageTarget(self.view.images.key(row), back="results"))

    def compared(self, other: AreaSet, name: str) -> Callable[[], Comparison]:
        shown = self.snapshot
        assert shown is not None
        titles = (self._title_at(shown.results.run, shown.evaluation.least),
                  self._title_at(other.run, other.first_least))
        own = beside_own_answers_note(
            self._context.session,
            {run: self.loading.title(run) for run in (shown.results.run, other.run)},
            {record.key: record.objects for record in shown.results.records})
        return lambda: comparison(shown.evaluation, other.tables.evaluated(other.first_least),
                                  *titles).also(own)

    def _title_at(self, run: str, least: float) -> str:
        """What a run is called, and the least score that it is judged at."""
        return tr("{run} (least score {score:.2f})", run=self.loading.title(run), score=least)

    def model_thresholds(self) -> tuple[float, float]:
        return self.toolbar.least.value(), Thresholds().nms_thresh

    def csv(self, shown: AreaSnapshot) -> tuple[str, Callable[[], bytes]]:
        return file_word(shown.cell, shown.results.classes), partial(csv_bytes, shown)

    def report_writer(self, shown: AreaSnapshot, path: Path, title: str,
                      config: dict[str, Any]) -> Callable[[], Path]:
        return partial(write_report, path, shown.results, shown.evaluation.least, title=title,
                       config=config, colors=self._colors)
