"""The first card: what the figures mean, in words, and the next thing to do."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal

from workbench.core.text import tr
from workbench.evaluation.box_words import GROUPS
from workbench.evaluation.verdict import Verdict
from workbench.gui.style import tokens
from workbench.gui.widgets import Card, QuietButton, label, row


class VerdictCard(Card):
    """A sentence that judges the model, what is behind it, and two buttons."""

    look_wanted = Signal(str)
    """(group) show the mistakes of this kind."""
    train_wanted = Signal()
    """Train another model."""

    def __init__(self) -> None:
        super().__init__()
        self.title = label("", "heading", wrap=True)
        self.text = label("", wrap=True)
        self.text.setProperty("tone", "soft")
        self.look_button = QuietButton("", run=lambda: self.look_wanted.emit(self._group))
        self.train_button = QuietButton(tr("Train again"))
        self.train_button.setToolTip(tr("Train another model with the labels as they are now"))
        # room for three lines, so that nothing below moves with a slider
        self.text.setMinimumHeight(3 * self.text.fontMetrics().lineSpacing())
        self.text.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._group = ""
        buttons = row(self.look_button, self.train_button, spacing=tokens.SPACE_S)
        buttons.addStretch(1)
        self.add(self.title)
        self.add(self.text)
        self.add(buttons)
        self.train_button.clicked.connect(self.train_wanted)
        self.setAccessibleName(tr("Verdict"))

    def show_verdict(self, verdict: Verdict, number: int) -> None:
        """Show a verdict; ``number`` mistakes are of the kind that it says to look at."""
        self.title.setText(f"{verdict.title}.")
        self.text.setText(verdict.text)
        self.set_tone(verdict.tone)
        self.look_button.setVisible(verdict.look_at is not None)
        if verdict.look_at is not None:
            self._group = verdict.look_at
            self.look_button.setText(tr("Look at {number:,} {lower}",
                                        number=number, lower=GROUPS[verdict.look_at][0].lower()))
            self.look_button.setToolTip(GROUPS[verdict.look_at][1])

    def set_tone(self, tone: str) -> None:
        """Frame the card in the colour of "ok", "warn" or "bad"."""
        if self.property("verdict") != tone:
            self.setProperty("verdict", tone)
            self.style().unpolish(self)
            self.style().polish(self)
