"""Small helpers for laying things out."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from PySide6.QtCore import QMargins, QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLayout, QLayoutItem, QVBoxLayout, QWidget

from workbench.gui.style import tokens

Item = QWidget | QLayout | int | tuple[QWidget | QLayout, int]
"""What :func:`row` and :func:`column` take: a whole number stands for empty room of
that weight, a pair for something that itself stretches by a weight."""


def row(*items: Item, spacing: int = tokens.SPACE_S,
        margins: tuple[int, int, int, int] = (0, 0, 0, 0)) -> QHBoxLayout:
    """A horizontal layout."""
    layout = QHBoxLayout()
    _fill(layout, items, spacing, margins)
    return layout


def column(*items: Item, spacing: int = tokens.SPACE_S,
           margins: tuple[int, int, int, int] = (0, 0, 0, 0)) -> QVBoxLayout:
    """A vertical layout."""
    layout = QVBoxLayout()
    _fill(layout, items, spacing, margins)
    return layout


def widget_of(layout: QLayout) -> QWidget:
    """A widget that holds just this layout."""
    widget = QWidget()
    widget.setLayout(layout)
    return widget


def _fill(layout: QHBoxLayout | QVBoxLayout, items: tuple[Item, ...],
          spacing: int, margins: tuple[int, int, int, int]) -> None:
    layout.setSpacing(spacing)
    layout.setContentsMargins(*margins)
    for item in items:
        if isinstance(item, int):
            layout.addStretch(item)
            continue
        held, weight = item if isinstance(item, tuple) else (item, 0)
        if isinstance(held, QWidget):
            layout.addWidget(held, weight)
        else:
            layout.addLayout(held, weight)


def keep_room(widget: QWidget, *, keep: bool = True) -> None:
    """Leave the room of ``widget`` empty while it is hidden, or let others have it."""
    policy = widget.sizePolicy()
    policy.setRetainSizeWhenHidden(keep)
    widget.setSizePolicy(policy)


def in_reading_order(*groups: Iterable[QWidget]) -> None:
    """Let Tab go through all widgets of all ``groups`` one after the other."""
    stops = [widget for group in groups for widget in group]
    for before, after in pairwise(stops):
        QWidget.setTabOrder(before, after)


def clear_layout(layout: QLayout) -> None:
    """Take all widgets out of a layout, and end them."""
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()


def repolish(widget: QWidget, name: str, value: object) -> None:
    """Set a property that the style sheet asks for, and let the style look again.

    To set it when a widget is made, before the style has looked, is ten milliseconds quicker until
    the first paint: PySide6 makes a hundred Python objects for the first ``QStyle``.
    """
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)


class FlowLayout(QLayout):
    """Puts widgets in a row and goes on in the next row where the width ends (chips)."""

    def __init__(self, parent: QWidget | None = None, spacing: int = 6) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self.setSpacing(spacing)
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._arrange(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._arrange(rect, move=True)

    def sizeHint(self) -> QSize:
        hints = [item.sizeHint() for item in self._items if not item.isEmpty()]
        width = sum(hint.width() + self.spacing() for hint in hints) - self.spacing()
        return QSize(width, max((hint.height() for hint in hints), default=0)).expandedTo(
            self.minimumSize())

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._items:
            if not item.isEmpty():
                size = size.expandedTo(item.minimumSize())
        margins: QMargins = self.contentsMargins()
        return size + QSize(margins.left() + margins.right(), margins.top() + margins.bottom())

    def _arrange(self, rect: QRect, *, move: bool) -> int:
        """Return the height that is needed; place the items if ``move``."""
        x, y, line = rect.x(), rect.y(), 0
        for item in self._items:
            if item.isEmpty():
                continue
            hint = item.sizeHint()
            if x + hint.width() > rect.right() + 1 and line:
                x, y, line = rect.x(), y + line + self.spacing(), 0
            if move:
                item.setGeometry(QRect(QPoint(x, y), hint))
            x += hint.width() + self.spacing()
            line = max(line, hint.height())
        return y + line - rect.y()
