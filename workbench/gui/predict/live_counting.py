"""Counting at lines and zones in a camera's pictures, while they come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.core.errors import WorkbenchError
from workbench.core.text import count, tr
from workbench.evaluation.counting import CountingPlace, Tally, TrackEvent
from workbench.extension.predictions import PredictionDisplay
from workbench.extension.saving import Limits, LiveTracks, Saving
from workbench.gui.app.csv_table import ask_table, write_rows
from workbench.gui.counting.overlay import PlacesOverlay
from workbench.gui.counting.places import CountingPlaces
from workbench.gui.counting.tools import CountingTools
from workbench.gui.predict.counted import CountedView
from workbench.gui.predict.tracks import with_unsure
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import LinkButton, column, row
from workbench.gui.widgets.confirm import Confirm
from workbench.project.counting import EVENT_COLUMNS, event_rows, words_at

_HEIGHT = 120
_SHOW_MS = 500


@dataclass(slots=True)
class _Counting:
    """What was counted, who follows the things, and when that began on the clock of the looks."""

    tally: Tally
    tracks: LiveTracks | None
    began: float
    saved: list[TrackEvent] = field(default_factory=list)
    """What the last table holds."""


class LiveCounting(QWidget):
    """Below a camera's picture: what was counted since it was first opened. A camera that is closed
    and opened again goes on counting, until a person begins anew."""

    said = Signal(str, str)
    """(kind, sentence) something is to be told."""

    def __init__(self, theme: Theme, overlay_over: QWidget, places: CountingPlaces) -> None:
        super().__init__()
        self.places = places
        """The camera's lines and zones."""
        self.overlay = PlacesOverlay(places, theme, overlay_over)
        self.overlay.words = self._words
        self.tools = CountingTools(places, self.overlay)
        self.view = CountedView(theme, places, tr(
            "Draw a line or a zone on the picture: what crosses or enters it is counted."))
        self.save_button = LinkButton(tr("Table of events…"), "save")
        self.save_button.clicked.connect(lambda: self.save_events())
        self.anew_button = LinkButton(tr("Start over"), "undo", run=self._ask_anew,
                                      tip=tr("Forget what was counted so far, and start at zero"))
        self.confirm = Confirm(self)
        self._none = self._now = _Counting(Tally(()), None, 0.0)
        self._kept: dict[tuple[Path | None, str, object], _Counting] = {}
        self._make: Callable[[], LiveTracks] | None = None
        self._time = 0.0
        self._show_soon = QTimer(self, singleShot=True, interval=_SHOW_MS)
        self._show_soon.timeout.connect(self._show)
        self.view.setFixedHeight(_HEIGHT)
        self.setLayout(column(row(self.save_button, self.anew_button, 1, self.tools), self.confirm,
                              self.view,
                              spacing=tokens.SPACE_XS,
                              margins=(tokens.SPACE_M, 0, tokens.SPACE_M, 0)))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        places.changed.connect(self._places_changed)
        self.overlay.rename_wanted.connect(self.view.rename)

    @property
    def tally(self) -> Tally:
        """What was counted."""
        return self._now.tally

    def leave_project(self) -> None:
        """Another project is opened: what was counted in this one is there again when it is."""
        self._now = self._none

    @property
    def unsaved(self) -> int:
        """How many events at lines and zones, of all projects, are in no table."""
        return sum(len(events) for item in self._kept.values() if item.tally.places
                   and (events := item.tally.in_order()) != item.saved)

    def begin(self, saving: Saving | None, source: str, began: float) -> None:
        """The camera, or the screen, is opened at a time of its looks' clock; nothing is offered
        where the model finds nothing to be followed."""
        make = self._make = saving.live_tracks if saving is not None else None
        self.confirm.dismiss()
        self.setVisible(make is not None)
        self.overlay.setVisible(make is not None)
        self.places.show(source)
        if make is None:
            self._now = self._none
        else:
            fresh = _Counting(Tally(()), make(), began)
            self._now = self._kept.setdefault((self.places.drawn.folder, source, make), fresh)
        self._places_changed()

    def _ask_anew(self) -> None:
        self.confirm.ask(tr("Forget {events}?", events=count(len(self.tally.in_order()), "event")),
                         tr("Start over"), self._begin_anew, danger=True)

    def _begin_anew(self) -> None:
        now = self._now
        now.tally, now.began, self._time = Tally(self.places.places), now.began + self._time, 0.0
        now.saved = []
        now.tracks = self._make() if self._make is not None else None
        self._show()

    def take(self, display: PredictionDisplay, packed: Any, limits: Limits, number: int,
             taken: float, ) -> list[int]:
        """Take in what was seen; the numbers of the things in the answer's lists."""
        tracks, time = self._now.tracks, round(taken - self._now.began, 3)
        if tracks is None:
            return []
        item: Mapping[str, Any] = display.shown(packed, with_unsure(limits))
        numbers = list(tracks.step(item, limits.get("score", 0.0), time))
        for at, thing in enumerate(numbers):
            if thing:
                self.tally.see(thing, item["labels"][at], number, time, item["boxes"][at])
        self._time = time
        if not self._show_soon.isActive():
            self._show_soon.start()
        return numbers

    def _words(self, place: CountingPlace) -> str:
        return words_at(self.tally, place, self._time) if place in self.tally.places \
            else place.name

    def _places_changed(self) -> None:
        self.tally.set_places(self.places.places)
        self._show()

    def _show(self) -> None:
        self.view.show_tally(self.tally, (0.0, max(self._time, 1.0)))
        for button in (self.save_button, self.anew_button):
            button.setEnabled(bool(self.tally.in_order()))

    def save_events(self) -> None:
        """Ask where, and write what happened until now."""
        path = ask_table(self, "events.csv")
        if path is None:
            return
        events = self.tally.in_order()
        try:
            words = write_rows(path, (EVENT_COLUMNS, *event_rows(self.places.file, self.tally)))
        except WorkbenchError as error:
            self.said.emit("bad", error.sentence())
            return
        self._now.saved = events
        self.said.emit("ok", words)
