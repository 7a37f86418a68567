"""What a format can hold comes back equal; what it cannot was taken away before."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.support.label_sets import CLASSES, SIZE, read_set, written_set
from workbench.core.dots import dot_at
from workbench.core.outlines import Keypoints, Mask, Polygon, RotatedBox, mask_of_spans
from workbench.core.rings import rotated_box
from workbench.core.shapes import Box, Shape
from workbench.extension.annotation_formats import (
    ANY,
    BOX,
    DOT,
    KEYPOINTS,
    MASK,
    POLYGON,
    ROTATED,
    Annotation,
    Holds,
    LabeledObject,
    annotation_formats,
)
from workbench.extension.holds import Losses, fit

WIDTH, HEIGHT = SIZE
SAID = {"score": 0.5, "name": "no. 7", "objectType": "detection"}
"""What attributes say that are more than true."""
FORMATS = [kind.id for kind in annotation_formats
           if kind.read and kind.write and kind.medium == "images" and not kind.native]


def number(most: int) -> st.SearchStrategy[float]:
    """A coordinate with at most two decimals."""
    return st.integers(0, most * 100).map(lambda value: value / 100)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    x, y = draw(number(WIDTH - 2)), draw(number(HEIGHT - 2))
    return Box(x, y, round(x + max(1.0, draw(number(int(WIDTH - x)))), 2),
               round(y + max(1.0, draw(number(int(HEIGHT - y)))), 2)).clipped(SIZE)


@st.composite
def rings(draw: st.DrawFn, around: tuple[float, float], most: float, corners: int = 0) -> tuple[
        tuple[float, float], ...]:
    corners = corners or draw(st.integers(3, 12).filter(lambda n: n != 4))
    start = draw(st.floats(0, 1))
    return tuple((round(around[0] + most * (0.5 + 0.5 * draw(st.floats(0, 1)))
                        * math.cos(start + math.tau * at / corners), 2),
                  round(around[1] + most * math.sin(start + math.tau * at / corners), 2))
                 for at in range(corners))


@st.composite
def polygons(draw: st.DrawFn, parts: int, corners: int = 0) -> Polygon:
    found = Polygon(tuple(draw(rings((100 + 200.0 * part, 240.0), 60.0, corners))
                          for part in range(draw(st.integers(1, parts)))))
    assume(corners != 4 or rotated_box(found.rings[0], 2) is None)
    return found


@st.composite
def rotated(draw: st.DrawFn) -> RotatedBox:
    return RotatedBox((draw(st.integers(200, 400)), draw(st.integers(200, 280))),
                      draw(st.integers(20, 150)), draw(st.integers(20, 150)),
                      draw(st.floats(0.05, 6.2)))


@st.composite
def masks(draw: st.DrawFn) -> Mask:
    x, y = draw(st.integers(0, WIDTH - 40)), draw(st.integers(0, HEIGHT - 40))
    return mask_of_spans((y + row, x + draw(st.integers(0, 8)), x + draw(st.integers(9, 40)))
                         for row in range(draw(st.integers(1, 9))))


@st.composite
def keypoints(draw: st.DrawFn) -> Keypoints:
    box = draw(boxes())
    seen = tuple(draw(st.lists(st.integers(0, 2), min_size=5, max_size=5)))
    points = tuple((draw(number(WIDTH)), draw(number(HEIGHT))) if value else (0.0, 0.0)
                   for value in seen)
    return Keypoints(points, (2, *seen[1:]), box) if not any(seen) else Keypoints(points, seen, box)


@st.composite
def dots(draw: st.DrawFn) -> Keypoints:
    return dot_at((draw(number(WIDTH)), draw(number(HEIGHT))))


def shapes(holds: Holds) -> st.SearchStrategy[Shape]:
    known: dict[str, Callable[[], st.SearchStrategy[Shape]]] = {
        BOX: boxes, ROTATED: rotated, MASK: masks, DOT: dots,
        KEYPOINTS: lambda: st.one_of(keypoints(), dots()),
        POLYGON: lambda: polygons(3 if holds.parts else 1, holds.corners)}
    return st.one_of(*(known[kind]() for kind in holds.shapes))


def objects(holds: Holds) -> st.SearchStrategy[list[LabeledObject]]:
    names = ("occluded", "colour", "count") if holds.attributes == ANY else tuple(
        name for name in holds.attributes)
    said = st.sets(st.sampled_from(names)).map(
        lambda some: {name: SAID.get(name, True) for name in some},
    ) if names else st.just({})
    return st.lists(st.builds(LabeledObject, st.sampled_from(CLASSES), shapes(holds), said),
                    max_size=5, unique_by=lambda item: (item.label, item.shape.bounds()))


def close(a: Shape, b: Shape) -> bool:
    """Whether two shapes are the same but for rounding."""
    if type(a) is not type(b):
        return False
    if isinstance(a, Mask):
        return a == b
    return math.dist(numbers(a), numbers(b)) < 0.02 if len(numbers(a)) == len(
        numbers(b)) else False


def lie_apart(items: list[LabeledObject]) -> bool:
    """Whether no two bounds touch."""
    boxes = [Box(*item.box) for item in items]
    return all(a.xmax < b.xmin or b.xmax < a.xmin or a.ymax < b.ymin or b.ymax < a.ymin
               for at, a in enumerate(boxes) for b in boxes[:at])


def numbers(shape: Shape) -> list[float]:
    if isinstance(shape, Polygon):
        return [value for ring in shape.rings for point in ring for value in point]
    if isinstance(shape, Keypoints):
        return [*(value for point in shape.points for value in point), *shape.visibility,
                *(shape.box or ())]
    if isinstance(shape, RotatedBox):
        return [value for point in shape.corners() for value in point]
    return list(shape.bounds())


@pytest.mark.parametrize("format", FORMATS)
@settings(max_examples=8)
@given(data=st.data())
def test_what_a_format_holds_comes_back_equal(format: str, data: st.DataObject) -> None:
    holds = annotation_formats.get(format).holds
    given_objects = [data.draw(objects(holds)) for _ in range(3)]
    parts = ["train", "val", "train"] if holds.splits else ["", "", ""]
    samples = [(f"{name}.png", part, items)
               for name, part, items in zip("abc", parts, given_objects, strict=True)]
    # a table of boxes within the first pixel reads as shares of the image
    assume(format != "csv" or all(max(value for item in items for value in item.box) > 1
                                  for items in given_objects if items))
    # a pixel of a mask image has one value
    assume(format != "masks" or all(map(lie_apart, given_objects)))
    losses = Losses()
    for items in given_objects:
        fit(Annotation(tuple(items)), holds, losses)
    assert not losses.became and not losses.attributes
    with written_set(format, samples) as folder:
        found = read_set(folder, format)
    assert set(found.kinds()) <= {"no-rectangle"}, "which says what four corners are"
    assert not holds.splits or set(found.parts.values()) <= {"train", "val"}
    for name, part, items in samples:
        if not items and not holds.empty:
            continue
        back = found.annotations[name].objects
        if format == "dotdotgoose":  # which has the dots of a class together
            items = sorted(items, key=lambda item: items.index(next(
                other for other in items if other.label == item.label)))
        assert [item.label for item in back] == [item.label for item in items]
        assert all(close(a.shape, b.shape) for a, b in zip(items, back, strict=True)), (items, back)
        assert [dict(item.attributes) for item in back] == [dict(item.attributes) for item in items]
        assert not holds.splits or found.parts[name] == part
    assert found.classes == CLASSES


@pytest.mark.parametrize("format", [name for name in FORMATS if ANY[0] in annotation_formats.get(
    name).holds.of_sample])
def test_what_is_said_of_the_image_as_a_whole_comes_back_equal(format: str) -> None:
    said = {"weather": "rain & <snow>", "night": True, "degrees": -4.5}
    item = LabeledObject("cat", Box(10, 20, 30, 40))
    with written_set(format, [("a.png", "", [item]), ("b.png", "", [])], of_image=said) as folder:
        found = read_set(folder, format)
    assert not found.problems
    assert [dict(found.annotations[name].attributes) for name in ("a.png", "b.png")] == [said, said]
    assert not found.annotations["a.png"].objects[0].attributes


def test_corners_of_a_rotated_box_are_one_again() -> None:
    box = RotatedBox((50.0, 40.0), 30.0, 10.0, 2.5)
    again = rotated_box(box.corners())
    assert again is not None and close(again, box)
    assert rotated_box(tuple(reversed(box.corners()))) is not None
    assert rotated_box(((0, 0), (9, 0), (5, 5), (0, 9))) is None
    assert rotated_box(((0, 0), (0, 0), (5, 5), (5, 5))) is None
    assert rotated_box(((0, 0), (100, 0), (100, -0.001), (0, 0.001))) is None, "its sides cross"
