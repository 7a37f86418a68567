"""Masks as arrays of pixels."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.masks import (
    around,
    flooded,
    joined,
    mask_of_pixels,
    pixels_of,
    scaled,
    window_of,
)
from workbench.core.outlines import Mask, mask_of_spans

grids = st.tuples(st.integers(1, 9), st.integers(1, 9), st.data())
EMPTY = Mask(0, 0, 0, 0, ())


def grid(data: st.DataObject, height: int, width: int) -> np.ndarray:
    values = data.draw(st.lists(st.booleans(), min_size=height * width, max_size=height * width))
    return np.array(values, bool).reshape(height, width)


@given(st.data(), st.integers(1, 9), st.integers(1, 9), st.integers(-5, 5))
def test_there_and_back(data: st.DataObject, height: int, width: int, x: int) -> None:
    pixels = grid(data, height, width)
    mask = mask_of_pixels(pixels, x, 2)
    rows, columns = np.nonzero(pixels)
    assert mask == mask_of_spans((2 + int(row), x + int(column), x + int(column) + 1)
                                 for row, column in zip(rows, columns, strict=True))
    if mask.area:
        assert (pixels_of(mask, (x, 2, width, height)) == pixels).all()


@given(st.data(), st.integers(-4, 12), st.integers(-4, 12))
def test_strokes_add_and_take_away(data: st.DataObject, x: int, y: int) -> None:
    first, stroke = grid(data, 6, 7), grid(data, 5, 4)
    mask = mask_of_pixels(first, 2, 3)
    for add in (True, False):
        found = joined(mask, stroke, x, y, add=add)
        whole = around((2, 3, 7, 6), (x, y, 4, 5))
        old = np.zeros((whole[3], whole[2]), bool)
        old[3 - whole[1]:9 - whole[1], 2 - whole[0]:9 - whole[0]] = first
        new = np.zeros_like(old)
        new[y - whole[1]:y - whole[1] + 5, x - whole[0]:x - whole[0] + 4] = stroke
        expected = old | new if add else old & ~new
        assert found == mask_of_pixels(expected, whole[0], whole[1])


def test_nothing_is_left_of_a_mask_that_is_erased() -> None:
    mask = mask_of_pixels(np.ones((3, 3), bool), 5, 5)
    assert joined(mask, np.ones((9, 9), bool), 0, 0, add=False) == EMPTY
    assert around(window_of(EMPTY), window_of(mask)) == (5, 5, 3, 3)


@given(st.data(), st.integers(1, 8), st.integers(1, 8))
def test_a_flood_reaches_what_hangs_together(
    data: st.DataObject, height: int, width: int
) -> None:
    colors = np.where(grid(data, height, width), 200, 10).astype(np.uint8)[:, :, None]
    column, row = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    found = flooded(colors, column, row, 20)
    reached, todo = set(), [(row, column)]
    while todo:
        y, x = todo.pop()
        inside = 0 <= y < height and 0 <= x < width
        if not inside or (y, x) in reached or colors[y, x, 0] != colors[row, column, 0]:
            continue
        reached.add((y, x))
        todo += [(y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)]
    assert set(zip(*map(list, np.nonzero(found)), strict=True)) == reached


@given(st.integers(0, 255), st.lists(st.integers(0, 255), min_size=1, max_size=12),
       st.integers(0, 300))
def test_a_flood_takes_colours_within_the_tolerance(seed: int, others: list[int],
                                                    tolerance: int) -> None:
    row = [seed, *others]
    colors = np.array([[(value, 255 - value, 7) for value in row]], np.uint8)
    reached = 0
    while reached < len(row) and abs(row[reached] - seed) <= tolerance:
        reached += 1
    assert flooded(colors, 0, 0, tolerance).tolist() == [
        [at < reached for at in range(len(row))]]


@given(st.data(), st.integers(1, 9), st.integers(1, 9), st.integers(1, 3), st.integers(1, 3))
def test_a_mask_that_fills_larger_bounds_repeats_its_pixels(
    data: st.DataObject, height: int, width: int, across: int, down: int
) -> None:
    pixels = grid(data, height, width)
    pixels[0, 0] = pixels[-1, -1] = True  # so that its window is all of it
    mask = mask_of_pixels(pixels)
    larger = scaled(mask, (5.2, -3.4, 5.2 + width * across, -3.4 + height * down))
    assert larger == mask_of_pixels(np.kron(pixels, np.ones((down, across), bool)), 5, -3)
    assert scaled(larger, mask.bounds()) == mask


def test_an_empty_mask_stays_empty() -> None:
    assert scaled(EMPTY, (3, 4, 9, 9)).area == 0
