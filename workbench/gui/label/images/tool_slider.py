"""The size of the tool in the hand, as a slider above the picture."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtWidgets import QWidget

from workbench.core.text import tr
from workbench.gui.label.images.brush_tool import TOLERANCE_MOST
from workbench.gui.label.images.canvas import Canvas
from workbench.gui.label.images.superpixel_tool import LEAST_SIDE, MOST_SIDE
from workbench.gui.style import tokens
from workbench.gui.widgets import Card
from workbench.gui.widgets.inputs import LabeledSlider
from workbench.gui.widgets.key_words import keyed_tip


class _Size(NamedTuple):
    """What a tool's slider changes of the editor."""

    field: str
    title: str
    least: float
    most: float


SIZES = {
    "brush": _Size("brush_size", "Brush", 1.0, 300.0),
    "eraser": _Size("brush_size", "Eraser", 1.0, 300.0),
    "fill": _Size("fill_tolerance", "Tolerance", 0.0, TOLERANCE_MOST),
    "superpixels": _Size("patch_size", "Superpixels", LEAST_SIDE, MOST_SIDE),
}
_WIDTH = 190


class ToolSlider(Card):
    """Lies over the upper left corner of a canvas while a tool that has a size is chosen."""

    def __init__(self, canvas: Canvas, parent: QWidget) -> None:
        super().__init__(parent=parent)
        self._canvas, self._editor = canvas, canvas.editor
        self._shown: _Size | None = None
        self.slider: LabeledSlider | None = None
        self.setFixedWidth(_WIDTH)
        self.hide()

    def refresh(self) -> None:
        """Show the size of the tool that is chosen now."""
        tool = self._canvas.picker.tool
        size = SIZES.get(tool.id) if tool is not None and self._editor.editable else None
        if size is not self._shown:
            self._shown = size
            if self.slider is not None:
                self.slider.hide()
                self.slider.deleteLater()
            self.slider = self._made(size) if size is not None else None
        if size is not None and self.slider is not None:
            self.slider.set_value(getattr(self._editor, size.field), announce=False)
            self.place()
        self.setVisible(size is not None)

    def place(self) -> None:
        """Lie in the corner."""
        at = self._canvas.geometry().topLeft()
        self.adjustSize()
        self.move(at.x() + tokens.SPACE_M, at.y() + tokens.SPACE_S)
        self.raise_()

    def _made(self, size: _Size) -> LabeledSlider:
        slider = LabeledSlider(tr(size.title), size.least, size.most,
                               getattr(self._editor, size.field), step=1.0)
        keyed_tip(slider, tr("Also <images.brush_smaller> and <images.brush_larger>, or Shift with "
                             "the wheel"))
        slider.value_changed.connect(lambda value: self._moved(size, value))
        self.add(slider)
        slider.show()  # the layout of a card that is in view would do it too late for its height
        return slider

    def _moved(self, size: _Size, value: float) -> None:
        setattr(self._editor, size.field, value)
        self._editor.mode_changed.emit()
