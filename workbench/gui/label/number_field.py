"""A number that is typed, or moved with the arrow keys."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from workbench.gui.widgets import repolish

_STEPS: dict[int, int] = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}


class NumberField(QLineEdit):
    """Shows a number; the arrow keys move it by a step, with Shift by ten.

    Parameters
    ----------
    name, tip
        What it is for a screen reader, and when the mouse rests on it.
    words
        How a number is written.
    unit
        What ``words`` puts behind it, which need not be typed.
    empty
        What stands there for None; without it there always is a number.
    """

    entered = Signal(object)
    """(value, or None where the field was emptied) a person gave another number."""

    def __init__(self, name: str, tip: str, words: Callable[[float], str], *, step: float = 1.0,
                 unit: str = "", empty: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words, self._unit, self._step = words, unit, step
        self.value: float | None = None
        self._optional = bool(empty)
        self.setPlaceholderText(empty)
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.textEdited.connect(lambda: repolish(self, "invalid", "false"))
        self.returnPressed.connect(self._enter)

    def set_value(self, value: float | None) -> None:
        """Show ``value``."""
        self.value = value
        self.setText("" if value is None else self._words(value))
        self.setCursorPosition(0)  # what does not fit is cut at its end, not at its beginning
        self.setModified(False)
        repolish(self, "invalid", "false")

    def _enter(self) -> None:
        if not self.isModified():
            return
        text = self.text().strip().removesuffix(self._unit).strip().replace(",", ".")
        if not text and self._optional:
            self._tell(None)
            return
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            repolish(self, "invalid", "true")
        else:
            self._tell(value)

    def _tell(self, value: float | None) -> None:
        self.setModified(False)
        if value != self.value:
            self.entered.emit(value)
        else:
            self.set_value(value)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(event.key())
        if step is not None and self.value is not None:
            fast = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.entered.emit(self.value + step * self._step * (10 if fast else 1))
        elif event.key() == Qt.Key.Key_Escape:
            self.set_value(self.value)
            self.clearFocus()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._enter()
