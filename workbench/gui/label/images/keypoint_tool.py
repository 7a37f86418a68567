"""Key points by hand: one click after the other, in the order of the class's skeleton."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPolygonF

from workbench.core.outlines import HIDDEN, NOT_LABELLED, VISIBLE, Keypoints
from workbench.core.text import tr
from workbench.gui.label.images.geometry import Point
from workbench.gui.label.images.polygon_tools import on_grid
from workbench.gui.label.images.tool_view import ToolView
from workbench.gui.label.images.tools import outer
from workbench.gui.style import tokens

_SKIP = int(Qt.MouseButton.RightButton.value)


class DrawKeypoints:
    """Click each point in turn; with Shift it is hidden, the right button leaves one out,
    Backspace takes the last one back, Enter ends before all are there."""

    cursor = Qt.CursorShape.CrossCursor
    keys = frozenset(map(int, (Qt.Key.Key_Backspace, Qt.Key.Key_Return, Qt.Key.Key_Enter)))

    def __init__(self, canvas: ToolView, start: Point,
                 modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        self._canvas = canvas
        self.done = False
        self._mouse = start
        self._names = canvas.editor.skeleton(canvas.editor.settled_class()).points
        self._points: list[Point] = []
        self._seen: list[int] = []
        canvas.editor.select(())
        self.press(start, modifiers)

    def press(self, point: Point, modifiers: Qt.KeyboardModifier) -> None:
        hidden = modifiers & Qt.KeyboardModifier.ShiftModifier
        self._add(on_grid(self._canvas, point), HIDDEN if hidden else VISIBLE)

    def _add(self, point: Point, seen: int) -> None:
        self._points.append(point)
        self._seen.append(seen)
        self.done = len(self._points) == len(self._names)

    def move(self, point: Point, modifiers: Qt.KeyboardModifier) -> None:
        self._mouse = point

    def release(self, point: Point, modifiers: Qt.KeyboardModifier) -> None:
        """The press has set it."""

    def key(self, key: int, modifiers: Qt.KeyboardModifier) -> None:
        if key == _SKIP:
            self._add((0.0, 0.0), NOT_LABELLED)
        elif key == int(Qt.Key.Key_Backspace):
            self._points.pop()
            self._seen.pop()
            self.done = not self._points
        else:
            self.done = True

    @property
    def shape(self) -> Keypoints:
        """What there is so far, and the rest of the skeleton as not labelled."""
        rest = max(0, len(self._names) - len(self._points))
        return Keypoints((*self._points, *[(0.0, 0.0)] * rest),
                         (*self._seen, *[NOT_LABELLED] * rest))

    def finish(self) -> None:
        if any(self._seen):
            self._canvas.shape_drawn(self.shape)

    def cancel(self) -> None:
        """Nothing was made yet."""

    # --- how it looks ---------------------------------------------------------------------------

    def dirty(self) -> QRectF:
        to_view = self._canvas.viewport.to_view
        places = [QPointF(*to_view(point)) for point in self.shape.labelled()]
        around = QPolygonF([*places, QPointF(*self._mouse)]).boundingRect()
        room = float(tokens.SIDE_PANEL_WIDTH)  # the name of the next one
        return outer(around).adjusted(-room, 0, room, 2.0 * tokens.SPACE_XL)

    def paint(self, painter: QPainter) -> None:
        canvas = self._canvas
        name = canvas.editor.current_class
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        canvas.shape_painter(painter).keypoints(
            self.shape, name, canvas.pens.pen(name, tokens.WIDTH_BOX_ACTIVE))
        x, y = self._mouse
        canvas.paint_note(painter, QRectF(x, y, 0, 0), self._next())

    def _next(self) -> str:
        number = len(self._points) + 1
        if not self._names:
            return tr("Point {number} · Enter ends", number=number)
        if number > len(self._names):
            return ""
        return tr("{name} · {number} of {all}", name=self._names[number - 1], number=number,
                  all=len(self._names))
