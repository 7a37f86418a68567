"""Going through a video that was looked at: a slider by frame, and how much there is over time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QWidget

from workbench.core.text import tr
from workbench.core.video import time_text
from workbench.evaluation.counting import CountingPlace
from workbench.gui.charts.chart import LiveChart
from workbench.gui.charts.curve import Curve
from workbench.gui.charts.series import Series
from workbench.gui.counting.overlay import PlacesOverlay
from workbench.gui.counting.places import CountingPlaces
from workbench.gui.counting.tools import CountingTools
from workbench.gui.predict.counted import CountedView, EventTable
from workbench.gui.predict.table import Prediction
from workbench.gui.predict.tracks import Following, TrackList
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import ChipGroup, IconButton, column, label, row
from workbench.gui.widgets.inputs import Slider
from workbench.project.counting import words_at

COUNTS, TRACKS, COUNTED, EVENTS = "counts", "tracks", "counted", "events"
CHART_HEIGHT = 120
MOST_CURVES = 6
"""Classes that have a curve of their own, the most frequent ones."""
MOST_POINTS = 400
_PLAY_MS = 40
_CHART_MS = 300


class FilmBar(QWidget):
    """Below the picture, while it shows a frame."""

    moved = Signal(object)
    """(answer) another frame is wanted."""
    tracks_wanted = Signal(object)
    """(frames) things are to be followed through these."""
    followed = Signal()
    """They are: what is shown of a frame has numbers."""

    def __init__(self, theme: Theme, color: Callable[[str], str], places: CountingPlaces,
                 overlay: PlacesOverlay) -> None:
        super().__init__()
        self._color = color
        self.places, self.following = places, Following(self)
        self.tools = CountingTools(places, overlay)
        self._rows: Sequence[Prediction] = ()
        self.slider = Slider()
        self.slider.setAccessibleName(tr("Frame of the video"))
        self.slider.setToolTip(tr("Left and right arrow: one frame back or on"))
        self.play = IconButton("play", tr("Play"))
        self.play.setCheckable(True)
        self.time = label("", "caption")
        self.chart = LiveChart(theme, tr("How many there are over time"), x_text=time_text,
                               x_times=True, y_text=self._amount_text, y_floor=0.0)
        self.things = ""
        """What there are so many of, or ""."""
        self.tracks = TrackList()
        self._make_views(theme, places)
        edge = tokens.SPACE_M
        head = row((self.chips, 1), self.tools, spacing=tokens.SPACE_S)
        self.setLayout(column(row(self.play, self.slider, self.time, spacing=tokens.SPACE_S),
                              head, self._below, spacing=tokens.SPACE_XS,
                              margins=(edge, 0, edge, edge)))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._wire(theme, overlay)
        self.hide()

    def _make_views(self, theme: Theme, places: CountingPlaces) -> None:
        """What is shown below the slider, and the chips that choose it."""
        self.chips = ChipGroup()
        self.chips.add(COUNTS, tr("Over time"))
        self.chips.add(TRACKS, tr("Tracks")).setToolTip(
            tr("Things followed from frame to frame, and when each was seen"))
        self.chips.add(COUNTED, tr("Counted")).setToolTip(
            tr("What crosses the lines and enters the zones that you draw on the picture"))
        self.chips.add(EVENTS, tr("Events")).setToolTip(
            tr("What happened when; a click shows it"))
        self.counted_view = CountedView(theme, places, tr(
            "Draw a line or a zone on the picture: what crosses or enters it is counted."))
        self.events = EventTable()
        self._below = QStackedWidget()
        self._below.setFixedHeight(CHART_HEIGHT)
        self._views: dict[str, QWidget] = {
            COUNTS: self.chart, TRACKS: self.tracks, COUNTED: self.counted_view,
            EVENTS: self.events}
        for view in self._views.values():
            self._below.addWidget(view)

    def _wire(self, theme: Theme, overlay: PlacesOverlay) -> None:
        self._clock = QTimer(self, interval=_PLAY_MS)
        self._clock.timeout.connect(self._play_on)
        self._draw_soon = QTimer(self, singleShot=True, interval=_CHART_MS)
        self._draw_soon.timeout.connect(self._draw)
        self.slider.valueChanged.connect(self._moved)
        self.play.toggled.connect(self._played)
        self.chips.changed.connect(self._draw)
        self.tracks.wanted.connect(self._go_to)
        self.events.wanted.connect(self._go_to)
        self.places.changed.connect(self._places_changed)
        self.following.done.connect(self._show_found)
        overlay.words = self.words_of
        overlay.rename_wanted.connect(self.rename)
        theme.changed.connect(self._draw)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._draw_soon.start()  # how tracks are measured may have been set elsewhere

    def show_film(self, rows: Sequence[Prediction], chosen: Prediction | None) -> None:
        """Show the frames that were looked at, in their order; none hides the bar."""
        other = not self._rows or not rows or rows[0].file != self._rows[0].file
        self._rows = rows
        if not rows or chosen is None:
            self.play.setChecked(False)
            self.places.show("")
            self.hide()
            return
        self.slider.blockSignals(True)
        self.slider.setRange(0, len(rows) - 1)
        self.slider.setPageStep(max(1, len(rows) // 20))
        self.slider.setValue(_place(rows, chosen.frame))
        self.slider.blockSignals(False)
        self._say_time()
        self.show()
        if other:
            self.following.clear()
            self.places.show(rows[0].file)
            self._draw()

    def counted(self, rows: Sequence[Prediction]) -> None:
        """There are more frames, or other numbers: the chart follows soon."""
        if not self._rows or not rows:
            return
        self._rows = rows
        self.slider.blockSignals(True)
        self.slider.setMaximum(len(rows) - 1)
        self.slider.blockSignals(False)
        if not self._draw_soon.isActive():
            self._draw_soon.start()

    def _moved(self, place: int) -> None:
        if 0 <= place < len(self._rows):
            self._say_time()
            self.moved.emit(self._rows[place])

    def _go_to(self, frame: int) -> None:
        self.slider.setValue(_place(self._rows, frame))

    def _say_time(self) -> None:
        item = self._rows[self.slider.value()]
        amounts = _amounts(item).values()
        self.chart.set_marker((item.time, float(max(amounts, default=0)), ""))
        self.time.setText(tr("{time}  frame {number:,}", time=time_text(item.time),
                             number=item.frame))

    def _played(self, on: bool) -> None:
        self.play.set_icon("pause" if on else "play")
        if on and self.slider.value() == self.slider.maximum():
            self.slider.setValue(0)
        self._clock.start() if on else self._clock.stop()

    def _play_on(self) -> None:
        if self.slider.value() >= self.slider.maximum():
            self.play.setChecked(False)
        else:
            self.slider.setValue(self.slider.value() + 1)

    def _draw(self) -> None:
        """Show what was chosen: a curve for each of the most frequent classes, or the tracks."""
        rows = list(self._rows)
        if not rows or not self.isVisible():
            return
        chosen = self.chips.selected
        self._below.setCurrentWidget(self._views[chosen])
        if chosen == COUNTS:
            self._draw_curves(rows)
        if chosen != COUNTS or self.places.places:
            self.tracks_wanted.emit(rows)

    def offer_tracks(self, there: bool) -> None:
        """Whether things can be followed in what the model says."""
        self.chips.select(COUNTS)
        for id in (TRACKS, COUNTED, EVENTS):
            self.chips[id].setVisible(there)
        self.chips.setVisible(there)
        self.tools.setVisible(there)

    # --- what was followed and counted ----------------------------------------------------------

    def _places_changed(self) -> None:
        if self.places.places and self.chips.selected in (COUNTS, TRACKS):
            self.chips.select(COUNTED)  # which draws
        self._show_found()
        self._draw()

    def _show_found(self) -> None:
        found, rows = self.following.found, self._rows
        self.tracks.show_tracks(None if found is None else [item.row for item in found.tracks])
        events = found.tally.in_order() if found is not None else []
        self.events.show_records(events)
        self.chips.set_count(TRACKS, None if found is None else len(found.tracks))
        self.chips.set_count(EVENTS, None if found is None else len(events))
        self.counted_view.show_tally(found.tally if found is not None else None,
                                     (rows[0].time, rows[-1].time) if rows else (0.0, 0.1))
        self.followed.emit()

    def with_numbers(self, item: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        """What is shown of a frame, with the numbers of the things that were followed."""
        found = self.following.found
        if item is None or found is None or "frame" not in item:
            return item
        return found.with_numbers(item)

    def words_of(self, place: CountingPlace) -> str:
        """What stands at a line or zone: what was counted until the frame that is shown."""
        found, rows = self.following.found, self._rows
        if found is None or not rows or place not in found.tally.places:
            return place.name
        return words_at(found.tally, place, rows[self.slider.value()].time)

    def rename(self, name: str) -> None:
        """Have a person give a line or zone another name."""
        self.chips.select(COUNTED)
        self.counted_view.rename(name)

    # --- curves ---------------------------------------------------------------------------------

    def _amount_text(self, amount: float) -> str:
        return f"{amount:.3g} %" if self._covers() else f"{amount:.3g}"

    def _covers(self) -> bool:
        """Whether it is said how much is covered, not how many there are."""
        return any(item.sums.shares for item in self._rows)

    def _draw_curves(self, rows: Sequence[Prediction]) -> None:
        totals: dict[str, float] = {}
        for item in rows:
            for name, number in _amounts(item).items():
                totals[name] = totals.get(name, 0) + number
        names = sorted(totals, key=lambda name: -totals[name])[:MOST_CURVES]
        times = _means([item.time for item in rows])
        values = _values(rows)
        curves = {}
        for name in reversed(names) if values is None else ("",):
            series = Series()
            numbers = _means([_amounts(item).get(name, 0) for item in rows]
                             if values is None else values)
            for time, mean in zip(times, numbers, strict=True):
                series.append(time, mean)
            curves[name] = Curve(name, series, self._color(name), width=1.5)
        self.chart.set_axes(("", tr("% of the frame") if self._covers() else
                             self.things if values is None else ""))
        self.chart.set_span(times[0], max(times[-1], times[0] + 0.1))
        self.chart.set_curves(curves)


def _amounts(item: Prediction) -> Mapping[str, float]:
    """How many there are of each class, or how many percent of the frame it covers."""
    return item.sums.counts if not item.sums.shares else {
        name: 100 * share for name, share in item.sums.shares.items()}


def _values(rows: Sequence[Prediction]) -> list[float] | None:
    """What a model that says a number says of each frame; None for any other model."""
    if any(item.sums.best or len(item.sums.counts) != 1 for item in rows):
        return None
    try:
        return [float(next(iter(item.sums.counts))) for item in rows]
    except ValueError:
        return None


def _means(values: Sequence[float]) -> list[float]:
    """The values, or of many the means of as many parts as a chart can show."""
    found = np.asarray(values, float)
    if len(found) <= MOST_POINTS:
        return list(map(float, found))
    starts = np.linspace(0, len(found), MOST_POINTS, endpoint=False).astype(int)
    return list(map(float, np.add.reduceat(found, starts)
                    / np.diff(starts, append=len(found))))


def _place(rows: Sequence[Prediction], frame: int) -> int:
    """Where a frame stands: they are in their order."""
    low, high = 0, len(rows)
    while low < high:
        middle = (low + high) // 2
        if rows[middle].frame < frame:
            low = middle + 1
        else:
            high = middle
    return min(low, len(rows) - 1)
