"""Beside the classes: whether guesses are wanted, how far they are, and what can be done."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QWidget

from workbench.core.text import count, tr
from workbench.gui.style import tokens
from workbench.gui.widgets import LinkButton, ProgressLine, QuietButton, column, label, row
from workbench.tasks.image_classification.window.guesses import SURE, Guesses

_ENOUGH = 10  # labels from which on a share of them says something


class GuessPanel(QWidget):
    """What is said of :class:`Guesses`.

    Signals
    -------
    switched
        (whether) guesses are wanted.
    accepted
        All sure guesses become labels.
    doubts_wanted
        The labels that are doubted are to be shown.
    """

    switched = Signal(bool)
    accepted = Signal()
    doubts_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._guesses: Guesses | None = None
        self.switch = QCheckBox(tr("Guess while I label"))
        self.switch.setToolTip(tr("A quick model learns from each label at once and shows what it "
                                  "takes the other images for"))
        self.words = label("", "caption", wrap=True)
        self.line = ProgressLine()
        self.stop_button = LinkButton(tr("Stop"))
        self.go_button = QuietButton("")
        self.accept_button = QuietButton("", "check")
        self.doubt_button = LinkButton("", "warning")
        edge = tokens.SPACE_L
        self.setLayout(column(
            self.switch, self.words, row(self.line, self.stop_button, spacing=tokens.SPACE_S),
            self.go_button, self.accept_button, row(self.doubt_button, 1), spacing=tokens.SPACE_S,
            margins=(edge, tokens.SPACE_M, edge, 0)))
        self.switch.clicked.connect(self.switched)
        self.stop_button.clicked.connect(lambda: self._guesses and self._guesses.cancel())
        self.go_button.clicked.connect(lambda: self._guesses and self._guesses.begin())
        self.accept_button.clicked.connect(self.accepted)
        self.doubt_button.clicked.connect(self.doubts_wanted)
        self.show_guesses(None)

    @property
    def stops(self) -> list[QWidget]:
        """What Tab goes through."""
        return [self.switch, self.stop_button, self.go_button, self.accept_button,
                self.doubt_button]

    def show_guesses(self, guesses: Guesses | None) -> None:
        """Say how things are."""
        self._guesses = guesses
        self.setVisible(guesses is not None)
        if guesses is None:
            return
        self.switch.setChecked(guesses.on)
        asking = guesses.on and guesses.asking
        self.line.setVisible(asking)
        self.stop_button.setVisible(asking)
        self.line.set_fraction(guesses.known / max(1, guesses.known + guesses.missing))
        self.words.setText(self._words(guesses))
        self.words.setVisible(guesses.on)
        self._fit_words()
        go_on = guesses.on and not asking and bool(guesses.missing) and bool(
            guesses.waits_for_a_yes or guesses.stopped or guesses.problem)
        self.go_button.setVisible(go_on)
        self.go_button.setText(tr("Look at {images}", images=count(guesses.missing, "image")))
        sure = guesses.sure_count if guesses.on else 0
        self.accept_button.setVisible(bool(sure))
        self.accept_button.setText(tr("Accept {sure:,} above {share} %", sure=sure,
                                      share=round(100 * SURE)))
        self.accept_button.setToolTip(tr("Make {guesses} with a score of {share} % or more labels, "
                                         "in one step that can be undone",
                                         guesses=count(sure, "guess", "guesses"),
                                         share=round(100 * SURE)))
        doubted = len(guesses.doubted()) if guesses.on else 0
        self.doubt_button.setVisible(bool(doubted))
        self.doubt_button.setText(tr("Check {labels}", labels=count(doubted, "doubtful label")))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_words()

    def _fit_words(self) -> None:
        """As high as its lines: a column in a column gives it what it once needed."""
        width = self.width() - 2 * tokens.SPACE_L
        self.words.setMinimumHeight(max(0, self.words.heightForWidth(width)))

    def _words(self, guesses: Guesses) -> str:
        if guesses.asking:
            return tr("Looking at the images: {known:,} of {all:,}", known=guesses.known,
                      all=guesses.known + guesses.missing)
        if guesses.problem:
            return tr("No guesses: {problem}", problem=guesses.problem)
        if guesses.waits_for_a_yes:
            return tr("To guess, each image has to be looked at once. That takes about half an "
                      "hour for 30,000.")
        if not guesses.learned:
            return tr("Begins with the first labels of two classes.")
        second = guesses.second
        words = tr("Learned from {labels}.", labels=count(guesses.learned, "label"))
        if second is not None and second.number >= _ENOUGH:
            words = tr("Learned from {labels}, {right} % right on held-out ones.",
                       right=round(100 * second.right), labels=count(guesses.learned, "label"))
        return words + " " + tr("Enter accepts a guess.")
