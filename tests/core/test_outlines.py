"""Polygons, rotated boxes, key points and masks: bounds, hit tests, moving and clipping."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.outlines import Keypoints, Mask, Polygon, RotatedBox, mask_of_spans, surrounding
from workbench.core.rings import joined, parts_of
from workbench.core.shapes import Box, Shape

SIZE = (40.0, 30.0)
places = st.tuples(st.integers(-20, 60), st.integers(-20, 50)).map(
    lambda point: (float(point[0]), float(point[1])))
polygons = st.builds(Polygon, st.lists(
    st.lists(places, min_size=3, max_size=8).map(tuple), min_size=1, max_size=3).map(tuple))
rotated = st.builds(RotatedBox, places, st.floats(1, 30), st.floats(1, 30),
                    st.floats(0, 2 * math.pi, exclude_max=True))
skeletons = st.lists(st.tuples(places, st.sampled_from([0, 1, 2])), min_size=1, max_size=6).map(
    lambda items: Keypoints(tuple(point for point, _ in items), tuple(seen for _, seen in items)))
grids = st.integers(1, 12).flatmap(lambda width: st.lists(
    st.lists(st.booleans(), min_size=width, max_size=width), min_size=1, max_size=9))


def mask_of(grid: list[list[bool]], x: int = 0, y: int = 0) -> Mask:
    return mask_of_spans((y + row, x + column, x + column + 1)
                         for row, line in enumerate(grid)
                         for column, inside in enumerate(line) if inside)


masks = st.builds(mask_of, grids, st.integers(-8, 38), st.integers(-8, 28))
shapes = polygons | rotated | skeletons | masks


@given(shapes, st.integers(-30, 30), st.integers(-30, 30))
def test_moving_there_and_back_changes_nothing(shape: Shape, dx: int, dy: int) -> None:
    moved = shape.moved(dx, dy)
    expected = [value + shift for value, shift in zip(shape.bounds(), (dx, dy, dx, dy),
                                                      strict=True)]
    if any(shape.bounds()):  # the bounds of nothing stay where they are
        assert moved.bounds() == pytest.approx(expected)
    assert moved.moved(-dx, -dy).bounds() == pytest.approx(shape.bounds())


@given(polygons | rotated | masks, places)
def test_what_is_inside_is_within_the_bounds(shape: Shape, point: tuple[float, float]) -> None:
    if shape.contains(point):
        x1, y1, x2, y2 = shape.bounds()
        assert x1 - 1e-6 <= point[0] <= x2 + 1e-6 and y1 - 1e-6 <= point[1] <= y2 + 1e-6


@given(polygons, places)
def test_a_clipped_polygon_holds_the_same_points_of_the_image(
    shape: Polygon, point: tuple[float, float]
) -> None:
    clipped = shape.clipped(SIZE)
    x, y = point[0] + 0.503, point[1] + 0.397  # off the lines between whole numbers
    on_a_line = any(abs((x2 - x1) * (y - y1) - (y2 - y1) * (x - x1)) < 1e-6
                    for ring in shape.rings
                    for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True))
    if not on_a_line:
        inside = 0 <= x < SIZE[0] and 0 <= y < SIZE[1]
        assert clipped.contains((x, y)) == (inside and shape.contains((x, y)))
    x1, y1, x2, y2 = clipped.bounds()
    assert x1 >= 0 and y1 >= 0 and x2 <= SIZE[0] and y2 <= SIZE[1]


def test_a_ring_within_a_ring_is_a_hole_and_one_apart_a_part() -> None:
    outer = ((0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0))
    hole = ((2.0, 2.0), (6.0, 2.0), (6.0, 6.0), (2.0, 6.0))
    island = ((3.0, 3.0), (4.0, 3.0), (4.0, 4.0), (3.0, 4.0))
    apart = ((20.0, 0.0), (22.0, 0.0), (22.0, 2.0), (20.0, 2.0))
    shape = Polygon((outer, hole, island, apart))
    inside = [shape.contains(point) for point in ((1, 1), (5, 5), (3.5, 3.5), (21, 1), (15, 1))]
    assert inside == [True, False, True, True, False]
    assert shape.area == pytest.approx(100 - 16 + 1 + 4)
    assert shape.bounds() == (0, 0, 22, 10)


@pytest.mark.parametrize("turn", [1, -1])
def test_joined_rings_have_the_same_area_by_any_rule(turn: int) -> None:
    outer = ((0.0, 0.0), (50.0, 0.0), (50.0, 50.0), (0.0, 50.0))
    hole = ((10.0, 10.0), (40.0, 10.0), (40.0, 40.0), (10.0, 40.0))
    apart = ((60.0, 0.0), (70.0, 0.0), (70.0, 10.0), (60.0, 10.0))
    whole = Polygon((outer, hole[::turn], apart[::-turn]))
    one = Polygon((joined(whole.rings),))
    assert whole.area == one.area == 2500 - 900 + 100
    for point in ((5.0, 5.0), (25.0, 25.0), (65.0, 5.0), (55.0, 5.0)):
        assert one.contains(point) == whole.contains(point)


def test_very_many_holes_are_joined_to_the_same_area() -> None:
    outer = tuple((500 + 500 * math.cos(angle), 500 + 500 * math.sin(angle))
                  for angle in (at / 200 * math.tau for at in range(200)))
    holes = tuple(((x, y), (x + 9.0, y), (x + 9.0, y + 9.0), (x, y + 9.0))
                  for x in range(200, 800, 30) for y in range(200, 800, 30))
    shape = Polygon((outer, *holes))
    assert [len(part) for part in parts_of(shape)] == [1 + len(holes)]
    assert shape.area == pytest.approx(Polygon((outer,)).area - 81 * len(holes))
    assert Polygon((joined(shape.rings),)).area == pytest.approx(shape.area)


longer = st.lists(places, min_size=3, max_size=40).map(tuple)


@given(st.lists(longer, min_size=1, max_size=6).map(tuple))
def test_a_ring_lies_in_another_where_most_of_its_edges_do(
        rings: tuple[tuple[tuple[float, float], ...], ...]) -> None:
    def lies_in(index: int, other: int) -> bool:
        ring = rings[index]
        middles = [((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
                   for a, b in zip(ring, ring[1:] + ring[:1], strict=True)]
        return 2 * sum(map(Polygon((rings[other],)).contains, middles)) > len(middles)

    assert surrounding(rings) == [
        [other for other in range(len(rings)) if other != index and lies_in(index, other)]
        for index in range(len(rings))]


def test_a_hole_may_touch_its_outer_line_at_a_corner() -> None:
    outer = ((1.0, 5.0), (1.0, 4.0), (3.0, 4.0), (3.0, 7.0), (0.0, 7.0), (0.0, 5.0))
    hole = ((1.0, 5.0), (1.0, 6.0), (2.0, 6.0), (2.0, 5.0))
    assert Polygon((outer, hole)).area == Polygon((hole, outer)).area == 7
    assert parts_of(Polygon((hole, outer))) == [(outer, hole)]


@given(rotated)
def test_a_rotated_box_has_the_area_of_its_corners(shape: RotatedBox) -> None:
    assert Polygon((shape.corners(),)).area == pytest.approx(shape.width * shape.height, rel=1e-6)
    assert shape.contains(shape.center)
    assert not shape.contains((shape.center[0] + shape.width + shape.height, shape.center[1]))


def test_a_quarter_turn_is_clockwise_on_screen() -> None:
    turned = RotatedBox((10.0, 10.0), 8.0, 4.0, math.pi / 2)
    assert turned.corners()[0] == pytest.approx((12.0, 6.0))  # top left went to top right
    assert turned.bounds() == pytest.approx((8, 6, 12, 14))


def test_a_rotated_box_outside_the_image_has_no_area() -> None:
    shape = RotatedBox((10.0, 10.0), 8.0, 4.0, 1.0)
    assert shape.clipped(SIZE) is shape
    assert shape.moved(100, 0).clipped(SIZE).width == 0


def test_key_points_outside_the_image_are_not_labelled() -> None:
    shape = Keypoints(((5.0, 5.0), (50.0, 5.0), (0.0, 0.0)), (2, 1, 0))
    assert shape.bounds() == (5, 5, 50, 5)  # the third has no position
    assert shape.clipped(SIZE).visibility == (2, 0, 0)
    boxed = Keypoints(shape.points, shape.visibility, Box(0, 0, 60, 20))
    assert boxed.bounds() == (0, 0, 60, 20) and boxed.contains((30, 10))
    assert boxed.clipped(SIZE).bounds() == (0, 0, 40, 20)
    assert boxed.moved(1, 2).bounds() == (1, 2, 61, 22)


@given(grids, st.integers(-8, 38), st.integers(-8, 28))
def test_a_mask_holds_its_pixels(grid: list[list[bool]], x: int, y: int) -> None:
    mask = mask_of(grid, x, y)
    pixels = np.array(grid)
    assert mask.area == pixels.sum()
    assert sum(mask.runs) == mask.width * mask.height
    assert all(run > 0 for run in mask.runs[1:])
    for row, line in enumerate(grid):
        for column, inside in enumerate(line):
            assert mask.contains((x + column + 0.5, y + row + 0.5)) == inside
    assert mask_of_spans(mask.spans()) == mask
    rows, columns = np.nonzero(pixels)
    if len(rows):
        assert mask.bounds() == (x + columns.min(), y + rows.min(),
                                 x + columns.max() + 1, y + rows.max() + 1)


@given(masks)
def test_a_clipped_mask_is_the_part_within_the_image(mask: Mask) -> None:
    clipped = mask.clipped(SIZE)
    def cells(one: Mask) -> set[tuple[int, int]]:
        return {(row, column) for row, first, end in one.spans() for column in range(first, end)}
    assert cells(clipped) == {(row, column) for row, column in cells(mask)
                              if 0 <= row < SIZE[1] and 0 <= column < SIZE[0]}
