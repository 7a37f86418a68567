"""Polygons taken apart into outlines with their holes, and joined into one line again."""

from __future__ import annotations

import math

from workbench.core.outlines import Point, Polygon, Ring, RotatedBox, surrounding

_MANY_POINTS = 600
_SQUARE = 0.02  # cosine of the corner of a rotated box, at most


def parts_of(polygon: Polygon) -> list[tuple[Ring, ...]]:
    """The parts of a polygon: each an outline and the holes in it."""
    rings = polygon.rings
    if len(rings) == 1:
        return [rings]
    inside = surrounding(rings)
    parts = {index: [rings[index]] for index in range(len(rings)) if len(inside[index]) % 2 == 0}
    for index, around in enumerate(inside):
        if len(around) % 2:
            owner = max(around, key=lambda other: len(inside[other]))
            parts[owner].append(rings[index])
    return [tuple(part) for part in parts.values()]


def joined(rings: tuple[Ring, ...]) -> Ring:
    """One line through all rings, each joined to what is there by a cut without width. Holes run
    the other way round, so that the area is the same by whatever rule it is filled or summed."""
    whole, *rest = map(list, _directed(rings))
    number = j = 0  # of very many points the first one of each ring is joined, not the nearest
    many = sum(map(len, rings)) > _MANY_POINTS
    while rest:
        if many:
            i = min(range(len(whole)), key=lambda at: math.dist(whole[at], rest[0][0]))
        else:
            _, i, number, j = min((math.dist(a, b), i, number, j) for i, a in enumerate(whole)
                                  for number, ring in enumerate(rest) for j, b in enumerate(ring))
        ring = rest.pop(number)
        whole[i : i + 1] = [whole[i], *ring[j:], *ring[: j + 1], whole[i]]
    return tuple(whole)


def _directed(rings: tuple[Ring, ...]) -> list[Ring]:
    """All rings, turned to run as the first one does, or the other way round where they are holes
    and it is none."""
    ways = []
    for ring, around in zip(rings, surrounding(rings), strict=True):
        ways.append((ring_area(ring) > 0) == (len(around) % 2 == 0))
    return [ring if way == ways[0] else ring[::-1] for ring, way in zip(rings, ways, strict=True)]


def rotated_box(ring: Ring, rounded: float = 0.0) -> RotatedBox | None:
    """The rotated box with these four corners; None where they are no rectangle's.

    Parameters
    ----------
    rounded
        Pixels by which each may lie off, as those of small things do that are whole numbers.
    """
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = ring
    width, height = math.dist(ring[0], ring[1]), math.dist(ring[1], ring[2])
    if not width or not height:
        return None
    off = math.hypot(ax + cx - bx - dx, ay + cy - by - dy) / 2  # how far the middles are apart
    cosine = ((bx - ax) * (cx - bx) + (by - ay) * (cy - by)) / (width * height)
    if off > _SQUARE * max(width, height) or abs(cosine) > _SQUARE:
        return _nearest(ring, rounded) if rounded else None
    turn = (bx - ax) * (cy - by) - (by - ay) * (cx - bx)
    if turn < 0:  # the other way round, or thin and its sides cross
        crossed = (ax - bx) * (dy - ay) - (ay - by) * (dx - ax) < 0
        return None if crossed else rotated_box((ring[1], ring[0], ring[3], ring[2]), rounded)
    width = (width + math.dist(ring[2], ring[3])) / 2
    height = (height + math.dist(ring[3], ring[0])) / 2
    # all four sides say how it lies: a short one alone, in rounded numbers, would be far off
    return RotatedBox(((ax + bx + cx + dx) / 4, (ay + by + cy + dy) / 4), width, height,
                      math.atan2((by - ay) + (cy - dy) + (bx - cx) + (ax - dx),
                                 (bx - ax) + (cx - dx) + (cy - by) + (dy - ay)) % math.tau)


def _nearest(ring: Ring, most: float) -> RotatedBox | None:
    """The rotated box whose corners are nearest to four; None where one is farther off than
    ``most`` pixels."""
    if ring_area(ring) < 0:
        ring = (ring[1], ring[0], ring[3], ring[2])
    a, b, c, d = (complex(*point) for point in ring)
    along, down = (b - a + c - d) / 2, (c - b + d - a) / 2
    way = along - 1j * down  # both point the same way where it is a rectangle
    if not way:
        return None
    way /= abs(way)
    width, height = (along / way).real, (down / (1j * way)).real
    middle = (a + b + c + d) / 4
    if width <= 0 or height <= 0:
        return None
    box = RotatedBox((middle.real, middle.imag), width, height,
                     math.atan2(way.imag, way.real) % math.tau)
    off = max(map(math.dist, ring, box.corners()))
    return box if off <= most else None


def turned_ring(ring: Ring, angle: float, middle: Point) -> Ring:
    """Points that are turned about (0, 0) by ``angle`` in radians, clockwise on screen, and then
    moved so that (0, 0) lies at ``middle``."""
    cos, sin = math.cos(angle), math.sin(angle)
    return tuple((round(middle[0] + x * cos - y * sin, 4), round(middle[1] + x * sin + y * cos, 4))
                 for x, y in ring)


def ring_area(ring: Ring) -> float:
    """Square pixels within an outline, negative where it runs anticlockwise on screen."""
    before, total = ring[-1], 0.0
    for point in ring:
        total += before[0] * point[1] - point[0] * before[1]
        before = point
    return total / 2
