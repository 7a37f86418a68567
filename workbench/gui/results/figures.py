"""The cards with figures: some for all classes together, and a row for each class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from workbench.core.text import tr
from workbench.gui.style import tokens
from workbench.gui.widgets import Card, MetricLabel, label, row

FigureWords = tuple[tuple[str, str, str], ...]
"""Key of a figure, its name, and what it means."""
FigureColumns = tuple[tuple[str, str], ...]
"""Name of each column, and what it means."""

_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_ROW, _COLUMN = 28, 43
_MOST_ROWS = 12
"""A longer table scrolls."""


class MetricsCard(Card):
    """Some figures and how they differ from the run before.

    Parameters
    ----------
    words
        What there is.
    errors
        Keys of the figures that are better when they are smaller.
    """

    def __init__(self, words: FigureWords, parent: QWidget | None = None, *,
                 errors: frozenset[str] = frozenset()) -> None:
        super().__init__(parent=parent)
        self._words, self._errors = words, errors
        self.figures = {name: MetricLabel(title) for name, title, _ in words}
        for name, _, tip in words:
            self.figures[name].setToolTip(tip)
        line = row(*self.figures.values(), spacing=tokens.SPACE_XS)
        for place in range(line.count()):
            line.setStretch(place, 1)
        self.warning = label("", "caption", "warn", wrap=True)
        self.warning.hide()
        self.add(line)
        self.add(self.warning)
        self.setAccessibleName(tr("Figures"))

    def show_warning(self, words: str) -> None:
        """Say under the figures why they may be too good; "" for nothing."""
        self.warning.setText(words)
        self.warning.setVisible(bool(words))

    def show_figures(self, values: Mapping[str, float], before: Mapping[str, float],
                     before_name: str = "", decimals: int = 3) -> None:
        """Show ``values``; what is missing or not a number is not there. Errors have ``decimals``
        digits behind the point, all others three."""
        for name, _, tip in self._words:
            error = name in self._errors
            value, old = values.get(name, float("nan")), before.get(name, float("nan"))
            self.figures[name].set_value(
                None if isnan(value) else value,
                None if isnan(value) or isnan(old) else value - old,
                decimals=decimals if error else 3, higher_is_better=not error)
            against = tr("\n{old:.3f} in {before_name}",
                         old=old, before_name=before_name) if not isnan(old) else ""
            self.figures[name].setToolTip(tip + against)


class ClassesCard(Card):
    """A row for each class.

    Parameters
    ----------
    columns
        What there is of each.
    means
        Names of rows below them.
    """

    def __init__(self, columns: FigureColumns, parent: QWidget | None = None, *,
                 means: Sequence[str] = ()) -> None:
        super().__init__(tr("Classes"), parent=parent)
        self._means = means
        self.table = QTableWidget(0, len(columns))
        self.table.setProperty("dense", "true")
        for column, (name, tip) in enumerate(columns):
            item = QTableWidgetItem(name)
            item.setToolTip(tip)
            item.setTextAlignment(_RIGHT if column else _LEFT)
            self.table.setHorizontalHeaderItem(column, item)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(tokens.CONTROL_HEIGHT)
        for column in range(1, len(columns)):
            self.table.setColumnWidth(column, _COLUMN if column > 1 else _COLUMN + tokens.SPACE_XS)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(_ROW)
        self.table.setShowGrid(False)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.table.setIconSize(QSize(10, 10))
        self.table.setAccessibleName(tr("Figures of each class"))
        self.add(self.table)

    def set_classes(self, names: Sequence[str], colors: Sequence[str]) -> None:
        """Make the rows."""
        self.table.setRowCount(len(names) + len(self._means))
        for line, name in enumerate((*names, *self._means)):
            first = QTableWidgetItem(name)
            if line < len(names):
                first.setIcon(swatch(colors[line]))
            first.setToolTip(name)
            self.table.setItem(line, 0, first)
            for column in range(1, self.table.columnCount()):
                item = QTableWidgetItem("–")
                item.setTextAlignment(_RIGHT)
                self.table.setItem(line, column, item)
        rows = min(self.table.rowCount(), _MOST_ROWS)
        self.table.setFixedHeight(_ROW * (rows + 1) + 2)
        self.set_right(f"{len(names)}")

    def show_rows(self, rows: Sequence[tuple[Sequence[float], int]]) -> None:
        """Figures between 0 and 1 and the support of each class, then of the means."""
        for line, (figures, support) in enumerate(rows):
            texts = map(short_figure, figures)
            for column, text in enumerate([*texts, f"{support:,}"], start=1):
                cell = self.table.item(line, column)
                if cell is not None and cell.text() != text:
                    cell.setText(text)


def short_figure(value: float) -> str:
    """``.503``, ``1.00``, or "–" where there is nothing to say."""
    if isnan(value):
        return "–"
    text = f"{value:.3f}"
    return text[1:] if text.startswith("0") else f"{value:.2f}"


def swatch(color: str) -> QIcon:
    pixmap = QPixmap(20, 20)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(color))
    painter.drawRoundedRect(1, 1, 18, 18, tokens.RADIUS_MARK, tokens.RADIUS_MARK)
    painter.end()
    return QIcon(pixmap)
