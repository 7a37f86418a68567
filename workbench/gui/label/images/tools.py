"""Gestures of the mouse and the arrow keys: each begins, follows, and ends as one edit or none."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterStateGuard, QPen

from workbench.core.annotation import LabeledObject
from workbench.core.dots import is_dot
from workbench.core.shapes import Bounds, Box, Shape
from workbench.extension.window import Gesture as Gesture
from workbench.gui.label.images import geometry
from workbench.gui.label.images.geometry import HANDLES, Handle, Point
from workbench.gui.label.images.scene import FINE_LIMIT, label_rect, paint_difficult, snapped
from workbench.gui.label.images.tool_view import ToolView
from workbench.gui.style import tokens

GRIP = 6.0
"""How near, in logical pixels, the mouse must be to a grip or an edge."""
SLIP = 4.0
"""A shorter drag, in logical pixels, is a click."""
WASH = 0.16
"""Opacity of the colour that fills a box which is handled."""


def outer(rect: QRectF) -> QRectF:
    """``rect`` with room for lines, grips and the label that stand out of it."""
    grow = float(tokens.HANDLE)
    up = float(tokens.SPACE_XL)
    return rect.adjusted(-grow, -up, grow, grow)


class PanView:
    """Drag the picture; with ``deselect`` a click without dragging selects nothing."""

    cursor = Qt.CursorShape.ClosedHandCursor

    def __init__(self, canvas: ToolView, start: Point, *, deselect: bool = False) -> None:
        self._canvas = canvas
        self._last = self._start = start
        self._deselect = deselect
        self.moved = False

    def move(self, point: Point, modifiers: Qt.KeyboardModifier) -> None:
        if not self.moved and _near(point, self._start):
            return
        self.moved = True
        self._canvas.pan(point[0] - self._last[0], point[1] - self._last[1])
        self._last = point

    def finish(self) -> None:
        if self._deselect and not self.moved:
            self._canvas.editor.select(())

    def cancel(self) -> None:
        """Nothing was changed but the view."""

    def dirty(self) -> QRectF:
        return QRectF()

    def paint(self, painter: QPainter) -> None:
        """The canvas shows it."""


class DrawBox:
    """Drag a new box; with Ctrl or Shift it is square, with Alt the press is its middle.

    With ``deselect`` a click without dragging selects nothing.
    """

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, canvas: ToolView, start: Point, *, deselect: bool = False) -> None:
        self._canvas = canvas
        self._deselect = deselect
        self._press = start
        self._start = canvas.viewport.to_image(start)
        self._end = self._start
        self._square = self._around = False
        self._meant = False

    @property
    def box(self) -> Bounds:
        size = self._canvas.editor.size
        if self._around:
            return geometry.spanned_around(self._start, self._end, size, square=self._square)
        return geometry.spanned(self._start, self._end, size, square=self._square)

    def move(self, point: Point, modifiers: Qt.KeyboardModifier) -> None:
        self._meant = self._meant or not _near(point, self._press)
        self._end = self._canvas.viewport.to_image(point)
        square = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        self._square = bool(modifiers & square)
        self._around = bool(modifiers & Qt.KeyboardModifier.AltModifier)

    def finish(self) -> None:
        editor = self._canvas.editor
        if self._meant and geometry.is_box(self.box):
            if not editor.refuses(editor.current_class):
                self._canvas.box_drawn(self.box)
        elif self._deselect and not self._meant:
            editor.select(())

    def cancel(self) -> None:
        """Nothing was made yet."""

    def dirty(self) -> QRectF:
        return outer(self._canvas.view_rect(self.box))

    def paint(self, painter: QPainter) -> None:
        canvas = self._canvas
        name = canvas.editor.current_class
        rect = canvas.view_rect(self.box)
        paint_active(painter, canvas, rect, name)
        canvas.paint_note(painter, rect, canvas.size_words(self.box))


class PaintsSelected:
    """A gesture that paints what is selected itself, as it will be."""


class MoveBoxes(PaintsSelected):
    """Drag the selected boxes together; they stop at the edge of the image.

    ``clicked`` is what a click without dragging means (choose the next box below).
    """

    cursor = Qt.CursorShape.SizeAllCursor

    def __init__(self, canvas: ToolView, start: Point,
                 clicked: tuple[int, ...] | None = None) -> None:
        self._canvas = canvas
        self._press = start
        self._clicked = clicked
        editor = canvas.editor
        self._around = geometry.bounds(item.box for item in editor.selected)
        self._rects = [rect for _, rect in canvas.view_rects(editor.selection)]
        self.shift: Point = (0.0, 0.0)
        self.moved = False

    def move(self, point: Point, modifiers: Qt.KeyboardModifier) -> None:
        if not self.moved and _near(point, self._press):
            return
        self.moved = True
        scale = self._canvas.viewport.scale
        self.nudge((point[0] - self._press[0]) / scale, (point[1] - self._press[1]) / scale)

    def nudge(self, dx: float, dy: float) -> None:
        """Shift by so many image pixels from where the boxes were at first."""
        self.moved = True
        self.shift = geometry.allowed_shift(self._around, dx, dy, self._canvas.editor.size)

    def finish(self) -> None:
        if not self.moved:
            if self._clicked is not None:
                self._canvas.editor.select(self._clicked)
        elif self.shift != (0.0, 0.0):
            self._canvas.editor.shift_selected(*self.shift)

    def cancel(self) -> None:
        """The boxes were not moved yet."""

    def dirty(self) -> QRectF:
        return outer(self._canvas.view_rect(geometry.shifted(self._around, *self.shift)))

    def paint(self, painter: QPainter) -> None:
        canvas = self._canvas
        scale = canvas.viewport.scale
        ratio = canvas.devicePixelRatioF()
        dx, dy = snapped(self.shift[0] * scale, ratio), snapped(self.shift[1] * scale, ratio)
        # The rectangles were made at the start: following the mouse only shifts the painter.
        with QPainterStateGuard(painter):
            painter.translate(dx, dy)
            paint_selection(painter, canvas, self._rects, grips=False)


class ResizeBox(PaintsSelected):
    """Drag one of the eight grips, or an edge, of the active box."""

    def __init__(self, canvas: ToolView, start: Point, handle: Handle) -> None:
        self._canvas = canvas
        self._handle = handle
        active = canvas.editor.active
        assert active is not None
        self._index = active
        self._before = canvas.editor.objects[active].box
        # The grip keeps its distance to the mouse, so that pressing it does not move it.
        grip = handle.place(self._before)
        at = canvas.viewport.to_image(start)
        self._offset = (grip[0] - at[0], grip[1] - at[1])
        self._press = start
        self._meant = False
        self.box = self._before
        self.cursor = handle_cursor(handle)

    def move(self, point: Point, modifiers: Qt.KeyboardModifier) -> None:
        if not self._meant and _near(point, self._press, 1.0):
            return
        self._meant = True
        x, y = self._canvas.viewport.to_image(point)
        self.box = geometry.resized(self._before, self._handle,
                                    (x + self._offset[0], y + self._offset[1]),
                                    self._canvas.editor.size)

    def finish(self) -> None:
        if self.box != self._before:
            self._canvas.editor.set_boxes({self._index: self.box}, "resize")

    def cancel(self) -> None:
        """The box was not changed yet."""

    def dirty(self) -> QRectF:
        return outer(self._canvas.view_rect(self.box))

    def paint(self, painter: QPainter) -> None:
        canvas = self._canvas
        item = canvas.editor.objects[self._index]
        rect = canvas.view_rect(self.box)
        paint_active(painter, canvas, rect, item.label)
        paint_grips(painter, canvas, rect, item.label)
        canvas.paint_note(painter, rect, canvas.size_words(self.box))


class SelectBand:
    """Drag a frame; the boxes wholly inside it are added to the selection.

    A click without dragging adds ``clicked`` to the selection, or takes it out.
    """

    cursor = Qt.CursorShape.ArrowCursor

    def __init__(self, canvas: ToolView, start: Point, clicked: int | None = None) -> None:
        self._canvas = canvas
        self._press = self._end = start
        self._before = canvas.editor.selection
        self._clicked = clicked
        self._meant = False

    def move(self, point: Point, modifiers: Qt.KeyboardModifier) -> None:
        self._meant = self._meant or not _near(point, self._press)
        self._end = point
        if self._meant:
            viewport = self._canvas.viewport
            corners = (*viewport.to_image(self._press), *viewport.to_image(self._end))
            region = (min(corners[0], corners[2]), min(corners[1], corners[3]),
                      max(corners[0], corners[2]), max(corners[1], corners[3]))
            found = self._canvas.scene.index.inside(region)  # of which the editor takes what it may
            self._canvas.editor.select((*self._before, *found))

    def finish(self) -> None:
        if not self._meant and self._clicked is not None:
            self._canvas.editor.toggle(self._clicked)

    def cancel(self) -> None:
        self._canvas.editor.select(self._before)

    def dirty(self) -> QRectF:
        return self._rect().adjusted(-2, -2, 2, 2)

    def paint(self, painter: QPainter) -> None:
        if not self._meant:
            return
        color = self._canvas.theme.color("accent")
        painter.setPen(QPen(color, 1.0, Qt.PenStyle.DashLine))
        color.setAlphaF(0.12)
        painter.setBrush(color)
        painter.drawRect(self._rect())
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _rect(self) -> QRectF:
        return QRectF(min(self._press[0], self._end[0]), min(self._press[1], self._end[1]),
                      abs(self._press[0] - self._end[0]), abs(self._press[1] - self._end[1]))


# --- painting -----------------------------------------------------------------------------------


def paint_active(painter: QPainter, canvas: ToolView, rect: QRectF, name: str, *,
                 hover: bool = False, shape: Shape | None = None) -> None:
    """A box that is being handled: stronger line and a wash of its colour; for hover, a hint.

    ``shape`` is painted in place of ``rect`` where it is no box.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    wash = canvas.pens.color(name)
    wash.setAlphaF(WASH / 2 if hover else WASH)
    painter.setBrush(wash)
    width = tokens.WIDTH_BOX if hover else tokens.WIDTH_BOX_ACTIVE
    pen = canvas.pens.pen(name, width)
    if shape is not None and type(shape) is not Box:
        canvas.shape_painter(painter).one(shape, name, pen, wash)
        return
    painter.setPen(pen)
    painter.drawRect(rect)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def paint_selection(painter: QPainter, canvas: ToolView, rects: list[QRectF], *,
                    grips: bool) -> None:
    """The selected boxes; a single one shows its grips and its name."""
    editor = canvas.editor
    many = len(rects) > tokens.CONTROL_HEIGHT
    groups: dict[str, list[QRectF]] = {}
    others: list[LabeledObject] = []
    for index, rect in zip(editor.selection, rects, strict=True):
        item = editor.objects[index]
        if type(item.shape) is Box:
            groups.setdefault(item.label, []).append(rect)
        else:
            others.append(item)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, not many)
    for name, group in groups.items():
        wash = canvas.pens.color(name)
        wash.setAlphaF(WASH)
        # Hundreds of washes on each other would hide the image.
        painter.setBrush(Qt.BrushStyle.NoBrush if many else wash)
        width = 1.0 if len(rects) > FINE_LIMIT else 2.0 if many else tokens.WIDTH_BOX_ACTIVE
        painter.setPen(canvas.pens.pen(name, width))
        painter.drawRects(group)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    _paint_selected_shapes(painter, canvas, others, many=many)
    if many:
        return
    for index, rect in zip(editor.selection, rects, strict=True):
        item = editor.objects[index]
        if is_dot(item.shape) and len(rects) > 1:
            continue  # names would hide the dots beside them
        if item.difficult:
            paint_difficult(painter, canvas.pens.color(item.label), rect)
        label = canvas.pens.label(item)
        spot = label_rect(rect, canvas.pens.label_size(item))
        painter.drawPixmap(spot.topLeft(), label)
    if grips and len(rects) == 1 and not others:
        paint_grips(painter, canvas, rects[0], editor.objects[editor.selection[0]].label)


def _paint_selected_shapes(painter: QPainter, canvas: ToolView, items: list[LabeledObject], *,
                           many: bool) -> None:
    if not items:
        return
    shaper = canvas.shape_painter(painter)
    for item in items:
        if is_dot(item.shape):
            shaper.dots([item.shape], canvas.pens.color(item.label), chosen=True)
            continue
        wash = canvas.pens.color(item.label)
        wash.setAlphaF(WASH)
        # of hundreds the thin line is the quick one
        pen = canvas.pens.pen(item.label, 0.0 if many else tokens.WIDTH_BOX_ACTIVE)
        shaper.one(item.shape, item.label, pen, None if many else wash)


def paint_grips(painter: QPainter, canvas: ToolView, rect: QRectF, name: str) -> None:
    """The eight grips, or the four corners of a small box."""
    side = float(tokens.HANDLE)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(canvas.pens.pen(name, 1.5))
    painter.setBrush(QColor(tokens.ON_IMAGE))
    for handle in shown_handles(rect):
        x, y = handle.place((rect.left(), rect.top(), rect.right(), rect.bottom()))
        painter.drawRect(QRectF(x - side / 2 + 0.5, y - side / 2 + 0.5, side - 1, side - 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)


def shown_handles(rect: QRectF) -> list[Handle]:
    """Grips that fit: those in the middle of a side need room between the corners."""
    room = 3.5 * tokens.HANDLE
    return [
        handle for handle in HANDLES
        if (handle.x or rect.width() >= room) and (handle.y or rect.height() >= room)
    ]


def handle_at(rect: QRectF, point: Point) -> Handle | None:
    """The grip or edge of the box ``rect`` under ``point``; inside small boxes they reach less."""
    x, y = point
    inside_x, inside_y = min(GRIP, rect.width() / 4), min(GRIP, rect.height() / 4)
    if not (rect.left() - GRIP <= x <= rect.right() + GRIP
            and rect.top() - GRIP <= y <= rect.bottom() + GRIP):
        return None
    side_x = -1 if x <= rect.left() + inside_x else 1 if x >= rect.right() - inside_x else 0
    side_y = -1 if y <= rect.top() + inside_y else 1 if y >= rect.bottom() - inside_y else 0
    return next((item for item in HANDLES if (item.x, item.y) == (side_x, side_y)), None)


def handle_cursor(handle: Handle) -> Qt.CursorShape:
    """The arrow that shows where a grip goes."""
    if handle.x and handle.y:
        falling = handle.x == handle.y
        return Qt.CursorShape.SizeFDiagCursor if falling else Qt.CursorShape.SizeBDiagCursor
    return Qt.CursorShape.SizeHorCursor if handle.x else Qt.CursorShape.SizeVerCursor


def _near(point: Point, other: Point, slip: float = SLIP) -> bool:
    return abs(point[0] - other[0]) < slip and abs(point[1] - other[1]) < slip
