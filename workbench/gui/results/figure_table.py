"""A table of names with figures behind them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem

from workbench.gui.style import tokens
from workbench.gui.style.painting import LEFT, RIGHT
from workbench.gui.widgets.tables import set_up

FigureColumns = Sequence[tuple[str, str]]
"""Name of each column, and what it means."""

ROW, MOST_ROWS = 28, 12
"""Height of a row in logical pixels, and how many are seen; a longer table scrolls."""


class FigureTable(QTableWidget):
    """Names with their colours at the left, figures at the right, nothing to be edited.

    Parameters
    ----------
    columns
        The first is that of the names.
    widths
        Of all others, in logical pixels.
    name
        Of the table, for screen readers.
    """

    def __init__(self, columns: FigureColumns, widths: Sequence[int], name: str) -> None:
        super().__init__(0, len(columns))
        set_up(self, name, ROW)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setProperty("dense", "true")
        self.setIconSize(QSize(10, 10))
        self.use_words(columns)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(tokens.CONTROL_HEIGHT)
        for column, width in enumerate(widths, start=1):
            self.setColumnWidth(column, width)

    def use_words(self, columns: FigureColumns) -> None:
        """Call the columns so."""
        for column, (head, tip) in enumerate(columns):
            item = QTableWidgetItem(head)
            item.setToolTip(tip)
            item.setTextAlignment(RIGHT if column else LEFT)
            self.setHorizontalHeaderItem(column, item)

    def make_rows(self, names: Sequence[str], colors: Sequence[str], means: Sequence[str],
                  text: str) -> None:
        """A row for each name and then for the means, with ``text`` for every figure."""
        self.setRowCount(len(names) + len(means))
        for line, name in enumerate((*names, *means)):
            first = QTableWidgetItem(name)
            if line < len(names):
                first.setIcon(swatch(colors[line]))
            first.setToolTip(name)
            self.setItem(line, 0, first)
            for column in range(1, self.columnCount()):
                item = QTableWidgetItem(text)
                item.setTextAlignment(RIGHT)
                self.setItem(line, column, item)
        self.setFixedHeight(ROW * (min(self.rowCount(), MOST_ROWS) + 1) + 2)

    def cell(self, line: int, column: int) -> QTableWidgetItem:
        found = self.item(line, column)
        assert found is not None
        return found

    def show_texts(self, line: int, texts: Sequence[str]) -> None:
        """Show the figures of a row."""
        for column, text in enumerate(texts, start=1):
            if self.cell(line, column).text() != text:
                self.cell(line, column).setText(text)


def swatch(color: str) -> QIcon:
    pixmap = QPixmap(20, 20)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(color))
        painter.drawRoundedRect(1, 1, 18, 18, tokens.RADIUS_MARK, tokens.RADIUS_MARK)
    return QIcon(pixmap)
