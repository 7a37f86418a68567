"""What the colours over a picture mean: a line of swatches and names."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.core.text import tr
from workbench.gui.style import tokens
from workbench.gui.style.painting import small, write
from workbench.gui.style.theme import Theme

Entry = tuple[str, str]
"""Name and colour."""
_HEIGHT, _SWATCH = 22, 11


class ColorLegend(QWidget):
    """As many entries as the width allows; a tooltip has all."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.entries: tuple[Entry, ...] = ()
        self.setFixedHeight(_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("What the colours mean"))
        theme.changed.connect(self.update)

    def set_entries(self, entries: Sequence[Entry]) -> None:
        if tuple(entries) != self.entries:
            self.entries = tuple(entries)
            names = ", ".join(name for name, _ in entries)
            self.setAccessibleDescription(names)
            self.setToolTip(names)
            self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(tokens.ROW_HEIGHT, _HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(small(self.font(), 1))
            metrics = painter.fontMetrics()
            left = 0
            for place, (name, color) in enumerate(self.entries):
                more = place + 1 < len(self.entries)
                left = self._paint(painter, metrics, left, name, color, more=more)
                if left > self.width():
                    break

    def _paint(self, painter: QPainter, metrics: QFontMetrics, left: int, name: str, color: str, *,
               more: bool) -> int:
        """Paint one entry, or "…" where it and what says that there are ``more`` have no room;
        where the next one begins."""
        begin = left + _SWATCH + tokens.SPACE_XS + 2
        end = begin + metrics.horizontalAdvance(name)
        soft = self._theme.color("soft")
        rest = metrics.horizontalAdvance("…") + tokens.SPACE_M if more else 0
        if left and end + rest > self.width():
            write(painter, QRectF(left, 0, self.width() - left, _HEIGHT), "…", soft)
            return self.width() + 1
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(color))
        painter.drawRoundedRect(QRectF(left, (_HEIGHT - _SWATCH) / 2, _SWATCH, _SWATCH), 3, 3)
        write(painter, QRectF(begin, 0, min(end, self.width()) - begin + 1, _HEIGHT), name, soft)
        return end + tokens.SPACE_M
