"""How every page about findings is laid out: a heading with buttons, a line of progress, and
below them what was found, or what to do where nothing was."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLayout, QStackedWidget, QWidget

from workbench.core.text import tr
from workbench.gui.style import tokens
from workbench.gui.widgets import (
    EmptyState,
    ProgressLine,
    column,
    keep_room,
    label,
    row,
    scrolling,
)

WIDTH = 980
"""Logical pixels of the cards at most: a line of text is not read across a whole screen."""


def offer_classes(box: QComboBox, classes: Iterable[str]) -> None:
    """Offer all classes together and each alone; the one that is chosen stays so."""
    chosen = box.currentData()
    box.clear()
    box.addItem(tr("All classes"), None)
    for name in sorted(classes, key=str.casefold):
        box.addItem(name or tr("no class"), name)
    box.setCurrentIndex(max(0, box.findData(chosen)))


class PageFrame(QWidget):
    """Fill it with :meth:`lay_out`."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.title = label("", "heading")
        self.line = ProgressLine()
        """The heading, and the progress, which keeps its room while it is hidden."""
        keep_room(self.line)
        self._pages = QStackedWidget()

    def lay_out(self, found: QLayout, empty: EmptyState, *buttons: QWidget,
                words: QWidget | None = None) -> None:
        """Put together what was ``found``, the page where nothing was, ``buttons`` beside the
        title and ``words`` below it."""
        found.setContentsMargins(0, 0, tokens.SPACE_S, tokens.SPACE_L)
        head = row(self.title, 1, *buttons, spacing=tokens.SPACE_M)
        below = [self.line, self._pages] if words is None else [words, self.line, self._pages]
        body = column(head, *below, spacing=tokens.SPACE_S if words is not None else tokens.SPACE_M)
        body.setStretch(len(below), 1)
        # From outside in: whatever gets a parent is styled anew with all that is in it.
        middle, inside = QWidget(self), QWidget()
        middle.setMaximumWidth(WIDTH)
        sides = row(1, middle, 1, margins=(tokens.SPACE_L, tokens.SPACE_L, tokens.SPACE_L, 0))
        sides.setStretch(1, 1000)
        self.setLayout(sides)
        middle.setLayout(body)
        self._pages.addWidget(scrolling(inside))
        self._pages.addWidget(empty)
        inside.setLayout(found)

    def show_found(self, some: bool) -> None:
        """Show what was found, or the page for where nothing was."""
        wanted = 0 if some else 1
        shown, focused = self._pages.currentWidget(), self.window().focusWidget()
        if wanted != self._pages.currentIndex() and shown is not None and focused is not None \
                and shown.isAncestorOf(focused):
            self.setFocus()  # else the first chip would look chosen, as the next that can have it
        self._pages.setCurrentIndex(wanted)
