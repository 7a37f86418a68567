"""Counts as bars or as a grid of cells, one of which can be chosen by mouse and keyboard.

Painted here and not by pyqtgraph: names and numbers stand beside bars of full height, and nothing
has to be imported before they show.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterStateGuard,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy

from workbench.gui.charts.picking import PickingView
from workbench.gui.style import tokens
from workbench.gui.style.painting import LEFT, MIDDLE, RIGHT, small, write
from workbench.gui.style.theme import Theme

ROW, BAR = 24, 14
"""Height of a line with a bar, and of the bar in it, in logical pixels."""
NAMES_MOST, CELL_MOST, NUMBER_FROM = 0.36, 58.0, 26.0
"""Share of the width for names at most; side of a cell at most; from which it has a number."""
UPRIGHT_MOST, LINE = 84.0, 19.0
"""Height of names below cells, upright and level."""


class CountView(PickingView[int]):
    """Counts with names.

    Parameters
    ----------
    say
        The words for one of them, for tooltips and screen readers.
    """

    chosen = Signal(int)
    """(number) a bar or cell with something in it was clicked, or Return was pressed on it."""

    def __init__(self, theme: Theme, say: Callable[[int], str]) -> None:
        super().__init__()
        self._theme, self._say = theme, say
        self.counts: list[float] = []
        self.current: int | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    # --- for subclasses to say ------------------------------------------------------------------

    def rect_of(self, number: int) -> QRectF:
        """Where a bar with its line, or a cell, lies."""
        raise NotImplementedError

    def step(self, key: int) -> int:
        """How far an arrow key leads from one to the next."""
        raise NotImplementedError

    def paint(self, painter: QPainter) -> None:
        """Draw all."""
        raise NotImplementedError

    # --- choosing -------------------------------------------------------------------------------

    def at(self, point: QPointF) -> int | None:
        """What lies at ``point``."""
        return next((number for number in range(len(self.counts))
                     if self.rect_of(number).contains(point)), None)

    def choose(self, number: int | None) -> None:
        """As a click on it."""
        if number is not None and self.counts[number]:
            self.chosen.emit(number)

    def _go_to(self, number: int) -> None:
        if 0 <= number < len(self.counts):
            self.current = number
            self.setAccessibleDescription(self._say(number))
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.choose(self.current)
        elif step := self.step(key):
            self._go_to(0 if self.current is None else self.current + step)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            number = self.at(event.position())
            if number is not None:
                self._go_to(number)
            self.choose(number)

    def tip_at(self, point: QPointF) -> tuple[str, QRect]:
        number = self.at(point)
        return "" if number is None else self._say(number), QRect()

    def can_choose(self, part: int) -> bool:
        return self.counts[part] > 0

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(small(self.font(), 1))
            self.paint(painter)

    def mark(self, painter: QPainter, number: int) -> None:
        """Frame what has the keyboard."""
        if self.hasFocus() and number == self.current:
            painter.setPen(QPen(self._theme.color("accent"), tokens.FOCUS_WIDTH))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.rect_of(number).adjusted(1, 1, -1, -1),
                                    tokens.RADIUS_MARK, tokens.RADIUS_MARK)


class BarView(CountView):
    """A line for each: its name, a bar, its number."""

    def __init__(self, theme: Theme, say: Callable[[int], str]) -> None:
        super().__init__(theme, say)
        self._names: Sequence[str] = ()
        self._colors: Sequence[str] = ()
        self._texts: Sequence[str] = ()

    def show_counts(self, names: Sequence[str], counts: Sequence[float],
                    colors: Sequence[str] = (), texts: Sequence[str] = ()) -> None:
        """Show other bars; each in its colour, or all in the accent's, with what is said of them in
        place of their numbers."""
        self._names, self._colors = names, colors
        self._texts = texts or [f"{count:,}" for count in counts]
        self.counts, self._hover = list(counts), None
        if self.current is not None and self.current >= len(self.counts):
            self.current = None
        self.setFixedHeight(max(1, ROW * len(self.counts)))
        self.update()

    def rect_of(self, number: int) -> QRectF:
        return QRectF(0, number * ROW, self.width(), ROW)

    def at(self, point: QPointF) -> int | None:
        number = int(point.y() // ROW)
        return number if 0 <= number < len(self.counts) else None

    def step(self, key: int) -> int:
        return {int(Qt.Key.Key_Down): 1, int(Qt.Key.Key_Up): -1}.get(key, 0)

    def paint(self, painter: QPainter) -> None:
        metrics = QFontMetricsF(painter.font())
        words = max((metrics.horizontalAdvance(name) for name in self._names), default=0.0)
        words = min(words, NAMES_MOST * self.width())
        numbers = self._texts
        right = max((metrics.horizontalAdvance(text) for text in numbers), default=0.0)
        left = words + tokens.SPACE_M
        room = max(1.0, self.width() - left - right - tokens.SPACE_S)
        most = max(self.counts, default=0) or 1
        for number, name in enumerate(self._names):
            line = self.rect_of(number)
            if number == self._hover:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(self._theme.color("hover"))
                painter.drawRoundedRect(line, tokens.RADIUS_MARK, tokens.RADIUS_MARK)
            write(painter, QRectF(2, line.top(), words + 1, ROW), name, self._theme.color("ink"),
                  cut=MIDDLE)
            share = self.counts[number] / most
            bar = QRectF(left, line.top() + (ROW - BAR) / 2,
                         max(share * room, 2.0 if self.counts[number] else 0.0), BAR)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color(
                self._colors[number] if number < len(self._colors) else "accent"))
            painter.drawRoundedRect(bar, 3, 3)
            painter.setPen(self._theme.color("soft"))
            painter.drawText(QRectF(bar.right() + tokens.SPACE_S, line.top(), right + 4, ROW),
                             LEFT, numbers[number])
            self.mark(painter, number)


class CellView(CountView):
    """A grid of cells, the darker the more; without names it is a map."""

    def __init__(self, theme: Theme, say: Callable[[int], str]) -> None:
        super().__init__(theme, say)
        self._rows: Sequence[str] = ()
        self._columns: Sequence[str] = ()
        self._absent: Collection[int] = ()
        self._named = True

    @property
    def line_names(self) -> Sequence[str]:
        """What stands beside the cells."""
        return self._rows

    def show_counts(self, rows: Sequence[str], columns: Sequence[str], counts: Sequence[int],
                    absent: Collection[int] = ()) -> None:
        """Show other cells, row by row; ``absent`` are the numbers of those that are left empty."""
        self._rows, self._columns, self._absent = rows, columns, absent
        self._named = any(rows) or any(columns)
        self.counts, self._hover = list(counts), None
        if self.current is not None and self.current >= len(self.counts):
            self.current = None
        self._fit()
        self.update()

    def step(self, key: int) -> int:
        keys, wide = Qt.Key, len(self._columns)
        return {int(keys.Key_Right): 1, int(keys.Key_Left): -1, int(keys.Key_Down): wide,
                int(keys.Key_Up): -wide}.get(key, 0)

    def resizeEvent(self, event: object) -> None:
        self._fit()

    def sizeHint(self) -> QSize:
        return QSize(320, self.height())

    # --- geometry -------------------------------------------------------------------------------

    def _metrics(self) -> QFontMetricsF:
        return QFontMetricsF(small(self.font(), 1))

    def _left(self) -> float:
        if not self._named:
            return 0.0
        metrics = self._metrics()
        words = max((metrics.horizontalAdvance(name) for name in self._rows), default=0.0)
        return min(words, NAMES_MOST * self.width()) + tokens.SPACE_S

    def _cell_size(self) -> tuple[float, float]:
        room = self.width() - self._left()
        wide = max(2.0, room / max(1, len(self._columns)))
        if not self._named:
            return wide, min(wide, 0.62 * room / max(1, len(self._rows)) + 4)
        return min(wide, 2 * CELL_MOST), min(wide, float(ROW))

    def _below(self) -> float:
        """Height of the names of the columns."""
        if not self._named:
            return 0.0
        metrics, wide = self._metrics(), self._cell_size()[0]
        longest = max((metrics.horizontalAdvance(name) for name in self._columns), default=0.0)
        return LINE if longest + 4 <= wide else min(longest + 6, UPRIGHT_MOST)

    def _fit(self) -> None:
        height = round(len(self._rows) * self._cell_size()[1] + self._below())
        if height != self.height() or self.minimumHeight() != height:
            self.setFixedHeight(max(1, height))

    def rect_of(self, number: int) -> QRectF:
        row, column = divmod(number, max(1, len(self._columns)))
        wide, high = self._cell_size()
        return QRectF(self._left() + column * wide, row * high, wide, high)

    def paint(self, painter: QPainter) -> None:
        most = max(self.counts, default=0) or 1
        accent, metrics = self._theme.color("accent"), QFontMetricsF(painter.font())
        wide, _high = self._cell_size()
        for number, count in enumerate(self.counts):
            if number in self._absent:
                self.mark(painter, number)
                continue
            cell = self.rect_of(number).adjusted(0.5, 0.5, -0.5, -0.5)
            share = (count / most) ** 0.5
            shade = QColor(accent if count else self._theme.color("line"))
            shade.setAlphaF(0.08 + 0.92 * share if count else 0.35)
            painter.setPen(QPen(self._theme.color("ink"), 1.5) if number == self._hover
                           else Qt.PenStyle.NoPen)
            painter.setBrush(shade)
            painter.drawRoundedRect(cell, 2, 2)
            text = f"{count:,}"
            if self._named and count and metrics.horizontalAdvance(text) + 4 <= wide \
                    and wide >= NUMBER_FROM:
                painter.setPen(self._theme.color("accent_ink" if share > 0.55 else "ink"))
                painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, text)
            self.mark(painter, number)
        if self._named:
            self._paint_names(painter)

    def _paint_names(self, painter: QPainter) -> None:
        left, below = self._left(), self._below()
        wide, high = self._cell_size()
        soft = self._theme.color("soft")
        painter.setPen(soft)
        for row, name in enumerate(self._rows):
            write(painter, QRectF(-1, row * high, left - tokens.SPACE_S + 1, high), name, soft,
                  RIGHT, MIDDLE)
        top = len(self._rows) * high
        for column, name in enumerate(self._columns):
            middle = left + (column + 0.5) * wide
            if below == LINE:
                painter.drawText(QRectF(middle - wide / 2, top, wide, LINE),
                                 Qt.AlignmentFlag.AlignCenter, name)
                continue
            with QPainterStateGuard(painter):
                painter.translate(middle, top + 4)
                painter.rotate(90)
                write(painter, QRectF(0, -high, below - 4, 2 * high), name, soft, cut=MIDDLE)
