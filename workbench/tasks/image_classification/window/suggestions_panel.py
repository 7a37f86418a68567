"""Beside the classes: whether suggestions are wanted, how far they are, and what can be done."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QWidget

from workbench.core.text import count, tr
from workbench.gui.style import tokens
from workbench.gui.widgets import LinkButton, ProgressLine, QuietButton, column, label, row
from workbench.tasks.image_classification.window.suggestions import SURE, ClassSuggestions

_ENOUGH = 10  # labels from which on a share of them says something


class ClassSuggestionsPanel(QWidget):
    """What is said of :class:`ClassSuggestions`."""

    switched = Signal(bool)
    """(whether) suggestions are wanted."""
    accepted = Signal()
    """All sure suggestions become labels."""
    doubts_wanted = Signal()
    """The labels that are doubted are to be shown."""

    def __init__(self) -> None:
        super().__init__()
        self._suggestions: ClassSuggestions | None = None
        self.switch = QCheckBox(tr("Suggest while I label"))
        self.switch.setToolTip(tr("A quick model learns from each label at once and shows what it "
                                  "takes the other images for"))
        self.words = label("", "caption", wrap=True)
        self.line = ProgressLine()
        self.stop_button = LinkButton(tr("Stop"))
        self.go_button = QuietButton("")
        self.accept_button = QuietButton("", "check", run=self.accepted)
        self.doubt_button = LinkButton("", "warning", run=self.doubts_wanted)
        edge = tokens.SPACE_L
        self.setLayout(column(
            self.switch, self.words, row(self.line, self.stop_button, spacing=tokens.SPACE_S),
            self.go_button, self.accept_button, row(self.doubt_button, 1), spacing=tokens.SPACE_S,
            margins=(edge, tokens.SPACE_M, edge, 0)))
        self.switch.clicked.connect(self.switched)
        self.stop_button.clicked.connect(lambda: self._suggestions and self._suggestions.cancel())
        self.go_button.clicked.connect(lambda: self._suggestions and self._suggestions.begin())
        self.show_suggestions(None)

    @property
    def stops(self) -> list[QWidget]:
        """What Tab goes through."""
        return [self.switch, self.stop_button, self.go_button, self.accept_button,
                self.doubt_button]

    def show_suggestions(self, suggestions: ClassSuggestions | None) -> None:
        """Say how things are."""
        self._suggestions = suggestions
        self.setVisible(suggestions is not None)
        if suggestions is None:
            return
        self.switch.setChecked(suggestions.on)
        asking = suggestions.on and suggestions.asking
        self.line.setVisible(asking)
        self.stop_button.setVisible(asking)
        self.line.set_fraction(suggestions.known / max(1, suggestions.known + suggestions.missing))
        self.words.setText(self._words(suggestions))
        self.words.setVisible(suggestions.on)
        self._fit_words()
        go_on = suggestions.on and not asking and bool(suggestions.missing) and bool(
            suggestions.waits_for_a_yes or suggestions.stopped or suggestions.problem)
        self.go_button.setVisible(go_on)
        self.go_button.setText(tr("Look at {images}", images=count(suggestions.missing, "image")))
        sure = suggestions.sure_count if suggestions.on else 0
        self.accept_button.setVisible(bool(sure))
        self.accept_button.setText(tr("Accept {sure:,} above {share} %", sure=sure,
                                      share=round(100 * SURE)))
        self.accept_button.setToolTip(tr("Make {suggestions} with a score of {share} % or more "
                                         "labels, in one step that can be undone",
                                         suggestions=count(sure, "suggestion"),
                                         share=round(100 * SURE)))
        doubted = len(suggestions.doubted()) if suggestions.on else 0
        self.doubt_button.setVisible(bool(doubted))
        self.doubt_button.setText(tr("Check {labels}", labels=count(doubted, "doubtful label")))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_words()

    def _fit_words(self) -> None:
        """As high as its lines: a column in a column gives it what it once needed."""
        width = self.width() - 2 * tokens.SPACE_L
        self.words.setMinimumHeight(max(0, self.words.heightForWidth(width)))

    def _words(self, suggestions: ClassSuggestions) -> str:
        if suggestions.asking and suggestions.waits_for_training:
            return tr("Waits until the training is done; {known:,} of {all:,} images were looked "
                      "at.", known=suggestions.known, all=suggestions.known + suggestions.missing)
        if suggestions.asking:
            return tr("Looking at the images: {known:,} of {all:,}", known=suggestions.known,
                      all=suggestions.known + suggestions.missing)
        if suggestions.problem:
            return tr("No suggestions: {problem}", problem=suggestions.problem)
        if suggestions.waits_for_a_yes:
            return tr("To suggest classes, each image has to be looked at once. That takes about "
                      "half an hour for 30,000.")
        if not suggestions.learned:
            return tr("Begins with the first labels of two classes.")
        second = suggestions.second
        words = tr("Learned from {labels}.", labels=count(suggestions.learned, "label"))
        if second is not None and second.number >= _ENOUGH:
            words = tr("Learned from {labels}, {right} % right on held-out ones.",
                       right=round(100 * second.right), labels=count(suggestions.learned, "label"))
        return words + " " + tr("Enter accepts a suggestion.")
