"""Suggestions on the canvas: how they are drawn, and the drag that corrects one."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QRegion

from workbench.core.dots import is_dot
from workbench.core.outlines import Keypoints, Polygon, RotatedBox
from workbench.core.shapes import Bounds
from workbench.core.text import count, tr
from workbench.extension.run_names import title_of_name
from workbench.gui.app.context import Ghost
from workbench.gui.label.images import geometry
from workbench.gui.label.images.editor import Editor
from workbench.gui.label.images.geometry import Point
from workbench.gui.label.images.ghost import flag_spot, ghost_area, paint_flag, paint_ghost
from workbench.gui.label.images.outlines import ZOOMING_POINTS
from workbench.gui.label.images.scene import Spots
from workbench.gui.label.images.tool_view import ToolView
from workbench.gui.label.images.tools import (
    SLIP,
    handle_at,
    handle_cursor,
    outer,
    paint_active,
)
from workbench.gui.style import tokens
from workbench.gui.widgets.key_words import with_keys
from workbench.gui.widgets.notice import Choice
from workbench.project.suggestion import FOLLOWED
from workbench.project.suggestions import Suggestion


def suggested_region(canvas: ToolView) -> QRegion:
    """The part of the view that :func:`paint_suggested` covers."""
    region = QRegion()
    view = QRectF(canvas.rect())
    for item in canvas.editor.suggestions.shown:
        area = ghost_area(canvas, _ghost(item)).intersected(view)
        if not area.isEmpty():
            region |= QRegion(area.toAlignedRect())
    return region


def paint_suggested(painter: QPainter, canvas: ToolView) -> None:
    """Paint each as a dashed box or outline, and the one under the mouse as one that can be
    taken; above them their flags, as far as they have room."""
    controller = canvas.editor.suggestions
    clip = painter.clipBoundingRect() if painter.hasClipping() else QRectF(canvas.rect())
    held = canvas.active_gesture
    outlines = [item.shape for item in controller.shown if isinstance(item.shape, Polygon)]
    fine = canvas.shape_painter(painter).points(outlines) > ZOOMING_POINTS
    for index, item in reversed(list(enumerate(controller.shown))):  # the best above the others
        if isinstance(held, CorrectSuggestion) and held.index == index:
            continue
        ghost = _ghost(item)
        if not ghost_area(canvas, ghost).intersects(clip):
            continue
        paint_ghost(painter, canvas, ghost, thin=True, fine=fine and ghost.outline is not None)
        if item.shape is not None and ghost.outline is None:
            canvas.shape_painter(painter).one(
                item.shape, item.label, canvas.pens.pen(item.label, tokens.WIDTH_BOX))
        if index == controller.pointed:
            area = isinstance(ghost.outline, Polygon | RotatedBox)
            if area:  # its edges can be dragged
                painter.setPen(canvas.pens.pen(item.label, 1.0))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(canvas.view_rect(item.box))
            paint_active(painter, canvas, canvas.view_rect(item.box), item.label,
                         shape=ghost.outline if area else None)
    for index in _flagged(canvas):
        if not (isinstance(held, CorrectSuggestion) and held.index == index):
            paint_flag(painter, canvas, _ghost(controller.shown[index]))


def _flagged(canvas: ToolView) -> list[int]:
    """Which suggestions say what they are: no flag lies on that of a better one, and small areas,
    of which there may be hundreds, have none. The one under the mouse always says it."""
    controller = canvas.editor.suggestions
    ghosts = [_ghost(item) for item in controller.shown]
    spots = [flag_spot(canvas, ghost) for ghost in ghosts]
    if not spots:
        return []
    placed = Spots(max(spot.width() for spot in spots), canvas.pens.label_height)
    flagged = []
    for index, (ghost, spot) in enumerate(zip(ghosts, spots, strict=True)):
        pointed = index == controller.pointed
        if is_dot(ghost.outline) and not pointed:
            continue  # they lie near together
        if canvas.scene.areas and ghost.outline is not None and not pointed:
            rect = canvas.view_rect(ghost.box)
            if rect.width() < spot.width() or rect.height() < spot.height():
                continue
        if placed.add(spot.left(), spot.top(), spot.width()) or pointed:
            flagged.append(index)
    return flagged


def _ghost(item: Suggestion) -> Ghost:
    return Ghost(item.box, item.label, None if item.run == FOLLOWED else item.score,
                 item.shape if isinstance(item.shape, Polygon | RotatedBox | Keypoints) else None)


def suggested_words(editor: Editor) -> str:
    """What the notice below the canvas says; "" where nothing is suggested."""
    shown = editor.suggestions.shown
    if editor.session is None or not editor.suggestions.any:
        return ""
    if not shown:
        return tr("Suggested from what is painted.")
    number, run = count(len(shown), "suggestion"), shown[0].run
    if run == FOLLOWED:
        return tr("{suggestions} from another image", suggestions=number)
    return tr("{suggestions} from {run}", suggestions=number, run=title_of_name(run))


def suggested_choices(editor: Editor) -> tuple[Choice, ...]:
    """The buttons of that notice."""
    controller = editor.suggestions
    if not controller.shown:
        return ((tr("Accept all"), controller.accept_all,
                 with_keys(tr("Make labels of what is suggested (Enter), and go to the next image "
                              "(<images.accept_and_go_on>)"))),
                (tr("Reject all"), controller.reject_all,
                 with_keys(tr("Suggest nothing on this image until you paint more "
                              "(<images.reject_suggestions>)"))))
    return ((tr("Accept all"), controller.accept_all,
             with_keys(tr("Make labels of all of them (Enter), and go to the next image "
                          "(<images.accept_and_go_on>)\n<images.accept_suggestion> accepts the "
                          "one under the mouse, a drag corrects it"))),
            (tr("Reject all"), controller.reject_all,
             with_keys(tr("Reject all of them (<images.reject_suggestions>)\n"
                          "<images.reject_suggestion> rejects the one under the mouse"))))


class CorrectSuggestion:
    """Drag a suggestion, or one of its edges, to where it belongs: it becomes a label there.

    A click without dragging changes nothing.
    """

    def __init__(self, canvas: ToolView, start: Point, index: int) -> None:
        self.index = index
        self._canvas = canvas
        self._press = start
        self._item = canvas.editor.suggestions.shown[index]
        self.box: Bounds = self._item.box
        self._handle = None if is_dot(self._item.shape) \
            else handle_at(canvas.view_rect(self.box), start)
        self._meant = False
        self.cursor = (handle_cursor(self._handle) if self._handle is not None
                       else Qt.CursorShape.SizeAllCursor)

    def move(self, point: Point, modifiers: Qt.KeyboardModifier) -> None:
        far = max(abs(point[0] - self._press[0]), abs(point[1] - self._press[1]))
        self._meant = self._meant or far >= SLIP
        if not self._meant:
            return
        scale, size = self._canvas.viewport.scale, self._canvas.editor.size
        dx, dy = ((point[axis] - self._press[axis]) / scale for axis in (0, 1))
        if self._handle is None:
            shift = geometry.allowed_shift(self._item.box, dx, dy, size)
            self.box = geometry.shifted(self._item.box, *shift)
        else:
            x, y = self._handle.place(self._item.box)
            self.box = geometry.resized(self._item.box, self._handle, (x + dx, y + dy), size)

    def finish(self) -> None:
        if self._meant and self.box != self._item.box:
            editor = self._canvas.editor
            editor.suggestions.accept(self.index, self.box, editor.size)

    def cancel(self) -> None:
        """Nothing was changed yet."""

    def dirty(self) -> QRectF:
        return outer(self._canvas.view_rect(self.box))

    def paint(self, painter: QPainter) -> None:
        canvas, label = self._canvas, self._item.label
        rect = canvas.view_rect(self.box)
        shape = self._item.labeled(self.box, canvas.editor.size).shape
        paint_active(painter, canvas, rect, label,
                     shape=shape if isinstance(shape, Polygon | RotatedBox | Keypoints) else None)
        canvas.paint_note(painter, rect, canvas.size_words(self.box))
