"""Outlines become pixels, and pixels regions."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from workbench.core.filling import connected, mask_of_polygon
from workbench.core.outlines import Mask, Polygon, mask_of_spans
from workbench.core.tracing import outline_of_mask

SIDE = 14
PIXELS = st.sets(st.tuples(st.integers(0, SIDE), st.integers(0, SIDE)), max_size=80)


def mask_of(pixels: set[tuple[int, int]]) -> Mask:
    return mask_of_spans((row, column, column + 1) for row, column in pixels)


def pixels_of(mask: Mask) -> set[tuple[int, int]]:
    return {(row, column) for row, first, end in mask.spans() for column in range(first, end)}


@st.composite
def rings(draw: st.DrawFn) -> tuple[tuple[float, float], ...]:
    x, y = draw(st.floats(3, 11)), draw(st.floats(3, 11))
    turns = sorted(draw(st.lists(st.floats(0, math.tau), min_size=3, max_size=9, unique=True)))
    return tuple((x + draw(st.floats(0.3, 6)) * math.cos(turn),
                  y + draw(st.floats(0.3, 6)) * math.sin(turn)) for turn in turns)


@given(st.lists(rings(), min_size=1, max_size=3))
def test_a_pixel_belongs_to_an_area_in_which_its_middle_lies(
        found: list[tuple[tuple[float, float], ...]]) -> None:
    polygon = Polygon(tuple(found))
    inside = {(row, column) for row in range(-6, 20) for column in range(-6, 20)
              if polygon.contains((column + 0.5, row + 0.5))}
    assert pixels_of(mask_of_polygon(polygon)) == inside


@given(PIXELS)
def test_the_outline_of_a_mask_is_filled_to_the_same_mask(pixels: set[tuple[int, int]]) -> None:
    mask = mask_of(pixels)
    assert mask_of_polygon(outline_of_mask(mask)) == mask


@given(PIXELS)
def test_pixels_that_touch_are_one_region(pixels: set[tuple[int, int]]) -> None:
    left, regions = set(pixels), []
    while left:
        region, edge = set(), [left.pop()]
        while edge:
            row, column = edge.pop()
            region.add((row, column))
            near = {(row + down, column + right) for down in (-1, 0, 1) for right in (-1, 0, 1)}
            edge += near & left
            left -= near
        regions.append(region)
    found = [pixels_of(mask) for mask in connected(
        (row, column, column + 1) for row, column in pixels)]
    assert sorted(map(sorted, found)) == sorted(map(sorted, regions))
