"""Rotated boxes and key points with a real mouse."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from workbench.core.outlines import Keypoints, RotatedBox
from workbench.core.shapes import Shape
from workbench.formats.voc import read_voc
from workbench.gui.label.images.rotated_tool import knob_of
from workbench.project.declared_attributes import declare_skeletons

if TYPE_CHECKING:
    from conftest import Bench

Key = Qt.Key
ALT, SHIFT = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier
SKELETON = ('classes = ["person"]\n[keypoints.person]\npoints = ["nose", "left eye", "right eye"]\n'
            'lines = [["nose", "left eye"], ["nose", "right eye"]]\n')


@pytest.fixture
def empty(bench: Bench, tmp_path: Path, write_image: Callable[[Path, int, int], Path]) -> Bench:
    """One image of 400 × 300 without labels; its class has a skeleton of three points."""
    write_image(tmp_path / "p" / "a.png", 400, 300)
    (tmp_path / "p" / "workbench.toml").write_text(SKELETON)
    bench.open_project(tmp_path / "p")
    return bench


def found(bench: Bench) -> list[Shape]:
    return [item.shape for item in bench.place.editor.objects]


def on_disk(bench: Bench) -> list[Shape]:
    bench.saved()
    path = bench.session.index.annotation_path("a.png")
    return [item.shape for item in read_voc(path).annotation.objects]


def turn(bench: Bench, degrees: float, modifiers: Qt.KeyboardModifier) -> None:
    """Drag the knob of the selected box to an angle."""
    shape = bench.place.editor.selected[0].shape
    assert isinstance(shape, RotatedBox)
    start = bench.canvas.viewport.to_image(knob_of(bench.canvas, shape)[0])
    angle = math.radians(degrees)
    x, y = shape.center
    bench.drag(start, (x + 90 * math.sin(angle), y - 90 * math.cos(angle)), modifiers)


def test_a_box_is_drawn_turned_and_resized(empty: Bench) -> None:
    empty.run("tool_rotated")
    empty.drag((100, 100), (200, 160))
    assert found(empty) == on_disk(empty) == [RotatedBox((150.0, 130.0), 100.0, 60.0, 0.0)]
    turn(empty, 33, SHIFT)
    (shape,) = found(empty)
    assert isinstance(shape, RotatedBox)
    assert math.degrees(shape.angle) == pytest.approx(30, abs=0.01)
    turn(empty, 90, Qt.KeyboardModifier.NoModifier)
    (shape,) = found(empty)
    assert isinstance(shape, RotatedBox)
    assert math.degrees(shape.angle) == pytest.approx(90, abs=1)
    empty.press_key(Key.Key_Escape)
    turn(empty, 90, SHIFT)
    model = empty.place.boxes.model
    spoken = model.data(model.index(0), Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.endswith("100 by 60 pixels"), "its own sides, however it lies"
    # turned by a quarter its right edge looks down
    empty.drag((150, 180), (150, 200))
    (shape,) = found(empty)
    assert isinstance(shape, RotatedBox)
    assert shape.width == pytest.approx(120, abs=1) and shape.height == 60
    assert shape.center == pytest.approx((150, 140), abs=1)
    assert on_disk(empty) == [shape]
    for _ in range(4):
        empty.run("undo")
    assert found(empty) == [RotatedBox((150.0, 130.0), 100.0, 60.0, 0.0)]


def test_a_click_with_the_tool_takes_a_box_that_is_there(empty: Bench) -> None:
    empty.run("tool_rotated")
    empty.drag((50, 100), (110, 140))
    empty.drag((200, 100), (300, 160))
    assert empty.place.editor.selection == (1,)
    empty.click(80, 120)
    assert empty.place.editor.selection == (0,)
    turn(empty, 90, SHIFT)
    assert [math.degrees(shape.angle) for shape in found(empty)
            if isinstance(shape, RotatedBox)] == pytest.approx([90, 0], abs=0.01)
    empty.click(380, 280)
    assert not empty.place.editor.selection and len(found(empty)) == 2


def test_key_points_are_clicked_in_turn(empty: Bench) -> None:
    empty.run("tool_keypoints")
    empty.click(100, 100)
    empty.click(120, 80, SHIFT)
    assert empty.canvas.busy and found(empty) == []
    QTest.mouseClick(empty.canvas, Qt.MouseButton.RightButton, pos=empty.at(90, 90))
    points = Keypoints(((100.0, 100.0), (120.0, 80.0), (0.0, 0.0)), (2, 1, 0))
    assert found(empty) == on_disk(empty) == [points]
    empty.click(200, 100)
    empty.press_key(Key.Key_Backspace)
    assert not empty.canvas.busy, "the only point was taken back"
    empty.click(200, 100)
    empty.press_key(Key.Key_Return)
    assert found(empty)[1] == Keypoints(((200.0, 100.0), (0.0, 0.0), (0.0, 0.0)), (2, 0, 0))
    assert on_disk(empty) == found(empty)


def test_a_key_point_is_dragged_hidden_and_left_out(empty: Bench) -> None:
    empty.run("tool_keypoints")
    for point in ((100, 100), (120, 80), (80, 80)):
        empty.click(*point)
    empty.press_key(Key.Key_Escape)
    empty.drag((120, 80), (140, 70))
    empty.click(80, 80, ALT)
    (shape,) = found(empty)
    assert shape == Keypoints(((100.0, 100.0), (140.0, 70.0), (80.0, 80.0)), (2, 2, 1))
    empty.hover(140, 70)
    empty.run("delete")
    (shape,) = found(empty)
    assert isinstance(shape, Keypoints) and shape.visibility == (2, 0, 1)
    assert on_disk(empty) == [shape]


def test_without_a_skeleton_enter_ends(empty: Bench) -> None:
    empty.session.add_class("leaf")
    empty.place.editor.set_current_class("leaf")
    empty.run("tool_keypoints")
    for point in ((100, 100), (120, 80), (80, 80), (60, 60)):
        empty.click(*point)
    assert empty.canvas.busy
    empty.press_key(Key.Key_Return)
    (shape,) = found(empty)
    assert isinstance(shape, Keypoints) and len(shape.points) == 4
    assert empty.place.editor.objects[0].label == "leaf"


def test_the_skeleton_is_read_from_the_project(empty: Bench) -> None:
    assert empty.place.editor.skeleton("person").lines == ((0, 1), (0, 2))
    assert empty.place.editor.skeleton("leaf").points == ()
    empty.place.editor.add_shape(Keypoints(((100.0, 100.0), (200.0, 100.0)), (2, 2)), "person")
    empty.place.editor.select(())
    skeleton = empty.place.editor.skeleton("person").with_color(0, "#ff00ff")
    declare_skeletons(empty.session, [("person", skeleton)])  # one of its own, at once
    shown, own = empty.canvas.grab().toImage(), empty.canvas.pens.color("person").name()
    assert [shown.pixelColor(empty.at(x, 100)).name() for x in (100, 200)] == ["#ff00ff", own]
