"""Superpixels that one paints over: the patches in view, and the stroke that takes them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QPainter

from workbench.core.shapes import Bounds
from workbench.core.text import tr
from workbench.extension.window import SizeRange
from workbench.gui.background.threads import worker
from workbench.gui.label.images.brush_tool import MaskController, change_mask, selected_mask
from workbench.gui.label.images.geometry import Point
from workbench.gui.label.images.outlines import MASK_ALPHA
from workbench.gui.label.images.picture_part import PicturePart, part_of
from workbench.gui.style import tokens

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from workbench.core.masks import Pixels
    from workbench.gui.label.images.image_source import Picture
    from workbench.gui.label.images.tool_view import ToolView

SUPERPIXELS = "superpixels"
REST_MS = 120
"""The patches are made anew when the view rests for so long."""
MOST_PIXELS = 400_000
"""Of a larger view every so many pixels are looked at."""
LEAST_SIDE, MOST_SIDE = 8.0, 80.0
"""Width of a patch, in logical pixels of the view."""
_FINEST = 6  # lines between patches have the width of a screen's pixel up to this zoom
_LINE_ALPHA = 90
_STEP = 3.0  # logical pixels between two places of a stroke that are looked at
REMOVING = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
"""With one of these held superpixels are taken away."""


class Patches:
    """The superpixels of a part of the picture."""

    def __init__(self, part: PicturePart, side: int, fine: int) -> None:
        from workbench.media.images.superpixels import superpixels

        colors = part.colors()
        self.part = part
        self.numbers: NDArray[np.int32] = superpixels(colors, side)
        """Of each pixel of the part, that of its patch."""
        self.lines = _lines(self.numbers, colors, fine)
        """A picture of the part with nothing but the lines between patches, light on what is
        dark."""

    def at(self, point: Point) -> int | None:
        """The patch of a point of the image."""
        x, y = self.part.inside(point)
        width, height = self.part.size
        inside = 0 <= x < width and 0 <= y < height
        return int(self.numbers[int(y), int(x)]) if inside else None

    def pixels(self, chosen: set[int]) -> Pixels:
        """Which pixels of the part lie in ``chosen`` patches."""
        import numpy as np

        found = np.zeros(int(self.numbers.max()) + 1, bool)
        found[list(chosen)] = True
        taken: Pixels = found[self.numbers]
        return taken

    def view_rect(self, canvas: ToolView) -> QRectF:
        x0, y0 = canvas.viewport.to_view(self.part.outside((0.0, 0.0)))
        x1, y1 = canvas.viewport.to_view(self.part.outside(self.part.size))
        return QRectF(x0, y0, x1 - x0, y1 - y0)


class SuperpixelLayer(QObject):
    """The superpixels in view of one canvas while the tool is chosen, made on a thread."""

    ready = Signal()
    """They are there."""

    def __init__(self, canvas: ToolView) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._patches: Patches | None = None
        self._wanted: tuple[object, ...] = ()
        self._picture: Picture | None = None
        self._worker = worker(self, "superpixels")
        self._resting = QTimer(self, singleShot=True, interval=REST_MS)
        self._resting.timeout.connect(self._look)
        canvas.view_changed.connect(self._resting.start)
        forget = canvas.editor.mode_changed.connect(self._resting.start)
        canvas.destroyed.connect(lambda: forget())
        self._look()

    @property
    def patches(self) -> Patches | None:
        """Those of the image that is shown."""
        there = self._wanted and self._wanted[0] == self._canvas.editor.key
        return self._patches if there else None

    @property
    def busy(self) -> bool:
        return self._worker.busy or self._resting.isActive()

    def _look(self) -> None:
        """Ask for the superpixels of what is in view now, where these are others."""
        canvas, viewport = self._canvas, self._canvas.viewport
        tool, box = canvas.tool, viewport.visible()
        if tool is None or tool.id != SUPERPIXELS:
            self._patches, self._wanted = None, ()
            self._worker.cancel(0.0)
            return
        picture = canvas.scene.picture
        wanted = (canvas.editor.key, box, viewport.scale, canvas.editor.patch_size)
        if wanted == self._wanted and picture is self._picture:
            return
        scale = _scale_of(box, viewport.scale)
        part = part_of(picture, box, scale)
        if part is None:
            return
        self._picture = picture
        if self._wanted[:1] != wanted[:1]:
            self._patches = None
        self._wanted = wanted
        wide = canvas.editor.patch_size / viewport.scale  # in pixels of the image

        def make(_thread: object) -> Patches:
            shrunk = part.shrunk(scale)
            side = max(3, round(wide / shrunk.across))
            fine = min(_FINEST, max(1, round(shrunk.across * viewport.scale)))
            return Patches(shrunk, side, fine)

        self._worker.start(make, self._made)

    def _made(self, patches: Patches) -> None:
        self._patches = patches
        self._canvas.update()
        self.ready.emit()


def layer_of(canvas: ToolView) -> SuperpixelLayer:
    """That of a canvas, made when it is first asked for."""
    found = canvas.findChild(SuperpixelLayer)
    return found if isinstance(found, SuperpixelLayer) else SuperpixelLayer(canvas)


class SuperpixelController(MaskController):
    """Shows the lines between the superpixels in view, which can be painted over."""

    size_range = SizeRange("Superpixels", LEAST_SIDE, MOST_SIDE)

    @property
    def size(self) -> float:
        """Width of a superpixel, in logical pixels of the view."""
        return self.canvas.editor.patch_size

    @size.setter
    def size(self, size: float) -> None:
        self.canvas.editor.patch_size = size

    def resize(self, steps: int) -> None:
        self.size = float(min(MOST_SIDE, max(LEAST_SIDE, round(self.size * 1.25 ** steps))))

    def erases(self, modifiers: Qt.KeyboardModifier) -> bool:
        return bool(modifiers & REMOVING)

    def paint_below(self, painter: QPainter) -> None:
        patches = None if self.canvas.scene.hidden else layer_of(self.canvas).patches
        if patches is not None:
            painter.drawImage(patches.view_rect(self.canvas), patches.lines)


class PaintSuperpixels:
    """One stroke over superpixels: it adds them to the selected mask or begins a new one; with Ctrl
    or Alt it takes them away."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, canvas: ToolView, start: Point,
                 modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        self._canvas = canvas
        self._add = not modifiers & REMOVING
        self._index = selected_mask(canvas, None if self._add else start)
        self._patches = layer_of(canvas).patches
        self._chosen: set[int] = set()
        self._shown: QImage | None = None
        self._last = start
        self._reach(start)

    def move(self, point: Point, modifiers: Qt.KeyboardModifier) -> None:
        steps = max(1, math.ceil(math.dist(self._last, point) / _STEP))
        (x0, y0), (x1, y1) = self._last, point
        for step in range(1, steps + 1):
            self._reach((x0 + (x1 - x0) * step / steps, y0 + (y1 - y0) * step / steps))
        self._last = point

    def _reach(self, point: Point) -> None:
        if self._patches is not None:
            number = self._patches.at(self._canvas.viewport.to_image(point))
            if number is not None and number not in self._chosen:
                self._chosen.add(number)
                self._shown = None

    def finish(self) -> None:
        editor, patches = self._canvas.editor, self._patches
        if patches is None:
            editor.refused.emit(tr("The superpixels in view are still being computed."))
        elif self._index is None and not self._add and not editor.one_class:
            editor.refused.emit(tr("There is no mask here to take superpixels from."))
        elif self._chosen:
            change_mask(self._canvas, self._index, *patches.part.placed(patches.pixels(
                self._chosen)), add=self._add,
                words=tr("add superpixels") if self._add else tr("remove superpixels"))

    def cancel(self) -> None:
        """Nothing was painted yet."""

    def dirty(self) -> QRectF:
        return QRectF() if self._patches is None else self._patches.view_rect(
            self._canvas).intersected(QRectF(self._canvas.rect()))

    def paint(self, painter: QPainter) -> None:
        canvas, patches = self._canvas, self._patches
        if patches is None:
            return
        if self._shown is None:
            name = canvas.editor.current_class if self._index is None \
                else canvas.editor.objects[self._index].label
            color = canvas.pens.color(name) if self._add else QColor(tokens.ON_IMAGE)
            self._shown = _washed(patches.pixels(self._chosen), color)
        painter.drawImage(patches.view_rect(canvas), self._shown)


def _scale_of(box: Bounds, scale: float) -> float:
    """Pixels that are looked at for each of the image."""
    wanted = min(1.0, scale)
    pixels = (box[2] - box[0]) * (box[3] - box[1]) * wanted**2
    return wanted * math.sqrt(min(1.0, MOST_PIXELS / max(pixels, 1.0)))


def _lines(numbers: NDArray[np.int32], colors: NDArray[np.uint8], fine: int) -> QImage:
    import numpy as np

    whole = numbers.repeat(fine, axis=0).repeat(fine, axis=1)
    between = np.zeros(whole.shape, bool)
    between[1:] |= whole[1:] != whole[:-1]
    between[:, 1:] |= whole[:, 1:] != whole[:, :-1]
    dark = (colors.max(axis=2) < 140).repeat(fine, axis=0).repeat(fine, axis=1)
    light = _LINE_ALPHA * 0x01010101  # white, its colours multiplied by its alpha
    pixels = np.where(between, np.where(dark, light, _LINE_ALPHA << 24), 0).astype(np.uint32)
    return _image(pixels)


def _washed(pixels: Pixels, color: QColor) -> QImage:
    import numpy as np

    red, green, blue, alpha = (round(part * MASK_ALPHA) for part in
                               (color.red(), color.green(), color.blue(), 255))
    value = alpha << 24 | red << 16 | green << 8 | blue
    return _image(np.where(pixels, np.uint32(value), np.uint32(0)))


def _image(pixels: NDArray[np.uint32]) -> QImage:
    """An image of premultiplied colours that owns its pixels."""
    height, width = pixels.shape
    return QImage(pixels.tobytes(), width, height, width * 4,
                  QImage.Format.Format_ARGB32_Premultiplied).copy()
