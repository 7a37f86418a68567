"""Short lists in the right panel: a coloured square, a name, and something at the right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractListModel,
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPainterStateGuard, QResizeEvent
from PySide6.QtWidgets import (
    QLineEdit,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from workbench.core.text import tr
from workbench.gui.style import tokens
from workbench.gui.style.painting import CENTER, RIGHT, paint_ground, small, write
from workbench.gui.style.theme import Theme
from workbench.gui.widgets.labels import SWATCH
from workbench.gui.widgets.list_table import ListTable
from workbench.gui.widgets.row_selection import select_rows, selected_rows

Index = QModelIndex | QPersistentModelIndex

ROW = tokens.CONTROL_HEIGHT
COLOR_ROLE = int(Qt.ItemDataRole.UserRole)
"""``#rrggbb`` of the square."""
RIGHT_ROLE = COLOR_ROLE + 1
"""Text at the right ("4,155", "271×217")."""
KEY_ROLE = COLOR_ROLE + 2
"""A key in a small frame behind it, or ""."""
CURRENT_ROLE = COLOR_ROLE + 3
"""Whether the row is marked although it is not selected (the current class)."""
NOTE_ROLE = COLOR_ROLE + 4
"""A soft word behind the name ("difficult"), or ""."""

MARKS_ROLE = COLOR_ROLE + 5
"""Small switches that come with the mouse, or None: a tuple of :class:`Mark`."""

_EDGE = tokens.SPACE_L
_KEY_SIDE = tokens.SPACE_L + 2
_MARK_SIDE = tokens.SPACE_L + 4


class Mark(NamedTuple):
    """A switch of a row. One that is on is always shown, the others with the mouse on the row."""

    id: str
    icon: str
    on: bool
    tip: str


class RowModel(QAbstractListModel):
    """A list whose rows are told by subclasses through :meth:`cell`."""

    def __init__(self) -> None:
        super().__init__()
        self._count = 0

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else self._count

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        return self.cell(index.row(), role) if 0 <= index.row() < self._count else None

    def cell(self, row: int, role: int) -> Any:
        """What ``row`` shows for ``role``."""
        raise NotImplementedError


class NameModel(RowModel):
    """A list of names that are edited in place."""

    renamed = Signal(str, str)
    """(old, new) a person typed another name."""

    def __init__(self) -> None:
        super().__init__()
        self.names: tuple[str, ...] = ()

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        old, new = self.names[index.row()], str(value).strip()
        if role == Qt.ItemDataRole.EditRole and new and new != old:
            self.renamed.emit(old, new)
        return False


class RowDelegate(QStyledItemDelegate):
    """Paints a row; long names end in "…"."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(tokens.SIDE_PANEL_WIDTH // 2, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect: QRect = option.rect
        state = option.state
        with QPainterStateGuard(painter):
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            marked = bool(state & QStyle.StateFlag.State_Selected) or bool(index.data(CURRENT_ROLE))
            hovered = bool(state & QStyle.StateFlag.State_MouseOver)
            frame = QRectF(rect).adjusted(6, 0, -6, 0)
            paint_ground(painter, frame, self._theme, marked=marked, hovered=hovered,
                         focused=bool(state & QStyle.StateFlag.State_HasFocus))
            self._paint_swatch(painter, rect, str(index.data(COLOR_ROLE)))
            right = self._paint_right(painter, rect, option, index)
            left = rect.left() + _EDGE + SWATCH + tokens.SPACE_M
            self._paint_name(painter, QRect(left, rect.top(), right - left, rect.height()),
                             option, index)

    def _paint_swatch(self, painter: QPainter, rect: QRect, color: str) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color(color))
        painter.drawRoundedRect(
            QRectF(rect.left() + _EDGE, rect.center().y() + 1 - SWATCH / 2, SWATCH, SWATCH), 3, 3)

    def _paint_right(self, painter: QPainter, rect: QRect, option: QStyleOptionViewItem,
                     index: Index) -> int:
        """Paint key and text at the right; where they begin."""
        right = rect.right() - _EDGE + 4
        key = index.data(KEY_ROLE)
        if key is not None:
            if key:
                frame = QRectF(right - _KEY_SIDE + .5, rect.center().y() - _KEY_SIDE / 2 + 1.5,
                               _KEY_SIDE - 1, _KEY_SIDE - 1)
                painter.setPen(self._theme.color("line_strong"))
                painter.setBrush(self._theme.color("panel"))
                painter.drawRoundedRect(frame, tokens.RADIUS_MARK, tokens.RADIUS_MARK)
                painter.setFont(small(option.font))
                painter.setPen(self._theme.color("soft"))
                painter.drawText(frame, CENTER, str(key))
            right -= _KEY_SIDE + tokens.SPACE_S
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        shown = [(mark, place) for mark, place in mark_places(rect, index) if mark.on or hovered]
        for mark, place in shown:
            icon = self._theme.pixmap(mark.icon, "ink" if mark.on else "faint", tokens.ICON_SMALL)
            side = icon.deviceIndependentSize().width()
            painter.drawPixmap(QPointF(place.center().x() + 0.5 - side / 2,
                                       place.center().y() + 1 - side / 2), icon)
        if shown:
            right = shown[0][1].left() - tokens.SPACE_XS
        if hovered and shown:
            return right  # the text gives way
        text = str(index.data(RIGHT_ROLE) or "")
        painter.setFont(option.font)
        painter.setPen(self._theme.color("soft"))
        width = painter.fontMetrics().horizontalAdvance(text)
        painter.drawText(QRect(right - width, rect.top(), width, rect.height()), RIGHT, text)
        return right - width - tokens.SPACE_S

    def _paint_name(self, painter: QPainter, rect: QRect, option: QStyleOptionViewItem,
                    index: Index) -> None:
        painter.setFont(option.font)
        width = write(painter, rect, str(index.data() or ""), self._theme.color("ink"))
        note = str(index.data(NOTE_ROLE) or "")
        room = rect.adjusted(width + tokens.SPACE_S, 0, 0, 0)
        if note and room.width() > ROW:
            painter.setFont(small(option.font))
            write(painter, room, note, self._theme.color("soft"))

    # --- renaming in place ----------------------------------------------------------------------

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem,
                     index: Index) -> QWidget:
        field = QLineEdit(parent)
        field.setAccessibleName(tr("New name"))
        return field

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        assert isinstance(editor, QLineEdit)
        editor.setText(str(index.data(Qt.ItemDataRole.EditRole) or ""))
        editor.selectAll()

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        assert isinstance(editor, QLineEdit)
        model.setData(model.index(index.row(), 0), editor.text(), Qt.ItemDataRole.EditRole)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem,
                             index: Index) -> None:
        rect: QRect = option.rect
        editor.setGeometry(rect.adjusted(_EDGE + SWATCH + tokens.SPACE_XS, 0, -6, 0))


def mark_places(rect: QRect, index: Index) -> list[tuple[Mark, QRect]]:
    """The switches of the row in ``rect``, the last one right before the key."""
    marks = index.data(MARKS_ROLE) or ()
    right = rect.right() - _EDGE + 4
    if index.data(KEY_ROLE) is not None:
        right -= _KEY_SIDE + tokens.SPACE_XS
    left = right - _MARK_SIDE * len(marks)
    return [(mark, QRect(left + place * _MARK_SIDE, rect.top(), _MARK_SIDE, rect.height()))
            for place, mark in enumerate(marks)]


class RowView(ListTable):
    """A list as high as its rows, as long as there is room; then it scrolls.

    ``kept`` rows are shown even where room is short.
    """

    rows_chosen = Signal(list)
    """(list of rows, the current one last) a person selected other rows."""
    mark_clicked = Signal(int, str)
    """(row, id of the mark) one of the switches of a row was pressed."""
    _pressed_mark = False

    def __init__(self, theme: Theme, model: RowModel, name: str, *, kept: int = 3) -> None:
        super().__init__(model, ROW, name)
        self._kept = kept
        self._quiet = False
        self.selectionModel().selectionChanged.connect(self._selected_here)
        self.setItemDelegate(RowDelegate(theme, self))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        theme.changed.connect(self.viewport().update)
        for signal in (model.modelReset, model.rowsInserted, model.rowsRemoved):
            signal.connect(self._fit_height)
        self._fit_height()

    # --- switches -------------------------------------------------------------------------------

    def mark_at(self, point: QPoint) -> tuple[int, Mark] | None:
        """Row and switch under a point of the viewport."""
        index = self.indexAt(point)
        if not index.isValid():
            return None
        places = mark_places(self.visualRect(index), index)
        return next(((index.row(), mark) for mark, place in places if place.contains(point)), None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        found = self.mark_at(event.position().toPoint())
        self._pressed_mark = found is not None and event.button() is Qt.MouseButton.LeftButton
        if found is not None and self._pressed_mark:
            self.mark_clicked.emit(found[0], found[1].id)
        else:
            super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if not self._pressed_mark:
            super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.mark_at(event.position().toPoint()) is not None:
            self.mousePressEvent(event)
        else:
            super().mouseDoubleClickEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            found = self.mark_at(event.pos())
            if found is not None:
                QToolTip.showText(event.globalPos(), found[1].tip, self)
                return True
        return super().viewportEvent(event)

    # --- rows -----------------------------------------------------------------------------------

    def show_rows(self, rows: Sequence[int]) -> None:
        """Select exactly these rows and bring the last one into view; nothing is announced."""
        if self._quiet:
            return
        self._quiet = True
        try:
            select_rows(self, rows)
            if rows:
                index = self.model().index(rows[-1], 0)
                self.selectionModel().setCurrentIndex(
                    index, QItemSelectionModel.SelectionFlag.NoUpdate)
                self.scrollTo(index)
        finally:
            self._quiet = False

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What is selected stays in view where something comes below (its own panel, say)."""
        current = self.currentIndex()
        seen = (self.selectionModel().isSelected(current)
                and 0 <= self.visualRect(current).top() < event.oldSize().height())
        super().resizeEvent(event)
        if seen:
            self.scrollTo(current)

    def _selected_here(self) -> None:
        if self._quiet:
            return
        rows = selected_rows(self)
        current = self.currentIndex().row()
        if current in rows:
            rows.remove(current)
            rows.append(current)
        self._quiet = True
        try:
            self.rows_chosen.emit(rows)
        finally:
            self._quiet = False

    def sizeHint(self) -> QSize:
        return QSize(tokens.SIDE_PANEL_WIDTH, self._height())

    def minimumSizeHint(self) -> QSize:
        return QSize(0, min(self._height(), self._kept * ROW))

    def _height(self) -> int:
        return self.model().rowCount() * ROW + 2

    def _fit_height(self) -> None:
        self.setMaximumHeight(max(1, self._height()))
        self.updateGeometry()
