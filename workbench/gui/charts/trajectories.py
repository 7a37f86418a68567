"""Trajectories of things over a picture: where each went that was followed through a video."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
    QTransform,
)
from PySide6.QtWidgets import QSizePolicy

from workbench.core.arrays import Float64Array
from workbench.gui.charts.picking import PickingView
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme

_NEAR = 7.0
"""Logical pixels from a trajectory within which it is meant."""
_THIN, _THICK, _END = 1.6, 3.0, 4.5
"""Width of a trajectory, of the one that is chosen, and radius of its ends."""
_VEIL, _BEHIND = 70, 110
"""Opacity, of 255, of what dims the picture, and of those beside the one that is chosen."""
_LEAST = QSize(200, 150)
_POINTS, _LEAST_POINTS, _MOST_POINTS = 150_000, 40, 2000
"""Points that are drawn of all trajectories together, about; of one at least and at most."""
_PICTURE_LEAST = 400
"""Pixels of a side up to which lines in a saved picture are as thick as here."""


@dataclass(frozen=True, slots=True)
class DrawnTrajectory:
    """One thing: its name, its colour, and its path in pixels of the picture; see :meth:`of`."""

    name: str
    color: str
    lines: Sequence[Float64Array]
    polygons: Sequence[QPolygonF]
    bounds: QRectF

    @classmethod
    def of(cls, name: str, color: str, lines: Sequence[Float64Array]) -> Self:
        """Of a trajectory that is made of lines (N, 2); for any thread."""
        polygons = [QPolygonF([QPointF(x, y) for x, y in line.tolist()]) for line in lines]
        bounds = QRectF()
        for polygon in polygons:
            bounds |= polygon.boundingRect().adjusted(-0.5, -0.5, 0.5, 0.5)
        return cls(name, color, lines, polygons, bounds)


def points_each(trajectories: int) -> int:
    """Of how many points each of so many trajectories is drawn at most."""
    return min(_MOST_POINTS, max(_LEAST_POINTS, _POINTS // max(1, trajectories)))


class TrajectoryView(PickingView[int]):
    """Trajectories over a dimmed picture; the one that is chosen is thick, from a ring to a dot."""

    chosen = Signal(int)
    """(number) a trajectory was clicked."""
    laid_out = Signal()
    """The picture lies elsewhere, or another one is shown."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._picture: QImage | None = None
        self._size = QSizeF(4, 3)
        self.trajectories: Sequence[DrawnTrajectory] = ()
        self.current: int | None = None
        """The number of the trajectory that is chosen."""
        self.over: Callable[[QPainter, QRectF, float], object] = lambda *_: None
        """Paints more over a picture that is saved: with that, where the picture lies, and how many
        of its pixels are one."""
        self._layer: QPixmap | None = None  # all of it, but for the one that is chosen
        self.setMinimumSize(_LEAST)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        theme.changed.connect(self._paint_anew)

    def show_trajectories(self, picture: QImage | None, trajectories: Sequence[DrawnTrajectory],
                  current: int | None) -> None:
        """Show others, over a frame, or over nothing where that cannot be read."""
        self._picture, self.trajectories, self.current = picture, trajectories, current
        if picture is not None:
            self._size = QSizeF(picture.size())
        elif trajectories:
            self._size = QSizeF(max(4.0, *(one.bounds.right() for one in trajectories)),
                                max(3.0, *(one.bounds.bottom() for one in trajectories)))
        self._hover = None
        self.updateGeometry()
        self._paint_anew()
        self.laid_out.emit()

    def choose(self, number: int | None) -> None:
        """Make one thick."""
        if number != self.current:
            self.current = number
            self._paint_anew()

    # --- size -----------------------------------------------------------------------------------

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return round(min(width * self._size.height() / self._size.width(), 1.2 * width))

    def sizeHint(self) -> QSize:
        return QSize(320, self.heightForWidth(320))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._paint_anew()
        self.laid_out.emit()

    @property
    def frame_size(self) -> tuple[int, int]:
        """Width and height of the picture, in its pixels."""
        return round(self._size.width()), round(self._size.height())

    def area(self) -> QRectF:
        """Where the picture lies."""
        size = self._size.scaled(QSizeF(self.size()), Qt.AspectRatioMode.KeepAspectRatio)
        return QRectF(QPointF((self.width() - size.width()) / 2,
                              (self.height() - size.height()) / 2), size)

    # --- painting -------------------------------------------------------------------------------

    def _paint_anew(self) -> None:
        self._layer = None
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._layer is None:
            ratio = self.devicePixelRatioF()
            self._layer = QPixmap((QSizeF(self.size()) * ratio).toSize())
            self._layer.setDevicePixelRatio(ratio)
            self._layer.fill(Qt.GlobalColor.transparent)
            with QPainter(self._layer) as painter:
                self._paint(painter, self.area(), 1.0)
        with QPainter(self) as painter:
            painter.drawPixmap(0, 0, self._layer)
            if self._hover is not None and self._hover != self.current:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                self._draw(painter, self._hover, self.area(), _THICK, 255)
            if self.hasFocus():
                painter.setPen(QPen(self._theme.color("accent"), tokens.FOCUS_WIDTH))
                painter.drawRect(self.rect().adjusted(1, 1, -1, -1))

    def as_image(self) -> QImage:
        """The same as a picture as large as the frame."""
        image = QImage(self._size.toSize(), QImage.Format.Format_RGB32)
        image.fill(self._theme.color("panel"))
        with QPainter(image) as painter:
            unit = max(1.0, min(image.width(), image.height()) / _PICTURE_LEAST)
            self._paint(painter, QRectF(image.rect()), unit)
            self.over(painter, QRectF(image.rect()), unit)
        return image

    def _paint(self, painter: QPainter, area: QRectF, unit: float) -> None:
        painter.setRenderHints(QPainter.RenderHint.Antialiasing
                               | QPainter.RenderHint.SmoothPixmapTransform)
        if self._picture is not None:
            painter.drawImage(area, self._picture)
            veil = QColor(tokens.ON_IMAGE_DARK)
            veil.setAlpha(_VEIL)
            painter.fillRect(area, veil)
        for number in range(len(self.trajectories)):
            if number != self.current:
                self._draw(painter, number, area, _THIN * unit,
                           255 if self.current is None else _BEHIND)
        if self.current is not None and self.current < len(self.trajectories):
            self._draw_chosen(painter, self.current, area, unit)

    def _draw_chosen(self, painter: QPainter, number: int, area: QRectF, unit: float) -> None:
        trajectory, white = self.trajectories[number], QColor(tokens.ON_IMAGE)
        self._draw(painter, number, area, (_THICK + 2) * unit, 255, tokens.ON_IMAGE)
        self._draw(painter, number, area, _THICK * unit, 255)
        if not trajectory.lines:
            return
        turn, own = self._to_view(area), QColor(trajectory.color)
        for point, fill, edge in ((trajectory.polygons[0].first(), white, own),
                                  (trajectory.polygons[-1].last(), own, white)):
            painter.setPen(QPen(edge, 1.5 * unit))
            painter.setBrush(fill)
            painter.drawEllipse(turn.map(point), _END * unit, _END * unit)

    def _draw(self, painter: QPainter, number: int, area: QRectF, width: float, opacity: int,
              color: str = "") -> None:
        trajectory, turn = self.trajectories[number], self._to_view(area)
        ink = QColor(color or trajectory.color)
        ink.setAlpha(opacity)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(ink, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap,
                            Qt.PenJoinStyle.RoundJoin))
        for polygon in trajectory.polygons:
            line = turn.map(polygon)
            if line.size() == 1:  # seen once
                painter.drawPoint(line.at(0))
            else:
                painter.drawPolyline(line)

    def _to_view(self, area: QRectF) -> QTransform:
        """From pixels of the picture to where they are painted."""
        return QTransform.fromTranslate(area.left(), area.top()).scale(
            area.width() / self._size.width(), area.height() / self._size.height())

    # --- pointing -------------------------------------------------------------------------------

    def at(self, point: QPointF) -> int | None:
        """The trajectory that is nearest to a point, where that is near enough."""
        area = self.area()
        scale = area.width() / self._size.width()
        if not scale:
            return None
        spot = np.array([point.x() - area.left(), point.y() - area.top()]) / scale
        found, least = None, _NEAR / scale
        for number, one in enumerate(self.trajectories):
            if not one.bounds.adjusted(-least, -least, least, least).contains(*spot.tolist()):
                continue
            apart = min((_distance(spot, line) for line in one.lines), default=np.inf)
            if apart < least:
                found, least = number, apart
        return found

    def tip_at(self, point: QPointF) -> tuple[str, QRect]:
        number = self.at(point)
        spot = QRect(round(point.x()) - 3, round(point.y()) - 3, 6, 6)
        return ("", QRect()) if number is None else (self.trajectories[number].name, spot)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -1,
                Qt.Key.Key_Left: -1}.get(Qt.Key(event.key()), 0)
        if not step or not self.trajectories:
            super().keyPressEvent(event)
            return
        number = 0 if self.current is None else self.current + step
        if 0 <= number < len(self.trajectories):
            self.chosen.emit(number)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        number = self.at(event.position())
        if number is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(number)


def _distance(spot: Float64Array, line: Float64Array) -> float:
    """From a point to the nearest place on a line."""
    first, step = line[:-1], np.diff(line, axis=0)
    if not len(step):
        return float(np.hypot(*(line[0] - spot)))
    length = (step * step).sum(1)
    share = np.divide(((spot - first) * step).sum(1), length, out=np.zeros(len(step)),
                      where=length > 0).clip(0, 1)
    apart = first + share[:, None] * step - spot
    return float(np.sqrt((apart * apart).sum(1).min()))
