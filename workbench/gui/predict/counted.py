"""What was counted at lines and zones, and the events of a video, in tables and over time."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from workbench.core.text import tr
from workbench.core.video import time_text
from workbench.evaluation.counting import (
    CROSSING,
    ENTRY,
    IN,
    SEEN,
    CountingPlace,
    CountingZone,
    Sum,
    Tally,
    TrackEvent,
)
from workbench.gui.charts.chart import LiveChart
from workbench.gui.charts.curve import Curve
from workbench.gui.charts.series import Series
from workbench.gui.counting.places import CountingPlaces
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import label, row, widget_of
from workbench.gui.widgets.tables import Column, Records

_WITH_CHART = 480
"""Width from which on there is room for the curves beside the table."""


class _Counted(NamedTuple):
    place: CountingPlace
    label: str
    sum: Sum


_COLUMNS = (
    Column("Where", lambda one: one.place.name.casefold(), lambda one: one.place.name),
    Column("Class", lambda one: one.label.casefold(), lambda one: one.label),
    Column("In", lambda one: one.sum.ins, lambda one: f"{one.sum.ins:,}"),
    Column("Out", lambda one: one.sum.outs, lambda one: f"{one.sum.outs:,}"),
    Column("Stay", lambda one: one.sum.dwell,
           lambda one: f"{one.sum.dwell:.1f} s" if one.sum.visits else ""),
)


class CountedView(QWidget):
    """A row for each class at each line and zone, and a curve for each of these."""

    def __init__(self, theme: Theme, places: CountingPlaces, hint: str) -> None:
        super().__init__()
        self._places = places
        self.table = Records(_COLUMNS, tr("What was counted"),
                             rename=lambda one, name: places.rename(one.place.name, name))
        self.chart = LiveChart(theme, tr("How many crossed or were inside over time"),
                               x_text=time_text, x_times=True, axes=("", tr("Number")),
                               y_text="{:.0f}".format, y_floor=0.0)
        self.hint = label(hint, tone="soft", wrap=True)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.hint)
        both = widget_of(row((self.table, 2), (self.chart, 1), spacing=tokens.SPACE_S))
        self._stack.addWidget(both)
        self.setLayout(row(self._stack))
        self.table.picked.connect(lambda one: places.choose(one.place.name))
        self.table.unwanted.connect(lambda one: places.remove(one.place.name))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.chart.setVisible(self.width() >= _WITH_CHART)

    def show_tally(self, tally: Tally | None, span: tuple[float, float]) -> None:
        """Show what was counted from the first to the last second."""
        places = self._places.places
        self._stack.setCurrentIndex(1 if places else 0)
        known = tally if tally is not None and tuple(tally.places) == places else None
        rows = []
        for place in places:
            sums = known.sums(place) if known is not None else {}
            rows += [_Counted(place, name, found) for name, found in sums.items()] or [
                _Counted(place, "", Sum(0, 0))]
        self.table.show_records(rows)
        zones = any(isinstance(place, CountingZone) for place in places)
        self.table.setColumnHidden(len(_COLUMNS) - 1, not zones)
        if known is not None:
            self.chart.set_span(span[0], max(span[1], span[0] + 0.1))
            self.chart.set_curves({place.name: _curve(known, place, at, span)
                                   for at, place in enumerate(places)})

    def rename(self, name: str) -> None:
        """Have a person write another name."""
        for at in range(len(self.table.records)):
            if self.table.record(at).place.name == name:
                index = self.table.model().index(at, 0)
                self.table.setFocus()
                self.table.setCurrentIndex(index)
                self.table.edit(index)
                return


def _curve(tally: Tally, place: CountingPlace, at: int, span: tuple[float, float]) -> Curve:
    """Steps: each number stays until the next one."""
    series, number = Series(), 0
    series.append(span[0], 0)
    for time, now in tally.over_time(place):
        series.append(time, number)
        series.append(time, now)
        number = now
    series.append(span[1], number)
    return Curve(place.name, series, tokens.SERIES_COLORS[at % len(tokens.SERIES_COLORS)],
                 width=1.5)


def event_words(event: TrackEvent) -> str:
    """What happened, for a person."""
    if event.event == SEEN:
        return tr("seen")
    if event.event == CROSSING:
        return tr("crossed in") if event.direction == IN else tr("crossed out")
    return tr("entered") if event.event == ENTRY else tr("left")


_EVENTS = (
    Column("Time", lambda event: event.time, lambda event: time_text(event.time)),
    Column("What", event_words, event_words),
    Column("Thing", lambda event: (event.label.casefold(), event.track),
           lambda event: f"{event.label} {event.track}"),
    Column("Where", lambda event: event.place.casefold(), lambda event: event.place),
    Column("For", lambda event: event.seconds,
           lambda event: f"{event.seconds:.1f} s" if event.seconds else ""),
)


class EventTable(Records):
    """What happened; a click leads to the frame."""

    wanted = Signal(int)
    """(frame) its number."""

    def __init__(self) -> None:
        super().__init__(_EVENTS, tr("Events of the video"), wide=3)
        self.picked.connect(lambda event: self.wanted.emit(event.frame))


