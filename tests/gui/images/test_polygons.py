"""Polygons with a real mouse: drawn, closed, their points moved, added and taken away."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from workbench.core.outlines import Polygon
from workbench.core.shapes import Box, Shape
from workbench.formats.voc import read_voc

if TYPE_CHECKING:
    from conftest import Bench

Key = Qt.Key
ALT = Qt.KeyboardModifier.AltModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
SQUARE = ((50.0, 50.0), (200.0, 50.0), (200.0, 200.0), (50.0, 200.0))


@pytest.fixture
def empty(bench: Bench, tmp_path: Path,
          write_image: Callable[[Path, int, int], Path]) -> Bench:
    """One image of 400 × 300 without labels, in a project with a class."""
    write_image(tmp_path / "p" / "a.png", 400, 300)
    bench.open_project(tmp_path / "p")
    bench.session.add_class("cell")
    return bench


@pytest.fixture
def square(empty: Bench) -> Bench:
    """With :data:`SQUARE` drawn and selected, and no tool in the hand."""
    empty.run("tool_polygon")
    clicks(empty, *SQUARE, SQUARE[0])
    empty.press_key(Key.Key_Escape)
    assert found(empty) == [Polygon((SQUARE,))] and empty.place.editor.selection == (0,)
    return empty


def clicks(bench: Bench, *points: tuple[float, float]) -> None:
    for point in points:
        bench.hover(*point)
        bench.click(*point)


def found(bench: Bench) -> list[Shape]:
    return [item.shape for item in bench.place.editor.objects]


def on_disk(bench: Bench) -> list[Shape]:
    bench.saved()
    path = bench.session.index.annotation_path("a.png")
    return [item.shape for item in read_voc(path).annotation.objects]


def test_clicks_and_the_first_point_again(empty: Bench) -> None:
    empty.run("tool_polygon")
    assert empty.place.viewer.toolbar.shapes[0].isChecked()
    clicks(empty, *SQUARE)
    assert found(empty) == [] and empty.canvas.busy
    clicks(empty, SQUARE[0])
    assert found(empty) == on_disk(empty) == [Polygon((SQUARE,))]
    assert empty.place.editor.objects[0].label == "cell"
    clicks(empty, (300, 50), (350, 50), (350, 100))
    empty.press_key(Key.Key_Return)
    assert len(found(empty)) == 2, "the tool stays in the hand"
    empty.run("undo")
    empty.run("undo")
    assert found(empty) == []


def test_backspace_and_undo_take_the_last_point_and_escape_all(empty: Bench) -> None:
    empty.run("tool_polygon")
    clicks(empty, *SQUARE, (100, 250), (120, 260))
    empty.press_key(Key.Key_Backspace)
    empty.press_key(Key.Key_Z, CONTROL)
    empty.press_key(Key.Key_Return)
    assert found(empty) == [Polygon((SQUARE,))]
    clicks(empty, *SQUARE)
    empty.press_key(Key.Key_Escape)
    assert len(found(empty)) == 1 and not empty.canvas.busy
    assert empty.canvas.picker.tool is not None
    empty.press_key(Key.Key_Escape)
    assert empty.canvas.picker.tool is None
    assert not empty.place.viewer.toolbar.shapes[0].isChecked()


def test_a_polygon_goes_on_in_another_class_and_at_another_zoom(empty: Bench) -> None:
    empty.session.add_class("hole")
    empty.run("tool_polygon")
    clicks(empty, *SQUARE[:2])
    empty.place.choose_class("2")
    for action in ("zoom_in", "fit", "hide_boxes", "hide_boxes", "toggle_side", "actual_size"):
        empty.run(action)
        assert empty.canvas.busy, action
    clicks(empty, *SQUARE[2:])
    empty.place.choose_class("1")
    empty.place.choose_class("2")
    empty.press_key(Key.Key_Return)
    assert found(empty) == [Polygon((SQUARE,))]
    assert empty.place.editor.objects[0].label == "hole"


def test_a_double_click_closes_and_two_points_are_none(empty: Bench) -> None:
    empty.run("tool_polygon")
    clicks(empty, *SQUARE[:2])
    empty.press_key(Key.Key_Return)
    assert found(empty) == [] and empty.canvas.busy
    clicks(empty, SQUARE[2])
    QTest.mouseDClick(empty.canvas, Qt.MouseButton.LeftButton, pos=empty.at(*SQUARE[2]))
    assert found(empty) == [Polygon((SQUARE[:3],))]


def test_one_stroke_around_a_thing(empty: Bench) -> None:
    empty.run("tool_polygon")
    turns = [index * math.pi / 60 for index in range(121)]
    ring = [(200 + 80 * math.cos(turn), 150 + 80 * math.sin(turn)) for turn in turns]
    QTest.mousePress(empty.canvas, Qt.MouseButton.LeftButton, pos=empty.at(*ring[0]))
    for point in ring[1:]:
        empty._move(empty.at(*point), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    QTest.mouseRelease(empty.canvas, Qt.MouseButton.LeftButton, pos=empty.at(*ring[-1]))
    (shape,) = found(empty)
    assert isinstance(shape, Polygon) and 8 < len(shape.rings[0]) < 60
    assert shape.area == pytest.approx(math.pi * 80 * 80, rel=0.02)


def test_the_picture_moves_and_zooms_meanwhile(empty: Bench) -> None:
    empty.run("tool_polygon")
    clicks(empty, *SQUARE[:2])
    empty.drag((100, 100), (130, 120), button=Qt.MouseButton.MiddleButton)
    empty.wheel(100, 100, 240)
    clicks(empty, *SQUARE[2:])
    empty.press_key(Key.Key_Return)
    (shape,) = found(empty)
    assert isinstance(shape, Polygon)
    assert all(math.dist(a, b) <= 1 for a, b in zip(shape.rings[0], SQUARE, strict=True))


def test_another_command_keeps_what_was_drawn(empty: Bench) -> None:
    empty.run("tool_polygon")
    clicks(empty, *SQUARE)
    empty.run("draw")
    assert found(empty) == [Polygon((SQUARE,))]
    assert empty.canvas.picker.tool is None and empty.place.editor.drawing


def test_points_are_dragged_added_and_taken_away(square: Bench) -> None:
    square.drag(SQUARE[2], (230, 240))
    moved = (*SQUARE[:2], (230.0, 240.0), SQUARE[3])
    assert found(square) == on_disk(square) == [Polygon((moved,))]
    square.drag((125, 50), (125, 20))
    assert found(square) == [Polygon(((SQUARE[0], (125.0, 20.0), *moved[1:]),))]
    square.click(125, 20, ALT)
    assert found(square) == [Polygon((moved,))]
    square.hover(230, 240)
    square.run("delete")
    assert found(square) == on_disk(square) == [Polygon(((*SQUARE[:2], SQUARE[3]),))]
    square.click(*SQUARE[0], ALT)
    assert len(found(square)) == 1 and square.said[-1][1].startswith("A polygon has three")
    for _ in range(4):
        square.run("undo")
    assert found(square) == on_disk(square) == [Polygon((SQUARE,))]


def test_a_hole_is_drawn_with_alt_in_the_selected_polygon(square: Bench) -> None:
    square.run("tool_polygon")
    square.click(100, 100, ALT)
    clicks(square, (150, 100), (150, 150))
    square.press_key(Key.Key_Return)
    hole = ((100.0, 100.0), (150.0, 100.0), (150.0, 150.0))
    assert found(square) == on_disk(square) == [Polygon((SQUARE, hole))]
    square.press_key(Key.Key_Escape)
    square.click(140, 110)
    assert square.place.editor.selection == (), "in the hole is beside it"


def test_a_box_becomes_a_polygon_and_a_polygon_a_box(square: Bench) -> None:
    square.run("convert")
    assert found(square) == on_disk(square) == [Box(50, 50, 200, 200)]
    square.run("convert")
    assert found(square) == on_disk(square) == [Polygon((SQUARE,))]


def test_the_slider_simplifies_in_one_step(square: Bench) -> None:
    ring = (*SQUARE[:1], (120.0, 52.0), *SQUARE[1:])
    square.place.editor.set_shapes({0: Polygon((ring,))}, "change")
    slider = square.place.selected.simplify
    assert slider.isVisible()
    slider.setSliderDown(True)
    slider.setValue(40)
    assert found(square) == [Polygon((ring,))]
    assert square.place.editor.preview == Polygon((SQUARE,))
    slider.setSliderDown(False)
    assert found(square) == on_disk(square) == [Polygon((SQUARE,))]
    assert square.place.editor.preview is None and slider.value() == 0
    square.run("undo")
    assert found(square) == [Polygon((ring,))]


def test_without_a_class_it_is_asked_for(empty: Bench) -> None:
    empty.session.remove_class("cell")
    empty.run("tool_polygon")
    clicks(empty, *SQUARE, SQUARE[0])
    assert empty.place.viewer.chooser.isVisible() and found(empty) == []
    field = empty.place.viewer.chooser.field
    QTest.keyClicks(field, "blob")
    QTest.keyClick(field, Key.Key_Return)
    assert found(empty) == [Polygon((SQUARE,))]
    assert empty.place.editor.objects[0].label == "blob"


def test_where_room_is_short_a_menu_offers_the_tools(empty: Bench) -> None:
    toolbar = empty.place.viewer.toolbar
    assert toolbar.shapes[0].isVisible() and not toolbar.more_shapes.isVisible()
    empty.place.resize(900, 600)
    empty.wait(lambda: toolbar.more_shapes.isVisible())
    assert not toolbar.shapes[0].isVisible()
    QTest.mouseClick(toolbar.more_shapes, Qt.MouseButton.LeftButton)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    titles = [action.text() for action in menu.actions()]
    assert titles[0].startswith("Draw polygons") and len(titles) == len(toolbar.shapes)
    menu.actions()[0].trigger()
    menu.close()
    assert empty.canvas.picker.tool is not None


def test_ctrl_shares_the_border_of_another_polygon(square: Bench) -> None:
    square.run("tool_polygon")
    square.click(202, 51, CONTROL)  # the corner
    clicks(square, (300, 50), (300, 150))
    square.click(198, 150, CONTROL)  # the edge
    square.press_key(Key.Key_Return)
    ring = ((200.0, 50.0), (300.0, 50.0), (300.0, 150.0), (200.0, 150.0))
    assert found(square)[1] == Polygon((ring,))
    square.press_key(Key.Key_Escape)
    square.drag((300, 150), (199, 202), CONTROL)
    assert found(square)[1] == Polygon(((*ring[:2], (200.0, 200.0), ring[3]),))


def test_a_tool_says_how_it_is_used(empty: Bench) -> None:
    notice = empty.place.viewer.notice
    empty.run("tool_polygon")
    assert notice.text.startswith("Click point after point")
    notice.press("Done")
    assert notice.text == "" and empty.canvas.picker.tool is None
