"""A level in dBFS as a bar that holds its peak and warns of clipping."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.core.text import tr
from workbench.gui.style import tokens
from workbench.gui.style.painting import small
from workbench.gui.style.theme import Theme

LOWEST_DB = -60.0
LOUD_DB, TOO_LOUD_DB = -12.0, -3.0
MARKS = (-60, -24, -12, 0)
BAR = 10
HOLD_MS = 1500
FALL_DB = 1.6
"""dB by which the bar falls at each measurement after something loud."""


class LevelMeter(QWidget):
    """Green up to −12 dBFS, amber above, red where the sound is cut off."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.level_db = LOWEST_DB
        self._peak = LOWEST_DB
        self.clipped = False
        """Whether the sound was cut off just now."""
        self._release = QTimer(self, singleShot=True, interval=HOLD_MS)
        self._release.timeout.connect(self._let_go)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(BAR + tokens.SPACE_XS + int(tokens.FONT_SMALL) + 4)
        self.setAccessibleName(tr("Level"))
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(tokens.SIDE_PANEL_WIDTH, self.height())

    def set_level(self, peak_db: float, *, clipped: bool) -> None:
        """Show a measurement."""
        self.level_db = max(peak_db, self.level_db - FALL_DB, LOWEST_DB)
        if peak_db >= self._peak or clipped:
            self._peak = max(peak_db, LOWEST_DB)
            self.clipped = self.clipped or clipped
            self._release.start()
        self.setAccessibleDescription(
            tr("{peak_db:.0f} dBFS", peak_db=peak_db) + (tr(", too loud") if self.clipped else ""))
        self.update()

    def clear(self) -> None:
        """The microphone is off."""
        self.level_db = self._peak = LOWEST_DB
        self.clipped = False
        self._release.stop()
        self.update()

    def _let_go(self) -> None:
        self._peak, self.clipped = self.level_db, False
        self.update()

    def _x(self, decibel: float) -> float:
        return (decibel - LOWEST_DB) / -LOWEST_DB * self.width()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        whole = QRectF(0, 0, self.width(), BAR)
        path = QPainterPath()
        path.addRoundedRect(whole, BAR / 2, BAR / 2)
        painter.fillPath(path, self._theme.color("line"))
        painter.setClipPath(path)
        edges = ((LOWEST_DB, LOUD_DB, "ok"), (LOUD_DB, TOO_LOUD_DB, "warn"),
                 (TOO_LOUD_DB, 0.0, "bad"))
        for low, high, color in edges:
            end = min(self.level_db, high)
            if end > low:
                painter.fillRect(QRectF(self._x(low), 0, self._x(end) - self._x(low), BAR),
                                 self._theme.color(color))
        if self.clipped:
            painter.fillRect(QRectF(self.width() - BAR, 0, BAR, BAR), self._theme.color("bad"))
        if self._peak > LOWEST_DB:
            painter.fillRect(QRectF(self._x(self._peak) - 2, 0, 2, BAR), self._theme.color("ink"))
        painter.setClipping(False)
        self._paint_marks(painter)
        painter.end()

    def _paint_marks(self, painter: QPainter) -> None:
        painter.setFont(small(self.font()))
        painter.setPen(self._theme.color("soft"))
        top = BAR + tokens.SPACE_XS
        limit = float(self.width())
        for mark in reversed(MARKS):
            words = tr("0 dBFS") if mark == 0 else f"−{-mark}"
            width = painter.fontMetrics().horizontalAdvance(words)
            left = max(min(self._x(mark) - width / 2, limit - width), 0)
            limit = left - tokens.SPACE_S
            painter.drawText(QRect(int(left), top, width + 2, self.height() - top),
                             Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, words)
