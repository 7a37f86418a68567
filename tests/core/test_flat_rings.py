"""Outlines as plain numbers."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.core.flat_rings import flat_rings, polygon_of_rings
from workbench.core.outline_grids import SIDE, outline_of
from workbench.core.outlines import Polygon

SQUARE = ((3.0, 4.0), (9.04, 4.0), (9.0, 8.96), (3.0, 9.0))


def test_there_and_back_to_a_tenth_of_a_pixel() -> None:
    found = flat_rings(Polygon((SQUARE,)))
    assert found == [[3.0, 4.0, 9.0, 4.0, 9.0, 9.0, 3.0, 9.0]]
    assert polygon_of_rings(found) == Polygon((((3, 4), (9, 4), (9, 9), (3, 9)),))
    assert flat_rings(None) == [] and polygon_of_rings([]) is None


@pytest.mark.parametrize("speck", [
    ((5.01, 5.01), (5.02, 5.01), (5.02, 5.02)),
    ((5.01, 5.01), (5.42, 5.01), (5.42, 5.02), (5.01, 5.03)),
    ((5.0, 5.0), (5.1, 5.1), (5.2, 5.21)),
], ids=["a point", "a stroke there and back", "in a row"])
def test_what_encloses_nothing_when_it_is_rounded_is_left_out(
    speck: tuple[tuple[float, float], ...]
) -> None:
    assert flat_rings(Polygon((speck,))) == []
    assert len(flat_rings(Polygon((SQUARE, speck)))) == 1


def test_outlines_of_things_of_a_pixel_have_an_inside_or_are_none() -> None:
    """Of each a label may be made, which is useless without an area."""
    chance = np.random.default_rng(0)
    y, x = np.mgrid[:SIDE, :SIDE]
    for _ in range(300):
        column, row = chance.uniform(5, SIDE - 6, 2)
        grid = np.where(np.hypot(x - column, y - row) < chance.uniform(2, 12), 255, 0)
        left, top = chance.uniform(0, 300, 2)
        width, height = chance.uniform(0.3, 3, 2)
        found = flat_rings(outline_of(grid.astype(np.uint8),
                                      (left, top, left + width, top + height)))
        for ring in found:
            polygon = polygon_of_rings([ring])
            assert polygon is not None and polygon.area > 0
            assert len(set(polygon.rings[0])) >= 3
