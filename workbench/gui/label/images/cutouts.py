"""From boxes to the objects in them: looked for on a thread, and one edit when it is through."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRect
from PySide6.QtGui import QImage

from workbench.core.annotation import LabeledObject
from workbench.core.background import BackgroundThread, Cancelled
from workbench.core.outlines import Mask
from workbench.core.shapes import Box
from workbench.core.text import count, tr
from workbench.gui.background.threads import worker
from workbench.gui.label.images.editor import Editor

if TYPE_CHECKING:
    from workbench.gui.app.context import AppContext
    from workbench.gui.label.images.image_source import Picture

AROUND = 0.25
"""Share of a box's sides that is looked at around it."""
TOLD_FROM = 4
"""Of so many boxes it is said that they are being looked at."""


@dataclass(frozen=True, slots=True)
class _Part:
    """What is looked at for one object: pixels ``image``, of which the first lies at ``corner``
    of the level and one is ``step`` pixels of the picture wide."""

    index: int
    item: LabeledObject
    image: QImage
    corner: tuple[int, int]
    box: tuple[int, int, int, int]
    step: tuple[float, float]


class ObjectFinder(QObject):
    """Finds the objects in the selected boxes of an editor's image."""

    def __init__(self, editor: Editor, context: AppContext, parent: QObject) -> None:
        super().__init__(parent)
        self._editor, self._context = editor, context
        self._worker = worker(self, "object-finder")

    @property
    def busy(self) -> bool:
        return self._worker.busy

    def find(self, picture: Picture) -> None:
        """Make masks of the selected boxes; what else is selected stays as it is."""
        editor = self._editor
        level = picture.level(1.0)
        parts = [] if level is None else [
            _part(index, item, level[1], picture.size)
            for index, item in zip(editor.selection, editor.selected, strict=True)
            if isinstance(item.shape, Box)]
        if not parts:
            editor.refused.emit(tr("Select the boxes whose objects are to be found."))
            return
        if len(parts) >= TOLD_FROM:
            self._context.say("info", tr("Looking for the objects in {boxes} …",
                                         boxes=count(len(parts), "box")),
                              tr("Cancel"), lambda: self._worker.cancel(0.0))
        key = editor.key
        self._worker.start(lambda thread: _masks(parts, thread),
                           lambda masks: self._found(key, parts, masks))

    def close(self) -> None:
        """End the thread."""
        self._worker.cancel()

    def _found(self, key: str, parts: Sequence[_Part], masks: Sequence[Mask | None]) -> None:
        """Take over what was found, where nothing was changed meanwhile."""
        editor = self._editor
        if editor.key != key or not editor.editable:
            return
        objects = editor.objects
        shapes = {part.index: mask.clipped(editor.size)
                  for part, mask in zip(parts, masks, strict=True)
                  if mask is not None and part.index < len(objects)
                  and objects[part.index] is part.item}
        shapes = {index: mask for index, mask in shapes.items() if mask.area}
        if shapes:
            editor.set_shapes(shapes, tr("find {objects}",
                                         objects=count(len(shapes), "object")))
        missing = len(parts) - len(shapes)
        if missing:
            self._context.say("info", tr(
                "Nothing stands out from what is around it in {boxes}.",
                boxes=count(missing, "box")))
        elif len(parts) >= TOLD_FROM:
            self._context.say("ok", tr("Found {objects}.", objects=count(len(shapes), "object")))


def _part(index: int, item: LabeledObject, image: QImage, size: tuple[int, int]) -> _Part:
    """The box with what is around it, in pixels of ``image``, which shows the whole picture."""
    across, down = size[0] / image.width(), size[1] / image.height()
    x1, y1, x2, y2 = (value / scale for value, scale in
                      zip(item.box, (across, down, across, down), strict=True))
    dx, dy = (x2 - x1) * AROUND + 2, (y2 - y1) * AROUND + 2
    room = QRect(math.floor(x1 - dx), math.floor(y1 - dy), math.ceil(x2 - x1 + 2 * dx),
                 math.ceil(y2 - y1 + 2 * dy)).intersected(image.rect())
    left, top = room.x(), room.y()
    box = (max(0, round(x1) - left), max(0, round(y1) - top),
           min(room.width(), round(x2) - left), min(room.height(), round(y2) - top))
    return _Part(index, item, image.copy(room), (left, top), box, (across, down))


def _masks(parts: Sequence[_Part], thread: BackgroundThread) -> list[Mask | None]:
    found = []
    for part in parts:
        if thread.cancelled:
            raise Cancelled
        found.append(_mask(part))
    return found


def _mask(part: _Part) -> Mask | None:
    import numpy as np

    from workbench.core.masks import mask_of_pixels
    from workbench.media.images.cutout import object_in

    image = part.image.convertToFormat(QImage.Format.Format_RGB32)
    height, width = image.height(), image.width()
    colors = np.frombuffer(image.constBits(), np.uint8).reshape(height, width, 4)[..., 2::-1]
    pixels = object_in(colors, part.box) if width and height else None
    if pixels is None:
        return None
    across, down = part.step
    if (across, down) != (1, 1):  # from the pixels of a coarser level to those of the picture
        rows = (np.arange(round(height * down)) / down).astype(int).clip(0, height - 1)
        columns = (np.arange(round(width * across)) / across).astype(int).clip(0, width - 1)
        pixels = pixels[rows][:, columns]
    return mask_of_pixels(pixels, round(part.corner[0] * across), round(part.corner[1] * down))
