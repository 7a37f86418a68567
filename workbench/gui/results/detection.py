"""Results of a detector: what it finds, what it gets wrong, the boxes behind every number."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, QUrl
from PySide6.QtGui import QDesktopServices, QShowEvent
from PySide6.QtWidgets import QFileDialog, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from workbench.evaluation.result import Evaluation
from workbench.formats.atomic import write_atomic
from workbench.gui import tokens
from workbench.gui.actions import Action
from workbench.gui.context import AppContext, ImageTarget, RunTarget
from workbench.gui.places import PlaceWidget
from workbench.gui.remember import remember_splitter
from workbench.gui.results.compare import ComparePopup
from workbench.gui.results.confusion_view import ConfusionView
from workbench.gui.results.curves import CurvesCard, ScoreCard
from workbench.gui.results.data import ResultSet, Snapshot, evaluated, snapshot
from workbench.gui.results.export import csv_bytes, write_report
from workbench.gui.results.gallery_panel import GalleryPanel
from workbench.gui.results.loading import DetectionLoading
from workbench.gui.results.marks import Marks, class_colors, spurious
from workbench.gui.results.numbers import ClassesCard, MetricsCard
from workbench.gui.results.toolbar import Toolbar
from workbench.gui.results.waiting import WaitingPage
from workbench.gui.results.words import Cell, count, file_word, set_line, time_line
from workbench.gui.results.worker import Worker
from workbench.gui.widgets import Card, scrolling

_LEFT_WIDTH, _LEFT_LEAST = 436, 420
_PATIENCE_MS = 250
"""What takes longer than this is said to be waited for."""


class DetectionResults(PlaceWidget):
    """One run on one split: figures, matrix and curves at the left, the pictures at the right."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self.worker = Worker(("runs", "open", "evaluate", "before", "compare", "export"), self)
        self.loading = DetectionLoading(context, self.worker)
        self.snapshot: Snapshot | None = None
        self._classes: tuple[str, ...] = ()
        self._colors: tuple[str, ...] = ()
        self._recomputed = False
        self._disconnect: list[Callable[[], None]] = []
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.timeout.connect(lambda: self._pages.setCurrentWidget(self.waiting))
        self._make_widgets()
        self._arrange()
        self._connect()
        self._register_actions()
        self._session_changed()

    def close_down(self) -> None:
        """End the threads that read and cut."""
        self.worker.stop()
        self.gallery.crops.stop()

    # --- making ---------------------------------------------------------------------------------

    def _make_widgets(self) -> None:
        theme = self._context.theme
        self.toolbar = Toolbar()
        self.metrics = MetricsCard()
        self.confusion = ConfusionView(theme)
        self.curves, self.scores = CurvesCard(theme), ScoreCard(theme)
        self.classes = ClassesCard()
        self.gallery = GalleryPanel(theme)
        self.notice = self.gallery.notice
        self.waiting = WaitingPage()
        self.compare = ComparePopup(theme, self)
        self._pages = QStackedWidget()
        for name, slider in zip(("score", "nms", "match"), self.toolbar.sliders, strict=True):
            stored = self._context.settings.value(f"results/{name}")
            if isinstance(stored, str | float | int):
                slider.set_value(float(stored), announce=False)
            slider.released.connect(
                lambda value, name=name: self._context.settings.setValue(f"results/{name}", value))

    def _arrange(self) -> None:
        matrix = Card("Confusion", "rows: true, columns: detected")
        matrix.add(self.confusion)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(tokens.SPACE_L, tokens.SPACE_M, tokens.SPACE_XS, tokens.SPACE_L)
        column.setSpacing(tokens.SPACE_M)
        for card in (self.metrics, matrix, self.curves, self.scores, self.classes):
            column.addWidget(card)
        column.addStretch(1)
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        column_area = scrolling(left)
        self._splitter.addWidget(column_area)
        self._splitter.addWidget(self.gallery)
        self._splitter.setHandleWidth(1)
        self._splitter.setStretchFactor(1, 1)
        self._splitter.setCollapsible(0, True)  # dragged to the edge it folds away
        self._splitter.setCollapsible(1, False)
        column_area.setMinimumWidth(_LEFT_LEAST)
        self._splitter.setSizes([_LEFT_WIDTH, 1000])
        remember_splitter(self._splitter, self._context.settings, "results/splitter")
        for page in (self.waiting, self._splitter):
            self._pages.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.toolbar)
        layout.addWidget(self._pages, 1)

    def _connect(self) -> None:
        loading, bar = self.loading, self.toolbar
        loading.runs_changed.connect(self._show_runs)
        loading.opened.connect(self._opened)
        loading.before_opened.connect(self.update_numbers)
        loading.working.connect(self._show_work)
        loading.detections_missing.connect(self._detections_missing)
        loading.failed.connect(self._failed)
        bar.run_chosen.connect(loading.choose_run)
        bar.part_chosen.connect(loading.choose_part)
        bar.thresholds_changed.connect(self.update_numbers)
        bar.compare_pressed.connect(self.open_compare)
        bar.report_pressed.connect(self.write_report)
        bar.export_pressed.connect(self.export)
        self.scores.best_wanted.connect(self._set_score)
        self.confusion.selected.connect(self._cell_selected)
        self.confusion.entered.connect(self.focus_gallery)
        self.gallery.opened.connect(self.open_image)
        self.gallery.order_changed.connect(self.update_numbers)
        self.gallery.cleared.connect(lambda: self.confusion.select(None))
        self.notice.recompute_pressed.connect(self.recompute)
        self.notice.detect_pressed.connect(loading.detect)
        self.notice.train_pressed.connect(lambda: self._context.go("train"))
        self.waiting.train_pressed.connect(lambda: self._context.go("train"))
        self.waiting.detect_pressed.connect(loading.detect)
        self.waiting.cancel_pressed.connect(loading.cancel_detecting)
        self.waiting.retry_pressed.connect(lambda: loading.open(loading.part))
        self.compare.run_chosen.connect(self._compare_with)
        self._context.session_changed.connect(self._session_changed)
        self.destroyed.connect(self.worker.stop)

    def _register_actions(self) -> None:
        def add(name: str, text: str, run: Callable[[], object], keys: str = "",
                icon: str = "") -> None:
            self._context.actions.add(Action(
                f"results.{name}", text, run, (keys,) if keys else (), "results", "Results", icon,
                lambda: self.snapshot is not None and self.isVisible()))

        add("matrix", "Go to the confusion matrix", self.confusion.setFocus, "M", "grid")
        add("gallery", "Go to the pictures", self.focus_gallery, "G", "images")
        add("all", "Show all images", lambda: self.confusion.select(None), "Ctrl+0", "list")
        add("best", "Set the score where F1 is best", self.scores.best_button.click, "B", "star")
        add("recompute", "Recompute with the labels as they are now", self.recompute, "F5",
            "refresh")
        add("compare", "Compare with another run", self.open_compare, "C", "compare")
        add("report", "Write a report", self.write_report, "Ctrl+Shift+R", "file")
        add("export", "Save the boxes behind the number as CSV", self.export, "Ctrl+Shift+E",
            "export")
        add("train", "Train again", lambda: self._context.go("train"), "", "train")

    # --- hooks of the window --------------------------------------------------------------------

    def entered(self, target: object = None) -> None:
        self.gallery.view.setFocus()
        self.loading.refresh(target.run if isinstance(target, RunTarget) else "")

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._labels_changed()

    def status(self) -> tuple[str, str]:
        if self.snapshot is None:
            return "", ""
        e = self.snapshot.evaluation
        text = set_line(e.images, e.truths + e.difficult, e.shown, e.raw)
        if self.snapshot.results.left_out:
            text += f" · {count(self.snapshot.results.left_out, 'image')} without labels left out"
        return text, time_line(self.snapshot.milliseconds)

    def _session_changed(self) -> None:
        for disconnect in self._disconnect:
            disconnect()
        self._disconnect.clear()
        self.loading.forget()
        self._forget()
        session = self._context.session
        if session is not None:
            self._disconnect = [session.undo.changed.connect(self._labels_changed),
                                session.classes.changed.connect(self._classes_changed)]
        self._show_runs()
        if self.isVisible():
            self.loading.refresh()

    def _forget(self) -> None:
        self.snapshot = None
        self._recomputed = False
        self.gallery.forget()
        self.toolbar.set_ready(False)
        self.notice.hide()
        self._context.status_changed.emit()

    # --- runs, splits, opening ------------------------------------------------------------------

    def _show_runs(self) -> None:
        runs, chosen = self.loading.runs, self.loading.run
        self.toolbar.setVisible(chosen is not None)
        self.toolbar.set_runs(runs, chosen.name if chosen is not None else "")
        self._show_parts()
        if chosen is None:
            self._patience.stop()
            self.waiting.ask_to_train(any(run.state in ("running", "paused") for run in runs))
            self._pages.setCurrentWidget(self.waiting)

    def _show_parts(self) -> None:
        labels = self.loading.labels
        self.toolbar.set_parts(labels.counts() if labels is not None else {}, self.loading.part)

    def _show_work(self, text: str, done: int, total: int) -> None:
        self.waiting.show_work(text, done, total, can_cancel=self.loading.detecting)
        self.toolbar.set_ready(False)
        if self._pages.currentWidget() is not self.waiting and not self._patience.isActive():
            self._patience.start(_PATIENCE_MS)

    def _detections_missing(self, just_opened: bool) -> None:
        self._forget()
        run, labels = self.loading.run, self.loading.labels
        if run is None:
            return
        images = labels.counts().get(self.loading.part, 0) if labels is not None else 0
        if just_opened and images and self._context.engine.state != "busy":
            self.loading.detect()
            return
        self._patience.stop()
        self.waiting.offer_detection(run.name, self.loading.part, images)
        self._pages.setCurrentWidget(self.waiting)

    def _failed(self, sentence: str) -> None:
        self._forget()
        self._patience.stop()
        self.waiting.show_failure(sentence)
        self._pages.setCurrentWidget(self.waiting)

    def _opened(self) -> None:
        self._show_parts()
        results = self.loading.results
        if results is None:
            return
        if results.classes != self._classes or not self._colors:
            self._set_classes(results.classes)
        if self.snapshot is None or self.snapshot.results.keys != results.keys:
            self.gallery.forget()
            self.gallery.set_cell(self.confusion.cell, results.classes)
        self._recomputed = self._recomputed and self._same_set(results)
        self.toolbar.set_ready(True)
        self.update_numbers()

    def _same_set(self, results: ResultSet) -> bool:
        old = self.snapshot.results if self.snapshot is not None else None
        return old is not None and (old.run, old.split) == (results.run, results.split)

    def _set_classes(self, classes: tuple[str, ...]) -> None:
        session = self._context.session
        self._classes = classes
        self._colors = class_colors(classes, session.classes if session is not None else None)
        self.confusion.set_classes(classes, self._colors)
        self.classes.set_classes(classes, self._colors)

    def _classes_changed(self) -> None:
        """Names or colours of classes are others now."""
        self.loading.forget_labels()
        session = self._context.session
        colors = class_colors(self._classes, session.classes if session is not None else None)
        if colors != self._colors and self.snapshot is not None:
            cell = self.confusion.cell
            self._set_classes(self._classes)
            self.confusion.select(cell)
            self._show(self.snapshot)

    # --- numbers --------------------------------------------------------------------------------

    def update_numbers(self) -> None:
        """Evaluate with what sliders, matrix and order say now; only the newest wish counts."""
        results = self.loading.results
        if results is not None:
            self.worker.ask(
                "evaluate",
                partial(snapshot, results, self.toolbar.thresholds(), self.confusion.cell,
                        self.gallery.order, self.loading.before),
                self._show, self._failed)

    def _show(self, shown: Snapshot) -> None:
        if shown.results is not self.loading.results:
            return
        self._patience.stop()
        self.snapshot = shown
        before = self.loading.before
        self.metrics.show_evaluation(shown.evaluation, shown.before,
                                     before.run if before is not None else "")
        self.confusion.set_matrix(shown.evaluation.confusion)
        self.curves.show_evaluation(shown.evaluation, self._colors)
        self.scores.show_evaluation(shown.evaluation, self._colors)
        self.classes.show_evaluation(shown.evaluation)
        if shown.entries.cell == self.confusion.cell:
            self.gallery.show_snapshot(shown, Marks(shown, self._colors))
        self._pages.setCurrentWidget(self._splitter)
        self._labels_changed()
        self._context.status_changed.emit()

    def _cell_selected(self, cell: Cell | None) -> None:
        self.gallery.set_cell(cell, self._classes)
        self.update_numbers()

    def _set_score(self, score: float) -> None:
        self.toolbar.score.set_value(score)

    # --- mended labels --------------------------------------------------------------------------

    def _labels_changed(self) -> None:
        if self.snapshot is None or not self.isVisible():
            return
        self.notice.show_state(self.loading.changed(), self._recomputed,
                               self.snapshot.results.missing)

    def recompute(self) -> None:
        """Count again with the labels as they are now."""
        if self.loading.changed():
            self._recomputed = True
            self.loading.recompute()

    # --- going elsewhere ------------------------------------------------------------------------

    def focus_gallery(self) -> None:
        """Give the keyboard to the pictures."""
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

    def open_compare(self) -> None:
        """Open the table with the figures of another run."""
        if self.snapshot is not None:
            self.compare.open_under(self.toolbar.compare_button,
                                    [run.name for run in self.loading.others()])

    def _compare_with(self, name: str) -> None:
        thresholds = self.toolbar.thresholds()

        def compared(other: ResultSet) -> None:
            self.worker.ask("compare", partial(evaluated, other, thresholds),
                            partial(self._show_comparison, name))

        self.loading.open_other(name, "compare", compared)

    def _show_comparison(self, name: str, other: Evaluation) -> None:
        if self.snapshot is not None and self.compare.isVisible():
            self.compare.show_figures(self.snapshot.results.run, self.snapshot.evaluation, name,
                                      other)

    def export(self) -> None:
        """Ask for a file and write the boxes behind the number into it."""
        shown = self.snapshot
        if shown is None or self.loading.run is None:
            return
        cell = shown.entries.cell
        what = file_word(cell, shown.results.classes) if cell is not None else "all-boxes"
        name = f"{shown.results.run}-{shown.results.split}-{what}.csv"
        start = self.loading.run.folder.path / name
        chosen, _ = QFileDialog.getSaveFileName(self, "Save the boxes", str(start), "CSV (*.csv)")
        if chosen:
            path = Path(chosen)
            self.worker.ask("export", lambda: write_atomic(path, csv_bytes(shown)),
                            lambda _none: self._context.say("ok", f"Saved {path.name}."),
                            partial(self._context.say, "bad"))

    def write_report(self) -> None:
        """Write the report into the run's folder and open it."""
        shown, session, run = self.snapshot, self._context.session, self.loading.run
        if shown is None or session is None or run is None:
            return
        path = run.folder.path / f"report-{shown.results.split}.html"
        title, colors, font = session.manifest.name, self._colors, self.font()
        self.worker.ask(
            "export", lambda: write_report(shown, path, title=title, config=run.folder.config,
                                           colors=colors, font=font),
            self._report_written, partial(self._context.say, "bad"))

    def _report_written(self, path: Path) -> None:
        url = QUrl.fromLocalFile(str(path))
        QDesktopServices.openUrl(url)
        self._context.say("ok", f"Report written: {path.parent.name}/{path.name}", "Open",
                          partial(QDesktopServices.openUrl, url))
