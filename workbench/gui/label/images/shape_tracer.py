"""Polygons of masks and masks of polygons, of long outlines on a thread; then one edit."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject

from workbench.core.annotation import LabeledObject
from workbench.core.outlines import Mask, Polygon
from workbench.core.text import tr
from workbench.gui.background.threads import worker
from workbench.gui.label.images.conversions import Made, polygons_or_masks
from workbench.gui.label.images.editor import Editor

AT_ONCE = 2000
"""Up to so many runs and points nobody notices that the window does it: some 20 ms."""

_Selected = Sequence[tuple[int, LabeledObject]]


class ShapeTracer(QObject):
    """Makes the ones of the others that are selected in an editor."""

    def __init__(self, editor: Editor, parent: QObject) -> None:
        super().__init__(parent)
        self._editor = editor
        self._worker = worker(self, "shape-tracer")

    @property
    def busy(self) -> bool:
        return self._worker.busy

    def trace(self) -> None:
        """Make polygons of the selected masks, or masks of the polygons where there is no mask."""
        editor = self._editor
        key, selected = editor.key, [*zip(editor.selection, editor.selected, strict=True)]
        if sum(_length(item) for _, item in selected) <= AT_ONCE:
            self._worker.cancel(0.0)
            self._made(key, selected, polygons_or_masks(selected))
        else:
            self._worker.start(lambda _thread: polygons_or_masks(selected),
                               lambda made: self._made(key, selected, made))

    def close(self) -> None:
        """End the thread."""
        self._worker.cancel()

    def _made(self, key: str, selected: _Selected, made: Made) -> None:
        """Take over what was made, where nothing was changed meanwhile."""
        editor, (shapes, words) = self._editor, made
        if not shapes:
            editor.refused.emit(tr("Select masks to make polygons of, or polygons to make masks "
                                   "of."))
        elif editor.key == key:
            objects = editor.objects
            same = {index: shapes[index] for index, item in selected if index in shapes
                    and index < len(objects) and objects[index] is item}
            if same:
                editor.set_shapes(same, words)


def _length(item: LabeledObject) -> int:
    if isinstance(item.shape, Mask):
        return len(item.shape.runs)
    return sum(map(len, item.shape.rings)) if isinstance(item.shape, Polygon) else 0
