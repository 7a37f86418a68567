"""Masks with a real mouse: painted, erased and filled."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest

from workbench.core.outlines import Mask, mask_of_spans
from workbench.core.shapes import Shape
from workbench.formats.voc import read_voc
from workbench.gui.label.images import brush_tool, outline_work
from workbench.gui.label.images.drawing_tools import BUNDLED
from workbench.gui.label.images.outlines import Outlines
from workbench.gui.label.images.viewport import Viewport

if TYPE_CHECKING:
    from conftest import Bench

Key = Qt.Key
LEFT = Qt.MouseButton.LeftButton
ALT, SHIFT = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def empty(bench: Bench, tmp_path: Path, write_image: Callable[[Path, int, int], Path]) -> Bench:
    """One image of 400 × 300 with stripes and without labels."""
    write_image(tmp_path / "p" / "a.png", 400, 300)
    bench.open_project(tmp_path / "p")
    bench.session.add_class("cell")
    return bench


def found(bench: Bench) -> list[Shape]:
    return [item.shape for item in bench.place.editor.objects]


def masks(bench: Bench) -> list[Mask]:
    shapes = found(bench)
    assert on_disk(bench) == shapes
    return [shape for shape in shapes if isinstance(shape, Mask)]


def on_disk(bench: Bench) -> list[Shape]:
    bench.saved()
    path = bench.session.index.annotation_path("a.png")
    return [item.shape for item in read_voc(path).annotation.objects] if path.exists() else []


def test_strokes_make_one_mask_and_each_is_undone(empty: Bench) -> None:
    empty.run("tool_brush")
    empty.drag((100, 100), (200, 100))
    (first,) = masks(empty)
    assert first.area == pytest.approx(100 * 20 + math.pi * 100, rel=0.05)
    assert first.contains((150, 95)) and not first.contains((150, 115))
    empty.drag((150, 80), (150, 160))
    (second,) = masks(empty)
    assert second.area > first.area and second.contains((150, 150))
    empty.drag((100, 100), (200, 100), ALT)
    (third,) = masks(empty)
    assert not third.contains((150, 100)) and third.contains((150, 150))
    for expected in (second, first):
        empty.run("undo")
        assert masks(empty) == [expected]
    empty.run("undo")
    assert found(empty) == []


def test_enter_begins_another_mask_and_escape_lets_go(empty: Bench) -> None:
    empty.run("tool_brush")
    empty.click(100, 100)
    empty.press_key(Key.Key_Return)
    empty.click(200, 200)
    assert len(masks(empty)) == 2
    empty.press_key(Key.Key_Escape)
    assert empty.place.editor.selection == () and empty.canvas.picker.tool is not None
    empty.press_key(Key.Key_Escape)
    assert empty.canvas.picker.tool is None


def test_the_eraser_takes_the_mask_under_it_and_the_last_pixel_the_object(empty: Bench) -> None:
    empty.run("tool_brush")
    empty.click(100, 100)
    empty.run("tool_eraser")
    empty.place.editor.select(())
    empty.click(300, 200)
    assert empty.said[-1][1] == "There is no mask here to erase from."
    empty.click(108, 100)
    (left,) = masks(empty)
    assert left.contains((93, 100)) and not left.contains((105, 100))
    empty.drag((80, 100), (130, 100))
    assert masks(empty) == []
    empty.run("undo")
    assert masks(empty) == [left]


def test_the_size_is_set_by_keys_and_wheel(empty: Bench) -> None:
    editor = empty.place.editor
    empty.run("brush_larger")
    assert editor.brush_size == 20, "only with a brush in the hand"
    empty.run("tool_brush")
    empty.run("brush_larger")
    assert editor.brush_size == 30
    empty.run("brush_smaller")
    empty.run("brush_smaller")
    assert editor.brush_size == 13
    scale = empty.canvas.viewport.scale
    empty.wheel(100, 100, 120, SHIFT)
    assert editor.brush_size == 20 and empty.canvas.viewport.scale == scale
    for _ in range(5):  # as a touch pad tells of it
        empty.wheel(100, 100, -30, SHIFT)
    assert editor.brush_size == 13
    empty.wheel(100, 100, 120)
    assert empty.canvas.viewport.scale > scale


def test_each_tool_shows_its_own_size(empty: Bench) -> None:
    buttons = {button.accessibleName(): button for button in empty.place.viewer.toolbar.shapes}
    titles = {tool.id: tool.title for tool in BUNDLED}
    heights = set()
    for tool, words in (("brush", "Brush"), ("eraser", "Eraser"), ("fill", "Tolerance"),
                        ("superpixels", "Superpixels"), ("brush", "Brush")):
        QTest.mouseClick(buttons[titles[tool]], LEFT)
        card = empty.place.viewer.tool_slider
        assert card is not None and card.isVisible() and card.slider is not None
        assert card.slider.isVisible()
        assert card.slider.slider.accessibleName() == words
        heights.add(card.height())
    assert len(heights) == 1
    empty.press_key(Key.Key_Escape)
    assert not card.isVisible()


def test_the_size_is_folded_away_and_stays_so(empty: Bench) -> None:
    empty.run("tool_brush")
    card = empty.place.viewer.tool_slider
    assert card is not None and card.slider is not None
    wide = card.width()
    QTest.mouseClick(card.fold_button, LEFT)
    assert not card.slider.isVisible() and card.isVisible() and card.width() < wide / 3
    empty.run("tool_eraser")
    assert not card.slider.isVisible() and card.fold_button.isVisible()
    assert empty.place._memory.folded("tool_size")
    QTest.mouseClick(card.fold_button, LEFT)
    assert card.slider.isVisible() and card.width() == wide


def test_a_click_fills_one_colour(empty: Bench) -> None:
    empty.run("tool_fill")
    empty.click(15, 12)  # between two lines and two stripes
    (mask,) = masks(empty)
    assert mask == Mask(10, 4, 10, 16, (0, 160))


@pytest.fixture
def ramp(bench: Bench, tmp_path: Path) -> Bench:
    """An image of 400 × 300 whose columns become lighter from left to right, by 1 every 2."""
    picture = QImage(400, 300, QImage.Format.Format_RGB32)
    for x in range(400):
        for y in range(300):
            picture.setPixel(x, y, QColor(x // 2, x // 2, x // 2).rgb())
    (tmp_path / "p").mkdir()
    picture.save(str(tmp_path / "p" / "a.png"))
    bench.open_project(tmp_path / "p")
    bench.session.add_class("cell")
    return bench


def test_the_tolerance_of_filling_follows_keys_and_the_mouse(ramp: Bench) -> None:
    editor, scale = ramp.place.editor, ramp.canvas.viewport.scale
    ramp.run("tool_fill")
    ramp.click(200, 150)
    (mask,) = masks(ramp)
    assert (mask.x, mask.width, mask.height) == (152, 98, 300)  # 24 to each side
    ramp.run("undo")
    ramp.run("brush_larger")
    assert editor.fill_tolerance == 28 and ramp.place.status()[0].endswith("tolerance 28")
    ramp.run("brush_smaller")
    ramp.drag((200, 150), (200 + 40 / scale, 150))
    (mask,) = masks(ramp)
    assert editor.fill_tolerance == 44 and (mask.x, mask.width) == (112, 178)
    card = ramp.place.viewer.tool_slider
    assert card is not None and card.slider is not None and card.slider.value() == 44
    ramp.press_key(Key.Key_Return)
    ramp.drag((200, 150), (200 - 80 / scale, 150))
    assert editor.fill_tolerance == 4 and masks(ramp)[-1].width == 18


def test_sizes_of_tools_are_remembered_for_the_project(
        ramp: Bench, tmp_path: Path, write_image: Callable[[Path, int, int], Path]) -> None:
    ramp.run("tool_fill")
    ramp.run("brush_larger")
    write_image(tmp_path / "q" / "a.png", 40, 30)
    ramp.open_project(tmp_path / "q")
    ramp.run("brush_larger")
    assert ramp.place.editor.fill_tolerance == 32
    ramp.open_project(tmp_path / "p")
    assert ramp.place.editor.fill_tolerance == 28
    ramp.open_project(tmp_path / "q")
    assert ramp.place.editor.fill_tolerance == 32
    ramp.place.editor.set_tool_sizes("as of another version")
    assert ramp.place.editor.fill_tolerance == 32


def test_the_window_goes_on_while_a_large_picture_is_filled(
        ramp: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on, real = threading.Event(), brush_tool.fill_pixels

    def slow(*given: Any) -> Any:
        assert threading.current_thread() is not threading.main_thread()
        assert go_on.wait(60)
        return real(*given)

    monkeypatch.setattr(brush_tool, "fill_pixels", slow)
    monkeypatch.setattr(outline_work, "AT_ONCE", 100)
    work = ramp.place.outline_work
    ramp.run("tool_fill")
    ramp.click(200, 150)
    assert found(ramp) == [] and work.busy and "Filling …" in ramp.place.status()[0]
    go_on.set()
    ramp.wait(lambda: not work.busy)
    ramp.click(300, 150)
    ramp.wait(lambda: not work.busy)
    (mask,) = masks(ramp)
    assert (mask.x, mask.width) == (152, 198)
    ramp.run("undo")
    (mask,) = masks(ramp)
    assert (mask.x, mask.width) == (152, 98)


def test_what_a_drag_would_fill_is_seen_and_escape_takes_it_back(ramp: Bench) -> None:
    ramp.run("tool_fill")
    QTest.mousePress(ramp.canvas, LEFT, pos=ramp.at(200, 150))
    before = ramp.canvas.grab().toImage().pixel(ramp.at(230, 250))
    ramp._move(ramp.at(200, 150) + QPoint(10, 0), LEFT, Qt.KeyboardModifier.NoModifier)
    assert ramp.canvas.grab().toImage().pixel(ramp.at(230, 250)) != before
    ramp.press_key(Key.Key_Escape)
    QTest.mouseRelease(ramp.canvas, LEFT, pos=ramp.at(220, 150))
    assert found(ramp) == [] and ramp.place.editor.fill_tolerance == 24
    assert ramp.canvas.grab().toImage().pixel(ramp.at(230, 250)) == before


@pytest.mark.parametrize("scale", [0.05, 0.5, 2.0])
def test_of_a_large_mask_what_is_in_view_is_painted(scale: float) -> None:
    mask = mask_of_spans((row, row % 7, 9000 - 13 * (row % 50)) for row in range(300))
    viewport = Viewport()
    viewport.set_view(500.0, 200.0)
    viewport.set_image((10_000, 400))
    viewport.zoom_to(scale, (0.0, 0.0))
    viewport.pan(-8_500 * scale, -100 * scale)
    image, step, (x, y, width, height) = Outlines().mask(mask, viewport)
    left, top, right, bottom = viewport.visible()
    assert x <= max(left, mask.x) and x + width >= min(right, mask.x + mask.width)
    assert y <= max(top, mask.y) and y + height >= min(bottom, mask.y + mask.height)
    assert image.width() <= 8192
    for column in range(0, image.width(), 37):
        for row in range(0, image.height(), 11):
            inside = mask.contains((x + column * step, y + row * step))
            assert image.pixelIndex(column, row) == inside, (column, row)


def test_a_stroke_ends_at_the_edge_of_the_image(empty: Bench) -> None:
    empty.run("tool_brush")
    empty.drag((395, 150), (399, 150))
    (mask,) = masks(empty)
    assert mask.bounds()[2] == 400


def test_a_mask_that_a_file_made_absurdly_wide_is_painted_within_the_image(empty: Bench) -> None:
    wide = Mask(0, 100, 900_000_000, 1, (0, 900_000_000))
    empty.place.editor.add_shape(wide, "cell")
    empty.run("tool_brush")
    empty.click(200, 100)
    (mask,) = masks(empty)
    assert mask.bounds() == (0, 90, 400, 110)
