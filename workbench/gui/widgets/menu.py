"""A menu with the round corners of the controls, which says why an entry is grey."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QEvent
from PySide6.QtGui import QHelpEvent, QKeySequence
from PySide6.QtWidgets import QMenu, QToolTip, QWidget

from workbench.gui.widgets.surfaces import without_corners

WHY = "why_not"
"""Property of an entry: why it cannot be used now, for its tool tip."""


class Menu(QMenu):
    """A menu whose style sheet draws it round; outside of the corners one sees what is behind."""

    def __init__(self, parent: QWidget | None = None, *, title: str = "") -> None:
        super().__init__(title, parent)
        without_corners(self)

    def add_rows(self, rows: Iterable[tuple[str, Callable[[], object], str]]) -> None:
        """Add entries: text, what is done, and the keys that do it elsewhere ("" for none)."""
        for text, act, keys in rows:
            action = self.addAction(text)
            action.setShortcut(QKeySequence(keys))
            action.triggered.connect(act)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            entry = self.actionAt(event.pos())
            why = str(entry.property(WHY) or "") if entry else ""
            QToolTip.showText(event.globalPos(), why, self)
            if why:
                return True
        return super().event(event)
