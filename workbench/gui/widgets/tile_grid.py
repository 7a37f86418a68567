"""Tiles of one size, any number of them: only those in view are laid out and painted."""

from __future__ import annotations

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QHoverEvent, QMouseEvent, QPainter, QPaintEvent, QRegion, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyleOptionRubberBand,
    QStyleOptionViewItem,
)

from workbench.gui.widgets.row_selection import ranges_of

Index = QModelIndex | QPersistentModelIndex
_Action = QAbstractItemView.CursorAction
_Hint = QAbstractItemView.ScrollHint
_STEP = 40
"""Of the wheel and the arrows of the scroll bar, in logical pixels."""


class TileGrid(QListView):
    """A view of a list model whose delegate paints tiles of :meth:`gridSize`.

    A plain ``QListView`` lays out every row at each change, seconds for 60,000; here a row's place
    is computed from its number, and of the list view only what screen readers are told is left.
    Selection, keys and dragging are those of all item views.
    """

    def __init__(self) -> None:
        super().__init__()
        self.band_visible = True
        """Whether a rubber band is shown while several tiles are dragged over."""
        self._tile = QSize(100, 100)
        self._band: QRect | None = None
        self._under: QPoint | None = None
        self._top = (0, 0)  # a row of the model, and the pixels of its line above the view
        self._placing = False
        self.verticalScrollBar().valueChanged.connect(self._note_top)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)

    # --- where tiles are ------------------------------------------------------------------------

    def gridSize(self) -> QSize:
        """Size of a tile with the gap to the next, in logical pixels."""
        return self._tile

    def setGridSize(self, size: QSize) -> None:
        """Give all tiles another size; what was at the top stays there."""
        self._tile = QSize(max(1, size.width()), max(1, size.height()))
        self.updateGeometries()
        self.viewport().update()

    @property
    def columns(self) -> int:
        """How many tiles are side by side."""
        return max(1, self.viewport().width() // self._tile.width())

    def rows_in_view(self) -> range:
        """The rows of the model of which something is in view."""
        return self._rows_between(0, self.viewport().height() - 1)

    def _rows_between(self, top: int, bottom: int) -> range:
        first = (top + self.verticalOffset()) // self._tile.height() * self.columns
        last = ((bottom + self.verticalOffset()) // self._tile.height() + 1) * self.columns
        return range(max(0, first), min(self._count(), last))

    def _count(self) -> int:
        model = self.model()
        return model.rowCount() if model is not None else 0

    def _rect(self, row: int) -> QRect:
        line, column = divmod(row, self.columns)
        size = self._tile
        return QRect(QPoint(column * size.width(), line * size.height() - self.verticalOffset()),
                     size)

    def _row_at(self, point: QPoint) -> int | None:
        column = point.x() // self._tile.width()
        line = (point.y() + self.verticalOffset()) // self._tile.height()
        row = line * self.columns + column
        inside = 0 <= column < self.columns and line >= 0
        return row if inside and row < self._count() else None

    def doItemsLayout(self) -> None:
        QAbstractItemView.doItemsLayout(self)

    def visualRect(self, index: Index) -> QRect:
        return self._rect(index.row()) if index.isValid() else QRect()

    def indexAt(self, point: QPoint) -> QModelIndex:
        row = self._row_at(point)
        return self.model().index(row, 0) if row is not None else QModelIndex()

    def isIndexHidden(self, _index: Index) -> bool:
        return False

    # --- scrolling ------------------------------------------------------------------------------

    def horizontalOffset(self) -> int:
        return 0

    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    def scrollTo(self, index: Index, hint: QAbstractItemView.ScrollHint = _Hint.EnsureVisible,
                 ) -> None:
        if not index.isValid():
            return
        rect, room, bar = self.visualRect(index), self.viewport().height(), self.verticalScrollBar()
        above, below = rect.top() < 0, rect.bottom() >= room
        if hint == _Hint.PositionAtCenter:
            bar.setValue(bar.value() + rect.center().y() - room // 2)
        elif hint == _Hint.PositionAtTop or (hint == _Hint.EnsureVisible and above):
            bar.setValue(bar.value() + rect.top())
        elif hint == _Hint.PositionAtBottom or (hint == _Hint.EnsureVisible and below):
            bar.setValue(bar.value() + min(rect.top(), rect.bottom() + 1 - room))

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        if self._band is None:
            self.viewport().scroll(dx, dy)
        else:
            self.viewport().update()

    def updateGeometries(self) -> None:
        """Fit the scroll bar to the view; what a person scrolled to stays at the top, also where
        the view was higher or wider for a moment."""
        bar, room = self.verticalScrollBar(), self.viewport().height()
        lines = -(-self._count() // self.columns)
        row, inside = self._top
        self._placing = True
        bar.setSingleStep(_STEP)
        bar.setPageStep(room)
        bar.setRange(0, max(0, lines * self._tile.height() - room))
        bar.setValue(row // self.columns * self._tile.height()
                     + min(inside, self._tile.height() - 1))
        self._placing = False
        QAbstractItemView.updateGeometries(self)

    def _note_top(self, value: int) -> None:
        if not self._placing:
            line, inside = divmod(value, self._tile.height())
            self._top = (line * self.columns, inside)

    def resizeEvent(self, event: QResizeEvent) -> None:
        QAbstractItemView.resizeEvent(self, event)
        self.updateGeometries()

    # --- keys and selection ---------------------------------------------------------------------

    def moveCursor(self, action: QAbstractItemView.CursorAction,
                   _modifiers: Qt.KeyboardModifier) -> QModelIndex:
        count, current = self._count(), self.currentIndex()
        if not count:
            return QModelIndex()
        if not current.isValid():
            return self.model().index(0, 0)
        page = max(1, self.viewport().height() // self._tile.height()) * self.columns
        ends = {_Action.MoveHome: 0, _Action.MoveEnd: count - 1}
        steps = {
            _Action.MoveLeft: -1, _Action.MovePrevious: -1, _Action.MoveRight: 1,
            _Action.MoveNext: 1, _Action.MoveUp: -self.columns, _Action.MoveDown: self.columns,
            _Action.MovePageUp: -page, _Action.MovePageDown: page,
        }
        row = ends.get(action, current.row() + steps.get(action, 0))
        if not 0 <= row < count:  # up and down stay in their column, pages go to the end
            paged = action in (_Action.MovePageUp, _Action.MovePageDown)
            short = action == _Action.MoveDown and \
                current.row() // self.columns < (count - 1) // self.columns
            row = min(max(row, 0), count - 1) if paged or short else current.row()
        return self.model().index(row, 0)

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        """What is under a rubber band, or everything between two tiles in reading order."""
        banded = self.state() == QAbstractItemView.State.DragSelectingState
        if banded:
            chosen = self._under_band(rect)
        else:
            ends = [row for point in (rect.topLeft(), rect.bottomRight())
                    if (row := self._row_at(point)) is not None]
            chosen = self._ranges([(min(ends), max(ends))] if ends else [])
        self.selectionModel().select(chosen, command)

    def _under_band(self, rect: QRect) -> QItemSelection:
        corners = rect.topLeft(), rect.bottomRight()
        left, right = sorted(point.x() for point in corners)
        top, bottom = sorted(point.y() + self.verticalOffset() for point in corners)
        self._band = QRect(QPoint(left, top), QPoint(right, bottom))
        self.viewport().update()
        size, count = self._tile, self._count()
        first, last = max(0, left // size.width()), min(self.columns - 1, right // size.width())
        lines = range(max(0, top // size.height()), bottom // size.height() + 1)
        if first > last:
            return QItemSelection()
        if (first, last) == (0, self.columns - 1):
            pairs = [(lines.start * self.columns, lines.stop * self.columns - 1)]
        else:
            pairs = [(line * self.columns + first, line * self.columns + last) for line in lines]
        return self._ranges([(start, min(end, count - 1)) for start, end in pairs if start < count])

    def _ranges(self, pairs: list[tuple[int, int]]) -> QItemSelection:
        chosen, model = QItemSelection(), self.model()
        for start, end in pairs:
            chosen.append(QItemSelectionRange(model.index(start, 0), model.index(end, 0)))
        return chosen

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        region, seen = QRegion(), self.rows_in_view()
        for part in ranges_of(selection):
            for row in range(max(part.top(), seen.start), min(part.bottom() + 1, seen.stop)):
                region += QRegion(self._rect(row))
        return region

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if self._band is not None:
            self._band = None
            self.viewport().update()

    # --- painting -------------------------------------------------------------------------------

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHoverEvent):
            left = event.type() == QEvent.Type.HoverLeave
            self._under = None if left else event.position().toPoint()
        return super().viewportEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self.viewport()) as painter:
            self._paint_tiles(painter, event.rect())
            if self._band is not None and self.band_visible:
                self._paint_band(painter)

    def _paint_tiles(self, painter: QPainter, area: QRect) -> None:
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        plain = option.state & ~(QStyle.StateFlag.State_HasFocus | QStyle.StateFlag.State_Selected
                                 | QStyle.StateFlag.State_MouseOver)
        under = self._row_at(self._under) if self._under is not None else None
        current = self.currentIndex().row() if self.hasFocus() else -1
        chosen, model = self.selectionModel(), self.model()
        for row in self._rows_between(area.top(), area.bottom()):
            option.rect = self._rect(row)
            if not option.rect.intersects(area):
                continue
            index = model.index(row, 0)
            option.state = plain
            if chosen.isSelected(index):
                option.state |= QStyle.StateFlag.State_Selected
            if row == current:
                option.state |= QStyle.StateFlag.State_HasFocus
            if row == under:
                option.state |= QStyle.StateFlag.State_MouseOver
            self.itemDelegateForIndex(index).paint(painter, option, index)

    def _paint_band(self, painter: QPainter) -> None:
        assert self._band is not None
        option = QStyleOptionRubberBand()
        option.initFrom(self)
        option.opaque = False
        option.rect = self._band.translated(0, -self.verticalOffset())
        self.style().drawControl(QStyle.ControlElement.CE_RubberBand, option, painter, self)
