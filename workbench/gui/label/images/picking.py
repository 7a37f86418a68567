"""What a press of the mouse takes: a grip, a box, the picture, or the beginning of a new box."""

from __future__ import annotations

from inspect import signature

from PySide6.QtCore import Qt

from workbench.core.outlines import Keypoints, Mask
from workbench.core.shapes import Box
from workbench.extension.registry import load
from workbench.extension.window import LabellingTool
from workbench.gui.label.images.brush_tool import (
    BRUSHES,
    MASKED,
    other_size,
    other_tolerance,
    selected_mask,
)
from workbench.gui.label.images.drawing_tools import CUT
from workbench.gui.label.images.geometry import Handle, Point
from workbench.gui.label.images.outlines import is_hit
from workbench.gui.label.images.polygon_tools import MoveVertex, Vertex, vertex_at
from workbench.gui.label.images.rotated_tool import ChangeRotated, grip_at
from workbench.gui.label.images.suggested import CorrectSuggestion
from workbench.gui.label.images.superpixel_tool import REMOVING, SUPERPIXELS, other_side
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
        self.tool: LabellingTool | None = None

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
    def tool_cursor(self) -> Qt.CursorShape:
        """While a tool is chosen; a brush has its ring."""
        brush = self.tool is not None and self.tool.id in BRUSHES
        return Qt.CursorShape.BlankCursor if brush else Qt.CursorShape.CrossCursor

    def resize_brush(self, steps: int) -> bool:
        """Make the brush, or the tolerance of filling, larger or smaller; False without either."""
        editor = self._canvas.editor
        if self.tool is not None and self.tool.id == "fill":
            editor.fill_tolerance = other_tolerance(editor.fill_tolerance, steps)
            editor.mode_changed.emit()
            return True
        if self.tool is not None and self.tool.id == SUPERPIXELS:
            editor.patch_size = other_side(editor.patch_size, steps)
            editor.mode_changed.emit()
            return True
        if self.tool is None or self.tool.id not in BRUSHES:
            return False
        editor.brush_size = other_size(editor.brush_size, steps)
        editor.mode_changed.emit()
        return True

    def let_go_of_mask(self) -> bool:
        """Let the next stroke begin another mask; False where it would already."""
        editor = self._canvas.editor
        if self.tool is None or self.tool.id not in MASKED or not editor.selection:
            return False
        editor.select(())
        return True

    def let_go(self) -> bool:
        """Take back one thing of the tool: the mask it goes on with, then the tool itself."""
        if self.tool is None:
            return False
        if not self.let_go_of_mask():
            self.choose(None)
        return True

    def forget(self) -> None:
        """Another image: repeated clicks begin anew."""
        self._cycled = None

    def boxes_at(self, point: Point) -> list[int]:
        """Boxes under ``point`` that can be taken, the smallest first."""
        return [index for index in self._shapes_at(point) if self._canvas.editor.selectable(index)]

    def _shapes_at(self, point: Point) -> list[int]:
        """What is shown under ``point``, locked or not, the smallest first."""
        scene, editor = self._canvas.scene, self._canvas.editor
        if scene.hidden:
            return []
        at, reach = scene.viewport.to_image(point), REACH / scene.viewport.scale
        return [index for index in scene.index.at(at, reach)
                if editor.shows(scene.objects[index].label)
                and is_hit(scene.objects[index].shape, at, reach)]

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

    def _alt_clicked(self, vertex: Vertex) -> None:
        """A point of a polygon goes, a key point is hidden or seen."""
        editor = self._canvas.editor
        if isinstance(editor.objects[vertex.object].shape, Keypoints):
            editor.hide_point(vertex.object, vertex.corner)
        else:
            self.remove_vertex(vertex)

    def remove_vertex(self, vertex: Vertex) -> None:
        """Take a point out of the selected polygon."""
        if not vertex.new:
            self._canvas.editor.remove_point(vertex.object, vertex.ring, vertex.corner)

    def remove_pointed(self) -> bool:
        """Take out the point of the selected polygon under the mouse; False without one."""
        mouse = self._canvas.mouse
        vertex = vertex_at(self._canvas, mouse) if mouse is not None and self.tool is None else None
        if vertex is None or vertex.new:
            return False
        self.remove_vertex(vertex)
        return True

    def grip_cursor(self, point: Point) -> Qt.CursorShape | None:
        """The cursor over what can be dragged of the selected object, or None beside that."""
        handle = self.handle_at(point)
        if handle is not None:
            return handle_cursor(handle)
        vertex = vertex_at(self._canvas, point)
        if vertex is not None and not vertex.new:
            return Qt.CursorShape.SizeAllCursor
        return Qt.CursorShape.CrossCursor if vertex or grip_at(self._canvas, point) else None

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
        grip = grip_at(canvas, point)
        if grip is not None:
            return ChangeRotated(canvas, point, grip)
        if self.tool is not None and editor.editable:
            if self._is_locked(self.tool, point, modifiers):
                return PanView(canvas, point)
            return self._of_tool(self.tool, point, modifiers)
        vertex = vertex_at(canvas, point)
        if vertex is not None and not modifiers & Qt.KeyboardModifier.ShiftModifier:
            if modifiers & Qt.KeyboardModifier.AltModifier:
                self._alt_clicked(vertex)
                return PanView(canvas, point)
            return MoveVertex(canvas, point, vertex)
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
            began = DrawBox if editor.drag_draws else PanView
            return began(canvas, point, deselect=True)
        return self._take(point, picked)

    def _is_locked(self, tool: LabellingTool, point: Point,
                   modifiers: Qt.KeyboardModifier) -> bool:
        """Whether the tool cannot do anything here because a class is locked, which is said; what
        goes on with a selected object can."""
        editor = self._canvas.editor
        cuts = bool(modifiers & Qt.KeyboardModifier.AltModifier)
        erases = tool.id == "eraser" or (tool.id == "brush" and cuts) \
            or (tool.id == SUPERPIXELS and bool(modifiers & REMOVING))
        if tool.id in MASKED and selected_mask(self._canvas, point if erases else None) is not None:
            return False
        if erases:
            return any(editor.refuses(editor.objects[index].label)
                       for index in self._shapes_at(point)[:1]
                       if isinstance(editor.objects[index].shape, Mask))
        return not (tool.id == CUT or (cuts and editor.selection)) \
            and editor.refuses(editor.current_class)

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
