"""Outlines in little memory: what comes out is what went in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.flat_rings import flat_rings, polygon_of_rings
from workbench.core.outlines import Polygon
from workbench.core.packed_rings import PackedRings

TENTHS = st.integers(-5_000, 55_000).map(lambda tenths: tenths / 10)
RINGS = st.lists(st.lists(st.tuples(TENTHS, TENTHS), min_size=3, max_size=9), max_size=3)


@given(st.lists(RINGS, max_size=6), st.data())
def test_outlines_come_back_by_their_rows(outlines: list[list[list[tuple[float, float]]]],
                                          data: st.DataObject) -> None:
    flat = [[[value for point in ring for value in point] for ring in rings]
            for rings in outlines]
    rows = data.draw(st.lists(st.integers(0, len(flat) - 1))) if flat else []
    assert PackedRings(flat).at(rows) == [flat[row] for row in rows]
    assert PackedRings(flat).at(np.asarray(rows, np.int64)) == [flat[row] for row in rows]


def test_outlines_over_a_huge_picture_lose_less_than_a_pixel() -> None:
    ring = [0.0, 0.0, 60_000.0, 3.3, 12_345.6, 40_000.0]
    assert PackedRings([[ring]]).at([0])[0][0] == pytest.approx(ring, abs=0.6)


def test_an_outline_is_told_as_plain_numbers() -> None:
    shape = Polygon((((0.04, 0.0), (9.06, 0.0), (4.0, 7.0)), ((1.0, 1.0), (2.0, 1.0), (1.5, 2.0))))
    flat = flat_rings(shape)
    assert flat == [[0.0, 0.0, 9.1, 0.0, 4.0, 7.0], [1.0, 1.0, 2.0, 1.0, 1.5, 2.0]]
    again = polygon_of_rings(flat)
    assert again is not None and flat_rings(again) == flat
    assert flat_rings(None) == [] and polygon_of_rings([]) is None
    assert polygon_of_rings([[1, 2, 3, 4], [1]]) is None, "a damaged file"
