"""The layers from top to bottom, with what each gives; dragged to another place with the mouse."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QFont, QMouseEvent, QPainter, QPainterStateGuard, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QApplication,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from workbench.core.text import tr
from workbench.gui.network.texts import amount, shape_words
from workbench.gui.style import tokens
from workbench.gui.style.painting import RIGHT, paint_ground, small, write
from workbench.gui.style.theme import Theme
from workbench.gui.widgets.list_table import ListTable
from workbench.gui.widgets.row_view import Index
from workbench.project.networks.network import PlacedLayer, Report

COLUMNS = ("Layer", "Gives", "Weights", "Multiply-adds")
_TIPS = ("", "Channels × height × width of a map, or how many numbers a list has",
         "Numbers that are learned", "For one image, of convolutions and dense layers")
_WIDTHS = (0, 132, 84, 104)
_FAULT = int(Qt.ItemDataRole.UserRole)
_WORDS = _FAULT + 1
_EDGE = tokens.SPACE_M
_NUMBER = tokens.SPACE_XL + tokens.SPACE_S  # room for a layer's number
_FAULT_HEIGHT = tokens.ROW_HEIGHT + tokens.SPACE_L


class LayerModel(QAbstractTableModel):
    """The image, the layers and the classes."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[PlacedLayer] = []
        self._input = ""

    def show(self, report: Report, title: str) -> None:
        """Show what is said of a network now; ``title`` is what comes in."""
        more = len(report.steps) + 1 != len(self._rows)
        if more:
            self.beginResetModel()
        self._input = shape_words(report.input)
        self._rows = [PlacedLayer(tr(title), "", None, report.problem), *report.steps]
        if more:
            self.endResetModel()
        else:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1,
                                                               len(COLUMNS) - 1))

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index | None = None) -> int:
        return len(COLUMNS)

    def step(self, row: int) -> PlacedLayer:
        return self._rows[row]

    def fixed(self, row: int) -> bool:
        """Whether it is the image or the classes."""
        return row in (0, len(self._rows) - 1)

    def headerData(self, section: int, orientation: Qt.Orientation,
                   role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return tr(COLUMNS[section])
        if role == Qt.ItemDataRole.ToolTipRole:
            return tr(_TIPS[section]) or None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        step = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(index.row(), index.column())
        if role == _FAULT:
            return step.problem
        if role == _WORDS:
            return step.words
        if role == Qt.ItemDataRole.ToolTipRole:
            return step.problem or None
        if role == Qt.ItemDataRole.AccessibleTextRole and index.column() == 0:
            gives = tr("gives {shape}", shape=self._text(index.row(), 1))
            number = "" if self.fixed(index.row()) else f"{index.row()}. "
            return f"{number}{step.title} {step.words}, {step.problem or gives}"
        return None

    def _text(self, row: int, column: int) -> str:
        step = self._rows[row]
        if column == 0:
            return step.title
        if row == 0:
            return self._input if column == 1 else ""
        if step.measure is None:
            return ""
        measure = step.measure
        if column == 1:
            return shape_words(measure.shape)
        number = measure.parameters if column == 2 else measure.work
        return amount(number) if number else ""


class _LayerDelegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, table: LayerList) -> None:
        super().__init__(table)
        self._theme, self._table = theme, table

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect: QRect = option.rect
        with QPainterStateGuard(painter):
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if index.column() == 0:
                self._paint_ground(painter, rect, option)
            fault = str(index.data(_FAULT) or "")
            line = QRect(rect.left(), rect.top(), rect.width(), tokens.ROW_HEIGHT)
            quiet = self._table.layers.fixed(index.row())
            if index.column() == 0:
                self._paint_name(painter, line, option, index, quiet)
                if fault:
                    self._paint_fault(painter, rect, option, fault)
            else:
                write(painter, line.adjusted(0, 0, -_EDGE, 0), str(index.data()),
                      self._theme.color("soft"), RIGHT)

    def _paint_ground(self, painter: QPainter, rect: QRect, option: QStyleOptionViewItem) -> None:
        whole = QRectF(2, rect.top() + 1, self._table.viewport().width() - 4, rect.height() - 2)
        painter.setClipping(False)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        paint_ground(painter, whole, self._theme, marked=selected,
                     focused=selected and self._table.hasFocus())

    def _paint_name(self, painter: QPainter, line: QRect, option: QStyleOptionViewItem,
                    index: Index, quiet: bool) -> None:
        font = QFont(option.font)
        font.setWeight(QFont.Weight.Normal if quiet else QFont.Weight.Medium)
        painter.setFont(font)
        soft = self._theme.color("soft")
        room = line.adjusted(_NUMBER, 0, -tokens.SPACE_S, 0)
        if not quiet:
            write(painter, QRect(line.left(), line.top(), _NUMBER - tokens.SPACE_S, line.height()),
                  str(index.row()), soft, RIGHT)
        width = write(painter, room, str(index.data()),
                      soft if quiet else self._theme.color("ink"))
        room.setLeft(room.left() + width + tokens.SPACE_S)
        painter.setFont(option.font)
        write(painter, room, str(index.data(_WORDS)), soft)

    def _paint_fault(self, painter: QPainter, rect: QRect, option: QStyleOptionViewItem,
                     fault: str) -> None:
        painter.setFont(small(option.font, 1))
        below = QRect(_NUMBER, rect.top() + tokens.ROW_HEIGHT - tokens.SPACE_S,
                      self._table.viewport().width() - _NUMBER - _EDGE,
                      rect.height() - tokens.ROW_HEIGHT + tokens.SPACE_XS)
        write(painter, below, f"{fault[:1].upper()}{fault[1:]}.", self._theme.color("bad_text"))


class LayerList(ListTable):
    """A row for each layer; the image is above them, the classes are below."""

    picked = Signal(int)
    """(row) a row was chosen."""
    moved = Signal(int, int)
    """(layer, before) a layer (counted from 0) was dragged before another."""

    def __init__(self, theme: Theme) -> None:
        self.layers = LayerModel()
        super().__init__(self.layers, tokens.ROW_HEIGHT, tr("Layers"))
        self._theme = theme
        self._pressed: QPoint | None = None
        self._dragged = -1
        self._gap = -1
        self.setItemDelegate(_LayerDelegate(theme, self))
        header = self.horizontalHeader()
        header.show()
        header.setStretchLastSection(False)
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column, width in enumerate(_WIDTHS[1:], 1):
            self.setColumnWidth(column, width)
        self.selectionModel().currentRowChanged.connect(
            lambda now, _before: self.picked.emit(now.row()))

    def show_report(self, report: Report, row: int, title: str) -> None:
        """Show a network with ``row`` chosen; ``title`` is what comes in."""
        blocked = self.blockSignals(True)
        self.layers.show(report, title)
        for at in range(self.layers.rowCount()):
            self.setRowHeight(at, _FAULT_HEIGHT if self.layers.step(at).problem
                              else tokens.ROW_HEIGHT)
        if self.currentIndex().row() != row:
            self.selectRow(row)
        self.scrollTo(self.layers.index(row, 0))
        self.blockSignals(blocked)
        self.viewport().update()

    def leave_out(self, columns: int) -> None:
        """Hide so many columns from the right, where there is little room."""
        for column in (2, 3):
            self.setColumnHidden(column, column > len(COLUMNS) - 1 - columns)

    # --- dragging -------------------------------------------------------------------------------

    def gap_at(self, point: QPoint) -> int:
        """The layer before which something at ``point`` of the rows would come; -1 outside."""
        if not self.viewport().rect().adjusted(0, -tokens.ROW_HEIGHT, 0, 0).contains(point):
            return -1
        last = self.layers.rowCount() - 2
        at = self.rowAt(point.y())
        if at < 0:
            return last if point.y() > 0 else 0
        middle = self.rowViewportPosition(at) + self.rowHeight(at) / 2
        return max(0, min(at - (point.y() < middle), last))

    def show_gap(self, gap: int) -> None:
        """Draw a line before the layer ``gap``; -1 draws none."""
        if gap != self._gap:
            self._gap = gap
            self.viewport().update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        point = event.position().toPoint()
        row = self.rowAt(point.y())
        if event.button() == Qt.MouseButton.LeftButton and row > 0 and not self.layers.fixed(row):
            self._pressed, self._dragged = point, row - 1

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            super().mouseMoveEvent(event)
            return
        point = event.position().toPoint()
        far = (point - self._pressed).manhattanLength() >= QApplication.startDragDistance()
        if far or self._gap >= 0:
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
            self.show_gap(self.gap_at(point))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        gap, dragged = self._gap, self._dragged
        dropped = self._pressed is not None and gap >= 0
        self._pressed, self._dragged = None, -1
        self.viewport().unsetCursor()
        self.show_gap(-1)
        if dropped and gap not in (dragged, dragged + 1):
            self.moved.emit(dragged, gap)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._gap < 0:
            return
        with QPainter(self.viewport()) as painter:
            painter.setPen(QPen(self._theme.color("accent"), tokens.FOCUS_WIDTH))
            y = self.rowViewportPosition(self._gap + 1)
            painter.drawLine(_EDGE, y, self.viewport().width() - _EDGE, y)
