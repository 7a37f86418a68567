"""Rotated boxes that are read from the grids of outlines, and how they lie on each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.core.outline_grids import SIDE, grid_of, known_grid, outlined
from workbench.core.outlines import Point, Polygon, RotatedBox
from workbench.core.overlaps import rotated_overlap
from workbench.core.rectangles import (
    as_rotated_box,
    corners_of,
    rectangle_overlaps,
    rectangles_in,
    rectangles_of,
)
from workbench.core.shapes import Box

ANGLES = st.floats(0, math.tau - 1e-3)


@st.composite
def rotated_boxes(draw, slimmest=16.0):
    long = draw(st.floats(12, 400))
    short = long / draw(st.floats(1, slimmest))
    sides = draw(st.permutations([long, short]))
    middle = draw(st.tuples(st.floats(0, 500), st.floats(0, 500)))
    return RotatedBox(middle, sides[0], sides[1], draw(ANGLES))


def read(shape: Polygon | RotatedBox, blur: float = 0.0) -> RotatedBox:
    """What is read from the grid of a shape, perhaps one whose edges are not sharp."""
    grid = grid_of(shape)
    if blur:
        grid = cv2.GaussianBlur(grid, (0, 0), blur, borderType=cv2.BORDER_REPLICATE)
    [row] = rectangles_in(grid[None], np.array([shape.bounds()], np.float32))
    return as_rotated_box(row.tolist())


@settings(max_examples=150, deadline=None)
@given(rotated_boxes())
def test_a_rotated_box_comes_back_from_its_grid(box: RotatedBox) -> None:
    found = read(box)
    assert rotated_overlap(found, box) > 0.9
    assert found.width >= found.height and 0 <= found.angle < math.pi


@settings(max_examples=80, deadline=None)
@given(rotated_boxes(slimmest=8.0))
def test_edges_that_are_not_sharp_move_it_little(box: RotatedBox) -> None:
    assert rotated_overlap(read(box, blur=1.0), box) > 0.88


@pytest.mark.parametrize("degrees", range(0, 90, 9))
def test_the_direction_of_a_square_is_found(degrees: int) -> None:
    box = RotatedBox((50.0, 60.0), 40.0, 40.0, math.radians(degrees))
    off = (read(box).angle - box.angle) % (math.pi / 2)
    assert min(off, math.pi / 2 - off) < math.radians(1.5)


def test_of_a_box_that_the_picture_cuts_the_part_inside_counts() -> None:
    whole = RotatedBox((0.0, 0.0), 120.0, 12.0, math.pi / 4)
    cut = RotatedBox((0.0, 0.0), 120.0, 12.0, math.pi / 4, frame=(200.0, 200.0))
    assert whole.whole and not cut.whole and cut.bounds()[:2] == (0, 0)
    assert cut.moved(5, 0).frame is None
    inside = read(cut)
    assert 54 < inside.width < 63 and 10 < inside.height < 13
    assert inside.angle == pytest.approx(math.pi / 4, abs=0.02)
    [row] = rectangles_of([cut], [cut.bounds()])
    assert rotated_overlap(as_rotated_box(row.tolist()), inside) > 0.999


def test_an_empty_grid_is_the_box_and_labels_are_what_they_say() -> None:
    [row] = rectangles_in(np.zeros((1, SIDE, SIDE), np.uint8),
                          np.array([[10, 20, 30, 80]], np.float32))
    assert row.tolist() == pytest.approx([20, 50, 60, 20, math.pi / 2])
    assert rectangles_in(np.zeros((0, SIDE, SIDE), np.uint8), np.zeros((0, 4), np.float32)).shape \
        == (0, 5)
    turned = RotatedBox((40.0, 40.0), 10.0, 30.0, 4.0)
    rows = rectangles_of([turned, Box(0, 0, 20, 10), Polygon((turned.corners(),))],
                         [turned.bounds(), (0, 0, 20, 10), turned.bounds()])
    for row, least in ((rows[0], 0.9999), (rows[2], 0.95)):
        assert rotated_overlap(as_rotated_box(row.tolist()), turned) > least
    assert rows[1].tolist() == pytest.approx([10, 5, 20, 10, 0])
    assert outlined(turned) and known_grid(turned) is not None


def common_area(one: Sequence[Point], other: Sequence[Point]) -> float:
    """By cutting one polygon at each side of the other (Sutherland and Hodgman, 1974). OpenCV's
    ``intersectConvexConvex`` is no reference: of some pairs it gives areas larger than both."""
    left = list(one)
    for (x, y), (to_x, to_y) in pairwise([*other, other[0]]):
        inside = [(to_x - x) * (q - y) - (to_y - y) * (p - x) for p, q in left]
        kept: list[Point] = []
        for at, (start, end) in enumerate(pairwise([*left, *left[:1]])):
            here, there = inside[at], inside[(at + 1) % len(left)]
            if here >= 0:
                kept.append(start)
            if (here >= 0) != (there >= 0):
                share = here / (here - there)
                kept.append((start[0] + share * (end[0] - start[0]),
                             start[1] + share * (end[1] - start[1])))
        left = kept
    return abs(math.fsum(p * v - u * q for (p, q), (u, v) in pairwise([*left, *left[:1]]))) / 2


@settings(max_examples=100, deadline=None)
@given(rotated_boxes(), rotated_boxes())
def test_overlaps_are_those_of_the_polygons(one: RotatedBox, other: RotatedBox) -> None:
    rows = np.array([[*item.center, item.width, item.height, item.angle]
                     for item in (one, other)], np.float32)
    common = common_area(one.corners(), other.corners())
    share = common / (one.width * one.height + other.width * other.height - common)
    assert rotated_overlap(one, other) == pytest.approx(share, abs=1e-3)
    shares = rectangle_overlaps(rows[[0, 1, 0]], rows[[1, 0, 0]])
    assert shares[:2] == pytest.approx([share, share], abs=1e-3)
    assert shares[2] == pytest.approx(1)
    assert corners_of(rows)[0] == pytest.approx(np.array(one.corners()), abs=1e-2)


@given(rotated_boxes())
def test_what_only_touches_has_nothing_in_common(box: RotatedBox) -> None:
    beside = box.moved(math.cos(box.angle) * box.width, math.sin(box.angle) * box.width)
    turned = RotatedBox(box.center, box.height, box.width, (box.angle + math.pi / 2) % math.tau)
    rows = np.array([[*item.center, item.width, item.height, item.angle]
                     for item in (box, beside, turned)], np.float32)
    assert rectangle_overlaps(rows[[0, 0]], rows[[1, 2]]) == pytest.approx([0, 1], abs=1e-3)
    assert rotated_overlap(box, beside) < 1e-3 and rotated_overlap(box, turned) > 0.999
