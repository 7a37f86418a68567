"""The figures of two runs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isnan

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from workbench.core.text import several, tr
from workbench.gui.style import tokens
from workbench.gui.style.painting import LEFT, RIGHT
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import PopupWindow, QuietButton, column, label, row
from workbench.gui.widgets.tables import set_up

_HEADS = ("", "This run", "Other run", "Difference", "")
_ROW = 28
_WIDTH = 460
_MOST_ROWS = 16

@dataclass(frozen=True, slots=True)
class FigureRow:
    """A figure of both runs; ``changed`` tells what is behind it, in a few letters ("+3 −1")."""

    name: str
    ours: float
    other: float
    changed: str = ""
    is_error: bool = False
    """Whether it is better when it is smaller."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is shown: the rows, a word above the column of changes, and a sentence below."""

    rows: Sequence[FigureRow]
    note: str
    changed_title: str = ""
    changed_tip: str = ""
    pictures: int = 0
    """Pictures that can be shown of what changed."""

    def also(self, words: str) -> Comparison:
        """The same with another sentence below, where there is one."""
        return replace(self, note=f"{self.note} {words}") if words else self


class ComparePopup(PopupWindow):
    """A small table that opens under its button and closes at a click beside it."""

    run_chosen = Signal(str)
    """(name) compare with this run."""
    pictures_wanted = Signal()
    """Show what became right or wrong, under both runs."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.box = QComboBox()
        self.box.setAccessibleName(tr("Run to compare with"))
        self.note = label("", "caption", wrap=True)
        self.table = QTableWidget(0, len(_HEADS))
        set_up(self.table, tr("Figures of both runs"), _ROW)
        self.table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setDefaultAlignment(RIGHT)
        self.pictures_button = QuietButton(tr("Show the pictures that changed"), "compare")
        self.pictures_button.clicked.connect(self._show_pictures)
        self.setLayout(column(
            row(label(tr("Compare with"), "title"), (self.box, 1)), self.table, self.note,
            self.pictures_button,
            margins=(tokens.SPACE_L, tokens.SPACE_M, tokens.SPACE_L, tokens.SPACE_M)))
        self.box.activated.connect(lambda _index: self.run_chosen.emit(self.box.currentData()))
        self.setFixedWidth(_WIDTH)

    def open_under(self, button: QWidget, runs: Sequence[tuple[str, str]],
                   noun: str = "image") -> None:
        """Offer ``runs`` (name, title), the first one chosen; ``noun`` is what they were measured
        on."""
        chosen = self.box.currentData()
        self.box.clear()
        for name, title in runs:
            self.box.addItem(title, name)
        self.box.setCurrentIndex(max(0, self.box.findData(chosen)))
        self.box.setVisible(bool(runs))
        self.table.setRowCount(0)
        self.pictures_button.hide()
        self.table.setFixedHeight(_ROW * 2)
        self.table.setVisible(bool(runs))
        self.note.setText("" if runs else tr("No other run has been evaluated on these {nouns}. "
                             "Open another run above to evaluate it, then compare.",
                             nouns=several(noun)))
        self.adjustSize()
        corner = button.mapToGlobal(QPoint(button.width(), button.height() + tokens.SPACE_XS))
        self.move(corner - QPoint(self.width(), 0))
        self.show()
        self.box.setFocus()
        if runs:
            self.run_chosen.emit(self.box.currentData())

    def show_figures(self, found: Comparison) -> None:
        """Fill the table."""
        self.table.setHorizontalHeaderLabels([*_HEADS[:-1], found.changed_title])
        last = len(_HEADS) - 1
        self.table.setColumnHidden(last, not found.changed_title)
        head = self.table.horizontalHeaderItem(last)
        if head is not None:
            head.setToolTip(found.changed_tip)
        self.table.setRowCount(len(found.rows))
        for at, line in enumerate(found.rows):
            self._put(at, 0, line.name, "ink")
            self._put(at, 1, _figure(line.ours), "ink")
            self._put(at, 2, _figure(line.other), "soft")
            change = line.ours - line.other
            known = not isnan(change) and round(change, 3) != 0
            tone = "ok_text" if (change > 0) != line.is_error else "bad_text"
            self._put(at, 3, f"{change:+.3f}".replace("-", "−") if known else "",
                      tone if known else "soft")
            self._put(at, last, line.changed, "soft")
        self.table.setFixedHeight(_ROW * (min(len(found.rows), _MOST_ROWS) + 1) + 4)
        self.note.setText(found.note)
        self.pictures_button.setVisible(found.pictures > 0)
        self.adjustSize()

    def _show_pictures(self) -> None:
        self.hide()
        self.pictures_wanted.emit()

    def _put(self, line: int, column: int, text: str, tone: str) -> None:
        item = QTableWidgetItem(text)
        item.setTextAlignment(RIGHT if column else LEFT)
        item.setForeground(QColor(self._theme.color(tone)))
        self.table.setItem(line, column, item)


def _figure(value: float) -> str:
    return "–" if isnan(value) else f"{value:.3f}"
