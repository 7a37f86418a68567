"""Labels painted into a map: each pixel is what its middle lies in, and what nobody knows is
unknown."""

from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.annotation import LabeledObject
from workbench.core.area_names import is_background
from workbench.core.class_maps import UNKNOWN
from workbench.core.filling import mask_of_polygon
from workbench.core.label_areas import areas_of, covered_by
from workbench.core.masks import mask_of_pixels, pixels_of
from workbench.core.outlines import Keypoints, Mask, Polygon, RotatedBox
from workbench.core.shapes import Box, Shape

SIZE = (40, 30)
CLASSES = ["cell", "membrane"]


def labelled(label: str, shape: Shape, **attributes: bool) -> LabeledObject:
    return LabeledObject(label, shape, attributes)


def square(left: float, top: float, right: float, bottom: float) -> Polygon:
    return Polygon((((left, top), (right, top), (right, bottom), (left, bottom)),))


POINTS = st.tuples(st.floats(-8, 48), st.floats(-8, 38))
RINGS = st.lists(st.lists(POINTS, min_size=3, max_size=9).map(tuple), min_size=1, max_size=3)


@given(RINGS.map(tuple))
def test_a_painted_outline_has_the_pixels_of_its_mask(rings: tuple[tuple, ...]) -> None:
    areas = areas_of([labelled("cell", Polygon(rings))], SIZE, SIZE, CLASSES)
    mask = mask_of_polygon(Polygon(rings)).clipped(SIZE)
    np.testing.assert_array_equal(areas == 1, pixels_of(mask, (0, 0, *SIZE)))
    assert set(np.unique(areas)) <= {0, 1}


def test_an_outline_that_zigzags_over_the_whole_picture_takes_little_memory() -> None:
    zigzag = Polygon((tuple((place / 2, 900.0 * (place % 2)) for place in range(1800)),))
    tracemalloc.start()
    try:
        areas = areas_of([labelled("cell", zigzag)], (900, 900), (900, 900), CLASSES)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 90e6  # and not 64 bytes or more for each of 1.6 million crossings
    mask = mask_of_polygon(zigzag)
    np.testing.assert_array_equal(areas == 1, pixels_of(mask, (0, 0, 900, 900)))


@given(st.integers(0, 2**32 - 1), st.integers(0, 25), st.integers(0, 20))
def test_a_painted_mask_has_its_own_pixels(seed: int, x: int, y: int) -> None:
    pixels = np.random.default_rng(seed).random((9, 14)) < 0.6
    mask = mask_of_pixels(pixels, x, y)
    areas = areas_of([labelled("membrane", mask)], SIZE, SIZE, CLASSES)
    wanted = np.zeros((30, 40), bool)
    wanted[y:y + 9, x:x + 14] = pixels
    np.testing.assert_array_equal(areas == 2, wanted)


@pytest.mark.parametrize("shape", [(20, 15), (80, 60), (13, 30), (97, 11)])
@pytest.mark.parametrize("outline", [
    square(4, 6, 28, 24), Polygon((((3, 2), (35, 9), (12, 27)), ((10, 8), (20, 10), (14, 16)))),
    mask_of_polygon(square(4, 6, 28, 24)),
])
def test_in_a_map_of_another_size_each_pixel_is_what_its_middle_lies_in(
    shape: tuple[int, int], outline: Polygon | Mask
) -> None:
    areas = areas_of([labelled("cell", outline)], SIZE, shape, CLASSES)
    across, down = SIZE[0] / shape[0], SIZE[1] / shape[1]
    for row in range(shape[1]):
        for column in range(shape[0]):
            middle = ((column + 0.5) * across, (row + 0.5) * down)
            if isinstance(outline, Mask):
                inside = outline.contains(middle)
            else:  # for each ring
                inside = sum(Polygon((ring,)).contains(middle) for ring in outline.rings) % 2 == 1
            assert areas[row, column] == inside


def test_a_hole_is_what_lies_below() -> None:
    ring = (square(2, 2, 30, 28).rings[0], square(10, 10, 20, 20).rings[0])
    areas = areas_of([labelled("cell", Polygon(ring))], SIZE, SIZE, CLASSES)
    assert areas[5, 5] == 1 and areas[15, 15] == 0
    below = areas_of([labelled("cell", Polygon(ring)), labelled("membrane", square(0, 0, 40, 30))],
                     SIZE, SIZE, CLASSES)
    assert below[5, 5] == 1 and below[15, 15] == 2 and below[0, 0] == 2


@pytest.mark.parametrize("reverse", [False, True])
def test_what_is_smaller_lies_above(reverse: bool) -> None:
    objects = [labelled("cell", square(10, 10, 14, 14)), labelled("membrane", square(4, 4, 30, 28))]
    areas = areas_of(objects[::-1] if reverse else objects, SIZE, SIZE, CLASSES)
    assert areas[12, 12] == 1 and areas[6, 6] == 2


@pytest.mark.parametrize("shape", [
    Box(10, 5, 20, 15), RotatedBox((15, 10), 10, 10, math.pi / 7),
    Keypoints(((10, 5), (20, 15)), (2, 2)),
])
def test_of_what_has_no_outline_nobody_knows_the_pixels(shape: Shape) -> None:
    areas = areas_of([labelled("cell", shape)], SIZE, SIZE, CLASSES)
    assert areas[10, 15] == UNKNOWN and areas[25, 35] == 0
    assert set(np.unique(areas)) == {0, UNKNOWN}
    known = areas_of([labelled("cell", square(13, 8, 17, 12)), labelled("cell", shape)],
                     SIZE, SIZE, CLASSES)
    assert known[10, 15] == 1


def test_difficult_objects_and_other_classes_are_unknown() -> None:
    areas = areas_of([labelled("cell", square(0, 0, 10, 10), difficult=True),
                      labelled("moss", square(20, 0, 30, 10))], SIZE, SIZE, CLASSES)
    assert areas[5, 5] == areas[5, 25] == UNKNOWN and areas[20, 20] == 0


@pytest.mark.parametrize("name", ["background", "Background", " _background_ "])
def test_a_class_by_that_name_is_the_background(name: str) -> None:
    assert is_background(name) and not is_background("foreground")
    areas = areas_of([labelled("cell", square(0, 0, 30, 20)), labelled(name, square(5, 5, 9, 9))],
                     SIZE, SIZE, CLASSES, unlabelled=UNKNOWN)
    assert areas[7, 7] == 0 and areas[2, 2] == 1 and areas[25, 35] == UNKNOWN


def test_what_lies_outside_of_the_image_is_cut_off() -> None:
    objects = [labelled("cell", shape) for shape in (
        square(-10, -10, -2, -2), Box(50, 0, 60, 10), square(38, 28, 60, 60),
        mask_of_polygon(square(-5, 10, 3, 14)))]
    areas = areas_of(objects, SIZE, SIZE, CLASSES)
    assert areas.sum() == 2 * 2 + 3 * 4
    assert (areas_of([], SIZE, (3, 2), CLASSES) == np.zeros((2, 3))).all()


@pytest.mark.parametrize("name", ["void", "Ignore", " unlabelled ", "out of roi"])
def test_void_is_unknown_whatever_is_learned(name: str) -> None:
    objects = [labelled("cell", square(0, 0, 20, 20)), labelled(name, square(10, 10, 15, 15))]
    areas = areas_of(objects, SIZE, SIZE, [*CLASSES, name])
    assert (areas[10:15, 10:15] == UNKNOWN).all() and areas[5, 5] == 1 and areas[25, 5] == 0


def test_what_objects_cover_is_what_is_seen_of_them() -> None:
    objects = [labelled("cell", square(0, 0, 20, 30)), labelled("hole", square(5, 5, 15, 15)),
               labelled("cell", square(30, 0, 40, 30)), labelled("hole", Box(0, 0, 40, 30))]
    cell, hole, other, box = covered_by(objects, SIZE)
    assert hole == pytest.approx(100 / 1200) and box == 0
    assert cell + other == pytest.approx(800 / 1200), "the hole lies above"
    assert cell == pytest.approx(2 * other)
    assert covered_by([], SIZE) == []
    large = [labelled("cell", square(0, 0, 2000, 3000))]
    assert covered_by(large, (4000, 3000)) == pytest.approx([0.5])
