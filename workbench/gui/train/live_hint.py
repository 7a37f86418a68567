"""A line that leads back to the run that is under way while one looks at another."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from workbench.core.text import tr
from workbench.gui.style import tokens
from workbench.gui.widgets import LinkButton, StatusDot, label, row


class LiveHint(QWidget):
    """Says that another run is training."""

    clicked = Signal()
    """The person wants to see it."""

    def __init__(self) -> None:
        super().__init__()
        self._words = label("", "caption")
        self.button = LinkButton(tr("Show it"), run=self.clicked)
        self.setLayout(row(StatusDot("accent"), self._words, self.button, 1,
                           margins=(tokens.SPACE_L, 0, tokens.SPACE_L, 0)))
        self.hide()

    def show_live(self, title: str) -> None:
        """Name the run; "" hides the line."""
        self._words.setText(tr("{title} is training.", title=title) if title else "")
        self.setVisible(bool(title))
