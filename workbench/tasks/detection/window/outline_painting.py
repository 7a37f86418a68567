"""How the outline of a detection, or of a label, is drawn on a picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPainterStateGuard, QPen, QPolygonF

from workbench.gui.label.images.outlines import path_of

FILL_ALPHA = 40
"""So much of its colour, of 255, lies over what is within an outline."""


def placed_path(rings: Iterable[Sequence[float]], area: QRectF,
                size: tuple[float, float]) -> QPainterPath:
    """The lines of an outline, as :mod:`workbench.core.flat_rings` has them, over ``area``, where a
    picture of ``size`` (width, height) lies."""
    x, y = area.left(), area.top()
    across, down = area.width() / max(1.0, size[0]), area.height() / max(1.0, size[1])
    return path_of(
        QPolygonF([QPointF(x + ring[at] * across, y + ring[at + 1] * down)
                   for at in range(0, len(ring) - 1, 2)]) for ring in rings)


def paint_outline(painter: QPainter, path: QPainterPath, pen: QPen) -> None:
    """Draw an outline, faintly filled."""
    with QPainterStateGuard(painter):
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill = QColor(pen.color())
        fill.setAlpha(FILL_ALPHA)
        painter.fillPath(path, fill)
        painter.strokePath(path, pen)
