"""Results of a detector of calls: what it finds and misses, and the calls behind every number."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QWidget

from workbench.core.text import tr
from workbench.evaluation.box_words import (
    GROUPS,
    Group,
    Selection,
    cell_sentence,
    file_word,
    set_line,
)
from workbench.evaluation.confusion import MatrixCell
from workbench.evaluation.verdict import RECORDINGS, mistake_counts, verdict
from workbench.gui.app.context import ImageTarget
from workbench.gui.label.sounds.display import load_display
from workbench.gui.label.sounds.playback import ExcerptPlayback
from workbench.gui.label.sounds.spectrogram_thumbs import Excerpt
from workbench.gui.results.box_compare import comparison
from workbench.gui.results.box_curves import BoxPrecisionRecallCard, ScoreCard
from workbench.gui.results.box_figures import CLASS_COLUMNS, METRICS, class_rows, figures
from workbench.gui.results.box_toolbar import FIRST, DetectionToolbar
from workbench.gui.results.compare import Comparison
from workbench.gui.results.confusion_view import ConfusionView
from workbench.gui.results.figures import ClassesCard, MetricsCard
from workbench.gui.results.matrix_page import MatrixPage
from workbench.gui.results.own_score import OwnScore
from workbench.gui.results.verdict_card import VerdictCard
from workbench.gui.results.waiting import WaitingWords
from workbench.tasks.sound_detection.report import write_report
from workbench.tasks.sound_detection.results import (
    CallSet,
    CallSnapshot,
    csv_bytes,
    evaluated,
    snapshot,
)
from workbench.tasks.sound_detection.window.list_view import CallKey
from workbench.tasks.sound_detection.window.loading import CallResultsLoader
from workbench.tasks.sound_detection.window.panel import WHOLE, CallPanel


class CallResults(MatrixPage[CallResultsLoader, DetectionToolbar, CallSet, CallSnapshot]):
    """Figures, matrix and curves at the left, the calls at the right."""

    prefix = "results.calls"
    words = WaitingWords("recording", "Here you see and hear which calls a model finds, and what "
                         "it gets wrong.", "tested", "Test on", "has not been tested on")
    columns = "detected"

    # --- making ---------------------------------------------------------------------------------

    def make_parts(self) -> tuple[tuple[QWidget, ...], QWidget]:
        theme = self._context.theme
        self.loading = CallResultsLoader(self._context, self.worker)
        self.toolbar = DetectionToolbar("recording")
        self.own_score = OwnScore(self._context, self.toolbar, self.toolbar.score)
        self.verdict, self.metrics = VerdictCard(), MetricsCard(METRICS)
        self.confusion = ConfusionView(theme, cell_sentence)
        self.curves, self.scores = BoxPrecisionRecallCard(theme), ScoreCard(theme)
        self.classes = ClassesCard(CLASS_COLUMNS)
        self.calls = CallPanel(theme, load_display(self._context.settings))
        self.view, self.notice = self.calls.view, self.calls.notice
        self.playback: ExcerptPlayback[CallKey] = ExcerptPlayback(self)
        self._group: Group | None = "mistakes"
        self._hears_labels = False
        self.verdict.look_wanted.connect(self.show_group)
        self.verdict.train_wanted.connect(self.train_again)
        self.scores.best_wanted.connect(self.toolbar.score.set_value)
        self._listen()
        return (self.verdict, self.metrics, self.matrix_card(), self.curves, self.scores,
                self.classes), self.calls

    def _listen(self) -> None:
        calls = self.calls
        calls.group_chosen.connect(self.show_group)
        calls.opened.connect(self.open_call)
        calls.order_changed.connect(self.update_numbers)
        calls.cleared.connect(self._leave_selection)
        calls.play_pressed.connect(self.toggle)
        self.view.play_pressed.connect(self.play)
        self.view.toggle_pressed.connect(self.toggle)
        self.playback.changed.connect(self._show_playing)
        self.playback.failed.connect(lambda sentence: self._context.say("warn", sentence))

    def add_own_actions(self) -> None:
        super().add_own_actions()

        def chosen() -> bool:
            return self.view.row is not None

        self.add_action("play", tr("Play or stop"), self.toggle, ("Space",), "play", may=chosen)
        self.add_action("open", tr("Open in Audio"), self.calls.open_chosen, icon="external",
                        may=chosen)
        self.add_action("calls", tr("Go to the calls"), self.focus_samples, ("G",), "audio")
        self.add_action("best", tr("Set the score where F1 is best"),
                        self.scores.best_button.click, ("B",), "star")
        self.add_action("use", tr("Use this score in Predict and suggestions"), self.own_score.use,
                        icon="spark", may=lambda: self.own_score.offered)
        self.add_action("export", tr("Save the calls behind the number as CSV"), self.export,
                        ("Ctrl+Shift+E",), "export")

    # --- hooks of the window --------------------------------------------------------------------

    def entered(self, target: object = None) -> None:
        display = load_display(self._context.settings)
        if display != self.calls.thumbs.display:
            self.calls.thumbs.display = display
            self.calls.thumbs.forget()
        self.view.setFocus()
        super().entered(target)

    def left(self) -> None:
        self.playback.stop()

    def close_down(self) -> None:
        """End the threads that read and draw."""
        self.playback.stop()
        self.worker.close()
        self.calls.thumbs.stop()

    def _session_changed(self) -> None:
        self._hears_labels = False
        self.calls.thumbs.forget()
        super()._session_changed()

    def note(self) -> str:
        known = self.snapshot.results.known if self.snapshot is not None else None
        return " ".join(known.words()) if known is not None else ""

    def set_words(self, shown: CallSnapshot) -> str:
        e = shown.evaluation
        return set_line(e.images, e.truths + e.difficult, e.shown, e.raw, "recording")

    # --- what the page shows --------------------------------------------------------------------

    @property
    def selection(self) -> Selection:
        """What the calls are of: the chosen cell, a kind of mistake, or whole recordings."""
        return self.confusion.cell if self.confusion.cell is not None else self._group

    def about_to_show(self, results: CallSet) -> None:
        """Hear of recordings that are found; not before, which would start a scan."""
        best = results.best_score if results.best_score is not None else FIRST.score_thresh
        if self.snapshot is None or (self.snapshot.results.run, self.snapshot.results.split) != (
                results.run, results.split):
            self.toolbar.score.set_value(best, announce=False)
            self.forget_samples()
            self.calls.set_selection(self.selection, results.classes)
        self.own_score.show_run(results.run, results.own)
        session = self._context.session
        if session is not None and not self._hears_labels:
            self._hears_labels = True
            self._connections.add(session.sounds.finished.connect(self.labels_changed),
                                  session.sounds.reset.connect(self.labels_changed))

    def show_group(self, name: str) -> None:
        """Show a kind of mistake; a name that is none shows whole recordings."""
        self.area.show_part(1)
        self._group = next((group for group in GROUPS if group == name), None)
        self.calls.set_selection(self._group, self._classes)
        if self.confusion.cell is not None:
            self.confusion.select(None)
        else:
            self.update_numbers()

    def show_all(self) -> None:
        self.show_group(WHOLE)

    def _leave_selection(self) -> None:
        if self.confusion.cell is not None:
            self.confusion.select(None)
        else:
            self.show_all()

    def cell_selected(self, cell: MatrixCell | None) -> None:
        self.calls.set_selection(self.selection, self._classes)
        super().cell_selected(cell)

    def forget_samples(self) -> None:
        self.playback.stop()
        self.calls.forget()

    def snapshot_of(self, results: CallSet) -> Callable[[], CallSnapshot]:
        return partial(snapshot, results, self.toolbar.thresholds(), self.selection,
                       self.calls.order, self.loading.before)

    def show_snapshot(self, shown: CallSnapshot) -> None:
        before, now = self.loading.before, shown.evaluation
        said = verdict(now, shown.results.split, nouns=RECORDINGS)
        self.verdict.show_verdict(said, mistake_counts(now)[said.look_at] if said.look_at else 0)
        self.metrics.show_figures(figures(now), figures(shown.before),
                                  self.loading.title(before.run) if before is not None else "")
        self.metrics.show_warning(shown.results.doubt)
        self.confusion.set_matrix(now.confusion)
        self.curves.show_evaluation(now, self._colors)
        self.scores.show_evaluation(now, self._colors)
        self.classes.show_rows(class_rows(now))
        if shown.entries.selection == self.selection:
            self.calls.show_snapshot(shown, self._colors)

    # --- hearing --------------------------------------------------------------------------------

    def play(self, row: int) -> None:
        """Play the call of a row from its beginning."""
        if self.snapshot is not None and row < self.view.calls.rowCount():
            self.playback.play(*self._heard(row))

    def toggle(self) -> None:
        """Play the chosen call, or stop it."""
        if self.snapshot is not None and self.view.row is not None:
            self.playback.toggle(*self._heard(self.view.row))

    def _heard(self, row: int) -> tuple[CallKey, Excerpt]:
        return self.view.calls.key(row), self.view.calls.excerpt(row)

    def _show_playing(self) -> None:
        self.view.show_playing(self.playback.key, self.playback.share)
        self.calls.show_playing(self.playback.key is not None)

    # --- going elsewhere ------------------------------------------------------------------------

    def focus_samples(self) -> None:
        self.area.show_part(1)
        if self.view.row is None and self.view.calls.rowCount():
            self.view.set_row(0)
        self.view.setFocus()

    def open_call(self, row: int) -> None:
        """Open the recording of a call in Audio, at the call."""
        model = self.view.calls
        if self.snapshot is not None and row < model.rowCount():
            self.playback.stop()
            start, _low, end, _high = model.box(row)
            self._context.go("audio", ImageTarget(
                model.record(row).key, back="results", span=None if model.whole else (start, end)))

    def compared(self, other: CallSet, name: str) -> Callable[[], Comparison]:
        shown, thresholds = self.snapshot, self.toolbar.thresholds()
        assert shown is not None
        titles = self.loading.title(shown.results.run), self.loading.title(name)
        return lambda: comparison(shown.evaluation, evaluated(other, thresholds), *titles)

    def csv(self, shown: CallSnapshot) -> tuple[str, Callable[[], bytes]]:
        selection = shown.entries.selection
        what = file_word(selection, shown.results.classes) if selection is not None else "all-calls"
        return what, partial(csv_bytes, shown)

    def model_thresholds(self) -> tuple[float, float]:
        chosen = self.toolbar.thresholds()
        return chosen.score_thresh, chosen.nms_thresh

    def report_writer(self, shown: CallSnapshot, path: Path, title: str,
                      config: dict[str, Any]) -> Callable[[], Path]:
        return partial(write_report, path, shown, title=title, config=config, colors=self._colors)
