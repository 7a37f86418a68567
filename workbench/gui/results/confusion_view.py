"""The confusion matrix as one painted widget: hover says it in words, a click selects."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from workbench.core.detections import IntArray
from workbench.gui import tokens
from workbench.gui.results.words import NONE, Cell, cell_sentence
from workbench.gui.theme import Theme
from workbench.gui.widgets.class_colors import ink_on

LARGEST, SMALLEST = 58.0, 24.0
"""Limits of a cell's side in logical pixels; many classes make the widget larger instead."""
GAP = 3.0
LABEL_WIDTH = 78.0
NAMES_BELOW_FROM = 34.0
"""Cells narrower than this have no names below them; the tooltip says what they are."""
_WASH, _STRONGEST = 0.06, 0.85
"""Share of the tone in a cell that is empty, and in one that holds its whole row."""


class ConfusionView(QWidget):
    """Rows are what is true, columns what was detected, the last of each is "none".

    Signals
    -------
    selected
        (row, column) of the cell that was chosen, or None when the choice was taken back.
    entered
        Return was pressed: go on to the boxes.
    """

    selected = Signal(object)
    entered = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None, *,
                 say: Callable[[Cell, int, Sequence[str]], str] = cell_sentence) -> None:
        super().__init__(parent)
        self._theme = theme
        self._say = say
        self._names: tuple[str, ...] = ()
        self._colors: tuple[str, ...] = ()
        self._counts: list[list[int]] = [[0]]
        self._cell: Cell | None = None
        self._hover: Cell | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName("Confusion matrix")
        theme.changed.connect(self.update)

    # --- what is shown --------------------------------------------------------------------------

    @property
    def cell(self) -> Cell | None:
        """The chosen cell."""
        return self._cell

    def count(self, cell: Cell) -> int:
        return self._counts[cell[0]][cell[1]]

    def set_classes(self, names: Sequence[str], colors: Sequence[str]) -> None:
        """Show another set of classes; the choice is taken back without a signal."""
        self._names, self._colors = tuple(names), tuple(colors)
        size = len(names) + 1
        self._counts = [[0] * size for _ in range(size)]
        self._cell = self._hover = None
        self._describe()
        self.updateGeometry()
        self.update()

    def set_matrix(self, matrix: IntArray) -> None:
        """Show other numbers for the same classes."""
        counts = matrix.tolist()
        if counts != self._counts:
            self._counts = counts
            self._describe()
            self.update()

    def select(self, cell: Cell | None) -> None:
        """Choose a cell, as a click would."""
        if cell != self._cell:
            self._cell = cell
            self._describe()
            self.update()
            self.selected.emit(cell)

    def _describe(self) -> None:
        words = "" if self._cell is None else self.sentence(self._cell)
        self.setAccessibleDescription(words or "Arrow keys choose a cell")

    def sentence(self, cell: Cell) -> str:
        """What the cell says, in words."""
        return self._say(cell, self.count(cell), self._names)

    # --- geometry -------------------------------------------------------------------------------

    @property
    def _size(self) -> int:
        return len(self._names) + 1

    def _side(self, width: float) -> float:
        free = width - LABEL_WIDTH - 2
        return min(LARGEST, max(SMALLEST, math.floor(free / self._size)))

    def _origin(self) -> QPointF:
        whole = LABEL_WIDTH + self._side(self.width()) * self._size
        return QPointF(LABEL_WIDTH + max(0.0, (self.width() - whole) / 2 - 4), 2)

    def cell_rect(self, cell: Cell) -> QRectF:
        """Where a cell lies, in the widget."""
        side, origin = self._side(self.width()), self._origin()
        return QRectF(origin.x() + cell[1] * side, origin.y() + cell[0] * side,
                      side - GAP, side - GAP)

    def _cell_at(self, point: QPointF) -> Cell | None:
        side, origin = self._side(self.width()), self._origin()
        column = math.floor((point.x() - origin.x()) / side)
        row = math.floor((point.y() - origin.y()) / side)
        inside = 0 <= row < self._size and 0 <= column < self._size
        return (row, column) if inside else None

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return round(self._side(width) * self._size + 22)

    def sizeHint(self) -> QSize:
        width = round(LABEL_WIDTH + self._size * LARGEST)
        return QSize(min(width, 400), self.heightForWidth(min(width, 400)))

    def minimumSizeHint(self) -> QSize:
        return QSize(round(LABEL_WIDTH + self._size * SMALLEST) + 2,
                     round(self._size * SMALLEST) + 22)

    # --- events ---------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        cell = self._cell_at(event.position())
        self.select(None if cell == self._cell else cell)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._set_hover(self._cell_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self._set_hover(None)
        super().leaveEvent(event)

    def _set_hover(self, cell: Cell | None) -> None:
        if cell != self._hover:
            self._hover = cell
            self.setCursor(Qt.CursorShape.PointingHandCursor if cell is not None
                           else Qt.CursorShape.ArrowCursor)
            self.update()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            cell = self._cell_at(QPointF(event.pos()))
            if cell is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), self.sentence(cell), self,
                                  self.cell_rect(cell).toRect())
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key
        moves = {key.Key_Left: (0, -1), key.Key_Right: (0, 1), key.Key_Up: (-1, 0),
                 key.Key_Down: (1, 0)}
        last = self._size - 1
        if event.key() in moves:
            if self._cell is None:
                self.select((0, 0))
                return
            row, column = moves[key(event.key())]
            self.select((min(max(self._cell[0] + row, 0), last),
                         min(max(self._cell[1] + column, 0), last)))
        elif event.key() == key.Key_Home:
            self.select((0, 0))
        elif event.key() == key.Key_End:
            self.select((last, 0))
        elif event.key() in (key.Key_Return, key.Key_Enter):
            self.entered.emit()
        elif event.key() == key.Key_Escape and self._cell is not None:
            self.select(None)
        else:
            super().keyPressEvent(event)

    # --- painting -------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = self._side(self.width())
        number_font = QFont(self.font())
        number_font.setPixelSize(round(min(tokens.FONT_BODY, side * 0.36)))
        small = QFont(self.font())
        small.setPixelSize(round(tokens.FONT_SMALL))
        self._paint_names(painter, small, side)
        painter.setFont(number_font)
        region = QRectF(event.rect())
        for row, counts in enumerate(self._counts):
            total = max(1, sum(counts))
            for column, number in enumerate(counts):
                rect = self.cell_rect((row, column))
                if rect.intersects(region):
                    self._paint_cell(painter, (row, column), rect, number, number / total)
        self._paint_frames(painter)
        painter.end()

    def _paint_names(self, painter: QPainter, font: QFont, side: float) -> None:
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        elide = Qt.TextElideMode.ElideRight
        for i, name in enumerate((*self._names, NONE)):
            cell = self.cell_rect((i, 0))
            space = QRectF(cell.left() - LABEL_WIDTH, cell.top(), LABEL_WIDTH - 8, cell.height())
            chosen = self._cell is not None and self._cell[0] == i
            painter.setPen(self._theme.color("ink" if chosen else "soft"))
            text = metrics.elidedText(name, elide, space.width() - 12)
            painter.drawText(space, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                             text)
            if i < len(self._colors):
                left = space.right() - metrics.horizontalAdvance(text) - 11
                self._paint_dot(painter, QPointF(left, space.center().y() - 3), i)
            if side >= NAMES_BELOW_FROM:
                below = self.cell_rect((self._size - 1, i))
                chosen = self._cell is not None and self._cell[1] == i
                painter.setPen(self._theme.color("ink" if chosen else "soft"))
                space = QRectF(below.left() - 1, below.bottom() + 3, below.width() + 2, 16)
                painter.drawText(space, Qt.AlignmentFlag.AlignCenter,
                                 metrics.elidedText(name, elide, space.width()))

    def _paint_dot(self, painter: QPainter, corner: QPointF, index: int) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._colors[index]))
        painter.drawRoundedRect(QRectF(corner.x(), corner.y(), 7, 7), 2, 2)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_cell(
        self, painter: QPainter, cell: Cell, rect: QRectF, number: int, share: float
    ) -> None:
        none = self._size - 1
        painter.setPen(Qt.PenStyle.NoPen)
        if cell == (none, none):
            painter.setBrush(self._theme.color("raised"))
            painter.drawRoundedRect(rect, tokens.RADIUS_MARK, tokens.RADIUS_MARK)
            return
        tone = "accent" if cell[0] == cell[1] else "bad"
        strength = _WASH + (_STRONGEST - _WASH) * math.sqrt(share) if number else _WASH / 2
        fill = _blend(self._theme.color("panel"), self._theme.color(tone), strength)
        if cell == self._hover:
            fill = _blend(fill, self._theme.color("ink"), 0.08)
        painter.setBrush(fill)
        painter.drawRoundedRect(rect, tokens.RADIUS_MARK, tokens.RADIUS_MARK)
        painter.setPen(ink_on(fill) if number else self._theme.color("soft"))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, _short(number, rect.width()))

    def _paint_frames(self, painter: QPainter) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._cell is not None:
            tone = "accent" if self.hasFocus() else "ink"
            painter.setPen(QPen(self._theme.color(tone), tokens.FOCUS_WIDTH))
            rect = self.cell_rect(self._cell).adjusted(-1, -1, 1, 1)
            painter.drawRoundedRect(rect, tokens.RADIUS_MARK + 1, tokens.RADIUS_MARK + 1)
        elif self.hasFocus():
            painter.setPen(QPen(self._theme.color("accent"), tokens.FOCUS_WIDTH))
            whole = self.cell_rect((0, 0)).united(self.cell_rect((self._size - 1,) * 2))
            painter.drawRoundedRect(whole.adjusted(-2, -2, 2, 2), tokens.RADIUS_MARK + 2,
                                    tokens.RADIUS_MARK + 2)


def _blend(base: QColor, tone: QColor, share: float) -> QColor:
    return QColor.fromRgbF(*(
        a * (1 - share) + b * share
        for a, b in ((base.redF(), tone.redF()), (base.greenF(), tone.greenF()),
                     (base.blueF(), tone.blueF()))
    ))


def _short(number: int, width: float) -> str:
    """The number, in thousands where the cell is too narrow for it."""
    if number < 10_000 and (number < 1000 or width > 36):
        return f"{number}"
    return f"{number / 1000:.0f}k" if number >= 10_000 else f"{number / 1000:.1f}k"
