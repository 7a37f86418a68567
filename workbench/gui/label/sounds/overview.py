"""The whole clip in a strip over the pictures, and which part of it they show."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QWheelEvent
from PySide6.QtWidgets import QScrollBar, QSizePolicy, QWidget

from workbench.core.text import tr
from workbench.gui.label.sounds import picture
from workbench.gui.label.sounds.picture import Stretch
from workbench.gui.label.sounds.spectrum_canvas import SpectrumCanvas
from workbench.gui.label.sounds.time_canvas import GUTTER
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets.class_colors import ClassColors

HEIGHT = 36
MARK = 3
"""Height of the line that stands for a region."""
LONG_SECONDS = 15.0
"""Clips that last longer have the strip."""
STEPS = 1_000_000
"""Of the scroll bar, for a whole clip."""


Spans = Callable[[], Iterable[tuple[float, float, str]]]
"""Gives the regions of a clip: seconds from and to, and the class."""


class Overview(QWidget):
    """Waveform and regions of the whole clip; the part in view is framed and can be dragged."""

    def __init__(self, canvas: SpectrumCanvas, spans: Spans, theme: Theme,
                 colors: ClassColors) -> None:
        super().__init__()
        self._canvas = canvas
        self._spans = spans
        self._theme = theme
        self._colors = colors
        self._wave: QPixmap | None = None
        self._grip: float | None = None  # seconds between the frame's start and the pointer
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Overview of the sound"))
        self.setToolTip(tr("The whole sound. Drag the frame, or click to go there."))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        canvas.view_changed.connect(self.update)
        canvas.source.ready.connect(self._refresh)
        canvas.source.opened.connect(self._opened)
        theme.changed.connect(self._refresh)
        self.hide()

    @property
    def frame(self) -> QRectF:
        """The part in view."""
        time = self._canvas.time
        left, right = self._x(time.start), self._x(time.end)
        return QRectF(left, 0.5, max(right - left, 4.0), self.height() - 1)

    def _opened(self) -> None:
        self.setVisible(self._canvas.time.duration > LONG_SECONDS)
        self._refresh()

    def _refresh(self) -> None:
        self._wave = None
        self.update()

    # --- where things are -----------------------------------------------------------------------

    def _x(self, seconds: float) -> float:
        share = seconds / max(self._canvas.time.duration, 1e-6)
        return GUTTER + share * (self.width() - GUTTER)

    def _seconds(self, x: float) -> float:
        return (x - GUTTER) / max(1, self.width() - GUTTER) * self._canvas.time.duration

    # --- painting -------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            if self._canvas.source.info is not None:
                wave = self._made_wave()
                if wave is not None:
                    painter.drawPixmap(GUTTER, 0, wave)
                self._paint_regions(painter)
                shade = QColor(self._theme.color("accent"))
                painter.setPen(QPen(shade, 1))
                shade.setAlpha(40)
                painter.setBrush(shade)
                painter.drawRect(self.frame)

    def _made_wave(self) -> QPixmap | None:
        ratio = self.devicePixelRatioF()
        width = round((self.width() - GUTTER) * ratio)
        if self._wave is None or self._wave.width() != width:
            source = self._canvas.source
            assert source.info is not None
            columns = picture.wave_columns(source, Stretch(0, source.info.frames, max(1, width)))
            if columns is None:
                return None
            self._wave = QPixmap.fromImage(picture.wave_image(
                columns, round((self.height() - MARK) * ratio), self._theme.color("soft"),
                picture.gain_of(source)))
            self._wave.setDevicePixelRatio(ratio)
        return self._wave

    def _paint_regions(self, painter: QPainter) -> None:
        for start, end, label in self._spans():
            left = self._x(start)
            color = self._colors.name(label) if label else "faint"
            painter.fillRect(QRectF(left, self.height() - MARK,
                                    max(1.0, self._x(end) - left), MARK),
                             self._theme.color(color))

    # --- the mouse ------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._canvas.source.info is None:
            return
        time, at = self._canvas.time, self._seconds(event.position().x())
        inside = self.frame.contains(event.position())
        self._grip = at - time.start if inside else time.span / 2
        self._canvas.show_from(at - self._grip)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grip is not None:
            self._canvas.show_from(self._seconds(event.position().x()) - self._grip)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grip = None

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._canvas.pan(-event.angleDelta().y() / 1200)

    def minimumSizeHint(self) -> QSize:
        return QSize(tokens.LIST_PANEL_WIDTH // 2, HEIGHT)


class TimeBar(QScrollBar):
    """The scroll bar below the pictures; it has its place also where everything is in view, so
    that nothing moves when one zooms."""

    def __init__(self, canvas: SpectrumCanvas) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._canvas = canvas
        self._quiet = False
        self.setAccessibleName(tr("Part of the sound that is shown"))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        canvas.view_changed.connect(self._follow)
        canvas.source.opened.connect(self._follow)
        self.valueChanged.connect(self._moved)
        self._follow()

    def _follow(self) -> None:
        time = self._canvas.time
        share = min(1.0, time.span / max(time.duration, 1e-6)) if time.duration else 1.0
        page = max(1, round(STEPS * share))
        self._quiet = True
        self.setRange(0, STEPS - page)
        self.setPageStep(page)
        self.setSingleStep(max(1, page // 10))
        self.setValue(round(STEPS * time.start / max(time.duration, 1e-6)))
        self._quiet = False

    def _moved(self, value: int) -> None:
        if not self._quiet:
            self._canvas.show_from(value / STEPS * self._canvas.time.duration)
