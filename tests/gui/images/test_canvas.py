"""The mouse and the keys on the canvas, down to the numbers in the file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QIcon, QShowEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.support.picture_kinds import DEEP_COLOUR, png16

if TYPE_CHECKING:
    from conftest import Bench

Key = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


def numbers(text: str) -> list[tuple[int, ...]]:
    """The four numbers of every object in a VOC file."""
    found = re.findall(
        r"<xmin>(\d+)</xmin>\s*<ymin>(\d+)</ymin>\s*<xmax>(\d+)</xmax>\s*<ymax>(\d+)</ymax>", text)
    return [tuple(int(value) for value in four) for four in found]


def boxes(bench: Bench) -> list[tuple[float, ...]]:
    return [item.box for item in bench.place.editor.objects]


# --- drawing ------------------------------------------------------------------------------------


def test_draw_writes_the_right_numbers(two: Bench) -> None:
    two.run("draw")
    two.drag((310, 20), (350, 90))
    assert boxes(two)[-1] == (310, 20, 350, 90)
    assert two.place.editor.objects[-1].label == "big"
    assert two.place.editor.selection == (2,)
    assert not two.place.editor.drawing, "as in labelImg, one box and back"
    assert numbers(two.labels())[-1] == (310, 20, 350, 90)


def test_a_box_drawn_over_the_edge_ends_at_it(two: Bench) -> None:
    two.run("draw")
    two.drag((350, 200), (440, 340))
    assert boxes(two)[-1] == (350, 200, 400, 300)


def test_a_click_in_draw_mode_makes_no_box(two: Bench) -> None:
    two.run("draw")
    two.click(320, 40)
    assert len(boxes(two)) == 2
    assert two.session.undo.undo_text is None
    assert two.place.editor.drawing


def test_keep_drawing_until_escape(two: Bench) -> None:
    two.run("draw_many")
    two.drag((310, 20), (350, 60))
    two.drag((310, 80), (350, 120))
    assert len(boxes(two)) == 4 and two.place.editor.drawing
    two.press_key(Key.Key_Escape)
    assert not two.place.editor.drawing


def test_escape_in_the_middle_of_a_drag_draws_nothing(two: Bench) -> None:
    two.run("draw")
    QTest.mousePress(two.canvas, Qt.MouseButton.LeftButton, pos=two.at(310, 20))
    QTest.mouseMove(two.canvas, two.at(350, 90))
    two.press_key(Key.Key_Escape)
    QTest.mouseRelease(two.canvas, Qt.MouseButton.LeftButton, pos=two.at(350, 90))
    assert len(boxes(two)) == 2


def test_control_makes_the_box_square(two: Bench) -> None:
    two.run("draw")
    two.drag((310, 20), (350, 90), CONTROL)
    x0, y0, x1, y1 = boxes(two)[-1]
    assert x1 - x0 == y1 - y0 == 70


def test_the_first_box_of_a_project_asks_for_its_class(
        bench: Bench, tmp_path: Path, write_image: object) -> None:
    folder = tmp_path / "bare"
    write_image(folder / "one.png", 400, 300)  # type: ignore[operator]
    bench.open_project(folder)
    bench.run("draw")
    bench.drag((10, 20), (100, 90))
    chooser = bench.place.viewer.chooser
    assert chooser.isVisible()
    QTest.keyClicks(chooser.field, "cat")
    QTest.keyClick(chooser.field, Key.Key_Return)
    assert [item.label for item in bench.place.editor.objects] == ["cat"]
    assert list(bench.session.classes) == ["cat"]
    assert numbers(bench.labels()) == [(10, 20, 100, 90)]
    assert bench.place.editor.current_class == "cat"


def test_no_class_no_box(bench: Bench, tmp_path: Path, write_image: object) -> None:
    folder = tmp_path / "bare"
    write_image(folder / "one.png", 400, 300)  # type: ignore[operator]
    bench.open_project(folder)
    bench.run("draw")
    bench.drag((10, 20), (100, 90))
    QTest.keyClick(bench.place.viewer.chooser.field, Key.Key_Escape)
    assert bench.place.editor.objects == ()
    assert not bench.session.index.annotation_path("one.png").exists()


# --- hitting ------------------------------------------------------------------------------------


def test_a_click_takes_the_smallest_and_further_clicks_the_next(two: Bench) -> None:
    two.click(175, 125)
    assert two.place.editor.selection == (1,)
    two.click(175, 125)
    assert two.place.editor.selection == (0,)
    two.click(175, 125)
    assert two.place.editor.selection == (1,)
    two.click(250, 200)
    assert two.place.editor.selection == (0,)
    two.click(20, 20)
    assert two.place.editor.selection == ()


def test_hover_shows_what_a_click_would_take(two: Bench) -> None:
    two.hover(175, 125)
    assert two.canvas.hovered == 1
    two.hover(250, 200)
    assert two.canvas.hovered == 0
    two.hover(20, 20)
    assert two.canvas.hovered is None


def test_shift_and_control_add_to_the_selection(two: Bench) -> None:
    two.click(175, 125)
    two.click(250, 200, SHIFT)
    assert two.place.editor.selection == (1, 0)
    two.click(250, 200, CONTROL)
    assert two.place.editor.selection == (1,)


def test_a_frame_selects_what_lies_in_it(two: Bench) -> None:
    two.drag((90, 40), (310, 260), SHIFT)
    assert sorted(two.place.editor.selection) == [0, 1]
    two.click(20, 20)
    two.drag((140, 90), (210, 160), SHIFT)
    assert two.place.editor.selection == (1,)


def test_tab_walks_through_the_boxes_and_then_on(two: Bench) -> None:
    two.canvas.setFocus()
    two.press_key(Key.Key_Tab)
    assert two.place.editor.selection == (0,)
    two.press_key(Key.Key_Tab)
    assert two.place.editor.selection == (1,)
    two.press_key(Key.Key_Backtab)
    assert two.place.editor.selection == (0,)
    two.run("select_all")
    assert sorted(two.place.editor.selection) == [0, 1]


# --- moving and resizing ------------------------------------------------------------------------


def test_a_drag_moves_in_whole_pixels_as_one_step(two: Bench) -> None:
    two.drag((175, 125), (195, 140))
    assert boxes(two)[1] == (170, 115, 220, 165)
    assert boxes(two)[0] == (100, 50, 300, 250)
    assert numbers(two.labels())[1] == (170, 115, 220, 165)
    assert two.session.undo.undo_text == "move 1 object"
    two.run("undo")
    assert boxes(two)[1] == (150, 100, 200, 150)
    assert two.session.undo.undo_text is None


def test_a_drag_stops_at_the_edge_with_the_shape_kept(two: Bench) -> None:
    two.drag((250, 200), (600, 900))
    assert boxes(two)[0] == (200, 100, 400, 300)


def test_several_move_together(two: Bench) -> None:
    two.run("select_all")
    two.drag((175, 125), (185, 125))
    assert boxes(two) == [(110, 50, 310, 250), (160, 100, 210, 150)]


@pytest.mark.parametrize(("grip", "to", "expected"), [
    ((100, 50), (80, 30), (80, 30, 300, 250)),
    ((300, 250), (320, 270), (100, 50, 320, 270)),
    ((300, 50), (290, 60), (100, 60, 290, 250)),
    ((100, 250), (110, 240), (110, 50, 300, 240)),
    ((200, 50), (200, 70), (100, 70, 300, 250)),
    ((200, 250), (205, 260), (100, 50, 300, 260)),
    ((100, 150), (90, 150), (90, 50, 300, 250)),
    ((300, 150), (350, 155), (100, 50, 350, 250)),
])
def test_each_grip_drags_its_edges(
        two: Bench, grip: tuple[int, int], to: tuple[int, int],
        expected: tuple[int, ...]) -> None:
    two.click(250, 200)
    two.drag(grip, to)
    assert boxes(two)[0] == expected
    assert numbers(two.labels())[0] == expected
    assert two.session.undo.undo_text == "resize 1 object"


def test_arrow_keys_nudge_and_one_hold_is_one_step(two: Bench) -> None:
    two.click(175, 125)
    for _ in range(3):
        QTest.keyPress(two.canvas, Key.Key_Right)
    QTest.keyRelease(two.canvas, Key.Key_Right)
    assert boxes(two)[1] == (153, 100, 203, 150)
    two.press_key(Key.Key_Down, SHIFT)
    assert boxes(two)[1] == (153, 110, 203, 160)
    two.run("undo")
    two.run("undo")
    assert boxes(two)[1] == (150, 100, 200, 150)
    assert two.session.undo.undo_text is None


# --- the rest of editing ------------------------------------------------------------------------


def test_delete_undo_redo(two: Bench) -> None:
    two.click(175, 125)
    before = two.labels()
    two.run("delete")
    assert numbers(two.labels()) == [(100, 50, 300, 250)]
    two.run("undo")
    assert two.labels() == before
    assert two.place.editor.selection == (1,)
    two.run("redo")
    assert numbers(two.labels()) == [(100, 50, 300, 250)]


def test_relabel_by_digit_and_by_typing(two: Bench) -> None:
    assert list(two.session.classes) == ["big", "small"]
    two.click(175, 125)
    two.run("class_1")
    assert [item.label for item in two.place.editor.objects] == ["big", "big"]
    two.run("relabel")
    chooser = two.place.viewer.chooser
    assert chooser.isVisible()
    marked = chooser.list.currentItem().icon().pixmap(QSize(12, 12), QIcon.Mode.Selected)
    assert marked.toImage().pixelColor(6, 6) == two.place.colors.color("big")
    QTest.keyClicks(chooser.field, "sm")
    QTest.keyClick(chooser.field, Key.Key_Return)
    assert two.place.editor.objects[1].label == "small"
    assert not chooser.isVisible()
    assert two.canvas.hasFocus(), "the keys work on"
    two.labels()


def test_a_double_click_asks_for_the_class_of_the_box_first_hit(two: Bench) -> None:
    two.click(175, 125)
    point = two.at(175, 125)
    QTest.mouseClick(two.canvas, Qt.MouseButton.LeftButton, pos=point)
    QTest.mouseDClick(two.canvas, Qt.MouseButton.LeftButton, pos=point)
    assert two.place.editor.selection == (1,)
    assert two.place.viewer.chooser.isVisible()


def test_a_digit_in_draw_mode_chooses_the_class_to_draw(two: Bench) -> None:
    two.run("draw")
    two.run("class_2")
    two.drag((310, 20), (350, 90))
    assert [item.label for item in two.place.editor.objects] == ["big", "small", "small"]


def test_duplicate_lies_beside_and_is_a_new_object(two: Bench) -> None:
    two.click(175, 125)
    two.run("duplicate")
    assert boxes(two)[2] == (160, 110, 210, 160)
    assert two.place.editor.objects[2].source is None
    assert two.place.editor.selection == (2,)


def test_copy_to_another_image_keeps_the_place(two: Bench) -> None:
    two.run("select_all")
    two.run("copy")
    two.open("b.png")
    two.run("paste")
    assert boxes(two) == [(100, 50, 300, 250), (150, 100, 200, 150)]
    assert numbers(two.labels("b.png")) == [(100, 50, 300, 250), (150, 100, 200, 150)]
    two.run("paste")
    assert boxes(two)[2] == (110, 60, 310, 260), "beside, on the same image"


def test_boxes_of_the_previous_image(two: Bench) -> None:
    two.open("b.png")
    two.run("paste")
    assert len(boxes(two)) == 2, "nothing was copied: labelImg's Ctrl+V"
    two.open("c.png")
    two.run("paste_previous")
    assert len(boxes(two)) == 2


def test_difficult_and_truncated_of_several(two: Bench) -> None:
    two.click(175, 125)
    two.run("difficult")
    two.run("select_all")
    two.run("difficult")
    assert all(item.difficult for item in two.place.editor.objects)
    two.run("difficult")
    assert not any(item.difficult for item in two.place.editor.objects)
    two.run("truncated")
    assert two.labels().count("<truncated>1</truncated>") == 2


def test_space_verifies(two: Bench) -> None:
    two.run("verify")
    assert two.place.editor.verified
    assert 'verified="yes"' in two.labels()
    assert two.session.index.verified_count() == 1
    two.run("verify")
    assert 'verified="yes"' not in two.labels()


def test_undo_goes_to_the_image_of_the_step(two: Bench) -> None:
    two.click(175, 125)
    two.run("delete")
    two.open("c.png")
    two.run("undo")
    assert two.place.editor.key == "a.png"
    assert len(boxes(two)) == 2


def test_a_key_in_the_middle_of_a_drag_finishes_it_first(two: Bench) -> None:
    QTest.mousePress(two.canvas, Qt.MouseButton.LeftButton, pos=two.at(250, 200))
    two.canvas._gesture.move(  # type: ignore[union-attr]
        two.canvas.viewport.to_view((260, 200)), Qt.KeyboardModifier.NoModifier)
    two.run("next")
    assert two.place.editor.key == "b.png"
    QTest.mouseRelease(two.canvas, Qt.MouseButton.LeftButton, pos=two.at(260, 200))
    assert numbers(two.labels("a.png"))[0] == (110, 50, 310, 250)
    assert not two.session.index.annotation_path("b.png").exists()


# --- the view -----------------------------------------------------------------------------------


def test_dragging_on_empty_picture_draws(two: Bench) -> None:
    two.drag((310, 20), (350, 90))
    assert boxes(two)[-1] == (310, 20, 350, 90) and two.place.editor.selection == (2,)
    two.drag((310, 100), (350, 190))
    assert boxes(two)[-1] == (310, 100, 350, 190), "one after the other"
    two.click(20, 20)
    assert two.place.editor.selection == () and len(boxes(two)) == 4
    two.open("b.png")
    two.drag((-30, 20), (60, 90))
    assert boxes(two) == [(0, 20, 60, 90)], "also from beside the picture, where there are none"


def test_space_let_go_verifies(two: Bench) -> None:
    two.canvas.setFocus()
    two.press_key(Key.Key_Space)
    assert two.place.editor.verified


def test_the_box_button_shows_off_on_and_locked(two: Bench) -> None:
    button, editor = two.place.viewer.toolbar.box, two.place.editor
    spot, width = button.pos(), button.width()
    assert button.accessibleName() == "Box, off"
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert button.accessibleName() == "Box, on" and editor.drawing
    two.press_key(Key.Key_Escape)
    assert button.accessibleName() == "Box, off"
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    QTest.mouseDClick(button, Qt.MouseButton.LeftButton)
    assert button.accessibleName() == "Box, locked" and editor.keep_drawing
    two.drag((310, 20), (350, 60))
    two.drag((110, 60), (140, 90))
    assert len(boxes(two)) == 4, "also on top of a box"
    assert (button.pos(), button.width()) == (spot, width)


def test_a_box_stays_in_view_while_it_is_named(
        bench: Bench, tmp_path: Path, write_image: object) -> None:
    folder = tmp_path / "bare"
    write_image(folder / "one.png", 400, 300)  # type: ignore[operator]
    bench.open_project(folder)
    bench.drag((10, 20), (100, 90))
    chooser = bench.place.viewer.chooser
    QTest.keyClicks(chooser.field, "a very long name that needs more room than there is")
    shown = bench.canvas.grab().toImage()
    color = bench.place.colors.color("").rgb()
    at = bench.at(10, 55)
    assert any(shown.pixel(at.x() + dx, at.y()) == color for dx in range(-3, 4))
    assert chooser.hint.isVisible() and chooser.hint.text().startswith("Enter: new class “")
    assert chooser.hint.heightForWidth(chooser.hint.width()) <= chooser.hint.height()
    QTest.keyClick(chooser.field, Key.Key_Escape)
    assert bench.canvas.unnamed is None and bench.place.editor.objects == ()


def test_a_class_of_the_chooser_is_taken_by_a_click(two: Bench) -> None:
    two.click(175, 125)
    two.press_key(Key.Key_Return)
    chooser = two.place.viewer.chooser
    lines = [chooser.list.item(row) for row in range(chooser.list.count())]
    line = next(item for item in lines if item.text() == "big")
    QTest.mouseClick(chooser, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    assert chooser.field.hasFocus(), "a click beside the lines changes nothing"
    QTest.mouseClick(chooser.list.viewport(), Qt.MouseButton.LeftButton,
                     pos=chooser.list.visualItemRect(line).center())
    assert not chooser.isVisible() and two.canvas.hasFocus()
    assert [item.label for item in two.place.editor.objects] == ["big", "big"]


def test_the_menu_on_empty_picture_is_about_no_box(two: Bench) -> None:
    two.click(175, 125)
    asked: list[int] = []
    two.canvas.menu_wanted.disconnect()
    two.canvas.menu_wanted.connect(lambda _at: asked.append(len(two.place.editor.selection)))
    QTest.mouseClick(two.canvas, Qt.MouseButton.RightButton, pos=two.at(350, 20))
    assert asked == [0]
    QTest.mouseClick(two.canvas, Qt.MouseButton.RightButton, pos=two.at(250, 200))
    assert asked == [0, 1]


def test_the_status_tells_size_and_pixel(two: Bench) -> None:
    two.hover(123, 45)
    left, right = two.place.status()
    assert left.startswith("Image 1 of 3") and "1 labelled · 33 %" in left
    x, y = two.canvas.cursor_pixel or (-1, -1)
    assert abs(x - 123) <= 1 and abs(y - 45) <= 1
    assert right == f"400 × 300   x {x} y {y}"


def test_the_status_says_that_an_image_of_16_bits_is_stretched(
        bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "deep.png").write_bytes(png16(DEEP_COLOUR, 2))
    bench.open_project(tmp_path)
    assert bench.place.status()[1].startswith("40 × 24 · 16-bit, stretched")


def test_hidden_boxes_cannot_be_hit(two: Bench) -> None:
    two.run("hide_boxes")
    two.click(175, 125)
    assert two.place.editor.selection == ()
    notice = two.place.viewer.notice
    assert notice.text == "The labels are hidden."
    notice.press("Show boxes")
    assert notice.text == "" and not two.place.editor.hidden
    two.click(175, 125)
    assert two.place.editor.selection == (1,)


def test_a_drag_goes_on_where_the_canvas_is_shown_anew(bench: Bench, tmp_path: Path) -> None:
    """As panels are made beside it just after the first paint."""
    (tmp_path / "deep.png").write_bytes(png16(DEEP_COLOUR, 2))
    bench.open_project(tmp_path)
    QTest.mousePress(bench.canvas, Qt.MouseButton.LeftButton, pos=bench.at(4, 4))
    bench._move(bench.at(30, 20), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    drawing = bench.canvas.active_gesture
    assert drawing is not None
    QApplication.sendEvent(bench.canvas, QShowEvent())
    assert bench.canvas.active_gesture is drawing
    bench.press_key(Key.Key_Escape)
