"""A clip over its time axis: where sounds and regions lie, and which stretch is shown."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRect, QRectF, Signal
from PySide6.QtWidgets import QWidget

from workbench.core.annotation import LabeledObject
from workbench.extension.predictions import RegionInSound
from workbench.gui.label.sounds.clip_source import ClipSource
from workbench.gui.label.sounds.time_view import TimeView
from workbench.gui.style import tokens
from workbench.media.sounds.spectrogram import axis, frequency_to_row

GUTTER = 44
"""Logical pixels at the left for the names of frequencies."""
AXIS_HEIGHT = 20
GAP = tokens.SPACE_S
WAVE_SHARE = 0.27
PAGE = 0.8
"""Share of the view that a page goes on."""


class TimeCanvas(QWidget):
    """The waveform over the spectrogram of a clip, without what paints and edits them."""

    sought = Signal(float)
    """(seconds) a person put the cursor there."""
    view_changed = Signal()
    """Another stretch of time is shown."""
    label_wanted = Signal(QRect)
    """(rectangle in this widget) a region was drawn and no class is chosen."""

    def __init__(self, source: ClipSource) -> None:
        super().__init__()
        self.source = source
        self.time = TimeView()
        self.playhead = 0.0
        self.hidden = False
        self._wanted: tuple[float, float] | None = None

    def changed_view(self) -> None:
        """Another stretch is shown."""
        raise NotImplementedError

    # --- where things are -----------------------------------------------------------------------

    @property
    def wave_rect(self) -> QRect:
        return QRect(GUTTER, 0, self.width() - GUTTER, round(self._room * WAVE_SHARE))

    @property
    def spectrum_rect(self) -> QRect:
        top = self.wave_rect.bottom() + 1 + GAP
        return QRect(GUTTER, top, self.width() - GUTTER, self.height() - AXIS_HEIGHT - top)

    @property
    def _room(self) -> int:
        return max(1, self.height() - AXIS_HEIGHT - GAP)

    @property
    def sample_rate(self) -> int:
        return self.source.info.sample_rate if self.source.info is not None else 8000

    def x_of(self, seconds: float) -> float:
        return GUTTER + self.time.x(seconds)

    def time_at(self, x: float) -> float:
        """Seconds under ``x``, inside the clip."""
        return self.time.inside(self.time.seconds(x - GUTTER))

    def y_of(self, frequency: float) -> float:
        rect = self.spectrum_rect
        part = frequency_to_row(frequency, self.source.settings, self.sample_rate)
        if frequency <= 0:
            part = 0.0
        elif frequency >= self.sample_rate / 2:
            part = 1.0
        return rect.bottom() + 1 - part * rect.height()

    def frequency_at(self, y: float) -> float:
        """Hz under ``y``, 0 and half the sample rate at the edges."""
        rect = self.spectrum_rect
        part = (rect.bottom() + 1 - y) / max(1, rect.height())
        if part <= 0:
            return 0.0
        if part >= 1:
            return self.sample_rate / 2
        rows = axis(self.source.settings, self.sample_rate)
        return float(np.interp(part * len(rows) - 0.5, np.arange(len(rows)), rows))

    def rect_of(self, region: LabeledObject | RegionInSound) -> QRectF:
        """Where a region lies on the spectrogram."""
        spectrum = QRectF(self.spectrum_rect)
        top, bottom = spectrum.top(), spectrum.bottom()
        if region.high is not None:
            top, bottom = self.y_of(region.high), self.y_of(region.low or 0.0)
        left = self.x_of(region.start)
        return QRectF(left, top, max(1.0, self.x_of(region.end) - left), max(1.0, bottom - top))

    # --- zooming --------------------------------------------------------------------------------

    def zoom(self, factor: float, at: float | None = None) -> None:
        """Show ``factor`` times as much around ``at``, or else around the cursor."""
        if at is None:
            seen = self.time.start <= self.playhead <= self.time.end
            at = self.playhead if seen else (self.time.start + self.time.end) / 2
        self.time.zoom(factor, at)
        self.changed_view()

    def zoom_in(self) -> None:
        self.zoom(0.5)

    def zoom_out(self) -> None:
        self.zoom(2.0)

    def fit(self) -> None:
        self.time.fit()
        self.changed_view()

    def show_range(self, start: float, end: float) -> None:
        """Zoom to a stretch of time; in a clip that is still being opened, as soon as it is."""
        if self.source.info is None:
            self._wanted = (start, end)
            return
        self.time.show(start, end)
        self.changed_view()

    def reveal(self, start: float, end: float) -> None:
        """Bring a stretch into view."""
        if self.time.reveal(start, end):
            self.changed_view()

    def pan(self, views: float) -> None:
        """Go ``views`` widths of the view forward."""
        self.time.pan(views * self.time.span)
        self.changed_view()

    def show_from(self, seconds: float) -> None:
        """Show as much as now, from another time on."""
        self.time.pan(seconds - self.time.start)
        self.changed_view()

    def page_left(self) -> None:
        self.pan(-PAGE)

    def page_right(self) -> None:
        self.pan(PAGE)

    def toggle_hidden(self) -> None:
        """Hide the regions, or show them."""
        self.hidden = not self.hidden
        self.update()
