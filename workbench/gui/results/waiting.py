"""What stands in the place of the results while there are none."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.core.text import count, tr
from workbench.gui.widgets import EmptyState, ProgressLine, QuietButton

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
    """Says what is being waited for, or what is missing, with the next step as a button.

    Signals
    -------
    train_pressed, detect_pressed, cancel_pressed, retry_pressed
        The button was pressed while it said so.
    """

    train_pressed = Signal()
    detect_pressed = Signal()
    cancel_pressed = Signal()
    retry_pressed = Signal()

    def __init__(self, words: WaitingWords, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self.state = EmptyState("results", tr("Results"))
        self.progress = ProgressLine()
        self.progress.setFixedWidth(_LINE_WIDTH)
        self.cancel_button = QuietButton(tr("Cancel"))
        self.cancel_button.clicked.connect(self.cancel_pressed)
        self.state.add(self.progress)
        self.state.add(self.cancel_button)
        self._pressed = self.train_pressed
        self.state.clicked.connect(lambda: self._pressed.emit())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.state)
        self.ask_to_train(False)

    @property
    def button_text(self) -> str:
        """What the button says; "" where there is none."""
        buttons = (self.state.button, self.cancel_button)
        return next((button.text() for button in buttons if not button.isHidden()), "")

    def ask_to_train(self, running: bool, *, others: int = 0) -> None:
        """There is no model to look at; ``running`` tells that one is being trained, and
        ``others`` how many there are that learned labels of another kind."""
        title, purpose = tr("Train a model first"), self._words.purpose
        if running:
            title = tr("The first model is being trained")
        elif others:
            title = tr("No model has learned these labels yet")
            purpose = tr("{purpose} {models} learned labels of another kind: Train lists them and "
                         "leads to their results.", purpose=purpose, models=count(others, "model"))
        self.state.set_text(
            title, purpose,
            tr("Go to Train") if running else tr("Train a model"))
        self._pressed = self.train_pressed
        self._no_progress()

    def show_work(self, text: str, done: int, total: int, *, can_cancel: bool) -> None:
        """Something takes time."""
        words = tr("{done:,} of {count}",
                   done=done, count=count(total, self._words.noun)) if total else tr("One moment …")
        self.state.set_text(text, words, "")
        self.cancel_button.setVisible(can_cancel)
        self.progress.show()
        self.progress.set_fraction(done / total if total else None)

    def offer_detection(self, run: str, part: str, images: int) -> None:
        """The model has not looked at the split yet."""
        words = self._words
        number = count(images, f"{part} {words.noun}")
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
