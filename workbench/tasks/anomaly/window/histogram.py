"""How many good and faulty images have which score, and the line from which on they differ."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from workbench.core.arrays import IntArray
from workbench.core.text import tr
from workbench.gui.charts.counts import CountView
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.tasks.anomaly.messages import bin_words
from workbench.tasks.anomaly.results import BINS

_HEIGHT, _FOOT = 132, 18
"""Of the whole, and of the numbers below, in logical pixels."""
GOOD_TONE, FAULTY_TONE = "ok", "bad"


class ScoreHistogram(CountView):
    """A bar for each small range of scores, good images below and faulty ones on top; a click
    shows its images."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, self._said)
        self._bins: IntArray | None = None
        self._limit, self._marked = 0.5, -1
        self.setFixedHeight(_HEIGHT)
        self.setAccessibleName(tr("Scores of good and faulty images"))

    def show_bins(self, bins: IntArray, limit: float, marked: int | None) -> None:
        """Show other counts int64 (2, BINS), good and faulty; ``marked`` is the chosen bar."""
        self._bins, self._limit = bins, limit
        self._marked = -1 if marked is None else marked
        self.counts = [float(value) for value in bins.sum(0)]
        self.update()

    def _said(self, number: int) -> str:
        if self._bins is None:
            return ""
        return bin_words(number, int(self._bins[0, number]), int(self._bins[1, number]))

    def _x(self, score: float) -> float:
        return tokens.SPACE_S + score * (self.width() - 2 * tokens.SPACE_S)

    def rect_of(self, number: int) -> QRectF:
        left, right = self._x(number / BINS), self._x((number + 1) / BINS)
        return QRectF(left, 0, right - left, self.height() - _FOOT)

    def step(self, key: int) -> int:
        return {int(Qt.Key.Key_Right): 1, int(Qt.Key.Key_Left): -1}.get(key, 0)

    def paint(self, painter: QPainter) -> None:
        foot = float(self.height() - _FOOT)
        most = max(self.counts, default=0.0) or 1.0
        for number, total in enumerate(self.counts):
            place = self.rect_of(number).adjusted(0.5, 0, -0.5, 0)
            painter.setPen(Qt.PenStyle.NoPen)
            if number in (self._hover, self._marked) and total:
                painter.setBrush(self._theme.color("hover"))
                painter.drawRect(place)
            bottom = foot
            for row, tone in enumerate((GOOD_TONE, FAULTY_TONE)):
                value = 0 if self._bins is None else int(self._bins[row, number])
                if value:
                    height = max(2.0, value / most * (foot - tokens.SPACE_S))
                    painter.setBrush(self._theme.color(tone))
                    painter.drawRect(QRectF(place.left(), bottom - height, place.width(), height))
                    bottom -= height
            self.mark(painter, number)
        self._paint_axis(painter, foot)

    def _paint_axis(self, painter: QPainter, foot: float) -> None:
        painter.setPen(QPen(self._theme.color("line_strong"), 1))
        painter.drawLine(QPointF(self._x(0), foot), QPointF(self._x(1), foot))
        painter.setPen(QPen(self._theme.color("ink"), 1.5, Qt.PenStyle.DashLine))
        place = self._x(self._limit)
        painter.drawLine(QPointF(place, 0), QPointF(place, foot))
        painter.setPen(self._theme.color("soft"))
        for score, flag in ((0.0, Qt.AlignmentFlag.AlignLeft), (1.0, Qt.AlignmentFlag.AlignRight)):
            painter.drawText(QRectF(self._x(0), foot, self._x(1) - self._x(0), _FOOT),
                             flag | Qt.AlignmentFlag.AlignVCenter, f"{score:g}")
        painter.setPen(self._theme.color("ink"))
        painter.drawText(QRectF(place - 30, foot, 60, _FOOT), Qt.AlignmentFlag.AlignCenter,
                         f"{self._limit:.2f}")
