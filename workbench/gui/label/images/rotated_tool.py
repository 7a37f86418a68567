"""Rotated boxes by hand: drawn upright, then turned and resized by their grips."""

from __future__ import annotations

import math
from dataclasses import replace

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from workbench.core.outlines import RotatedBox
from workbench.core.text import tr
from workbench.extension.window import Gesture
from workbench.gui.label.images import geometry
from workbench.gui.label.images.geometry import HANDLES, MIN_SIDE, Handle, Point
from workbench.gui.label.images.shape_grips import ShapeGrips
from workbench.gui.label.images.tool_view import ToolView
from workbench.gui.label.images.tools import GRIP, WASH, DrawBox, PaintsSelected, outer
from workbench.gui.style import tokens

KNOB = 24.0
"""How far the knob that turns a box stands above it, in logical pixels."""
STEP = math.radians(15)
"""With Shift a box is turned by multiples of this."""


class DrawRotated(DrawBox):
    """Drag an upright box, which is turned by its knob then; a click takes a box that is there, so
    that its knob can be dragged."""

    def finish(self) -> None:
        if not self._meant:
            self._canvas.editor.select(self._canvas.boxes_at(self._press)[:1])
        x1, y1, x2, y2 = self.box
        if self._meant and geometry.is_box(self.box):
            self._canvas.shape_drawn(
                RotatedBox(((x1 + x2) / 2, (y1 + y2) / 2), x2 - x1, y2 - y1, 0.0))


def knob_of(canvas: ToolView, shape: RotatedBox) -> tuple[Point, Point]:
    """Where the knob stands in the view, and the middle of the side that it belongs to."""
    reach = shape.height / 2
    sin, cos = math.sin(shape.angle), math.cos(shape.angle)
    x, y = canvas.viewport.to_view((shape.center[0] + reach * sin, shape.center[1] - reach * cos))
    return (x + KNOB * sin, y - KNOB * cos), (x, y)


def grip_places(canvas: ToolView, shape: RotatedBox) -> list[tuple[Handle, Point]]:
    """The eight grips, in the view."""
    box = (-shape.width / 2, -shape.height / 2, shape.width / 2, shape.height / 2)
    return [(handle, canvas.viewport.to_view(_outside(shape, handle.place(box))))
            for handle in HANDLES]


TURN = Handle("turn", 0, 0)


class RotatedGrips(ShapeGrips[RotatedBox]):
    """The knob and the eight grips of the selected box; they can be dragged with any tool."""

    over_tools = True

    def at(self, point: Point) -> Handle | None:
        """The grip under ``point``; :data:`TURN` for the knob."""
        canvas, shape = self.canvas, self.shape
        if math.dist(knob_of(canvas, shape)[0], point) <= GRIP + 2:
            return TURN
        places = [(math.dist(place, point), handle) for handle, place in grip_places(canvas, shape)]
        near, handle = min(places, key=lambda item: item[0])
        return handle if near <= GRIP else None

    def cursor(self, point: Point) -> Qt.CursorShape | None:
        return Qt.CursorShape.CrossCursor if self.at(point) is not None else None

    def gesture(self, point: Point, modifiers: Qt.KeyboardModifier) -> Gesture | None:
        grip = self.at(point)
        return None if grip is None else ChangeRotated(self.canvas, point, grip)

    def area(self) -> QRectF:
        return grips_area(self.canvas, self.shape)

    def paint(self, painter: QPainter, name: str) -> None:
        paint_rotated(painter, self.canvas, self.shape, name)


class ChangeRotated(PaintsSelected):
    """Drag the knob to turn the selected box (with Shift in steps), or a grip to resize it."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, canvas: ToolView, start: Point, handle: Handle) -> None:
        shape = canvas.chosen_shape(RotatedBox)
        assert shape is not None
        self._canvas, self._handle = canvas, handle
        self._before = self.shape = shape
        self._press, self._meant = start, False

    def move(self, point: Point, modifiers: Qt.KeyboardModifier) -> None:
        self._meant = self._meant or math.dist(point, self._press) >= 1.0
        if not self._meant:
            return
        at = self._canvas.viewport.to_image(point)
        if self._handle is not TURN:
            self.shape = resized(self._before, self._handle, at)
            return
        center = self._before.center
        angle = math.atan2(at[0] - center[0], center[1] - at[1])
        if modifiers & Qt.KeyboardModifier.ShiftModifier:
            angle = round(angle / STEP) * STEP
        self.shape = replace(self._before, angle=round(angle % (2 * math.pi), 6))

    def finish(self) -> None:
        if self.shape != self._before:
            words = tr("turn 1 box") if self._handle is TURN else tr("resize 1 box")
            editor = self._canvas.editor
            editor.set_shapes({editor.selection[0]: self.shape}, words)

    def cancel(self) -> None:
        """The box was not changed yet."""

    def dirty(self) -> QRectF:
        return grips_area(self._canvas, self.shape)

    def paint(self, painter: QPainter) -> None:
        canvas = self._canvas
        name = canvas.editor.selected[0].label
        paint_rotated(painter, canvas, self.shape, name)
        canvas.paint_note(painter, canvas.view_rect(self.shape.bounds()),
                          f"{self.shape.width:.0f} × {self.shape.height:.0f} · "
                          f"{math.degrees(self.shape.angle):.0f}°")


def resized(shape: RotatedBox, handle: Handle, point: Point) -> RotatedBox:
    """``shape`` with the edges of ``handle`` at ``point`` of the image; the others stay."""
    x, y = _inside(shape, point)
    left, top, right, bottom = (-shape.width / 2, -shape.height / 2,
                                shape.width / 2, shape.height / 2)
    if handle.x:
        left, right = (min(x, right - MIN_SIDE), right) if handle.x < 0 \
            else (left, max(x, left + MIN_SIDE))
    if handle.y:
        top, bottom = (min(y, bottom - MIN_SIDE), bottom) if handle.y < 0 \
            else (top, max(y, top + MIN_SIDE))
    center = _outside(shape, ((left + right) / 2, (top + bottom) / 2))
    return RotatedBox((round(center[0], 2), round(center[1], 2)), round(right - left, 2),
                      round(bottom - top, 2), shape.angle)


def _outside(shape: RotatedBox, place: Point) -> Point:
    """From the box's own frame, with its middle at (0, 0), to the image's."""
    sin, cos = math.sin(shape.angle), math.cos(shape.angle)
    return (shape.center[0] + place[0] * cos - place[1] * sin,
            shape.center[1] + place[0] * sin + place[1] * cos)


def _inside(shape: RotatedBox, point: Point) -> Point:
    sin, cos = math.sin(shape.angle), math.cos(shape.angle)
    dx, dy = point[0] - shape.center[0], point[1] - shape.center[1]
    return dx * cos + dy * sin, dy * cos - dx * sin


# --- how it looks -------------------------------------------------------------------------------


def grips_area(canvas: ToolView, shape: RotatedBox) -> QRectF:
    """What :func:`paint_rotated` covers."""
    reach = KNOB + tokens.HANDLE
    return outer(canvas.view_rect(shape.bounds())).adjusted(-reach, -reach, reach, reach)


def paint_rotated(painter: QPainter, canvas: ToolView, shape: RotatedBox, name: str) -> None:
    """A rotated box that is selected, with its grips and its knob."""
    wash = canvas.pens.color(name)
    wash.setAlphaF(WASH)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = canvas.pens.pen(name, tokens.WIDTH_BOX_ACTIVE)
    canvas.shape_painter(painter).one(shape, name, pen, wash)
    knob, foot = knob_of(canvas, shape)
    painter.setPen(canvas.pens.pen(name, 1.5))
    painter.drawLine(QLineF(*foot, *knob))
    painter.setBrush(QColor(tokens.ON_IMAGE))
    painter.drawEllipse(QPointF(*knob), tokens.HANDLE / 2 + 1.0, tokens.HANDLE / 2 + 1.0)
    side = float(tokens.HANDLE) - 1.0
    painter.drawRects([QRectF(x - side / 2, y - side / 2, side, side)
                       for _, (x, y) in grip_places(canvas, shape)])
    painter.setBrush(Qt.BrushStyle.NoBrush)
