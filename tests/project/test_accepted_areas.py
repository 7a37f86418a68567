"""Suggested areas that become masks."""

from __future__ import annotations

from workbench.core.annotation import LabeledObject
from workbench.core.outlines import Mask, Polygon
from workbench.project.accepted_areas import with_accepted
from workbench.project.suggestion import Suggestion


def square(x: float, y: float, side: float) -> Polygon:
    return Polygon((((x, y), (x + side, y), (x + side, y + side), (x, y + side)),))


def suggested(label: str, shape: Polygon) -> Suggestion:
    return Suggestion(label, shape.bounds(), 0.9, "run", shape=shape)


def test_areas_become_one_mask_of_a_class_and_leave_what_is_there() -> None:
    labels = [LabeledObject("leaf", Mask(0, 0, 2, 2, (0, 4))),
              LabeledObject("stem", square(10, 0, 4))]
    found = with_accepted(labels, (suggested("leaf", square(1, 1, 3)),
                                   suggested("leaf", square(8, 0, 4))), joined=True)
    assert [item.label for item in found] == ["leaf", "stem"]
    leaf = found[0].shape
    assert isinstance(leaf, Mask) and leaf.area == 4 + (9 - 1) + 2 * 4
    assert found[1] is labels[1]


def test_an_area_outside_of_the_image_adds_nothing() -> None:
    outside = suggested("leaf", square(-30, -30, 5))
    assert with_accepted([], (outside,), joined=True) == ()
    both = with_accepted([], (outside, suggested("leaf", square(0, 0, 3))), joined=True)
    assert [item.shape.bounds() for item in both] == [(0, 0, 3, 3)]
