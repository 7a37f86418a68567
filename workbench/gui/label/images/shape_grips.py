"""What can be dragged of the only selected object, by the kind of its shape."""

from __future__ import annotations

from typing import Generic, TypeVar

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from workbench.core.dots import is_dot
from workbench.core.outlines import Keypoints, Polygon, RotatedBox
from workbench.extension.registry import load
from workbench.extension.window import Gesture
from workbench.gui.label.images.geometry import Point
from workbench.gui.label.images.tool_view import ToolView

ShapeT = TypeVar("ShapeT")


class ShapeGrips(Generic[ShapeT]):
    """The grips of one shape. Points are in the logical pixels of the canvas."""

    over_tools = False
    """Whether they can be dragged while a tool is chosen."""

    def __init__(self, canvas: ToolView, shape: ShapeT) -> None:
        self.canvas, self.shape = canvas, shape

    def cursor(self, point: Point) -> Qt.CursorShape | None:
        """The cursor over a grip, or None beside all."""
        raise NotImplementedError

    def gesture(self, point: Point, modifiers: Qt.KeyboardModifier) -> Gesture | None:
        """What a press begins, or None where it is about something else."""
        raise NotImplementedError

    def remove(self, point: Point) -> bool:
        """Take out the point under the mouse; False without one."""
        return False

    def area(self) -> QRectF:
        """What :meth:`paint` covers beyond the bounds of the shape."""
        return QRectF()

    def paint(self, painter: QPainter, name: str) -> None:
        """Paint the shape, of the class ``name``, with its grips."""
        raise NotImplementedError


_HERE = "workbench.gui.label.images"
_KINDS: dict[type, str] = {
    RotatedBox: f"{_HERE}.rotated_tool:RotatedGrips",
    Polygon: f"{_HERE}.polygon_tools:VertexGrips",
    Keypoints: f"{_HERE}.polygon_tools:VertexGrips",
}


def grips_of(canvas: ToolView) -> ShapeGrips[object] | None:
    """Those of the only selected object, if it can be changed and is no upright box."""
    shape = canvas.chosen_shape(object)
    made = None if is_dot(shape) else _KINDS.get(type(shape))
    grips: ShapeGrips[object] | None = None if made is None else load(made)(canvas, shape)
    return grips
