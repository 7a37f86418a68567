"""How the key points of detections are drawn on a picture."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPainterStateGuard, QPen

from workbench.core.outlines import Keypoints
from workbench.core.skeletons import Skeleton
from workbench.gui.widgets.dot_painting import paint_dots
from workbench.gui.widgets.point_painting import (
    LEAST_SIDE,
    paint_keypoints,
    paint_names,
    radius_in,
)


def paint_found_points(painter: QPainter, shape: Keypoints | None, skeleton: Skeleton, pen: QPen,
                       area: QRectF, size: tuple[float, float], *, names: bool) -> None:
    """Draw key points, where there are any, over ``area``, where their picture of ``size`` (width,
    height) lies; with ``names`` also what they are called, where there is room."""
    if shape is None:
        return
    across, down = area.width() / max(1.0, size[0]), area.height() / max(1.0, size[1])
    x0, y0, x1, y1 = shape.bounds()
    side = max((x1 - x0) * across, (y1 - y0) * down)
    if side < LEAST_SIDE:
        return

    def place(x: float, y: float) -> QPointF:
        return QPointF(area.left() + x * across, area.top() + y * down)

    radius, pen = radius_in(side), QPen(pen)
    pen.setWidthF(min(pen.widthF(), radius / 2))  # lines of a small object would cover it
    with QPainterStateGuard(painter):
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_keypoints(painter, shape, place, skeleton, pen, radius)
        if names:
            paint_names(painter, shape, place, skeleton, side)


def paint_found_dot(painter: QPainter, dot: Keypoints, color: QColor, area: QRectF,
                    size: tuple[float, float]) -> None:
    """Draw a dot over ``area``, where its picture of ``size`` (width, height) lies."""
    (x, y), = dot.points
    paint_dots(painter, [QPointF(area.left() + x * area.width() / max(1.0, size[0]),
                                 area.top() + y * area.height() / max(1.0, size[1]))], color,
               found=True)
