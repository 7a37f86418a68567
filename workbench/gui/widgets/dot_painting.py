"""How dots are drawn: at one size on the screen, however far one zooms."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from workbench.gui.style import tokens

DOT_RADIUS = 4.0
"""Of a dot, in logical pixels, without the rings around it."""
DOT_REACH = 7.0
"""How near to a dot, in logical pixels, the mouse is on it."""
_RINGS = 2.5
_CHOSEN = 2.5

_OPEN = 3.0  # by which an open dot is larger: a dot in it is seen

_stamps: dict[tuple[int, float, bool, bool], QPixmap] = {}
_MOST_STAMPS = 256


def paint_dots(painter: QPainter, places: Iterable[QPointF], color: QColor, *,
               chosen: bool = False, found: bool = False) -> None:
    """Paint dots of one class at these places of the view; one that is ``chosen`` is larger, and
    one that a model ``found`` is open."""
    device = painter.device()
    ratio = device.devicePixelRatioF() if device is not None else 1.0
    picture = stamp(color, ratio, chosen=chosen, found=found)
    half, draw = picture.width() / 2, painter.drawPixmap
    for place in places:  # on whole pixels of the screen, where nothing has to be smoothed
        draw(QPointF(round(place.x() * ratio - half) / ratio,
                     round(place.y() * ratio - half) / ratio), picture)


def stamp(color: QColor, ratio: float, *, chosen: bool = False, found: bool = False) -> QPixmap:
    """The picture of a dot, which is made once: a light ring and a dark one around the colour are
    seen on any image."""
    key = color.rgba(), ratio, chosen, found
    picture = _stamps.get(key)
    if picture is None:
        if len(_stamps) >= _MOST_STAMPS:
            _stamps.clear()
        radius = DOT_RADIUS + (_CHOSEN if chosen else 0.0) + (_OPEN if found else 0.0)
        picture = _stamps[key] = _made(color, ratio, radius, found=found)
    return picture


def _made(color: QColor, ratio: float, radius: float, *, found: bool) -> QPixmap:
    side = 2 * (radius + _RINGS)
    picture = QPixmap(round(side * ratio), round(side * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    middle = QRectF(QPointF(), picture.deviceIndependentSize()).center()
    if not found:
        painter.setBrush(color)
    dark, light = QColor(tokens.ON_IMAGE_DARK), QColor(tokens.ON_IMAGE)
    rings = ((light, 4.0), (color, 2.0)) if found else ((dark, 4.0), (light, 2.0))
    for ink, width in rings:
        painter.setPen(QPen(ink, width))
        painter.drawEllipse(middle, radius, radius)
    if not found:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawEllipse(middle, radius, radius)
    painter.end()
    return picture
