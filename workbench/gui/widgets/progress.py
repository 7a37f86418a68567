"""A thin line that fills."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.core.text import tr
from workbench.gui.style.theme import current_theme

_HEIGHT = 6
_FRAME_MS = 40


class ProgressLine(QWidget):
    """How much is done, from 0 to 1; None means that it is not known and something is moving."""

    def __init__(self) -> None:
        super().__init__()
        self.fraction: float | None = 0.0
        self._phase = 0.0
        self._color = "accent"
        self._timer = QTimer(self, interval=_FRAME_MS)
        self._timer.timeout.connect(self._tick)
        self.setFixedHeight(_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Progress"))
        current_theme().changed.connect(self.update)

    def set_fraction(self, fraction: float | None) -> None:
        """Show ``fraction`` (clipped to 0..1)."""
        self.fraction = None if fraction is None else min(1.0, max(0.0, fraction))
        done = "unknown" if self.fraction is None else f"{self.fraction:.0%}"
        self.setAccessibleDescription(done)
        self._run()
        self.update()

    def set_color(self, color: str) -> None:
        """A token's name ("accent", "ok", "warn") or any colour."""
        self._color = color
        self.update()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._run()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def _run(self) -> None:
        if self.fraction is None and self.isVisible():
            self._timer.start()
        else:
            self._timer.stop()

    def _tick(self) -> None:
        self._phase = (self._phase + 0.02) % 1.0
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = current_theme()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("line"))
            whole = QRectF(self.rect())
            painter.drawRoundedRect(whole, _HEIGHT / 2, _HEIGHT / 2)
            painter.setBrush(theme.color(self._color))
            if self.fraction is None:
                width = whole.width() * 0.3
                part = QRectF((whole.width() + width) * self._phase - width, 0, width, _HEIGHT)
                painter.drawRoundedRect(part & whole, _HEIGHT / 2, _HEIGHT / 2)
            elif self.fraction > 0:
                width = max(float(_HEIGHT), whole.width() * self.fraction)
                painter.drawRoundedRect(QRectF(0, 0, width, _HEIGHT), _HEIGHT / 2, _HEIGHT / 2)
