"""The regions that were found, as small spectrograms: thousands are looked through so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractItemView

from workbench.core.text import tr
from workbench.gui.label.sounds.spectrogram_thumbs import Excerpt, SpectrogramThumbs
from workbench.gui.predict.regions.region_list import ListedRegion, RegionList
from workbench.gui.results.card_view import GAP, PAD, CardDelegate, CardView
from workbench.gui.style import tokens
from workbench.gui.style.painting import small
from workbench.gui.style.theme import Theme
from workbench.gui.widgets.class_colors import ClassColors

TILE_WIDTH = 168
"""Least width of a picture with its frame, in logical pixels."""
PICTURE_HEIGHT = 84
CAPTION = 38
_VEIL_ALPHA = 150
_BAR = 3
"""Logical pixels of the line that says where in its picture a region is."""


class RegionGallery(CardView):
    """A picture for each region, all at one scale of time."""

    least_width = TILE_WIDTH

    def __init__(self, theme: Theme, found: RegionList, colors: ClassColors,
                 thumbs: SpectrogramThumbs, mark_of: Callable[[ListedRegion], bool | None]) -> None:
        super().__init__(theme)
        self.found, self.thumbs, self.mark_of = found, thumbs, mark_of
        self.playing: ListedRegion | None = None
        self.heard = -1.0
        """Seconds where the sound is, of the one that is played."""
        self.setModel(found)
        self.setItemDelegate(_Tiles(theme, colors, self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setAccessibleName(tr("Found regions, as spectrograms"))
        thumbs.ready.connect(self.viewport().update)
        colors.changed.connect(self.viewport().update)

    def card_height(self, width: int) -> int:
        return PICTURE_HEIGHT + CAPTION + 2 * PAD + GAP

    def show_playing(self, entry: ListedRegion | None, seconds: float = -1.0) -> None:
        """Draw where the sound is that is heard."""
        self.playing, self.heard = entry, seconds
        self.viewport().update()

    def excerpt_of(self, entry: ListedRegion) -> Excerpt:
        """What is drawn of a region: as many seconds as of the others, or all of a longer one."""
        region = entry.region
        span = max(self.found.seconds, region.end - region.start)
        start = max(0.0, (region.start + region.end - span) / 2)
        return Excerpt(Path(entry.item.file), start, start + span, to_scale=True)

    def paintEvent(self, event: QPaintEvent) -> None:
        for row in reversed(self.rows_in_view()):  # what is asked for last comes first
            self.thumbs.get(self.excerpt_of(self.found.entries[row]))
        super().paintEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            event.ignore()  # it plays, wherever one is
        else:
            super().keyPressEvent(event)


class _Tiles(CardDelegate):
    """Paints one spectrogram, and below it class, score and place."""

    def __init__(self, theme: Theme, colors: ClassColors, view: RegionGallery) -> None:
        super().__init__(theme, view)
        self._colors, self._gallery = colors, view

    def paint_card(self, painter: QPainter, inside: QRectF, row: int) -> None:
        entry = self._gallery.found.entries[row]
        area = QRectF(inside.left(), inside.top(), inside.width(), PICTURE_HEIGHT)
        color = self._colors.color(entry.region.label)
        self._paint_picture(painter, area, entry, color)
        line = QRectF(area.left(), area.bottom() + 2, area.width(), (CAPTION - 2) / 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawRoundedRect(QRectF(line.left(), line.center().y() - 4, 8, 8), 2, 2)
        painter.setFont(self.view.font())
        self.paint_line(painter, line.adjusted(14, 0, 0, 0), entry.region.label,
                        f"{entry.region.score:.2f}", self.theme.color("ink"))
        painter.setFont(small(self.view.font()))
        self.paint_line(painter, line.translated(0, line.height()), entry.item.place, entry.when,
                        self.theme.color("soft"))

    def _paint_picture(self, painter: QPainter, area: QRectF, entry: ListedRegion,
                       color: QColor) -> None:
        painter.fillRect(area, self.theme.color("canvas"))
        what = self._gallery.excerpt_of(entry)
        picture = self._gallery.thumbs.get(what)
        if isinstance(picture, str):
            self.paint_sentence(painter, area, picture)
            return
        if isinstance(picture, QImage):
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(area, picture)
        mark = self._gallery.mark_of(entry)
        if mark is not None:
            self._paint_mark(painter, area, mark)
        scale = area.width() / max(what.end - what.start, 1e-6)
        left = area.left() + (entry.region.start - what.start) * scale
        width = (entry.region.end - entry.region.start) * scale
        painter.fillRect(QRectF(left, area.bottom() - _BAR, max(width, 2.0), _BAR), color)
        if self._gallery.playing == entry and self._gallery.heard >= what.start:
            x = area.left() + (self._gallery.heard - what.start) * scale
            painter.setPen(QPen(QColor(tokens.ON_IMAGE), tokens.WIDTH_BOX))
            if x <= area.right():
                painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))

    def _paint_mark(self, painter: QPainter, area: QRectF, right: bool) -> None:
        """A sign in the corner; what is wrong is veiled, too."""
        if not right:
            veil = QColor(self.theme.color("panel"))
            veil.setAlpha(_VEIL_ALPHA)
            painter.fillRect(area, veil)
        side = tokens.ICON
        ground = QRectF(area.right() - side - 10, area.top() + 4, side + 6, side + 6)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.color("panel"))
        painter.drawEllipse(ground)
        self.theme.icon("check" if right else "close", "ok" if right else "bad").paint(
            painter, round(ground.left()) + 3, round(ground.top()) + 3, side, side)
