"""The spectrogram of a recording with the regions that were found in it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPainterStateGuard, QPen
from PySide6.QtWidgets import QToolTip

from workbench.core.text import tr
from workbench.extension.predictions import RegionInSound
from workbench.gui.label.sounds.clip_source import ClipSource
from workbench.gui.label.sounds.marks import FILL, FILL_SELECTED, TAB_HEIGHT
from workbench.gui.label.sounds.spectrum_canvas import SpectrumCanvas
from workbench.gui.label.sounds.time_canvas import GUTTER
from workbench.gui.predict.regions.lanes import Lanes
from workbench.gui.predict.regions.region_list import extent_words
from workbench.gui.style import tokens
from workbench.gui.style.painting import small
from workbench.gui.style.theme import Theme
from workbench.gui.widgets.class_colors import ClassColors, ink_on

_NARROW = 3.0
"""Logical pixels: what is narrower is a tick at the upper edge, of this height:"""
_TICK = 8
_SIGNS: dict[bool | None, str] = {True: "✓ ", False: "✗ ", None: ""}
_AROUND = 8
_SLOP = 4
"""Logical pixels that the mouse moves before a press becomes a drag."""


class RegionCanvas(SpectrumCanvas):
    """Shows regions, of which one is chosen: a click chooses one or puts the cursor, a drag moves
    along."""

    chosen = Signal(int)
    """(position) a region was clicked."""
    zoomed = Signal()
    """A person chose how much is shown."""

    def __init__(self, source: ClipSource, theme: Theme, colors: ClassColors) -> None:
        super().__init__(source, theme)
        self._class_colors = colors
        self.regions: Sequence[RegionInSound] = ()
        self._marks: Sequence[bool | None] = ()
        self._starts: list[float] = []
        self._longest_part = 0.0  # seconds
        self.current = -1
        self.lanes = Lanes(self, colors)
        """What other models found."""
        self._grip: QPointF | None = None
        self._moved = False
        colors.changed.connect(self.update)

    def show_regions(self, regions: Sequence[RegionInSound], marks: Sequence[bool | None]) -> None:
        """Show these, by their beginning, and whether each was said to be right."""
        self.regions, self._marks = regions, marks
        self._starts = [region.start for region in regions]
        self._longest_part = max((region.end - region.start for region in regions), default=0.0)
        self.update()

    def set_current(self, current: int) -> None:
        """One of them is chosen, or none (-1)."""
        self.current = current
        self.update()

    @property
    def held(self) -> bool:
        return self._moved

    # --- where they are -------------------------------------------------------------------------

    def _between(self, first: float, last: float) -> range:
        """Positions of those that may be heard between two times."""
        low = bisect_left(self._starts, first - self._longest_part)
        return range(low, bisect_left(self._starts, last, lo=low))

    def region_at(self, point: QPointF) -> int:
        """Position of the region under ``point``, on either picture; -1 for none."""
        if self.lanes.words_at(point):
            return -1
        spectrum, wave = QRectF(self.spectrum_rect), QRectF(self.wave_rect)
        x, slack = point.x(), 2 * self.time.seconds_per_pixel
        if not (spectrum.contains(point) or wave.contains(point)):
            return -1
        seconds = self.time.seconds(x - GUTTER)
        under = []
        for at in self._between(seconds - slack, seconds + slack):
            place = self.rect_of(self.regions[at])
            if place.left() - 2 <= x <= place.right() + 2 and (
                    wave.contains(point) or place.top() <= point.y() <= place.bottom()):
                under.append((place.width() * place.height(), at))
        return min(under)[1] if under else -1  # the smallest could not be reached otherwise

    # --- painting -------------------------------------------------------------------------------

    def paint_over(self, painter: QPainter, area: QRect) -> None:
        with QPainterStateGuard(painter):
            painter.setClipRect(self.wave_rect.united(self.spectrum_rect).intersected(area))
            painter.setFont(small(self.font()))
            first = self.time.seconds(area.left() - _AROUND - GUTTER)
            last = self.time.seconds(area.right() + _AROUND - GUTTER)
            for at in self._between(first, last):
                if at != self.current:
                    self._paint_region(painter, at, chosen=False)
            if 0 <= self.current < len(self.regions):
                self._paint_region(painter, self.current, chosen=True)
            self.lanes.paint(painter)

    def _paint_region(self, painter: QPainter, at: int, *, chosen: bool) -> None:
        region = self.regions[at]
        color, place = self._class_colors.color(region.label), self.rect_of(region)
        if place.width() < _NARROW and not chosen:  # thousands would hide the sound
            top = float(self.spectrum_rect.top())
            painter.fillRect(QRectF(place.left(), top, max(place.width(), 1.5), _TICK), color)
            return
        wave = QRectF(self.wave_rect)
        fill = QColor(color)
        fill.setAlpha(FILL_SELECTED if chosen else FILL)
        painter.fillRect(QRectF(place.left(), wave.top(), place.width(), wave.height()), fill)
        width = tokens.WIDTH_BOX_ACTIVE if chosen else tokens.WIDTH_BOX
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(color, width, Qt.PenStyle.SolidLine if chosen
                            else Qt.PenStyle.DashLine))
        painter.drawRect(place.adjusted(width / 2, width / 2, -width / 2, -width / 2))
        self._paint_tab(painter, at, place, color, chosen=chosen)

    def _paint_tab(self, painter: QPainter, at: int, place: QRectF, color: QColor, *,
                   chosen: bool) -> None:
        """Class and score over the upper edge, and what was said of it, as far as there is room; of
        the chosen one in any case."""
        metrics, region = painter.fontMetrics(), self.regions[at]
        words = f"{_SIGNS[self._marks[at]]}{region.label} {region.score:.2f}"
        wanted = metrics.horizontalAdvance(words) + 2 * tokens.SPACE_S
        left = max(place.left(), float(self.spectrum_rect.left()))
        room = wanted if chosen else min(wanted, place.right() - left)
        if room < 3 * tokens.SPACE_S:
            return
        left = min(left, self.width() - room) if chosen else left
        tab = QRectF(left, max(float(self.spectrum_rect.top()), place.top() - TAB_HEIGHT), room,
                     TAB_HEIGHT)
        painter.fillRect(tab, color)
        painter.setPen(ink_on(color))
        painter.drawText(tab, Qt.AlignmentFlag.AlignCenter, metrics.elidedText(
            words, Qt.TextElideMode.ElideRight, int(room - tokens.SPACE_XS)))

    # --- the mouse ------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if event.button() == Qt.MouseButton.LeftButton and self.source.info is not None:
            self._grip, self._moved = event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        grip = self._grip
        if grip is None:
            self.setCursor(Qt.CursorShape.PointingHandCursor
                           if self.region_at(event.position()) >= 0 else Qt.CursorShape.ArrowCursor)
            return
        step = event.position().x() - grip.x()
        if self._moved or abs(step) > _SLOP:
            self._moved, self._grip = True, event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self.time.pan(-step * self.time.seconds_per_pixel)
            self.changed_view()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._grip is None:
            return
        self._grip, moved = None, self._moved
        self._moved = False
        if moved:
            self.unsetCursor()
        elif (at := self.region_at(event.position())) >= 0:
            self.chosen.emit(at)
        elif event.position().x() >= GUTTER:
            self.sought.emit(self.time_at(event.position().x()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)

    def zoom(self, factor: float, at: float | None = None) -> None:
        super().zoom(factor, at)
        self.zoomed.emit()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            at = self.region_at(QPointF(event.pos()))
            if words := self.lanes.words_at(QPointF(event.pos())):
                QToolTip.showText(event.globalPos(), words, self)
            elif at >= 0:
                region = self.regions[at]
                QToolTip.showText(event.globalPos(), tr(
                    "{label} {score:.2f}\n{extent}\nClick to hear it", label=region.label,
                    score=region.score, extent=extent_words(region)), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)
