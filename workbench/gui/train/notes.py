"""A few words about a run, kept with it."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QPlainTextEdit

from workbench.core.text import tr
from workbench.gui.widgets import Card, IconButton

SETTLE_MS = 600
HEIGHT = 72


class _Text(QPlainTextEdit):
    left = Signal()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()


class NotesCard(Card):
    """Edits the notes of one run; what was typed is handed on a moment later."""

    edited = Signal(str, str)
    """(run, text)"""

    def __init__(self) -> None:
        super().__init__(tr("Notes"))
        self._run = ""
        self._told = ""
        self._text = _Text()
        self._text.setPlaceholderText(tr("What was tried, what to try next…"))
        self._text.setAccessibleName(tr("Notes"))
        self._text.setTabChangesFocus(True)
        self._text.setFixedHeight(HEIGHT)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._tell)
        self._text.textChanged.connect(lambda: self._timer.start(SETTLE_MS))
        self._text.left.connect(self._tell)
        close = IconButton("close", tr("Hide notes"), side=22)
        close.clicked.connect(self.hide)
        self.add_to_head(close)
        self.add(self._text)
        self.hide()

    def open(self, run: str, text: str) -> None:
        """Edit the notes of ``run``."""
        self.show_run(run, text)
        self.show()
        self._text.setFocus()

    def set_text(self, text: str) -> None:
        """Write as if it was typed."""
        self._text.setPlainText(text)

    def show_run(self, run: str, text: str) -> None:
        """Turn to another run; folded away where it has no notes."""
        if run == self._run:
            return
        self._tell()
        self._run, self._told = run, text
        blocked = self._text.blockSignals(True)
        self._text.setPlainText(text)
        self._text.blockSignals(blocked)
        self.setVisible(bool(text))

    def _tell(self) -> None:
        self._timer.stop()
        text = self._text.toPlainText().strip()
        if self._run and text != self._told:
            self._told = text
            self.edited.emit(self._run, text)
