"""The clip that is labelled, with its regions, suggestions and marks."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter

from workbench.gui.label.sounds.clip_source import ClipSource
from workbench.gui.label.sounds.editor import ClipEditor
from workbench.gui.label.sounds.marks import Marks
from workbench.gui.label.sounds.pointer import PointerTool
from workbench.gui.label.sounds.spectrum_canvas import SpectrumCanvas
from workbench.gui.label.sounds.time_canvas import GUTTER
from workbench.gui.style.theme import Theme
from workbench.gui.widgets.class_colors import ClassColors


class SoundCanvas(SpectrumCanvas):
    """Shows the editor's clip; draws, moves and resizes regions through :class:`PointerTool`."""

    menu_wanted = Signal(QPoint)
    """(place on the screen) the context menu is asked for."""

    def __init__(self, editor: ClipEditor, source: ClipSource, theme: Theme,
                 colors: ClassColors) -> None:
        super().__init__(source, theme)
        self.editor = editor
        self.pointer = PointerTool(self, editor)
        self._marks = Marks(self, editor, self.pointer, theme, colors)
        colors.changed.connect(self.update)
        editor.sample_changed.connect(self._sample_changed)
        controller = editor.suggestions
        for signal in (editor.objects_changed, editor.selection_changed, editor.stretch_changed,
                       editor.mode_changed, controller.changed, controller.pointed_changed):
            signal.connect(self.update)

    def _sample_changed(self) -> None:
        self.pointer.cancel()
        self.clip_changed(self.editor.key.rpartition("/")[2])

    def paint_over(self, painter: QPainter, area: QRect) -> None:
        if self.editor.key:
            self._marks.paint(painter, area)

    @property
    def held(self) -> bool:
        return self.pointer.busy

    # --- mouse and keys -------------------------------------------------------------------------

    def point_at(self, position: QPointF) -> None:
        """Tell what is under the pointer; keys are about the suggestion there."""
        controller = self.editor.suggestions
        if controller.shown and self.spectrum_rect.contains(position.toPoint()):
            seconds = self.time.seconds(position.x() - GUTTER)
            under = controller.at((seconds, self.frequency_at(position.y())))
            if under is None:  # above or below it, where no other one is
                under = next((place for place, item in enumerate(controller.shown)
                              if item.extent[0] <= seconds < item.extent[2]), controller.pointed)
            controller.point(under)
        super().point_at(position)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if event.button() == Qt.MouseButton.RightButton:
            self.pointer.choose_for_menu(event.position())
            self.menu_wanted.emit(event.globalPosition().toPoint())
        elif self.source.info is not None:
            self.pointer.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if self.source.info is not None:
            self.pointer.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.pointer.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.source.info is not None:
            self.pointer.double_click(event.position())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.pointer.key(event):
            super().keyPressEvent(event)
