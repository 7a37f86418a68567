"""Polygons cut by lines: nothing is lost, nothing is twice."""

from __future__ import annotations

import math

from hypothesis import example, given, settings
from hypothesis import strategies as st

from workbench.core.cutting import cut, united
from workbench.core.outlines import Point, Polygon, Ring

SQUARE = ((0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0))
HOLE = ((4.0, 4.0), (6.0, 4.0), (6.0, 6.0), (4.0, 6.0))
ASIDE = ((20.0, 0.0), (24.0, 0.0), (24.0, 4.0), (20.0, 4.0))


def areas(polygon: Polygon, *line: Point) -> list[float]:
    found = [round(piece.area, 6) for piece in cut(polygon, line)]
    assert found == [round(piece.area, 6) for piece in cut(polygon, line, traced=True)]
    return found


def test_a_line_across_makes_two_pieces_with_its_points() -> None:
    one, other = cut(Polygon((SQUARE,)), ((-2.0, 5.0), (4.0, 7.0), (12.0, 7.0)))
    assert one.area + other.area == 100 and (4.0, 7.0) in one.rings[0]
    assert set(SQUARE[:2]) < set(one.rings[0]) and set(SQUARE[2:]) < set(other.rings[0])


def test_corners_edges_and_ends_within() -> None:
    square = Polygon((SQUARE,))
    assert areas(square, (0, 0), (10, 10)) == [50, 50]
    assert areas(square, (-1, 0), (11, 0)) == [100], "along an edge"
    assert areas(square, (-1, 10), (5, 10), (5, -1)) == [50, 50]
    assert cut(square, ((-1, 5), (9, 5))) == [square], "it ends within"
    assert cut(square, ((20, 20), (30, 30))) == [square]
    assert areas(square, (-1, 3), (9, 3), (9, 5), (2, 5), (2, -1)) == [80, 14, 6], "crossing itself"
    assert areas(square, (-1, 2), (11, 2), (11, 5), (-1, 5)) == [50, 30, 20], "and back again"


def test_a_loop_within_keeps_its_corners() -> None:
    line = ((-1, 5), (8, 5), (5, 8), (5, 2))  # ends within; what it surrounds is cut out
    assert areas(Polygon((SQUARE,)), *line) == [95.5, 4.5]
    [_, loop] = cut(Polygon((SQUARE,)), line)
    assert set(loop.rings[0]) == {(5, 5), (8, 5), (5, 8)}


def test_holes_and_parts() -> None:
    ring = Polygon((SQUARE, HOLE))
    assert areas(ring, (5, -1), (5, 11)) == [48, 48]
    assert areas(ring, (2, -1), (2, 11)) == [76, 20] and len(cut(
        ring, ((2, -1), (2, 11)))[0].rings) == 2, "the hole stays a hole"
    assert cut(ring, ((5, -1), (5, 5))) == [ring], "from the edge to the hole and no farther"
    assert areas(ring, (-1, 5), (5, 5), (5, -1)) == [72, 24], "around the corner"
    parts = Polygon((SQUARE, ASIDE, HOLE))
    assert areas(parts, (5, -1), (5, 11)) == [64, 48], "a part aside stays with the largest piece"
    assert areas(parts, (-1, 2), (30, 2)) == [76, 20, 8, 8]


def regular(corners: int, radius: float, turn: float, x: float = 0.0) -> Ring:
    """Corners around (x, 0), every second one half as far away."""
    return tuple((x + radius * (1 - at % 2 / 2) * math.cos(turn + math.tau * at / corners),
                  radius * (1 - at % 2 / 2) * math.sin(turn + math.tau * at / corners))
                 for at in range(corners))


whole = st.tuples(st.integers(-30, 30), st.integers(-30, 30))
points = st.one_of(whole, st.tuples(st.floats(-30, 30, width=16), st.floats(-30, 30, width=16)))


@settings(max_examples=25, deadline=None)
@given(st.integers(4, 12), st.floats(0, 6), st.lists(points, min_size=2, max_size=6),
       st.lists(whole, min_size=20, max_size=20))
@example(4, 0.0, [(-30, 0), (30, 0)], [(1, 1)])
def test_all_of_it_is_in_one_piece(corners: int, turn: float, line: list[Point],
                                   probes: list[Point]) -> None:
    shape = Polygon((regular(corners, 24, turn), regular(corners, 8, turn),
                     regular(4, 3, turn, 45)))
    pieces = cut(shape, tuple(line))
    assert math.isclose(sum(piece.area for piece in pieces), shape.area, abs_tol=1e-3)
    assert [piece.area for piece in pieces] == sorted(
        (piece.area for piece in pieces), reverse=True) or len(shape.rings) > 2
    for x, y in probes:
        probe = (x + math.pi / 100, y + math.e / 100)  # on no line that is likely
        assert sum(piece.contains(probe) for piece in pieces) == shape.contains(probe)


def test_parts_that_overlap_are_united() -> None:
    over = ((5.0, 5.0), (15.0, 5.0), (15.0, 8.0), (5.0, 8.0))
    whole = united([Polygon((SQUARE,)), Polygon((over,)), Polygon((ASIDE,))])
    assert whole.area == 100 + 15 + 16 and len(whole.rings) == 2
    assert sorted(map(set, whole.rings), key=len) == [
        set(ASIDE), {*SQUARE, (10.0, 5.0), (15.0, 5.0), (15.0, 8.0), (10.0, 8.0)}]
    assert united([Polygon((SQUARE, HOLE)), Polygon((HOLE,))]).area == 100
    for other in (HOLE, SQUARE):
        [ring] = united([Polygon((SQUARE,)), Polygon((other,))]).rings
        assert set(ring) == set(SQUARE) and len(ring) == 4
    assert united([Polygon((SQUARE, HOLE)), Polygon((ASIDE,))]) == Polygon((SQUARE, HOLE, ASIDE))
    frame = [Polygon((((x, y), (x + w, y), (x + w, y + h), (x, y + h)),))
             for x, y, w, h in ((0, 0, 9, 2), (0, 7, 9, 2), (0, 0, 2, 9), (7, 0, 2, 9))]
    assert united(frame).area == 81 - 25 and len(united(frame).rings) == 2, "a hole in between"


corners = st.tuples(st.integers(0, 12), st.integers(0, 12))
outlines = st.lists(corners, min_size=3, max_size=6, unique=True)


@settings(deadline=None)
@given(st.lists(outlines, min_size=1, max_size=4))
def test_what_is_united_holds_what_any_part_holds(rings: list[list[tuple[int, int]]]) -> None:
    parts = [Polygon((tuple((float(x), float(y)) for x, y in ring),)) for ring in rings]
    whole = united(parts)
    for x in range(12):
        for y in range(12):
            place = (x + 0.4713, y + 0.3579)
            assert whole.contains(place) == any(part.contains(place) for part in parts)
