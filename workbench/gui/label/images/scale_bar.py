"""The scale bar in the corner of a picture: a round length, as long as it is there."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap

from workbench.core.pixel_size import PixelSize, length_text, round_length
from workbench.gui.label.images.picture_view import PictureView
from workbench.gui.style import tokens

LONGEST, SHARE = 180.0, 0.3
"""Logical pixels that it has at most, and of the view's width at most."""
_THICK = 4.0
_PLATE = 0.75
"""Opacity of what it lies on: white on it can be read on any picture."""
_LEAST = 24.0
"""A view in which it would be shorter shows none."""


class ScaleBar:
    """Paints the bar of one view at its lower left, readable on dark and on light pictures."""

    def __init__(self, view: PictureView) -> None:
        self._view = view
        self.wanted = True
        """Whether a person wants it."""
        self._foot = 0
        self._made: tuple[object, ...] = ()
        self._pixmap = QPixmap()

    def stand_on(self, foot: int) -> None:
        """Lie so many logical pixels above the lower edge: something else is there."""
        if foot != self._foot:
            self._foot = foot
            self._view.update()

    def length(self, size: PixelSize) -> tuple[float, float] | None:
        """(length in the unit of ``size``, logical pixels of the view that it takes), or None where
        there is no room."""
        room = min(LONGEST, self._view.width() * SHARE)
        if room < _LEAST or self._view.viewport.scale <= 0:
            return None
        a_point = size.x / self._view.viewport.scale  # unit for each logical pixel
        length = round_length(room * a_point)
        return length, length / a_point

    def paint(self, painter: QPainter, size: PixelSize | None) -> None:
        """Paint it for pixels of ``size``; nothing where that is not known."""
        view = self._view
        if not self.wanted or size is None or 0 in view.scene.picture.size:
            return
        found = self.length(size)
        if found is None:
            return
        ratio = view.devicePixelRatioF()
        made = (length_text(found[0], size.unit), round(found[1], 1), ratio,
                view.font().key())
        if made != self._made:
            self._made, self._pixmap = made, self._drawn(*made[:3])
        painter.drawPixmap(self._place(self._pixmap.height() / ratio), self._pixmap)

    def _place(self, height: float) -> QPointF:
        """The lower left corner of the picture, or of the part of it that is in view."""
        view, edge = self._view, float(tokens.SPACE_M)
        x, y = view.viewport.to_view((0.0, float(view.scene.picture.size[1])))
        bottom = min(y, float(view.height() - self._foot)) - edge
        return QPointF(max(x, 0.0) + edge, max(bottom - height, edge))

    def _drawn(self, words: str, length: float, ratio: float) -> QPixmap:
        metrics = self._view.fontMetrics()
        pad = float(tokens.SPACE_S)
        room = QSizeF(max(length, metrics.horizontalAdvance(words)) + 2 * pad,
                      metrics.height() + _THICK + 2 * pad)
        pixmap = QPixmap((room * ratio).toSize())
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        with QPainter(pixmap) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            plate = QColor(tokens.ON_IMAGE_DARK)
            plate.setAlphaF(_PLATE)
            painter.setBrush(plate)
            painter.drawRoundedRect(QRectF(QPointF(), room), tokens.RADIUS_MARK,
                                    tokens.RADIUS_MARK)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.fillRect(QRectF((room.width() - length) / 2, room.height() - pad - _THICK / 2,
                                    length, _THICK), QColor(tokens.ON_IMAGE))
            painter.setFont(self._view.font())
            painter.setPen(QColor(tokens.ON_IMAGE))
            painter.drawText(QRectF(0, pad / 2, room.width(), metrics.height()),
                             Qt.AlignmentFlag.AlignCenter, words)
        return pixmap
