"""Dots by hand: one click for each thing that is counted."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from workbench.core.dots import dot_at, is_dot
from workbench.core.text import count, tr
from workbench.extension.window import Gesture, ToolController
from workbench.gui.label.images.geometry import Point
from workbench.gui.label.images.polygon_tools import on_grid
from workbench.gui.label.images.tool_view import ToolView
from workbench.gui.label.images.tools import SLIP, MoveBoxes, PanView, SelectBand, outer
from workbench.gui.widgets.dot_painting import DOT_REACH

_ADDING = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier


class DotController(ToolController):
    """Knows the dot under the mouse, and counts those of the current class."""

    canvas: ToolView

    def pointed(self, point: Point) -> int | None:
        """The dot under a ``point`` of the view, the nearest of several."""
        canvas = self.canvas
        return next((index for index in canvas.boxes_at(point)
                     if is_dot(canvas.scene.objects[index].shape)), None)

    @property
    def cursor(self) -> Qt.CursorShape:
        mouse = self.canvas.mouse
        over = mouse is not None and self.pointed(mouse) is not None
        return Qt.CursorShape.SizeAllCursor if over else Qt.CursorShape.CrossCursor

    def status(self) -> str:
        editor = self.canvas.editor
        name = editor.current_class
        number = sum(item.label == name and is_dot(item.shape) for item in editor.objects)
        return tr("{dots} of {name}", dots=count(number, "dot"), name=name) if name else ""

    def let_go(self) -> bool:
        there = bool(self.canvas.editor.selection)
        self.canvas.editor.select(())
        return there

    def step_taken(self) -> None:
        if len(self.canvas.editor.selection) == 1:
            self.canvas.editor.select(())  # a digit is about the next one

    def is_locked(self, point: Point, modifiers: Qt.KeyboardModifier) -> bool | None:
        about_others = modifiers & (_ADDING | Qt.KeyboardModifier.AltModifier)
        return False if about_others or self.pointed(point) is not None else None


def dots(canvas: ToolView, point: Point, modifiers: Qt.KeyboardModifier) -> Gesture:
    """What a press begins: a new dot, moving one, with Alt removing one, with Shift selecting."""
    controller = canvas.controller
    assert isinstance(controller, DotController)
    index = controller.pointed(point)
    if modifiers & Qt.KeyboardModifier.AltModifier:
        if index is not None:
            canvas.editor.select((index,))
            canvas.editor.delete()
        return PanView(canvas, point)
    if modifiers & _ADDING:
        return SelectBand(canvas, point, index)
    if index is None:
        return AddDot(canvas, point)
    if index not in canvas.editor.selection:
        canvas.editor.select((index,))
    return MoveDots(canvas, point, (index,))


class AddDot:
    """A click makes a dot where the button went down; a drag takes it along."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, canvas: ToolView, start: Point) -> None:
        self._canvas = canvas
        self._press, self._place = start, on_grid(canvas, start)
        self._meant = False
        canvas.editor.select(())

    def move(self, point: Point, modifiers: Qt.KeyboardModifier) -> None:
        self._meant = self._meant or math.dist(point, self._press) >= SLIP
        if self._meant:
            self._place = on_grid(self._canvas, point)

    def finish(self) -> None:
        if self._canvas.shape_drawn(dot_at(self._place)):
            self._canvas.editor.select(())  # a digit is about the next one

    def cancel(self) -> None:
        """Nothing was made yet."""

    def dirty(self) -> QRectF:
        return outer(self._canvas.view_rect((*self._place, *self._place))).adjusted(
            -DOT_REACH, -DOT_REACH, DOT_REACH, DOT_REACH)

    def paint(self, painter: QPainter) -> None:
        canvas = self._canvas
        name = canvas.editor.current_class
        canvas.shape_painter(painter).one(dot_at(self._place), name, canvas.pens.pen(name, 1.0))


class MoveDots(MoveBoxes):
    """Drag a dot, or all that are selected. One that was moved is not selected any more: a digit
    is about the next one."""

    def finish(self) -> None:
        super().finish()
        if self.moved and len(self._canvas.editor.selection) == 1:
            self._canvas.editor.select(())
