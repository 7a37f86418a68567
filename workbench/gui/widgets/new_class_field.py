"""Where the name of a new class is typed."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

from workbench.gui.widgets.held_keys import is_same_press


class NewClassField(QLineEdit):
    """Where a new class is typed; Escape leaves, and so does a letter that is held from the start,
    which nobody types as a name."""

    left = Signal()
    letter_held = Signal(str)
    asks_for_another = False
    """Whether Shift was held at the last key."""
    _up_at: int | None = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.asks_for_another = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        held = is_same_press(self._up_at, event.timestamp(), event.isAutoRepeat())
        self._up_at = None
        letter = event.text()
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif held and letter.isalpha() and set(self.text()) == {letter}:
            self.clear()
            self.left.emit()
            self.letter_held.emit(letter.lower())
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        self._up_at = event.timestamp()
        super().keyReleaseEvent(event)
