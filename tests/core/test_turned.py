"""Shapes on stored pixels follow the image when it is turned."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageOps

from workbench.core.orientation import turned
from workbench.core.outlines import Keypoints, Mask, Polygon, RotatedBox
from workbench.core.shapes import Box, Shape

WIDTH, HEIGHT = 12, 8
SHAPES: list[Shape] = [
    Box(2, 1, 5, 3), Polygon((((2, 1), (5, 1), (5, 3), (2, 3)),)), Mask(2, 1, 3, 2, (0, 6)),
    RotatedBox((3.5, 2.0), 3.0, 2.0, 0.0), Keypoints(((2, 1), (5, 3)), (2, 2), Box(2, 1, 5, 3))]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_they_lie_where_the_pixels_are(orientation: int) -> None:
    stored = np.zeros((HEIGHT, WIDTH), np.uint8)
    stored[1:3, 2:5] = 255
    image = Image.fromarray(stored)
    image.getexif()[0x0112] = orientation
    shown = np.asarray(ImageOps.exif_transpose(image))
    rows, columns = np.nonzero(shown)
    there = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    for shape in SHAPES:
        assert turned(shape, orientation, (WIDTH, HEIGHT)).bounds() == pytest.approx(there), shape
