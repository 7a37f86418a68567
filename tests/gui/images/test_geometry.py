"""Gestures on plain numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.shapes import Bounds
from workbench.gui.label.images import geometry
from workbench.gui.label.images.geometry import HANDLES, Handle, Point, Size

sizes = st.tuples(st.integers(4, 5000), st.integers(4, 5000))
points = st.tuples(st.floats(-9000, 9000), st.floats(-9000, 9000))


@st.composite
def boxes_on(draw: st.DrawFn) -> tuple[Size, Bounds]:
    width, height = draw(sizes)
    x = sorted(draw(st.tuples(st.floats(0, width), st.floats(0, width))))
    y = sorted(draw(st.tuples(st.floats(0, height), st.floats(0, height))))
    return (width, height), (x[0], y[0], x[1], y[1])


def on_image(box: Bounds, size: Size) -> bool:
    return 0 <= box[0] <= box[2] <= size[0] and 0 <= box[1] <= box[3] <= size[1]


@given(points, points, sizes, st.booleans())
def test_a_drawn_box_lies_on_whole_pixels_of_the_image(
        start: Point, end: Point, size: Size, square: bool) -> None:
    box = geometry.spanned(start, end, size, square=square)
    assert on_image(box, size)
    assert all(value == int(value) for value in box)
    if square:
        assert box[2] - box[0] == box[3] - box[1]


def test_a_drag_in_any_direction_spans_the_same_box() -> None:
    corners = ((10.2, 20.4), (60.4, 70.1))
    expected = (10.0, 20.0, 60.0, 70.0)
    assert geometry.spanned(corners[0], corners[1], (100, 100)) == expected
    assert geometry.spanned(corners[1], corners[0], (100, 100)) == expected
    assert geometry.spanned((10, 70), (60, 20), (100, 100)) == expected


def test_a_click_makes_no_box() -> None:
    assert not geometry.is_box(geometry.spanned((5, 5), (5, 5), (100, 100)))
    assert not geometry.is_box(geometry.spanned((5, 5), (90, 6), (100, 100)))
    assert geometry.is_box(geometry.spanned((5, 5), (7, 7), (100, 100)))


@given(boxes_on(), st.floats(-9000, 9000), st.floats(-9000, 9000))
def test_moving_keeps_the_shape_and_stays_on_the_image(
        case: tuple[Size, Bounds], dx: float, dy: float) -> None:
    size, box = case
    shift = geometry.allowed_shift(box, dx, dy, size)
    moved = geometry.shifted(box, *shift)
    assert all(value == int(value) for value in shift)
    assert on_image(moved, size)
    assert moved[2] - moved[0] == pytest.approx(box[2] - box[0])


def test_a_box_over_the_edge_is_not_pushed_further_out_but_may_come_back() -> None:
    box = (-10.0, 5.0, 20.0, 30.0)
    assert geometry.allowed_shift(box, -5, 0, (100, 100)) == (0.0, 0.0)
    assert geometry.allowed_shift(box, 15, 0, (100, 100)) == (15.0, 0.0)


@given(boxes_on(), st.sampled_from(HANDLES), points)
def test_resizing_drags_only_the_edges_of_the_grip(
        case: tuple[Size, Bounds], handle: Handle, point: Point) -> None:
    size, box = case
    resized = geometry.resized(box, handle, point, size)
    assert on_image(resized, size)
    if handle.x == 0:
        assert (resized[0], resized[2]) == (box[0], box[2])
    else:
        assert (box[2] if handle.x < 0 else box[0]) in (resized[0], resized[2])
    if handle.y == 0:
        assert (resized[1], resized[3]) == (box[1], box[3])


def test_dragging_past_the_other_edge_turns_the_box_over() -> None:
    left = next(handle for handle in HANDLES if handle.name == "left")
    assert geometry.resized((10, 10, 30, 30), left, (50, 0), (100, 100)) == (30, 10, 50, 30)


def test_a_box_does_not_get_thinner_than_it_may() -> None:
    right = next(handle for handle in HANDLES if handle.name == "right")
    assert geometry.resized((10, 10, 30, 30), right, (10.2, 0), (100, 100)) == (10, 10, 12, 30)


def test_coordinates_are_written_as_short_as_they_are() -> None:
    assert geometry.number(12.0) == "12"
    assert geometry.number(12.5) == "12.5"
    assert geometry.number(12.345) == "12.35"
    assert geometry.words((1, 2, 3.5, 4)) == "1, 2 → 3.5, 4"


def test_the_box_that_overlaps_most_is_found_unless_none_does() -> None:
    boxes: list[Bounds] = [(0, 0, 10, 10), (100, 100, 140, 140), (102, 98, 141, 139)]
    assert geometry.best_overlap((102, 98, 141, 138), boxes) == 2
    assert geometry.best_overlap((100, 100, 140, 139), boxes) == 1
    assert geometry.best_overlap((8, 8, 18, 18), boxes) is None
    assert geometry.best_overlap((0, 0, 10, 10), []) is None
    assert geometry.overlap((0, 0, 10, 10), (5, 0, 15, 10)) == pytest.approx(1 / 3)
