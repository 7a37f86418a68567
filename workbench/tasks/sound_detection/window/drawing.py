"""Boxes of calls on a spectrogram."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from workbench.gui.label.sounds.spectrogram_thumbs import Excerpt
from workbench.media.sounds.spectrogram import SpectrogramSettings, frequency_to_row

THICK, THIN = 2.5, 1.2
_GROUND = QColor(0, 0, 0, 110)  # below lines: spectrograms may have their colour


def paint_call(painter: QPainter, area: QRectF, what: Excerpt, box: Sequence[float],
               color: QColor, axis: tuple[SpectrogramSettings, int], *, solid: bool,
               thick: bool = False) -> None:
    """Draw a call, (start, low, end, high) in seconds and hertz, as far as it lies in ``what``,
    which fills ``area``; ``axis`` says where frequencies are: settings and sample rate."""
    start, low, end, high = box
    if end < what.start or start > what.end:
        return
    scale = area.width() / max(what.end - what.start, 1e-6)
    top, bottom = (area.bottom() - area.height() * frequency_to_row(side, *axis)
                   for side in (high, low))
    place = QRectF(area.left() + (start - what.start) * scale, top,
                   max(2.0, (end - start) * scale), max(2.0, bottom - top))
    width = THICK if thick else THIN
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(_GROUND, width + 1.5))
    painter.drawRect(place)
    painter.setPen(QPen(color, width, Qt.PenStyle.SolidLine if solid else Qt.PenStyle.DashLine))
    painter.drawRect(place)
