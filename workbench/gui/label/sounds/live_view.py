"""The scrolling spectrogram of what is heard just now, with the classes that lit up over it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QWidget

from workbench.core.text import tr
from workbench.gui.label.sounds.display import DisplaySettings
from workbench.gui.label.sounds.tiles import HIGHEST_DB, LOWEST_DB, decibel_of
from workbench.gui.style import tokens
from workbench.gui.style.painting import CENTER, small, write
from workbench.gui.style.theme import Theme
from workbench.gui.widgets.class_colors import ClassColors, ink_on
from workbench.media.sounds.clip import Waveform
from workbench.media.sounds.live_spectrogram import COLUMNS_PER_SECOND, LiveSpectrogram
from workbench.media.sounds.spectrogram import usual_fft

SECONDS = 6
BINS = 96
HEIGHT = 104
TAG_HEIGHT = 16
TAG_ROWS = 3
LINE = 3
"""Height of the line that says how long a class was lit, in logical pixels."""
CROWDED = 1.5
"""Seconds between two tags below which the second goes into the next row."""
TOGETHER = 0.2
"""Seconds between two looks at one class that still are one lighting up."""
TICK_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Lit:
    """Class ``label`` was heard from ``start`` to ``end``, in seconds of the stream.

    ``row`` is where its tag stands, chosen once, so that tags scroll and never hop.
    """

    label: str
    start: float
    end: float
    row: int = 0


class LiveSpectrogramView(QWidget):
    """Paints the newest seconds, the newest at the right.

    A chunk is transformed once and lands in a ring; the picture lies on the ring's memory, and
    painting draws its two halves. Nothing is computed anew when it scrolls.
    """

    def __init__(self, theme: Theme, colors: ClassColors,
                 display: Callable[[], DisplaySettings]) -> None:
        super().__init__()
        self._theme, self._colors, self._display = theme, colors, display
        self.spectrogram: LiveSpectrogram | None = None
        """The numbers that are shown, None before anything was heard."""
        self._image = QImage()
        self._palette_for: tuple[DisplaySettings, int] | None = None
        self.lit: list[Lit] = []
        """Which classes lit up in the seconds that are shown, the newest last."""
        self.setFixedHeight(HEIGHT)
        self.setAccessibleName(tr("What is heard, as a spectrogram"))
        self.setToolTip(tr("The last {seconds} seconds, the newest at the right. A tag stands "
                           "where a class was recognised.", seconds=SECONDS))
        theme.changed.connect(self.update)
        colors.changed.connect(self.update)

    def begin(self, sample_rate: int) -> None:
        """A stream of ``sample_rate`` Hz starts; what was shown goes away."""
        display = self._display()
        settings = replace(display.settings(sample_rate), n_fft=usual_fft(sample_rate), bins=BINS)
        self.spectrogram = LiveSpectrogram(sample_rate, SECONDS * COLUMNS_PER_SECOND, settings,
                                     LOWEST_DB, HIGHEST_DB)
        values = self.spectrogram.values
        self._image = QImage(values.data, values.shape[1], values.shape[0], values.strides[0],
                             QImage.Format.Format_Indexed8)
        self._palette_for = None
        self.lit = []
        self.update()

    def clear(self) -> None:
        """Show nothing."""
        self.spectrogram, self._image, self.lit = None, QImage(), []
        self.update()

    def feed(self, waveform: Waveform) -> None:
        """Show float32 (channels, samples) that came just now."""
        live = self.spectrogram
        if live is None or not live.feed(waveform):
            return
        oldest = live.seconds - live.span
        self.lit = [item for item in self.lit if item.end >= oldest]
        self.update()

    def hear(self, seconds: float, label: str) -> None:
        """Class ``label`` is lit at ``seconds`` of the stream; "" for none."""
        if not label:
            return
        last = self.lit[-1] if self.lit else None
        if last is not None and last.label == label and seconds - last.end <= TOGETHER:
            self.lit[-1] = replace(last, end=seconds)
        else:
            crowded = last is not None and seconds - last.start < CROWDED
            row = (last.row + 1) % TAG_ROWS if last is not None and crowded else 0
            self.lit.append(Lit(label, seconds, seconds, row))
        self.setAccessibleDescription(tr("{label} at {seconds:.1f} seconds",
                                         label=label, seconds=seconds))
        self.update()

    # --- painting -------------------------------------------------------------------------------

    def x_of(self, seconds: float) -> float:
        """Where a time of the stream lies; the newest sound is at the right edge."""
        live = self.spectrogram
        if live is None:
            return float(self.width())
        return self.width() * (1 - (live.seconds - seconds) / live.span)

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            frame = QPainterPath()
            frame.addRoundedRect(QRectF(self.rect()), tokens.RADIUS_MARK, tokens.RADIUS_MARK)
            painter.setClipPath(frame)
            if self.spectrogram is None:
                painter.fillRect(self.rect(), self._theme.color("canvas"))
                return
            self._paint_sound(painter, self.spectrogram)
            painter.setFont(small(self.font()))
            self._paint_times(painter, self.spectrogram)
            self._paint_lit(painter)

    def _paint_sound(self, painter: QPainter, live: LiveSpectrogram) -> None:
        palette = self._colored(live)
        painter.fillRect(self.rect(), QColor.fromRgb(palette))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        # the oldest column lies just behind the newest: first from there to the ring's end
        cut = live.total % live.columns
        width, height = self.width(), self.height()
        seam = width * (live.columns - cut) / live.columns
        painter.drawImage(QRectF(0, 0, seam, height), self._image,
                          QRectF(cut, 0, live.columns - cut, BINS))
        if cut:
            painter.drawImage(QRectF(seam, 0, width - seam, height), self._image,
                              QRectF(0, 0, cut, BINS))

    def _colored(self, live: LiveSpectrogram) -> int:
        """Give the picture the colours that are chosen; what silence looks like."""
        wanted = (self._display(), live.loudest)
        if wanted != self._palette_for:
            self._palette_for = wanted
            display = wanted[0]
            # byte 0 is silence: it is never brighter than the darkest colour
            top = max(decibel_of(wanted[1]), LOWEST_DB - display.floor_db)
            self._image.setColorTable(display.palette(top))
        return self._image.color(0)

    def _paint_times(self, painter: QPainter, live: LiveSpectrogram) -> None:
        """Thin lines every two seconds, and how long ago that was."""
        metrics = painter.fontMetrics()
        ink = QColor(ink_on(QColor.fromRgb(self._image.color(0))))
        for ago in range(TICK_SECONDS, SECONDS, TICK_SECONDS):
            x = self.width() * (1 - ago / live.span)
            ink.setAlphaF(0.25)
            painter.setPen(ink)
            painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
            ink.setAlphaF(0.8)
            painter.setPen(ink)
            words = f"−{ago} s"
            painter.drawText(QPointF(x + tokens.SPACE_XS,
                                     self.height() - metrics.descent() - 2), words)

    def _paint_lit(self, painter: QPainter) -> None:
        metrics = painter.fontMetrics()
        for item in self.lit:
            color = self._colors.color(item.label)
            left = self.x_of(item.start)
            painter.fillRect(QRectF(left, 0, max(2.0, self.x_of(item.end) - left), LINE), color)
            width = min(metrics.horizontalAdvance(item.label) + 2 * tokens.SPACE_XS + 2,
                        self.width() / 3)
            # one that was heard just now would stick out at the right
            left = min(max(left, 0.0), self.width() - width)
            tag = QRectF(left, LINE + 2 + item.row * (TAG_HEIGHT + 2), width, TAG_HEIGHT)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            painter.drawRoundedRect(tag, tokens.RADIUS_MARK, tokens.RADIUS_MARK)
            edge = tokens.SPACE_XS - 1
            write(painter, tag.adjusted(edge, 0, -edge, 0), item.label, QColor(ink_on(color)),
                  CENTER)
