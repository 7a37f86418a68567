"""A thing found by clicks in it and beside it, or by a box around it, with a model's help."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from workbench.core.outlines import Mask
from workbench.core.shapes import Shape
from workbench.core.text import tr
from workbench.gui.label.images import geometry
from workbench.gui.label.images.brush_tool import paint_coarse
from workbench.gui.label.images.conversions import polygon_of
from workbench.gui.label.images.geometry import Point
from workbench.gui.label.images.picture_part import PicturePart
from workbench.gui.label.images.prompt_controller import Prompt, desk_of
from workbench.gui.label.images.tools import SLIP
from workbench.gui.style import tokens

if TYPE_CHECKING:
    from workbench.gui.label.images.tool_view import ToolView
    from workbench.jobs.events import MaskFound

_RADIUS = 6.0
_ENTER = (int(Qt.Key.Key_Return), int(Qt.Key.Key_Enter))
_RIGHT = int(Qt.MouseButton.RightButton.value)


class PromptObject:
    """Click what belongs to a thing, with Alt or the right button what does not, or drag a box
    around it; Enter takes what was found as a mask, Shift+Enter as a polygon, Backspace takes the
    last click back."""

    cursor = Qt.CursorShape.CrossCursor
    keys = frozenset((*_ENTER, int(Qt.Key.Key_Backspace), int(Qt.Key.Key_Delete)))

    def __init__(self, canvas: ToolView, start: Point,
                 modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        self._canvas, self._desk = canvas, desk_of(canvas)
        self.clicks: list[tuple[Prompt, ...]] = []  # a box is two prompts
        self.found: MaskFound | None = None
        self._taken: Literal["", "mask", "polygon"] = ""  # as soon as there is an answer
        self.asking = False
        self._mouse = start
        self._pressed: Point | None = None
        self._outside = False
        self.done = self._desk is None or not self._desk.ready
        canvas.editor.select(())
        if not self.done:
            self.press(start, modifiers)
        elif self._desk is not None and not self._desk.opening:
            self._desk.offer()
        else:
            canvas.editor.refused.emit(tr("The model is still being opened."))

    def press(self, point: Point, modifiers: Qt.KeyboardModifier) -> None:
        self._pressed = self._mouse = point
        self._outside = bool(modifiers & Qt.KeyboardModifier.AltModifier)

    def move(self, point: Point, modifiers: Qt.KeyboardModifier) -> None:
        self._mouse = point

    def release(self, point: Point, modifiers: Qt.KeyboardModifier) -> None:
        self._mouse = point
        pressed, self._pressed = self._pressed, None
        if pressed is None:
            return
        if math.dist(pressed, point) < SLIP:
            self._add(pressed, inside=not self._outside)
            return
        x0, y0, x1, y1 = self._box(pressed)
        self.clicks = [click for click in self.clicks if len(click) == 1]  # one box at most
        self.clicks.append(((x0, y0, 2), (x1, y1, 3)))
        self._ask()

    def key(self, key: int, modifiers: Qt.KeyboardModifier) -> None:
        if key == _RIGHT:
            self._add(self._mouse, inside=False)
        elif key in _ENTER:
            self._taken = "polygon" if modifiers & Qt.KeyboardModifier.ShiftModifier else "mask"
            self.done = not self.asking
        elif self.clicks:
            self.clicks.pop()
            self.done = not self.clicks
            self.found = self.found if self.clicks else None
            self._ask()

    def finish(self) -> None:
        shape = self._shape()
        if shape is not None:
            self._canvas.shape_drawn(shape)

    def cancel(self) -> None:
        """Nothing was made yet."""

    # --- what is asked --------------------------------------------------------------------------

    def _add(self, point: Point, *, inside: bool) -> None:
        x, y = self._canvas.viewport.to_image(point)
        if self._canvas.viewport.contains((x, y)):
            self.clicks.append(((x, y, int(inside)),))
            self._ask()

    def _ask(self) -> None:
        if self._desk is not None and self.clicks:
            self.asking = True
            self._desk.find([prompt for click in self.clicks for prompt in click], self._answered)

    def _answered(self, found: MaskFound | None) -> None:
        self.asking = False
        if self._canvas.active_gesture is not self:
            return
        self.found = found
        self.done = bool(self._taken)
        if self.done:
            self._canvas.settle()
        self._canvas.show_gesture()

    def _mask(self) -> Mask | None:
        """As it was found, in pixels of what was looked at."""
        return Mask(*self.found.window, tuple(self.found.runs)) if self.found is not None else None

    def _pixel(self) -> tuple[float, float]:
        """Pixels of the image for each that was looked at."""
        assert self.found is not None
        width, height = self._canvas.editor.size
        return width / self.found.size[0], height / self.found.size[1]

    def _shape(self) -> Shape | None:
        from workbench.core.masks import pixels_of, window_of

        mask = self._mask()
        if mask is None or not mask.area:
            return None
        across, down = self._pixel()
        part = PicturePart(QImage(), mask.x * across, mask.y * down, across, down)
        whole = part.mask(pixels_of(mask, window_of(mask))).clipped(self._canvas.editor.size)
        return polygon_of(whole, max(1.0, across)) if self._taken == "polygon" else whole

    # --- how it looks ---------------------------------------------------------------------------

    def _box(self, pressed: Point) -> tuple[float, float, float, float]:
        to_image = self._canvas.viewport.to_image
        return geometry.spanned(to_image(pressed), to_image(self._mouse), self._canvas.editor.size)

    def dirty(self) -> QRectF:
        return QRectF(self._canvas.rect())

    def paint(self, painter: QPainter) -> None:
        canvas, mask = self._canvas, self._mask()
        if mask is not None:
            paint_coarse(painter, canvas, mask, self._pixel())
        name = canvas.editor.current_class
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        boxes = [(*click[0][:2], *click[1][:2]) for click in self.clicks if len(click) == 2]
        if self._pressed is not None and math.dist(self._pressed, self._mouse) >= SLIP:
            boxes.append(self._box(self._pressed))
        for box in boxes:
            painter.setPen(canvas.pens.pen(name, tokens.WIDTH_BOX_ACTIVE))
            painter.drawRect(canvas.view_rect(box))
        for click in self.clicks:
            if len(click) == 1:
                self._paint_click(painter, click[0], canvas.pens.color(name))
        words = self._words()
        if words:
            canvas.paint_note(painter, QRectF(*self._mouse, 1.0, 1.0), words)

    def _words(self) -> str:
        if self.asking and self._desk is not None and not self._desk.is_looked_at():
            return tr("Looking at the picture …")
        if self.found is None or self.asking:
            return ""
        if not any(self.found.runs[1::2]):
            return tr("Nothing found")
        return tr("{score:.0f} %, Enter takes it", score=100 * min(1.0, self.found.score))

    def _paint_click(self, painter: QPainter, prompt: Prompt, color: QColor) -> None:
        """A plus for what belongs to it, a minus for what does not."""
        inside = prompt[2] == 1
        at = QPointF(*self._canvas.viewport.to_view(prompt[:2]))
        painter.setPen(QPen(QColor(tokens.ON_IMAGE), 1.5))
        painter.setBrush(color if inside else QColor(tokens.ON_IMAGE_DARK))
        painter.drawEllipse(at, _RADIUS, _RADIUS)
        arm = _RADIUS / 2
        painter.drawLine(at - QPointF(arm, 0), at + QPointF(arm, 0))
        if inside:
            painter.drawLine(at - QPointF(0, arm), at + QPointF(0, arm))
        painter.setBrush(Qt.BrushStyle.NoBrush)
