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

_stamps: dict[tuple[int, float, bool], QPixmap] = {}
_MOST_STAMPS = 256


def stamp(color: QColor, ratio: float, *, chosen: bool = False) -> QPixmap:
    """The picture of a dot, which is made once: a light ring and a dark one around the colour are
    seen on any image. One that is ``chosen`` is larger."""
    key = color.rgba(), ratio, chosen
    found = _stamps.get(key)
    if found is None:
        if len(_stamps) >= _MOST_STAMPS:
            _stamps.clear()
        found = _stamps[key] = _made(color, ratio, DOT_RADIUS + (_CHOSEN if chosen else 0.0))
    return found


def paint_dots(painter: QPainter, places: Iterable[QPointF], color: QColor, *,
               chosen: bool = False) -> None:
    """Paint dots of one class at these places of the view."""
    ratio = painter.device().devicePixelRatio()
    picture = stamp(color, ratio, chosen=chosen)
    half, draw = picture.width() / 2, painter.drawPixmap
    for place in places:  # on whole pixels of the screen, where nothing has to be smoothed
        draw(QPointF(round(place.x() * ratio - half) / ratio,
                     round(place.y() * ratio - half) / ratio), picture)


def _made(color: QColor, ratio: float, radius: float) -> QPixmap:
    side = 2 * (radius + _RINGS)
    picture = QPixmap(round(side * ratio), round(side * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    middle = QRectF(QPointF(), picture.deviceIndependentSize()).center()
    painter.setBrush(color)
    for ink, width in ((tokens.ON_IMAGE_DARK, 4.0), (tokens.ON_IMAGE, 2.0)):
        painter.setPen(QPen(QColor(ink), width))
        painter.drawEllipse(middle, radius, radius)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawEllipse(middle, radius, radius)
    painter.end()
    return picture
