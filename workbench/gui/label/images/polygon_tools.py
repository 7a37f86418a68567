"""Polygons by hand: click by click or in one stroke, and the points of one that is selected."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from workbench.core import polygons
from workbench.core.outlines import Keypoints, Polygon, Ring
from workbench.core.shapes import Box
from workbench.core.text import count, tr
from workbench.gui.label.images.geometry import Point, clamp, is_box
from workbench.gui.label.images.outlines import nearest, rings_of
from workbench.gui.label.images.tools import GRIP, SLIP, WASH, outer
from workbench.gui.style import tokens

if TYPE_CHECKING:
    from workbench.gui.label.images.canvas import Canvas

STROKE_STEP = 3.0
"""Logical pixels between the points of a stroke."""
STROKE_TOLERANCE = 1.0
"""Logical pixels by which the points that are kept of a stroke may miss it."""
CLOSED_WITHIN = 0.25
"""A stroke whose ends are nearer than this share of its length is closed."""
SNAP = 10.0
"""Logical pixels from which Ctrl draws a point to another polygon."""
DENSE = 1.5 * tokens.HANDLE
"""Points nearer than this on the screen are shown only under the mouse."""


def on_grid(canvas: Canvas, point: Point) -> Point:
    """The point of the image under ``point`` of the view: whole pixels, finer where one sees
    them, and never outside the image."""
    scale = canvas.viewport.scale
    steps = 1 if scale < 2 else 2 if scale < 8 else 10
    x, y = canvas.viewport.to_image(point)
    width, height = canvas.editor.size
    return (clamp(round(x * steps) / steps, 0.0, width),
            clamp(round(y * steps) / steps, 0.0, height))


def place_at(canvas: Canvas, point: Point, modifiers: Qt.KeyboardModifier) -> Point:
    """As :func:`on_grid`; with Ctrl on the nearest point or edge of another polygon, so that both
    share their border."""
    if not modifiers & Qt.KeyboardModifier.ControlModifier:
        return on_grid(canvas, point)
    scene, scale = canvas.scene, canvas.viewport.scale
    at, reach = canvas.viewport.to_image(point), SNAP / scale
    around = (at[0] - reach, at[1] - reach, at[0] + reach, at[1] + reach)
    rings = [ring for index in scene.index.near(around)
             if index not in canvas.editor.selection
             for ring in rings_of(scene.objects[index].shape)]
    corners = [corner for ring in rings for corner in ring]
    edges = [nearest(at, a, b) for ring in rings
             for a, b in zip(ring, (*ring[1:], ring[0]), strict=True)]
    for places in (corners, edges):  # corners before edges
        away, place = min(((math.dist(at, place), place) for place in places),
                          default=(math.inf, at))
        if away <= reach:
            return (round(place[0], 2), round(place[1], 2))
    return on_grid(canvas, point)


class DrawPolygon:
    """Click point after point, or drag a stroke; Enter, a double click or a click on the first
    point closes it, Backspace takes the last point away, Escape all.

    With Alt held in the selected polygon it is a hole in that; with Ctrl a point goes to the border
    of another one.
    """

    cursor = Qt.CursorShape.CrossCursor
    keys = frozenset(map(int, (Qt.Key.Key_Backspace, Qt.Key.Key_Return, Qt.Key.Key_Enter,
                               Qt.Key.Key_Delete)))

    def __init__(self, canvas: Canvas, start: Point,
                 modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        self._canvas = canvas
        self.done = False
        self.points: list[Point] = []
        self._stroke: list[Point] | None = None  # of the view, while the button is held
        self._mouse = start
        self._hole_in = _selected_polygon(canvas, start) \
            if modifiers & Qt.KeyboardModifier.AltModifier else None
        if self._hole_in is None:
            canvas.editor.select(())
        self.press(start, modifiers)

    def press(self, point: Point, modifiers: Qt.KeyboardModifier) -> None:
        self._mouse = point
        if self._closes(point):
            self.done = True
            return
        here = place_at(self._canvas, point, modifiers)
        if self.points and here == self.points[-1]:
            self.done = len(self.points) >= 3  # a double click
            return
        self.points.append(here)
        self._stroke = [point]

    def move(self, point: Point, modifiers: Qt.KeyboardModifier) -> None:
        self._mouse = point
        if self._stroke is not None and math.dist(point, self._stroke[-1]) >= STROKE_STEP:
            self._stroke.append(point)

    def release(self, point: Point, modifiers: Qt.KeyboardModifier) -> None:
        stroke, self._stroke = self._stroke, None
        if stroke is None or max(math.dist(stroke[0], other) for other in stroke) < SLIP:
            return
        kept = polygons.simplified_line(tuple(stroke), STROKE_TOLERANCE)
        whole = len(self.points) == 1
        self.points += [on_grid(self._canvas, other) for other in kept[1:]]
        length = sum(math.dist(a, b) for a, b in pairwise(stroke))
        self.done = whole and len(self.points) >= 3 \
            and math.dist(stroke[0], stroke[-1]) < CLOSED_WITHIN * length

    def key(self, key: int, modifiers: Qt.KeyboardModifier) -> None:
        if key in (int(Qt.Key.Key_Return), int(Qt.Key.Key_Enter)):
            self.done = len(self.points) >= 3
        elif self.points:
            self.points.pop()
            self.done = not self.points

    def finish(self) -> None:
        ring = tuple(self.points)
        if len(ring) < 3 or not is_box(Polygon((ring,)).bounds()):
            return
        if self._hole_in is not None:
            index, shape = self._hole_in
            self._canvas.editor.set_shapes({index: Polygon((*shape.rings, ring))},
                                           tr("draw a hole"))
        else:
            self._canvas.shape_drawn(Polygon((ring,)))

    def cancel(self) -> None:
        """Nothing was made yet."""

    # --- how it looks ---------------------------------------------------------------------------

    def _closes(self, point: Point) -> bool:
        return len(self.points) >= 3 and math.dist(
            self._canvas.viewport.to_view(self.points[0]), point) <= GRIP * 1.5

    def dirty(self) -> QRectF:
        return outer(self._line().boundingRect())

    def _line(self) -> QPolygonF:
        to_view = self._canvas.viewport.to_view
        places = [*(to_view(point) for point in self.points), *(self._stroke or ())[1:],
                  self._mouse]
        return QPolygonF([QPointF(x, y) for x, y in places])

    def paint(self, painter: QPainter) -> None:
        canvas, line = self._canvas, self._line()
        name = (self._hole_in and canvas.editor.objects[self._hole_in[0]].label) \
            or canvas.editor.current_class
        color = canvas.pens.color(name)
        wash = QColor(color)
        wash.setAlphaF(WASH)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(wash)
        painter.drawPolygon(line)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(canvas.pens.pen(name, tokens.WIDTH_BOX_ACTIVE))
        painter.drawPolyline(line)
        places = [canvas.viewport.to_view(point) for point in self.points]
        paint_points(painter, canvas, places, name,
                     strong=0 if self._closes(self._mouse) else None)
        canvas.paint_note(painter, line.boundingRect(), count(len(self.points), "point"), name)


# --- points of a polygon that is there ----------------------------------------------------------


class Vertex(NamedTuple):
    """A point of the selected polygon, or the middle of an edge, where one is to come."""

    object: int
    ring: int
    corner: int
    new: bool
    place: Point


def _selected_polygon(canvas: Canvas, at: Point | None = None) -> tuple[int, Polygon] | None:
    """The only selected object if it is a polygon (and the point of the view lies in it)."""
    editor = canvas.editor
    if len(editor.selection) != 1 or canvas.scene.hidden or not editor.editable:
        return None
    shape = editor.selected[0].shape
    if not isinstance(shape, Polygon):
        return None
    if at is not None and not shape.contains(canvas.viewport.to_image(at)):
        return None
    return editor.selection[0], shape


def vertex_at(canvas: Canvas, point: Point) -> Vertex | None:
    """What of the selected polygon can be dragged under ``point``; points before edges."""
    found = _selected_polygon(canvas)
    if found is None:
        return _keypoint_at(canvas, point)
    index, shape = found
    scale = canvas.viewport.scale
    at, reach = canvas.viewport.to_image(point), GRIP / scale
    near = [(math.dist(at, place), ring, corner) for ring, line in enumerate(shape.rings)
            for corner, place in enumerate(line)
            if abs(place[0] - at[0]) <= reach and abs(place[1] - at[1]) <= reach]
    if near:
        _, ring, corner = min(near)
        return Vertex(index, ring, corner, False, shape.rings[ring][corner])
    for ring, line in enumerate(shape.rings):
        for corner, (a, b) in enumerate(zip(line, (*line[1:], line[0]), strict=True)):
            middle = ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
            if math.dist(at, middle) <= reach and math.dist(a, b) * scale >= 2 * DENSE:
                return Vertex(index, ring, corner + 1, True, nearest(middle, a, b))
    return None


def _keypoint_at(canvas: Canvas, point: Point) -> Vertex | None:
    """The labelled key point of the only selected object under ``point``."""
    editor = canvas.editor
    if len(editor.selection) != 1 or canvas.scene.hidden or not editor.editable:
        return None
    shape = editor.selected[0].shape
    if not isinstance(shape, Keypoints):
        return None
    to_view = canvas.viewport.to_view
    near = [(math.dist(to_view(place), point), number) for number, place in enumerate(shape.points)
            if shape.visibility[number]]
    away, number = min(near, default=(math.inf, 0))
    if away > GRIP:
        return None
    return Vertex(editor.selection[0], 0, number, False, shape.points[number])


def with_point(shape: Polygon | Keypoints, vertex: Vertex, to: Point) -> Polygon | Keypoints:
    """``shape`` with the point of ``vertex`` elsewhere; a box of its own grows around key points
    that leave it."""
    if isinstance(shape, Polygon):
        return polygons.moved_point(shape, vertex.ring, vertex.corner, to)
    points = (*shape.points[:vertex.corner], to, *shape.points[vertex.corner + 1:])
    box = shape.box and Box(min(shape.box[0], to[0]), min(shape.box[1], to[1]),
                            max(shape.box[2], to[0]), max(shape.box[3], to[1]))
    return Keypoints(points, shape.visibility, box)


class MoveVertex:
    """Drag a point of the selected polygon, one out of the middle of an edge, or a key point."""

    cursor = Qt.CursorShape.SizeAllCursor

    def __init__(self, canvas: Canvas, start: Point, vertex: Vertex) -> None:
        self._canvas, self._vertex = canvas, vertex
        shape = canvas.editor.objects[vertex.object].shape
        assert isinstance(shape, Polygon | Keypoints)
        self._before = self.shape = shape
        if vertex.new and isinstance(shape, Polygon):
            self.shape = polygons.added_point(shape, vertex.ring, vertex.corner, vertex.place)
        place = canvas.viewport.to_view(vertex.place)
        self._offset = (place[0] - start[0], place[1] - start[1])
        self._press = start
        self._meant = False

    def move(self, point: Point, modifiers: Qt.KeyboardModifier) -> None:
        self._meant = self._meant or math.dist(point, self._press) >= 1.0
        if self._meant:
            to = place_at(self._canvas, (point[0] + self._offset[0], point[1] + self._offset[1]),
                          modifiers)
            self.shape = with_point(self.shape, self._vertex, to)

    def finish(self) -> None:
        if self.shape != self._before:
            words = tr("add a point") if self._vertex.new else tr("move a point")
            self._canvas.editor.set_shapes({self._vertex.object: self.shape}, words)

    def cancel(self) -> None:
        """The polygon was not changed yet."""

    def dirty(self) -> QRectF:
        return outer(self._canvas.view_rect(self.shape.bounds()))

    def paint(self, painter: QPainter) -> None:
        item = self._canvas.editor.objects[self._vertex.object]
        if isinstance(self.shape, Keypoints):
            pen = self._canvas.pens.pen(item.label, tokens.WIDTH_BOX_ACTIVE)
            self._canvas.shape_painter(painter).one(self.shape, item.label, pen)
            return
        paint_polygon(painter, self._canvas, self.shape, item.label,
                      (self._vertex.ring, self._vertex.corner))


def paint_polygon(painter: QPainter, canvas: Canvas, shape: Polygon, name: str,
                  held: tuple[int, int] | None = None) -> None:
    """A polygon that is being changed, with its points."""
    wash = canvas.pens.color(name)
    wash.setAlphaF(WASH)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    canvas.shape_painter(painter).one(shape, name,
                                      canvas.pens.pen(name, tokens.WIDTH_BOX_ACTIVE), wash)
    paint_vertices(painter, canvas, shape, name, held)


def paint_vertices(painter: QPainter, canvas: Canvas, shape: Polygon, name: str,
                   held: tuple[int, int] | None = None) -> None:
    """The points of the selected polygon, with the middles of edges that have room for one."""
    for number, ring in enumerate(shape.rings):
        places = [canvas.viewport.to_view(point) for point in ring]
        around = sum(math.dist(a, b) for a, b in zip(places, (*places[1:], places[0]),
                                                    strict=True))
        strong = held[1] if held is not None and held[0] == number else None
        if around / len(places) < DENSE:
            if strong is not None and strong < len(places):
                paint_points(painter, canvas, [places[strong]], name, strong=0)
            continue
        _paint_middles(painter, canvas, places, name)
        paint_points(painter, canvas, places, name, strong=strong)


def paint_points(painter: QPainter, canvas: Canvas, places: list[Point], name: str, *,
                 strong: int | None = None) -> None:
    """Small squares; the one at ``strong`` is filled and larger."""
    side = float(tokens.HANDLE) - 1.0
    seen = canvas.rect().adjusted(-8, -8, 8, 8)
    painter.setPen(canvas.pens.pen(name, 1.5))
    painter.setBrush(QColor(tokens.ON_IMAGE))
    painter.drawRects([QRectF(x - side / 2, y - side / 2, side, side) for x, y in places
                       if seen.contains(round(x), round(y))])
    if strong is not None and strong < len(places):
        x, y = places[strong]
        painter.setBrush(canvas.pens.color(name))
        painter.drawEllipse(QPointF(x, y), side, side)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _paint_middles(painter: QPainter, canvas: Canvas, places: Ring | list[Point],
                   name: str) -> None:
    painter.setPen(QPen(canvas.pens.color(name), 1.0))
    faint = QColor(tokens.ON_IMAGE)
    faint.setAlphaF(0.6)
    painter.setBrush(faint)
    for a, b in zip(places, (*places[1:], places[0]), strict=True):
        if math.dist(a, b) >= 2 * DENSE:
            painter.drawEllipse(QPointF((a[0] + b[0]) / 2, (a[1] + b[1]) / 2), 2.5, 2.5)
    painter.setBrush(Qt.BrushStyle.NoBrush)
