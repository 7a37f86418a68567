"""Tables: how all of them are set up, and one of records that one sorts by a click on a title."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from PySide6.QtCore import (
    QAbstractTableModel,
    QSignalBlocker,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView

from workbench.core.text import tr
from workbench.gui.style import tokens
from workbench.gui.style.painting import LEFT, RIGHT
from workbench.gui.widgets.row_selection import select_rows, selected_rows
from workbench.gui.widgets.row_view import Index
from workbench.gui.widgets.system_keys import deletes
from workbench.gui.widgets.tips import plain_tip

_ARROW_ROOM = "\u2003"
"""Behind a title at the right, where the arrow is painted that says how is sorted."""
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
    """Sorts by itself: Qt's sorting model asks for two values at each of its comparisons, which
    takes seconds for ten thousand records."""

    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__()
        self.columns = columns
        self.records: Sequence[Any] = ()
        self._order: list[int] = []  # of each row, which of the records stands in it
        self._sorting = (-1, False)  # by which column, and whether the largest comes first

    def show(self, records: Sequence[Any]) -> None:
        self.beginResetModel()
        self.records = records
        self._arrange()
        self.endResetModel()

    def show_columns(self, columns: Sequence[Column], records: Sequence[Any], sorted_by: int, *,
                     falling: bool) -> None:
        self.beginResetModel()
        self.columns, self.records = columns, records
        self._sorting = (sorted_by, falling)
        self._arrange()
        self.endResetModel()

    def update(self, records: Sequence[Any]) -> None:
        self._rearrange(records)

    def record(self, row: int) -> Any:
        return self.records[self._order[row]]

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        sorting = (column, order == Qt.SortOrder.DescendingOrder)
        if sorting == self._sorting:
            return  # a view asks twice
        self._sorting = sorting
        self._rearrange(self.records)

    def _rearrange(self, records: Sequence[Any]) -> None:
        """Put as many ``records`` in order; what is selected stays so, by its place among them."""
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        places = [self._order[index.row()] for index in before]
        self.records = records
        self._arrange()
        rows = {at: row for row, at in enumerate(self._order)}
        self.changePersistentIndexList(before, [
            self.index(rows[at], index.column())
            for at, index in zip(places, before, strict=True)])
        self.layoutChanged.emit()

    def _arrange(self) -> None:
        column, falling = self._sorting
        self._order = list(range(len(self.records)))
        if column >= 0:
            value = self.columns[column].value
            self._order.sort(key=lambda at: value(self.records[at]), reverse=falling)

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
            sorts = column.figure and section == self._sorting[0]
            return tr(column.title) + (_ARROW_ROOM if sorts else "")
        if role == Qt.ItemDataRole.ToolTipRole:
            return tr(column.tip) or None
        return RIGHT if role == Qt.ItemDataRole.TextAlignmentRole and column.figure else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        record, column = self.record(index.row()), self.columns[index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return column.words(record)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(column.words(record))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if column.figure else LEFT
        return None


class _NamedModel(_Model):
    """The first column can be written into. What selects asks for the flags of each cell, so that
    they are answered here only where it has to be."""

    def __init__(self, columns: Sequence[Column], rename: Callable[[Any, str], bool]) -> None:
        super().__init__(columns)
        self.rename = rename

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | (Qt.ItemFlag.ItemIsEditable if index.column() == 0
                                       else Qt.ItemFlag.NoItemFlags)

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        return self.rename(self.record(index.row()), str(value))


class Records(QTableView):
    """The table; the column ``wide`` takes what room the others leave (-1 for none of them), and
    ``rename`` takes what is written into the first one."""

    picked = Signal(object)
    """(record) a row was clicked, or Enter pressed on it."""
    unwanted = Signal(object)
    """(record) Delete was pressed on it."""

    def __init__(self, columns: Sequence[Column], name: str, wide: int = 0,
                 rename: Callable[[Any, str], bool] | None = None) -> None:
        super().__init__()
        self._rows = _Model(columns) if rename is None else _NamedModel(columns, rename)
        self.setModel(self._rows)
        self.setProperty("dense", "true")
        set_up(self, name, DENSE_ROW)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked
                             | QAbstractItemView.EditTrigger.EditKeyPressed)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self._wide = wide
        self._widen()
        sort_by_titles(self)
        self.clicked.connect(self._pick)
        self.activated.connect(self._pick)

    def _widen(self) -> None:
        if 0 <= self._wide < self._rows.columnCount():
            self.horizontalHeader().setSectionResizeMode(self._wide, QHeaderView.ResizeMode.Stretch)

    @property
    def records(self) -> Sequence[Any]:
        """What is shown, in the order in which it was given."""
        return self._rows.records

    def show_records(self, records: Sequence[Any]) -> None:
        """Show others, in the order that was chosen."""
        if list(records) != list(self.records):
            self._rows.show(records)

    def show_columns(self, columns: Sequence[Column], records: Sequence[Any],
                     sorted_by: int = -1, *, falling: bool = False) -> None:
        """Show other columns and records, sorted by one of these columns."""
        header = self.horizontalHeader()
        with QSignalBlocker(header):
            header.setSortIndicator(sorted_by, Qt.SortOrder.DescendingOrder if falling
                                    else Qt.SortOrder.AscendingOrder)
        self._rows.show_columns(columns, records, sorted_by, falling=falling)
        self._widen()

    def update_records(self, records: Sequence[Any]) -> None:
        """Show what is known by now of the same records, as many in the same order; rows that are
        selected stay so."""
        self._rows.update(records)

    def record(self, row: int) -> Any:
        """What stands in a row as they are sorted; None below the last."""
        return self._rows.record(row) if 0 <= row < len(self.records) else None

    def chosen(self) -> list[Any]:
        """What is selected."""
        return [self.record(row) for row in selected_rows(self)]

    def choose(self, wanted: Callable[[Any], bool]) -> None:
        """Select what is ``wanted`` and nothing else."""
        rows = self._rows
        select_rows(self, [row for row in range(rows.rowCount()) if wanted(rows.record(row))])

    def titles(self) -> list[str]:
        """What stands above the columns."""
        return [tr(item.title) for item in self._rows.columns]

    def texts(self) -> list[tuple[str, ...]]:
        """What is shown, row by row."""
        rows = self._rows
        records = (rows.record(row) for row in range(rows.rowCount()))
        return [tuple(column.words(record) for column in rows.columns) for record in records]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if deletes(event.key()) and self.currentIndex().isValid():
            self.unwanted.emit(self.record(self.currentIndex().row()))
        else:
            super().keyPressEvent(event)

    def _pick(self, index: Index) -> None:
        self.picked.emit(self.record(index.row()))
