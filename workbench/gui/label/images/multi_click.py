"""Gestures that last over several clicks: what canvas and keys do while one is under way."""

from __future__ import annotations

from typing import TypeGuard

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent

from workbench.extension.window import Gesture, MultiClickGesture
from workbench.gui.label.images.tool_view import ToolView
from workbench.gui.label.images.tools import PanView
from workbench.gui.widgets.zoomed_view import as_point


def is_multi_click(gesture: Gesture | None) -> TypeGuard[MultiClickGesture]:
    """Whether it goes on after the button is let go."""
    return isinstance(gesture, MultiClickGesture)


class MultiClickInput:
    """Gives mouse and keys of one canvas to its lasting gesture; the picture can still be moved
    with the middle button or with Space."""

    def __init__(self, canvas: ToolView) -> None:
        self._canvas = canvas
        self._pan: PanView | None = None

    @property
    def gesture(self) -> MultiClickGesture | None:
        found = self._canvas.active_gesture
        return found if is_multi_click(found) else None

    def press(self, event: QMouseEvent, *, space: bool) -> bool:
        """A button was pressed; False where no lasting gesture is under way."""
        gesture = self.gesture
        if gesture is None:
            return False
        point = as_point(event.position())
        if event.button() is Qt.MouseButton.MiddleButton or space:
            self._pan = PanView(self._canvas, point)
        elif event.button() is Qt.MouseButton.RightButton:
            gesture.key(int(Qt.MouseButton.RightButton.value), event.modifiers())
        elif event.button() is Qt.MouseButton.LeftButton:
            gesture.press(point, event.modifiers())
        self._look()
        return True

    def move(self, event: QMouseEvent) -> bool:
        if self._pan is None:
            return False
        self._pan.move(as_point(event.position()), event.modifiers())
        return True

    def release(self, event: QMouseEvent) -> bool:
        pan, self._pan = self._pan, None
        gesture = self.gesture
        if pan is not None or gesture is None:
            return pan is not None
        if event.button() is Qt.MouseButton.LeftButton:
            gesture.release(as_point(event.position()), event.modifiers())
        self._look()
        return True

    def takes(self, event: QKeyEvent) -> bool:
        """Whether the key is the gesture's own, also where it is a shortcut otherwise."""
        gesture = self.gesture
        return gesture is not None and (event.key() in gesture.keys or _is_undo(event))

    def key(self, event: QKeyEvent) -> bool:
        gesture = self.gesture
        if gesture is None or not self.takes(event):
            return False
        gesture.key(int(Qt.Key.Key_Backspace) if _is_undo(event) else event.key(),
                    event.modifiers())
        self._look()
        return True

    def _look(self) -> None:
        gesture = self.gesture
        if gesture is not None and gesture.done:
            self._canvas.settle()
        self._canvas.show_gesture()


def _is_undo(event: QKeyEvent) -> bool:
    return event.key() == Qt.Key.Key_Z \
        and event.modifiers() == Qt.KeyboardModifier.ControlModifier
