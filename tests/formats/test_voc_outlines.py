"""Polygons, rotated boxes, key points, masks and attributes in Pascal VOC files."""

from __future__ import annotations

import io
import math
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formats.voc_documents import Built, documents, label_texts
from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.dots import dot_at, is_dot
from workbench.core.errors import WorkbenchError
from workbench.core.outlines import Keypoints, Mask, Polygon, RotatedBox, mask_of_spans
from workbench.core.shapes import Box, Shape
from workbench.formats.voc import VocConvention, VocDocument, new_voc, parse_voc, summarize_voc

HEAD = "<annotation>\n\t<size><width>640</width><height>480</height></size>\n\t"
BOX = "<bndbox><xmin>10</xmin><ymin>20</ymin><xmax>30</xmax><ymax>50</ymax></bndbox>"
POLYGON = ("<polygon><x1>10</x1><y1>20</y1><x2>30.0</x2><y2>25.123456</y2><x3>20</x3><y3>50</y3>"
           "</polygon>")
ROTATED = ("<type>robndbox</type><name>ship</name><robndbox><cx>100.5</cx><cy>80</cy><w>40</w>"
           "<h>20</h><angle>0.523599</angle></robndbox>")
quick = settings(max_examples=40, deadline=None)

places = st.integers(0, 60_000).map(lambda value: value / 100)
points = st.tuples(places, places)
rings = st.lists(points, min_size=3, max_size=7).map(tuple)
polygons = st.lists(rings, min_size=1, max_size=3).map(lambda found: Polygon(tuple(found)))
rotated = st.builds(RotatedBox, points, st.integers(1, 300).map(float),
                    st.integers(1, 300).map(float),
                    st.integers(0, 6_283_185).map(lambda value: value / 1e6))
keypoints = st.lists(st.tuples(points, st.integers(0, 2)), min_size=1, max_size=6).map(
    lambda found: Keypoints(*map(tuple, zip(*found, strict=True))))
masks = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 40), st.integers(1, 9)), min_size=1,
                 max_size=5, unique_by=lambda span: span[0]).map(
    lambda found: mask_of_spans((row, x, x + length) for row, x, length in found))
boxes = st.tuples(points, points).map(lambda p: Box(
    min(p[0][0], p[1][0]), min(p[0][1], p[1][1]), max(p[0][0], p[1][0]), max(p[0][1], p[1][1])))
shapes = polygons | rotated | keypoints | masks | boxes
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), min_size=1,
                max_size=8).filter(lambda text: text == text.strip() and text[0].isalpha()
                                   and text.lower() not in ("true", "false", "inf", "nan"))
attributes = st.dictionaries(
    texts | st.just("occluded"), st.just(value=True) | st.integers(-99, 99).map(float)
    | st.floats(-1e6, 1e6) | texts, max_size=3).map(
    lambda found: {name: value for name, value in found.items()
                   if name not in ("difficult", "truncated") and (
                       name != "occluded" or value is True)})
objects = st.builds(LabeledObject, label_texts, shapes, attributes)


def one(inner: str) -> VocDocument:
    return parse_voc(f"{HEAD}<object>{inner}</object>\n</annotation>".encode())


def same(found: Shape, meant: Shape) -> bool:
    """Whether two shapes are equal but for what the file rounds away."""
    if isinstance(meant, Keypoints) and isinstance(found, Keypoints):
        return found.visibility == meant.visibility and all(
            math.dist(a, b) < 0.02 for a, b in zip(found.points, meant.points, strict=True))
    if isinstance(meant, RotatedBox) and isinstance(found, RotatedBox):
        return all(math.dist(a, b) < 0.02
                   for a, b in zip(found.corners(), meant.corners(), strict=True))
    if isinstance(meant, Polygon) and isinstance(found, Polygon):
        return [len(r) for r in found.rings] == [len(r) for r in meant.rings] and all(
            math.dist(a, b) < 0.02 for r, s in zip(found.rings, meant.rings, strict=True)
            for a, b in zip(r, s, strict=True))
    if isinstance(meant, Box) and isinstance(found, Box):
        return math.dist(found, meant) < 0.05
    return found == meant


def check(data: bytes, meant: tuple[LabeledObject, ...], convention: VocConvention) -> None:
    found = parse_voc(data, convention)
    assert len(found.annotation.objects) == len(meant)
    for got, want in zip(found.annotation.objects, meant, strict=True):
        assert got.label == want.label and got.attributes == want.attributes
        assert same(got.shape, want.shape), (got.shape, want.shape)
    assert found.render(found.annotation) == data
    assert summarize_voc(data).counts == found.annotation.counts()
    for item in ET.parse(io.BytesIO(data)).getroot().findall("object"):  # as labelImg reads it
        box = item.find("bndbox")
        assert box is not None
        assert all(int(float(side.text or "")) is not None for side in box)


@quick
@given(st.lists(objects, max_size=4).map(tuple), st.sampled_from(VocConvention))
def test_every_shape_comes_back_from_a_new_file(
    items: tuple[LabeledObject, ...], convention: VocConvention
) -> None:
    data = new_voc(Annotation(items, size=(640, 640)), image_path=Path("/a/b.jpg"),
                   convention=convention)
    check(data, items, convention)


@settings(max_examples=60, deadline=None)
@given(documents(max_objects=3), st.data())
def test_any_shape_may_become_any_other_in_any_file(built: Built, data: st.DataObject) -> None:
    document = parse_voc(built.data)
    for _ in range(2):
        items = [item.with_shape(data.draw(shapes)) if data.draw(st.booleans()) else item
                 for item in document.annotation.objects]
        items += data.draw(st.lists(objects, max_size=2))
        items = [replace(item, attributes={**item.attributes, **data.draw(attributes)})
                 if data.draw(st.booleans()) else item for item in items]
        edited = replace(document.annotation, objects=tuple(items))
        rendered = document.render(edited)
        again = parse_voc(rendered)
        for got, want in zip(again.annotation.objects, items, strict=True):
            assert got.label == want.label and same(got.shape, want.shape), (got, want)
            assert {k: v for k, v in got.attributes.items() if v is not False} == want.attributes
        assert again.render(again.annotation) == rendered
        document = again
    assert parse_voc(built.data).render(parse_voc(built.data).annotation) == built.data


def test_a_polygon_of_roboflow_is_read_and_only_its_moved_point_written() -> None:
    document = one(f"<name>cell</name><pose>Left</pose>{BOX}<occluded>1</occluded>{POLYGON}"
                   "<score>0.9</score>")
    (item,) = document.annotation.objects
    assert item.shape == Polygon((((10, 20), (30, 25.123456), (20, 50)),))
    assert item.attributes == {"occluded": True, "pose": "Left"} and not document.problems
    moved = item.with_shape(Polygon((((10, 20), (30, 25.123456), (22.5, 55)),)))
    assert document.render(replace(document.annotation, objects=(moved,))) == (
        document.data.replace(b"<x3>20</x3><y3>50</y3>", b"<x3>22.5</x3><y3>55</y3>")
        .replace(b"<ymax>50<", b"<ymax>55<"))
    longer = item.with_shape(Polygon((((10, 20), (30, 25.123456), (25, 31), (20, 50)),)))
    assert document.render(replace(document.annotation, objects=(longer,))) == (
        document.data.replace(b"<x3>20</x3><y3>50</y3>",
                              b"<x3>25</x3><y3>31</y3><x4>20</x4><y4>50</y4>"))
    relabelled = item.with_label("dust")
    assert document.render(replace(document.annotation, objects=(relabelled,))) == (
        document.data.replace(b"<name>cell<", b"<name>dust<"))


def test_points_of_a_new_outline_are_written_as_shortly_as_can_be() -> None:
    def written(*values: float) -> list[str]:
        ring = tuple((value, 7.5) for value in values)
        item = LabeledObject("cat", Polygon((ring,)))
        data = new_voc(Annotation((item,), size=(640, 480)), image_path="/images/a.png")
        return [data.decode().partition(f"<x{n}>")[2].partition("<")[0]
                for n in range(1, len(ring) + 1)]

    assert written(0.0, 100.0, 12.5, 1.005, 99.999, 600) == ["0", "100", "12.5", "1", "100", "600"]
    assert written(-0.0, -0.004, -100.0, -2.25) == ["0", "0", "-100", "-2.25"]
    with pytest.raises(WorkbenchError, match="is not a number"):
        written(1.0, 2.0, math.nan)


def test_rings_are_added_and_taken_away() -> None:
    document = one(f"\n\t\t<name>cell</name>\n\t\t{BOX}\n\t\t{POLYGON}\n\t")
    (item,) = document.annotation.objects
    hole = ((15.0, 25.0), (20.0, 25.0), (20.0, 30.0))
    assert isinstance(item.shape, Polygon)
    holed = item.with_shape(Polygon((*item.shape.rings, hole)))
    data = document.render(replace(document.annotation, objects=(holed,)))
    again = parse_voc(data)
    assert again.annotation.objects[0].shape == holed.shape
    back = again.render(replace(again.annotation, objects=(item,)))
    assert back == document.data


def test_a_rotated_box_of_rolabelimg_gets_its_box_when_it_is_moved() -> None:
    document = one(f"{ROTATED}")
    (item,) = document.annotation.objects
    assert item.shape == RotatedBox((100.5, 80.0), 40.0, 20.0, 0.523599)
    assert not document.problems and summarize_voc(document.data).counts == {"ship": 1}
    moved = document.render(replace(
        document.annotation, objects=(item.with_shape(item.shape.moved(2, 0)),)))
    assert b"<cx>102.5</cx><cy>80</cy><w>40</w>" in moved
    x1, y1, x2, y2 = item.shape.moved(2, 0).bounds()
    assert (f"<bndbox><xmin>{math.floor(x1)}</xmin><ymin>{math.floor(y1)}</ymin>"
            f"<xmax>{math.ceil(x2)}</xmax><ymax>{math.ceil(y2)}</ymax></bndbox>").encode() in moved
    plain = document.render(replace(document.annotation, objects=(item.with_box((1, 2, 3, 4)),)))
    assert b"robndbox" not in plain and b"<xmin>1</xmin>" in plain


def test_a_box_that_differs_from_its_outline_is_told_and_kept_apart() -> None:
    wide = BOX.replace("<xmax>30<", "<xmax>90<")
    document = one(f"<name>cell</name>{wide}{POLYGON}")
    (item,) = document.annotation.objects
    assert [p.kind for p in document.problems] == ["outline-differs"]
    moved = document.render(replace(
        document.annotation, objects=(item.with_shape(item.shape.moved(5, 0)),)))
    assert b"<xmin>15</xmin><ymin>20</ymin><xmax>95</xmax><ymax>50</ymax>" in moved


@pytest.mark.parametrize("outline", [
    "<polygon/>", "<polygon><x1>1</x1></polygon>", "<polygon><pt><x>1</x></pt></polygon>",
    "<polygon><x1>1</x1><y1>nan</y1><x2>1</x2><y2>2</y2><x3>1</x3><y3>3</y3></polygon>",
    "<polygon><x1>1e99</x1><y1>1</y1><x2>1</x2><y2>2</y2><x3>1</x3><y3>3</y3></polygon>",
    "<robndbox><cx>1</cx></robndbox>", "<keypoints><x1>1</x1><y1>2</y1><v1>7</v1></keypoints>",
    "<mask><rle>3, 5</rle><left>0</left><top>0</top><width>2</width><height>2</height></mask>",
    "<mask><rle>99999999999999999999</rle></mask>",
])
def test_an_outline_that_cannot_be_read_shows_its_box_and_is_kept(outline: str) -> None:
    document = one(f"<name>cell</name>{BOX}{outline}")
    (item,) = document.annotation.objects
    assert item.shape == Box(10, 20, 30, 50)
    assert [p.kind for p in document.problems] == ["unclear-outline"]
    moved = document.render(replace(
        document.annotation, objects=(item.with_box((11, 20, 30, 50)),)))
    assert moved == document.data.replace(b"<xmin>10<", b"<xmin>11<")


def test_attributes_are_changed_in_place() -> None:
    document = one("<name>car</name><attributes><attribute><name>colour</name><value>red</value>"
                   "</attribute><attribute><name>moving</name><value>False</value></attribute>"
                   f"<attribute><name>wheels</name><value>4</value></attribute></attributes>{BOX}")
    (item,) = document.annotation.objects
    assert item.attributes == {"colour": "red", "wheels": 4.0}
    changed = item.with_attribute("colour", "a < b").with_attribute("wheels", value=False)
    data = document.render(replace(document.annotation, objects=(
        changed.with_attribute("moving", value=True),)))
    assert data == document.data.replace(b">red<", b">a &lt; b<").replace(b">False<", b">true<") \
        .replace(b"<attribute><name>wheels</name><value>4</value></attribute>", b"")
    with pytest.raises(WorkbenchError, match="attribute"):
        document.render(replace(document.annotation,
                                objects=(item.with_attribute("note", "\x00"),)))


@pytest.mark.parametrize("built", [
    b"<annotation>\n\t<size><width>9</width></size>\n</annotation>\n",
    b"<annotation><!-- kept -->\r\n  <object>\r\n    <name>a</name><bndbox><xmin>1</xmin><ymin>2"
    b"</ymin><xmax>3</xmax><ymax>4</ymax></bndbox>\r\n  </object>\r\n</annotation>",
    b"<annotation><attributes/><object><name>a</name></object></annotation>",
])
def test_what_is_said_of_the_image_stands_beside_its_objects(built: bytes) -> None:
    def render(data: bytes, **said: str | float | bool) -> bytes:
        document = parse_voc(data)
        return document.render(replace(document.annotation, attributes=said))

    rain = render(built, weather="rain", night=True)
    document = parse_voc(rain)
    assert document.annotation.attributes == {"weather": "rain", "night": True}
    assert render(rain, weather="rain", night=True) == rain
    added = (b"<attribute><name>weather</name><value>rain</value></attribute>",
             b"<attribute><name>night</name><value>true</value></attribute>")
    assert all(rain.count(part) == 1 for part in added) and b"\n\n" not in rain
    kept = rain
    for part in (*added, b"<attributes>", b"</attributes>"):
        kept = kept.replace(part, b"")
    assert b"".join(kept.split()) == b"".join(built.split())
    assert render(rain, weather="snow", night=True) == rain.replace(b">rain<", b">snow<")
    day = parse_voc(render(rain, weather="rain", degrees=4.5, difficult=True, pose="x"))
    assert day.annotation.attributes == {"weather": "rain", "degrees": 4.5, "difficult": True,
                                         "pose": "x"}
    assert day.annotation.objects == document.annotation.objects
    more = day.render(replace(day.annotation, objects=(
        *day.annotation.objects, LabeledObject("b", Box(1, 1, 5, 5)))))
    again = parse_voc(more).annotation
    assert again.attributes == day.annotation.attributes and again.objects[-1].label == "b"


def test_the_mask_of_cvat_is_read() -> None:
    (item,) = one(f"<name>cell</name>{BOX}<mask><rle>1, 2, 1</rle><left>10</left><top>20</top>"
                  "<width>2</width><height>2</height></mask>").annotation.objects
    assert item.shape == Mask(10, 20, 2, 2, (1, 2, 1))


def test_the_pose_is_read_and_written_where_voc_has_it() -> None:
    document = one(f"<name>cell</name><pose>Left</pose>{BOX}")
    (item,) = document.annotation.objects
    assert item.attributes == {"pose": "Left"}

    def written(value: str | bool) -> bytes:
        changed = item.with_attribute("pose", value)
        return document.render(replace(document.annotation, objects=(changed,)))

    assert written("Left") == document.data
    assert written("Rear") == document.data.replace(b">Left<", b">Rear<")
    assert written(False) == document.data.replace(b">Left<", b">Unspecified<")
    none = parse_voc(written(False))
    assert none.annotation.objects[0].attributes == {}
    drawn = replace(item, source=None)
    both = parse_voc(none.render(replace(none.annotation,
                                         objects=(*none.annotation.objects, drawn))))
    assert [found.attributes for found in both.annotation.objects] == [{}, {"pose": "Left"}]
    assert b"<attributes>" not in both.data and both.data.count(b"<pose>Left</pose>") == 1
    bare = one(f"<name>cell</name>{BOX}")
    posed = replace(bare.annotation, objects=tuple(
        found.with_attribute("pose", "Rear") for found in bare.annotation.objects))
    assert parse_voc(bare.render(posed)).annotation.objects[0].attributes == {"pose": "Rear"}
    free = one(f"<name>cell</name><pose>Unspecified</pose>{BOX}<attributes><attribute>"
               "<name>pose</name><value>prone</value></attribute></attributes>")
    assert free.annotation.objects[0].attributes == {"pose": "prone"}, "of an earlier version"


@pytest.mark.parametrize("place", [(119.004, 99.51), (118.996, 46.002), (5.0, 6.0), (0.004, 0.0)])
def test_a_dot_is_a_dot_again_wherever_it_lies(place: tuple[float, float]) -> None:
    """Written are two digits of it, and the pixel around it."""
    annotation = Annotation((LabeledObject("seal", dot_at(place)),), size=(260, 200))
    data = new_voc(annotation, image_path=Path("/a/b.jpg"))
    [found] = parse_voc(data).annotation.objects
    assert is_dot(found.shape) and found.shape.points[0] == pytest.approx(place, abs=0.006)
