"""Polygons cut by an open line, or united: lines and outlines as one net, and the areas in its
meshes."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache, partial
from itertools import combinations, pairwise

import numpy as np

from workbench.core.outlines import Point, Polygon, Ring
from workbench.core.rings import ring_area
from workbench.core.shapes import Shape

Edge = tuple[Point, Point]
Net = dict[Point, set[Point]]
Area = tuple[Ring, ...]
"""An outline and the holes in it."""

_DIGITS = 6
"""Decimals of a pixel: points that agree in them are the same."""
_NEAR = 2 * 10.0 ** -_DIGITS
"""Pixels from which a point lies on a line."""


def cut(polygon: Polygon, line: Ring, *, traced: bool = False) -> list[Polygon]:
    """The pieces that ``line`` makes of a polygon, the largest first.

    Together they have the area of the polygon, and none of it twice. What the line does not touch,
    as other parts of the same object, stays with the largest piece. Ends of the line that reach
    into the polygon cut nothing.

    Parameters
    ----------
    line
        Points of an open line, in pixels of the image; it may cross itself.
    traced
        Whether the outlines meet at their points alone, as those of a mask do: no edge of theirs
        is looked for on another.
    """
    if not meets(polygon, line):
        return [polygon]
    outlines, across = _split(
        [edge for ring in polygon.rings for edge in _edges((*ring, ring[0]))], _edges(line),
        among=not traced)
    whole = _EdgesByHeight(polygon.rings)
    drawn = {frozenset(edge) for edge in outlines}
    cuts = {frozenset(edge) for edge in across if whole.contain(_middle(*edge))} - drawn
    net = _net(drawn | cuts)
    faces = _without_bridges(net)
    known = {_rounded(point) for ring in (*polygon.rings, line) for point in ring}
    pieces: list[Area] = []
    rest: list[Ring] = []
    for area in _areas(faces):
        if not whole.contain(_inner_point(area)):
            continue
        touched = any(frozenset(edge) in cuts for ring in area for edge in _closed(ring))
        outline = tuple(_corners(ring, net, known) for ring in area)
        if touched:
            pieces.append(outline)
        else:
            rest += outline
    if len(pieces) < 2:
        return [polygon]
    pieces.sort(key=lambda area: -sum(map(ring_area, area)))
    return [Polygon((*pieces[0], *rest)), *map(Polygon, pieces[1:])]


def united(parts: Sequence[Polygon]) -> Polygon:
    """All that lies in one of ``parts`` at least; those that lie apart keep their points."""
    if not any(_meet(one.bounds(), other.bounds()) for one, other in combinations(parts, 2)):
        return Polygon(tuple(ring for part in parts for ring in part.rings))
    within = [_EdgesByHeight(part.rings) for part in parts]
    rings = [ring for part in parts for ring in part.rings]
    pieces, _ = _split([edge for ring in rings for edge in _edges((*ring, ring[0]))], [],
                       among=True)

    def covered(net: Net) -> Iterator[Area]:
        for area in _areas(_without_bridges(net)):
            inside = _inner_point(area)
            if any(bands.contain(inside) for bands in within):
                yield area

    sides = Counter(frozenset(edge) for area in covered(_net(map(frozenset, pieces)))
                    for ring in area for edge in _closed(ring))
    net = _net(edge for edge, number in sides.items() if number == 1)
    known = {_rounded(point) for ring in rings for point in ring}
    return Polygon(tuple(_corners(ring, net, known) for area in covered(net) for ring in area))


def meets(shape: Shape, line: Ring) -> bool:
    """Whether the surroundings of a line meet those of a shape, so that it may cut it."""
    return _meet(shape.bounds(), Polygon((line,)).bounds())


# --- the net --------------------------------------------------------------------------------------


def _net(edges: Iterable[frozenset[Point]]) -> Net:
    net: Net = defaultdict(set)
    for a, b in edges:
        net[a].add(b)
        net[b].add(a)
    return net


def _edges(line: Ring) -> list[Edge]:
    points = list(map(_rounded, line))
    return [(a, b) for a, b in pairwise(points) if a != b]


def _closed(ring: Ring) -> Iterable[Edge]:
    return pairwise((*ring, ring[0]))


def _rounded(point: Point) -> Point:
    return round(point[0], _DIGITS) + 0.0, round(point[1], _DIGITS) + 0.0


def _middle(a: Point, b: Point) -> Point:
    return (a[0] + b[0]) / 2, (a[1] + b[1]) / 2


def _meet(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


class _EdgesByHeight:
    """The edges of rings by how high they lie, to tell quickly which points are within."""

    def __init__(self, rings: Iterable[Ring]) -> None:
        edges = [edge for ring in rings for edge in _closed(ring)]
        self.points = frozenset(a for a, _ in edges)
        self._top = min(y for _, y in self.points)
        bottom = max(y for _, y in self.points)
        # so high that an edge lies in two of them, mostly
        self._height = max(sum(abs(b[1] - a[1]) for a, b in edges),
                           bottom - self._top, _NEAR) / len(edges)
        self._edges: defaultdict[int, list[Edge]] = defaultdict(list)
        for a, b in edges:
            first, last = sorted((self._band(a[1]), self._band(b[1])))
            for band in range(first, last + 1):
                self._edges[band].append((a, b))

    def _band(self, y: float) -> int:
        return math.floor((y - self._top) / self._height)

    def contain(self, point: Point) -> bool:
        """As :meth:`Polygon.contains`."""
        x, y = point
        return sum((y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1)
                   for (x1, y1), (x2, y2) in self._edges.get(self._band(y), ())) % 2 == 1


def _split(outlines: list[Edge], across: list[Edge], *, among: bool
           ) -> tuple[list[Edge], list[Edge]]:
    """The same lines in pieces that meet at their ends alone; ``among`` outlines, too, it is
    looked whether they meet."""
    edges = [*outlines, *across]
    places: list[set[Point]] = [set() for _ in edges]
    for i, j in _close_pairs(edges, 0 if among else len(outlines)):
        for place in _common(edges[i], edges[j]):
            places[i].add(place)
            places[j].add(place)
    made = []
    for edge, between in zip(edges, places, strict=True):
        if not between - {*edge}:
            made.append([edge])
            continue
        ends = sorted({*edge, *between}, key=partial(math.dist, edge[0]))
        made.append(list(pairwise(ends)))
    many = len(outlines)
    return ([part for parts in made[:many] for part in parts],
            [part for parts in made[many:] for part in parts])


def _close_pairs(edges: list[Edge], first: int) -> Iterator[tuple[int, int]]:
    """Pairs of edges whose surroundings meet, from left to right, but those of two before the
    ``first``."""
    boxes = [(min(a[0], b[0]) - _NEAR, min(a[1], b[1]) - _NEAR,
              max(a[0], b[0]) + _NEAR, max(a[1], b[1]) + _NEAR) for a, b in edges]
    early: list[int] = []
    late: list[int] = []
    for index in sorted(range(len(edges)), key=lambda at: boxes[at][0]):
        left, top, _, bottom = boxes[index]
        late = [at for at in late if boxes[at][2] >= left]
        if index >= first:
            early = [at for at in early if boxes[at][2] >= left]
        for at in (*late, *early) if index >= first else late:
            if boxes[at][1] <= bottom and top <= boxes[at][3]:
                yield index, at
        (late if index >= first else early).append(index)


def _common(one: Edge, other: Edge) -> list[Point]:
    """Where two edges meet: ends of one that lie on the other, else where they cross."""
    on = [point for edge, line in ((one, other), (other, one)) for point in edge
          if _lies_on(point, line)]
    if on:
        return on
    (ax, ay), (bx, by) = one
    (cx, cy), (dx, dy) = other
    turn = (bx - ax) * (dy - cy) - (by - ay) * (dx - cx)
    if not turn:
        return []
    share = ((cx - ax) * (dy - cy) - (cy - ay) * (dx - cx)) / turn
    along = ((cx - ax) * (by - ay) - (cy - ay) * (bx - ax)) / turn
    if not (0 < share < 1 and 0 < along < 1):
        return []
    return [_rounded((ax + share * (bx - ax), ay + share * (by - ay)))]


def _lies_on(point: Point, edge: Edge) -> bool:
    (ax, ay), (bx, by) = edge
    dx, dy = bx - ax, by - ay
    share = ((point[0] - ax) * dx + (point[1] - ay) * dy) / (dx * dx + dy * dy)
    share = min(1.0, max(0.0, share))
    return math.dist(point, (ax + share * dx, ay + share * dy)) <= _NEAR


# --- its meshes -----------------------------------------------------------------------------------


def _without_bridges(net: Net) -> list[Ring]:
    """The meshes' outlines, and those of all that hangs together, which run the other way; edges
    with the same mesh on both sides are taken out of ``net``."""
    while True:
        faces = _faces(net)
        bridges = []
        for face in faces:
            steps = set(_closed(face))
            bridges += [(a, b) for a, b in steps if a < b and (b, a) in steps]
        if not bridges:
            return faces
        for a, b in bridges:
            net[a].discard(b)
            net[b].discard(a)


def _faces(net: Net) -> list[Ring]:
    """All ways around that keep to the same side."""
    after: dict[Edge, Point] = {}
    for here, others in net.items():
        turned = [*others] if len(others) < 3 else sorted(others, key=partial(_direction, here))
        for place, before in enumerate(turned):
            after[before, here] = turned[place - 1]
    faces = []
    while after:
        (start, here), then = after.popitem()
        face = [here]
        while (here, then) in after:
            face.append(then)
            here, then = then, after.pop((here, then))
        assert (here, then) == (start, face[0])
        faces.append(tuple(face))
    return faces


def _direction(start: Point, end: Point) -> float:
    return math.atan2(end[1] - start[1], end[0] - start[0])


def _areas(faces: list[Ring]) -> list[Area]:
    """The meshes with what lies in them as holes."""
    sizes = [(ring_area(face), face) for face in faces]
    meshes = sorted((size, face) for size, face in sizes if size > 0)
    holes: list[list[Ring]] = [[] for _ in meshes]
    bands = cache(lambda at: _EdgesByHeight((meshes[at][1],)))
    left, top, right, bottom = np.array(
        [Polygon((mesh,)).bounds() for _, mesh in meshes]).reshape(-1, 4).T.copy()
    for size, face in sizes:
        if size < 0:
            x, y = face[0]
            around = (left <= x) & (x <= right) & (top <= y) & (y <= bottom)
            owner = next((at for at in map(int, np.flatnonzero(around))
                          if face[0] not in bands(at).points and bands(at).contain(face[0])), None)
            if owner is not None:
                holes[owner].append(face)
    return [(face, *inside) for (_, face), inside in zip(meshes, holes, strict=True)]


def _inner_point(area: Area) -> Point:
    """A point well within an area."""
    rows = sorted({y for ring in area for _, y in ring})
    _, above, below = max((after - before, before, after) for before, after in pairwise(rows))
    y = (above + below) / 2
    places = sorted(x1 + (y - y1) * (x2 - x1) / (y2 - y1) for ring in area
                    for (x1, y1), (x2, y2) in _closed(ring) if (y1 > y) != (y2 > y))
    left, right = max(zip(places[::2], places[1::2], strict=True),
                      key=lambda pair: pair[1] - pair[0])
    return (left + right) / 2, y


def _corners(ring: Ring, net: Net, known: Collection[Point]) -> Ring:
    """Without points that only lines that cut nothing made."""
    return tuple(point for before, point, after in zip(
        (ring[-1], *ring[:-1]), ring, (*ring[1:], ring[0]), strict=True)
        if point in known or len(net[point]) > 2 or not _lies_on(point, (before, after)))
