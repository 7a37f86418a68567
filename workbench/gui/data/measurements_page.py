"""Labelled objects, regions and tracks, measured: a table, sums by class and sample, and a
histogram."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QWidget

from workbench.core.arrays import IntArray
from workbench.core.commands import UndoStack
from workbench.core.measurements import PIXEL
from workbench.core.signal import Connections
from workbench.core.splitting import MOST_NECK
from workbench.core.text import count, tr
from workbench.extension.tasks import tasks
from workbench.gui.app.context import AppContext
from workbench.gui.app.remember import remember_splitter, stored_number
from workbench.gui.app.task import medium_of, task_of
from workbench.gui.background.threads import worker
from workbench.gui.data.column_menu import ColumnMenu
from workbench.gui.data.measured_columns import number_listed, without_size_text
from workbench.gui.data.measured_files import MeasuredFiles
from workbench.gui.data.measured_lists import CLASSES, CROSSINGS, OBJECTS, SAMPLES, MeasuredLists
from workbench.gui.data.measured_places import (
    go_to_object,
    go_to_sample,
    go_to_track,
    set_scale,
)
from workbench.gui.data.measuring import empty_words, measured, objects_of, tracks_of
from workbench.gui.data.page_frame import offer_classes
from workbench.gui.data.spread_card import SpreadCard
from workbench.gui.data.track_side import TrackSide
from workbench.gui.style import tokens
from workbench.gui.widgets import (
    ChipGroup,
    ElidedLabel,
    EmptyState,
    LinkButton,
    ProgressLine,
    QuietButton,
    column,
    keep_room,
    label,
    row,
    scrolling,
    widget_of,
)
from workbench.gui.widgets.inputs import ElidedBox, LabeledSlider
from workbench.gui.widgets.tips import wrapped_tip
from workbench.project.counting import places_stamp
from workbench.project.measurements.table import MeasuredTable
from workbench.project.measurements.tracks import TrackTable
from workbench.project.session import Session
from workbench.project.task import has_videos

REAL = "real"
LABELS, TRACKS = "labels", "tracks"
"""What is measured: objects of images or regions of sounds, or tracks of videos."""
_READ_MS = 600
_UNIT, _SPLIT = "measurements/unit", "measurements/split"
_SIDE, _LARGE = 340, 0.7  # width of what stands beside the tables; its share of all when large
_BOXES = ("Boxes are measured as rectangles, of which a round thing fills 79 %: masks (M in "
          "Images) and polygons are measured as what they are.")


class MeasurementsPage(QWidget):
    """Measures in the background while it is shown, again when labels were changed."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self._session: Session | None = None
        self._connections = Connections()
        self.table: MeasuredTable | None = None
        """What was measured last, or None."""
        self._rows: IntArray = np.zeros(0, np.int64)
        self._picked: IntArray | None = None
        self._current, self._failure = False, ""
        self._watches = False
        self._places: object = None  # how the zones stood that were measured by
        self._worker = worker(self, "measurements")
        self.columns = ColumnMenu(context.settings, self)
        self.files = MeasuredFiles(self, context)
        self._make()
        self._measuring = QTimer(self, singleShot=True, interval=_READ_MS)
        self._measuring.timeout.connect(self.measure)
        context.session_changed.connect(self._session_changed)
        self._session_changed()

    # --- building -------------------------------------------------------------------------------

    def _make(self) -> None:
        self.title = ElidedLabel("")
        self.title.setProperty("role", "heading")
        self.kinds = ChipGroup()
        self.kinds.add(LABELS, tr("Objects"))
        self.kinds.add(TRACKS, tr("Tracks"))
        self.kinds.setToolTip(tr("What is measured: objects of images, or tracks of videos"))
        self.kinds.hide()
        self.classes = ElidedBox()
        self.classes.setAccessibleName(tr("Class"))
        self.classes.setToolTip(tr("Which class is shown"))
        self.classes.setMinimumWidth(140)
        self.units = ChipGroup()
        for id in (REAL, PIXEL):
            self.units.add(id, id)
        self.units.setToolTip(tr("The unit of lengths and areas"))
        self.columns_button = QuietButton(tr("Columns"), "list", tip=tr(
            "Which measurements are shown; the choice is remembered"))
        self.columns_button.setMenu(self.columns)
        self.save_button = QuietButton(tr("Save as CSV…"), "save", tip=tr(
            "Write what is listed as a table, with all measurements"))
        self.save_button.setMenu(self.files.menu(self.save_button, lambda: (
            None if self.table is None else (self.table, self.unit, self.rows)),
            lambda: self.tables.texts(), lambda: self.tables.interval))
        self.stop_button = QuietButton(tr("Cancel"), "close", run=self.stop)
        self.note = label("", tone="soft")
        self.how_note = ElidedLabel("")
        self.how_note.setProperty("tone", "soft")
        self.scale_link = LinkButton(tr("Set the scale…"), run=self._set_scale, tip=tr(
            "Say how large a pixel is, at an image or video that does not tell it"))
        self.line = ProgressLine()
        keep_room(self.line)
        self.empty = EmptyState("chart", "", "", tr("Measure"), run=self._again)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._make_tables())
        self._pages.addWidget(self.empty)
        edge = tokens.SPACE_L
        head = row((self.title, 1), self.stop_button, self.kinds, self.units, self.classes,
                   self.columns_button, self.save_button, spacing=tokens.SPACE_S)
        note = row(self.note, self.scale_link, 1, spacing=tokens.SPACE_M)
        self.setLayout(column(head, note, self.how_note, self.line, (self._pages, 1),
                              spacing=tokens.SPACE_S, margins=(edge, edge, edge, edge)))
        self.kinds.changed.connect(lambda _kind: self._turn_to())
        self.units.changed.connect(self._unit_chosen)
        self.classes.activated.connect(lambda _index: self._filter())
        self.columns.changed.connect(self._columns_chosen)

    def _make_tables(self) -> QWidget:
        self.tables = MeasuredLists()
        self.views, self.lists = self.tables.views, self.tables.lists
        self.only = self.tables.only
        self.spread = SpreadCard(self._context.theme)
        self.side = TrackSide(self._context)
        self.split = LabeledSlider(
            tr("Split what touches"), 0.0, MOST_NECK, stored_number(
                self._context.settings, _SPLIT, 0.0, 0.0, MOST_NECK), step=0.05,
            least_text=tr("off"))
        self.split.setToolTip(wrapped_tip(tr(
            "Cuts what is painted as one area where its neck is narrower than this share of the "
            "smaller one’s width, as where cells touch: 0.8 to 0.95 suit round things. Labels stay "
            "as they are")))
        self.split.value_changed.connect(self._split_chosen)
        self.splitter = QSplitter()
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.tables)
        self.splitter.addWidget(scrolling(widget_of(column(
            self.split, self.side, self.spread, 1, spacing=tokens.SPACE_M,
            margins=(tokens.SPACE_M, 0, tokens.SPACE_S, 0)))))
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setSizes([700, _SIDE])
        remember_splitter(self.splitter, self._context.settings, "measurements/splitter")
        self.only.changed.connect(self._only_changed)
        self.spread.chosen.connect(self._show_spread)
        self.spread.picked.connect(self._pick)
        self.lists[OBJECTS].picked.connect(self._look_at_object)
        self.lists[CLASSES].picked.connect(self._choose_class)
        self.lists[SAMPLES].picked.connect(self._look_at_sample)
        self.lists[CROSSINGS].picked.connect(self._look_at_sample)
        self.side.rules.changed.connect(self._outdated)
        self._context.drawn.saved.connect(self._drawn_saved)
        self.side.trajectories.chosen.connect(self._choose_track)
        self.side.trajectories.wanted.connect(self._go_to_track)
        self.side.trajectories.large_wanted.connect(self._give_room)
        return self.splitter

    # --- the project ----------------------------------------------------------------------------

    def _session_changed(self) -> None:
        session = self._context.session
        if session is self._session and session is not None:
            self._outdated()  # its task is another: areas have other objects
            return
        self._connections.end()
        self._session, self._watches = session, False
        self.side.trajectories.set_project()
        self.kinds.mark(LABELS)
        self.kinds.hide()
        if session is not None:
            self._connections.add(session.saver.saved.connect(lambda _key: self._outdated()),
                                  session.index.summarized.connect(self._outdated),
                                  session.scale_changed.connect(self._outdated))
        self._turn_to()
        self._offer_kinds()

    def _offer_kinds(self) -> None:
        """Offer the tracks of a project that has videos; where it has nothing else, they are
        shown."""
        session = self._session
        if session is None or not has_videos(session.folder):
            return
        if not self._watches:
            self._watches = True
            self._connections.add(session.videos.finished.connect(self._offer_kinds),
                                  session.videos.summary_changed.connect(
                                      lambda _key: self._outdated() if self.tracks else None))
        fresh = self.kinds.isHidden()
        self.kinds.setVisible(len(session.videos) > 0)
        if fresh and len(session.videos) and not len(session.index) \
                and medium_of(session) == "images":
            self.kinds.select(TRACKS)

    def _turn_to(self) -> None:
        """Measure what is chosen."""
        self._worker.cancel(0.0)
        self.table, self._failure, self._current = None, "", False
        if self.tracks:
            self._context.drawn.look()
        self.classes.clear()
        self._show()
        self._outdated()

    def last_undo(self) -> UndoStack | None:
        """The steps of lines and zones, where these are shown and the last step was one."""
        shown = self.isVisible() and self.tracks
        return self.side.trajectories.lines.places.last_undo() if shown else None

    @property
    def tracks(self) -> bool:
        """Whether tracks of videos are measured."""
        return self.kinds.selected == TRACKS

    def _drawn_saved(self) -> None:
        if self.tracks:
            self._outdated()

    def _outdated(self) -> None:
        """Labels may be others: measure them when that has come to rest and they are looked at."""
        self._current = False
        if self.isVisible():
            self._measuring.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._offer_kinds()
        if self.tracks and self._session is not None and \
                places_stamp(self._session.folder) != self._places:
            self._current = False
        if self.tracks:
            self._context.drawn.look()
        if not self._current:
            self._measuring.start(0 if self.table is None else _READ_MS)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._measuring.stop()

    def measure(self) -> None:
        """Measure the labels, where they are not measured as they are now."""
        session = self._session
        if session is None or self._current:
            self._show()
            return
        self._current, self._failure = True, ""
        self._places = places_stamp(session.folder)
        work = tracks_of(session, self.side.rules.rules) if self.tracks else \
            objects_of(session, inside=self.columns.inside, split=self.split.value())
        self._worker.start(partial(measured, session, work, self.line), self._measured,
                           self._failed)
        self._show()

    def _again(self) -> None:
        self._current = False
        self.measure()

    def stop(self) -> None:
        """Give up; what was measured before stays."""
        self._worker.cancel(0.0)
        self._failure = tr("It was cancelled.") if self.table is None else ""
        self._current = self.table is None  # else it is measured anew when it is looked at again
        self._show()

    def _measured(self, table: MeasuredTable) -> None:
        first = self.table is None or self.table.units != table.units
        told = {item.reason for item in self.table.problems} if self.table is not None else ()
        self.table = table
        for reason in dict.fromkeys(item.reason for item in table.problems):
            if reason not in told:  # it is measured again after each change
                self._context.log.add("warn", reason)
        if first:
            self._offer_units()
        self._offer_classes()
        self._filter()

    def _failed(self, sentence: str) -> None:
        self._failure = sentence
        self._show()

    def end(self) -> None:
        """End the threads."""
        self._worker.cancel(0.0)
        self.files.cancel()
        self.side.trajectories.end()

    # --- what is chosen -------------------------------------------------------------------------

    @property
    def unit(self) -> str:
        """The unit of lengths that are shown."""
        return PIXEL if self.table is None or self.units.selected == PIXEL else self.table.units[0]

    @property
    def rows(self) -> IntArray:
        """The rows of the table that are listed."""
        return self._rows if self._picked is None else self._picked

    def _offer_units(self) -> None:
        assert self.table is not None
        if self.table.unit:
            self.units[REAL].set_text(self.table.unit)
        wanted = str(self._context.settings.value(_UNIT, REAL))
        self.units.mark(wanted if wanted == PIXEL and self.table.unit else REAL)

    def _unit_chosen(self, name: str) -> None:
        self._context.settings.setValue(_UNIT, name)
        self._filter()

    def _split_chosen(self, value: float) -> None:
        self._context.settings.setValue(_SPLIT, value)
        self._outdated()

    def _offer_classes(self) -> None:
        assert self.table is not None
        offer_classes(self.classes, self.table.classes)

    def _columns_chosen(self) -> None:
        if self.columns.inside and not self.tracks and self.table is not None \
                and not self.table.looked_inside:
            self._again()
        self._filter()

    def _choose_class(self, one: Any) -> None:
        self.classes.setCurrentIndex(self.classes.findData(one.label))
        self.views.select(OBJECTS)
        self._filter()

    def _pick(self, rows: IntArray, words: str) -> None:
        self._picked = rows
        self.only.show_keys(map(str, rows.tolist()), words)

    def _only_changed(self) -> None:
        if self.only.keys is None:
            self._picked = None
        self._show_lists()

    # --- what is shown --------------------------------------------------------------------------

    def _filter(self) -> None:
        """Show the objects of the class that is chosen."""
        self._picked = None
        self.only.keys = None
        self.only.hide()
        self._show()
        table = self.table
        if table is None or not len(table.label):
            return
        name = self.classes.currentData()
        self._rows = table.of_classes([] if name is None else [name])
        values = table.values(self.unit)
        self.spread.offer(table, self.unit, [
            at for at in table.filled(values) if self.columns.wants(table.columns[at].id)])
        self._show_spread()

    def _show_spread(self) -> None:
        table = self.table
        if table is not None and self.spread.place >= 0:
            self.spread.show_values(table, self.unit,
                                    table.values(self.unit)[:, self.spread.place], self._rows)
        self._show_lists()

    def _show_lists(self) -> None:
        table, unit = self.table, self.unit
        if table is None:
            return
        values = table.values(unit)
        shown = [at for at in table.filled(values) if self.columns.wants(table.columns[at].id)]
        rows = self.rows
        self.tables.show_rows(table, unit, shown, self.spread.place, rows)
        self.title.setText(number_listed(table, len(rows)))
        if isinstance(table, TrackTable):
            self.side.trajectories.show_rows(table, rows)
            self._mark_track()

    def _show(self) -> None:
        table, busy = self.table, self._worker.busy
        some = table is not None and len(table.label) > 0
        self.line.setVisible(busy)
        self.stop_button.setVisible(busy)
        images = table is None or table.medium == "images"
        for part in (self.classes, self.save_button):
            part.setVisible(some)
        self.columns_button.setVisible(some and images)
        task = task_of(self._session) if self._session is not None else ""
        self.split.setVisible(not self.tracks and task in tasks and tasks.get(task).areas)
        self.side.setVisible(some and self.tracks)
        self.files.offer_tracks(table)
        self.tables.show_medium("images" if table is None else table.medium)
        self.units.setVisible(some and table is not None and len(table.units) > 1)
        note = without_size_text(table, self.unit) if table is not None and some else ""
        if table is not None and table.problems:
            note = " ".join(filter(None, (note, tr("{problems} in the Log.", problems=count(
                len(table.problems), "problem")))))
        self.note.setText(note)
        self.note.setVisible(bool(note))
        how = tr(_BOXES) if table is not None and table.boxed else ""
        self.how_note.setText(table.words() if isinstance(table, TrackTable) else how)
        self.how_note.setVisible(some and bool(self.how_note.full_text()))
        self.scale_link.setVisible(some and table is not None and table.unknown > 0)
        self._pages.setCurrentIndex(0 if some else 1)
        if not some:
            self.title.setText("")
            self._say_empty(busy)

    def _say_empty(self, busy: bool) -> None:
        if self._session is None:
            self.empty.set_text(tr("No project is open"), "", "")
        else:
            self.empty.set_text(*empty_words(busy=busy, failure=self._failure, tracks=self.tracks))

    # --- going there ----------------------------------------------------------------------------

    def _look_at_object(self, number: int) -> None:
        if self.tracks:
            self.side.trajectories.choose(number)
        elif self.table is not None:
            go_to_object(self._context, self.table, number)

    def _look_at_sample(self, one: Any) -> None:
        if self.tracks:
            self.side.trajectories.show_video(one.key)
        elif self.table is not None:
            go_to_sample(self._context, self.table, one.key)

    def _choose_track(self, number: int) -> None:
        """Its path was clicked: select its row, too."""
        self.views.select(OBJECTS)
        self.side.trajectories.choose(number)
        self._mark_track()

    def _mark_track(self) -> None:
        """Select the row of the trajectory that is chosen."""
        number = self.side.trajectories.current
        if number is not None:
            self.lists[OBJECTS].choose(lambda record: record == number)

    def _give_room(self, large: bool) -> None:
        """The picture of the trajectories gets most of the width, or its usual part of it."""
        width = sum(self.splitter.sizes())
        side = round(width * _LARGE) if large else _SIDE
        self.splitter.setSizes([width - side, side])

    def _go_to_track(self, number: int) -> None:
        if isinstance(self.table, TrackTable):
            go_to_track(self._context, self.table, number)

    def _set_scale(self) -> None:
        if self.table is not None:
            set_scale(self._context, self.table)
