"""What the shown run is doing, and what one can do about it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSizePolicy

from workbench.core.durations import duration
from workbench.core.text import capital, count, several, tr
from workbench.gui.style import tokens
from workbench.gui.train.controller import Wish
from workbench.gui.train.history import RunHistory
from workbench.gui.train.texts import (
    STATE_TONES,
    STATE_WORDS,
    gpu_words,
    lasted,
    metric_in_text,
    score,
)
from workbench.gui.widgets import (
    Card,
    ElidedLabel,
    IconButton,
    ProgressLine,
    QuietButton,
    StatusDot,
    column,
    repolish,
    row,
)
from workbench.project.runs import ALIVE

NAME_HEIGHT = 24
"""As the button for notes, which comes and goes."""
WISH_WORDS: dict[Wish, str] = {
    "pause": "pausing after this step…", "unpause": "resuming…",
    "stop": "stopping after this step…", "cancel": "cancelling…",
}


class RunHeader(Card):
    """Name, figures and progress of a run with its buttons."""

    pause_pressed = Signal()
    stop_pressed = Signal()
    cancel_pressed = Signal()
    """For the live run."""
    resume_pressed = Signal()
    results_pressed = Signal()
    notes_pressed = Signal()
    """For a run of the past."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Run"))
        self._compact = self._paused = False
        self._dot = StatusDot()
        self._name = ElidedLabel("", Qt.TextElideMode.ElideMiddle)
        self._name.setProperty("role", "title")
        self._name.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self._figures = ElidedLabel(between=" · ")
        self._figures.setProperty("tone", "soft")
        self.progress = ProgressLine()
        self.notes_button = IconButton("edit", tr("Notes on this run"), side=24)
        self.notes_button.clicked.connect(self.notes_pressed)
        self.pause_button = QuietButton(tr("Pause"), "pause", run=self.pause_pressed)
        self.stop_button = QuietButton(tr("Stop, keep best"), "stop")
        self.stop_button.setToolTip(tr("End the training after this step and keep the best model"))
        self.stop_button.clicked.connect(self.stop_pressed)
        self.cancel_button = QuietButton(tr("Cancel"), danger=True, run=self.cancel_pressed,
                                         tip=tr("End the training and move the run to the trash"))
        self.resume_button = QuietButton(tr("Resume"), "play", run=self.resume_pressed,
                                         tip=tr("Continue from the last checkpoint"))
        self.results_button = QuietButton(tr("See results"), "results", run=self.results_pressed)
        self._name.setMinimumHeight(NAME_HEIGHT)
        self._figures.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        words = row(self._dot, self._name, self.notes_button, (self._figures, 1))
        left = column(words, self.progress, spacing=tokens.SPACE_S)
        line = row((left, 1), self.pause_button, self.stop_button, self.cancel_button,
                   self.resume_button, self.results_button, spacing=tokens.SPACE_S)
        self.add(line)
        for button in (self.pause_button, self.stop_button, self.cancel_button,
                       self.resume_button, self.results_button):
            button.hide()  # all of them at once, which no run shows, would take half a window

    def show_run(
        self, title: str, history: RunHistory, *, live: bool, wish: Wish = "",
        resumable: bool = False, notes: str = "",
    ) -> None:
        """Show the run's state; cheap enough for every event."""
        if title != self._name.full_text():
            self._name.setText(title)
            self._name.updateGeometry()
        self._dot.set_tone(STATE_TONES[history.state])
        words = WISH_WORDS[wish] if wish else figures(history)
        if words != self._figures.full_text():
            self._figures.setText(words)
        self._show_progress(history, live)
        paused = history.state == "paused"
        self._paused = paused
        self._name_buttons()
        ending = wish in ("stop", "cancel")
        for button in (self.pause_button, self.stop_button, self.cancel_button):
            button.setVisible(live)
        self.pause_button.setEnabled(not wish and history.state in ("running", "paused"))
        self.stop_button.setEnabled(not ending and history.state != "starting")
        self.cancel_button.setEnabled(wish != "cancel")
        self.resume_button.setVisible(not live and resumable)
        self.results_button.setVisible(
            not live and history.best_epoch > 0  # one that another window trains has none yet
            and history.state not in ("cancelled", *ALIVE))
        self.notes_button.setVisible(not live)
        self.notes_button.setToolTip(notes or tr("Notes on this run"))

    def set_compact(self, compact: bool) -> None:
        """Show the buttons by their icons only, where there is no room for words."""
        if compact != self._compact:
            self._compact = compact
            self._name_buttons()

    def _name_buttons(self) -> None:
        pause = tr("Resume") if self._paused else tr("Pause")
        self.pause_button.set_icon("play" if self._paused else "pause")
        for button, words in ((self.pause_button, pause),
                              (self.stop_button, tr("Stop, keep best"))):
            button.setText("" if self._compact else words)
            button.setAccessibleName(words)
        self.pause_button.setToolTip(pause if self._compact else "")

    def _show_progress(self, history: RunHistory, live: bool) -> None:
        waiting = live and (history.state == "starting" or bool(history.note.text))
        note = history.note
        if waiting and note.total:
            self.progress.set_fraction(note.done / note.total)
        elif waiting and not history.progress:
            self.progress.set_fraction(None)
        else:
            self.progress.set_fraction(history.progress)
        tones = {"paused": "warn", "failed": "bad", "interrupted": "warn", "finished": "ok",
                 "stopped": "ok", "cancelled": "faint"}
        self.progress.set_color(tones.get(history.state, "accent"))
        repolish(self._figures, "tone", "bad" if history.state == "failed" else "soft")


def figures(history: RunHistory) -> str:
    """The line beside the run's name."""
    if history.state == "failed":
        return capital(history.message) or "failed"
    if history.note.text and history.state in ("starting", "running"):
        of = tr(" {done:,} of {total:,}",
                done=history.note.done, total=history.note.total) if history.note.total else ""
        return f"{history.note.text}{of}"
    if history.ended:
        return _ended(history)
    step = history.step
    if step is None:
        return STATE_WORDS[history.state]
    open_end = step.eta_seconds < 0
    parts = ([tr("epoch {epoch:,}",
                 epoch=step.epoch), tr("step {step:,}", step=step.step)] if open_end else
             [tr("epoch {epoch:,} of {epochs:,}",
                 epoch=step.epoch, epochs=step.epochs), tr("step {step:,} of {steps:,}",
                                                             step=step.step, steps=step.steps)])
    if history.state == "paused":
        return " · ".join([*parts, "paused"])
    unit = several(history.unit)
    left = tr("until it stops improving") if open_end else tr("{duration} left",
                                                          duration=duration(step.eta_seconds))
    # what matters most comes first: a narrow window shows only the beginning
    speed = f"{step.images_per_second:.1f} {unit}/s"
    return " · ".join(filter(None, [left, *parts, speed, gpu_words(step.gpu)]))


def _ended(history: RunHistory) -> str:
    parts = [STATE_WORDS[history.state] + lasted(history.epochs_done, history.seconds)]
    if history.best_value == history.best_value:
        name = metric_in_text(history.main_metric)
        parts.append(tr("{word} {name} {score} at epoch {best_epoch}",
                        word=history.best_word, name=name, score=score(history.best_value),
                        best_epoch=history.best_epoch))
    if history.left_out:
        lines = count(history.left_out, "damaged line")
        parts.append(tr("{lines} left out", lines=lines))
    return " · ".join(parts)
