"""What painted views share whose parts are pointed at: hover, cursor and tooltip."""

from __future__ import annotations

from abc import abstractmethod
from typing import Generic, TypeVar

from PySide6.QtCore import QEvent, QPointF, QRect, Qt
from PySide6.QtGui import QHelpEvent, QMouseEvent
from PySide6.QtWidgets import QToolTip, QWidget

from workbench.gui.widgets.tips import plain_tip

PartT = TypeVar("PartT")


class TipView(QWidget):
    """A view that says what its parts are when the mouse rests on them."""

    @abstractmethod
    def tip_at(self, point: QPointF) -> tuple[str, QRect]:
        """What is said of a point, "" for nothing, and as long as the mouse is in which part of
        the widget; an empty one for all of it."""

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            words, part = self.tip_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), plain_tip(words), self, part)
            return True
        return super().event(event)


class PickingView(TipView, Generic[PartT]):
    """A view that knows the part of it that is under the mouse."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hover: PartT | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @abstractmethod
    def at(self, point: QPointF) -> PartT | None:
        """The part at a point of the widget."""

    def can_choose(self, part: PartT) -> bool:
        """Whether a click on it does something."""
        return True

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._set_hover(self.at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self._set_hover(None)
        super().leaveEvent(event)

    def _set_hover(self, part: PartT | None) -> None:
        if part != self._hover:
            self._hover = part
            self.setCursor(Qt.CursorShape.PointingHandCursor
                           if part is not None and self.can_choose(part)
                           else Qt.CursorShape.ArrowCursor)
            self.update()
