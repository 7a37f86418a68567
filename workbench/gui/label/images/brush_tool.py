"""Masks by hand: a brush, an eraser, and filling what has the colour of a point."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from workbench.core.outlines import Mask
from workbench.core.shapes import Shape
from workbench.core.text import tr
from workbench.extension.window import SizeRange, ToolController
from workbench.gui.label.images.geometry import Point, Size
from workbench.gui.label.images.outlines import mask_image
from workbench.gui.label.images.tools import SLIP, outer
from workbench.gui.style import tokens

if TYPE_CHECKING:
    from workbench.core.masks import Pixels
    from workbench.gui.label.images.tool_view import ToolView

TOLERANCE_MOST = 255.0
"""Farthest that a colour (0 to 255) may be from that of the point that is filled from."""
PREVIEW_PIXELS = 250_000
"""So many are looked at while the mouse is down; all when it is let go."""
FILLED_AS_POINT = 1000
"""Pixels of a picture that is filled in take as long as a point of an outline that is worked on."""
NOTHING_HERE = "There is no mask here to erase from."
_FASTER = 1.5
_TOLERANCE_STEP = 4.0


class Paint:
    """One stroke: it goes on with the selected mask or begins a new one; with Alt it erases."""

    cursor = Qt.CursorShape.BlankCursor
    erases = False

    def __init__(self, canvas: ToolView, start: Point,
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
        editor = self._canvas.editor
        if self._index is None and not self._add and not editor.one_class:
            editor.refused.emit(tr(NOTHING_HERE))
            return
        made = stroke_pixels(self._points, self._size, editor.size)
        if made is None:
            return
        change_mask(self._canvas, self._index, *made, add=self._add,
                    words=tr("paint") if self._add else tr("erase"))

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
        color.setAlphaF(canvas.scene.adjustments.masks / 100)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(_round_pen(color, self._size * canvas.viewport.scale))
        _draw_stroke(painter, self._line())


class Erase(Paint):
    """One stroke that takes pixels out of the selected mask, or out of the one under the mouse."""

    erases = True


class Fill:
    """A click fills what hangs together with the point and has its colour; it goes on with the
    selected mask, as the brush does. Dragged to the right it takes colours that are farther away,
    to the left only nearer ones."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, canvas: ToolView, start: Point) -> None:
        self._canvas, self._press = canvas, start
        self._place = canvas.viewport.to_image(start)
        self._before = self._tolerance = canvas.editor.fill_tolerance
        self._preview: Mask | None = None
        self._step = 1

    def move(self, point: Point, modifiers: Qt.KeyboardModifier) -> None:
        pulled = point[0] - self._press[0]
        if self._preview is None and abs(pulled) < SLIP:
            return
        wanted = min(TOLERANCE_MOST, max(0.0, round(self._before + pulled / 2)))
        if (self._preview is None or wanted != self._tolerance) and self._on_picture():
            from workbench.core.masks import mask_of_pixels

            self._tolerance = wanted
            width, height = self._canvas.scene.picture.size
            self._step = max(1, math.ceil(math.sqrt(width * height / PREVIEW_PIXELS)))
            self._preview = mask_of_pixels(self._finder(self._step)())

    def finish(self) -> None:
        canvas, editor = self._canvas, self._canvas.editor
        if not self._on_picture():
            return
        if editor.fill_tolerance != self._tolerance:
            editor.fill_tolerance = self._tolerance
            editor.mode_changed.emit()
        index, size, pixels = selected_mask(canvas, None), editor.size, self._finder(1)
        before = editor.objects[index].shape if index is not None else None
        editor.work_on(
            () if index is None else (index,), tr("Filling …"),
            lambda: _changed(before, size, pixels(), 0, 0, add=True),
            lambda after: _take_over(canvas, index, after, tr("fill")),
            length=size[0] * size[1] // FILLED_AS_POINT)

    def cancel(self) -> None:
        """Nothing was filled yet."""

    def dirty(self) -> QRectF:
        return QRectF(self._canvas.rect()) if self._preview is not None else QRectF()

    def paint(self, painter: QPainter) -> None:
        canvas, preview = self._canvas, self._preview
        if preview is None:
            return
        paint_coarse(painter, canvas, preview, (self._step, self._step))
        at = QRectF(*self._press, 1.0, 1.0)
        canvas.paint_note(painter, at, tr("Tolerance {value:.0f}", value=self._tolerance))

    def _on_picture(self) -> bool:
        return self._canvas.viewport.contains(self._place)

    def _finder(self, step: int) -> Callable[[], Pixels]:
        """What finds the pixels of the picture as it is now, on any thread."""
        picture = self._canvas.scene.picture
        level = picture.level(1.0)
        return partial(fill_pixels, level[1] if level is not None else None, picture.size,
                       (int(self._place[0]), int(self._place[1])), self._tolerance, step)


def change_mask(canvas: ToolView, index: int | None, pixels: Pixels, x: int, y: int, *, add: bool,
                words: str) -> None:
    """Add pixels, of which the first lies at ``(x, y)`` of the image, to the mask at ``index``, or
    take them away, as one step of undo; without an index they are a new mask. Where each pixel has
    one class, they are taken away from all masks."""
    editor = canvas.editor
    if not add and editor.one_class:
        from workbench.core.masks import mask_of_pixels

        if not editor.erase_area(mask_of_pixels(pixels, x, y), words):
            editor.refused.emit(tr(NOTHING_HERE))
        return
    before = editor.objects[index].shape if index is not None else None
    _take_over(canvas, index, _changed(before, editor.size, pixels, x, y, add=add), words)


def _changed(before: Shape | None, size: Size, pixels: Pixels, x: int, y: int, *,
             add: bool) -> Mask:
    """The mask that there was, or a new one, with pixels added or taken away."""
    from workbench.core.masks import joined

    assert before is None or isinstance(before, Mask)
    return joined(before.clipped(size) if before is not None else None,
                  pixels[:size[1] - y, :size[0] - x], x, y, add=add)


def _take_over(canvas: ToolView, index: int | None, after: Mask, words: str) -> None:
    """Make the mask at ``index``, or a new one, ``after``."""
    editor = canvas.editor
    before = editor.objects[index].shape if index is not None else None
    if index is None:
        canvas.shape_drawn(after)
        return
    if editor.one_class and isinstance(before, Mask) and after.area > before.area:
        editor.paint_area(index, after, words)
        return
    editor.select((index,))
    if not after.area:
        editor.delete()
    elif after != before:
        editor.set_shapes({index: after}, words)


def paint_coarse(painter: QPainter, canvas: ToolView, mask: Mask,
                 pixel: tuple[float, float]) -> None:
    """Paint a mask that is to come, in the current class's colour; its pixels are ``pixel`` wide
    and high in the image."""
    if not mask.area:
        return
    color = canvas.pens.color(canvas.editor.current_class)
    color.setAlphaF(canvas.scene.adjustments.masks / 100)
    image = mask_image(mask, 1, (mask.x, mask.y, mask.width, mask.height))
    image.setColorTable([0, color.rgba()])
    across, down = (canvas.viewport.scale * side for side in pixel)
    painter.drawImage(QRectF(mask.x * across + canvas.viewport.x, mask.y * down + canvas.viewport.y,
                             mask.width * across, mask.height * down), image)


def selected_mask(canvas: ToolView, point: Point | None) -> int | None:
    """Position of the mask that a stroke goes on with; where none is selected, of the one under
    ``point``, or, without one, where each pixel has one class, of what is painted of the current
    class."""
    editor = canvas.editor
    chosen = editor.selection if len(editor.selection) == 1 else ()
    others = canvas.boxes_at(point) if point is not None else editor.painted(editor.current_class)
    return next((index for index in (*chosen, *others)
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
    with QPainter(picture) as painter:
        painter.translate(-room.x(), -room.y())
        painter.setPen(_round_pen(QColor("white"), size))
        _draw_stroke(painter, QPolygonF([QPointF(*point) for point in points]))
    flat = np.frombuffer(picture.constBits(), np.uint8)
    rows = flat.reshape(room.height(), picture.bytesPerLine())[:, :room.width()]
    return rows > 127, room.x(), room.y()


def fill_pixels(image: QImage | None, size: Size, at: tuple[int, int], tolerance: float,
                step: int = 1) -> Pixels:
    """The pixels of a picture of ``size`` with the colour of the one at ``at`` that hang together
    with it; of larger steps every so many rows and columns. ``image`` may be smaller."""
    import numpy as np

    from workbench.core.masks import flooded

    width, height = size
    rows, columns = np.arange(0, height, step), np.arange(0, width, step)
    if image is None:
        return np.zeros((rows.size, columns.size), bool)
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    high, wide = image.height(), image.width()
    colors = np.frombuffer(image.constBits(), np.uint8).reshape(high, wide, 4)[:, :, :3]
    x, y = at[0] * wide // width, at[1] * high // height
    if step == 1:
        found = flooded(colors, x, y, round(tolerance))
        if (wide, high) == (width, height):
            return found
        return found[rows * high // height][:, columns * wide // width]
    part = colors[rows * high // height][:, columns * wide // width]
    return flooded(part, at[0] // step, at[1] // step, round(tolerance), colors[y, x])


def _round_pen(color: QColor, width: float) -> QPen:
    return QPen(color, max(width, 1.0), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap,
                Qt.PenJoinStyle.RoundJoin)


def _draw_stroke(painter: QPainter, line: QPolygonF) -> None:
    if line.size() == 1:
        painter.drawPoint(line.first())
    else:
        painter.drawPolyline(line)


# --- between the strokes ------------------------------------------------------------------------


class MaskController(ToolController):
    """Of tools that go on with the mask that is selected."""

    canvas: ToolView
    paints = True

    def let_go(self) -> bool:
        if not self.canvas.editor.selection:
            return False
        self.canvas.editor.select(())
        return True

    def erases(self, modifiers: Qt.KeyboardModifier) -> bool:
        """Whether a press with these keys held takes away."""
        return False

    def is_locked(self, point: Point, modifiers: Qt.KeyboardModifier) -> bool | None:
        canvas, editor = self.canvas, self.canvas.editor
        erases = self.erases(modifiers)
        if selected_mask(canvas, point if erases else None) is not None:
            return False
        if not erases:
            return None
        return any(editor.refuses(editor.objects[index].label)
                   for index in canvas.shapes_at(point)[:1]
                   if isinstance(editor.objects[index].shape, Mask))


class BrushController(MaskController):
    """Shows the size of the brush at the mouse."""

    cursor = Qt.CursorShape.BlankCursor
    size_range = SizeRange("Brush", 1.0, 300.0)

    @property
    def size(self) -> float:
        """In pixels of the image."""
        return self.canvas.editor.brush_size

    @size.setter
    def size(self, size: float) -> None:
        self.canvas.editor.brush_size = size

    def resize(self, steps: int) -> None:
        changed = self.size * _FASTER ** steps
        whole = round(changed) if round(changed) != self.size else self.size + steps
        self.size = float(min(1000, max(1, whole)))

    def erases(self, modifiers: Qt.KeyboardModifier) -> bool:
        return bool(modifiers & Qt.KeyboardModifier.AltModifier)

    def area(self) -> QRectF:
        mouse = self.canvas.mouse
        if mouse is None:
            return QRectF()
        reach = self.size * self.canvas.viewport.scale / 2 + 3
        return QRectF(mouse[0] - reach, mouse[1] - reach, 2 * reach, 2 * reach)

    def paint(self, painter: QPainter) -> None:
        """A ring that is readable on dark and on light pictures."""
        area = self.area()
        if area.isEmpty():
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for color, inset in ((tokens.ON_IMAGE_DARK, 2.0), (tokens.ON_IMAGE, 3.0)):
            painter.setPen(QPen(QColor(color), 1.0))
            painter.drawEllipse(area.adjusted(inset, inset, -inset, -inset))


class EraserController(BrushController):
    """A brush that only takes away."""

    size_range = SizeRange("Eraser", 1.0, 300.0)

    def erases(self, modifiers: Qt.KeyboardModifier) -> bool:
        return True


class FillController(MaskController):
    """Its size is how far a colour may be from that of the point that is filled from."""

    size_range = SizeRange("Tolerance", 0.0, TOLERANCE_MOST)

    @property
    def size(self) -> float:
        return self.canvas.editor.fill_tolerance

    @size.setter
    def size(self, size: float) -> None:
        self.canvas.editor.fill_tolerance = size

    def resize(self, steps: int) -> None:
        self.size = min(TOLERANCE_MOST, max(0.0, self.size + steps * _TOLERANCE_STEP))

    def status(self) -> str:
        return tr("tolerance {value:.0f}", value=self.size)
