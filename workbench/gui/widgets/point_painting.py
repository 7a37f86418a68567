"""How key points of an object are drawn, wherever a picture shows some."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from workbench.core.outlines import HIDDEN, Keypoints
from workbench.core.skeletons import Skeleton
from workbench.gui.style import tokens

POINT_RADIUS = 4.0
"""Of a key point, in logical pixels."""
SMALL_RADIUS = 2.0
"""The same on a small picture."""


def paint_keypoints(painter: QPainter, shape: Keypoints, place: Callable[[float, float], QPointF],
                    skeleton: Skeleton, pen: QPen, radius: float = POINT_RADIUS) -> None:
    """Paint points (hollow where they are hidden) and what joins them; ``place`` says where a point
    of the image lies for the painter."""
    places = [place(x, y) for x, y in shape.points]
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for one, other in skeleton.lines:
        if max(one, other) < len(places) and shape.visibility[one] and shape.visibility[other]:
            painter.drawLine(places[one], places[other])
    for number, (at, seen) in enumerate(zip(places, shape.visibility, strict=True)):
        if not seen:
            continue
        color = QColor(skeleton.color(number) or pen.color())
        painter.setBrush(QColor(tokens.ON_IMAGE) if seen == HIDDEN else color)
        painter.setPen(QPen(color, pen.widthF()) if seen == HIDDEN
                       else QPen(QColor(tokens.ON_IMAGE), min(1.0, radius / 3)))
        painter.drawEllipse(at, radius, radius)
    painter.setBrush(Qt.BrushStyle.NoBrush)
