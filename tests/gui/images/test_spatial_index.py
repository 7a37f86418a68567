"""Hits through the grid against looking at every box."""

from __future__ import annotations

from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.core.shapes import Bounds
from workbench.gui.label.images import spatial_index
from workbench.gui.label.images.geometry import area
from workbench.gui.label.images.spatial_index import SpatialIndex

SIZE = (640, 480)


@st.composite
def boxes(draw: st.DrawFn) -> list[Bounds]:
    made: list[Bounds] = []
    for _ in range(draw(st.integers(0, 30))):
        x, y = draw(st.floats(-50, 700)), draw(st.floats(-50, 500))
        made.append((x, y, x + draw(st.floats(0, 700)), y + draw(st.floats(0, 500))))
    return made


@settings(max_examples=60)
@given(boxes(), st.floats(-60, 800), st.floats(-60, 600), st.floats(0, 5))
def test_hits_are_those_of_looking_at_every_box(
        made: list[Bounds], x: float, y: float, reach: float) -> None:
    found = SpatialIndex(made, SIZE).at((x, y), reach)
    expected = [
        index for index, box in enumerate(made)
        if box[0] - reach <= x <= box[2] + reach and box[1] - reach <= y <= box[3] + reach
    ]
    assert sorted(found) == expected
    assert [area(made[index]) for index in found] == sorted(area(made[i]) for i in expected)


@pytest.mark.parametrize("many", [spatial_index.MANY, 1])
@settings(max_examples=40)
@given(made=boxes(), regions=boxes())
def test_boxes_near_and_inside_a_region(
        many: int, made: list[Bounds], regions: list[Bounds]) -> None:
    with mock.patch.object(spatial_index, "MANY", many):
        near_and_inside(SpatialIndex(made, SIZE), made, regions)


def near_and_inside(index: SpatialIndex, made: list[Bounds], regions: list[Bounds]) -> None:
    for region in regions:
        assert index.near(region) == [
            number for number, box in enumerate(made)
            if box[0] <= region[2] and box[2] >= region[0]
            and box[1] <= region[3] and box[3] >= region[1]
        ]
        assert index.inside(region) == [
            number for number, box in enumerate(made)
            if box[0] >= region[0] and box[2] <= region[2]
            and box[1] >= region[1] and box[3] <= region[3]
        ]


def test_of_equal_boxes_the_one_on_top_comes_first() -> None:
    same: Bounds = (10, 10, 30, 30)
    assert SpatialIndex([same, (0, 0, 100, 100), same], SIZE).at((20, 20)) == [2, 0, 1]
