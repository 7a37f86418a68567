"""The canvas: shows the picture with its boxes and turns mouse and keys into edits.

Only what moves is painted per frame. The picture and all boxes that stay where they are lie in
one :class:`Layer`, which is copied; hits are found through a grid.

A drag beside the boxes draws one, after W also on top of others; a click selects, a second one on
the same spot takes the next box below; a drag on a box moves it, on a grip or an edge resizes it;
with Space held, the middle button, the right one or the hand tool it moves the picture; with Shift
or Ctrl a click adds to the selection and a drag spans a frame to select by. The wheel zooms to the
cursor, with Shift it moves sideways, with Alt up and down.
"""

from __future__ import annotations

import math
from typing import Literal

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from workbench.core.text import tr
from workbench.extension.window import LabellingTool, ToolController
from workbench.gui.label.images import repair
from workbench.gui.label.images.editor import Editor
from workbench.gui.label.images.geometry import Point
from workbench.gui.label.images.image_source import Picture
from workbench.gui.label.images.multi_click import MultiClickInput
from workbench.gui.label.images.overlay import Overlay
from workbench.gui.label.images.picking import Picker
from workbench.gui.label.images.scale_bar import ScaleBar
from workbench.gui.label.images.tool_view import ToolView
from workbench.gui.label.images.tools import DrawBox, Gesture, MoveBoxes, PanView
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets.class_colors import ClassColors
from workbench.gui.widgets.zoomed_view import as_point

LOADING_AFTER_MS = 250
"""A picture that takes longer than this is announced."""
NOTCH = 120
"""Eighths of a degree that a wheel turns at a time."""
_ARROWS: dict[int, tuple[int, int]] = {
    Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1),
}
_TABS: dict[int, int] = {Qt.Key.Key_Tab: 1, Qt.Key.Key_Backtab: -1}


class Canvas(ToolView):
    """Shows and edits the image of an :class:`Editor`."""

    cursor_moved = Signal()
    """The mouse is over another image pixel, or has left (read :attr:`cursor_pixel`)."""
    class_wanted = Signal(QRect)
    """(rectangle in the canvas) a class for the selected boxes is to be chosen there."""
    menu_wanted = Signal(QPoint)
    """(place on the screen) the context menu is asked for."""
    space_pressed = Signal()
    """Space was pressed and let go, without moving the picture meanwhile."""
    enter_pressed = Signal()
    """Enter was pressed while there was nothing on the image that it could be about."""

    def __init__(self, editor: Editor, theme: Theme, colors: ClassColors,
                 parent: QWidget | None = None) -> None:
        super().__init__(editor, theme, colors, parent)
        self.cursor_pixel: tuple[int, int] | None = None
        self._gesture: Gesture | None = None
        self._turned = 0.0
        self._nudged: tuple[MoveBoxes, int, int] | None = None
        self._space: Literal["", "held", "used"] = ""
        self.picker = Picker(self)
        self._overlay = Overlay(self)
        self.scale_bar = ScaleBar(self)
        self._lasting = MultiClickInput(self)
        self._loading = QTimer(self, singleShot=True, interval=LOADING_AFTER_MS)
        self._loading.timeout.connect(self.update)
        self.scene.skeleton = editor.skeleton
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Image"))
        editor.objects_changed.connect(self._objects_changed)
        editor.selection_changed.connect(self._selection_changed)
        editor.mode_changed.connect(self._mode_changed)
        editor.ghost_changed.connect(self._overlay.refresh)
        editor.scale_changed.connect(self.update)
        editor.suggestions.changed.connect(self._suggestions_changed)
        editor.suggestions.pointed_changed.connect(self._overlay.refresh)

    # --- what is shown --------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether a gesture is under way."""
        return self._gesture is not None or self._nudged is not None

    def show_image(self, picture: Picture) -> None:
        """Show the editor's image from its beginning."""
        self._gesture = self._nudged = self.hovered = self.unnamed = None
        self.picker.forget()
        self.scene.picture = picture
        self.scene.set_objects(self.editor.objects, picture.size)
        self.scene.lifted = frozenset(self.editor.selection)
        if 0 not in picture.size:
            self.viewport.set_image(picture.size)
        if not picture.settled:
            self._loading.start()
        self._refresh()

    def set_picture(self, picture: Picture) -> None:
        """There is more to see of the same image."""
        known = picture.size == self.scene.picture.size
        self.scene.picture = picture
        if not known and 0 not in picture.size:
            self.viewport.set_image(picture.size)
            self.scene.set_objects(self.editor.objects, picture.size)
        self._refresh()

    def view_moved(self) -> None:
        self._overlay.forget()
        self._hover()

    # --- the editor announces -------------------------------------------------------------------

    def _objects_changed(self) -> None:
        self._gesture = self._nudged = self.hovered = None
        after = self.editor.objects
        if after is self.scene.objects:
            return  # only the verified mark is another
        # Positions mean other boxes from now on: all that is lifted returns to the layer first.
        repair.after_lifting(self, self.scene.lifted)
        self.scene.lifted = frozenset()
        repair.after_edit(self, self.scene.objects, after)
        self.scene.set_objects(after, self.scene.picture.size)
        if self.scene.numbered and self.scene.dots:  # others may have other numbers
            self.layer.invalidate()
        self._lift()
        self.update()

    def _suggestions_changed(self) -> None:
        if self.scene.objects is self.editor.objects:
            self._hover()
        else:  # they are told of first: places are still those of what was there before
            self.hovered = None
            self._overlay.refresh()

    def _selection_changed(self) -> None:
        self._lift()
        self._hover()

    def _lift(self) -> None:
        """Selected boxes leave the layer; the ones let go return to it."""
        self._overlay.forget()
        now = frozenset(self.editor.selection)
        changed = (now ^ self.scene.lifted) & frozenset(range(len(self.scene.objects)))
        self.scene.lifted = now
        repair.after_lifting(self, changed)
        self._overlay.refresh()

    def _mode_changed(self) -> None:
        self._look_again()
        if not self.editor.drawing and isinstance(self._gesture, DrawBox):
            self.cancel()
        if self.editor.drawing or self.editor.hand:
            self.picker.tool = None
        self.hovered = None
        self._hover()
        self.update()

    def _look_again(self) -> None:
        """Find out what is shown, and how; what is being drawn goes on."""
        before = self.scene.look
        self._hide_or_show()
        if self.scene.look != before:
            self.layer.invalidate()
            self.update()

    def _hide_or_show(self) -> None:
        """Without a picture nobody knows where the boxes lie."""
        self.scene.hidden = self.editor.hidden or 0 in self.scene.picture.size
        self.scene.unseen = self.editor.states.hidden
        self.scene.areas = self.editor.one_class
        self.scene.numbered = self.editor.numbered

    def _refresh(self) -> None:
        self._hide_or_show()
        if self.scene.picture.settled:
            self._loading.stop()
        self.layer.invalidate()
        self.update()
        self._overlay.forget()
        self._overlay.refresh()
        self.view_changed.emit()

    # --- gestures -------------------------------------------------------------------------------

    def settle(self) -> None:
        nudged, self._nudged = self._nudged, None
        gesture, self._gesture = self._gesture, None
        for item in (nudged[0] if nudged else None, gesture):
            if item is not None:
                item.finish()
        self._overlay.refresh()
        self._hover()

    def cancel(self) -> None:
        """Forget what the hand is doing; nothing was edited yet."""
        nudged, self._nudged = self._nudged, None
        gesture, self._gesture = self._gesture, None
        for item in (nudged[0] if nudged else None, gesture):
            if item is not None:
                item.cancel()
        self._overlay.refresh()

    def show_gesture(self) -> None:
        self._show_cursor()
        self._overlay.refresh()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        point = as_point(event.position())
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if self.ringed:
            self.ringed = False
            self.update()
        if self._lasting.press(event, space=bool(self._space)):
            self._space = "used" if self._space else ""
            return
        if 0 in self.scene.picture.size or self.busy:
            return
        self.mouse = point
        if self._space and event.button() is Qt.MouseButton.LeftButton:
            self._space = "used"
            self._gesture = PanView(self, point)
        elif event.button() is Qt.MouseButton.LeftButton:
            self._gesture = self.picker.gesture(point, event.modifiers())
        elif event.button() is Qt.MouseButton.MiddleButton:
            self._gesture = PanView(self, point)
        elif event.button() is Qt.MouseButton.RightButton:
            self.picker.select_for_menu(point)
            self._gesture = PanView(self, point)
        self._show_cursor()
        self._overlay.refresh()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.mouse = as_point(event.position())
        if self._lasting.move(event):
            self._overlay.refresh()
        elif self._gesture is not None:
            self._gesture.move(self.mouse, event.modifiers())
            self._overlay.refresh()
        else:
            self._hover()
        self._report_cursor()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._lasting.release(event):
            return
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.move(as_point(event.position()), event.modifiers())
            gesture.finish()
            right = event.button() is Qt.MouseButton.RightButton
            if right and isinstance(gesture, PanView) and not gesture.moved:
                self.menu_wanted.emit(event.globalPosition().toPoint())
        self._overlay.refresh()
        self._hover()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        point = as_point(event.position())
        left = event.button() is Qt.MouseButton.LeftButton and not self._space
        selecting = not (self.editor.drawing or self.editor.hand or self.picker.tool)
        if left and selecting and not self.busy and self.picker.restore(point):
            self.ask_for_class()
        else:
            self.mousePressEvent(event)

    def ask_for_class(self) -> None:
        """Offer the classes at the active box."""
        if self.editor.selection and self.editor.editable:
            rect = self.view_rect(self.editor.selected[-1].box).toAlignedRect()
            self.class_wanted.emit(rect.intersected(self.rect()))

    # --- keys and wheel -------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            step = _TABS.get(event.key(), 0)
            # Behind the last box the focus goes on to the next control: nobody is locked in.
            if step and self.editor.step(step):
                self.show_active()
                return True
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and (
                (event.key() == Qt.Key.Key_Space and not event.modifiers())
                or self._lasting.takes(event)):
            event.accept()  # held, it lets a drag move the picture; only let go it is a command
            return True
        return super().event(event)

    def show_active(self) -> None:
        """Bring the active box into view if no part of it is seen."""
        index = self.editor.active
        if index is None:
            return
        box = self.editor.objects[index].box
        if not self.view_rect(box).intersects(QRectF(self.rect())):
            self.show_box(box)

    def wheelEvent(self, event: QWheelEvent) -> None:
        shift = event.modifiers() == Qt.KeyboardModifier.ShiftModifier
        if shift:  # a touch pad tells of a notch in many small parts
            self._turned += event.angleDelta().y() or event.angleDelta().x()
        steps, self._turned = int(self._turned / NOTCH), math.fmod(self._turned, NOTCH)
        if not (shift and self.picker.resize_tool(steps)):
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        arrow = _ARROWS.get(event.key())
        if self._lasting.key(event):
            return
        if arrow is not None and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            fast = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._arrow(arrow[0], arrow[1], 10 if fast else 1)
        elif event.key() == Qt.Key.Key_Space and not event.modifiers():
            if not event.isAutoRepeat():
                self._space = "held"
                self._show_cursor()
        elif event.key() == Qt.Key.Key_Escape:
            self.escape()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not (
                event.modifiers() & Qt.KeyboardModifier.ControlModifier):
            if self.editor.selection and not self.picker.let_go_of_object():
                self.ask_for_class()
            elif not (self.editor.accept_ghost() or self.editor.suggestions.accept_all()):
                self.enter_pressed.emit()
        else:
            super().keyPressEvent(event)

    def escape(self) -> None:
        """Take back one thing: the gesture, drawing, the selection, the detection shown."""
        if self.busy:
            self.cancel()
        elif self.editor.drawing or self.editor.hand:
            self.editor.set_drawing(False)
            self.editor.set_hand(False)
        elif self.picker.let_go():
            self._overlay.refresh()
        elif self.editor.selection:
            self.editor.select(())
        else:
            self.editor.show_ghost(None)

    def _arrow(self, dx: int, dy: int, pixels: int) -> None:
        """Nudge the selection, or move the picture. A key held down makes one edit, not fifty."""
        if not self.editor.selection or not self.editor.editable:
            self.pan(-dx * 4.0 * tokens.SPACE_M, -dy * 4.0 * tokens.SPACE_M)
            return
        if self._gesture is not None:
            return
        if self._nudged is None:
            self._nudged = (MoveBoxes(self, (0.0, 0.0)), 0, 0)
        move, x, y = self._nudged
        move.nudge(x + dx * pixels, y + dy * pixels)
        self._nudged = (move, round(move.shift[0]), round(move.shift[1]))
        self._overlay.refresh()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not event.isAutoRepeat() and self._nudged is not None:
            self.settle()
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            space, self._space = self._space, ""
            self._show_cursor()
            if space == "held":
                self.space_pressed.emit()
        super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        if self._nudged is not None:
            self.settle()
        self._space = ""
        super().focusOutEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._look_again()  # something else may be learned now

    def leaveEvent(self, event: QEvent) -> None:
        self.mouse = None
        self._hover()
        self._report_cursor()
        super().leaveEvent(event)

    # --- hover, cursor and overlays -------------------------------------------------------------

    def _hover(self) -> None:
        held = self.busy or self.editor.drawing or self.editor.hand or self.picker.tool
        found = self.picker.pick(self.mouse) if self.mouse is not None and not held else None
        self.hovered = found
        free = self.mouse is not None and found is None and not self.busy
        self.editor.suggestions.point(
            self.picker.suggested_at(self.mouse) if self.mouse is not None and free else None)
        self._show_cursor()
        self._overlay.refresh()

    def _show_cursor(self) -> None:
        shape = Qt.CursorShape.ArrowCursor
        grip = self.picker.grip_cursor(self.mouse) if self.mouse is not None else None
        if self._gesture is not None:
            shape = self._gesture.cursor
        elif self._space or self.editor.hand:
            shape = Qt.CursorShape.OpenHandCursor
        elif self.editor.drawing or self.picker.tool is not None:
            shape = self.picker.tool_cursor
        elif grip is not None:
            shape = grip
        elif self.hovered is not None or self.editor.suggestions.pointed is not None:
            shape = Qt.CursorShape.PointingHandCursor
        elif self.editor.drag_draws:
            shape = Qt.CursorShape.CrossCursor
        if self.cursor().shape() is not shape:
            self.setCursor(shape)

    def _report_cursor(self) -> None:
        pixel = None
        if self.mouse is not None:
            x, y = self.viewport.to_image(self.mouse)
            if self.viewport.contains((x, y)):
                pixel = (int(x), int(y))
        if pixel != self.cursor_pixel:
            self.cursor_pixel = pixel
            self.cursor_moved.emit()

    @property
    def tool(self) -> LabellingTool | None:
        return self.picker.tool

    @property
    def controller(self) -> ToolController | None:
        return self.picker.controller

    def boxes_at(self, point: Point) -> list[int]:
        return self.picker.boxes_at(point)

    def shapes_at(self, point: Point) -> list[int]:
        return self.picker.shapes_at(point)

    @property
    def active_gesture(self) -> Gesture | None:
        return self._nudged[0] if self._nudged is not None else self._gesture

    # --- painting -------------------------------------------------------------------------------

    def paint_above(self, painter: QPainter) -> None:
        self._overlay.paint(painter)
        known = self.editor.scale
        self.scale_bar.paint(painter, known.size if known is not None else None)

    @property
    def waiting(self) -> bool:
        return bool(self.editor.key) and not self.scene.picture.settled \
            and not self._loading.isActive()
