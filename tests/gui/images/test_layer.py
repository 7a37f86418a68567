"""What stays is painted once; what is painted anew in part looks as if all had been."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from workbench.core.annotation import LabeledObject
from workbench.core.shapes import Box

if TYPE_CHECKING:
    from conftest import Bench

    from workbench.gui.label.images.canvas import Canvas


def shown(canvas: Canvas) -> QImage:
    return canvas.grab().toImage()


def painted_anew(canvas: Canvas) -> QImage:
    canvas.layer.invalidate()
    return shown(canvas)


def same(first: QImage, second: QImage) -> bool:
    """Equal but for a rounding of the scaled picture, which begins at another pixel."""
    if first == second:
        return True
    one, two = (image.convertToFormat(QImage.Format.Format_RGB32) for image in (first, second))
    apart = np.abs(np.subtract(*(np.frombuffer(image.constBits(), np.uint8).astype(np.int16)
                                 for image in (one, two))))
    at, worst = int(apart.argmax()) // 4, int(apart.max())
    print("largest difference", worst, "at", (at % one.width(), at // one.width()))
    return worst <= 2


def test_moving_the_mouse_and_dragging_repaint_no_other_box(bench: Bench, crowd: Path) -> None:
    bench.open_project(crowd)
    canvas = bench.canvas
    shown(canvas)
    bench.click(12, 14)
    shown(canvas)
    rebuilds, repairs = canvas.layer.rebuilds, canvas.layer.repairs
    for step in range(40):
        bench.hover(5 + 40 * step, 700)
        shown(canvas)
    bench.run("draw")
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=bench.at(1000, 800))
    for step in range(20):
        bench._move(bench.at(1000 + step * 10, 810 + step * 5), Qt.MouseButton.LeftButton,
                    Qt.KeyboardModifier.NoModifier)
        shown(canvas)
    assert canvas.layer.rebuilds == rebuilds
    # Leaving the selection for draw mode put one box back into the layer.
    assert canvas.layer.repairs <= repairs + 1


def test_an_edit_repaints_only_around_it(bench: Bench, crowd: Path) -> None:
    bench.open_project(crowd)
    canvas = bench.canvas
    shown(canvas)
    rebuilds = canvas.layer.rebuilds
    bench.run("draw")
    bench.drag((1000, 800), (1100, 900))
    bench.press_key(Qt.Key.Key_Escape)
    bench.run("undo")
    bench.run("redo")
    bench.click(12, 14)
    bench.run("delete")
    after = shown(canvas)
    assert canvas.layer.rebuilds == rebuilds
    assert same(after, painted_anew(canvas))


def test_repairs_look_like_a_whole_new_painting(bench: Bench, cells: Path) -> None:
    bench.open_project(cells)
    canvas = bench.canvas
    shown(canvas)
    editor = bench.place.editor
    x0, y0, x1, y1 = editor.objects[2].box
    editor.select((2,))
    bench.drag(((x0 + x1) / 2, (y0 + y1) / 2), ((x0 + x1) / 2 + 33, (y0 + y1) / 2 + 21))
    editor.select((0, 3))
    assert same(shown(canvas), painted_anew(canvas)), "after a move and another selection"
    bench.run("difficult")
    editor.select((1,))
    bench.run("class_1")
    bench.run("delete")
    bench.run("undo")
    editor.select(())
    assert same(shown(canvas), painted_anew(canvas)), "after marks, class, delete and undo"


def test_moving_the_picture_keeps_what_stays_in_view(bench: Bench, cells: Path) -> None:
    bench.open_project(cells)
    canvas = bench.canvas
    bench.wheel(300, 200, 600)
    shown(canvas)
    rebuilds = canvas.layer.rebuilds
    for dx, dy in ((17.0, 0.0), (-40.0, 12.0), (3.3, -55.7), (0.4, 0.4)):
        canvas.pan(dx, dy)
        moved = shown(canvas)
        assert canvas.layer.rebuilds == rebuilds
        assert same(moved, painted_anew(canvas))
        rebuilds = canvas.layer.rebuilds


def test_difficult_boxes_carry_a_mark(bench: Bench, squares: Path) -> None:
    bench.open_project(squares)
    canvas = bench.canvas
    before = shown(canvas)
    bench.place.editor.select((0,))
    bench.run("difficult")
    bench.place.editor.select(())
    after = shown(canvas)
    corner = bench.at(300, 50)
    assert before.pixel(corner.x() - 3, corner.y() + 3) != after.pixel(corner.x() - 3,
                                                                       corner.y() + 3)
    left = bench.at(100, 250)
    assert before.pixel(left.x() + 3, left.y() - 3) == after.pixel(left.x() + 3, left.y() - 3)


def test_boxes_take_the_class_colour_and_follow_it(bench: Bench, squares: Path) -> None:
    bench.open_project(squares)
    edge = bench.at(200, 250)
    assert color_at(bench, edge.x(), edge.y()) == bench.place.colors.name("big")
    bench.session.set_class_color("big", "#00ff00")
    assert color_at(bench, edge.x(), edge.y()) == "#00ff00"
    bench.run("hide_boxes")
    assert color_at(bench, edge.x(), edge.y()) != "#00ff00"


def color_at(bench: Bench, x: int, y: int) -> str:
    return f"#{shown(bench.canvas).pixel(x, y) & 0xFFFFFF:06x}"


def test_a_name_that_gets_room_appears(bench: Bench, squares: Path) -> None:
    """The label of a box may depend on a neighbour's: deleting that one paints it, too."""
    session = bench.open_project(squares)
    twins = tuple(LabeledObject("big", Box(*box)) for box in
                  ((100, 50, 300, 250), (104, 52, 300, 250)))
    session.edit("a.png", twins, "prepare")
    bench.place.editor.select(())
    shown(bench.canvas)
    session.edit("a.png", twins[1:], "delete the first")
    bench.place.editor.select(())
    after = shown(bench.canvas)
    assert same(after, painted_anew(bench.canvas))


def test_a_selected_box_stays_when_another_one_goes(bench: Bench, squares: Path) -> None:
    """Undo in another place may move the positions of boxes under the selection."""
    session = bench.open_project(squares)
    row = tuple(LabeledObject("big", Box(x, 50, x + 60, 120)) for x in (20, 120, 220))
    session.edit("a.png", row, "prepare")
    bench.place.editor.select((2,))
    shown(bench.canvas)
    session.edit("a.png", row[1:], "delete the first")
    assert same(shown(bench.canvas), painted_anew(bench.canvas))
    bench.place.editor.select(())
    assert same(shown(bench.canvas), painted_anew(bench.canvas))
