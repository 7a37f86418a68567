"""Polygons with a real mouse: drawn, closed, their points moved, added and taken away."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from workbench.core.annotation import LabeledObject
from workbench.core.outlines import Mask, Polygon
from workbench.core.shapes import Box, Shape
from workbench.formats.voc import read_voc
from workbench.gui.label.images import outline_work, shape_editor

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
    assert len(found(square)) == 1
    assert square.said[-1][1].startswith("A polygon needs at least three points")
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


def test_what_is_drawn_without_a_class_is_not_lost(empty: Bench) -> None:
    empty.session.remove_class("cell")
    empty.run("tool_polygon")
    clicks(empty, *SQUARE)
    empty.press_key(Key.Key_Return)
    chooser = empty.place.viewer.chooser
    for key in (Key.Key_Return, Key.Key_Enter):
        QTest.keyClick(chooser.field, key)
        assert chooser.isVisible() and chooser.field.hasFocus()
        assert chooser.hint.isVisible() and chooser.hint.text().startswith("Type a name")
        assert empty.canvas.rect().contains(chooser.geometry())
    QTest.keyClick(chooser.field, Key.Key_Escape)
    assert not chooser.isVisible() and found(empty) == []
    assert empty.offers[-1].sentence == "Polygon not added: it has no class."
    assert empty.offers[-1].action_text == "Name it" and empty.offers[-1].stays
    act = empty.offers[-1].action
    assert act is not None
    act()
    assert chooser.isVisible() and chooser.field.hasFocus()
    QTest.keyClicks(chooser.field, "blob")
    QTest.keyClick(chooser.field, Key.Key_Return)
    assert found(empty) == [Polygon((SQUARE,))] and len(empty.offers) == 1


def test_a_polygon_that_is_named_is_shown_as_one(empty: Bench) -> None:
    ring = ((60.0, 60.0), (200.0, 60.0), (60.0, 200.0))
    empty.session.remove_class("cell")
    empty.run("tool_polygon")
    clicks(empty, *ring)
    bare = empty.canvas.grab().toImage()
    empty.press_key(Key.Key_Return)
    empty.canvas.setFocus(Qt.FocusReason.ActiveWindowFocusReason)
    assert empty.place.viewer.chooser.isVisible(), "another window does not take it away"
    color, shown = empty.place.colors.color("").rgb(), empty.canvas.grab().toImage()

    def lined(x: float, y: float) -> bool:
        at = empty.at(x, y)
        return any(shown.pixel(at.x() + dx, at.y() + dy) == color
                   for dx in range(-3, 4) for dy in range(-3, 4))

    assert bare != shown and lined(60, 130) and lined(100, 60)
    assert not lined(200, 130) and not lined(130, 200), "not the box around it"


def test_where_room_is_short_a_menu_offers_the_last_of_the_tools(empty: Bench) -> None:
    toolbar = empty.place.viewer.toolbar
    assert toolbar.redo.isVisible() and not toolbar.more_tools.isVisible()
    empty.place.resize(900, 600)
    empty.wait(lambda: toolbar.more_tools.isVisible())
    there = [button for button in toolbar.shapes if button.isVisible()]
    assert len(there) >= 2 and there == toolbar.shapes[:len(there)] and toolbar.box.text()
    QTest.mouseClick(toolbar.more_tools, Qt.MouseButton.LeftButton)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    titles = [action.text() for action in menu.actions()]
    assert len(there) + len(titles) == len(toolbar.shapes) + 3
    assert "Paint masks\tB" in titles and titles[-1] == "Redo\tCtrl+Shift+Z"
    menu.actions()[titles.index("Paint masks\tB")].trigger()
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


def test_a_border_is_shared_point_by_point(empty: Bench) -> None:
    """From one point with Ctrl to the next the line goes along the neighbour, also where it is
    closed, and around its nearer side."""
    bay = ((50.0, 50.0), (200.0, 50.0), (180.0, 80.0), (210.0, 110.0), (170.0, 140.0),
           (200.0, 200.0), (50.0, 200.0))
    empty.run("tool_polygon")
    clicks(empty, *bay, bay[0])
    empty.click(201, 51, CONTROL)
    empty.click(199, 199, CONTROL)
    clicks(empty, (300, 200), (300, 50))
    empty.press_key(Key.Key_Return)
    right = (*bay[1:6], (300.0, 200.0), (300.0, 50.0))
    assert found(empty)[1] == Polygon((right,)) == on_disk(empty)[1]
    empty.click(194, 60, CONTROL)  # on an edge; closed from there to the first point
    clicks(empty, (150, 20), (30, 20), (20, 120))
    empty.click(51, 120, CONTROL)
    empty.press_key(Key.Key_Return)
    third = found(empty)[2]
    assert isinstance(third, Polygon)
    (first, second, *_, end), last = third.rings[0][:-2], third.rings[0][-2:]
    assert last == bay[:2] and end[0] == 50.0 and second == (150.0, 20.0)
    assert math.dist(first, (193.6, 59.6)) < 2


def test_a_tool_says_how_it_is_used(empty: Bench) -> None:
    notice = empty.place.viewer.notice
    empty.run("tool_polygon")
    assert notice.text.startswith("Click point after point")
    notice.press("Done")
    assert notice.text == "" and empty.canvas.picker.tool is None


def test_polygons_are_joined_and_split(square: Bench) -> None:
    editor = square.place.editor
    away = ((300.0, 50.0), (350.0, 50.0), (350.0, 90.0))
    over = ((100.0, 100.0), (250.0, 100.0), (250.0, 150.0), (100.0, 150.0))
    for ring in (away, over):
        editor.add_objects([LabeledObject("cell", Polygon((ring,)))], "x", select=False)
    editor.select((0, 1))
    square.run("join")
    assert found(square) == [Polygon((SQUARE, away)), Polygon((over,))]
    assert editor.selection == (0,)
    square.run("split")
    assert found(square) == [Polygon((SQUARE,)), Polygon((over,)), Polygon((away,))]
    assert editor.selection == (0, 2)
    editor.select((0, 1))
    square.run("join")
    whole = found(square)[0]
    assert isinstance(whole, Polygon) and len(whole.rings) == 1 and len(found(square)) == 2
    assert set(whole.rings[0]) == {
        *SQUARE, (200.0, 100.0), (250.0, 100.0), (250.0, 150.0), (200.0, 150.0)}
    square.run("split")
    assert square.said[-1][1] == "Select a polygon or mask of several parts to split it."
    square.run("undo")
    assert found(square) == [Polygon((SQUARE,)), Polygon((over,)), Polygon((away,))]
    editor.select((0, 2))
    square.run("trace")  # masks
    before = found(square)
    square.run("join")
    assert len(found(square)) == 2 and isinstance(found(square)[0], Mask)
    square.run("split")
    assert sorted(map(repr, on_disk(square))) == sorted(map(repr, before))


@pytest.mark.parametrize("action", ["trace", "join", "split", "cut"])
def test_the_window_goes_on_while_long_outlines_are_worked_on(
        square: Bench, monkeypatch: pytest.MonkeyPatch, action: str) -> None:
    """A change meanwhile stays; else it is one step of undo."""
    editor, work = square.place.editor, square.place.outline_work
    aside = Polygon((tuple((x + 160, y) for x, y in SQUARE),))
    editor.set_shapes({0: Polygon((SQUARE, *aside.rings))}, "add a part")
    editor.add_objects([LabeledObject("cell", aside.moved(0, 20))], "another", select=True)
    editor.select((1, 0) if action == "join" else (0,))
    made = {"trace": "polygons_or_masks", "join": "joined_shape", "split": "pieces_of",
            "cut": "cut_pieces"}[action]
    go_on, real = threading.Event(), getattr(shape_editor, made)

    def slow(*given: Any) -> Any:
        assert threading.current_thread() is not threading.main_thread()
        assert go_on.wait(60)
        return real(*given)

    monkeypatch.setattr(shape_editor, made, slow)
    monkeypatch.setattr(outline_work, "AT_ONCE", 3)

    def begin() -> None:
        if action == "cut":
            editor.cut(((0.0, 100.0), (400.0, 130.0)))
        else:
            square.run(action)
        assert work.busy and "outlines …" in square.place.status()[0]

    begin()
    moved = editor.objects[0].shape.moved(10, 0)
    editor.set_shapes({0: moved}, "move")
    before = found(square)
    go_on.set()
    square.wait(lambda: not work.busy)
    assert found(square) == before and before[0] == moved
    assert square.said[-1][1] == "Nothing was done, as the objects were changed meanwhile."
    begin()
    square.wait(lambda: not work.busy)
    assert found(square) != before and "outlines …" not in square.place.status()[0]
    square.run("undo")
    assert found(square) == before


def test_a_line_across_cuts_what_is_selected(square: Bench) -> None:
    editor, (left, right) = square.place.editor, ((50.0, 50.0), (200.0, 50.0))
    ring = Polygon((((100.0, 100.0), (150.0, 100.0), (150.0, 150.0), (100.0, 150.0)),))
    editor.set_attribute("kept", "yes")
    editor.set_shapes({0: Polygon((SQUARE, *ring.rings))}, "make a hole")
    editor.add_objects([LabeledObject("cell", ring)], "x", select=False)  # beneath, in the hole
    square.run("tool_cut")
    assert editor.selection == (0,)
    square.drag((20, 120), (260, 120))  # one stroke is enough
    one, inner, other = editor.objects
    assert inner.shape == ring, "only what was selected"
    assert one.attributes == other.attributes == {"kept": "yes"} and one.label == other.label
    assert {left, right} < set(_outline(other)) and len(_outline(other)) == 8
    assert one.shape.area == 80 * 150 - 30 * 50 and other.shape.area == 70 * 150 - 20 * 50
    assert editor.selection == (0, 2) and not square.canvas.busy
    assert on_disk(square) == [item.shape for item in editor.objects]
    square.run("undo")
    assert len(editor.objects) == 2
    editor.select(())
    clicks(square, (125, 20), (125, 270))  # and now all of it
    QTest.mouseDClick(square.canvas, Qt.MouseButton.LeftButton, pos=square.at(125, 270))
    assert len(editor.objects) == 4
    clicks(square, (20, 20), (30, 300))
    square.press_key(Key.Key_Return)
    assert square.said[-1][1].startswith("The line") and len(editor.objects) == 4


def test_a_line_across_cuts_masks_between_pixels(square: Bench) -> None:
    square.run("trace")
    square.run("tool_cut")
    square.drag((20, 30), (240, 230))
    one, other = found(square)
    assert isinstance(one, Mask) and isinstance(other, Mask)
    assert one.area + other.area == 150 * 150 and other.area > 10_000
    assert set(one.spans()).isdisjoint(other.spans())


def _outline(item: LabeledObject) -> tuple[tuple[float, float], ...]:
    assert isinstance(item.shape, Polygon)
    return item.shape.rings[0]


def test_points_to_and_fro_are_no_polygon_and_crossing_ones_are(empty: Bench) -> None:
    empty.run("tool_polygon")
    clicks(empty, (50, 50), (200, 150), (50, 50))
    empty.press_key(Key.Key_Return)
    assert found(empty) == [] and empty.said[-1][1] == "These points surround no area."
    clicks(empty, (50, 50), (200, 150), (200, 50), (50, 150))  # both halves are as large
    empty.press_key(Key.Key_Return)
    assert len(found(empty)) == len(on_disk(empty)) == 1
