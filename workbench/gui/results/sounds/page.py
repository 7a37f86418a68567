"""Results of a classifier of sounds: what it confuses, and the sounds behind every number."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFileDialog, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from workbench.core.classes import HOTKEYS
from workbench.core.errors import WorkbenchError
from workbench.formats.atomic import write_atomic
from workbench.gui import tokens
from workbench.gui.actions import Action
from workbench.gui.audio.look import load_look
from workbench.gui.context import AppContext, ImageTarget, RunTarget
from workbench.gui.places import PlaceWidget
from workbench.gui.remember import remember_splitter
from workbench.gui.results.confusion_view import ConfusionView
from workbench.gui.results.marks import class_colors
from workbench.gui.results.sounds.cards import RocCard, SoundClasses, SoundMetrics, SoundToolbar
from workbench.gui.results.sounds.data import SoundSet, SoundSnapshot, csv_bytes, snapshot
from workbench.gui.results.sounds.list_view import SoundListView
from workbench.gui.results.sounds.listening import Listening
from workbench.gui.results.sounds.loading import SoundLoading, label_now
from workbench.gui.results.sounds.panel import SoundPanel
from workbench.gui.results.sounds.relabel import relabel
from workbench.gui.results.sounds.words import cell_sentence, file_word, set_line
from workbench.gui.results.waiting import SOUND_WORDS, WaitingPage
from workbench.gui.results.words import Cell, count, time_line
from workbench.gui.results.worker import Worker
from workbench.gui.widgets import Card, scrolling
from workbench.project.sound_dataset import SoundSample

_LEFT_WIDTH, _LEFT_LEAST = 436, 420
_PATIENCE_MS = 250
"""What takes longer than this is said to be waited for."""


class SoundResults(PlaceWidget):
    """One run on one split: figures, matrix and curves at the left, the sounds at the right."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self.worker = Worker(("runs", "open", "evaluate", "before", "export"), self)
        self.loading = SoundLoading(context, self.worker)
        self.listening = Listening(self)
        self.snapshot: SoundSnapshot | None = None
        self._classes: tuple[str, ...] = ()
        self._colors: tuple[str, ...] = ()
        self._recomputed = self._hears_clips = False
        self._disconnect: list[Callable[[], None]] = []
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.timeout.connect(lambda: self._pages.setCurrentWidget(self.waiting))
        self._make_widgets()
        self._arrange()
        self._connect()
        self._register_actions()
        self._session_changed()

    # --- making ---------------------------------------------------------------------------------

    def _make_widgets(self) -> None:
        theme, settings = self._context.theme, self._context.settings
        self.toolbar = SoundToolbar()
        self.metrics = SoundMetrics()
        self.confusion = ConfusionView(theme, say=cell_sentence)
        self.roc = RocCard(theme)
        self.classes = SoundClasses()
        self.sounds = SoundPanel(theme, load_look(settings))
        self.view: SoundListView = self.sounds.view
        self.view.sounds.label_now = self._label_now
        self.notice = self.sounds.notice
        self.waiting = WaitingPage(words=SOUND_WORDS)
        self._pages = QStackedWidget()

    def _arrange(self) -> None:
        matrix = Card("Confusion", "rows: true, columns: recognised")
        matrix.add(self.confusion)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(tokens.SPACE_L, tokens.SPACE_M, tokens.SPACE_XS, tokens.SPACE_L)
        column.setSpacing(tokens.SPACE_M)
        for card in (self.metrics, matrix, self.classes, self.roc):
            column.addWidget(card)
        column.addStretch(1)
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        column_area = scrolling(left)
        self._splitter.addWidget(column_area)
        self._splitter.addWidget(self.sounds)
        self._splitter.setHandleWidth(1)
        self._splitter.setStretchFactor(1, 1)
        self._splitter.setCollapsible(0, True)  # dragged to the edge it folds away
        self._splitter.setCollapsible(1, False)
        column_area.setMinimumWidth(_LEFT_LEAST)
        self._splitter.setSizes([_LEFT_WIDTH, 1000])
        remember_splitter(self._splitter, self._context.settings, "results/sounds/splitter")
        for page in (self.waiting, self._splitter):
            self._pages.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.toolbar)
        layout.addWidget(self._pages, 1)

    def _connect(self) -> None:
        loading, bar, view = self.loading, self.toolbar, self.view
        loading.runs_changed.connect(self._show_runs)
        loading.opened.connect(self._opened)
        loading.before_opened.connect(self.update_numbers)
        loading.working.connect(self._show_work)
        loading.detections_missing.connect(self._scores_missing)
        loading.failed.connect(self._failed)
        bar.run_chosen.connect(loading.choose_run)
        bar.part_chosen.connect(loading.choose_part)
        bar.threshold_changed.connect(self.update_numbers)
        bar.export_pressed.connect(self.export)
        self.confusion.selected.connect(lambda _cell: self.update_numbers())
        self.confusion.entered.connect(self.focus_list)
        self.sounds.opened.connect(self.open_sound)
        self.sounds.order_changed.connect(self.update_numbers)
        self.sounds.cleared.connect(lambda: self.confusion.select(None))
        self.sounds.play_pressed.connect(self.toggle)
        view.play_pressed.connect(self.play)
        view.toggle_pressed.connect(self.toggle)
        view.digit_pressed.connect(self.relabel)
        self.listening.changed.connect(self._show_playing)
        self.listening.failed.connect(lambda sentence: self._context.say("warn", sentence))
        for page in (self.notice, self.waiting):
            page.detect_pressed.connect(loading.detect)
            page.train_pressed.connect(lambda: self._context.go("train"))
        self.notice.recompute_pressed.connect(self.recompute)
        self.waiting.cancel_pressed.connect(loading.cancel_detecting)
        self.waiting.retry_pressed.connect(lambda: loading.open(loading.part))
        self._context.session_changed.connect(self._session_changed)
        self.destroyed.connect(self.worker.stop)

    def _register_actions(self) -> None:
        def add(name: str, text: str, run: Callable[[], object], keys: tuple[str, ...] = (),
                icon: str = "", *, menu: str = "Results",
                may: Callable[[], object] = lambda: True) -> None:
            self._context.actions.add(Action(
                f"results.sounds.{name}", text, run, keys, "results", menu, icon,
                lambda: self.isVisible() and self.snapshot is not None and bool(may())))

        def undo_text(name: str) -> str | None:
            session = self._context.session
            return getattr(session.undo, name) if session is not None else None

        add("matrix", "Go to the confusion matrix", self.confusion.setFocus, ("M",), "grid")
        add("list", "Go to the sounds", self.focus_list, ("G",), "audio")
        add("all", "Show all sounds", lambda: self.confusion.select(None), ("Ctrl+0",), "list")
        add("play", "Play or stop", self.toggle, ("Space",), "play",
            may=lambda: self.view.row is not None)
        add("recompute", "Recompute with the labels as they are now", self.recompute, ("F5",),
            "refresh")
        add("export", "Save the sounds in the list as CSV", self.export, ("Ctrl+Shift+E",),
            "export")
        add("train", "Train again", lambda: self._context.go("train"), (), "train")
        add("undo", "Undo", partial(self._travel, "undo"), ("Ctrl+Z",), "undo", menu="Edit",
            may=lambda: undo_text("undo_text"))
        add("redo", "Redo", partial(self._travel, "redo"), ("Ctrl+Shift+Z", "Ctrl+Y"), "redo",
            menu="Edit", may=lambda: undo_text("redo_text"))
        for digit in HOTKEYS:
            add(f"class_{digit}", f"Relabel with class {digit}", partial(self.relabel, digit),
                (digit,), "tag", menu="", may=lambda: self.view.chosen_rows())

    # --- hooks of the window --------------------------------------------------------------------

    def entered(self, target: object = None) -> None:
        look = load_look(self._context.settings)
        if look != self.sounds.thumbs.look:
            self.sounds.thumbs.look = look
            self.sounds.thumbs.forget()
        self.view.setFocus()
        self.loading.refresh(target.run if isinstance(target, RunTarget) else "")

    def left(self) -> None:
        self.listening.stop()

    def close_down(self) -> None:
        """End the threads that read and draw."""
        self.listening.stop()
        self.worker.stop()
        self.sounds.thumbs.stop()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._labels_changed()

    def status(self) -> tuple[str, str]:
        if self.snapshot is None:
            return "", ""
        results, evaluation = self.snapshot.results, self.snapshot.evaluation
        wrong = int((evaluation.predicted != evaluation.truth).sum())
        return (set_line(len(results.sounds), wrong, results.left_out),
                time_line(self.snapshot.milliseconds))

    def _session_changed(self) -> None:
        for disconnect in self._disconnect:
            disconnect()
        self._disconnect.clear()
        self._hears_clips = False
        self.loading.forget()
        self.sounds.thumbs.forget()
        self._forget()
        session = self._context.session
        if session is not None:
            self._disconnect = [session.undo.changed.connect(self._labels_changed),
                                session.classes.changed.connect(self._classes_changed)]
        self._show_runs()
        if self.isVisible():
            self.loading.refresh()

    def _listen_to_clips(self) -> None:
        """Hear of clips that are found; not before sounds are looked at, which starts a scan."""
        session = self._context.session
        if session is not None and not self._hears_clips:
            self._hears_clips = True
            self._disconnect += [
                session.sounds.finished.connect(self._labels_changed),
                session.sounds.reset.connect(self._labels_changed),
            ]

    def _forget(self) -> None:
        self.listening.stop()
        self.snapshot = None
        self._recomputed = False
        self.sounds.forget()
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

    def _scores_missing(self, just_opened: bool) -> None:
        self._forget()
        run, labels = self.loading.run, self.loading.labels
        if run is None:
            return
        sounds = labels.counts().get(self.loading.part, 0) if labels is not None else 0
        if just_opened and sounds and self._context.engine.state != "busy":
            self.loading.detect()
            return
        self._patience.stop()
        self.waiting.offer_detection(run.name, self.loading.part, sounds)
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
        self._listen_to_clips()
        if results.classes != self._classes or not self._colors:
            self._set_classes(results.classes)
        self._recomputed = self._recomputed and self._same_set(results)
        self.toolbar.set_ready(True)
        self.update_numbers()

    def _same_set(self, results: SoundSet) -> bool:
        old = self.snapshot.results if self.snapshot is not None else None
        return old is not None and (old.run, old.split) == (results.run, results.split)

    def _set_classes(self, classes: tuple[str, ...]) -> None:
        session = self._context.session
        known = session.classes if session is not None else None
        self._classes = classes
        self._colors = class_colors(classes, known)
        self.confusion.set_classes(classes, self._colors)
        self.classes.set_classes(classes, self._colors)
        self._show_keys()

    def _show_keys(self) -> None:
        session = self._context.session
        names = list(session.classes)[:len(HOTKEYS)] if session is not None else []
        self.sounds.set_classes(list(zip(HOTKEYS, names, strict=False)))

    def _classes_changed(self) -> None:
        """Names or colours of classes are others now."""
        session = self._context.session
        colors = class_colors(self._classes, session.classes if session is not None else None)
        self._show_keys()
        if colors != self._colors and self.snapshot is not None:
            cell = self.confusion.cell
            self._set_classes(self._classes)
            self.confusion.select(cell)
            self._show(self.snapshot)

    # --- numbers --------------------------------------------------------------------------------

    def update_numbers(self) -> None:
        """Judge with what slider, matrix and order say now; only the newest wish counts."""
        results = self.loading.results
        if results is not None:
            self.worker.ask(
                "evaluate",
                partial(snapshot, results, self.toolbar.threshold.value(), self.confusion.cell,
                        self.sounds.order, self.loading.before),
                self._show, self._failed)

    def _show(self, shown: SoundSnapshot) -> None:
        if shown.results is not self.loading.results:
            return
        self._patience.stop()
        self.snapshot = shown
        before, evaluation = self.loading.before, shown.evaluation
        self.metrics.show_classification(evaluation, shown.before,
                                         before.run if before is not None else "")
        self.confusion.set_matrix(evaluation.confusion)
        self.roc.show_classification(evaluation, self._colors)
        self.classes.show_classification(evaluation)
        if shown.cell == self.confusion.cell:
            self.sounds.show_snapshot(shown)
        self._pages.setCurrentWidget(self._splitter)
        self._labels_changed()
        self._context.status_changed.emit()

    # --- hearing --------------------------------------------------------------------------------

    def play(self, row: int) -> None:
        """Play the sound of a row from its beginning."""
        if self.snapshot is not None and row < self.view.sounds.rowCount():
            self.listening.play(self.view.sounds.sound(row))

    def toggle(self) -> None:
        """Play the chosen sound, or stop it."""
        if self.snapshot is not None and self.view.row is not None:
            self.listening.toggle(self.view.sounds.sound(self.view.row))

    def _show_playing(self) -> None:
        self.view.show_playing(self.listening.key, self.listening.share)
        self.sounds.show_playing(self.listening.key is not None)

    # --- mending labels -------------------------------------------------------------------------

    def relabel(self, digit: str) -> None:
        """Give all selected sounds the class on a digit key."""
        session = self._context.session
        name = session.classes.for_hotkey(digit) if session is not None else None
        rows = self.view.chosen_rows()
        if session is None or name is None or not rows or self.snapshot is None:
            return
        try:
            changed = relabel(session, [self.view.sounds.sound(row) for row in rows], name)
        except WorkbenchError as error:
            self._context.say("warn", error.sentence())
            return
        if changed:
            verb = "is" if changed == 1 else "are"
            self._context.say("ok", f"{count(changed, 'sound')} {verb} “{name}” now.", "Undo",
                              partial(self._travel, "undo"))

    def _travel(self, way: str) -> None:
        """Take a step back, or again."""
        session = self._context.session
        if session is None:
            return
        try:
            getattr(session.undo, way)()
        except WorkbenchError as error:
            self._context.say("warn", error.sentence())

    def _label_now(self, sound: SoundSample) -> str:
        session = self._context.session
        return label_now(session, sound) if session is not None else sound.label

    def _labels_changed(self) -> None:
        if self.snapshot is None or not self.isVisible():
            return
        self.notice.show_state(self.loading.changed(), self._recomputed,
                               self.snapshot.results.missing)
        self.view.viewport().update()

    def recompute(self) -> None:
        """Count again with the labels as they are now."""
        if self.loading.changed():
            self._recomputed = True
            self.loading.recompute()

    # --- going elsewhere ------------------------------------------------------------------------

    def focus_list(self) -> None:
        """Give the keyboard to the sounds."""
        if self.view.row is None and self.view.sounds.rowCount():
            self.view.set_row(0)
        self.view.setFocus()

    def open_sound(self, row: int) -> None:
        """Open a sound in Audio."""
        if self.snapshot is not None and row < self.view.sounds.rowCount():
            self.listening.stop()
            self._context.go("audio", ImageTarget(self.view.sounds.sound(row).key, back="results"))

    def export(self) -> None:
        """Ask for a file and write the sounds in the list into it."""
        shown = self.snapshot
        if shown is None or self.loading.run is None:
            return
        cell: Cell | None = shown.cell
        what = file_word(cell, shown.results.classes) if cell is not None else "all-sounds"
        name = f"{shown.results.run}-{shown.results.split}-{what}.csv"
        start = self.loading.run.folder.path / name
        chosen, _ = QFileDialog.getSaveFileName(self, "Save the sounds", str(start), "CSV (*.csv)")
        if chosen:
            path = Path(chosen)
            self.worker.ask("export", lambda: write_atomic(path, csv_bytes(shown)),
                            lambda _none: self._context.say("ok", f"Saved {path.name}."),
                            partial(self._context.say, "bad"))
