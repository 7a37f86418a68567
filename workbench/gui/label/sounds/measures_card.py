"""What is measured in the regions of the open clip, as a table that can be sorted and copied."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QHeaderView

from workbench.core.annotation import LabeledObject
from workbench.core.background import BackgroundThread
from workbench.core.csv_text import harmless
from workbench.core.errors import WorkbenchError
from workbench.core.text import tr
from workbench.gui.background.threads import worker
from workbench.gui.label.sounds.editor import ClipEditor
from workbench.gui.label.sounds.time_view import clock_words
from workbench.gui.style import tokens
from workbench.gui.widgets import Card, IconButton, ProgressLine, QuietButton
from workbench.gui.widgets.tables import Column, Records
from workbench.media.sounds.clip import ClipReader
from workbench.media.sounds.measures import Measures, RegionsBySide, measure

REST_MS = 250
TELL_SECONDS = 0.5
"""After so long what was measured meanwhile is shown."""
HEIGHT = 190


class MeasuredRegion(NamedTuple):
    """Position in the editor's regions, region, and what was measured, if it was yet."""

    at: int
    region: LabeledObject
    found: Measures | None


def _figure(title: str, tip: str, value: Callable[[MeasuredRegion], float | None],
            words: Callable[[float], str]) -> Column:
    """A column of figures; where one is missing, its row comes first."""
    def sorting(item: MeasuredRegion) -> float:
        found = value(item)
        return float("-inf") if found is None else found

    def shown(item: MeasuredRegion) -> str:
        found = value(item)
        if found is None:
            return "–" if item.found is not None else "…"
        return words(found).replace("-", "−")

    return Column(title, sorting, shown, tip, figure=True)


def _measure_of(name: str) -> Callable[[MeasuredRegion], float | None]:
    return lambda item: getattr(item.found, name) if item.found is not None else None


COLUMNS = (
    Column("Class", lambda item: item.region.label,
           lambda item: item.region.label or tr("no class")),
    _figure("Begins", "Seconds from the beginning", lambda item: item.region.start,
            lambda value: clock_words(value, 0.001)),
    _figure("Duration", "Seconds", lambda item: item.region.region.duration, "{:,.3f}".format),
    _figure("Low", "Hz. Where no band was drawn, 5 % of the energy lies below",
            _measure_of("low"), "{:,.0f}".format),
    _figure("High", "Hz. Where no band was drawn, 5 % of the energy lies above",
            _measure_of("high"), "{:,.0f}".format),
    _figure("Peak", "Strongest frequency, Hz", _measure_of("peak"), "{:,.0f}".format),
    _figure("Bandwidth", "High − low, Hz", _measure_of("bandwidth"), "{:,.0f}".format),
    _figure("Level", "RMS, dB of full scale; in the band where one was drawn",
            _measure_of("level"), "{:,.1f}".format),
    _figure("S/N", "Signal to noise in dB; noise is measured beside the region",
            _measure_of("snr"), "{:,.1f}".format),
)


class MeasuresCard(Card):
    """Measures in a thread while it is shown; a row and a region are selected together."""

    closed = Signal()
    """The person folds it away."""
    chosen = Signal()
    """A row was chosen: its region should be in view."""

    def __init__(self, editor: ClipEditor) -> None:
        super().__init__(tr("Measurements"))
        self._editor = editor
        self._known: dict[tuple[object, ...], Measures] = {}
        self._worker = worker(self, "measures")
        self._quiet = False
        self._stopped = False  # by a person, who has not asked for the rest yet
        self._long = False  # whether what is under way takes so long that it is shown
        self.view = Records(COLUMNS, tr("Measurements of the regions"))
        self.progress = ProgressLine()
        self.stop_button = QuietButton(tr("Cancel"), run=self.stop)
        self.rest_button = QuietButton(tr("Measure the rest"), run=self.go_on)
        self.copy_button = QuietButton(tr("Copy table"), "duplicate", run=self.copy)
        self.close_button = IconButton("close", tr("Hide measurements"), side=tokens.SPACE_XL)
        self._arrange()
        self._timer = QTimer(self, singleShot=True, interval=REST_MS)
        self._timer.timeout.connect(self._begin)
        editor.sample_changed.connect(self._restart)
        editor.objects_changed.connect(self._changed)
        editor.selection_changed.connect(self._select)
        self.hide()

    def _arrange(self) -> None:
        view = self.view
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        view.sortByColumn(1, Qt.SortOrder.AscendingOrder)
        view.selectionModel().selectionChanged.connect(lambda *_: self._rows_chosen())
        for button in (self.stop_button, self.rest_button, self.copy_button, self.close_button):
            self.add_to_head(button)
        self.add(self.progress)
        self.add(view, 1)
        self.setFixedHeight(HEIGHT)
        self.close_button.clicked.connect(self.closed)
        keys = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), view)
        keys.setContext(Qt.ShortcutContext.WidgetShortcut)
        keys.activated.connect(self.copy)

    def open(self) -> None:
        """Show it and measure."""
        self.show()
        self._restart()

    def stop(self) -> None:
        """Measure no more; what was measured stays."""
        self._stopped, self._long = True, False
        self._worker.stop()
        self._show_work()

    def go_on(self) -> None:
        """Measure what is left."""
        self._stopped = False
        self._begin()

    def close_down(self) -> None:
        """End the thread."""
        self._worker.cancel()

    def copy(self) -> None:
        """The table, in its order, as text for a spreadsheet."""
        lines = ["\t".join(column.title for column in COLUMNS)]
        for row in range(len(self.view.records)):
            values = [column.value(self.view.record(row)) for column in COLUMNS]
            lines.append("\t".join(
                harmless(item) if isinstance(item, str) else
                "" if item == float("-inf") else f"{item:.6g}" for item in values))
        QGuiApplication.clipboard().setText("\n".join(lines) + "\n")

    # --- measuring ------------------------------------------------------------------------------

    def _key(self, region: LabeledObject, path: Path | None) -> tuple[object, ...]:
        return (path, region.start, region.end, region.low, region.high)

    @property
    def _path(self) -> Path | None:
        """Of the open clip; its key may be one of another project, too."""
        sounds = self._editor.library
        return sounds.path(self._editor.key) if sounds is not None and self._editor.key else None

    def _restart(self) -> None:
        """Another clip, or the card, is shown."""
        self._stopped = False
        self._worker.cancel(0.0)
        self._changed()

    def _changed(self) -> None:
        if self.isHidden():
            return
        self._quiet = True
        self.view.show_records(self._records())
        self._quiet = False
        self._select()
        self._show_work()
        self._timer.start()

    def _records(self) -> list[MeasuredRegion]:
        regions, path = self._editor.objects, self._path
        return [MeasuredRegion(at, regions[at], self._known.get(self._key(regions[at], path)))
                for at in self._editor.parts]

    def _begin(self) -> None:
        """Measure, in a thread, what was not measured yet."""
        path = self._path
        missing = [item.region for item in self.view.records if item.found is None]
        self._worker.cancel(0.0)
        self._long = False
        if path is not None and missing and not self._stopped and not self.isHidden():
            parts = [item.region for item in self.view.records]
            self._worker.start(
                lambda thread: _measure(path, missing, parts, thread, partial(self._told, path)),
                lambda found: self._ended(path, found))
        self._show_work()

    def _told(self, path: Path, found: list[tuple[LabeledObject, Measures]]) -> None:
        self._long = True
        self._take(path, found)

    def _ended(self, path: Path, found: list[tuple[LabeledObject, Measures]]) -> None:
        self._take(path, found)
        self._show_work()

    def _take(self, path: Path, found: list[tuple[LabeledObject, Measures]]) -> None:
        """What was measured in a clip, while the rest still is."""
        for region, measures in found:
            self._known[self._key(region, path)] = measures
        shown, now = self.view.records, self._records()
        if [(item.at, item.region) for item in shown] == [(item.at, item.region) for item in now]:
            self._quiet = True
            self.view.update_records(now)  # else they are shown as soon as that has settled
            self._quiet = False
            self._show_work()

    def _show_work(self) -> None:
        """How much is measured, and what can be done about the rest."""
        records, busy = self.view.records, self._worker.busy and self._long
        measured = sum(item.found is not None for item in records)
        self.progress.set_fraction(measured / max(1, len(records)))
        self.progress.setVisible(busy)
        self.stop_button.setVisible(busy)
        self.rest_button.setVisible(self._stopped and measured < len(records))

    # --- selection ------------------------------------------------------------------------------

    def _rows_chosen(self) -> None:
        if self._quiet:
            return
        self._quiet = True
        self._editor.select(item.at for item in self.view.chosen())
        self._quiet = False
        self.chosen.emit()

    def _select(self) -> None:
        """Show the editor's selection."""
        if self._quiet or self.isHidden():
            return
        self._quiet = True
        selection = set(self._editor.selection)
        self.view.choose(lambda item: item.at in selection)
        self._quiet = False


def _measure(path: Path, missing: list[LabeledObject], parts: list[LabeledObject],
             thread: BackgroundThread, tell: Callable[[list[tuple[LabeledObject, Measures]]], None],
             ) -> list[tuple[LabeledObject, Measures]]:
    """Measure the ``missing`` ones of a clip's regions; none where it cannot be read. ``tell`` is
    called on the owner's thread with what is measured meanwhile; the rest is returned."""
    found: list[tuple[LabeledObject, Measures]] = []
    regions, told = RegionsBySide(item.region for item in parts), time.monotonic()
    with suppress(WorkbenchError), ClipReader(path) as reader:  # the clip says itself why not
        for region in missing:
            thread.check()
            if thread.stopping:
                break
            found.append((region, measure(reader, region.region, regions.others(region.region))))
            if time.monotonic() - told >= TELL_SECONDS:
                thread.post(partial(tell, found))
                found, told = [], time.monotonic()
    return found
