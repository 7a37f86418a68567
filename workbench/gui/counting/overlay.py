"""Lines and zones over a picture: drawn, dragged and removed with the mouse or the keyboard."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QWidget

from workbench.core.text import tr
from workbench.evaluation.counting import (
    CountingLine,
    CountingPlace,
    CountingZone,
    PlaceKind,
    Point,
)
from workbench.gui.counting.painting import Words, paint_places, point_in
from workbench.gui.counting.places import CountingPlaces
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme

_REACH, _LEAST = 8.0, 6.0
"""Logical pixels around a corner that catch it, and of a drag that draws something."""
_TOOLS: dict[str, PlaceKind] = {"line": CountingLine, "zone": CountingZone}
_NUDGE = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1),
          Qt.Key.Key_Down: (0, 1)}
_REMOVE = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
_OF_TOOL = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)


class _Grip(NamedTuple):
    """What is being dragged: a corner, or all of it (-1), and where the mouse went down."""

    place: CountingPlace
    corner: int
    begin: Point


class PlacesOverlay(QWidget):
    """Covers a picture."""

    tool_changed = Signal(str)
    """("line", "zone" or "") something else is drawn with the mouse now."""
    rename_wanted = Signal(str)
    """(name) one was double clicked."""
    left = Signal()
    """Escape was pressed with nothing in hand."""

    def __init__(self, places: CountingPlaces, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.words: Words = lambda place: place.name
        self.tool = ""
        self.passes = True
        """Whether a press beside all of them is for what lies below."""
        self._places, self._theme = places, theme
        self._area: QRectF | None = None
        self._size = (1, 1)
        self._draft: list[Point] = []
        self._hover: Point | None = None
        self._pressed: Point | None = None
        self._grip: _Grip | None = None
        self._moved: CountingPlace | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setAccessibleName(tr("Lines and zones"))
        places.changed.connect(self.update)
        places.chosen_changed.connect(self.update)

    def set_view(self, area: QRectF | None, size: tuple[int, int]) -> None:
        """Where the picture lies in this widget, and its size in pixels; None where there is
        none."""
        if (area, size) != (self._area, self._size):
            self._area, self._size = area, size
            self.update()

    def set_tool(self, tool: str) -> None:
        """Draw "line" or "zone" with the mouse; "" for neither."""
        self._draft, self._hover, self._pressed = [], None, None
        if tool != self.tool:
            self.tool = tool
            self.tool_changed.emit(tool)
        if tool:
            self.setFocus()
            self.setCursor(Qt.CursorShape.CrossCursor)
        else:
            self.unsetCursor()
        self.update()

    # --- places and pixels ----------------------------------------------------------------------

    def _view(self, point: Point) -> QPointF:
        return point_in(self._area or QRectF(), self._size, point)

    def _point(self, position: QPointF) -> Point:
        """In pixels of the frame, and in it."""
        area = self._area or QRectF(0, 0, 1, 1)
        x = (position.x() - area.left()) * self._size[0] / max(area.width(), 1.0)
        y = (position.y() - area.top()) * self._size[1] / max(area.height(), 1.0)
        return (round(min(max(x, 0.0), self._size[0]), 1),
                round(min(max(y, 0.0), self._size[1]), 1))

    def _far(self, one: Point, other: Point) -> float:
        """Their distance in the view."""
        line = self._view(one) - self._view(other)
        return math.hypot(line.x(), line.y())

    def _grip_at(self, point: Point) -> _Grip | None:
        chosen_first = sorted(self._places.places,
                              key=lambda item: item.name != self._places.chosen)
        for place in chosen_first:
            for corner, at in enumerate(place.points):
                if self._far(point, at) <= _REACH:
                    return _Grip(place, corner, point)
        for place in chosen_first:
            ends = [*place.points, *(place.points[:1] if isinstance(place, CountingZone) else ())]
            for one, other in pairwise(ends):
                if self._beside(point, one, other) <= _REACH:
                    return _Grip(place, -1, point)
        return None

    def _beside(self, point: Point, one: Point, other: Point) -> float:
        """Logical pixels from a point to a side of something."""
        span = math.dist(one, other) ** 2 or 1.0
        share = ((point[0] - one[0]) * (other[0] - one[0])
                 + (point[1] - one[1]) * (other[1] - one[1])) / span
        share = min(1.0, max(0.0, share))
        return self._far(point, (one[0] + share * (other[0] - one[0]),
                                 one[1] + share * (other[1] - one[1])))

    # --- mouse ----------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._area is None or event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        point = self._point(event.position())
        if self.tool == "line":
            self._draft = [point, point]
        elif self.tool:
            self._press_zone(point)
        else:
            self._grip = self._grip_at(point)
            self._places.choose(self._grip.place.name if self._grip else "")
            if self._grip is None and self.passes:
                event.ignore()
            else:
                self.setFocus()
        self.update()

    def _press_zone(self, point: Point) -> None:
        if len(self._draft) >= 3 and self._far(point, self._draft[0]) <= _REACH:
            self._finish(self._draft)
            return
        if not self._draft:
            self._pressed = point
        self._draft.append(point)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._area is None:
            return
        point = self._hover = self._point(event.position())
        if self.tool == "line" and self._draft:
            self._draft[1] = point
        elif self._grip is not None:
            self._moved = _moved(self._grip, point, self._size)
        elif not self.tool:
            if self._grip_at(point):
                self.setCursor(Qt.CursorShape.SizeAllCursor)
            else:
                self.unsetCursor()
                if self.passes:
                    event.ignore()
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        point = self._point(event.position())
        if self.tool == "line" and self._draft:
            if self._far(*self._draft) > _LEAST:
                self._finish(self._draft)
            self._draft = []
        elif self._pressed is not None:
            begin, self._pressed = self._pressed, None
            if self._far(begin, point) > _LEAST:  # dragged: a rectangle
                (x0, y0), (x1, y1) = begin, point
                if x0 != x1 and y0 != y1:
                    self._finish([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
        elif self._moved is not None:
            self._places.change(self._moved)
        elif self._grip is None and self.passes:
            event.ignore()
        self._grip = self._moved = None
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.tool == "zone" and len(self._draft) >= 3:
            self._finish(self._draft)
        elif not self.tool and (grip := self._grip_at(self._point(event.position()))):
            self.rename_wanted.emit(grip.place.name)
        elif self.tool:
            self.mousePressEvent(event)
        elif self.passes:
            event.ignore()

    def _finish(self, points: Sequence[Point]) -> None:
        self._places.add(_TOOLS[self.tool], points)
        self.set_tool("")

    # --- keyboard -------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Keys that mean something here are not for what is shown below."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            key = Qt.Key(event.key())
            plain = not event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier
                                              | Qt.KeyboardModifier.KeypadModifier)
            mine = key in _OF_TOOL if self.tool else bool(self._places.chosen) and (
                key in _NUDGE or key in _REMOVE or key == Qt.Key.Key_Escape)
            if plain and mine:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        chosen = next((item for item in self._places.places
                       if item.name == self._places.chosen), None)
        if key == Qt.Key.Key_Escape and (self.tool or self._draft):
            self.set_tool("")
        elif key == Qt.Key.Key_Escape and chosen is not None:
            self._places.choose("")
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.tool:
            self._finish(self._draft if len(self._draft) >= 3 else self._usual())
        elif key in _REMOVE and chosen is not None:
            self._places.remove(chosen.name)
        elif key in _NUDGE and chosen is not None:
            far = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
            x, y = _NUDGE[key]
            self._places.change(_moved(_Grip(chosen, -1, (0.0, 0.0)), (x * far, y * far),
                                       self._size))
        else:
            if key == Qt.Key.Key_Escape:
                self.left.emit()
            super().keyPressEvent(event)

    def _usual(self) -> list[Point]:
        """Where a new one lies that nobody drew: across the middle, or around it."""
        width, height = self._size
        if self.tool == "line":
            return [(width * 0.1, height / 2), (width * 0.9, height / 2)]
        left, right, top, bottom = width * 0.3, width * 0.7, height * 0.3, height * 0.7
        return [(left, top), (right, top), (right, bottom), (left, bottom)]

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    # --- painting -------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._area is None:
            return
        moved = self._moved
        with QPainter(self) as painter:
            paint_places(painter, [
                moved if moved is not None and moved.name == place.name else place
                for place in self._places.places], self._area, self._size, self.words,
                chosen=self._places.chosen, font=self.font())
            self._paint_draft(painter)

    def _paint_draft(self, painter: QPainter) -> None:
        if not self._draft:
            return
        painter.setPen(QPen(self._theme.color(tokens.COUNTING), tokens.WIDTH_BOX,
                            Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._pressed is not None and self._hover is not None:
            corners = QRectF(self._view(self._pressed), self._view(self._hover))
            painter.drawRect(corners.normalized())
            return
        points = [*self._draft, *([self._hover] if self._hover and self.tool == "zone" else [])]
        painter.drawPolyline(QPolygonF([self._view(point) for point in points]))


def _moved(grip: _Grip, point: Point, size: tuple[int, int]) -> CountingPlace:
    """What is dragged, as it is with the mouse there; it stays in the picture."""
    place, corner, begin = grip
    if corner >= 0:
        points = [point if at == corner else item for at, item in enumerate(place.points)]
        if isinstance(place, CountingLine) and points[0] == points[1]:
            return place
        return replace(place, points=tuple(points))
    shift = []
    for axis in (0, 1):
        values = [item[axis] for item in place.points]
        wanted = point[axis] - begin[axis]
        shift.append(min(max(wanted, -min(values)), size[axis] - max(values)))
    return replace(place, points=tuple((round(x + shift[0], 1), round(y + shift[1], 1))
                                       for x, y in place.points))
