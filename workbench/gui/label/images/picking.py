"""What a press of the mouse takes: a grip, a box, the picture, or the beginning of a new box."""

from __future__ import annotations

import math
from inspect import signature

from PySide6.QtCore import Qt

from workbench.core.dots import is_dot
from workbench.core.shapes import Box
from workbench.extension.registry import load
from workbench.extension.window import LabellingTool, ToolController, make
from workbench.gui.label.images.geometry import Handle, Point
from workbench.gui.label.images.outlines import is_hit
from workbench.gui.label.images.shape_grips import grips_of
from workbench.gui.label.images.suggested import CorrectSuggestion
from workbench.gui.label.images.tool_view import ToolView
from workbench.gui.label.images.tools import (
    SLIP,
    DrawBox,
    Gesture,
    MoveBoxes,
    PanView,
    ResizeBox,
    SelectBand,
    handle_at,
    handle_cursor,
)
from workbench.gui.widgets.dot_painting import DOT_REACH

REACH = 2.0
"""How far beside a box, in logical pixels, it is still hit."""

_ADDING = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier
_BAND = _ADDING | Qt.KeyboardModifier.AltModifier


class Picker:
    """Finds what is under the mouse of one canvas. Points are in its logical pixels."""

    def __init__(self, canvas: ToolView) -> None:
        self._canvas = canvas
        self._cycled: Point | None = None
        self._before: tuple[int, ...] = ()
        self._tool: LabellingTool | None = None
        self.controller: ToolController | None = None
        """Of the tool that is chosen."""

    @property
    def tool(self) -> LabellingTool | None:
        """What the left button draws with, if that was chosen."""
        return self._tool

    @tool.setter
    def tool(self, tool: LabellingTool | None) -> None:
        if tool is not self._tool:
            self.controller = None if tool is None else make(tool.controller, self._canvas)
            self._tool = tool
            self._canvas.editor.painting = self.controller is not None and self.controller.paints

    def choose(self, tool: LabellingTool | None) -> None:
        """Let the left button do what a plugin's tool does, or what it usually does."""
        editor = self._canvas.editor
        self._canvas.settle()
        self._canvas.setFocus(Qt.FocusReason.ShortcutFocusReason)
        editor.set_drawing(False)
        editor.set_hand(False)
        self.tool = tool
        editor.mode_changed.emit()

    @property
    def _edits(self) -> bool:
        """Whether the tool changes labels."""
        return self.controller is None or self.controller.edits

    @property
    def tool_cursor(self) -> Qt.CursorShape:
        """While a tool is chosen, or boxes are drawn."""
        cursor = self.controller.cursor if self.controller is not None else None
        return Qt.CursorShape.CrossCursor if cursor is None else cursor

    def resize_tool(self, steps: int) -> bool:
        """Make what the tool draws with larger or smaller; False without a size."""
        if self.controller is None or self.controller.size_range is None:
            return False
        self.controller.resize(steps)
        self._canvas.editor.mode_changed.emit()
        return True

    def let_go_of_object(self) -> bool:
        """Let the next stroke begin another object; False where it would already."""
        return self.controller is not None and self.controller.let_go()

    def let_go(self) -> bool:
        """Take back one thing of the tool: the object it goes on with, then the tool itself."""
        if self.tool is None:
            return False
        if not self.let_go_of_object():
            self.choose(None)
        return True

    def forget(self) -> None:
        """Another image: repeated clicks begin anew."""
        self._cycled = None

    def boxes_at(self, point: Point) -> list[int]:
        """Boxes under ``point`` that can be taken, the smallest first."""
        return [index for index in self.shapes_at(point) if self._canvas.editor.selectable(index)]

    def shapes_at(self, point: Point) -> list[int]:
        """What is shown under ``point``, locked or not, the smallest first."""
        scene, editor = self._canvas.scene, self._canvas.editor
        if scene.hidden:
            return []
        at, reach = scene.viewport.to_image(point), REACH / scene.viewport.scale
        others = [index for index in scene.index.at(at, reach)
                  if editor.shows(scene.objects[index].label)
                  and is_hit(scene.objects[index].shape, at, reach)]
        return [*self._dots_at(at), *(index for index in others
                                      if not is_dot(scene.objects[index].shape))]

    def _dots_at(self, at: Point) -> list[int]:
        """Dots at a point of the image, the nearest first."""
        scene = self._canvas.scene
        if not scene.dots:
            return []
        reach = DOT_REACH / scene.viewport.scale
        x, y = at
        away = {index: math.dist(at, scene.index.boxes[index][:2])
                for index in scene.index.near((x - reach, y - reach, x + reach, y + reach))
                if is_dot(scene.objects[index].shape)
                and self._canvas.editor.shows(scene.objects[index].label)}
        return sorted((index for index, far in away.items() if far <= reach),
                      key=lambda index: (away[index], -index))

    def pick(self, point: Point) -> int | None:
        """The box that a press takes: the smallest, or the one chosen here by repeated clicks."""
        candidates = self.boxes_at(point)
        if not candidates:
            return None
        active = self._canvas.editor.active
        if self._cycled is not None and active in candidates \
                and abs(self._cycled[0] - point[0]) < SLIP \
                and abs(self._cycled[1] - point[1]) < SLIP:
            return active
        return candidates[0]

    def suggested_at(self, point: Point) -> int | None:
        """The suggestion under ``point``."""
        scene = self._canvas.scene
        if scene.hidden or not self._canvas.editor.suggestions.shown:
            return None
        return self._canvas.editor.suggestions.at(scene.viewport.to_image(point))

    def handle_at(self, point: Point) -> Handle | None:
        """The grip or edge of the only selected box."""
        box = self._canvas.chosen_shape(Box)
        return handle_at(self._canvas.view_rect(box.bounds()), point) if box is not None else None

    def remove_pointed(self) -> bool:
        """Take out the point of the selected polygon under the mouse, or what the tool has there;
        False without one."""
        mouse, grips = self._canvas.mouse, grips_of(self._canvas)
        index = self._pointed_by_tool()
        if index is not None:
            self._canvas.editor.select((index,))
            return self._canvas.editor.delete()
        return mouse is not None and grips is not None and self.tool is None and grips.remove(mouse)

    @property
    def can_remove(self) -> bool:
        """Whether something is selected, or the tool has something under the mouse."""
        return bool(self._canvas.editor.selection) or self._pointed_by_tool() is not None

    def _pointed_by_tool(self) -> int | None:
        canvas = self._canvas
        if self.controller is None or canvas.mouse is None or canvas.editor.selection \
                or not canvas.editor.editable:
            return None
        return self.controller.pointed(canvas.mouse)

    def grip_cursor(self, point: Point) -> Qt.CursorShape | None:
        """The cursor over what can be dragged of the selected object, or None beside that."""
        handle = self.handle_at(point)
        if handle is not None:
            return handle_cursor(handle)
        grips = grips_of(self._canvas)
        return grips.cursor(point) if grips is not None else None

    def select_for_menu(self, point: Point) -> None:
        """A context menu is about what is under the mouse, and never about a box elsewhere."""
        editor = self._canvas.editor
        candidates = self.boxes_at(point)
        if not set(candidates) & set(editor.selection):
            editor.select(candidates[:1])

    def restore(self, point: Point) -> bool:
        """A double click means the box that its first click found; False beside all boxes."""
        candidates = self.boxes_at(point)
        if not candidates:
            return False
        editor = self._canvas.editor
        if set(self._before) & set(candidates):
            editor.select(self._before)
        elif not set(editor.selection) & set(candidates):
            editor.select(candidates[:1])
        return True

    def gesture(self, point: Point, modifiers: Qt.KeyboardModifier) -> Gesture:
        """What a press of the left button begins."""
        canvas, editor = self._canvas, self._canvas.editor
        if editor.hand:
            return PanView(canvas, point)
        if editor.drawing:
            return DrawBox(canvas, point)
        grips = grips_of(canvas)
        if grips is not None and (grips.over_tools or self.tool is None):
            began = grips.gesture(point, modifiers)
            if began is not None:
                return began
        if self.tool is not None and (editor.editable or not self._edits):
            if self._is_locked(point, modifiers):
                return PanView(canvas, point)
            return self._of_tool(self.tool, point, modifiers)
        picked = self.pick(point)
        if modifiers & _BAND:
            return SelectBand(canvas, point, picked if modifiers & _ADDING else None)
        handle = self.handle_at(point)
        if handle is not None:
            return ResizeBox(canvas, point, handle)
        index = self.suggested_at(point) if picked is None else None
        if index is not None and editor.editable:
            return CorrectSuggestion(canvas, point, index)
        if picked is None:
            kind = DrawBox if editor.drag_draws else PanView
            return kind(canvas, point, deselect=True)
        return self._take(point, picked)

    def _is_locked(self, point: Point, modifiers: Qt.KeyboardModifier) -> bool:
        """Whether the tool cannot do anything here because a class is locked, which is said; what
        goes on with a selected object can."""
        editor = self._canvas.editor
        told = self.controller.is_locked(point, modifiers) if self.controller is not None else None
        if told is not None:
            return told
        goes_on = bool(editor.selection) and bool(modifiers & Qt.KeyboardModifier.AltModifier)
        return not goes_on and editor.refuses(editor.current_class)

    def _of_tool(self, tool: LabellingTool, point: Point,
                 modifiers: Qt.KeyboardModifier) -> Gesture:
        what = load(tool.gesture) if isinstance(tool.gesture, str) else tool.gesture
        told = "modifiers" in signature(what).parameters
        made: Gesture = what(self._canvas, point, modifiers) if told \
            else what(self._canvas, point)
        return made

    def _take(self, point: Point, picked: int) -> Gesture:
        """Select the box and be ready to move it; a click on a selected one takes the next."""
        canvas, editor = self._canvas, self._canvas.editor
        self._before = editor.selection
        clicked = picked
        if picked in editor.selection:
            candidates = self.boxes_at(point)
            if len(editor.selection) == 1:
                clicked = candidates[(candidates.index(picked) + 1) % len(candidates)]
        else:
            editor.select((picked,))
        self._cycled = point
        if not editor.editable:
            editor.select((clicked,))
            return PanView(canvas, point)
        return MoveBoxes(canvas, point, clicked=(clicked,))
