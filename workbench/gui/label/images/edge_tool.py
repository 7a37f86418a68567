"""Polygons whose lines follow the edges of the picture from click to click."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt

from workbench.core import polygons
from workbench.core.background import WorkQueue
from workbench.gui.background.threads import work_queue
from workbench.gui.label.images.geometry import Point
from workbench.gui.label.images.picture_part import PicturePart, part_of
from workbench.gui.label.images.polygon_tools import DrawPolygon, on_grid, place_at
from workbench.gui.label.images.tools import SLIP

if TYPE_CHECKING:
    from workbench.gui.label.images.tool_view import ToolView
    from workbench.media.images.edges import EdgeMap

REACH = 256.0
"""Pixels around the last point in which the line finds edges; of the screen, or of the image where
that is shown larger."""
TOLERANCE = 1.5
"""Such pixels by which the points that are kept may miss the way."""
SNAP = 6.0
"""Logical pixels from which a point is drawn to an edge."""
_AS_IT_IS = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier


class Ways:
    """The ways from one point of the image along the edges around it, in pixels of the image."""

    def __init__(self, part: PicturePart, start: Point) -> None:
        from workbench.media.images.edges import EdgeMap

        self._part = part
        self._map: EdgeMap = EdgeMap(part.colors(), self._pixel(start))

    def to(self, end: Point) -> list[Point]:
        """What lies between the start and ``end``."""
        return [self._part.outside(place) for place in self._map.path_to(self._pixel(end))]

    def _pixel(self, point: Point) -> tuple[int, int]:
        x, y = self._part.inside(point)
        width, height = self._part.size
        # the far border of the image belongs to its last pixel
        return (min(math.floor(x), width - 1) if x <= width else width,
                min(math.floor(y), height - 1) if y <= height else height)


class DrawAlongEdges(DrawPolygon):
    """Click here and there along the edge of a thing: between the clicks the line follows the edge.

    With Shift held the line is straight, Ctrl ends it on the border of another polygon. Backspace
    takes the last click back. What a click leads to is computed on a thread; until then the line
    is straight.
    """

    def __init__(self, canvas: ToolView, start: Point,
                 modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        self._legs: list[list[Point]] = []  # the points that each click brought, its own last
        self._pressed: Point = start
        self._ways: Ways | None = None  # from the last click
        self._ahead: list[Point] = []
        self._end = start  # of what lies ahead, in pixels of the image
        self._straight = False
        self._waiting: set[int] = set()  # legs that are straight until their way is known
        super().__init__(canvas, start, modifiers)

    def press(self, point: Point, modifiers: Qt.KeyboardModifier) -> None:
        if self._legs and math.dist(self._pressed, point) < SLIP:
            self.done = len(self.points) >= 3  # a double click
            return
        self.move(point, modifiers)
        self._pressed = point
        if self._closes(point):
            self.points += self._leg(self.points[-1], self._ahead, self.points[0])[:-1]
            self.done = True
            return
        if self._legs and self._ways is None and not self._straight:
            self._waiting.add(len(self._legs))
        start = self.points[-1] if self.points else self._end
        self._legs.append(self._leg(start, self._ahead, self._end))
        self._look()

    def move(self, point: Point, modifiers: Qt.KeyboardModifier) -> None:
        self._mouse = point
        self._straight = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        self._find_ahead(modifiers)

    def release(self, point: Point, modifiers: Qt.KeyboardModifier) -> None:
        """A drag is a click where it began."""

    def key(self, key: int, modifiers: Qt.KeyboardModifier) -> None:
        if key in (int(Qt.Key.Key_Return), int(Qt.Key.Key_Enter)):
            self.done = len(self.points) >= 3
        elif self._legs:
            self._legs.pop()
            self._waiting.discard(len(self._legs))
            self.done = not self._legs
            self._look()

    @property
    def ready(self) -> bool:
        """Whether all ways that were asked for are known."""
        return self._ways is not None and not self._waiting

    @property
    def _scale(self) -> float:
        """Pixels that are looked at for each of the image."""
        return min(1.0, self._canvas.viewport.scale)

    # --- ways -----------------------------------------------------------------------------------

    def _place(self, point: Point, modifiers: Qt.KeyboardModifier) -> Point:
        if modifiers & _AS_IT_IS:
            return place_at(self._canvas, point, modifiers)
        return edge_near(self._canvas, point) or on_grid(self._canvas, point)

    def _find_ahead(self, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """The way from the last click to the mouse."""
        ways = self._ways if not self._straight else None
        self._end = self.points[0] if self._closes(self._mouse) \
            else self._place(self._mouse, modifiers)
        self._ahead = ways.to(self._end) if ways is not None else []

    def _marked(self) -> list[Point]:
        return [leg[-1] for leg in self._legs]

    def _rest(self) -> list[Point]:
        to_view = self._canvas.viewport.to_view
        return [to_view(point) for point in (*self._ahead, self._end)]

    def _leg(self, start: Point, way: list[Point], end: Point) -> list[Point]:
        """The points that are kept of a way from ``start``, and ``end``."""
        kept = polygons.simplified_line((start, *way, end), TOLERANCE / self._scale)
        to_view = self._canvas.viewport.to_view
        return [*(on_grid(self._canvas, to_view(place)) for place in kept[1:-1]), end]

    def _join(self) -> None:
        self.points[:] = [point for leg in self._legs for point in leg]

    def _look(self) -> None:
        """The clicks are others now: ask for the ways from the last one."""
        self._join()
        self._ways, self._ahead = None, []
        if not self._legs:
            return
        start, number = self._legs[-1][-1], len(self._legs)
        scale = self._scale
        reach = REACH / scale
        part = part_of(self._canvas.scene.picture,
                       (start[0] - reach, start[1] - reach, start[0] + reach, start[1] + reach),
                       scale)
        if part is not None:
            _finder(self._canvas).queue.ask(
                (number, start), lambda: Ways(part.shrunk(scale), start),
                lambda ways: self._found(number, start, ways))

    def _found(self, number: int, start: Point, ways: Ways) -> None:
        """The ways from a click are known; there may be others after it by now."""
        if self._canvas.active_gesture is not self or self.done \
                or number > len(self._legs) or self._legs[number - 1][-1] != start:
            return
        if number == len(self._legs):
            self._ways = ways
            self._find_ahead()
        elif number in self._waiting:
            self._waiting.discard(number)
            end = self._legs[number][-1]
            self._legs[number] = self._leg(start, ways.to(end), end)
            self._join()
        self._canvas.show_gesture()


class _Finder(QObject):
    """The thread of one canvas that looks for ways."""

    def __init__(self, canvas: ToolView) -> None:
        super().__init__(canvas)
        self.queue: WorkQueue[tuple[int, Point]] = work_queue(self, "edge-finder")


def _finder(canvas: ToolView) -> _Finder:
    found = canvas.findChild(_Finder)
    return found if isinstance(found, _Finder) else _Finder(canvas)


def edge_near(canvas: ToolView, point: Point) -> Point | None:
    """The point of the image on the clearest edge near ``point`` of the view; None without one."""
    from workbench.media.images.edges import nearest_edge

    x, y = canvas.viewport.to_image(point)
    scale = canvas.viewport.scale
    reach = SNAP / scale
    around = (x - reach - 1, y - reach - 1, x + reach + 1, y + reach + 1)
    part = part_of(canvas.scene.picture, around, min(1.0, scale))
    if part is None or not canvas.viewport.contains((x, y)):
        return None
    place = nearest_edge(part.colors(), part.inside((x, y)), reach / part.across)
    return on_grid(canvas, canvas.viewport.to_view(part.outside(place))) \
        if place is not None else None
