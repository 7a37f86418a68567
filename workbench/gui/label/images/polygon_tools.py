"""Polygons by hand: click by click or in one stroke, and the points of one that is selected."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from workbench.core import polygons
from workbench.core.outlines import Keypoints, Polygon, Ring
from workbench.core.shapes import Box
from workbench.core.text import count, tr
from workbench.extension.window import Gesture, ToolController
from workbench.gui.label.images.geometry import Point, clamp, is_shape
from workbench.gui.label.images.outlines import nearest, rings_of
from workbench.gui.label.images.shape_grips import ShapeGrips
from workbench.gui.label.images.tool_view import ToolView
from workbench.gui.label.images.tools import GRIP, SLIP, WASH, PaintsSelected, PanView, outer
from workbench.gui.style import tokens

STROKE_STEP = 3.0
"""Logical pixels between the points of a stroke."""
STROKE_TOLERANCE = 1.0
"""Logical pixels by which the points that are kept of a stroke may miss it."""
CLOSED_WITHIN = 0.25
"""A stroke whose ends are nearer than this share of its length is closed."""
SNAP = 10.0
"""Logical pixels from which Ctrl draws a point to another polygon."""
ON_BORDER = 0.02
"""Pixels of the image by which rounding takes a point off the edge that it was put on."""
DENSE = 1.5 * tokens.HANDLE
"""Points nearer than this on the screen are shown only under the mouse."""


def on_grid(canvas: ToolView, point: Point) -> Point:
    """The point of the image under ``point`` of the view: whole pixels, finer where one sees
    them, and never outside the image."""
    scale = canvas.viewport.scale
    steps = 1 if scale < 2 else 2 if scale < 8 else 10
    x, y = canvas.viewport.to_image(point)
    width, height = canvas.editor.size
    return (clamp(round(x * steps) / steps, 0.0, width),
            clamp(round(y * steps) / steps, 0.0, height))


def place_at(canvas: ToolView, point: Point, modifiers: Qt.KeyboardModifier, *,
             of_selected: bool = False) -> Point:
    """As :func:`on_grid`; with Ctrl on the nearest point or edge of another polygon, so that both
    share their border, or ``of_selected`` ones, too."""
    if not modifiers & Qt.KeyboardModifier.ControlModifier:
        return on_grid(canvas, point)
    scene, scale = canvas.scene, canvas.viewport.scale
    at, reach = canvas.viewport.to_image(point), SNAP / scale
    around = (at[0] - reach, at[1] - reach, at[0] + reach, at[1] + reach)
    rings = [ring for index in scene.index.near(around)
             if of_selected or index not in canvas.editor.selection
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


def border_between(canvas: ToolView, start: Point, end: Point) -> tuple[Point, ...]:
    """The corners of another polygon between two points of its border, the shorter way round; none
    where there is none that both lie on."""
    objects, selection = canvas.scene.objects, canvas.editor.selection
    around = (end[0] - ON_BORDER, end[1] - ON_BORDER, end[0] + ON_BORDER, end[1] + ON_BORDER)
    rings = (ring for index in canvas.scene.index.near(around) if index not in selection
             for ring in rings_of(objects[index].shape))
    return next((way for ring in rings if (way := _way(ring, start, end)) is not None), ())


def _way(ring: Ring, start: Point, end: Point) -> tuple[Point, ...] | None:
    """The corners between two points of a ring; None where one does not lie on it."""
    many = len(ring)
    edges = [next((at for at in range(many) if math.dist(point, nearest(
        point, ring[at], ring[(at + 1) % many])) < ON_BORDER), None) for point in (start, end)]
    first, last = edges
    if first is None or last is None:
        return None
    ways = ([ring[(first + 1 + step) % many] for step in range((last - first) % many)],
            [ring[(first - step) % many] for step in range((first - last) % many)])
    cut = ([corner for corner in way if corner not in (start, end)] for way in ways)
    return tuple(min(cut, key=lambda way: sum(
        math.dist(a, b) for a, b in pairwise((start, *way, end)))))


class DrawPolygon:
    """Click point after point, or drag a stroke; Enter, a double click or a click on the first
    point closes it, Backspace takes the last point away, Escape all.

    With Alt held in the selected polygon it is a hole in that; with Ctrl a point goes to the border
    of another one, and the line follows that border from such a point to the next.
    """

    cursor = Qt.CursorShape.CrossCursor
    keys = frozenset(map(int, (Qt.Key.Key_Backspace, Qt.Key.Key_Return, Qt.Key.Key_Enter,
                               Qt.Key.Key_Delete)))
    least = 3
    """Points that are needed."""

    def __init__(self, canvas: ToolView, start: Point,
                 modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        self._canvas = canvas
        self.done = False
        self.points: list[Point] = []
        self._shared: set[Point] = set()  # those that Ctrl put on a border
        self._stroke: list[Point] | None = None  # of the view, while the button is held
        self._mouse = start
        self._hole_in = self._begin(start, modifiers)
        self.press(start, modifiers)

    def _begin(self, start: Point, modifiers: Qt.KeyboardModifier) -> tuple[int, Polygon] | None:
        """The selected polygon if the line is to be a hole in it; else nothing is selected."""
        hole_in = _selected_polygon(self._canvas, start) \
            if modifiers & Qt.KeyboardModifier.AltModifier else None
        if hole_in is None:
            self._canvas.editor.select(())
        return hole_in

    def press(self, point: Point, modifiers: Qt.KeyboardModifier) -> None:
        self._mouse = point
        if self._closes(point):
            self.done = True
            return
        here = self._place(point, modifiers)
        if self.points and here == self.points[-1]:
            self.done = len(self.points) >= self.least  # a double click
            return
        if modifiers & Qt.KeyboardModifier.ControlModifier:
            self._shared.add(here)
            self.points += self._border_to(here)
        self.points.append(here)
        self._stroke = [point]

    def _place(self, point: Point, modifiers: Qt.KeyboardModifier) -> Point:
        """The point of the image that a click means."""
        return place_at(self._canvas, point, modifiers)

    def _border_to(self, here: Point) -> tuple[Point, ...]:
        """The border that the line follows from the last point."""
        last = self.points[-1] if self.points else here
        return border_between(self._canvas, last, here) \
            if {last, here} <= self._shared and last != here else ()

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
        self.done = whole and self._ends(stroke)

    def _ends(self, stroke: list[Point]) -> bool:
        """Whether a stroke alone is all of it."""
        length = sum(math.dist(a, b) for a, b in pairwise(stroke))
        return len(self.points) >= 3 \
            and math.dist(stroke[0], stroke[-1]) < CLOSED_WITHIN * length

    def key(self, key: int, modifiers: Qt.KeyboardModifier) -> None:
        if key in (int(Qt.Key.Key_Return), int(Qt.Key.Key_Enter)):
            self.done = len(self.points) >= self.least
        elif self.points:
            self.points.pop()
            self.done = not self.points

    def finish(self) -> None:
        ring = tuple(self.points)
        if ring:
            ring += self._border_to(ring[0])
        if len(ring) < 3:
            return
        if not is_shape(Polygon((ring,))):
            self._canvas.editor.refused.emit(tr("These points surround no area."))
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
        places = [*(to_view(point) for point in self.points), *self._rest()]
        return QPolygonF([QPointF(x, y) for x, y in places])

    def _marked(self) -> list[Point]:
        """The points that are shown as such."""
        return self.points

    def _rest(self) -> list[Point]:
        """From the last point to the mouse, in the view."""
        return [*(self._stroke or ())[1:], self._mouse]

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
        places = [canvas.viewport.to_view(point) for point in self._marked()]
        paint_points(painter, canvas, places, name,
                     strong=0 if self._closes(self._mouse) else None)
        canvas.paint_note(painter, line.boundingRect(), count(len(self.points), "point"))


class CutController(ToolController):
    """It makes nothing of the current class."""

    def is_locked(self, point: Point, modifiers: Qt.KeyboardModifier) -> bool:
        return False


class CutLine(DrawPolygon):
    """Drag a line across polygons and masks, or click point after point; each that it crosses from
    side to side becomes several objects. What is selected is cut, or all where nothing is."""

    least = 2

    def _begin(self, start: Point, modifiers: Qt.KeyboardModifier) -> None:
        """What is selected stays so."""

    def _closes(self, point: Point) -> bool:
        return False

    def _ends(self, stroke: list[Point]) -> bool:
        return True

    def _place(self, point: Point, modifiers: Qt.KeyboardModifier) -> Point:
        return place_at(self._canvas, point, modifiers, of_selected=True)

    def _border_to(self, here: Point) -> tuple[Point, ...]:
        return ()

    def finish(self) -> None:
        if len(self.points) >= self.least:
            self._canvas.editor.cut(tuple(self.points))

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        line = self._line()
        for color, style, width in ((tokens.ON_IMAGE, Qt.PenStyle.SolidLine, 3.0),
                                    (tokens.ON_IMAGE_DARK, Qt.PenStyle.DashLine, 1.5)):
            painter.setPen(QPen(QColor(color), width, style))
            painter.drawPolyline(line)


# --- points of a polygon that is there ----------------------------------------------------------


class Vertex(NamedTuple):
    """A point of the selected polygon, or the middle of an edge, where one is to come."""

    object: int
    ring: int
    corner: int
    new: bool
    place: Point


def _selected_polygon(canvas: ToolView, at: Point | None = None) -> tuple[int, Polygon] | None:
    """The only selected object if it is a polygon (and the point of the view lies in it)."""
    shape = canvas.chosen_shape(Polygon)
    if shape is None or (at is not None and not shape.contains(canvas.viewport.to_image(at))):
        return None
    return canvas.editor.selection[0], shape


def vertex_at(canvas: ToolView, point: Point) -> Vertex | None:
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


def _keypoint_at(canvas: ToolView, point: Point) -> Vertex | None:
    """The labelled key point of the only selected object under ``point``."""
    shape = canvas.chosen_shape(Keypoints)
    if shape is None:
        return None
    to_view = canvas.viewport.to_view
    near = [(math.dist(to_view(place), point), number) for number, place in enumerate(shape.points)
            if shape.visibility[number]]
    away, number = min(near, default=(math.inf, 0))
    if away > GRIP:
        return None
    return Vertex(canvas.editor.selection[0], 0, number, False, shape.points[number])


def with_point(shape: Polygon | Keypoints, vertex: Vertex, to: Point) -> Polygon | Keypoints:
    """``shape`` with the point of ``vertex`` elsewhere; a box of its own grows around key points
    that leave it."""
    if isinstance(shape, Polygon):
        return polygons.moved_point(shape, vertex.ring, vertex.corner, to)
    points = (*shape.points[:vertex.corner], to, *shape.points[vertex.corner + 1:])
    box = shape.box and Box(min(shape.box[0], to[0]), min(shape.box[1], to[1]),
                            max(shape.box[2], to[0]), max(shape.box[3], to[1]))
    return Keypoints(points, shape.visibility, box)


class VertexGrips(ShapeGrips[Polygon | Keypoints]):
    """The points of the selected polygon or key points, and the middles of edges."""

    def cursor(self, point: Point) -> Qt.CursorShape | None:
        vertex = vertex_at(self.canvas, point)
        if vertex is None:
            return None
        return Qt.CursorShape.CrossCursor if vertex.new else Qt.CursorShape.SizeAllCursor

    def gesture(self, point: Point, modifiers: Qt.KeyboardModifier) -> Gesture | None:
        vertex = vertex_at(self.canvas, point)
        if vertex is None or modifiers & Qt.KeyboardModifier.ShiftModifier:
            return None
        if not modifiers & Qt.KeyboardModifier.AltModifier:
            return MoveVertex(self.canvas, point, vertex)
        if isinstance(self.shape, Keypoints):
            self.canvas.editor.hide_point(vertex.object, vertex.corner)
        else:
            self._remove(vertex)
        return PanView(self.canvas, point)

    def remove(self, point: Point) -> bool:
        vertex = vertex_at(self.canvas, point)
        return vertex is not None and self._remove(vertex)

    def paint(self, painter: QPainter, name: str) -> None:
        if isinstance(self.shape, Polygon):
            paint_polygon(painter, self.canvas, self.canvas.editor.preview or self.shape, name)

    def _remove(self, vertex: Vertex) -> bool:
        """Take a point out; False for one that is not there yet."""
        if vertex.new:
            return False
        self.canvas.editor.remove_point(vertex.object, vertex.ring, vertex.corner)
        return True


class MoveVertex(PaintsSelected):
    """Drag a point of the selected polygon, one out of the middle of an edge, or a key point."""

    cursor = Qt.CursorShape.SizeAllCursor

    def __init__(self, canvas: ToolView, start: Point, vertex: Vertex) -> None:
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


def paint_polygon(painter: QPainter, canvas: ToolView, shape: Polygon, name: str,
                  held: tuple[int, int] | None = None) -> None:
    """A polygon that is being changed, with its points."""
    wash = canvas.pens.color(name)
    wash.setAlphaF(WASH)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    canvas.shape_painter(painter).one(shape, name,
                                      canvas.pens.pen(name, tokens.WIDTH_BOX_ACTIVE), wash)
    paint_vertices(painter, canvas, shape, name, held)


def paint_vertices(painter: QPainter, canvas: ToolView, shape: Polygon, name: str,
                   held: tuple[int, int] | None = None) -> None:
    """The points of the selected polygon, with the middles of edges that have room for one."""
    to_view, scale = canvas.viewport.to_view, canvas.viewport.scale
    for number, ring in enumerate(shape.rings):
        strong = held[1] if held is not None and held[0] == number else None
        around = sum(map(math.dist, ring, (*ring[1:], ring[0]))) * scale
        if around / len(ring) < DENSE:  # perhaps tens of thousands, which take a while to place
            if strong is not None and strong < len(ring):
                paint_points(painter, canvas, [to_view(ring[strong])], name, strong=0)
            continue
        places = [to_view(point) for point in ring]
        _paint_middles(painter, canvas, places, name)
        paint_points(painter, canvas, places, name, strong=strong)


def paint_points(painter: QPainter, canvas: ToolView, places: list[Point], name: str, *,
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


def _paint_middles(painter: QPainter, canvas: ToolView, places: Ring | list[Point],
                   name: str) -> None:
    painter.setPen(QPen(canvas.pens.color(name), 1.0))
    faint = QColor(tokens.ON_IMAGE)
    faint.setAlphaF(0.6)
    painter.setBrush(faint)
    for a, b in zip(places, (*places[1:], places[0]), strict=True):
        if math.dist(a, b) >= 2 * DENSE:
            painter.drawEllipse(QPointF((a[0] + b[0]) / 2, (a[1] + b[1]) / 2), 2.5, 2.5)
    painter.setBrush(Qt.BrushStyle.NoBrush)
