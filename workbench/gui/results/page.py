"""What the results of every kind of model share: choosing, waiting, figures left, samples right.

A page for one task adds its cards, its samples and how they are judged.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, Generic

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from workbench.core.background import WorkQueue
from workbench.core.classes import colors_of
from workbench.core.signal import Connections
from workbench.core.text import several, tr
from workbench.evaluation.confusion import MatrixCell
from workbench.evaluation.result import Thresholds
from workbench.gui.app.actions import Action
from workbench.gui.app.context import AppContext, RunTarget, TrainTarget
from workbench.gui.app.remember import remember_splitter
from workbench.gui.background.threads import work_queue
from workbench.gui.results.compare import ComparePopup, Comparison
from workbench.gui.results.exports import save_table, write_report
from workbench.gui.results.model_export import ModelExport
from workbench.gui.results.notice import UpdateNotice
from workbench.gui.results.shown import BarT, LoadingT, SetT, ShownT
from workbench.gui.results.status_words import time_words
from workbench.gui.results.waiting import WaitingPage, WaitingWords
from workbench.gui.shell.places import PlaceWidget
from workbench.gui.style import tokens
from workbench.gui.widgets import scrolling
from workbench.gui.widgets.fitting import Stacking
from workbench.gui.widgets.layout import column

_LEFT_WIDTH, _LEFT_LEAST, _LEFT_SHARE = 436, 404, 0.5
_STACKED = 720
"""Width in logical pixels below which the samples lie below the figures."""
_PATIENCE_MS = 250
"""What takes longer than this is said to be waited for."""
_KINDS = ("runs", "open", "evaluate", "before", "compare", "export")


class ResultsPage(PlaceWidget, Generic[LoadingT, BarT, SetT, ShownT]):
    """One run on one split: figures and curves at the left, the samples at the right.

    A page sets the class attributes, makes its widgets in :meth:`make_parts` and answers the
    hooks below it.
    """

    prefix: ClassVar[str] = "results"
    """Of the names of its actions and of what it remembers."""
    words: ClassVar[WaitingWords]
    beside: ClassVar[frozenset[str]] = frozenset()
    """Kinds of work, of those below, that are done on a thread of their own, as they take so long
    that sliders would wait."""
    exports_models: ClassVar[bool] = True
    """Whether its models can be written for other programs."""
    loading: LoadingT
    toolbar: BarT
    notice: UpdateNotice
    snapshot: ShownT | None

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self.worker: WorkQueue[str] = work_queue(
            self, "results", threads=2 if self.beside else 1, urgency=_KINDS.index,
            group=lambda kind: kind in self.beside)
        self.snapshot = None
        self._classes: tuple[str, ...] = ()
        self._colors: tuple[str, ...] = ()
        self._names: frozenset[str] = frozenset()
        self._renamed = self._stale = False
        self._recomputed = False
        self._connections = Connections()
        self._patience = QTimer(self, singleShot=True)
        self.waiting = WaitingPage(self.words)
        self.compare = ComparePopup(context.theme, self)
        self.model_export = ModelExport(context)
        self._pages = QStackedWidget()
        self._patience.timeout.connect(lambda: self._pages.setCurrentWidget(self.waiting))
        self._arrange(*self.make_parts())
        self.toolbar.model_action.setVisible(self.exports_models)
        self._connect_all()
        self._register_actions()
        self._session_changed()

    # --- what differs between tasks -------------------------------------------------------------

    def make_parts(self) -> tuple[tuple[QWidget, ...], QWidget]:
        """Make the widgets that are declared above; return those at the left, and the right
        side."""
        raise NotImplementedError

    def snapshot_of(self, results: SetT) -> Callable[[], ShownT]:
        """What makes a snapshot of ``results`` with what sliders, choice and order say now."""
        raise NotImplementedError

    def show_snapshot(self, shown: ShownT) -> None:
        """Put a snapshot into the cards and the list."""
        raise NotImplementedError

    def compared(self, other: SetT, name: str) -> Callable[[], Comparison]:
        """What sets the figures of another run beside those on the screen; for the worker."""
        raise NotImplementedError

    def csv(self, shown: ShownT) -> tuple[str, Callable[[], bytes]]:
        """Name of what is behind the chosen number, and what makes a table of it."""
        raise NotImplementedError

    def report_writer(self, shown: ShownT, path: Path, title: str,
                      config: dict[str, Any]) -> Callable[[], Path]:
        """What writes the report; for the worker."""
        raise NotImplementedError

    def set_words(self, shown: ShownT) -> str:
        """What the figures are of, for the status bar."""
        raise NotImplementedError

    def focus_samples(self) -> None:
        """Give the keyboard to the pictures or sounds."""
        raise NotImplementedError

    def model_thresholds(self) -> tuple[float, float]:
        """Score and NMS that travel along in an exported model, where it has any."""
        first = Thresholds()
        return first.score_thresh, first.nms_thresh

    def about_to_show(self, results: SetT) -> None:
        """Another set was opened and is judged next."""

    def forget_samples(self) -> None:
        """Drop the samples that are shown."""

    def classes_shown(self) -> None:
        """Names, colours or keys of classes are others now."""

    def labels_shown(self) -> None:
        """A label was changed while the page is visible."""

    def show_all(self) -> None:
        """Show every sample again."""

    def wanted_width(self) -> int:
        """Width at which the left side shows all at a glance."""
        return _LEFT_WIDTH

    def show_class_names(self, classes: tuple[str, ...], colors: tuple[str, ...]) -> None:
        """Make what has a row for each class; what was chosen there stays where it can."""

    # --- making ---------------------------------------------------------------------------------

    def _arrange(self, cards: tuple[QWidget, ...], right: QWidget) -> None:
        # From outside in: whatever gets a parent is styled anew with all that is in it.
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.toolbar)
        layout.addWidget(self.model_export)
        layout.addWidget(self._pages, 1)
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self.area = Stacking(self._splitter, _STACKED)
        for page in (self.waiting, self.area):
            self._pages.addWidget(page)
        left = QWidget()
        column_area = scrolling(left)
        left.setLayout(column(*cards, 1, spacing=tokens.SPACE_M, margins=(
            tokens.SPACE_L, tokens.SPACE_M, tokens.SPACE_XS, tokens.SPACE_L)))
        self.area.hold(column_area, right)
        self._splitter.setHandleWidth(1)
        self._splitter.setStretchFactor(1, 1)
        self._splitter.setCollapsible(0, True)  # dragged to the edge it folds away
        self._splitter.setCollapsible(1, False)
        column_area.setMinimumWidth(_LEFT_LEAST)
        self._splitter.setSizes([_LEFT_WIDTH, 1000])
        key = f"{self.prefix.replace('.', '/')}/splitter"
        self._own_width = not self._context.settings.contains(key)
        remember_splitter(self._splitter, self._context.settings, key)
        self._splitter.splitterMoved.connect(self._width_chosen)

    def _width_chosen(self) -> None:
        """A person dragged the line: from now on it stays where it is."""
        self._own_width = False

    def _fit_width(self) -> None:
        """Give the left side the room it wants, but the samples at least half."""
        whole = self.width()  # the splitter's own is known only after it was laid out
        if self._own_width and not self.area.stacked:
            half = round(_LEFT_SHARE * whole)
            left = min(max(_LEFT_WIDTH, min(self.wanted_width(), half)), max(_LEFT_LEAST, half))
            self._splitter.setSizes([left, whole - left])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.toolbar.set_narrow(self.width() < _STACKED)
        self._fit_width()

    def _connect_all(self) -> None:
        loading, bar = self.loading, self.toolbar
        loading.runs_changed.connect(self._show_runs)
        loading.opened.connect(self._opened)
        loading.before_opened.connect(self.update_numbers)
        loading.working.connect(self._show_work)
        loading.detections_missing.connect(self._missing)
        loading.still_training.connect(self._still_training)
        loading.failed.connect(self._failed)
        bar.run_chosen.connect(loading.choose_run)
        bar.part_chosen.connect(loading.choose_part)
        bar.thresholds_changed.connect(self.update_numbers)
        bar.compare_pressed.connect(self.open_compare)
        bar.report_pressed.connect(self.write_report)
        bar.export_pressed.connect(self.export)
        bar.model_pressed.connect(self.export_model)
        for page in (self.notice, self.waiting):
            page.detect_pressed.connect(loading.detect)
            page.look_pressed.connect(loading.look_now)
        self.notice.train_pressed.connect(self.train_again)
        self.waiting.train_pressed.connect(lambda: self._context.go("train"))
        self.notice.recompute_pressed.connect(self.recompute)
        self.waiting.cancel_pressed.connect(loading.cancel_detecting)
        self.waiting.retry_pressed.connect(lambda: loading.open(loading.part))
        self.compare.run_chosen.connect(self._compare_with)
        self._context.session_changed.connect(self._session_changed)
        self._context.engine.event.connect(self._engine_told)

    def _engine_told(self, event: object) -> None:
        """List a model that is there, or better, while the page is looked at; show the first."""
        if self.isVisible() and self.loading.may_be_others(event):
            self.loading.refresh()

    def add_action(self, name: str, text: str, run: Callable[[], object],
                   keys: tuple[str, ...] = (), icon: str = "", *, menu: str = "Results",
                   may: Callable[[], object] = lambda: True) -> None:
        """Register an action that is there while the page shows results."""
        self._context.actions.add(Action(
            f"{self.prefix}.{name}", text, run, keys, "results", menu, icon,
            lambda: self.isVisible() and self.snapshot is not None and bool(may())))

    def _register_actions(self) -> None:
        add, noun = self.add_action, self.words.noun
        add("all", tr("Show all {nouns}", nouns=several(noun)), self.show_all, ("Ctrl+0",), "list")
        add("recompute", tr("Update results with the labels as they are now"), self.recompute,
            ("F5",),
            "refresh")
        add("compare", tr("Compare with another run"), self.open_compare, ("C",), "compare")
        add("report", tr("Write a report"), self.write_report, ("Ctrl+Shift+R",), "file")
        add("model", tr("Export the model for other programs"), self.export_model, (), "export",
            may=lambda: self.exports_models)
        add("train", tr("Train again with the labels as they are now"), self.train_again, (),
            "train")
        self.add_own_actions()

    def add_own_actions(self) -> None:
        """Register what only this kind of results has."""

    # --- hooks of the window --------------------------------------------------------------------

    def entered(self, target: object = None) -> None:
        self.loading.refresh(target.run if isinstance(target, RunTarget) else "")

    def status(self) -> tuple[str, str]:
        if self.snapshot is None:
            return "", ""
        return self.set_words(self.snapshot), time_words(self.snapshot.milliseconds)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._open_stale()
        self.labels_changed()

    def _session_changed(self) -> None:
        self._connections.end()
        self.loading.forget()
        self._forget()
        session = self._context.session
        self._names = frozenset(session.classes if session is not None else ())
        self._renamed = self._stale = False
        if session is not None:
            self._connections.add(session.undo.changed.connect(self.labels_changed),
                                session.classes.changed.connect(self._classes_changed),
                                session.step_finished.connect(self._relabelled))
        self._show_runs()
        if self.isVisible():
            self.loading.refresh()

    def _forget(self) -> None:
        self.snapshot = None
        self._recomputed = False
        self.forget_samples()
        self.toolbar.set_ready(False)
        self.notice.hide()
        self._context.status_changed.emit()

    # --- runs, splits, opening ------------------------------------------------------------------

    def _show_runs(self) -> None:
        runs, chosen = self.loading.runs, self.loading.run
        self.toolbar.setVisible(chosen is not None)
        self.toolbar.set_runs(runs, chosen.name if chosen is not None else "",
                              self.loading.elsewhere)
        self._show_parts()
        self.labels_changed()
        if chosen is None:
            self._patience.stop()
            self.waiting.ask_to_train(
                any(run.training for run in runs), looked=self.loading.looked,
                others=len(self.loading.elsewhere))
            self._pages.setCurrentWidget(self.waiting)

    def _show_parts(self) -> None:
        labels = self.loading.labels
        if labels is not None or self.loading.results is None:  # else they are read anew later
            self.toolbar.set_parts(labels.counts() if labels is not None else {}, self.loading.part)

    def _show_work(self, text: str, done: int, total: int) -> None:
        self.waiting.show_work(text, done, total, can_cancel=self.loading.detecting,
                               queued=self.loading.queued)
        self.toolbar.set_ready(False)
        if self._pages.currentWidget() is not self.waiting and not self._patience.isActive():
            self._patience.start(_PATIENCE_MS)

    def _missing(self, just_opened: bool) -> None:
        self._forget()
        run, labels = self.loading.run, self.loading.labels
        if run is None:
            return
        if run.training:
            self._still_training()
            return
        number = labels.counts().get(self.loading.part, 0) if labels is not None else 0
        if just_opened and number and self._context.engine.state != "busy":
            self.loading.detect()
            return
        self.waiting.offer_detection(run.title, self.loading.part, number)
        self._show_waiting()

    def _still_training(self) -> None:
        run = self.loading.run
        if run is not None:
            self.waiting.ask_to_wait(run.title, has_model=run.has_model,
                                     learns=self._context.engine.learns)
        self._show_waiting()

    def _failed(self, sentence: str) -> None:
        self.waiting.show_failure(sentence)
        self._show_waiting()

    def _show_waiting(self) -> None:
        self._forget()
        self._patience.stop()
        self._pages.setCurrentWidget(self.waiting)

    def _opened(self) -> None:
        self._show_parts()
        results: SetT | None = self.loading.results
        if results is None:
            return
        if results.classes != self._classes or not self._colors:
            self._set_classes(results.classes)
        self.about_to_show(results)
        self._recomputed = self._recomputed and self._same_set(results)
        self.toolbar.set_ready(True)
        self.update_numbers()

    def _same_set(self, results: SetT) -> bool:
        old = self.snapshot.results if self.snapshot is not None else None
        return old is not None and (old.run, old.split) == (results.run, results.split)

    def _set_classes(self, classes: tuple[str, ...]) -> None:
        session = self._context.session
        self._classes = classes
        self._colors = colors_of(classes, session.classes if session is not None else None)
        self.show_class_names(classes, self._colors)
        self._fit_width()
        self.classes_shown()

    def _classes_changed(self) -> None:
        """Names or colours of classes are others now."""
        self.loading.forget_labels()
        session = self._context.session
        colors = colors_of(self._classes, session.classes if session is not None else None)
        self.classes_shown()
        if colors != self._colors and self.snapshot is not None:
            self._set_classes(self._classes)
            self._show(self.snapshot)
        names = frozenset(session.classes if session is not None else ())
        gone, self._names = self._names - names, names
        self._renamed = self._renamed or not gone.isdisjoint(self._classes)

    def _relabelled(self, _outcome: object) -> None:
        """All files have the classes that there are now."""
        self._stale, self._renamed = self._stale or self._renamed, False
        self._open_stale()

    def _open_stale(self) -> None:
        """Read what is shown anew where classes of it were renamed, merged or removed."""
        if self._stale and self.isVisible():
            self._stale = False
            if self.loading.results is not None:
                self.loading.forget_labels()
                self.loading.open(self.loading.part)

    # --- numbers --------------------------------------------------------------------------------

    def update_numbers(self) -> None:
        """Judge with what sliders, choice and order say now; only the newest wish counts."""
        results: SetT | None = self.loading.results
        if results is not None:
            self.worker.ask("evaluate", self.snapshot_of(results), self._show, self._failed)

    def _show(self, shown: ShownT) -> None:
        if shown.results is not self.loading.results:
            return
        self._patience.stop()
        self.snapshot = shown
        self.show_snapshot(shown)
        if self._pages.currentWidget() is not self.area:
            self._pages.setCurrentWidget(self.area)
            self._fit_width()
        self.labels_changed()
        self._context.status_changed.emit()

    def cell_selected(self, _cell: MatrixCell | None) -> None:
        """Another number was chosen whose samples are to be shown, or none."""
        self.area.show_part(1)
        self.update_numbers()

    # --- mended labels --------------------------------------------------------------------------

    def labels_changed(self) -> None:
        """Tell of labels that are others than those that were counted."""
        if self.snapshot is None or not self.isVisible():
            return
        self.notice.show_state(self.loading.changed(), self._recomputed,
                               self.snapshot.results.missing, self.loading.note() or self.note(),
                               behind=self.loading.behind)
        self.labels_shown()

    def note(self) -> str:
        """What should be known about the figures that are shown."""
        return ""

    def recompute(self) -> None:
        """Count again with the labels as they are now."""
        if self.loading.changed():
            self._recomputed = True
            self.loading.recompute()

    # --- going elsewhere ------------------------------------------------------------------------

    def train_again(self) -> None:
        """Start another training, as it is set up in Train."""
        self._context.go("train", TrainTarget())

    def open_compare(self) -> None:
        """Open the table with the figures of another run."""
        if self.snapshot is not None:
            self.compare.open_under(self.toolbar.compare_button,
                                    [(run.name, run.title) for run in self.loading.others()],
                                    self.words.noun)

    def _compare_with(self, name: str) -> None:
        def opened(other: SetT) -> None:
            if self.snapshot is not None:
                self.worker.ask("compare", self.compared(other, name), show)

        def show(found: Comparison) -> None:
            if self.snapshot is not None and self.compare.isVisible():
                self.compare.show_figures(found)

        self.loading.open_other(name, "compare", opened)

    def export(self) -> None:
        """Ask for a file and write what is behind the number into it."""
        shown, run = self.snapshot, self.loading.run
        if shown is not None and run is not None:
            what, make = self.csv(shown)
            name = f"{shown.results.run}-{shown.results.split}-{what}.csv"
            save_table(self._context, self.worker, self, run.folder.path / name, make)

    def export_model(self) -> None:
        """Ask for a file and have the engine write the model into it."""
        if self.loading.run is not None:
            self.model_export.ask(self.loading.run, *self.model_thresholds())

    def write_report(self) -> None:
        """Write the report into the run's folder and open it."""
        shown, session, run = self.snapshot, self._context.session, self.loading.run
        if shown is None or session is None or run is None:
            return
        path = run.folder.path / f"report-{shown.results.split}.html"
        write_report(self._context, self.worker, self.report_writer(
            shown, path, session.manifest.name, run.folder.config))
