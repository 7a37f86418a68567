"""The table of files in Predict."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from workbench.core.text import tr
from workbench.gui.predict.table import FILE, FOUND, NUMBER, SCORE, PredictionTable
from workbench.gui.style import tokens
from workbench.gui.widgets.row_view import Index
from workbench.gui.widgets.tables import set_up, sort_by_titles

_NARROW = 400


class _Words(QStyledItemDelegate):
    """What was found is said from its beginning: most of it comes first."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        option.textElideMode = Qt.TextElideMode.ElideRight


class _Files(QStyledItemDelegate):
    """Of a frame, its time stands first and stays, of a recorder's file when it is from; of others
    the suffix does."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        answers = index.model()
        item = answers.answer(index.row()) if isinstance(answers, PredictionTable) else None
        if item is not None and (item.frame >= 0 or item.by_recorder):
            option.textElideMode = Qt.TextElideMode.ElideRight


class TableView(QTableView):
    """Leaves the numbers out where it is narrow, as what was found says them, too, and where files
    are looked at as a whole (``whole``)."""

    whole = False
    heard = False
    """Whether the files are sounds."""

    def sizeHintForColumn(self, column: int) -> int:
        """Names of files have at most half of the room, those of recordings, which say when and
        where, more of it; what was found has all that they leave."""
        wanted = super().sizeHintForColumn(column)
        if column != FILE:
            return wanted
        others = sum(self.columnWidth(each) for each in (NUMBER, SCORE)
                     if not self.isColumnHidden(each))
        return min(wanted, int((self.viewport().width() - others) * (0.62 if self.heard else 0.5)))

    def fit(self) -> None:
        """Show the columns that there is room for."""
        self.setColumnHidden(NUMBER, self.whole or self.width() < _NARROW)
        self.resizeColumnToContents(FILE)

    def rowsInserted(self, parent: Index, start: int, end: int) -> None:
        super().rowsInserted(parent, start, end)
        self.resizeColumnToContents(FILE)

    def reset(self) -> None:
        super().reset()
        self.resizeColumnToContents(FILE)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.fit()
        super().resizeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.doubleClicked.emit(self.currentIndex())
        else:
            super().keyPressEvent(event)


def table_view(answers: PredictionTable) -> TableView:
    """A view of the answers."""
    view = TableView()
    view.setModel(answers)
    set_up(view, tr("Files and what was found in them"), tokens.CONTROL_HEIGHT)
    view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    view.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    header = view.horizontalHeader()
    header.setResizeContentsPrecision(0)  # of the rows in view
    header.setSectionResizeMode(FOUND, QHeaderView.ResizeMode.Stretch)
    view.setItemDelegateForColumn(FILE, _Files(view))
    view.setItemDelegateForColumn(FOUND, _Words(view))
    view.setColumnWidth(NUMBER, 72)
    view.setColumnWidth(SCORE, 60)
    sort_by_titles(view)
    return view
