"""The picture on the canvas is zoomed and moved; what lies on it stays."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from tests.support.touch_pad import pinch

if TYPE_CHECKING:
    from conftest import Bench

Key = Qt.Key


def boxes(bench: Bench) -> list[tuple[float, ...]]:
    return [item.box for item in bench.place.editor.objects]


def test_the_wheel_zooms_to_the_cursor(two: Bench) -> None:
    point = two.at(333, 222)
    before = two.canvas.viewport.to_image((point.x(), point.y()))
    scale = two.canvas.viewport.scale
    two.wheel(333, 222, 240)
    assert two.canvas.viewport.scale == pytest.approx(scale * 1.2**2, rel=0.01)
    assert two.canvas.viewport.to_image((point.x(), point.y())) == pytest.approx(before)
    two.run("fit")
    assert two.canvas.viewport.scale == scale
    two.run("actual_size")
    assert two.canvas.viewport.scale == 1.0


def test_two_fingers_zoom_around_them(two: Bench) -> None:
    point = QPointF(two.at(333, 222))
    before = two.canvas.viewport.to_image((point.x(), point.y()))
    scale = two.canvas.viewport.scale
    pinch(two.canvas, point, 0.25)
    assert two.canvas.viewport.scale == pytest.approx(scale * 1.25)
    assert two.canvas.viewport.to_image((point.x(), point.y())) == pytest.approx(before)
    pinch(two.canvas, point, -0.2)
    assert two.canvas.viewport.scale == pytest.approx(scale)


def pushed(bench: Bench, button: Qt.MouseButton) -> tuple[float, float]:
    """How far the picture goes when bare image is dragged by (30, 25)."""
    before = (bench.canvas.viewport.x, bench.canvas.viewport.y)
    start = bench.at(20, 20)
    end = start + QPoint(30, 25)
    QTest.mousePress(bench.canvas, button, pos=start)
    bench._move(end, button, Qt.KeyboardModifier.NoModifier)
    QTest.mouseRelease(bench.canvas, button, pos=end)
    return bench.canvas.viewport.x - before[0], bench.canvas.viewport.y - before[1]


@pytest.mark.parametrize("how", ["middle", "space", "hand", "option", "hidden"])
def test_the_picture_is_moved_on_purpose(two: Bench, how: str) -> None:
    button = Qt.MouseButton.MiddleButton if how == "middle" else Qt.MouseButton.LeftButton
    two.canvas.setFocus()
    if how == "space":
        QTest.keyPress(two.canvas, Key.Key_Space)
        assert two.canvas.cursor().shape() == Qt.CursorShape.OpenHandCursor
    elif how in ("hand", "option", "hidden"):
        two.run({"hand": "hand", "option": "drag_pans", "hidden": "hide_boxes"}[how])
    assert pushed(two, button) == pytest.approx((30, 25))
    if how == "space":
        QTest.keyRelease(two.canvas, Key.Key_Space)
    assert boxes(two) == [(100, 50, 300, 250), (150, 100, 200, 150)]
    assert not two.place.editor.verified, "Space was held to move"
    if how == "hand":
        two.press_key(Key.Key_Escape)
    elif how == "option":
        two.run("drag_pans")
    elif how == "hidden":
        two.run("hide_boxes")
    two.run("fit")
    assert pushed(two, Qt.MouseButton.LeftButton) == (0, 0)
    assert len(boxes(two)) == 3, "and then a drag draws again"


def test_an_image_that_cannot_be_edited_is_moved_by_dragging(bench: Bench, squares: Path) -> None:
    (squares / "a.xml").write_text("<annotation><object>", "utf-8")
    bench.open_project(squares)
    assert pushed(bench, Qt.MouseButton.LeftButton) == pytest.approx((30, 25))
