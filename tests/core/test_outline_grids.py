"""Outlines as grids over their boxes: there and back, and how far two agree."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from workbench.core.filling import mask_of_polygon
from workbench.core.masks import pixels_of
from workbench.core.outline_grids import SIDE, grid_of, known_grid, outline_of, paired_overlap
from workbench.core.outlines import Mask, Polygon, Ring, mask_of_spans
from workbench.core.shapes import Box
from workbench.core.tracing import outline_of_mask


def ellipse(x: float, y: float, width: float, height: float, corners: int = 48) -> Ring:
    turns = [2 * math.pi * number / corners for number in range(corners)]
    return tuple((x + width / 2 * math.cos(turn), y + height / 2 * math.sin(turn))
                 for turn in turns)


def overlap(a: Polygon, b: Polygon) -> float:
    boxes = [np.asarray([shape.bounds()], np.float32) for shape in (a, b)]
    [found] = paired_overlap(grid_of(a)[None], boxes[0], grid_of(b)[None], boxes[1])
    return float(found)


@given(st.floats(-50, 900), st.floats(-50, 900), st.floats(4, 700), st.floats(4, 700))
def test_an_outline_comes_back_from_its_grid(x: float, y: float, width: float,
                                             height: float) -> None:
    shape = Polygon((ellipse(x, y, width, height),))
    found = outline_of(grid_of(shape), shape.bounds())
    assert found is not None and len(found.rings) == 1
    assert found.area == pytest.approx(shape.area, rel=0.03)
    assert found.bounds() == pytest.approx(shape.bounds(), abs=max(width, height) / SIDE / 2)


def test_holes_and_parts_stay_and_specks_go() -> None:
    ring = Polygon((ellipse(100, 100, 200, 200), ellipse(100, 100, 90, 90)))
    found = outline_of(grid_of(ring), ring.bounds())
    assert found is not None and len(found.rings) == 2 and not found.contains((100, 100))
    assert found.area == pytest.approx(ring.area, rel=0.03)
    pair = Polygon((ellipse(40, 40, 80, 80), ellipse(140, 140, 80, 80), ellipse(170, 10, 4, 4)))
    found = outline_of(grid_of(pair), pair.bounds())
    assert found is not None and len(found.rings) == 2, "4 px of 180 are less than a cell"
    assert outline_of(np.zeros((SIDE, SIDE), np.uint8), (0, 0, 9, 9)) is None


def test_what_is_no_outline_fills_its_box() -> None:
    assert (grid_of(Box(3, 4, 30, 50)) == 255).all()
    found = outline_of(grid_of(Box(3, 4, 30, 50)), (3, 4, 30, 50))
    assert found is not None
    assert found.bounds() == (3, 4, 30, 50) and found.area == pytest.approx(27 * 46)
    mask = Mask(10, 20, 4, 2, (0, 2, 4, 2))  # upper left and lower right half
    grid = grid_of(mask)
    half = SIDE // 2
    assert (grid[:half, :half] == 255).all() and (grid[half:, half:] == 255).all()
    assert not grid[:half, half:].any() and not grid[half:, :half].any()


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32))
def test_the_grid_of_a_mask_is_that_of_the_line_around_it(
    width: int, height: int, seed: int
) -> None:
    pixels = np.random.default_rng(seed).random((height, width)) < 0.6
    pixels[0, 0] = pixels[-1, -1] = True  # so that its window has no empty margin
    mask = mask_of_spans((row, column, column + 1) for row, column in np.argwhere(pixels).tolist())
    assert np.array_equal(grid_of(mask), grid_of(outline_of_mask(mask)))


def test_the_grid_of_a_mask_lies_over_its_window() -> None:
    wide = Mask(10, 20, 8, 4, (0, 4, 4, 4, 4, 4, 4, 4, 4))  # nothing in the right half
    grid = grid_of(wide)
    assert (grid[:, : SIDE // 2] == 255).all() and not grid[:, SIDE // 2 :].any()
    nothing = Mask(0, 0, 5, 5, (25,))
    assert not grid_of(nothing).any() and known_grid(nothing) is None


@given(st.floats(0, 60), st.floats(0, 60), st.floats(30, 90), st.floats(30, 90))
def test_overlap_is_that_of_the_areas(dx: float, dy: float, width: float, height: float) -> None:
    """Against counting points of a fine raster within both."""
    a = Polygon((ellipse(100, 100, 80, 60),))
    b = Polygon((ellipse(100 + dx, 100 + dy, width, height),))
    xs, ys = np.meshgrid(np.arange(50, 260, 0.5), np.arange(50, 260, 0.5))

    def inside(x: float, y: float, w: float, h: float) -> np.ndarray:
        found: np.ndarray = ((xs - x) / w * 2) ** 2 + ((ys - y) / h * 2) ** 2 <= 1
        return found

    one, other = inside(100, 100, 80, 60), inside(100 + dx, 100 + dy, width, height)
    assert overlap(a, b) == pytest.approx((one & other).sum() / (one | other).sum(), abs=0.04)
    assert overlap(a, b) == pytest.approx(overlap(b, a), abs=1e-9)
    assert overlap(a, a) == pytest.approx(1.0)


def test_overlap_of_many_pairs_and_of_none() -> None:
    boxes = np.asarray([(0, 0, 10, 10)] * 1200, np.float32)
    full = np.full((1200, SIDE, SIDE), 255, np.uint8)
    assert paired_overlap(full, boxes, full, boxes + np.float32((5, 0, 5, 0))) == pytest.approx(
        np.full(1200, 1 / 3), abs=0.01)
    assert paired_overlap(full, boxes, full, boxes + 20) == pytest.approx(np.zeros(1200))
    assert paired_overlap(full[:0], boxes[:0], full[:0], boxes[:0]).shape == (0,)


@given(st.lists(st.lists(st.tuples(st.floats(0, 90), st.floats(0, 90)), min_size=3, max_size=9),
                min_size=1, max_size=3))
def test_a_grid_says_of_each_cell_how_much_of_it_is_filled(rings):
    """Of any lines, also such as cross themselves or lie on each other."""
    shape = Polygon(tuple(tuple(ring) for ring in rings))
    x1, y1, x2, y2 = shape.bounds()
    assume(x2 - x1 > 1e-3 and y2 - y1 > 1e-3)
    across, down = 4 * SIDE / (x2 - x1), 4 * SIDE / (y2 - y1)
    large = Polygon(tuple(tuple(((x - x1) * across, (y - y1) * down) for x, y in ring)
                          for ring in shape.rings))
    pixels = pixels_of(mask_of_polygon(large), (0, 0, 4 * SIDE, 4 * SIDE))
    expected = np.round(pixels.reshape(SIDE, 4, SIDE, 4).mean((1, 3)) * 255)
    assert (grid_of(shape) == expected).all()
