"""A chart of dots, one for each sample, of which one can be chosen by mouse or keys."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterStateGuard,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy

from workbench.core.arrays import Float64Array
from workbench.core.text import tr
from workbench.evaluation.ticks import span, ticks
from workbench.gui.charts.picking import PickingView
from workbench.gui.style import tokens
from workbench.gui.style.painting import RIGHT, small
from workbench.gui.style.theme import Theme

_HEIGHT = 220
_LEFT, _BOTTOM, _TOP, _RIGHT = 52, 38, 8, 10
_DOT, _REACH = 3.0, 12.0
"""Radius of a dot, and how near the pointer has to come, in logical pixels."""
_FAINT, _DENSE = 170, 60
"""Alpha of few dots, and of thousands."""


class ScatterView(PickingView[int]):
    """Dots over two axes.

    Parameters
    ----------
    name
        What it shows, for screen readers.
    axes
        What x and y are.
    diagonal
        The line to compare with: y = x on axes of one range, or else y = 0.
    """

    chosen = Signal(int)
    """(place) of the dot that was clicked or reached by the arrow keys."""
    entered = Signal()
    """Return was pressed."""

    def __init__(self, theme: Theme, name: str, axes: tuple[str, str], *, diagonal: bool) -> None:
        super().__init__()
        self._theme, self._axes, self._diagonal = theme, axes, diagonal
        self._x: Float64Array = np.zeros(0)
        self._y: Float64Array = np.zeros(0)
        self._names: list[str] = []
        self._spans = ((0.0, 1.0), (0.0, 1.0))
        self.row: int | None = None
        """Place of the chosen dot."""
        self._drawn: QPixmap | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)
        self.setAccessibleDescription(tr("Left and right choose a dot, Enter shows its picture"))
        theme.changed.connect(self._redraw)

    # --- what is shown --------------------------------------------------------------------------

    def set_points(self, x: Float64Array, y: Float64Array, names: list[str]) -> None:
        """Show other dots; ``names`` are said of them."""
        self._x, self._y, self._names = x, y, names
        self.row = self._hover = None
        if len(x):
            if self._diagonal:
                both = span(float(min(x.min(), y.min())), float(max(x.max(), y.max())))
                self._spans = both, both
            else:
                self._spans = (span(float(x.min()), float(x.max())),
                               span(float(min(0, y.min())), float(max(0, y.max()))))
        self._redraw()

    def select(self, row: int | None) -> None:
        """Ring a dot, without a signal."""
        if row is not None and row >= len(self._x):
            row = None
        if row != self.row:
            self.row = row
            self.update()

    def dot(self, row: int) -> QPointF:
        """Where a dot lies, in the widget."""
        (left, right), (low, high) = self._spans
        area = self._area()
        return QPointF(area.left() + (self._x[row] - left) / (right - left) * area.width(),
                       area.bottom() - (self._y[row] - low) / (high - low) * area.height())

    def sizeHint(self) -> QSize:
        return QSize(300, _HEIGHT)

    def _area(self) -> QRectF:
        return QRectF(_LEFT, _TOP, max(1, self.width() - _LEFT - _RIGHT),
                      max(1, self.height() - _TOP - _BOTTOM))

    def _pixels(self) -> tuple[Float64Array, Float64Array]:
        (left, right), (low, high) = self._spans
        area = self._area()
        return (area.left() + (self._x - left) / (right - left) * area.width(),
                area.bottom() - (self._y - low) / (high - low) * area.height())

    def at(self, point: QPointF) -> int | None:
        """The dot near a point of the widget, or None."""
        if not len(self._x):
            return None
        x, y = self._pixels()
        away = np.hypot(x - point.x(), y - point.y())
        place = int(away.argmin())
        return place if away[place] <= _REACH else None

    # --- events ---------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._choose(self.at(event.position()))

    def _choose(self, row: int | None) -> None:
        if row is not None:
            self.select(row)
            self.chosen.emit(row)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is not None and len(self._x):
            order = np.argsort(self._x, kind="stable")
            here = int(np.flatnonzero(order == self.row)[0]) + step if self.row is not None else 0
            self._choose(int(order[min(max(here, 0), len(order) - 1)]))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
        else:
            super().keyPressEvent(event)

    def tip_at(self, point: QPointF) -> tuple[str, QRect]:
        row = self.at(point)
        return "" if row is None else self._names[row], QRect()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._redraw()

    # --- painting -------------------------------------------------------------------------------

    def _redraw(self) -> None:
        self._drawn = None
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        ratio = self.devicePixelRatioF()
        if self._drawn is None or self._drawn.devicePixelRatio() != ratio:
            self._drawn = self._drawing(ratio)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.drawPixmap(0, 0, self._drawn)
            for row, tone in ((self._hover, "line_strong"), (self.row, "ink")):
                if row is not None:
                    painter.setPen(QPen(self._theme.color(tone), tokens.FOCUS_WIDTH))
                    painter.setBrush(self._theme.color("accent"))
                    painter.drawEllipse(self.dot(row), _DOT + 2, _DOT + 2)
            if self.hasFocus():
                painter.setPen(QPen(self._theme.color("accent"), tokens.FOCUS_WIDTH))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1),
                                        tokens.RADIUS_MARK, tokens.RADIUS_MARK)

    def _drawing(self, ratio: float) -> QPixmap:
        """Axes and dots, which are painted once for thousands of movements of the mouse."""
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        with QPainter(picture) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_axes(painter)
            x, y = self._pixels()
            color = QColor(self._theme.color("accent"))
            color.setAlpha(_FAINT if len(x) < 500 else _DENSE)
            painter.setPen(QPen(color, 2 * _DOT, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawPoints([QPointF(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)])
        return picture

    def _paint_axes(self, painter: QPainter) -> None:
        painter.setFont(small(self.font()))
        area, (across, up) = self._area(), self._spans
        line, soft = self._theme.color("line"), self._theme.color("soft")
        for value in ticks(*up, 5):
            y = area.bottom() - (value - up[0]) / (up[1] - up[0]) * area.height()
            painter.setPen(line)
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(soft)
            painter.drawText(QRectF(14, y - 9, _LEFT - 20, 18), RIGHT, f"{value:g}")
        for value in ticks(*across):
            x = area.left() + (value - across[0]) / (across[1] - across[0]) * area.width()
            painter.setPen(soft)
            painter.drawText(QRectF(x - 40, area.bottom() + 3, 80, 16),
                             Qt.AlignmentFlag.AlignCenter, f"{value:g}")
        painter.drawText(QRectF(area.left(), self.height() - 17, area.width(), 16),
                         Qt.AlignmentFlag.AlignCenter, self._axes[0])
        with QPainterStateGuard(painter):
            painter.translate(8, area.center().y())
            painter.rotate(-90)
            painter.drawText(QRectF(-area.height() / 2, -8, area.height(), 16),
                             Qt.AlignmentFlag.AlignCenter, self._axes[1])
        painter.setPen(QPen(self._theme.color("line_strong"), 1, Qt.PenStyle.DashLine))
        if self._diagonal:
            painter.drawLine(area.bottomLeft(), area.topRight())
        else:
            zero = area.bottom() + up[0] / (up[1] - up[0]) * area.height()
            painter.drawLine(QPointF(area.left(), zero), QPointF(area.right(), zero))
