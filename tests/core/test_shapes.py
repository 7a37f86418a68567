"""Shapes of labelled objects: what lists, hit tests and undo take for granted of each."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.shapes import Bounds, Box, Region, Shape

SIZE = (100.0, 80.0)
sides = st.floats(-50, 150)
boxes = st.builds(Box, sides, sides, sides, sides)
bands = st.none() | sides
regions = st.builds(
    lambda start, length, low, high: Region(start, start + length, low, high),
    sides, st.floats(0, 50), bands, bands)


@given(boxes | regions, st.integers(-30, 30), st.integers(-30, 30))
def test_a_shape_moves_and_comes_back(shape: Shape, dx: int, dy: int) -> None:
    moved = shape.moved(dx, dy).bounds()
    assert moved[0] == pytest.approx(shape.bounds()[0] + dx)
    assert moved[2] == pytest.approx(shape.bounds()[2] + dx)
    again = shape.moved(dx, dy).moved(-dx, -dy).bounds()
    assert again == pytest.approx(shape.bounds())


@given(boxes | regions)
def test_a_clipped_shape_lies_in_its_sample_and_stays_so(shape: Shape) -> None:
    part = shape.clipped(SIZE)
    left, top, right, bottom = part.bounds()
    assert 0 <= left <= right <= SIZE[0]
    assert isinstance(shape, Region) or 0 <= top <= bottom <= SIZE[1]
    assert part.clipped(SIZE) == part


def test_a_point_at_the_far_edge_is_outside() -> None:
    box = Box(10, 20, 30, 40)
    assert box.contains((10, 20)) and box.contains((29.9, 39.9))
    assert not box.contains((30, 25)) and not box.contains((15, 40))
    band = Region(1, 2, 500, 900)
    assert band.contains((1.5, 600)) and not band.contains((1.5, 950))
    assert Region(1, 2).contains((1.5, 95_000))


def test_corners_the_other_way_round_are_put_in_order() -> None:
    item = LabeledObject("cat", Box(30, 40, 10, 20))
    assert item.in_order().box == (10, 20, 30, 40)
    ordered = item.in_order()
    assert ordered.in_order() is ordered
    region = LabeledObject("owl", Region(1, 2))
    assert region.in_order() is region


def test_attributes_say_what_is_the_case() -> None:
    item = LabeledObject("cat", Box(1, 2, 3, 4), source=7)
    marked = item.with_attribute("difficult", True).with_attribute("pose", "left")
    assert (marked.difficult, marked.truncated, marked.attributes["pose"]) == (True, False, "left")
    assert marked.source == 7 and not item.difficult, "others that share the attributes are not"
    assert marked.with_attribute("difficult", False).attributes == {"pose": "left"}
    assert {item, item.with_label("cat")} == {item}


@dataclass(frozen=True)
class Disc:
    """A shape of somebody else's."""

    x: float
    y: float
    radius: float

    def bounds(self) -> Bounds:
        return (self.x - self.radius, self.y - self.radius,
                self.x + self.radius, self.y + self.radius)

    def contains(self, point: tuple[float, float]) -> bool:
        return (point[0] - self.x) ** 2 + (point[1] - self.y) ** 2 < self.radius ** 2

    def moved(self, dx: float, dy: float) -> Disc:
        return Disc(self.x + dx, self.y + dy, self.radius)

    def clipped(self, size: tuple[float, float]) -> Disc:
        return self


def test_any_shape_has_a_box_and_is_counted() -> None:
    disc = LabeledObject("cell", Disc(10, 20, 5))
    assert (disc.box, disc.width, disc.height) == ((5, 15, 15, 25), 10, 10)
    assert disc.in_order() is disc
    assert Annotation((disc, disc.with_label("clump"))).counts() == {"cell": 1, "clump": 1}
