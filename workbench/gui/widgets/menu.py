"""A menu with the round corners of the controls."""

from __future__ import annotations

from PySide6.QtWidgets import QMenu, QWidget

from workbench.gui.widgets.surfaces import without_corners


class Menu(QMenu):
    """A menu whose style sheet draws it round; outside of the corners one sees what is behind."""

    def __init__(self, parent: QWidget | None = None, *, title: str = "") -> None:
        super().__init__(title, parent)
        without_corners(self)
