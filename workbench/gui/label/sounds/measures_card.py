"""What is measured in the regions of the open clip, as a table that can be sorted and copied."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QSortFilterProxyModel,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from workbench.core.annotation import LabeledObject
from workbench.core.background import BackgroundThread
from workbench.core.errors import WorkbenchError
from workbench.core.text import tr
from workbench.gui.background.threads import worker
from workbench.gui.label.sounds.editor import ClipEditor
from workbench.gui.label.sounds.time_view import clock_words
from workbench.gui.style import tokens
from workbench.gui.widgets import Card, IconButton, QuietButton
from workbench.gui.widgets.row_view import Index
from workbench.media.sounds.clip import ClipReader
from workbench.media.sounds.measures import Measures, measure

REST_MS = 250
HEIGHT = 190

_Value = Callable[[LabeledObject, Measures | None], float | str | None]


def _of(name: str) -> _Value:
    return lambda _region, found: getattr(found, name) if found is not None else None


COLUMNS: tuple[tuple[str, str, _Value, int], ...] = (
    ("Class", "", lambda region, _: region.label, 0),
    ("Begins", "Seconds from the beginning", lambda region, _: region.start, 3),
    ("Duration", "Seconds", lambda item, _: item.region.duration, 3),
    ("Low", "Hz. Where no band was drawn, 5 % of the energy lies below", _of("low"), 0),
    ("High", "Hz. Where no band was drawn, 5 % of the energy lies above", _of("high"), 0),
    ("Peak", "Strongest frequency, Hz", _of("peak"), 0),
    ("Bandwidth", "High − low, Hz", _of("bandwidth"), 0),
    ("Level", "RMS, dB of full scale; in the band where one was drawn", _of("level"), 1),
    ("S/N", "Signal to noise in dB; noise is measured beside the region", _of("snr"), 1),
)
"""Head, what it means, value, and decimals."""


class MeasuresModel(QAbstractTableModel):
    """A row for each region that is a part of the clip."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[tuple[int, LabeledObject, Measures | None]] = []
        """Position in the editor's regions, region, and what was measured, if it was yet."""

    def show(self, rows: list[tuple[int, LabeledObject, Measures | None]]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation,
                   role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section][0]
        return COLUMNS[section][1] if role == Qt.ItemDataRole.ToolTipRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        _at, region, found = self.rows[index.row()]
        value = COLUMNS[index.column()][2](region, found)
        if role == Qt.ItemDataRole.UserRole:  # for sorting: what is missing comes first
            return value if value is not None else float("-inf")
        if role == Qt.ItemDataRole.DisplayRole:
            return self.words(index.row(), index.column())
        if role == Qt.ItemDataRole.TextAlignmentRole and not isinstance(value, str):
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def words(self, row: int, column: int) -> str:
        """A cell as it is shown."""
        _at, region, found = self.rows[row]
        value, decimals = COLUMNS[column][2](region, found), COLUMNS[column][3]
        if value is None:
            return "–" if found is not None else "…"
        if isinstance(value, str):
            return value or tr("no class")
        if column == 1:
            return clock_words(value, 0.001)
        return f"{value:,.{decimals}f}".replace("-", "−")


class MeasuresCard(Card):
    """Measures in a thread while it is shown; a row and a region are selected together.

    Signals
    -------
    closed
        The person folds it away.
    chosen
        A row was chosen: its region should be in view.
    """

    closed = Signal()
    chosen = Signal()

    def __init__(self, editor: ClipEditor, parent: QWidget | None = None) -> None:
        super().__init__(tr("Measurements"), parent=parent)
        self._editor = editor
        self._known: dict[tuple[object, ...], Measures] = {}
        self._worker = worker(self, "measures")
        self._quiet = False
        self.model = MeasuresModel()
        self.sorted = QSortFilterProxyModel(self)
        self.sorted.setSourceModel(self.model)
        self.sorted.setSortRole(Qt.ItemDataRole.UserRole)
        self.view = QTableView()
        self.view.setModel(self.sorted)
        self.copy_button = QuietButton(tr("Copy table"), "duplicate")
        self.close_button = IconButton("close", tr("Hide measurements"), side=tokens.SPACE_XL)
        self._arrange()
        self._timer = QTimer(self, singleShot=True, interval=REST_MS)
        self._timer.timeout.connect(self._begin)
        for signal in (editor.sample_changed, editor.objects_changed):
            signal.connect(self._changed)
        editor.selection_changed.connect(self._select)
        self.hide()

    def _arrange(self) -> None:
        view = self.view
        view.setAccessibleName(tr("Measurements of the regions"))
        view.setSortingEnabled(True)
        view.sortByColumn(1, Qt.SortOrder.AscendingOrder)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setShowGrid(False)
        view.setTabKeyNavigation(False)
        view.verticalHeader().hide()
        view.verticalHeader().setDefaultSectionSize(tokens.CONTROL_HEIGHT - tokens.SPACE_XS)
        view.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        view.setProperty("dense", "true")
        view.selectionModel().selectionChanged.connect(lambda *_: self._rows_chosen())
        self.add_to_head(self.copy_button)
        self.add_to_head(self.close_button)
        self.add(view, 1)
        self.setFixedHeight(HEIGHT)
        self.copy_button.clicked.connect(self.copy)
        self.close_button.clicked.connect(self.closed)
        keys = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), view)
        keys.setContext(Qt.ShortcutContext.WidgetShortcut)
        keys.activated.connect(self.copy)

    def open(self) -> None:
        """Show it and measure."""
        self.show()
        self._changed()

    def close_down(self) -> None:
        """End the thread."""
        self._worker.cancel()

    def copy(self) -> None:
        """The table, in its order, as text for a spreadsheet."""
        lines = ["\t".join(head for head, *_ in COLUMNS)]
        for row in range(self.sorted.rowCount()):
            source = self.sorted.mapToSource(self.sorted.index(row, 0)).row()
            _at, region, found = self.model.rows[source]
            values = [value(region, found) for _head, _tip, value, _decimals in COLUMNS]
            lines.append("\t".join("" if item is None else item if isinstance(item, str)
                                   else f"{item:.6g}" for item in values))
        QGuiApplication.clipboard().setText("\n".join(lines) + "\n")

    # --- measuring ------------------------------------------------------------------------------

    def _key(self, region: LabeledObject) -> tuple[object, ...]:
        return (self._editor.key, region.start, region.end, region.low, region.high)

    def _changed(self) -> None:
        if self.isHidden():
            return
        regions = self._editor.objects
        self._quiet = True
        self.model.show([(at, regions[at], self._known.get(self._key(regions[at])))
                         for at in self._editor.parts])
        self._quiet = False
        self._select()
        self._timer.start()

    def _begin(self) -> None:
        """Measure, in a thread, what was not measured yet."""
        sounds = self._editor.library
        missing = [region for _at, region, found in self.model.rows if found is None]
        self._worker.cancel()
        if sounds is None or not missing or self.isHidden():
            return
        parts = [region for _at, region, _found in self.model.rows]
        path = sounds.path(self._editor.key)
        self._worker.start(lambda thread: _measure(path, missing, parts, thread), self._take)

    def _take(self, found: list[tuple[LabeledObject, Measures]]) -> None:
        for region, measures in found:
            self._known[self._key(region)] = measures
        if found:
            self._changed()

    # --- selection ------------------------------------------------------------------------------

    def _rows_chosen(self) -> None:
        if self._quiet:
            return
        rows = (self.sorted.mapToSource(index).row()
                for index in self.view.selectionModel().selectedRows())
        self._quiet = True
        self._editor.select(self.model.rows[row][0] for row in rows)
        self._quiet = False
        self.chosen.emit()

    def _select(self) -> None:
        """Show the editor's selection."""
        if self._quiet or self.isHidden():
            return
        chosen = set(self._editor.selection)
        self._quiet = True
        self.view.clearSelection()
        flag = self.view.selectionModel().SelectionFlag
        for row, (at, _region, _found) in enumerate(self.model.rows):
            if at in chosen:
                index = self.sorted.mapFromSource(self.model.index(row, 0))
                self.view.selectionModel().select(index, flag.Select | flag.Rows)
        self._quiet = False


def _measure(path: Path, missing: list[LabeledObject], parts: list[LabeledObject],
             thread: BackgroundThread) -> list[tuple[LabeledObject, Measures]]:
    """Measure the ``missing`` ones of a clip's regions; none where it cannot be read."""
    found: list[tuple[LabeledObject, Measures]] = []
    with suppress(WorkbenchError), ClipReader(path) as reader:  # the clip says itself why not
        for region in missing:
            thread.check()
            near = [item.region for item in parts if item is not region]
            found.append((region, measure(reader, region.region, near)))
    return found
