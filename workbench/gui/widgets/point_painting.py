"""How key points of an object are drawn, wherever a picture shows some."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from workbench.core.outlines import HIDDEN, Keypoints
from workbench.core.skeletons import Skeleton
from workbench.gui.style import tokens

POINT_RADIUS = 4.0
"""Of a key point, in logical pixels."""
LEAST_SIDE = 14.0
"""Longer side of an object's box on the screen, in logical pixels, from which its key points can be
told apart."""
_SMALL_RADIUS, _OF_SIDE = 1.5, 1 / 24
_FOR_NAMES = 160.0  # logical pixels of that side from which names have room


def radius_in(side: float) -> float:
    """Of the key points of an object with this longer side on the screen: they do not cover it."""
    return min(POINT_RADIUS, max(_SMALL_RADIUS, side * _OF_SIDE))


def paint_keypoints(painter: QPainter, shape: Keypoints, place: Callable[[float, float], QPointF],
                    skeleton: Skeleton, pen: QPen, radius: float = POINT_RADIUS, *,
                    square: bool = False) -> None:
    """Paint points (hollow where they are hidden) and what joins them; ``place`` says where a point
    of the image lies for the painter. ``square`` ones can be told from others beside them."""
    places = [place(x, y) for x, y in shape.points]
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    seen = shape.visibility
    painter.drawLines([QLineF(places[one], places[other]) for one, other in skeleton.lines
                       if max(one, other) < len(places) and seen[one] and seen[other]])
    light, before = QColor(tokens.ON_IMAGE), None
    for number, at in enumerate(places):
        if not seen[number]:
            continue
        look = skeleton.color(number), seen[number] == HIDDEN
        if look != before:  # of hundreds of objects it takes long
            color, before = QColor(look[0] or pen.color()), look
            painter.setBrush(light if look[1] else color)
            painter.setPen(QPen(color, pen.widthF()) if look[1]
                           else QPen(light, min(1.0, radius / 3)))
        if square:
            painter.drawRect(QRectF(at.x() - radius, at.y() - radius, 2 * radius, 2 * radius))
        else:
            painter.drawEllipse(at, radius, radius)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def paint_names(painter: QPainter, shape: Keypoints, place: Callable[[float, float], QPointF],
                skeleton: Skeleton, side: float) -> None:
    """Write beside the points of an object with this longer side on the screen what they are
    called, where there is room for it."""
    if side < _FOR_NAMES:
        return
    down = painter.fontMetrics().ascent() / 2 - 1
    for (x, y), seen, name in zip(shape.points, shape.visibility, skeleton.points, strict=False):
        if seen:
            at = place(x, y) + QPointF(POINT_RADIUS + 3, down)
            for ink, off in ((tokens.ON_IMAGE_DARK, 1.0), (tokens.ON_IMAGE, 0.0)):
                painter.setPen(QColor(ink))
                painter.drawText(at + QPointF(off, off), name)
