"""Painting what lies over the pictures: regions, proposals and the marked stretch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterStateGuard, QPen

from workbench.core.annotation import LabeledObject
from workbench.gui.label.sounds.editor import ClipEditor
from workbench.gui.label.sounds.pointer import PointerTool
from workbench.gui.label.sounds.time_canvas import GUTTER, TimeCanvas
from workbench.gui.style import tokens
from workbench.gui.style.painting import small
from workbench.gui.style.theme import Theme
from workbench.gui.widgets.class_colors import ClassColors, ink_on

TAB_HEIGHT = 16
FILL, FILL_SELECTED, STRETCH_FILL = 24, 56, 46
"""Opacity of areas, of 255."""


_NARROW = 3.0
"""Logical pixels: what is narrower has no outline and no name, and is painted many at once."""
_FEW = 50
"""So many selected ones are painted singly, with handles, however narrow they are."""
_AROUND = 8
"""Logical pixels by which handles and outlines reach beyond a region."""


class Marks:
    """Paints over the canvas, only what lies in the part that is painted: a long recording has
    thousands of regions in view, and the cursor moves over them sixty times a second."""

    def __init__(self, canvas: TimeCanvas, editor: ClipEditor, pointer: PointerTool, theme: Theme,
                 colors: ClassColors) -> None:
        self._canvas, self._pointer, self._editor = canvas, pointer, editor
        self._theme = theme
        self._colors = colors
        self._from = self._to = 0.0  # seconds of what is painted

    def paint(self, painter: QPainter, area: QRect) -> None:
        canvas = self._canvas
        with QPainterStateGuard(painter):
            painter.setClipRect(canvas.wave_rect.united(canvas.spectrum_rect).intersected(area))
            self._from = canvas.time.seconds(area.left() - _AROUND - GUTTER)
            self._to = canvas.time.seconds(area.right() + _AROUND - GUTTER)
            self._paint_stretch(painter)
            self._paint_ghosts(painter)
            painter.setFont(small(canvas.font()))
            self._paint_suggested(painter)
            selected = set(self._editor.selection)
            shown = list(self._shown())
            least = _NARROW * canvas.time.seconds_per_pixel
            single = selected if len(selected) <= _FEW else frozenset[int]()
            narrow = {at for at, region in shown
                      if region.end - region.start < least and at not in single}
            for chosen, opacity in ((False, FILL), (True, FILL_SELECTED)):
                self._paint_narrow(painter, [region for at, region in shown if at in narrow
                                             and (at in selected) == chosen], opacity)
            for at, region in shown:
                if at not in narrow:
                    self._paint_region(painter, region, at in selected)

    def _shown(self) -> Iterator[tuple[int, LabeledObject]]:
        """Parts in the painted area as they stand while one is dragged; the selected ones last, on
        top."""
        first, last, drag = self._from, self._to, self._pointer.preview
        regions = self._editor.objects
        selected = set(self._editor.selection)
        on_top = []
        for at in self._editor.parts:
            region = drag.get(at) or regions[at]
            span = region.region
            if span.end >= first and span.start <= last:
                if at in selected:
                    on_top.append((at, region))
                else:
                    yield at, region
        yield from on_top
        if -1 in drag:
            yield -1, drag[-1]

    def _paint_narrow(self, painter: QPainter, regions: Sequence[LabeledObject],
                      opacity: int) -> None:
        """Regions of a few pixels; of those on one pixel the last one is seen."""
        wave, width = QRectF(self._canvas.wave_rect), self._canvas.time.seconds_per_pixel
        seen = {(int(item.start / width), item.low, item.high): item for item in regions}
        found: dict[str, list[QRectF]] = {}
        for item in seen.values():
            found.setdefault(item.label, []).append(self._canvas.rect_of(item))
        painter.setPen(Qt.PenStyle.NoPen)
        for label, rects in found.items():
            color = self._colors.color(label) if label else self._theme.color("soft")
            painter.setBrush(color)
            painter.drawRects(rects)
            fill = QColor(color)
            fill.setAlpha(opacity)
            painter.setBrush(fill)
            painter.drawRects([QRectF(rect.left(), wave.top(), rect.width(), wave.height())
                               for rect in rects])

    def _paint_region(self, painter: QPainter, region: LabeledObject, selected: bool) -> None:
        color = self._colors.color(region.label) if region.label else self._theme.color("soft")
        rect = self._canvas.rect_of(region)
        fill = QColor(color)
        fill.setAlpha(FILL_SELECTED if selected else FILL)
        width = tokens.WIDTH_BOX_ACTIVE if selected else tokens.WIDTH_BOX
        wave = QRectF(self._canvas.wave_rect)
        painter.fillRect(QRectF(rect.left(), wave.top(), rect.width(), wave.height()), fill)
        painter.setBrush(fill)
        painter.setPen(QPen(color, width))
        painter.drawRect(rect.adjusted(width / 2, width / 2, -width / 2, -width / 2))
        if region.label:
            self._paint_tab(painter, region.label, rect, color)
        if selected:
            self._paint_handles(painter, rect, color, banded=region.low is not None)

    def _paint_tab(self, painter: QPainter, name: str, rect: QRectF, color: QColor) -> None:
        metrics = painter.fontMetrics()
        room = max(0.0, rect.width() - 4)
        left = max(rect.left(), float(self._canvas.spectrum_rect.left()))
        words = metrics.elidedText(name, Qt.TextElideMode.ElideRight, int(room))
        if room < 3 * tokens.SPACE_XS or not words:
            return
        width = metrics.horizontalAdvance(words) + 2 * tokens.SPACE_S
        tab = QRectF(left, rect.top(), min(width, rect.right() - left), TAB_HEIGHT)
        painter.fillRect(tab, color)
        painter.setPen(ink_on(color))
        painter.drawText(tab, Qt.AlignmentFlag.AlignCenter, words)

    def _paint_handles(self, painter: QPainter, rect: QRectF, color: QColor, *,
                       banded: bool) -> None:
        half = tokens.HANDLE / 2
        middle = rect.center()
        places = [(rect.left(), middle.y()), (rect.right(), middle.y())]
        if banded:
            places += [(middle.x(), rect.top()), (middle.x(), rect.bottom())]
        painter.setPen(QPen(color, 1))
        painter.setBrush(QColor(tokens.ON_IMAGE))
        for x, y in places:
            painter.drawRect(QRectF(x - half, y - half, tokens.HANDLE, tokens.HANDLE))

    def _paint_ghosts(self, painter: QPainter) -> None:
        """Proposals: thin and broken, on both pictures."""
        if not self._editor.ghosts:
            return
        canvas = self._canvas
        name = self._editor.current_class
        color = self._colors.color(name) if name else QColor(tokens.ON_IMAGE)
        fill = QColor(color)
        fill.setAlpha(FILL)
        painter.setPen(QPen(color, 1, Qt.PenStyle.DashLine))
        painter.setBrush(fill)
        for start, end in self._editor.ghosts:
            if end < self._from or start > self._to:
                continue
            left, width = canvas.x_of(start), canvas.x_of(end) - canvas.x_of(start)
            for rect in (canvas.wave_rect, canvas.spectrum_rect):
                painter.drawRect(QRectF(left, rect.top() + .5, max(1.0, width), rect.height() - 1))

    def _paint_suggested(self, painter: QPainter) -> None:
        """What a model suggests: broken, with its score; the one that keys are about is filled."""
        canvas, controller = self._canvas, self._editor.suggestions
        for at, item in enumerate(controller.shown):
            start, _, end, _ = item.box
            if end < self._from or start > self._to:
                continue
            color, pointed = self._colors.color(item.label), at == controller.pointed
            rect = canvas.rect_of(item.labeled())
            fill = QColor(color)
            fill.setAlpha(FILL_SELECTED if pointed else 0)
            painter.setBrush(fill)
            width = tokens.WIDTH_BOX_ACTIVE if pointed else tokens.WIDTH_BOX
            painter.setPen(QPen(color, width, Qt.PenStyle.DashLine))
            painter.drawRect(rect.adjusted(width / 2, width / 2, -width / 2, -width / 2))
            self._paint_tab(painter, f"{item.label} {item.score:.2f}", rect, color)

    def _paint_stretch(self, painter: QPainter) -> None:
        """The marked stretch, from the top to the bottom."""
        stretch = self._pointer.stretch or self._editor.stretch
        if stretch is None:
            return
        canvas = self._canvas
        left, right = canvas.x_of(stretch[0]), canvas.x_of(stretch[1])
        wash = self._theme.color("accent")
        wash.setAlpha(STRETCH_FILL)
        for rect in (canvas.wave_rect, canvas.spectrum_rect):
            painter.fillRect(QRectF(left, rect.top(), right - left, rect.height()), wash)
        painter.setPen(QPen(self._theme.color("accent"), 1))
        for x in (left, right):
            painter.drawLine(int(x), canvas.wave_rect.top(), int(x), canvas.wave_rect.bottom())
