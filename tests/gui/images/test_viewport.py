"""Where the image lies in the view."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.gui.label.images.viewport import MAX_SCALE, Viewport


def made(image: tuple[int, int] = (640, 480), view: tuple[float, float] = (800, 600)) -> Viewport:
    viewport = Viewport()
    viewport.set_view(*view)
    viewport.set_image(image)
    return viewport


def test_fit_shows_the_whole_image_in_the_middle() -> None:
    viewport = made((1000, 500), (500, 500))
    assert viewport.scale == 0.5
    assert viewport.to_view((0, 0)) == (0.0, 125.0)
    assert viewport.to_view((1000, 500)) == (500.0, 375.0)


@given(
    st.tuples(st.integers(1, 20000), st.integers(1, 20000)),
    st.tuples(st.floats(50, 4000), st.floats(50, 3000)),
    st.lists(st.tuples(st.floats(0.1, 10), st.floats(0, 1), st.floats(0, 1)), max_size=8),
    st.floats(0, 1), st.floats(0, 1), st.floats(0.2, 5),
)
def test_zoom_keeps_the_point_under_the_cursor(
        image: tuple[int, int], view: tuple[float, float],
        before: list[tuple[float, float, float]], u: float, v: float, factor: float) -> None:
    viewport = made(image, view)
    for zoom, x, y in before:
        viewport.zoom(zoom, (x * view[0], y * view[1]))
    # A point of the image that is in view.
    x0, y0, x1, y1 = viewport.visible()
    point = (x0 + u * (x1 - x0), y0 + v * (y1 - y0))
    cursor = viewport.to_view(point)
    viewport.zoom(factor, cursor)
    assert viewport.to_view(point) == pytest.approx(cursor, abs=1e-4 * viewport.scale + 1e-6)
    assert 0 < viewport.scale <= MAX_SCALE


@given(st.lists(st.tuples(st.floats(-5000, 5000), st.floats(-5000, 5000)), max_size=6),
       st.floats(0.05, 20))
def test_the_image_cannot_be_pushed_out_of_view(
        pushes: list[tuple[float, float]], factor: float) -> None:
    viewport = made()
    viewport.zoom(factor, (400, 300))
    for dx, dy in pushes:
        viewport.pan(dx, dy)
    x0, y0, x1, y1 = viewport.visible()
    assert x1 > x0 and y1 > y0


@given(st.floats(-2000, 3000), st.floats(-2000, 3000), st.floats(0.05, 30))
def test_both_ways_of_the_transform_are_inverse(x: float, y: float, factor: float) -> None:
    viewport = made()
    viewport.zoom(factor, (123, 456))
    assert viewport.to_image(viewport.to_view((x, y))) == pytest.approx((x, y), abs=1e-6)


def test_a_fitted_image_fits_again_when_the_view_changes() -> None:
    viewport = made()
    viewport.set_view(400, 300)
    assert viewport.scale == pytest.approx(400 / 640)
    viewport.zoom(2, (200, 150))
    scale = viewport.scale
    viewport.set_view(800, 600)
    assert viewport.scale == scale


def test_the_next_image_of_the_same_size_shows_the_same_part() -> None:
    viewport = made()
    viewport.zoom(3, (100, 100))
    place = (viewport.scale, viewport.x, viewport.y)
    viewport.set_image((640, 480))
    assert (viewport.scale, viewport.x, viewport.y) == place
    viewport.set_image((100, 100))
    assert viewport.mode == "fit"


def test_actual_size_keeps_the_middle() -> None:
    viewport = made((4000, 3000))
    viewport.zoom(4, (10, 10))
    before = viewport.center()
    viewport.actual()
    assert viewport.scale == 1.0
    assert viewport.center() == pytest.approx(before)


def test_show_brings_a_box_into_view_and_moves_no_more_than_needed() -> None:
    viewport = made((4000, 3000))
    viewport.actual()
    viewport.show((10, 10, 60, 60))
    x0, y0, x1, y1 = viewport.box_to_view((10, 10, 60, 60))
    assert x0 >= 0 and y0 >= 0 and x1 <= 800 and y1 <= 600
    place = (viewport.x, viewport.y)
    viewport.show((10, 10, 60, 60))
    assert (viewport.x, viewport.y) == place
    viewport.show((0, 0, 4000, 3000))
    assert viewport.scale < 0.2
