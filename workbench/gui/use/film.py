"""Going through a video that was looked at: a slider by frame, and how much there is over time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QSizePolicy, QSlider, QStackedWidget, QWidget

from workbench.core.text import tr
from workbench.core.video import time_words
from workbench.gui.charts.chart import Curve, LiveChart
from workbench.gui.charts.series import Series
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.use.answers import Answer
from workbench.gui.use.tracks import TrackList
from workbench.gui.widgets import ChipGroup, IconButton, column, label, row

COUNTS, TRACKS = "counts", "tracks"
CHART_HEIGHT = 120
MOST_CURVES = 6
"""Classes that have a curve of their own, the most frequent ones."""
MOST_POINTS = 400
_PLAY_MS = 40
_CHART_MS = 300


class FilmBar(QWidget):
    """Below the picture, while it shows a frame.

    Signals
    -------
    moved
        (answer) another frame is wanted.
    tracks_wanted
        (frames) things are to be followed through these.
    """

    moved = Signal(object)
    tracks_wanted = Signal(object)

    def __init__(self, theme: Theme, color: Callable[[str], str],
                 parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._color = color
        self._rows: Sequence[Answer] = ()
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(tr("Frame of the video"))
        self.slider.setToolTip(tr("Left and right arrow: one frame back or on"))
        self.play = IconButton("play", tr("Play"))
        self.play.setCheckable(True)
        self.time = label("", "caption")
        self.chart = LiveChart(theme, tr("How many there are over time"), x_text=time_words,
                               y_text="{:.3g}".format, y_floor=0.0)
        self.tracks = TrackList(theme, color)
        self.chips = ChipGroup()
        self.chips.add(COUNTS, tr("Over time"))
        self.chips.add(TRACKS, tr("Tracks")).setToolTip(
            tr("Things followed from frame to frame, and when each was seen"))
        self._below = QStackedWidget()
        self._below.setFixedHeight(CHART_HEIGHT)
        self._below.addWidget(self.chart)
        self._below.addWidget(self.tracks)
        edge = tokens.SPACE_M
        self.setLayout(column(row(self.play, self.slider, self.time, spacing=tokens.SPACE_S),
                              self.chips, self._below, spacing=tokens.SPACE_XS,
                              margins=(edge, 0, edge, edge)))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._clock = QTimer(self, interval=_PLAY_MS)
        self._clock.timeout.connect(self._play_on)
        self._draw_soon = QTimer(self, singleShot=True, interval=_CHART_MS)
        self._draw_soon.timeout.connect(self._draw)
        self.slider.valueChanged.connect(self._moved)
        self.play.toggled.connect(self._played)
        self.chips.changed.connect(self._draw)
        self.tracks.counted.connect(lambda number: self.chips.set_count(TRACKS, number))
        self.tracks.wanted.connect(self._go_to)
        theme.changed.connect(self._draw)
        self.hide()

    def show_film(self, rows: Sequence[Answer], chosen: Answer | None) -> None:
        """Show the frames that were looked at, in their order; none hides the bar."""
        other = not self._rows or not rows or rows[0].file != self._rows[0].file
        self._rows = rows
        if not rows or chosen is None:
            self.play.setChecked(False)
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
            self.tracks.clear()
            self._draw()

    def counted(self, rows: Sequence[Answer]) -> None:
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
        numbers = item.sums.counts.values()
        self.chart.set_marker((item.time, float(max(numbers, default=0)), ""))
        self.time.setText(tr("{time}  frame {number:,}", time=time_words(item.time),
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
        follows = self.chips.selected == TRACKS
        self._below.setCurrentWidget(self.tracks if follows else self.chart)
        if follows:
            self.tracks_wanted.emit(rows)
        else:
            self._draw_curves(rows)

    def _draw_curves(self, rows: Sequence[Answer]) -> None:
        totals: dict[str, int] = {}
        for item in rows:
            for name, number in item.sums.counts.items():
                totals[name] = totals.get(name, 0) + number
        names = sorted(totals, key=lambda name: -totals[name])[:MOST_CURVES]
        times = _means([item.time for item in rows])
        curves = {}
        for name in reversed(names):
            series = Series()
            numbers = _means([item.sums.counts.get(name, 0) for item in rows])
            for time, mean in zip(times, numbers, strict=True):
                series.append(time, mean)
            curves[name] = Curve(name, series, self._color(name), width=1.5)
        self.chart.set_span(times[0], max(times[-1], times[0] + 0.1))
        self.chart.set_curves(curves)


def _means(values: Sequence[float]) -> list[float]:
    """The values, or of many the means of as many parts as a chart can show."""
    found = np.asarray(values, float)
    if len(found) <= MOST_POINTS:
        return list(map(float, found))
    starts = np.linspace(0, len(found), MOST_POINTS, endpoint=False).astype(int)
    return list(map(float, np.add.reduceat(found, starts)
                    / np.diff(starts, append=len(found))))


def _place(rows: Sequence[Answer], frame: int) -> int:
    """Where a frame stands: they are in their order."""
    low, high = 0, len(rows)
    while low < high:
        middle = (low + high) // 2
        if rows[middle].frame < frame:
            low = middle + 1
        else:
            high = middle
    return min(low, len(rows) - 1)
