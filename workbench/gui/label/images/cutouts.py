"""From boxes to the objects in them: looked for on a thread, and one edit when it is through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject

from workbench.core.annotation import LabeledObject
from workbench.core.background import BackgroundThread, Cancelled
from workbench.core.outlines import Mask
from workbench.core.shapes import Box
from workbench.core.text import count, tr
from workbench.gui.app.context import AppContext
from workbench.gui.background.threads import worker
from workbench.gui.label.images.editor import Editor
from workbench.gui.label.images.image_source import Picture
from workbench.gui.label.images.picture_part import PicturePart, part_of

AROUND = 0.25
"""Share of a box's sides that is looked at around it."""
TOLD_FROM = 4
"""Of so many boxes it is said that they are being looked at."""


@dataclass(frozen=True, slots=True)
class _Part:
    """What is looked at for one object, and the box in pixels of that."""

    index: int
    item: LabeledObject
    pixels: PicturePart
    box: tuple[int, int, int, int]


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
        found = [_part(index, item, picture)
                 for index, item in zip(editor.selection, editor.selected, strict=True)
                 if isinstance(item.shape, Box)]
        parts = [part for part in found if part is not None]
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


def _part(index: int, item: LabeledObject, picture: Picture) -> _Part | None:
    """The box with what is around it."""
    x1, y1, x2, y2 = item.box
    dx, dy = (x2 - x1) * AROUND + 2, (y2 - y1) * AROUND + 2
    part = part_of(picture, (x1 - dx, y1 - dy, x2 + dx, y2 + dy))
    if part is None:
        return None
    (left, top), (right, bottom) = part.inside((x1, y1)), part.inside((x2, y2))
    width, height = part.size
    return _Part(index, item, part, (max(0, round(left)), max(0, round(top)),
                                     min(width, round(right)), min(height, round(bottom))))


def _masks(parts: Sequence[_Part], thread: BackgroundThread) -> list[Mask | None]:
    found = []
    for part in parts:
        if thread.cancelled:
            raise Cancelled
        found.append(_mask(part))
    return found


def _mask(part: _Part) -> Mask | None:
    from workbench.media.images.cutout import object_in

    pixels = object_in(part.pixels.colors(), part.box)
    return part.pixels.mask(pixels) if pixels is not None else None
