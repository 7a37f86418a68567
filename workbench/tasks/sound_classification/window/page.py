"""Results of a classifier of sounds: what it confuses, and the sounds behind every number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QWidget

from workbench.core.classes import HOTKEYS
from workbench.core.errors import WorkbenchError
from workbench.core.text import count
from workbench.evaluation.classification import BACKGROUND, Classification
from workbench.evaluation.confusion import MatrixCell
from workbench.gui.app.context import AppContext, ImageTarget
from workbench.gui.label.sounds.look import load_look
from workbench.gui.results.compare import Comparison
from workbench.gui.results.confusion_view import ConfusionView
from workbench.gui.results.figures import ClassesCard, MetricsCard
from workbench.gui.results.page import ResultsPage
from workbench.gui.results.waiting import WaitingWords
from workbench.project.datasets.sounds import BACKGROUND_WORDS, SoundSample
from workbench.tasks.sound_classification.results import (
    SoundSet,
    SoundSnapshot,
    csv_bytes,
    figures,
    snapshot,
)
from workbench.tasks.sound_classification.saved_report import write_sound_report
from workbench.tasks.sound_classification.window.cards import (
    CLASS_COLUMNS,
    METRICS,
    RocCard,
    SoundToolbar,
    class_rows,
)
from workbench.tasks.sound_classification.window.compare import sound_comparison
from workbench.tasks.sound_classification.window.list_view import SoundListView
from workbench.tasks.sound_classification.window.loading import SoundResultsLoader, current_label
from workbench.tasks.sound_classification.window.panel import SoundPanel
from workbench.tasks.sound_classification.window.playback import SoundPlayback
from workbench.tasks.sound_classification.window.relabel import relabel
from workbench.tasks.sound_classification.words import cell_sentence, file_word, set_line


class SoundResults(ResultsPage[SoundResultsLoader, SoundToolbar, SoundSet, SoundSnapshot]):
    """Figures, matrix and curves at the left, the sounds at the right."""

    prefix = "results.sounds"
    words = WaitingWords("clip", "Here you see which sounds a model confuses, and hear them.",
                         "tested", "Test on", "has not been tested on")
    columns = "predicted"

    def __init__(self, context: AppContext) -> None:
        self._hears_clips = False
        super().__init__(context)

    # --- making ---------------------------------------------------------------------------------

    def make_parts(self) -> tuple[tuple[QWidget, ...], QWidget]:
        theme = self._context.theme
        self.loading = SoundResultsLoader(self._context, self.worker)
        self.playback = SoundPlayback(self)
        self.toolbar = SoundToolbar()
        self.metrics = MetricsCard(METRICS)
        self.confusion = ConfusionView(theme, self._cell_words)
        self.roc = RocCard(theme)
        self.classes = ClassesCard(CLASS_COLUMNS)
        self.sounds = SoundPanel(theme, load_look(self._context.settings))
        self.view: SoundListView = self.sounds.view
        self.view.sounds.current_label = self._current_label
        self.notice = self.sounds.notice
        self._connect_sounds()
        return (self.metrics, self.confusion, self.classes, self.roc), self.sounds

    def _cell_words(self, cell: MatrixCell, number: int, classes: Sequence[str]) -> str:
        results = self.loading.results
        return cell_sentence(cell, number, classes, results is not None and results.background)

    def _connect_sounds(self) -> None:
        self.sounds.opened.connect(self.open_sound)
        self.sounds.order_changed.connect(self.update_numbers)
        self.sounds.cleared.connect(lambda: self.confusion.select(None))
        self.sounds.play_pressed.connect(self.toggle)
        self.view.play_pressed.connect(self.play)
        self.view.toggle_pressed.connect(self.toggle)
        self.view.digit_pressed.connect(self.relabel)
        self.playback.changed.connect(self._show_playing)
        self.playback.failed.connect(lambda sentence: self._context.say("warn", sentence))

    def add_own_actions(self) -> None:
        add = self.add_action

        def undo_text(name: str) -> str | None:
            session = self._context.session
            return getattr(session.undo, name) if session is not None else None

        add("list", "Go to the sounds", self.focus_samples, ("G",), "audio")
        add("play", "Play or stop", self.toggle, ("Space",), "play",
            may=lambda: self.view.row is not None)
        add("export", "Save the sounds in the list as CSV", self.export, ("Ctrl+Shift+E",),
            "export")
        add("undo", "Undo", partial(self._undo_or_redo, "undo"), ("Ctrl+Z",), "undo", menu="Edit",
            may=lambda: undo_text("undo_text"))
        add("redo", "Redo", partial(self._undo_or_redo, "redo"), ("Ctrl+Shift+Z", "Ctrl+Y"), "redo",
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
        super().entered(target)

    def left(self) -> None:
        self.playback.stop()

    def close_down(self) -> None:
        """End the threads that read and draw."""
        self.playback.stop()
        self.worker.close()
        self.sounds.thumbs.stop()

    def set_words(self, shown: SoundSnapshot) -> str:
        wrong = int((shown.evaluation.predicted != shown.evaluation.truth).sum())
        return set_line(len(shown.results.sounds), wrong, shown.results.left_out)

    def _session_changed(self) -> None:
        self._hears_clips = False
        self.sounds.thumbs.forget()
        super()._session_changed()

    # --- what the page shows --------------------------------------------------------------------

    def about_to_show(self, results: SoundSet) -> None:
        """Hear of clips that are found; not before sounds are looked at, which starts a scan."""
        if results.background:
            self.confusion.set_last(BACKGROUND, BACKGROUND_WORDS)
        else:
            self.confusion.set_last()
        session = self._context.session
        if session is not None and not self._hears_clips:
            self._hears_clips = True
            self._disconnect += [
                session.sounds.finished.connect(self.labels_changed),
                session.sounds.reset.connect(self.labels_changed),
            ]

    def forget_samples(self) -> None:
        self.playback.stop()
        self.sounds.forget()

    def classes_shown(self) -> None:
        """Say which key gives which class."""
        session = self._context.session
        classes = session.classes if session is not None else None
        keyed = ((digit, classes.for_hotkey(digit)) for digit in HOTKEYS) if classes else ()
        self.sounds.set_classes([(digit, name) for digit, name in keyed if name is not None])

    def snapshot_of(self, results: SoundSet) -> Callable[[], SoundSnapshot]:
        return partial(snapshot, results, self.toolbar.threshold.value(), self.confusion.cell,
                       self.sounds.order, self.loading.before)

    def show_snapshot(self, shown: SoundSnapshot) -> None:
        before, evaluation = self.loading.before, shown.evaluation
        self.metrics.show_figures(
            figures(evaluation), figures(shown.before) if shown.before is not None else {},
            self.loading.title(before.run) if before is not None else "")
        self.metrics.show_warning(shown.results.doubt)
        self.confusion.set_matrix(evaluation.confusion)
        self.roc.show_classification(evaluation, self._colors)
        self._show_classes(evaluation)
        if shown.cell == self.confusion.cell:
            self.sounds.show_snapshot(shown)

    def _show_classes(self, now: Classification) -> None:
        self.classes.show_rows(class_rows(now))
        more = " and background" if now.none == BACKGROUND else ""
        self.classes.set_right(f"{len(now.classes)}{more}")

    # --- hearing --------------------------------------------------------------------------------

    def play(self, row: int) -> None:
        """Play the sound of a row from its beginning."""
        if self.snapshot is not None and row < self.view.sounds.rowCount():
            self.playback.play(self.view.sounds.sound(row))

    def toggle(self) -> None:
        """Play the chosen sound, or stop it."""
        if self.snapshot is not None and self.view.row is not None:
            self.playback.toggle(self.view.sounds.sound(self.view.row))

    def _show_playing(self) -> None:
        self.view.show_playing(self.playback.key, self.playback.share)
        self.sounds.show_playing(self.playback.key is not None)

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

    def _current_label(self, sound: SoundSample) -> str:
        session = self._context.session
        return current_label(session, sound) if session is not None else sound.label

    def labels_shown(self) -> None:
        self.view.viewport().update()

    # --- going elsewhere ------------------------------------------------------------------------

    def focus_samples(self) -> None:
        self.area.show_part(1)
        if self.view.row is None and self.view.sounds.rowCount():
            self.view.set_row(0)
        self.view.setFocus()

    def open_sound(self, row: int) -> None:
        """Open a sound in Audio."""
        if self.snapshot is not None and row < self.view.sounds.rowCount():
            self.playback.stop()
            sound = self.view.sounds.sound(row)
            span = None if sound.whole else (sound.start, sound.end)
            self._context.go("audio", ImageTarget(sound.key, back="results", span=span))

    def compared(self, other: SoundSet, name: str) -> Callable[[], Comparison]:
        shown = self.snapshot
        assert shown is not None
        return partial(sound_comparison, shown, other, name)

    def csv(self, shown: SoundSnapshot) -> tuple[str, Callable[[], bytes]]:
        cell = shown.cell
        what = file_word(cell, shown.results.classes) if cell is not None else "all-sounds"
        return what, partial(csv_bytes, shown)

    def report_writer(self, shown: SoundSnapshot, path: Path, title: str,
                      config: dict[str, Any]) -> Callable[[], Path]:
        return partial(write_sound_report, path, shown.evaluation, shown.results.sounds,
                       title=title, run=shown.results.run, split=shown.results.split,
                       doubt=shown.results.doubt, config=config, colors=self._colors)
