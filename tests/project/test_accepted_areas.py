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


def test_specks_between_neighbours_are_no_holes_in_what_is_accepted() -> None:
    left = Polygon((((0, 0), (10, 0), (10, 4), (8, 5), (10, 6), (10, 20), (0, 20)),))
    right = square(10, 0, 20)
    painted = LabeledObject("leaf", Mask(30, 0, 2, 20, (0, 40)))
    found = with_accepted([painted], (suggested("leaf", left), suggested("stem", right)),
                          joined=True)
    leaf, stem = (item.shape for item in found)
    assert isinstance(leaf, Mask) and isinstance(stem, Mask)
    assert leaf.area + stem.area == 40 + 30 * 20
    edge = Polygon((((0, 0), (20, 0), (20, 18), (18, 20), (0, 20)),))
    [cut] = with_accepted([], (suggested("leaf", edge),), joined=True)
    [whole] = with_accepted([], (suggested("leaf", edge),), joined=True, image=(20, 20))
    assert cut.shape.area < whole.shape.area == 400, "also at the border of the image"
    apart = with_accepted([], (suggested("leaf", square(0, 0, 9)),
                               suggested("stem", square(10, 0, 9))), joined=True)
    assert [item.shape.bounds() for item in apart] == [(0, 0, 9, 9), (10, 0, 19, 9)], \
        "what a person sees between them stays free"
