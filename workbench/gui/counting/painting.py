"""How lines and zones look: with what was counted there, and of lines where "in" is."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QPolygonF

from workbench.core.text import tr
from workbench.evaluation.counting import CountingPlace, CountingZone, Point
from workbench.gui.style import tokens
from workbench.gui.style.painting import small

_FILL_ALPHA = 28
_ARROW = 16.0
Words = Callable[[CountingPlace], str]
"""What stands at a line or zone."""


def point_in(area: QRectF, size: tuple[float, float], point: Point) -> QPointF:
    """Where a pixel of a picture of this ``size`` is painted that fills the ``area``."""
    return QPointF(area.left() + point[0] * area.width() / size[0],
                   area.top() + point[1] * area.height() / size[1])


def paint_places(painter: QPainter, places: Sequence[CountingPlace], area: QRectF,
                 size: tuple[float, float], words: Words, *, chosen: str = "", font: QFont,
                 unit: float = 1.0) -> None:
    """Paint lines and zones over a picture of this ``size`` that fills the ``area``; ``unit`` is
    how many pixels of the device are one."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    ink = QColor(tokens.COUNTING)
    painter.setFont(_sized(font, unit))
    for place in places:
        points = [point_in(area, size, point) for point in place.points]
        wide = tokens.WIDTH_BOX_ACTIVE if place.name == chosen else tokens.WIDTH_BOX
        painter.setPen(QPen(ink, wide * unit))
        if isinstance(place, CountingZone):
            fill = QColor(ink)
            fill.setAlpha(_FILL_ALPHA)
            painter.setBrush(fill)
            painter.drawPolygon(QPolygonF(points))
        else:
            painter.drawLine(points[0], points[1])
            _paint_arrow(painter, points[0], points[1], area, unit)
        painter.setBrush(ink)
        side = (tokens.HANDLE if place.name == chosen else tokens.HANDLE / 2) * unit
        painter.setPen(Qt.PenStyle.NoPen)
        for point in points:
            painter.drawRect(QRectF(point.x() - side / 2, point.y() - side / 2, side, side))
        top = min(points, key=lambda item: item.y())
        _paint_flag(painter, words(place), QPointF(top.x(), top.y() - tokens.HANDLE * unit), area,
                    above=True)


def _sized(font: QFont, unit: float) -> QFont:
    found = small(font)
    if unit != 1.0:
        found.setPixelSize(max(1, round(tokens.FONT_SMALL * unit)))
    return found


def _paint_arrow(painter: QPainter, start: QPointF, end: QPointF, area: QRectF,
                 unit: float) -> None:
    """Towards the side that "in" leads to, which is written at its tip."""
    way = end - start
    length = math.hypot(way.x(), way.y()) or 1.0
    right, along = QPointF(-way.y(), way.x()) / length, way / length
    middle, long = (start + end) / 2, _ARROW * unit
    tip = middle + right * long
    painter.drawLine(middle, tip)
    for side in (-1, 1):
        painter.drawLine(tip, tip - right * (long / 3) + along * (side * long / 3))
    text, pen = tr("in"), painter.pen()
    metrics = painter.fontMetrics()
    half = QSizeF(metrics.horizontalAdvance(text) / 2 + tokens.SPACE_XS, metrics.height() / 2)
    apart = abs(right.x()) * half.width() + abs(right.y()) * half.height() + 2 * unit
    _paint_flag(painter, text, tip + right * apart, area)
    painter.setPen(pen)


def _paint_flag(painter: QPainter, text: str, at: QPointF, area: QRectF, *,
                above: bool = False) -> None:
    """Words on a ground of their own, in the ``area``: around a point, or above it from there."""
    metrics = painter.fontMetrics()
    wide, high = metrics.horizontalAdvance(text) + 2 * tokens.SPACE_XS, metrics.height() + 2
    left, top = (at.x(), at.y() - high) if above else (at.x() - wide / 2, at.y() - high / 2)
    flag = QRectF(max(area.left(), min(left, area.right() - wide)),
                  max(area.top(), min(top, area.bottom() - high)), wide, high)
    painter.fillRect(flag, QColor(tokens.COUNTING))
    painter.setPen(QColor(tokens.ON_IMAGE_DARK))
    painter.drawText(flag, Qt.AlignmentFlag.AlignCenter, text)
