"""Help while drawing, with a real mouse: lines along edges, superpixels, a model and clicks."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtTest import QTest

from tests.support.tiny_pairs import write_pair
from workbench.core.outlines import Mask, Polygon
from workbench.formats.voc import read_voc
from workbench.gui.label.images.edge_tool import DrawAlongEdges
from workbench.gui.label.images.prompt_tool import PromptObject
from workbench.gui.label.images.superpixel_tool import layer_of

if TYPE_CHECKING:
    from conftest import Bench

Key = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
MIDDLE, RADIUS = (200.0, 150.0), 90.0


@pytest.fixture
def disk(bench: Bench, tmp_path: Path) -> Bench:
    """Two images of 400 × 300: a dark disk on light ground."""
    (tmp_path / "p").mkdir()
    image = QImage(400, 300, QImage.Format.Format_RGB32)
    image.fill(QColor("#d8d2c0"))
    painter = QPainter(image)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor("#3c5a78"))
    painter.drawEllipse(QPointF(*MIDDLE), RADIUS, RADIUS)
    painter.end()
    assert image.save(str(tmp_path / "p" / "a.png")) and image.save(str(tmp_path / "p" / "b.png"))
    bench.open_project(tmp_path / "p")
    bench.session.add_class("cell")
    return bench


def rim(turn: float, radius: float = RADIUS) -> tuple[float, float]:
    """A point of the disk's edge, at a share of its way around."""
    return (MIDDLE[0] + radius * math.cos(turn * 2 * math.pi),
            MIDDLE[1] + radius * math.sin(turn * 2 * math.pi))


def off_the_disk(shape: Polygon) -> float:
    """How far the farthest point lies from the disk's edge."""
    return max(abs(math.dist(point, MIDDLE) - RADIUS) for point in shape.rings[0])


def area(shape: Polygon) -> float:
    ring = shape.rings[0]
    return abs(sum(a[0] * b[1] - b[0] * a[1]
                   for a, b in zip(ring, (*ring[1:], ring[0]), strict=True))) / 2


def gesture(bench: Bench) -> DrawAlongEdges:
    held = bench.canvas.active_gesture
    assert isinstance(held, DrawAlongEdges)
    return held


def test_a_line_follows_the_edge_from_click_to_click(disk: Bench) -> None:
    editor = disk.place.editor
    disk.run("tool_edges")
    assert disk.place.status()[0].endswith("Draw polygons along edges")

    def click(turn: float, radius: float = RADIUS) -> None:
        disk.hover(*rim(turn, radius))
        disk.click(*rim(turn, radius))

    for turn in (0.0, 0.3, 0.6):  # three clicks a little beside the edge, each looked at
        click(turn, RADIUS + 3)
        disk.wait(lambda: gesture(disk).ready)
    one_more = len(gesture(disk).points)
    click(0.8)
    disk.press_key(Key.Key_Backspace)  # takes the click back with all points it brought
    assert len(gesture(disk).points) == one_more
    disk.wait(lambda: gesture(disk).ready)
    click(0.0)  # the first point closes
    assert not disk.canvas.busy
    (found,) = editor.objects
    assert isinstance(found.shape, Polygon) and off_the_disk(found.shape) < 2.5
    assert area(found.shape) == pytest.approx(math.pi * RADIUS**2, rel=0.03)
    assert len(found.shape.rings[0]) < 60, "with few points"
    disk.saved()
    path = disk.session.index.annotation_path("a.png")
    assert [item.shape for item in read_voc(path).annotation.objects] == [found.shape]
    disk.run("undo")
    assert editor.objects == ()

    for turn in (0.0, 0.3, 0.6, 0.9):  # clicks that are quicker than the computing
        click(turn)
    disk.wait(lambda: gesture(disk).ready)
    disk.press_key(Key.Key_Return)
    (found,) = editor.objects
    assert off_the_disk(found.shape) < 2.5 and len(found.shape.rings[0]) > 12
    disk.run("undo")

    click(0.0)
    for turn in (0.3, 0.6):  # straight with Shift
        disk.click(*rim(turn), SHIFT)
    disk.click(*rim(0.6), SHIFT)  # a double click
    assert [len(item.shape.rings[0]) for item in editor.objects] == [3]

    click(0.0)
    disk.press_key(Key.Key_Escape)
    assert not disk.canvas.busy and len(editor.objects) == 1


def test_superpixels_are_painted_over(disk: Bench) -> None:
    editor = disk.place.editor
    disk.run("tool_superpixels")
    layer = layer_of(disk.canvas)

    def ready() -> bool:
        return layer.patches is not None and not layer.busy

    def mask() -> Mask:
        (item,) = editor.objects
        assert isinstance(item.shape, Mask)
        return item.shape

    disk.wait(ready)
    before = layer.patches
    slider = disk.place.viewer.tool_slider
    assert slider is not None and slider.isVisible() and slider.slider is not None
    slider.slider.set_value(40)
    disk.wait(lambda: ready() and layer.patches is not before)
    assert editor.patch_size == 40
    disk.drag((150, 150), (250, 150))
    first = mask()
    assert 1_000 < first.area < 0.7 * math.pi * RADIUS**2
    disk.drag((200, 65), (200, 235))  # goes on with the mask
    assert mask().area > first.area
    assert (mask().y, mask().y + mask().height) == pytest.approx((60, 240), abs=2), \
        "patches end where the colours do"
    disk.click(200, 150, CONTROL)  # takes a patch away
    less = mask()
    assert not less.contains((200.5, 150.5)) and less.contains((150.5, 150.5))
    disk.run("undo")
    disk.run("undo")
    assert mask() == first, "each stroke is one step"
    disk.press_key(Key.Key_Return)  # begins another mask
    disk.click(20, 20)
    assert [item.shape.contains((20.5, 20.5)) for item in editor.objects] == [False, True]
    disk.press_key(Key.Key_Return)
    disk.click(380, 280, CONTROL)
    assert disk.said[-1][1] == "There is no mask here to take superpixels from."


def test_a_model_finds_things_by_clicks(disk: Bench, tmp_path: Path) -> None:
    editor, desk = disk.place.editor, disk.place.prompts
    disk.run("tool_prompt")
    assert "needs a model" in disk.said[-1][1]
    withdrawn: list[str] = []
    disk.context.withdrawn.connect(withdrawn.append)
    disk.run("tool_polygon")
    assert withdrawn[-1] == disk.said[-1][1], "with another tool it needs none"
    disk.run("tool_prompt")
    files = [str(path) for path in write_pair(tmp_path)]
    desk.open(files[:1])
    disk.wait(lambda: disk.said[-1][0] == "bad")
    assert disk.said[-1][1] == "Choose two ONNX files: an encoder and its decoder."
    disk.click(200, 150)
    assert "needs a model" in disk.said[-1][1] and not disk.canvas.busy
    desk.open(files)
    disk.wait(lambda: desk.ready and len(desk.looked_at) == 2)
    assert desk.is_looked_at() and desk.files == files, "the next one, too; they are remembered"

    def prompted() -> PromptObject:
        held = disk.canvas.active_gesture
        assert isinstance(held, PromptObject)
        return held

    def answered() -> bool:
        return prompted().found is not None and not prompted().asking

    disk.click(200, 150)
    disk.wait(answered)
    disk.click(20, 20)  # the ground, too
    disk.wait(lambda: answered() and len(prompted().clicks) == 2)
    disk.press_key(Key.Key_Backspace)
    disk.wait(lambda: answered() and len(prompted().clicks) == 1)
    disk.press_key(Key.Key_Return)
    (item,) = editor.objects
    assert isinstance(item.shape, Mask) and item.label == "cell"
    assert item.shape.area == pytest.approx(math.pi * RADIUS**2, rel=0.03)
    disk.run("undo")
    disk.drag((170, 120), (230, 180))  # a box, and Enter before there is an answer
    disk.press_key(Key.Key_Return, SHIFT)
    disk.wait(lambda: len(editor.objects) == 1)
    (item,) = editor.objects
    assert isinstance(item.shape, Polygon) and off_the_disk(item.shape) < 2.5
    disk.run("undo")
    disk.click(200, 150)
    disk.wait(answered)
    QTest.mouseClick(disk.canvas, Qt.MouseButton.RightButton, pos=disk.at(210, 150))
    disk.wait(lambda: answered() and len(prompted().clicks) == 2)
    disk.press_key(Key.Key_Return)
    assert editor.objects == () and not disk.canvas.busy, "nothing is left"
    disk.click(200, 150)
    disk.press_key(Key.Key_Escape)
    assert editor.objects == () and not disk.canvas.busy


def test_the_navigator_shows_where_one_is_and_moves_the_view(disk: Bench) -> None:
    viewer, viewport = disk.place.viewer, disk.canvas.viewport
    disk.run("navigator")
    navigator = viewer.navigator
    assert navigator is not None and not navigator.isVisible(), "all of the picture is in view"
    disk.canvas.zoom_by(8.0, (300.0, 200.0))
    assert navigator.isVisible() and navigator.width() > navigator.height()
    side = navigator.scale
    QTest.mouseClick(navigator, Qt.MouseButton.LeftButton,
                     pos=QPointF(300 * side, 100 * side).toPoint())
    assert viewport.center() == pytest.approx((300, 100), abs=3)
    assert navigator.frame.center().x() == pytest.approx(300 * side, abs=2)
    shown = navigator.grab().toImage()
    assert shown.pixelColor(3, navigator.height() - 4).lightness() < 150, "the rest is shaded"
    disk.canvas.fit()
    assert not navigator.isVisible()
    disk.canvas.zoom_by(8.0, (300.0, 200.0))
    disk.run("navigator")
    assert not navigator.isVisible() and not disk.place.has_navigator
