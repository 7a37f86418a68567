"""How bright the pixels inside a shape are."""

from __future__ import annotations

import math

import numpy as np
import pytest

from workbench.core.brightness import brightness_of
from workbench.core.outlines import Keypoints, Mask, Polygon, RotatedBox
from workbench.core.shapes import Box

GREY = np.arange(60, dtype=np.uint16).reshape(6, 10) * 1000
"""Values as files of 16 bits have them."""


def test_every_shape_takes_the_pixels_whose_middles_it_holds() -> None:
    ring = ((2.0, 1.0), (5.0, 1.0), (5.0, 3.0), (2.0, 3.0))
    for shape in (Box(2, 1, 5, 3), Polygon((ring,)), Mask(2, 1, 3, 2, (0, 6)),
                  Box(2.4, 1.4, 5.4, 3.4), RotatedBox((3.5, 2.0), 2.0, 3.0, math.pi / 2)):
        found = brightness_of(shape, GREY)
        values = GREY[1:3, 2:5].astype(float)
        assert found.pixels == 6 and (found.least, found.most) == (12000, 24000)
        assert (found.mean, found.total) == (values.mean(), values.sum())
        assert found.deviation == pytest.approx(values.std(ddof=1))
        assert all(math.isnan(value) for value in found.colors)


def test_colours_have_a_luminance_and_means_of_their_own() -> None:
    found = brightness_of(Box(0, 0, 2, 2), np.full((4, 4, 3), (10, 20, 30), np.uint8))
    assert found.colors == (10, 20, 30)
    assert found.mean == pytest.approx(0.299 * 10 + 0.587 * 20 + 0.114 * 30)
    assert found.deviation == pytest.approx(0)


def test_what_lies_outside_of_the_image_is_not_there() -> None:
    assert brightness_of(Box(-5, -5, 1, 1), GREY).pixels == 1
    for shape in (Box(20, 20, 30, 30), Box(3.1, 3.1, 3.2, 3.2), Polygon(()),
                  Keypoints(((1.0, 1.0),), (2,))):
        found = brightness_of(shape, GREY)
        assert found.pixels == 0 and math.isnan(found.mean)


def test_pixels_without_a_value_are_left_out() -> None:
    values = np.ones((4, 4), np.float32)
    values[0, 0], values[1, 1], values[2, 2] = math.nan, math.inf, 5
    found = brightness_of(Box(0, 0, 3, 3), values)
    assert (found.pixels, found.least, found.most, found.total) == (7, 1, 5, 11)
    assert math.isfinite(found.deviation)
    assert brightness_of(Box(0, 0, 1, 1), values).pixels == 0


def test_one_colour_does_not_spread() -> None:
    red = np.full((4, 4, 3), (220, 40, 40), np.uint8)
    assert brightness_of(Box(0, 0, 3, 3), red).deviation == 0.0
