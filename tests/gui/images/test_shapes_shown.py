"""Shapes that are no boxes on the canvas: seen, hit, moved, copied and taken back."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.outlines import Keypoints, Mask, Polygon, RotatedBox
from workbench.core.shapes import Box, Shape
from workbench.formats.voc import new_voc, read_voc
from workbench.gui.label.images.outlines import NEW_LINES, Outlines, shape_words
from workbench.gui.label.images.viewport import Viewport

if TYPE_CHECKING:
    from conftest import Bench

RING = ((100.0, 100.0), (200.0, 100.0), (100.0, 200.0))
HOLED = Polygon((((20.0, 20.0), (90.0, 20.0), (90.0, 90.0), (20.0, 90.0)),
                 ((40.0, 40.0), (70.0, 40.0), (70.0, 70.0), (40.0, 70.0))))
TURNED = RotatedBox((300.0, 80.0), 80.0, 30.0, 0.785398)
POINTS = Keypoints(((250.0, 200.0), (280.0, 220.0), (0.0, 0.0)), (2, 1, 0))
MASK = Mask(320, 200, 40, 40, (0, 800, 800))
SHAPES: tuple[Shape, ...] = (Polygon((RING,)), HOLED, TURNED, POINTS, MASK)


@pytest.fixture
def shapes(bench: Bench, tmp_path: Path,
           write_image: Callable[[Path, int, int], Path]) -> Bench:
    """One image with one object of each shape; a second one without any."""
    folder = tmp_path / "shapes"
    for name in ("a", "b"):
        path = write_image(folder / f"{name}.png", 400, 300)
        items = tuple(LabeledObject("cell", shape) for shape in SHAPES if name == "a")
        path.with_suffix(".xml").write_bytes(
            new_voc(Annotation(items, size=(400, 300)), image_path=path))
    bench.open_project(folder)
    return bench


def found(bench: Bench) -> list[Shape]:
    return [item.shape for item in bench.place.editor.objects]


def on_disk(bench: Bench) -> list[Shape]:
    bench.saved()
    path = bench.session.index.annotation_path(bench.place.editor.key)
    return [item.shape for item in read_voc(path).annotation.objects]


def test_a_click_takes_what_it_lies_in_and_not_what_it_lies_beside(shapes: Bench) -> None:
    editor = shapes.place.editor
    for point, index in (((120, 120), 0), ((30, 55), 1), ((325, 105), 2), ((250, 200), 3),
                         ((340, 210), 4)):
        shapes.click(*point)
        assert editor.selection == (index,), point
    for point in ((185, 185), (55, 55), (332, 52), (340, 235)):
        shapes.click(*point)
        assert editor.selection == (), point  # the corner beside, the hole, the empty half


def test_each_is_painted_where_it_lies(shapes: Bench) -> None:
    shapes.canvas.leaveEvent(None)  # type: ignore[arg-type]
    color = shapes.place.colors.color("cell")

    def near(x: float, y: float) -> bool:
        picture = shapes.canvas.grab().toImage()
        at = shapes.at(x, y)
        return any(_alike(picture.pixelColor(at.x() + dx, at.y() + dy), color)
                   for dx in range(-2, 3) for dy in range(-2, 3))

    for place in ((150, 100), (150, 150), (40, 55), RING[2], TURNED.corners()[0], (250, 200)):
        assert near(*place), place
    assert not near(150, 125) and not near(185, 185)
    shapes.place.editor.select(range(5))
    for place in ((150, 100), (40, 55), TURNED.corners()[2], (250, 200)):
        assert near(*place), place


def _alike(one: QColor, other: QColor) -> bool:
    return all(abs(a - b) < 40 for a, b in zip(one.getRgb()[:3], other.getRgb()[:3], strict=True))


@pytest.mark.parametrize(("index", "grip"), [
    (0, (120.0, 120.0)), (1, (30.0, 55.0)), (2, (300.0, 80.0)), (3, (264.0, 205.0)),
    (4, (340.0, 210.0))])
def test_a_drag_moves_it_and_undo_brings_it_back(
    shapes: Bench, index: int, grip: tuple[float, float]
) -> None:
    before = found(shapes)
    shapes.click(*grip)
    shapes.drag(grip, (grip[0] + 20, grip[1] + 10))
    assert found(shapes)[index] == before[index].moved(20, 10)
    assert on_disk(shapes)[index] == before[index].moved(20, 10)
    shapes.run("undo")
    assert found(shapes) == before
    shapes.press_key(Qt.Key.Key_Right)
    assert found(shapes)[index] == before[index].moved(1, 0)


def test_copies_keep_their_shape(shapes: Bench) -> None:
    shapes.run("select_all")
    shapes.run("copy")
    shapes.open("b.png")
    shapes.run("paste")
    assert found(shapes) == list(SHAPES)
    assert on_disk(shapes) == list(SHAPES)
    shapes.run("delete")
    assert found(shapes) == []
    shapes.run("undo")
    assert found(shapes) == list(SHAPES)


def test_lists_and_panels_say_what_it_is(shapes: Bench) -> None:
    rows = shapes.place.boxes.view.model()
    assert rows is not None
    said = [shapes.place.boxes.model.note(item) for item in shapes.place.editor.objects]
    assert said == ["Polygon", "Polygon", "Rotated box", "Key points", "Mask"]
    said = [shape_words(item.shape) for item in shapes.place.editor.objects]
    assert said == ["Polygon, 3 points", "Polygon, 8 points, 2 rings", "Rotated box, 45°",
                    "Key points, 2 of 3", "Mask, 800 pixels"]
    shapes.click(120, 120)
    assert shapes.place.selected.size_label.text() == "Polygon, 3 points\n100 × 100 px"
    assert not shapes.place.selected.fields[0].isVisible()


def test_a_polygon_pasted_over_the_edge_is_cut(shapes: Bench) -> None:
    shapes.click(120, 120)
    editor = shapes.place.editor
    editor.copy()
    editor.clipboard = tuple(replace(item, shape=item.shape.moved(250, 0))
                             for item in editor.clipboard)
    shapes.run("paste")
    x1, _, x2, _ = found(shapes)[-1].bounds()
    assert (x1, x2) == (300, 400) or x2 <= 400


def test_a_polygon_is_relabelled_by_a_key(shapes: Bench) -> None:
    shapes.session.add_class("dust")
    shapes.click(120, 120)
    shapes.place.editor.choose_class("dust")
    assert shapes.place.editor.objects[0] == replace(
        shapes.place.editor.objects[0], label="dust", shape=Polygon((RING,)))
    assert "<name>dust</name>" in shapes.labels()
    assert isinstance(found(shapes)[0], Polygon) and Box not in map(type, found(shapes))


def test_one_class_alone_is_shown_and_taken(shapes: Bench) -> None:
    editor = shapes.place.editor
    shapes.session.add_class("dust")
    editor.select((0,))
    editor.choose_class("dust")
    shapes.run("only_class")
    assert editor.states.hidden == {"cell"}
    assert shapes.place.viewer.notice.text == "Only “dust” is shown."
    shapes.click(30, 55)
    assert editor.selection == ()
    shapes.run("select_all")
    assert editor.selection == (0,)
    assert shapes.canvas.scene.near(QRectF(shapes.canvas.rect())) == [0]
    editor.add_box((10, 10, 50, 50), "cell")
    assert not editor.states.hidden, "what was just drawn is seen"
    shapes.run("undo")
    editor.show_only("dust")
    shapes.place.viewer.notice.press("Show all")
    shapes.click(30, 55)
    assert editor.selection == (1,) and not editor.states.hidden


def test_free_attributes_are_named(shapes: Bench) -> None:
    shapes.click(120, 120)
    editor = shapes.place.editor
    editor.set_flag("truncated")
    item = editor.objects[0].with_attribute("occluded", value=True).with_attribute("age", 4.0)
    shapes.session.edit("a.png", (item, *editor.objects[1:]), "mark")
    label = shapes.place.selected.size_label
    assert label.text().splitlines()[-1] == "age: 4" == label.toolTip()
    assert "<name>age</name><value>4</value>" in shapes.labels()


def circle(points: int, radius: float = 40.0) -> Polygon:
    turns = [index * 2 * math.pi / points for index in range(points)]
    return Polygon((tuple((100 + radius * math.cos(turn), 100 + radius * math.sin(turn))
                          for turn in turns),))


def test_lines_have_as_many_points_as_the_screen_can_show() -> None:
    outlines, viewport = Outlines(), Viewport()
    shape = circle(400)

    def points(scale: float) -> int:
        viewport.scale = scale
        (line,) = outlines.lines(shape, outlines.look(viewport))
        return line.size()

    assert points(4.0) == points(2.0) == 400
    assert 400 > points(1.0) > points(0.5) > points(0.2) >= 3
    tiny = circle(5, 0.1)
    assert outlines.lines(tiny, 3)[0].size() == 5, "what is smaller than a pixel keeps its form"


def test_a_zoom_does_not_wait_for_the_lines_of_all_shapes() -> None:
    outlines, viewport = Outlines(), Viewport()
    shapes = [circle(400) for _ in range(NEW_LINES + 5)]

    def made(scale: float) -> list[int]:
        viewport.scale = scale
        level = outlines.look(viewport)
        return [outlines.lines(shape, level)[0].size() for shape in shapes]

    assert set(made(4.0)) == {400}
    first = made(0.5)
    assert first[0] < 400 and first[NEW_LINES:] == [400] * 5
    assert set(made(0.5)) == {first[0]}, "the next painting has them"


def test_lines_are_thin_while_one_zooms_and_smooth_when_that_rests(shapes: Bench) -> None:
    canvas, editor = shapes.canvas, shapes.place.editor
    editor.select(())
    canvas.zoom_by(1.1)
    assert not canvas.scene.zooming, "few points cost nothing"
    shapes.session.edit("a.png", [LabeledObject("cell", circle(400)) for _ in range(10)], "x")
    shapes.wheel(100, 100, 120)
    assert canvas.scene.zooming
    canvas.grab()
    rebuilds = canvas.layer.rebuilds
    shapes.wait(lambda: not canvas.scene.zooming)
    canvas.grab()
    assert canvas.layer.rebuilds > rebuilds
