"""Objects that are labelled twice."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from workbench.core.outlines import RotatedBox
from workbench.core.overlaps import SAME_ROTATED, labelled_before, rotated_overlap
from workbench.core.shapes import Box

ROD = RotatedBox((100.0, 80.0), 60.0, 12.0, 0.7)


def test_a_rotated_box_drawn_anew_is_the_same_thing_and_one_beside_it_is_not() -> None:
    again = RotatedBox((100.5, 80.0), 12.0, 60.0, 0.7 + math.pi / 2)
    aside = RotatedBox((100.0 - 14 * math.sin(0.7), 80.0 + 14 * math.cos(0.7)), 60.0, 12.0, 0.7)
    crossing = RotatedBox((100.0, 80.0), 60.0, 12.0, math.pi - 0.7)
    objects = [("rod", ROD), ("rod", aside), ("rod", crossing), ("rod", again), ("worm", again)]
    assert labelled_before(objects) == [3]


def test_boxes_are_the_same_only_where_they_are_equal() -> None:
    box, near = Box(0, 0, 10, 10), Box(0, 0, 10, 10.1)
    assert labelled_before([("a", box), ("a", near), ("b", box), ("a", box)]) == [3]


@given(st.lists(st.tuples(st.floats(0, 30), st.floats(0, 30), st.floats(4, 40), st.floats(4, 40),
                          st.floats(0, 6.2)), max_size=12))
def test_none_is_overlooked(rows: list[tuple[float, float, float, float, float]]) -> None:
    boxes = [RotatedBox((x, y), w, h, angle) for x, y, w, h, angle in rows]
    assert labelled_before([("a", box) for box in boxes]) == [
        at for at, box in enumerate(boxes)
        if any(box == other or rotated_overlap(*sorted(
            (other, box), key=lambda item: item.center[0])) >= SAME_ROTATED
            for other in boxes[:at])]
