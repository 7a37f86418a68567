"""The waveform over the spectrogram, with one time axis and one cursor: what is seen of a sound,
whatever lies over it.

What changes rarely (the pictures and the axes) is painted once into a pixmap; regions, marks and
the cursor are painted over it, so that a moving cursor costs next to nothing.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy

from workbench.core.text import tr
from workbench.gui.label.sounds import picture
from workbench.gui.label.sounds.clip_source import ClipSource
from workbench.gui.label.sounds.display import DisplaySettings
from workbench.gui.label.sounds.picture import Stretch
from workbench.gui.label.sounds.tiles import decibel_of
from workbench.gui.label.sounds.time_canvas import AXIS_HEIGHT, GUTTER, TimeCanvas
from workbench.gui.label.sounds.time_view import clock_words, tick_step
from workbench.gui.style import tokens
from workbench.gui.style.painting import LEFT, RIGHT, small
from workbench.gui.style.theme import Theme
from workbench.gui.widgets.pinch import pinched

WHEEL_FACTOR = 1.2
RESTS_MS, LONGEST_MS = 40, 160
"""New tiles are asked for when the view has rested for so long, or after so long without rest: what
flies past is not worth the work, which would be felt at the wheel."""
FREQUENCIES = (50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000)


class SpectrumCanvas(TimeCanvas):
    """Shows the clip of a source; a subclass paints over it what was labelled or found."""

    pointed = Signal(float, float, float)
    """(seconds, Hz, dB) under the pointer, or (-1, -1, 0) where it has left; Hz is -1 on the
    waveform."""

    def __init__(self, source: ClipSource, theme: Theme) -> None:
        super().__init__(source)
        self.display = DisplaySettings()
        self.scene_paints = 0
        """How often the pictures were made anew; for tests and benchmarks."""
        self._theme = theme
        self._scene: QPixmap | None = None
        self._palette: list[int] = []
        self._palette_for: tuple[DisplaySettings, int | None] | None = None
        self._resting = QTimer(self, singleShot=True, interval=RESTS_MS)
        self._resting.timeout.connect(self._ask)
        self._longest = QTimer(self, singleShot=True, interval=LONGEST_MS)
        self._longest.timeout.connect(self._ask)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setAccessibleName(tr("Waveform and spectrogram"))
        source.ready.connect(self.refresh)
        source.opened.connect(self._opened)
        theme.changed.connect(self.refresh)

    def minimumSizeHint(self) -> QSize:
        return QSize(tokens.LIST_PANEL_WIDTH, tokens.SIDE_PANEL_WIDTH)

    # --- what is shown --------------------------------------------------------------------------

    def clip_changed(self, name: str) -> None:
        """Another clip is opened, or none for the name ""."""
        self._wanted = None
        self.playhead = 0.0
        self.setAccessibleName(tr("Waveform and spectrogram of {name}", name=name) if name else
                               tr("Waveform and spectrogram"))
        self.refresh()

    def paint_over(self, painter: QPainter, area: QRect) -> None:
        """Paint what lies over the pictures, in ``area``."""

    @property
    def held(self) -> bool:
        """Whether something is dragged, so that the page must not turn."""
        return False

    def _opened(self) -> None:
        info = self.source.info
        assert info is not None
        self.source.set_settings(self.display.settings(info.sample_rate))
        self.time.set_clip(info.duration, info.sample_rate)
        self.time.width = max(1, self.wave_rect.width())
        if self._wanted is not None:
            self.time.show(*self._wanted)
        self.changed_view()
        self._ask()

    def set_display(self, display: DisplaySettings) -> None:
        """Show the spectrogram in another way."""
        self.display = display
        if self.source.info is not None:
            self.source.set_settings(display.settings(self.source.info.sample_rate))
        self._ask()
        self.refresh()

    def set_playhead(self, seconds: float, *, follow: bool = False) -> None:
        """Put the cursor somewhere; ``follow`` turns the page where it leaves the view."""
        before, self.playhead = self.x_of(self.playhead), seconds
        if follow and not self.held and self.time.follow(seconds):
            self.changed_view()
            return
        for x in (before, self.x_of(seconds)):
            self.update(QRect(math.floor(x) - 2, 0, 5, self.height()))

    def changed_view(self) -> None:
        """Another stretch is shown: ask for it, paint it, tell."""
        self._resting.start()
        if not self._longest.isActive():
            self._longest.start()
        self.refresh()
        self.view_changed.emit()

    def refresh(self) -> None:
        """Make the pictures anew with the next paint."""
        self._scene = None
        self.update()

    def _ask(self) -> None:
        """Ask for what the view lacks."""
        self._resting.stop()
        self._longest.stop()
        stretch = self.stretch
        self.source.want(picture.wanted_tiles(self.source, stretch),
                         picture.wanted_blocks(self.source, stretch))

    @property
    def stretch(self) -> Stretch:
        """What is shown, in samples and device pixels."""
        rate = self.sample_rate
        width = round(self.wave_rect.width() * self.devicePixelRatioF())
        return Stretch(self.time.start * rate, self.time.end * rate, max(1, width))

    @property
    def seen(self) -> bool:
        """Whether something is known of the spectrogram in view."""
        return picture.spectrum_bytes(self.source, self.stretch) is not None

    @property
    def complete(self) -> bool:
        """Whether everything in view is there in full."""
        source, stretch = self.source, self.stretch
        if source.info is None or source.pyramid is None or source.busy or self._resting.isActive():
            return False
        tiles = picture.wanted_tiles(source, stretch)
        return all(source.tile(id) is not None for id in tiles)

    # --- painting -------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._scene is None:
            self._scene = self._paint_scene()
        with QPainter(self) as painter:
            painter.drawPixmap(0, 0, self._scene)
            if self.source.info is not None:
                if not self.hidden:
                    self.paint_over(painter, event.rect())
                self._paint_cursor(painter)
            if self.hasFocus():
                painter.setPen(QPen(self._theme.color("accent"), tokens.FOCUS_WIDTH))
                painter.drawLine(0, self.height() - 1, self.width(), self.height() - 1)

    def _paint_cursor(self, painter: QPainter) -> None:
        x = round(self.x_of(self.playhead))
        if not GUTTER <= x <= self.width():
            return
        painter.setPen(QPen(self._theme.color("bad"), 1.5))
        wave, spectrum = self.wave_rect, self.spectrum_rect
        painter.drawLine(x, wave.top(), x, wave.bottom())
        painter.setPen(QPen(QColor(tokens.ON_IMAGE), 1.5))
        painter.drawLine(x, spectrum.top(), x, spectrum.bottom())

    def _paint_scene(self) -> QPixmap:
        self.scene_paints += 1
        ratio = self.devicePixelRatioF()
        scene = QPixmap(self.size() * ratio)
        scene.setDevicePixelRatio(ratio)
        scene.fill(self._theme.color("panel"))
        with QPainter(scene) as painter:
            stretch = self.stretch
            if self.source.info is not None:
                self._paint_wave(painter, stretch, ratio)
                self._paint_spectrum(painter, stretch)
                self._paint_times(painter)
                self._paint_frequencies(painter)
            else:
                painter.fillRect(self.spectrum_rect, self._theme.color("canvas"))
        return scene

    def _paint_wave(self, painter: QPainter, stretch: Stretch, ratio: float) -> None:
        rect = self.wave_rect
        painter.setPen(self._theme.color("line"))
        painter.drawLine(rect.left(), rect.center().y(), rect.right(), rect.center().y())
        columns = picture.wave_columns(self.source, stretch)
        if columns is None:
            return
        image = picture.wave_image(columns, round(rect.height() * ratio),
                                   self._theme.color("accent"), picture.gain_of(self.source))
        image.setDevicePixelRatio(ratio)
        painter.drawImage(rect.topLeft(), image)

    def _paint_spectrum(self, painter: QPainter, stretch: Stretch) -> None:
        rect = self.spectrum_rect
        values = picture.spectrum_bytes(self.source, stretch)
        palette = self._colors()
        painter.fillRect(rect, QColor(palette[0]))
        if values is None:
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(rect, picture.spectrum_image(values, palette))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)

    def _colors(self) -> list[int]:
        loudest = picture.loudest_byte(self.source)
        wanted = (self.display, loudest)
        if self._palette_for != wanted:
            self._palette_for = wanted
            self._palette = self.display.palette(0.0 if loudest is None else decibel_of(loudest))
        return self._palette

    def _paint_times(self, painter: QPainter) -> None:
        painter.setFont(small(self.font()))
        painter.setPen(self._theme.color("soft"))
        top = self.height() - AXIS_HEIGHT
        metrics = painter.fontMetrics()
        step = tick_step(self.time.span, self.wave_rect.width() / 84)
        number = math.ceil(self.time.start / step - 1e-9)
        last_right = -1.0
        while number * step <= self.time.end + 1e-9:
            seconds = number * step
            x = self.x_of(seconds)
            words = clock_words(seconds, step) + (" s" if self.time.end < 60 and not number else "")
            width = metrics.horizontalAdvance(words)
            left = min(max(x - width / 2, GUTTER), self.width() - width)
            if left > last_right + tokens.SPACE_S:
                painter.drawLine(QPointF(x, top), QPointF(x, top + 3))
                painter.drawText(QRectF(left, top + 3, width + 2, AXIS_HEIGHT - 3), LEFT, words)
                last_right = left + width
            number += 1

    def _paint_frequencies(self, painter: QPainter) -> None:
        painter.setFont(small(self.font()))
        rect = self.spectrum_rect
        height = painter.fontMetrics().height()
        last = float(rect.bottom() + height)
        for frequency in self._frequencies():
            y = self.y_of(frequency)
            if last - y < height + 2 or y < rect.top() + height / 2:
                continue
            words = f"{frequency / 1000:g} k" if frequency >= 1000 else f"{frequency:g}"
            painter.drawText(QRectF(0, y - height / 2, GUTTER - 8, height), RIGHT, words)
            painter.drawLine(QPointF(GUTTER - 4, y), QPointF(GUTTER - 1, y))
            last = y
        # above the spectrogram, as the highest number may stand right at its upper edge
        painter.drawText(QRectF(0, rect.top() - height, GUTTER - 8, height), RIGHT, tr("Hz"))

    def _frequencies(self) -> list[float]:
        half = self.sample_rate / 2
        if self.source.settings.scale != "linear":
            return [value for value in FREQUENCIES if value < half]
        step = tick_step(half, self.spectrum_rect.height() / 40)
        return [number * step for number in range(1, int(half / step) + 1)]

    # --- the mouse ------------------------------------------------------------------------------

    def point_at(self, position: QPointF) -> None:
        """Tell what is under the pointer."""
        x, y = position.x(), position.y()
        if self.source.info is None or x < GUTTER or self.time.seconds(x - GUTTER) \
                > self.time.duration:
            self.pointed.emit(-1.0, -1.0, 0.0)
        elif self.spectrum_rect.contains(position.toPoint()):
            self.pointed.emit(self.time_at(x), self.frequency_at(y), self._decibel_at(x, y))
        else:
            self.pointed.emit(self.time_at(x), -1.0, 0.0)

    def _decibel_at(self, x: float, y: float) -> float:
        rate = self.sample_rate
        sample = self.time.seconds(x - GUTTER) * rate
        values = picture.spectrum_bytes(
            self.source, Stretch(sample, sample + self.stretch.per_pixel, 1))
        if values is None:
            return decibel_of(0)
        rect = self.spectrum_rect
        row = int((y - rect.top()) / max(1, rect.height()) * len(values))
        return decibel_of(int(values[min(max(row, 0), len(values) - 1), 0]))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.point_at(event.position())

    def event(self, event: QEvent) -> bool:
        pinch = pinched(event)
        if pinch is not None and self.source.info is not None:
            self.zoom(1 / pinch[0], self._seconds_under(pinch[1]))
            return True
        return super().event(event)

    def _seconds_under(self, point: QPointF) -> float:
        return self.time.seconds(max(0.0, point.x() - GUTTER))

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.source.info is None:
            return
        delta = event.angleDelta()
        sideways = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if abs(delta.x()) > abs(delta.y()) or sideways:
            steps = (delta.x() or delta.y()) / 120
            self.pan(-steps * 0.12)
        elif delta.y():
            self.zoom(WHEEL_FACTOR ** (-delta.y() / 120), self._seconds_under(event.position()))
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.pointed.emit(-1.0, -1.0, 0.0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.time.width = max(1, self.wave_rect.width())
        self.changed_view()
