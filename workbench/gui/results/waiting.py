"""What stands in the place of the results while there are none."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from workbench.core.text import count, tr
from workbench.gui.widgets import EmptyState, ProgressLine, QuietButton
from workbench.gui.widgets.layout import column
from workbench.project.datasets.splits import PART_WORDS

_LINE_WIDTH = 280


@dataclass(frozen=True, slots=True)
class WaitingWords:
    """How a kind of results speaks: what it is made of, and what a model does with it."""

    noun: str
    purpose: str
    done: str
    do: str
    has_not: str


class WaitingPage(QWidget):
    """Says what is being waited for, or what is missing, with the next step as a button."""

    train_pressed = Signal()
    detect_pressed = Signal()
    look_pressed = Signal()
    cancel_pressed = Signal()
    retry_pressed = Signal()
    """The button was pressed while it said so."""

    def __init__(self, words: WaitingWords) -> None:
        super().__init__()
        self._words = words
        self.state = EmptyState("results", tr("Results"), run=lambda: self._pressed.emit())
        self.progress = ProgressLine()
        self.progress.setFixedWidth(_LINE_WIDTH)
        self.cancel_button = QuietButton(tr("Cancel"), run=self.cancel_pressed)
        self.state.add(self.progress)
        self.state.add(self.cancel_button)
        self._pressed = self.train_pressed
        self.setLayout(column(self.state))
        self.ask_to_train(False)

    @property
    def button_text(self) -> str:
        """What the button says; "" where there is none."""
        buttons = (self.state.button, self.cancel_button)
        return next((button.text() for button in buttons if not button.isHidden()), "")

    def ask_to_train(self, running: bool, *, looked: bool = True, others: int = 0) -> None:
        """There is no model to look at; ``running`` tells that one is being trained, and
        ``others`` how many there are that learned something else. Before one has ``looked`` nobody
        knows."""
        if not looked:
            self.show_work(tr("Looking for models"), 0, 0, can_cancel=False)
            return
        title, purpose = tr("Train a model first"), self._words.purpose
        if running:
            title = tr("The first model is being trained")
        elif others:
            title = tr("No model has learned this yet")
            purpose = tr("{purpose} {models} learned something else: Train lists them and "
                         "leads to their results.", purpose=purpose, models=count(others, "model"))
        self.state.set_text(
            title, purpose,
            tr("Go to Train") if running else tr("Train a model"))
        self._pressed = self.train_pressed
        self._no_progress()

    def ask_to_wait(self, run: str, *, has_model: bool = False, learns: bool = False) -> None:
        """The model of ``run`` is still being trained: there is nothing to evaluate yet, or its
        best one so far, for which a training that ``learns`` would have to stand still."""
        words = tr("Its results will appear here when it is done.")
        if has_model:
            words = tr("Its best model so far can be looked at. The training stands still "
                       "meanwhile, and then goes on by itself.") if learns else tr(
                       "Its best model so far can be looked at.")
        self.state.set_text(tr("{run} is still training", run=run), words,
                            tr("Look now") if has_model else tr("Go to Train"))
        self._pressed = self.look_pressed if has_model else self.train_pressed
        self._no_progress()

    def show_work(self, text: str, done: int, total: int, *, can_cancel: bool,
                  queued: bool = False) -> None:
        """Something takes time; ``queued`` tells that a training comes first."""
        if total:
            words = tr("{done:,} of {count}", done=done, count=count(total, self._words.noun))
        else:
            words = tr("This starts when the training is done or paused.") if queued else tr(
                "One moment …")
        self.state.set_text(text, words, "")
        self.cancel_button.setVisible(can_cancel)
        self.progress.show()
        self.progress.set_fraction(done / total if total else None)

    def offer_detection(self, run: str, part: str, images: int) -> None:
        """The model has not looked at the split yet."""
        words = self._words
        number = count(images, f"{PART_WORDS[part]} {words.noun}")
        self.state.set_text(tr("Not {done} yet", done=words.done),
                            tr("{run} {has_not} the {number} yet. This is done once.",
                               run=run, has_not=words.has_not, number=number),
                            f"{words.do} {number}")
        self._pressed = self.detect_pressed
        self._no_progress()

    def show_failure(self, sentence: str) -> None:
        """It could not be had."""
        self.state.set_text(tr("These results cannot be shown"), sentence, tr("Try again"))
        self._pressed = self.retry_pressed
        self._no_progress()

    def _no_progress(self) -> None:
        self.progress.hide()
        self.cancel_button.hide()
