"""Masks by hand: a brush, an eraser, and filling what has the colour of a point."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from workbench.core.outlines import Mask
from workbench.core.text import tr
from workbench.gui.label.images.geometry import Point
from workbench.gui.label.images.outlines import MASK_ALPHA
from workbench.gui.label.images.tools import outer
from workbench.gui.style import tokens

if TYPE_CHECKING:
    from workbench.core.masks import Pixels
    from workbench.gui.label.images.canvas import Canvas

BRUSHES = frozenset({"brush", "eraser"})
"""Tools that have a size, and go on with the mask that is selected."""
TOLERANCE = 24
"""How far a colour (0 to 255) may be from that of the point that is filled from."""
_FASTER = 1.5


class Paint:
    """One stroke: it goes on with the selected mask or begins a new one; with Alt it erases."""

    cursor = Qt.CursorShape.BlankCursor
    erases = False

    def __init__(self, canvas: Canvas, start: Point,
                 modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        self._canvas = canvas
        self._add = not (self.erases or modifiers & Qt.KeyboardModifier.AltModifier)
        self._size = canvas.editor.brush_size
        self._points = [canvas.viewport.to_image(start)]
        self._index = selected_mask(canvas, None if self._add else start)

    def move(self, point: Point, modifiers: Qt.KeyboardModifier) -> None:
        here = self._canvas.viewport.to_image(point)
        if here != self._points[-1]:
            self._points.append(here)

    def finish(self) -> None:
        from workbench.core.masks import joined

        editor = self._canvas.editor
        if self._index is None and not self._add:
            editor.refused.emit(tr("There is no mask here to erase from."))
            return
        made = stroke_pixels(self._points, self._size, editor.size)
        if made is None:
            return
        pixels, x, y = made
        if self._index is None:
            self._canvas.shape_drawn(joined(None, pixels, x, y, add=True))
            return
        before = editor.objects[self._index].shape
        assert isinstance(before, Mask)
        after = joined(before.clipped(editor.size), pixels, x, y, add=self._add)
        editor.select((self._index,))
        if not after.area:
            editor.delete()
        elif after != before:
            editor.set_shapes({self._index: after}, tr("paint") if self._add else tr("erase"))

    def cancel(self) -> None:
        """Nothing was painted yet."""

    def dirty(self) -> QRectF:
        reach = self._size * self._canvas.viewport.scale / 2 + 2
        return outer(self._line().boundingRect().adjusted(-reach, -reach, reach, reach))

    def _line(self) -> QPolygonF:
        to_view = self._canvas.viewport.to_view
        return QPolygonF([QPointF(*to_view(point)) for point in self._points])

    def paint(self, painter: QPainter) -> None:
        canvas = self._canvas
        name = canvas.editor.current_class if self._index is None \
            else canvas.editor.objects[self._index].label
        color = canvas.pens.color(name) if self._add else QColor(tokens.ON_IMAGE)
        color.setAlphaF(MASK_ALPHA)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(_round_pen(color, self._size * canvas.viewport.scale))
        _draw_stroke(painter, self._line())


class Erase(Paint):
    """One stroke that takes pixels out of the selected mask, or out of the one under the mouse."""

    erases = True


class Fill:
    """A click fills what hangs together with the point and has its colour; it goes on with the
    selected mask, as the brush does."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, canvas: Canvas, start: Point) -> None:
        self._canvas, self._point = canvas, start

    def move(self, point: Point, modifiers: Qt.KeyboardModifier) -> None:
        self._point = point

    def finish(self) -> None:
        from workbench.core.masks import joined

        canvas, editor = self._canvas, self._canvas.editor
        place = canvas.viewport.to_image(self._point)
        if not canvas.viewport.contains(place):
            return
        pixels = fill_pixels(canvas, (int(place[0]), int(place[1])))
        index = selected_mask(canvas, None)
        before = editor.objects[index].shape if index is not None else None
        assert before is None or isinstance(before, Mask)
        inside = before.clipped(editor.size) if before is not None else None
        after = joined(inside, pixels, 0, 0, add=True)
        if index is None:
            canvas.shape_drawn(after)
        else:
            editor.set_shapes({index: after}, tr("fill"))

    def cancel(self) -> None:
        """Nothing was filled yet."""

    def dirty(self) -> QRectF:
        return QRectF()

    def paint(self, painter: QPainter) -> None:
        """It is done in one go."""


def selected_mask(canvas: Canvas, point: Point | None) -> int | None:
    """Position of the mask that a stroke goes on with; where none is selected, of the one under
    ``point``."""
    editor = canvas.editor
    chosen = editor.selection if len(editor.selection) == 1 else ()
    below = canvas.picker.boxes_at(point) if point is not None else []
    return next((index for index in (*chosen, *below)
                 if isinstance(editor.objects[index].shape, Mask)), None)


def stroke_pixels(
    points: list[Point], size: float, image: tuple[int, int]
) -> tuple[Pixels, int, int] | None:
    """The pixels of the image that a stroke covers, with the place of their first one; None where
    it lies beside the image."""
    import numpy as np

    around = QPolygonF([QPointF(*point) for point in points]).boundingRect()
    reach = size / 2 + 1
    room = around.adjusted(-reach, -reach, reach, reach).toAlignedRect().intersected(
        QRect(0, 0, *image))
    if room.isEmpty():
        return None
    picture = QImage(room.width(), room.height(), QImage.Format.Format_Grayscale8)
    picture.fill(0)
    painter = QPainter(picture)
    painter.translate(-room.x(), -room.y())
    painter.setPen(_round_pen(QColor("white"), size))
    _draw_stroke(painter, QPolygonF([QPointF(*point) for point in points]))
    painter.end()
    flat = np.frombuffer(picture.constBits(), np.uint8)
    rows = flat.reshape(room.height(), picture.bytesPerLine())[:, :room.width()]
    return rows > 127, room.x(), room.y()


def fill_pixels(canvas: Canvas, at: tuple[int, int]) -> Pixels:
    """The pixels of the image with the colour of the one at ``at`` that hang together with it."""
    import numpy as np

    from workbench.core.masks import flooded

    level = canvas.scene.picture.level(1.0)
    width, height = canvas.scene.picture.size
    if level is None:
        return np.zeros((height, width), bool)
    image = level[1].convertToFormat(QImage.Format.Format_RGB32)
    high, wide = image.height(), image.width()
    colors = np.frombuffer(image.constBits(), np.uint8).reshape(high, wide, 4)[:, :, :3]
    found = flooded(colors, at[0] * wide // width, at[1] * high // height, TOLERANCE)
    if (wide, high) == (width, height):
        return found
    return found[np.arange(height) * high // height][:, np.arange(width) * wide // width]


def _round_pen(color: QColor, width: float) -> QPen:
    return QPen(color, max(width, 1.0), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap,
                Qt.PenJoinStyle.RoundJoin)


def _draw_stroke(painter: QPainter, line: QPolygonF) -> None:
    if line.size() == 1:
        painter.drawPoint(line.first())
    else:
        painter.drawPolyline(line)


# --- the brush at the mouse ---------------------------------------------------------------------


def other_size(size: float, steps: int) -> float:
    """The next larger (+1) or smaller (-1) size of the brush, in pixels of the image."""
    changed = size * _FASTER ** steps
    return float(min(1000, max(1, round(changed) if round(changed) != size else size + steps)))


def ring_area(canvas: Canvas) -> QRectF:
    """What :func:`paint_ring` covers; empty without a brush in the hand."""
    mouse, tool = canvas.mouse, canvas.picker.tool
    if mouse is None or tool is None or tool.id not in BRUSHES:
        return QRectF()
    reach = canvas.editor.brush_size * canvas.viewport.scale / 2 + 3
    return QRectF(mouse[0] - reach, mouse[1] - reach, 2 * reach, 2 * reach)


def paint_ring(painter: QPainter, canvas: Canvas) -> None:
    """The size of the brush around the mouse, readable on dark and on light pictures."""
    area = ring_area(canvas)
    if area.isEmpty():
        return
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for color, inset in ((tokens.ON_IMAGE_DARK, 2.0), (tokens.ON_IMAGE, 3.0)):
        painter.setPen(QPen(QColor(color), 1.0))
        painter.drawEllipse(area.adjusted(inset, inset, -inset, -inset))
