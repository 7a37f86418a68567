"""What lies above the points of a map: pictures, marks, the lasso, and a card about the point under
the mouse."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF, QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QApplication

from workbench.gui.data.map_pictures import MapPictures
from workbench.gui.data.map_scene import MapScene
from workbench.gui.style import tokens
from workbench.gui.style.painting import MIDDLE, small, write
from workbench.gui.style.theme import Theme

WordsOf = Callable[[int], tuple[str, str]]
"""Of a point: the name of its file, and its class with what else is known."""

_CARD = 176
"""Side of the picture on the card, in logical pixels."""
_LINE = 18
_AWAY = 18.0
_FADED = 0.45
_WASH = 40


class MapOverlay:
    """Paints on the map's widget."""

    def __init__(self, theme: Theme, pictures: MapPictures, words_of: WordsOf) -> None:
        self.words_of = words_of
        self._theme, self._pictures = theme, pictures

    def paint_pictures(self, painter: QPainter, scene: MapScene) -> None:
        """Pictures in place of the points that have room for one."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for row, frame in scene.pictured().items():
            if scene.lit is not None and not scene.lit[row]:
                painter.setOpacity(1.0)
                painter.fillRect(frame, self._theme.color("canvas"))  # no points shine through
                painter.setOpacity(_FADED)
            else:
                painter.setOpacity(1.0)
            target = self._pictures.paint(painter, frame, row)
            if target is not None:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(self._color(scene, row), tokens.FOCUS_WIDTH))
                painter.drawRoundedRect(target, tokens.RADIUS_MARK, tokens.RADIUS_MARK)
        painter.setOpacity(1.0)

    def _color(self, scene: MapScene, row: int) -> QColor:
        return QColor.fromRgb(int(scene.colors[row]))

    def paint_marks(self, painter: QPainter, scene: MapScene, current: int | None,
                    hovered: int | None) -> None:
        """Rings around the point that is chosen and the one that is pointed at."""
        for row, tone in ((hovered, "ink"), (current, "accent")):
            if row is None or row >= len(scene.shown) or not scene.shown[row]:
                continue
            painter.setPen(QPen(self._theme.color(tone), tokens.FOCUS_WIDTH))
            frame = scene.pictured().get(row)
            if frame is not None:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                radius = tokens.RADIUS_MARK + 2
                painter.drawRoundedRect(frame.adjusted(-2, -2, 2, 2), radius, radius)
            else:
                painter.setBrush(self._color(scene, row))
                painter.drawEllipse(scene.spot(row), scene.radius + 2, scene.radius + 2)

    def paint_lasso(self, painter: QPainter, path: Sequence[QPointF]) -> None:
        """The way that a drag went, closed."""
        wash = self._theme.color("accent")
        wash.setAlpha(_WASH)
        painter.setPen(QPen(self._theme.color("accent"), 1.5))
        painter.setBrush(wash)
        painter.drawPolygon(QPolygonF(list(path)))

    def paint_ring(self, painter: QPainter, frame: QRectF) -> None:
        """Whether the map has the keyboard."""
        painter.setPen(QPen(self._theme.color("accent"), tokens.FOCUS_WIDTH))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(frame.adjusted(1, 1, -1, -1))

    def paint_card(self, painter: QPainter, scene: MapScene, row: int, room: QRect) -> None:
        """The picture of a point with its name and class, beside it."""
        pad = tokens.SPACE_S
        size = QSizeF(_CARD + 2 * pad, _CARD + 2 * _LINE + 2 * pad)
        card = QRectF(_beside(scene.spot(row), size, room), size)
        painter.setPen(QPen(self._theme.color("line_strong"), 1))
        painter.setBrush(self._theme.color("panel"))
        painter.drawRoundedRect(card.adjusted(0.5, 0.5, -0.5, -0.5), tokens.RADIUS_CONTROL,
                                tokens.RADIUS_CONTROL)
        frame = QRectF(card.left() + pad, card.top() + pad, _CARD, _CARD)
        if self._pictures.paint(painter, frame, row) is None:
            self._paint_nothing(painter, frame, row)
        name, words = self.words_of(row)
        painter.setFont(small(QApplication.font()))
        lines = QRectF(frame.left(), frame.bottom() + 2, frame.width(), _LINE)
        write(painter, lines, name, self._theme.color("ink"), cut=MIDDLE)
        write(painter, lines.translated(0, _LINE), words, self._theme.color("soft"))

    def _paint_nothing(self, painter: QPainter, frame: QRectF, row: int) -> None:
        painter.fillRect(frame, self._theme.color("canvas"))
        if self._pictures.failed(row):
            side, middle = tokens.ICON_LARGE, frame.center().toPoint()
            self._theme.icon("warning", "warn").paint(
                painter, middle.x() - side // 2, middle.y() - side // 2, side, side)


def _beside(spot: QPointF, size: QSizeF, room: QRect) -> QPointF:
    """Where a card lies that is about ``spot``: at its lower right, or where it fits."""
    x, y = spot.x() + _AWAY, spot.y() + _AWAY
    if x + size.width() > room.right():
        x = spot.x() - _AWAY - size.width()
    if y + size.height() > room.bottom():
        y = spot.y() - _AWAY - size.height()
    return QPointF(max(0.0, min(x, room.width() - size.width())),
                   max(0.0, min(y, room.height() - size.height())))
