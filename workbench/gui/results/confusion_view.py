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
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from workbench.core.detections import IntArray
from workbench.core.text import tr
from workbench.evaluation.confusion import MatrixCell
from workbench.gui.results.matrix_layout import MatrixLayout, wanted_width
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets.class_colors import ink_on

NOTHING = "nothing"
"""What the last row and column are called where nobody says otherwise."""
_WASH, _STRONGEST = 0.06, 0.85
"""Share of the tone in a cell that is empty, and in one that holds its whole row."""
_SMALLEST_FONT = 8
_ZEROS_UP_TO = 16
"""A larger matrix leaves cells of nothing blank, so that the others are seen."""
_LEAST_WIDTH = 300


class ConfusionView(QWidget):
    """Rows are what is true, columns what was predicted, the last of each is "none".

    Parameters
    ----------
    say
        A sentence for a cell, its number and the classes.

    Signals
    -------
    selected
        (row, column) of the cell that was chosen, or None when the choice was taken back.
    entered
        Return was pressed: go on to the boxes.
    """

    selected = Signal(object)
    entered = Signal()

    def __init__(self, theme: Theme, say: Callable[[MatrixCell, int, Sequence[str]], str],
                 parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._say = say
        self._names: tuple[str, ...] = ()
        self._colors: tuple[str, ...] = ()
        self._last, self._last_tip = NOTHING, NOTHING
        self._counts: list[list[int]] = [[0]]
        self._cell: MatrixCell | None = None
        self._hover: MatrixCell | None = None
        self._lengths: list[float] = [0.0]
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(tr("Confusion matrix"))
        theme.changed.connect(self.update)

    # --- what is shown --------------------------------------------------------------------------

    @property
    def cell(self) -> MatrixCell | None:
        """The chosen cell."""
        return self._cell

    @property
    def names(self) -> tuple[str, ...]:
        """The classes."""
        return self._names

    @property
    def last(self) -> tuple[str, str]:
        """What the last row and column are called, and what that is."""
        return self._last, self._last_tip

    def count(self, cell: MatrixCell) -> int:
        return self._counts[cell[0]][cell[1]]

    def set_classes(self, names: Sequence[str], colors: Sequence[str]) -> None:
        """Show another set of classes; the choice is taken back without a signal."""
        self._names, self._colors = tuple(names), tuple(colors)
        size = len(names) + 1
        self._counts = [[0] * size for _ in range(size)]
        self._cell = self._hover = None
        metrics = QFontMetricsF(self._small_font())
        self._lengths = [metrics.horizontalAdvance(name) for name in (*names, self._last)]
        self._describe()
        self._take_room()
        self.updateGeometry()
        self.update()

    def set_last(self, name: str = NOTHING, tip: str = "") -> None:
        """Call the last row and column ``name``; ``tip`` says what it is."""
        self._last_tip = tip or name
        if name != self._last:
            self._last = name
            self.set_classes(self._names, self._colors)

    def set_matrix(self, matrix: IntArray) -> None:
        """Show other numbers for the same classes."""
        counts = matrix.tolist()
        if counts != self._counts:
            self._counts = counts
            self._describe()
            self.update()

    def select(self, cell: MatrixCell | None) -> None:
        """Choose a cell, as a click would."""
        if cell != self._cell:
            self._cell = cell
            self._describe()
            self.update()
            self.selected.emit(cell)

    def _describe(self) -> None:
        words = "" if self._cell is None else self.sentence(self._cell)
        self.setAccessibleDescription(words or tr("Arrow keys choose a cell"))

    def sentence(self, cell: MatrixCell) -> str:
        """What the cell says, in words."""
        return self._say(cell, self.count(cell), self._names)

    # --- geometry -------------------------------------------------------------------------------

    @property
    def _size(self) -> int:
        return len(self._names) + 1

    @property
    def layout_now(self) -> MatrixLayout:
        """Where everything lies at this width."""
        return MatrixLayout.fitting(self.width(), self._lengths)

    @property
    def wanted_width(self) -> float:
        """Width at which every number can be read at a glance."""
        return wanted_width(self._lengths)

    def cell_rect(self, cell: MatrixCell) -> QRectF:
        """Where a cell lies, in the widget."""
        return self.layout_now.cell(cell)

    def _cell_at(self, point: QPointF) -> MatrixCell | None:
        return self.layout_now.cell_at(point)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return math.ceil(MatrixLayout.fitting(width, self._lengths).height)

    def sizeHint(self) -> QSize:
        width = round(max(self.wanted_width, _LEAST_WIDTH))
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(_LEAST_WIDTH, self.heightForWidth(_LEAST_WIDTH))

    def _take_room(self) -> None:
        """Insist on the height for this width: cards in a scrolling column do not pass it on."""
        self.setMinimumHeight(self.heightForWidth(self.width()))

    # --- events ---------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._take_room()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        cell = self._cell_at(event.position())
        self.select(None if cell == self._cell else cell)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._set_hover(self._cell_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self._set_hover(None)
        super().leaveEvent(event)

    def _set_hover(self, cell: MatrixCell | None) -> None:
        if cell != self._hover:
            self._hover = cell
            self.setCursor(Qt.CursorShape.PointingHandCursor if cell is not None
                           else Qt.CursorShape.ArrowCursor)
            self.update()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            self._show_tip(event)
            return True
        return super().event(event)

    def _show_tip(self, event: QHelpEvent) -> None:
        point, layout = QPointF(event.pos()), self.layout_now
        cell = layout.cell_at(point)
        name = layout.name_at(point) if cell is None else None
        if cell is not None:
            QToolTip.showText(event.globalPos(), self.sentence(cell), self,
                              layout.cell(cell).toAlignedRect())
        elif name is not None:
            QToolTip.showText(event.globalPos(), (*self._names, self._last_tip)[name], self)
        else:
            QToolTip.hideText()

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
        try:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            layout = self.layout_now
            self._paint_names(painter, layout)
            number_font = self._number_font(layout)
            painter.setFont(number_font if number_font is not None else self.font())
            region = QRectF(event.rect())
            for row, counts in enumerate(self._counts):
                total = max(1, sum(counts))
                for column, number in enumerate(counts):
                    rect = layout.cell((row, column))
                    if rect.intersects(region):
                        self._paint_cell(painter, (row, column), rect, number, number / total,
                                         with_number=number_font is not None)
            self._paint_frames(painter, layout)
        finally:
            painter.end()

    def _small_font(self) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(round(tokens.FONT_SMALL))
        return font

    def _number_font(self, layout: MatrixLayout) -> QFont | None:
        """As large as the longest number allows; None where none can be read."""
        room = layout.side - layout.gap - 2
        longest = max(len(_short(number, room)) for row in self._counts for number in row)
        size = math.floor(min(tokens.FONT_BODY, room / (0.62 * max(longest, 2)), room * 0.8))
        if size < _SMALLEST_FONT:
            return None
        font = QFont(self.font())
        font.setPixelSize(size)
        return font

    def _paint_names(self, painter: QPainter, layout: MatrixLayout) -> None:
        font = self._small_font()
        font.setPixelSize(round(min(tokens.FONT_SMALL, max(layout.side - 1, _SMALLEST_FONT))))
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        meant = self._hover or self._cell
        for i, name in enumerate((*self._names, self._last)):
            if layout.label:
                chosen = meant is not None and meant[0] == i
                painter.setPen(self._theme.color("ink" if chosen else "soft"))
                self._paint_row_name(painter, metrics, layout.row_name(i), name, i)
            if layout.names:
                chosen = meant is not None and meant[1] == i
                painter.setPen(self._theme.color("ink" if chosen else "soft"))
                _paint_column_name(painter, metrics, layout.column_name(i), name, layout.upright)

    def _paint_row_name(self, painter: QPainter, metrics: QFontMetricsF, space: QRectF, name: str,
                        index: int) -> None:
        text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, space.width() - 12)
        tall = space.adjusted(0, -4, 0, 4)  # a line may be higher than a small cell
        painter.drawText(tall, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        if index < len(self._colors):
            left = space.right() - metrics.horizontalAdvance(text) - 11
            self._paint_dot(painter, QPointF(left, space.center().y() - 3), index)

    def _paint_dot(self, painter: QPainter, corner: QPointF, index: int) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._colors[index]))
        painter.drawRoundedRect(QRectF(corner.x(), corner.y(), 7, 7), 2, 2)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_cell(
        self, painter: QPainter, cell: MatrixCell, rect: QRectF, number: int, share: float, *,
        with_number: bool,
    ) -> None:
        none = self._size - 1
        radius = min(tokens.RADIUS_MARK, rect.width() / 6)
        painter.setPen(Qt.PenStyle.NoPen)
        if cell == (none, none):
            painter.setBrush(self._theme.color("raised"))
            painter.drawRoundedRect(rect, radius, radius)
            return
        tone = "accent" if cell[0] == cell[1] else "bad"
        strength = _WASH + (_STRONGEST - _WASH) * math.sqrt(share) if number else _WASH / 2
        fill = _blend(self._theme.color("panel"), self._theme.color(tone), strength)
        if cell == self._hover:
            fill = _blend(fill, self._theme.color("ink"), 0.08)
        painter.setBrush(fill)
        painter.drawRoundedRect(rect, radius, radius)
        if with_number and (number or self._size <= _ZEROS_UP_TO):
            painter.setPen(ink_on(fill) if number else self._theme.color("soft"))
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, _short(number, rect.width()))

    def _paint_frames(self, painter: QPainter, layout: MatrixLayout) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._cell is not None:
            tone = "accent" if self.hasFocus() else "ink"
            painter.setPen(QPen(self._theme.color(tone), tokens.FOCUS_WIDTH))
            rect = layout.cell(self._cell).adjusted(-1, -1, 1, 1)
            radius = min(tokens.RADIUS_MARK + 1, rect.width() / 5)
            painter.drawRoundedRect(rect, radius, radius)
        elif self.hasFocus():
            painter.setPen(QPen(self._theme.color("accent"), tokens.FOCUS_WIDTH))
            whole = layout.cell((0, 0)).united(layout.cell((self._size - 1,) * 2))
            painter.drawRoundedRect(whole.adjusted(-2, -2, 2, 2), tokens.RADIUS_MARK + 2,
                                    tokens.RADIUS_MARK + 2)


def _paint_column_name(painter: QPainter, metrics: QFontMetricsF, space: QRectF, name: str,
                       upright: bool) -> None:
    elide = Qt.TextElideMode.ElideRight
    if not upright:
        painter.drawText(space, Qt.AlignmentFlag.AlignCenter,
                         metrics.elidedText(name, elide, space.width()))
        return
    painter.save()
    painter.translate(space.center().x(), space.top())
    painter.rotate(-90)
    line = QRectF(-space.height(), -metrics.height() / 2, space.height(), metrics.height())
    painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                     metrics.elidedText(name, elide, space.height()))
    painter.restore()


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
