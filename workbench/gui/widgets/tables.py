"""Tables: how all of them are set up, and one of records that one sorts by a click on a title."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelectionModel,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView

from workbench.core.text import tr
from workbench.gui.style import tokens
from workbench.gui.style.painting import LEFT, RIGHT
from workbench.gui.widgets.row_view import Index

DENSE_ROW = tokens.CONTROL_HEIGHT - tokens.SPACE_XS


def set_up(table: QTableView, name: str, row_height: int) -> None:
    """Whole rows are selected; no lines, no row numbers, nothing edited, Tab leads out of it."""
    table.setAccessibleName(name)
    table.setFrameShape(QFrame.Shape.NoFrame)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setTabKeyNavigation(False)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(row_height)
    table.horizontalHeader().setHighlightSections(False)
    table.horizontalHeader().setDefaultAlignment(LEFT)


def sort_by_titles(table: QTableView) -> None:
    """A click on a title sorts by it; the third click gives the first order again."""
    table.horizontalHeader().setSortIndicatorClearable(True)
    table.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
    table.setSortingEnabled(True)


class Column(NamedTuple):
    """A title, and from a record to what it is sorted by and what is said."""

    title: str
    value: Callable[[Any], Any]
    words: Callable[[Any], str]
    tip: str = ""
    """What it means."""
    figure: bool = False
    """Whether it stands at the right."""


class _Model(QAbstractTableModel):
    def __init__(self, columns: Sequence[Column],
                 rename: Callable[[Any, str], bool] | None) -> None:
        super().__init__()
        self.columns, self.rename = columns, rename
        self.records: Sequence[Any] = ()

    def show(self, records: Sequence[Any]) -> None:
        self.beginResetModel()
        self.records = records
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.records)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation,
                   role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return tr(column.title)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tr(column.tip) or None
        return RIGHT if role == Qt.ItemDataRole.TextAlignmentRole and column.figure else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        record, column = self.records[index.row()], self.columns[index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole,
                    Qt.ItemDataRole.ToolTipRole):
            return column.words(record)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if column.figure else LEFT
        return column.value(record) if role == Qt.ItemDataRole.UserRole else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        editable = self.rename is not None and index.column() == 0
        return super().flags(index) | (Qt.ItemFlag.ItemIsEditable if editable
                                       else Qt.ItemFlag.NoItemFlags)

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        return self.rename is not None and self.rename(self.records[index.row()], str(value))


class Records(QTableView):
    """The table; the column ``wide`` takes what room the others leave, and ``rename`` takes what is
    written into the first one."""

    picked = Signal(object)
    """(record) a row was clicked, or Enter pressed on it."""
    unwanted = Signal(object)
    """(record) Delete was pressed on it."""

    def __init__(self, columns: Sequence[Column], name: str, wide: int = 0,
                 rename: Callable[[Any, str], bool] | None = None) -> None:
        super().__init__()
        self._rows = _Model(columns, rename)
        self.sorted = QSortFilterProxyModel(self)
        self.sorted.setSourceModel(self._rows)
        self.sorted.setSortRole(Qt.ItemDataRole.UserRole)
        self.setModel(self.sorted)
        self.setProperty("dense", "true")
        set_up(self, name, DENSE_ROW)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked
                             | QAbstractItemView.EditTrigger.EditKeyPressed)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(wide, QHeaderView.ResizeMode.Stretch)
        sort_by_titles(self)
        self.clicked.connect(self._pick)
        self.activated.connect(self._pick)

    @property
    def records(self) -> Sequence[Any]:
        """What is shown, in the order in which it was given."""
        return self._rows.records

    def show_records(self, records: Sequence[Any]) -> None:
        """Show others, in the order that was chosen."""
        if list(records) != list(self.records):
            self._rows.show(records)

    def record(self, row: int) -> Any:
        """What stands in a row as they are sorted; None below the last."""
        index = self.sorted.index(row, 0)
        return self.records[self.sorted.mapToSource(index).row()] if index.isValid() else None

    def chosen(self) -> list[Any]:
        """What is selected."""
        return [self.record(index.row()) for index in self.selectionModel().selectedRows()]

    def choose(self, wanted: Callable[[Any], bool]) -> None:
        """Select what is ``wanted`` and nothing else."""
        self.clearSelection()
        flag = QItemSelectionModel.SelectionFlag
        for row in range(self.sorted.rowCount()):
            if wanted(self.record(row)):
                self.selectionModel().select(self.sorted.index(row, 0), flag.Select | flag.Rows)

    def texts(self) -> list[tuple[str, ...]]:
        """What is shown, row by row."""
        return [tuple(str(self.sorted.index(row, column).data())
                      for column in range(self.sorted.columnCount()))
                for row in range(self.sorted.rowCount())]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete and self.currentIndex().isValid():
            self.unwanted.emit(self.record(self.currentIndex().row()))
        else:
            super().keyPressEvent(event)

    def _pick(self, index: Index) -> None:
        self.picked.emit(self.record(index.row()))
