"""A small field that opens at a picture for its number."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from workbench.core.text import tr
from workbench.gui.style import tokens
from workbench.gui.widgets.layout import column
from workbench.gui.widgets.surfaces import Popup

NUMBER_SIGNS = "0123456789.,-"
"""Keys that begin a number."""


class NumberPopup(Popup):
    """A small field at an image for its number.

    Signals
    -------
    closed
        It has gone, with or without a number.
    """

    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._chosen: Callable[[str], object] | None = None
        self.field = QLineEdit()
        self.field.setPlaceholderText(tr("Number, then Enter"))
        self.field.setAccessibleName(tr("Number"))
        pad = tokens.SPACE_S
        self.setLayout(column(self.field, margins=(pad, pad, pad, pad)))
        self.field.installEventFilter(self)
        self.hide()

    def ask(self, begin: str, at: QRect, chosen: Callable[[str], object]) -> None:
        """Open at ``at`` (in the parent) with what was typed; ``chosen`` gets the text."""
        self._chosen = chosen
        self.field.setText(begin)
        self.adjustSize()
        parent = self.parentWidget()
        room = parent.rect() if parent is not None else at
        self.move(QPoint(min(at.left(), room.right() - self.width()),
                         min(at.bottom() - self.height(), room.bottom() - self.height())))
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def dismiss(self) -> None:
        """Close without a number."""
        self._chosen = None
        parent = self.parentWidget()
        if not self.isVisible():
            return
        if parent is not None and self.field.hasFocus():
            parent.setFocus(Qt.FocusReason.PopupFocusReason)
        self.hide()
        self.closed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.FocusOut:
            self.dismiss()
        elif event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                chosen, text = self._chosen, self.field.text().strip()
                self.dismiss()
                if chosen is not None:
                    chosen(text)
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.dismiss()
                return True
        return super().eventFilter(watched, event)
