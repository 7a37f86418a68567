"""How the heat of differences is painted over a picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterStateGuard, QPen, QPolygonF

from workbench.core.text import tr
from workbench.gui.predict.class_scores import paint_words
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.tasks.anomaly.heat import COVER, heat_pixels
from workbench.tasks.anomaly.samples import DIFFERS
from workbench.tasks.anomaly.saving import OddRegion, regions_of, values_of

_KEPT = 256  # more than are in view
_LEAST_FOR_WORDS = 150.0  # logical pixels of a picture's width


def heat_image(values: NDArray[np.uint8]) -> QImage:
    """A map uint8 (h, w) as a picture, transparent where nothing differs; small as the map is."""
    return _image(values.tobytes(), values.shape[1], values.shape[0])


@lru_cache(_KEPT)
def _image(data: bytes, width: int, height: int) -> QImage:
    pixels = heat_pixels(np.frombuffer(data, np.uint8).reshape(height, width))
    return QImage(pixels.tobytes(), width, height, 4 * width,
                  QImage.Format.Format_RGBA8888).convertToFormat(
                      QImage.Format.Format_ARGB32_Premultiplied)


@lru_cache(_KEPT)
def _regions(data: bytes, shape: tuple[int, int], limit: float, size: tuple[int, int]
             ) -> tuple[OddRegion, ...]:
    return tuple(regions_of(np.frombuffer(data, np.uint8).reshape(shape), limit, size))


def paint_heat(painter: QPainter, target: QRectF, values: NDArray[np.uint8], cover: float) -> None:
    """Lay a map over the picture in ``target``, hiding as much as ``cover`` of it, 0..1."""
    if cover:
        with QPainterStateGuard(painter):
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.setOpacity(cover)
            painter.drawImage(target, heat_image(values))


def paint_regions(painter: QPainter, target: QRectF, values: NDArray[np.uint8], limit: float,
                  ink: QColor) -> None:
    """Outline what differs in the picture in ``target``."""
    shape = values.shape[0], values.shape[1]
    with QPainterStateGuard(painter):
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(ink, tokens.WIDTH_BOX_ACTIVE))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for region in _regions(values.tobytes(), shape, limit, (shape[1], shape[0])):
            across, down = target.width() / shape[1], target.height() / shape[0]
            for ring in region.outline.rings:
                painter.drawPolygon(QPolygonF([QPointF(
                    target.left() + x * across, target.top() + y * down) for x, y in ring]))


def paint_answer(painter: QPainter, area: QRectF, item: Mapping[str, Any],
                 color: Callable[[str], QColor], theme: Theme) -> None:
    """Draw what an answer says over ``area``, where its picture lies."""
    values = values_of(item)
    paint_heat(painter, area, values, COVER)
    if item["label"] == DIFFERS:
        paint_regions(painter, area, values, item["limit"], color(DIFFERS))
    if area.width() >= _LEAST_FOR_WORDS:
        words = tr("{label} {score:.2f}", label=item["label"], score=item["score"])
        seen = area & painter.clipBoundingRect() if painter.hasClipping() else area
        with QPainterStateGuard(painter):
            paint_words(painter, seen, words, theme)
