"""The confusion matrix as one painted widget: hover says it in words, a click selects."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterStateGuard,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy

from workbench.core.arrays import IntArray
from workbench.core.text import tr
from workbench.evaluation.confusion import MatrixCell
from workbench.gui.charts.picking import PickingView
from workbench.gui.results.matrix_layout import MatrixLayout, wanted_width
from workbench.gui.results.matrix_picture import cells_per_dot, matrix_picture, strongest_in
from workbench.gui.style import tokens
from workbench.gui.style.painting import CENTER, RIGHT, small
from workbench.gui.style.theme import Theme
from workbench.gui.widgets.class_colors import ink_on

NOTHING = "nothing"
"""What the last row and column are called where nobody says otherwise."""
_WASH, _STRONGEST = 0.06, 0.85
"""Share of the tone in a cell that is empty, and in one that holds its whole row."""
_SMALLEST_FONT = 8
_ZEROS_UP_TO = 16
"""A larger matrix leaves cells of nothing blank, so that the others are seen."""
_PAINTED_UP_TO = 100
"""A larger matrix is a picture, whose cells are not painted one by one."""
_LEAST_WIDTH = 300


class ConfusionView(PickingView[MatrixCell]):
    """Rows are what is true, columns what was predicted, the last of each is "none".

    Parameters
    ----------
    say
        A sentence for a cell, its number and the classes.
    counts_nothing
        Whether what is in the last row and the last column counts: pixels of the background do,
        objects that are neither there nor found do not.
    """

    selected = Signal(object)
    """(row, column) of the cell that was chosen, or None when the choice was taken back."""
    entered = Signal()
    """Return was pressed: go on to the boxes."""

    def __init__(self, theme: Theme, say: Callable[[MatrixCell, int, Sequence[str]], str], *,
                 counts_nothing: bool = False) -> None:
        super().__init__()
        self._theme = theme
        self._say = say
        self._counts_nothing = counts_nothing
        self.names: tuple[str, ...] = ()
        """The classes."""
        self._colors: tuple[str, ...] = ()
        self._last, self._last_tip = NOTHING, NOTHING
        self._matrix: IntArray = np.zeros((1, 1), np.int64)
        self._picture: tuple[tuple[object, ...], QImage] | None = None
        self.cell: MatrixCell | None = None
        """The chosen cell."""
        self._lengths: list[float] = [0.0]
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(tr("Confusion matrix"))
        theme.changed.connect(self.update)

    # --- what is shown --------------------------------------------------------------------------

    @property
    def last(self) -> tuple[str, str]:
        """What the last row and column are called, and what that is."""
        return self._last, self._last_tip

    def count(self, cell: MatrixCell) -> int:
        return int(self._matrix[cell])

    def set_classes(self, names: Sequence[str], colors: Sequence[str]) -> None:
        """Show another set of classes; the choice is taken back without a signal."""
        self.names, self._colors = tuple(names), tuple(colors)
        size = len(names) + 1
        self._matrix, self._picture = np.zeros((size, size), np.int64), None
        self.cell = self._hover = None
        metrics = QFontMetricsF(small(self.font()))
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
            self.set_classes(self.names, self._colors)

    def set_matrix(self, matrix: IntArray) -> None:
        """Show other numbers for the same classes."""
        if not np.array_equal(matrix, self._matrix):
            self._matrix, self._picture = matrix, None
            self._describe()
            self.update()

    def select(self, cell: MatrixCell | None) -> None:
        """Choose a cell, as a click would."""
        if cell != self.cell:
            self.cell = cell
            self._describe()
            self.update()
            self.selected.emit(cell)

    def _describe(self) -> None:
        words = "" if self.cell is None else self.sentence(self.cell)
        self.setAccessibleDescription(words or tr("Arrow keys choose a cell"))

    def sentence(self, cell: MatrixCell) -> str:
        """What the cell says, in words."""
        return self._say(cell, self.count(cell), self.names)

    # --- geometry -------------------------------------------------------------------------------

    @property
    def _size(self) -> int:
        return len(self.names) + 1

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

    def at(self, point: QPointF) -> MatrixCell | None:
        layout = self.layout_now
        cell, step = layout.cell_at(point), self._step(layout)
        return cell if cell is None or step == 1 else strongest_in(self._matrix, cell, step)

    def _step(self, layout: MatrixLayout) -> int:
        """How many cells of a row are one dot of the picture."""
        return cells_per_dot(self._size, layout.side * self._size)

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
        cell = self.at(event.position())
        self.select(None if cell == self.cell else cell)

    def tip_at(self, point: QPointF) -> tuple[str, QRect]:
        layout = self.layout_now
        cell = self.at(point)
        if cell is not None:
            return self.sentence(cell), layout.cell(cell).toAlignedRect()
        name = layout.name_at(point)
        return "" if name is None else (*self.names, self._last_tip)[name], QRect()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key
        moves = {key.Key_Left: (0, -1), key.Key_Right: (0, 1), key.Key_Up: (-1, 0),
                 key.Key_Down: (1, 0)}
        last = self._size - 1
        if event.key() in moves:
            if self.cell is None:
                self.select((0, 0))
                return
            row, column = moves[key(event.key())]
            self.select((min(max(self.cell[0] + row, 0), last),
                         min(max(self.cell[1] + column, 0), last)))
        elif event.key() == key.Key_Home:
            self.select((0, 0))
        elif event.key() == key.Key_End:
            self.select((last, 0))
        elif event.key() in (key.Key_Return, key.Key_Enter):
            self.entered.emit()
        elif event.key() == key.Key_Escape and self.cell is not None:
            self.select(None)
        else:
            super().keyPressEvent(event)

    # --- painting -------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            layout = self.layout_now
            self._paint_names(painter, layout)
            if self._size > _PAINTED_UP_TO:
                self._paint_picture(painter, layout)
            else:
                self._paint_cells(painter, layout, QRectF(event.rect()))
            self._paint_frames(painter, layout)

    def _paint_cells(self, painter: QPainter, layout: MatrixLayout, region: QRectF) -> None:
        number_font = self._number_font(layout)
        painter.setFont(number_font if number_font is not None else self.font())
        for row, counts in enumerate(self._matrix.tolist()):
            total = max(1, sum(counts))
            for column, number in enumerate(counts):
                rect = layout.cell((row, column))
                if rect.intersects(region):
                    self._paint_cell(painter, (row, column), rect, number, number / total,
                                     with_number=number_font is not None)

    def _paint_picture(self, painter: QPainter, layout: MatrixLayout) -> None:
        step = self._step(layout)
        colors = [self._theme.color(name) for name in ("panel", "accent", "bad")]
        key = (step, *(color.rgb() for color in colors))
        if self._picture is None or self._picture[0] != key:
            self._picture = key, matrix_picture(self._matrix, step, *colors)
        last = (self._size - 1,) * 2
        whole = layout.cell((0, 0)).united(layout.cell(last))
        picture = self._picture[1]
        dot = step * layout.side
        painter.drawImage(QRectF(whole.topLeft(), QSizeF(picture.size()) * dot), picture)
        painter.setPen(QPen(self._theme.color("line")))
        painter.drawRect(whole)

    def _number_font(self, layout: MatrixLayout) -> QFont | None:
        """As large as the longest number allows; None where none can be read."""
        room = layout.side - layout.gap - 2
        longest = max(len(_short(number, room)) for number in np.unique(self._matrix).tolist())
        size = math.floor(min(tokens.FONT_BODY, room / (0.62 * max(longest, 2)), room * 0.8))
        if size < _SMALLEST_FONT:
            return None
        font = QFont(self.font())
        font.setPixelSize(size)
        return font

    def _paint_names(self, painter: QPainter, layout: MatrixLayout) -> None:
        font = QFont(self.font())
        font.setPixelSize(round(min(tokens.FONT_SMALL, max(layout.side - 1, _SMALLEST_FONT))))
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        meant = self._hover or self.cell
        for i, name in enumerate((*self.names, self._last)):
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
        painter.drawText(tall, RIGHT, text)
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
        if cell == (none, none) and not self._counts_nothing:
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
        if self.cell is not None:
            tone = "accent" if self.hasFocus() else "ink"
            painter.setPen(QPen(self._theme.color(tone), tokens.FOCUS_WIDTH))
            rect = layout.cell(self.cell).adjusted(-1, -1, 1, 1)
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
        painter.drawText(space, CENTER, metrics.elidedText(name, elide, space.width()))
        return
    with QPainterStateGuard(painter):
        painter.translate(space.center().x(), space.top())
        painter.rotate(-90)
        line = QRectF(-space.height(), -metrics.height() / 2, space.height(), metrics.height())
        painter.drawText(line, RIGHT, metrics.elidedText(name, elide, space.height()))


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
    if number >= 1_000_000:
        return f"{number / 1e6:.0f}M" if number >= 10_000_000 else f"{number / 1e6:.1f}M"
    return f"{number / 1000:.0f}k" if number >= 10_000 else f"{number / 1000:.1f}k"
