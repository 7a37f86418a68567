"""A small field that opens at something in a picture and takes one line."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from workbench.gui.widgets.surfaces import Popup

_PASSING = (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason)
"""Why the keyboard is away for a while: another window, the field's own menu."""


class FieldPopup(Popup):
    """It lies in its parent and closes by itself when something else gets the keyboard."""

    closed = Signal()
    """It has gone, with or without an answer."""

    def __init__(self, name: str, hint: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._chosen: Callable[[str], object] | None = None
        self._left: Callable[[], object] | None = None
        self.field = QLineEdit()
        self.field.setAccessibleName(name)
        self.field.setPlaceholderText(hint)
        self.field.installEventFilter(self)
        # A click inside leaves the keyboard in the field, and is none on what lies below.
        self.setFocusProxy(self.field)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)
        self.hide()

    def _open(self) -> None:
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def dismiss(self) -> None:
        """Close without an answer."""
        left = self._left
        self._chosen = self._left = None
        parent = self.parentWidget()
        if not self.isVisible():
            return
        # Before hiding: Qt would give the keyboard to the next control in line.
        if parent is not None and self.field.hasFocus():
            parent.setFocus(Qt.FocusReason.PopupFocusReason)
        self.hide()
        self.closed.emit()
        if left is not None:
            left()

    def _take(self, text: str) -> None:
        """Close with an answer."""
        chosen, self._left = self._chosen, None
        self.dismiss()
        if chosen is not None:
            chosen(text.strip())

    def _entered(self, event: QKeyEvent) -> None:
        """Return was pressed in the field."""
        self._take(self.field.text())

    def _other_key(self, event: QKeyEvent) -> bool:
        """Whether another key means something here, which is done then."""
        return False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QFocusEvent) and event.lostFocus() and event.reason() not in _PASSING:
            self.dismiss()
        if event.type() is not QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return super().eventFilter(watched, event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._entered(event)
        elif event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        elif not self._other_key(event):
            return super().eventFilter(watched, event)
        return True
