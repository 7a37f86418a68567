"""The size of the tool in the hand, as a slider above the picture."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from workbench.core.text import tr
from workbench.extension.window import SizeRange, ToolController
from workbench.gui.label.images.canvas import Canvas
from workbench.gui.style import tokens
from workbench.gui.widgets import Card, IconButton, row
from workbench.gui.widgets.inputs import LabeledSlider
from workbench.gui.widgets.key_words import keyed_tip

_WIDTH = 190


class ToolSlider(Card):
    """Lies over the upper left corner of a canvas while a tool that has a size is chosen; folded it
    is but a button there."""

    folded = Signal(bool)
    """A person folded or unfolded it."""

    def __init__(self, canvas: Canvas, parent: QWidget, *, folded: bool = False) -> None:
        super().__init__(parent=parent)
        self._canvas, self._editor = canvas, canvas.editor
        self._shown: SizeRange | None = None
        self.slider: LabeledSlider | None = None
        self._is_folded = folded
        self.fold_button = IconButton("chevron-up", tr("Fold the size away"),
                                      side=tokens.SPACE_XL, run=self._fold)
        self._line = row(spacing=tokens.SPACE_XS)
        self._line.addWidget(self.fold_button, 0, Qt.AlignmentFlag.AlignTop)
        self.add(self._line)
        self.hide()

    def refresh(self) -> None:
        """Show the size of the tool that is chosen now."""
        controller = self._canvas.controller if self._editor.editable else None
        size = controller.size_range if controller is not None else None
        if size is not self._shown:
            self._shown = size
            if self.slider is not None:
                self.slider.hide()
                self.slider.deleteLater()
                self.slider = None
            if size is not None and controller is not None:
                self.slider = self._made(size, controller)
        if controller is not None and self.slider is not None:
            self.slider.set_value(controller.size, announce=False)
            self._show_fold()
            self.place()
        self.setVisible(size is not None)

    def _fold(self) -> None:
        self._is_folded = not self._is_folded
        self.folded.emit(self._is_folded)
        self._show_fold()
        self.place()

    def _show_fold(self) -> None:
        if self.slider is not None:
            self.slider.setVisible(not self._is_folded)
        self.fold_button.set_icon("chevron-down" if self._is_folded else "chevron-up")
        self.fold_button.set_name(tr("Show the size of the tool") if self._is_folded
                                  else tr("Fold the size away"))
        layout, edge = self.layout(), tokens.SPACE_XS if self._is_folded else tokens.SPACE_M
        assert layout is not None
        layout.setContentsMargins(edge, edge, edge, edge)
        self.setFixedWidth(tokens.SPACE_XL + 2 * edge if self._is_folded else _WIDTH)

    def place(self) -> None:
        """Lie in the corner."""
        at = self._canvas.geometry().topLeft()
        self.adjustSize()
        self.move(at.x() + tokens.SPACE_M, at.y() + tokens.SPACE_S)
        self.raise_()

    def _made(self, size: SizeRange, controller: ToolController) -> LabeledSlider:
        slider = LabeledSlider(tr(size.title), size.least, size.most, controller.size, step=1.0)
        keyed_tip(slider, tr("Also <images.brush_smaller> and <images.brush_larger>, or Shift with "
                             "the wheel"))
        slider.value_changed.connect(self._moved)
        self._line.insertWidget(0, slider, 1)
        slider.show()  # the layout of a card that is in view would do it too late for its height
        return slider

    def _moved(self, value: float) -> None:
        controller = self._canvas.controller
        if controller is not None and controller.size_range is self._shown:
            controller.size = value
            self._editor.mode_changed.emit()
