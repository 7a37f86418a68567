"""The small tags on pictures: a class as it is labelled, or as a model believes."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from workbench.core.text import tr
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets.class_colors import ClassColors, ink_on
from workbench.tasks.image_classification.window.grid_model import GridModel, suggestion_text

_SIDE, _HEIGHT = 6.0, 18.0


def paint_tags(painter: QPainter, area: QRectF, images: GridModel, key: str, colors: ClassColors,
               theme: Theme) -> None:
    """Write what an image is, or is taken for, into the corners of ``area``."""
    label, doubt, suggestion = images.label(key), images.doubt(key), images.suggestion(key)
    if label and images.kind == "number":
        paint_chip(painter, area, label, theme.color("accent"), theme)
    elif label:
        room = QRectF(area)
        for name in images.classes(key):
            room.setLeft(room.left()
                         + paint_chip(painter, room, name, colors.color(name), theme))
    elif suggestion is not None:
        paint_chip(painter, area, suggestion_text(suggestion), colors.color(suggestion.label),
                   theme, dashed=True)
    if doubt is not None:
        top = QRectF(area.left(), area.top(), area.width(), _HEIGHT + 2 * tokens.SPACE_XS + 3)
        paint_chip(painter, top, tr("looks like {label}", label=doubt.label),
                   colors.color(doubt.label), theme, dashed=True)


def paint_chip(painter: QPainter, area: QRectF, text: str, color: QColor, theme: Theme, *,
               dashed: bool = False) -> float:
    """Write ``text`` into the lower left corner of ``area``, in the painter's font; the width that
    it took.

    A label is filled with the ``color`` of its class; what is only suggested has a ``dashed`` line
    of it.
    """
    metrics = QFontMetricsF(painter.font())
    room = area.width() - 2 * _SIDE - 2 * tokens.SPACE_XS
    if room < _HEIGHT:
        return 0.0
    words = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, room)
    width = metrics.horizontalAdvance(words) + 2 * _SIDE
    corner = QPointF(area.left() + tokens.SPACE_XS + 1.5,
                     area.bottom() - tokens.SPACE_XS - _HEIGHT - 1.5)
    frame = QRectF(corner.x(), corner.y(), width, _HEIGHT)
    painter.setPen(QPen(color, 1, Qt.PenStyle.DashLine) if dashed else Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("panel") if dashed else color)
    painter.drawRoundedRect(frame, tokens.RADIUS_MARK, tokens.RADIUS_MARK)
    painter.setPen(theme.color("ink") if dashed else ink_on(color))
    painter.drawText(frame, Qt.AlignmentFlag.AlignCenter, words)
    return width + tokens.SPACE_XS
