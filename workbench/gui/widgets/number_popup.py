"""A small field that opens at a picture for its number."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QWidget

from workbench.core.text import tr
from workbench.gui.style import tokens
from workbench.gui.widgets.field_popup import FieldPopup
from workbench.gui.widgets.layout import column

NUMBER_SIGNS = "0123456789.,-"
"""Keys that begin a number."""


class NumberPopup(FieldPopup):
    """A small field at an image for its number."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(tr("Number"), tr("Number, then Enter"), parent)
        pad = tokens.SPACE_S
        self.setLayout(column(self.field, margins=(pad, pad, pad, pad)))

    def ask(self, begin: str, at: QRect, chosen: Callable[[str], object]) -> None:
        """Open at ``at`` (in the parent) with what was typed; ``chosen`` gets the text."""
        self._chosen = chosen
        self.field.setText(begin)
        self.adjustSize()
        parent = self.parentWidget()
        room = parent.rect() if parent is not None else at
        self.move(QPoint(min(at.left(), room.right() - self.width()),
                         min(at.bottom() - self.height(), room.bottom() - self.height())))
        self._open()
