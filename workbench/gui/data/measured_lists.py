"""The tables of what was measured: each object, by class, and by sample."""

from __future__ import annotations

from itertools import islice
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QStackedWidget, QWidget

from workbench.core.arrays import IntArray
from workbench.core.durations import duration_text
from workbench.core.text import several, tr
from workbench.gui.data.measured_columns import (
    class_columns,
    crossing_columns,
    object_columns,
    sample_columns,
)
from workbench.gui.style import tokens
from workbench.gui.widgets import ChipGroup, column, keep_room, row
from workbench.gui.widgets.subset_notice import SubsetNotice
from workbench.gui.widgets.tables import Records
from workbench.project.measurements.crossings import crossing_sums
from workbench.project.measurements.summaries import by_class, by_sample
from workbench.project.measurements.table import MeasuredTable
from workbench.project.measurements.tracks import TrackTable
from workbench.project.statistics.figures import NOUNS

OBJECTS, CLASSES, SAMPLES, CROSSINGS = "objects", "classes", "samples", "crossings"
WHOLE = 0.0
_EVERY = (WHOLE, 60.0, 300.0, 900.0, 3600.0, 86400.0)
"""Seconds of the intervals in which crossings are summed up."""
_MOST = 20_000
"""Rows of crossings that are shown; all are written."""
_WIDTHS_OF = 100  # rows that the width of a column is found by


class MeasuredLists(QWidget):
    """Chips choose which is shown; beside them stands of which objects they are."""

    def __init__(self) -> None:
        super().__init__()
        self.views = ChipGroup()
        self.lists: dict[str, Records] = {}
        self._stack = QStackedWidget()
        for id, text, name, wide in ((OBJECTS, tr("Objects"), tr("Measured objects"), -1),
                                     (CLASSES, tr("By class"), tr("Measured classes"), 0),
                                     (SAMPLES, tr("By image"), tr("Measured images"), 0),
                                     (CROSSINGS, tr("Crossings"), tr("Crossings of lines"), 0)):
            self.views.add(id, text)
            view = self.lists[id] = Records([], name, wide)
            view.horizontalHeader().setResizeContentsPrecision(_WIDTHS_OF)
            view.horizontalHeader().setMaximumSectionSize(260 if wide < 0 else 2000)
            view.setTextElideMode(Qt.TextElideMode.ElideMiddle)
            self._stack.addWidget(view)
        self.only = SubsetNotice()
        keep_room(self.only)
        self._crossed: tuple[TrackTable, IntArray] | None = None
        self._wanted = False
        self.every = QComboBox()
        self.every.setAccessibleName(tr("Crossings in each"))
        self.every.setToolTip(tr("Crossings are summed up in intervals of so long"))
        for seconds in _EVERY:
            self.every.addItem(duration_text(seconds) if seconds else tr("Whole video"), seconds)
        self.setLayout(column(row(self.views, self.every, (self.only, 1), spacing=tokens.SPACE_M),
                              (self._stack, 1), spacing=tokens.SPACE_S))
        self.views[CROSSINGS].setToolTip(tr("How often lines are crossed that are drawn on the "
                                            "videos, by class and time"))
        self.views.changed.connect(self._view_changed)
        self.every.activated.connect(lambda _at: self._show_crossings())
        self._view_changed(OBJECTS)

    def want_crossings(self) -> None:
        """Turn to the crossings, as soon as there are any lines."""
        self._wanted = True
        self._show_crossings()

    def _view_changed(self, id: str) -> None:
        self._wanted = False
        self._stack.setCurrentWidget(self.lists[id])
        self.every.setVisible(id == CROSSINGS)

    @property
    def interval(self) -> float:
        """Seconds in which crossings are summed up, :data:`WHOLE` for whole videos."""
        return float(self.every.currentData())

    def _show_crossings(self) -> None:
        """Show how often lines are crossed; where none is drawn there is nothing to choose."""
        some = self._crossed is not None and any(self._crossed[0].lines)
        self.views[CROSSINGS].setVisible(some)
        if self._crossed is not None and some:
            table, rows = self._crossed
            self._fill(CROSSINGS, crossing_columns(table),
                       [*islice(crossing_sums(table, rows, self.interval), _MOST)])
            if self._wanted:
                self.views.select(CROSSINGS)
        elif self.views.selected == CROSSINGS:
            self.views.select(OBJECTS)
            self._wanted = True  # as where the last line is taken back, and done again

    def show_medium(self, medium: str) -> None:
        """Name the chips after what is measured."""
        self.views[OBJECTS].set_text(several(NOUNS[medium][1]).capitalize())
        self.views[SAMPLES].set_text({"images": tr("By image"), "sounds": tr("By sound")}.get(
            medium, tr("By video")))

    def show_rows(self, table: MeasuredTable, unit: str, shown: list[int], at: int,
                  rows: IntArray) -> None:
        """Show these rows of a table, with the columns at the places ``shown``; by class that at
        ``at``, or nothing (-1)."""
        self._fill(OBJECTS, object_columns(table, unit, shown), rows.tolist())
        if at >= 0:
            self._fill(CLASSES, class_columns(table.columns[at], unit, NOUNS[table.medium][1]),
                       by_class(table, table.values(unit)[:, at], rows))
        self._fill(SAMPLES, sample_columns(unit, table.medium), by_sample(table, unit, rows))
        self._crossed = (table, rows) if isinstance(table, TrackTable) else None
        self._show_crossings()

    def _fill(self, id: str, columns: list[Any], records: list[Any]) -> None:
        """Show other rows; a column that one sorted by goes on to be the order by its title."""
        view = self.lists[id]
        header = view.horizontalHeader()
        titles = [item.title for item in columns]
        before = view.titles()
        at = header.sortIndicatorSection()
        by = before[at] if 0 <= at < len(before) else None
        view.show_columns(columns, records, titles.index(by) if by in titles else -1,
                          falling=header.sortIndicatorOrder() == Qt.SortOrder.DescendingOrder)

    def texts(self) -> list[tuple[str, ...]]:
        """What the table says that is shown, its titles first."""
        view = self.lists[self.views.selected]
        return [tuple(view.titles()), *view.texts()]
