"""Points of polygons and names of key points."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.outlines import Polygon
from workbench.core.polygons import (
    added_point,
    moved_point,
    removed_point,
    simplified,
    simplified_line,
)
from workbench.core.skeletons import Skeleton, skeleton_of, table_of

SQUARE = ((0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0))
places = st.tuples(st.floats(-100, 100), st.floats(-100, 100))
rings = st.lists(places, min_size=3, max_size=30).map(tuple)


def test_points_come_and_go() -> None:
    shape = Polygon((SQUARE, SQUARE[:3]))
    added = added_point(shape, 0, 1, (5.0, -1.0))
    assert added.rings == ((SQUARE[0], (5.0, -1.0), *SQUARE[1:]), SQUARE[:3])
    assert removed_point(added, 0, 1) == shape
    assert removed_point(shape, 1, 0) == Polygon((SQUARE,))
    assert removed_point(Polygon((SQUARE[:3],)), 0, 0) is None
    assert moved_point(shape, 0, 0, (1.0, 1.0)).rings[0][0] == (1.0, 1.0)


@given(rings, st.floats(0.01, 20))
def test_no_point_is_farther_from_the_simplified_line_than_allowed(
    ring: tuple[tuple[float, float], ...], tolerance: float
) -> None:
    (fewer,) = simplified(Polygon((ring,)), tolerance).rings
    assert set(fewer) <= set(ring) and len(fewer) >= 3
    if fewer != ring:
        edges = list(zip(fewer, (*fewer[1:], fewer[0]), strict=True))
        assert all(min(_away(point, a, b) for a, b in edges) <= tolerance + 1e-6 for point in ring)


def _away(point: tuple[float, float], a: tuple[float, float], b: tuple[float, float]) -> float:
    length = math.dist(a, b)
    if not length:
        return math.dist(point, a)
    share = ((point[0] - a[0]) * (b[0] - a[0]) + (point[1] - a[1]) * (b[1] - a[1])) / length ** 2
    share = min(1.0, max(0.0, share))
    return math.dist(point, (a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])))


def test_points_on_a_line_are_not_needed() -> None:
    ring = ((0.0, 0.0), (5.0, 0.1), *SQUARE[1:])
    assert simplified(Polygon((ring,)), 0.5) == Polygon((SQUARE,))
    assert simplified(Polygon((ring,)), 0.0) == Polygon((ring,))


def test_a_skeleton_is_read() -> None:
    table = {"points": ["nose", "eye"], "lines": [["eye", "nose"]]}
    assert skeleton_of(table) == Skeleton(("nose", "eye"), ((1, 0),))
    assert skeleton_of({"points": ["a"]}) == Skeleton(("a",))
    colored = Skeleton(("nose", "eye")).with_color(1, "#d97706")
    assert skeleton_of(table_of(colored)) == colored and colored.colors == ("", "#d97706")
    assert colored.with_color(1, "") == Skeleton(("nose", "eye"))


@pytest.mark.parametrize(("table", "words"), [
    ([], "points"), ({}, "points"), ({"points": [1]}, "points"), ({"points": ["a", "a"]}, "same"),
    ({"points": ["a"], "lines": "a"}, "lines"), ({"points": ["a"], "lines": [["a", "b"]]}, "lines"),
    ({"points": ["a"], "lines": [["a"]]}, "lines"),
    ({"points": ["a"], "colors": {"a": "red"}}, "colors"),
    ({"points": ["a"], "colors": {"b": "#d97706"}}, "colors")])
def test_what_is_no_skeleton_is_told(table: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        skeleton_of(table)


@pytest.mark.parametrize("tolerance", [0.3, 4.0, 1000.0])
def test_a_long_line_keeps_what_a_short_one_would(tolerance: float) -> None:
    chance = random.Random(1)
    line = tuple((float(round(60 * math.sin(at / 90))), at // 3 + chance.choice((0.0, 0.0, 7.5)))
                 for at in range(1200))

    def kept(first: int, last: int) -> list[int]:
        (ax, ay), (bx, by) = line[first], line[last]
        length = (bx - ax) ** 2 + (by - ay) ** 2

        def away(at: int) -> float:
            x, y = line[at][0] - ax, line[at][1] - ay
            share = min(1.0, max(0.0, (x * (bx - ax) + y * (by - ay)) / length))
            return (x - share * (bx - ax)) ** 2 + (y - share * (by - ay)) ** 2

        found = max(range(first + 1, last), key=away, default=first)
        if found == first or away(found) <= tolerance ** 2:
            return [last]
        return kept(first, found) + kept(found, last)

    assert simplified_line(line, tolerance) == tuple(
        line[at] for at in (0, *kept(0, len(line) - 1)))
