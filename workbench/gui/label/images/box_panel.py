"""The boxes of the current image as a list."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from workbench.core.annotation import LabeledObject
from workbench.core.attributes import TRACK
from workbench.core.dots import is_dot
from workbench.core.outlines import RotatedBox
from workbench.core.shapes import Box
from workbench.core.text import tr
from workbench.gui.label.images.editor import Editor
from workbench.gui.label.images.outlines import shape_name, shape_words
from workbench.gui.label.images.scene import flag_words
from workbench.gui.label.object_panel import ObjectModel, ObjectPanel
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import column
from workbench.gui.widgets.class_colors import ClassColors
from workbench.gui.widgets.row_view import Index


class BoxModel(ObjectModel):
    """The objects of the editor, in file order."""

    def __init__(self, editor: Editor, colors: ClassColors) -> None:
        super().__init__(colors)
        self._editor = editor

    def taken(self) -> tuple[Sequence[LabeledObject], Sequence[int]]:
        objects = self._editor.objects
        return objects, range(len(objects))

    def right(self, item: LabeledObject) -> str:
        if is_dot(item.shape):
            x, y = item.shape.points[0]
            return f"{x:.0f}, {y:.0f}"
        width, height = _sides(item)
        return f"{width:.0f}×{height:.0f}"

    def note(self, item: LabeledObject) -> str:
        hidden, locked = self._editor.states.marks(item.label)
        said = [] if type(item.shape) is Box else [shape_name(item.shape)]
        if TRACK in item.attributes:
            said.insert(0, flag_words(item).removeprefix(item.label).strip())
        return ", ".join([*said, *(word for word, there in (("difficult", item.difficult),
                                                            ("truncated", item.truncated),
                                                            ("hidden", hidden), ("locked", locked))
                                   if there)])

    def flags(self, index: Index) -> Qt.ItemFlag:
        """What cannot be selected on the canvas cannot be here."""
        found = super().flags(index)
        row = index.row()
        there = 0 <= row < len(self._order) and self._order[row] < len(self._editor.objects)
        if there and not self._editor.selectable(self._order[row]):
            return found & ~Qt.ItemFlag.ItemIsSelectable
        return found

    def spoken(self, item: LabeledObject) -> str:
        if is_dot(item.shape):
            return f"{shape_words(item.shape)}, {self.right(item)}"
        width, height = _sides(item)
        size = tr("{width:.0f} by {height:.0f} pixels", width=width, height=height)
        words = shape_words(item.shape)
        return f"{words}, {size}" if words else size


def _sides(item: LabeledObject) -> tuple[float, float]:
    """Width and height, of a rotated box its own."""
    sides = item.shape if isinstance(item.shape, RotatedBox) else item
    return sides.width, sides.height


class BoxPanel(ObjectPanel):
    """Lists the boxes of an image."""

    def __init__(self, editor: Editor, theme: Theme, colors: ClassColors,
                 parent: QWidget | None = None) -> None:
        super().__init__(editor, theme, colors, BoxModel(editor, colors), tr("Objects"),
                         tr("Objects on this image"), parent=parent)
        self.setLayout(column(
            column(self.title, margins=(tokens.SPACE_L, 0, tokens.SPACE_L, 0)), self.view,
            spacing=tokens.SPACE_XS))
        editor.sample_changed.connect(self.load_soon)
        editor.objects_changed.connect(self.load)
        editor.selection_changed.connect(self.show_selection)
        editor.states.changed.connect(self.model.redraw)
        self.load()

    def show_count(self, count: int) -> None:
        self.title.set_right(f"{count:,}" if self._editor.key else "")
