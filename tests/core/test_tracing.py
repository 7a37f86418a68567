"""The outline of a mask is its area, pixel by pixel."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.core.outlines import Mask, Polygon, mask_of_spans
from workbench.core.rings import parts_of
from workbench.core.tracing import outline_of_mask

SIDE = 7


@given(st.sets(st.tuples(st.integers(0, SIDE - 1), st.integers(0, SIDE - 1))))
def test_it_holds_the_same_pixels(cells: set[tuple[int, int]]) -> None:
    mask = mask_of_spans((y, x, x + 1) for x, y in cells)
    outline = outline_of_mask(mask)
    inside = {(x, y) for x in range(SIDE) for y in range(SIDE)
              if outline.contains((x + 0.5, y + 0.5))}
    assert inside == cells and outline.area == len(cells)
    assert all(len(ring) >= 4 for ring in outline.rings)


def test_a_ring_has_an_outer_line_and_a_hole() -> None:
    outline = outline_of_mask(Mask(10, 20, 3, 3, (0, 4, 1, 4)))
    assert outline.rings == (((10, 20), (13, 20), (13, 23), (10, 23)),
                             ((11, 22), (12, 22), (12, 21), (11, 21))) or len(
        parts_of(outline)) == 1
    assert outline.area == 8 and outline_of_mask(Mask(0, 0, 0, 0, ())) == Polygon(())


def test_pixels_that_touch_at_a_corner_alone_are_parts_of_their_own() -> None:
    for upper, lower in ((0, 1), (1, 0)):
        mask = mask_of_spans(((5, upper, upper + 1), (6, lower, lower + 1)))
        assert outline_of_mask(mask).rings == tuple(
            ((x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1))
            for x, y in ((upper, 5), (lower, 6)))
