"""How the outlines of detections are drawn on a picture."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPainterStateGuard, QPen, QPolygonF

from workbench.core.flat_rings import FlatRings
from workbench.gui.label.images.outlines import path_of

FILL_ALPHA = 40
"""So much of its colour, of 255, lies over what is within an outline."""
LEAST_SIDE = 6.0
"""Logical pixels below which an outline cannot be told from its box."""
MANY = 500
"""From so many on, they are drawn without smoothing, in a third of the time."""
_KEPT = 6


def outline_path(rings: Iterable[Sequence[float]]) -> QPainterPath:
    """The lines of an outline, as :mod:`workbench.core.flat_rings` has them."""
    return path_of(QPolygonF(list(map(QPointF, ring[::2], ring[1::2]))) for ring in rings)


class KeptPaths:
    """Lines of the answers that were painted last: those of thousands of outlines take longer to be
    made than to be painted."""

    def __init__(self) -> None:
        self._known: OrderedDict[int, tuple[Sequence[FlatRings], list[QPainterPath]]] = \
            OrderedDict()

    def of(self, outlines: Sequence[FlatRings]) -> list[QPainterPath]:
        """Those of all outlines of one answer, which stays as it is; empty where there is none."""
        key = id(outlines)  # of no other list while this one is kept
        if key not in self._known:
            self._known[key] = outlines, [outline_path(rings) for rings in outlines]
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        self._known.move_to_end(key)
        return self._known[key][1]


KEPT = KeptPaths()


def paint_outline(painter: QPainter, path: QPainterPath, pen: QPen, area: QRectF,
                  size: tuple[float, float], *, smooth: bool = True) -> None:
    """Draw an outline, faintly filled, over ``area``, where its picture of ``size`` (width, height)
    lies."""
    across, down = area.width() / max(1.0, size[0]), area.height() / max(1.0, size[1])
    fill, line = QColor(pen.color()), QPen(pen)
    fill.setAlpha(FILL_ALPHA)
    line.setWidthF(pen.widthF() / max(1e-6, across))
    with QPainterStateGuard(painter):
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, smooth)
        painter.translate(area.topLeft())
        painter.scale(across, down)
        painter.fillPath(path, fill)
        painter.strokePath(path, line)
