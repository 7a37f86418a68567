"""The ruler: a line that tells how long something is, and by which the scale is set."""

from __future__ import annotations

import math

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from workbench.extension.window import LabellingTool, ToolController
from workbench.gui.label.images.geometry import Point, clamp
from workbench.gui.label.images.real_sizes import line_words
from workbench.gui.label.images.tool_view import ToolView
from workbench.gui.label.images.tools import GRIP, SLIP
from workbench.gui.style import tokens

Line = tuple[Point, Point]
_STEP = math.radians(45)
"""With Shift a line lies in a multiple of this."""
_TICK = 7.0
"""Half the length of the strokes at its ends, in logical pixels."""


class RulerController(ToolController):
    """Keeps the line that was drawn last on the image that is shown."""

    edits = False
    canvas: ToolView

    def __init__(self, canvas: ToolView) -> None:
        super().__init__(canvas)
        self._key, self._line = "", None  # type: tuple[str, Line | None]

    @property
    def line(self) -> Line | None:
        """From where to where, in pixels of the image."""
        return self._line if self._key == self.canvas.editor.key else None

    @line.setter
    def line(self, line: Line | None) -> None:
        self._key, self._line = self.canvas.editor.key, line

    @property
    def cursor(self) -> Qt.CursorShape:
        mouse = self.canvas.mouse
        held = mouse is not None and self.end_at(mouse) is not None
        return Qt.CursorShape.SizeAllCursor if held else Qt.CursorShape.CrossCursor

    def end_at(self, point: Point) -> int | None:
        """Which end of the line is under a ``point`` of the view."""
        if self.line is None:
            return None
        away = [math.dist(self.canvas.viewport.to_view(end), point) for end in self.line]
        near = 0 if away[0] < away[1] else 1
        return near if away[near] <= GRIP + 2 else None

    def words(self) -> str:
        """How long the line is; "" without one."""
        known = self.canvas.editor.scale
        return line_words(self.line, known.size if known is not None else None) \
            if self.line is not None else ""

    def status(self) -> str:
        return self.words()

    def let_go(self) -> bool:
        there = self.line is not None
        self.line = None
        if there:
            self.canvas.editor.mode_changed.emit()
        return there

    def is_locked(self, point: Point, modifiers: Qt.KeyboardModifier) -> bool:
        return False

    def area(self) -> QRectF | None:
        if self.line is None:
            return None
        (x1, y1), (x2, y2) = map(self.canvas.viewport.to_view, self.line)
        reach = _TICK + 3
        note = self.canvas.fontMetrics().horizontalAdvance(self.words()) + tokens.SPACE_XL
        return QRectF(min(x1, x2), min(y1, y2), abs(x2 - x1), abs(y2 - y1)).adjusted(
            -max(reach, note), -reach, max(reach, note), reach + tokens.CONTROL_HEIGHT)

    def paint(self, painter: QPainter) -> None:
        if self.line is None:
            return
        ends = QLineF(*self.canvas.viewport.to_view(self.line[0]),
                      *self.canvas.viewport.to_view(self.line[1]))
        across = ends.normalVector().unitVector()
        dx, dy = across.dx() * _TICK, across.dy() * _TICK
        lines = [ends, *(QLineF(end.x() - dx, end.y() - dy, end.x() + dx, end.y() + dy)
                         for end in (ends.p1(), ends.p2()))]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for color, width in ((tokens.ON_IMAGE_DARK, 4.5), (tokens.ON_IMAGE, 2.0)):
            painter.setPen(QPen(QColor(color), width))
            painter.drawLines(lines)
        around = QRectF(ends.p1(), ends.p2()).normalized()
        self.canvas.paint_note(painter, around.adjusted(0, 0, 0, _TICK), self.words())


class DrawLine:
    """Drag a new line, or an end of the one that is there; with Shift it is level, upright or at
    45°. A click without dragging takes the line away."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, canvas: ToolView, start: Point) -> None:
        ruler = canvas.controller
        assert isinstance(ruler, RulerController)
        self._canvas, self._ruler = canvas, ruler
        self._before, self._press = ruler.line, start
        self._end = ruler.end_at(start)
        at = self._inside(canvas.viewport.to_image(start))
        self._fixed = at if self._end is None or ruler.line is None \
            else ruler.line[1 - self._end]
        self._meant = False

    def move(self, point: Point, modifiers: Qt.KeyboardModifier) -> None:
        self._meant = self._meant or math.dist(point, self._press) >= SLIP
        if not self._meant:
            return
        at = self._canvas.viewport.to_image(point)
        if modifiers & Qt.KeyboardModifier.ShiftModifier:
            at = _straight(self._fixed, at)
        at = self._inside(at)
        self._ruler.line = (at, self._fixed) if self._end == 0 else (self._fixed, at)

    def finish(self) -> None:
        if not self._meant and self._end is None:
            self._ruler.line = None
        self._canvas.editor.mode_changed.emit()

    def cancel(self) -> None:
        self._ruler.line = self._before

    def dirty(self) -> QRectF:
        return QRectF()

    def paint(self, painter: QPainter) -> None:
        """The controller paints the line."""

    def _inside(self, point: Point) -> Point:
        width, height = self._canvas.scene.picture.size
        return clamp(point[0], 0.0, width), clamp(point[1], 0.0, height)


def _straight(start: Point, end: Point) -> Point:
    """The point nearest to ``end`` from which the line to ``start`` is level, upright or at 45°."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    angle = round(math.atan2(dy, dx) / _STEP) * _STEP
    along = dx * math.cos(angle) + dy * math.sin(angle)
    return start[0] + along * math.cos(angle), start[1] + along * math.sin(angle)


RULER = LabellingTool(
    "ruler", "Measure a distance", DrawLine, icon="ruler", controller=RulerController,
    hint="Drag to measure. <Shift>: straight.")
"""Chosen by an action of its own: it makes no labels, so it is there where none can be drawn."""
