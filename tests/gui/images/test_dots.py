"""Dots with a real mouse: one click for each thing that is counted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QRect, Qt

from workbench.core.dots import dot_at
from workbench.formats.voc import read_voc
from workbench.gui.label.classes import BOXES
from workbench.gui.shell.command_palette import CommandPalette
from workbench.gui.widgets.class_panel import ClassPanel
from workbench.gui.widgets.row_view import RIGHT_ROLE

if TYPE_CHECKING:
    from conftest import Bench

Key = Qt.Key
ALT, SHIFT = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier
Dot = tuple[str, tuple[float, float]]


@pytest.fixture
def beach(bench: Bench, tmp_path: Path, write_image: Callable[[Path, int, int], Path]) -> Bench:
    """One image of 400 × 300 without labels, two classes, and the tool in the hand."""
    write_image(tmp_path / "p" / "a.png", 400, 300)
    (tmp_path / "p" / "workbench.toml").write_text('classes = ["seal", "penguin"]\n')
    bench.open_project(tmp_path / "p")
    bench.run("tool_dots")
    return bench


def there(bench: Bench) -> list[Dot]:
    found = [(item.label, item.shape) for item in bench.place.editor.objects]
    dots = [(label, shape.bounds()[:2]) for label, shape in found]
    assert [shape for _, shape in found] == [dot_at(place) for _, place in dots]
    return dots


def on_disk(bench: Bench) -> list[tuple[str, object]]:
    bench.saved()
    path = bench.session.index.annotation_path("a.png")
    return [(item.label, item.shape) for item in read_voc(path).annotation.objects]


def test_each_click_is_a_dot_of_the_class_of_its_digit(beach: Bench) -> None:
    beach.click(50, 60)
    beach.click(90, 60)
    beach.place.editor.choose_class("penguin")
    beach.click(200, 100)
    assert there(beach) == [("seal", (50, 60)), ("seal", (90, 60)), ("penguin", (200, 100))]
    assert on_disk(beach) == [(label, dot_at(place)) for label, place in there(beach)]
    assert beach.canvas.picker.controller is not None
    assert beach.canvas.picker.controller.status() == "1 dot of penguin"
    beach.run("undo")
    assert len(there(beach)) == 2, "each is one step"
    beach.run("undo")
    assert there(beach) == [("seal", (50, 60))]


def test_who_wants_to_count_finds_the_tool(beach: Bench) -> None:
    palette = CommandPalette(beach.context, lambda: "images", beach.place, [])
    beach.qtbot.addWidget(palette)
    palette.open("count")
    assert "Set dots" in [entry.text for entry in palette.model.entries[:4]]
    palette.close_palette()


def test_a_dot_is_moved_and_removed(beach: Bench) -> None:
    for x in (50, 100, 150):
        beach.click(x, 60)
    beach.drag((100, 60), (120, 90))
    assert there(beach)[1] == ("seal", (120, 90))
    beach.click(51, 61, ALT)
    assert [place for _, place in there(beach)] == [(120, 90), (150, 60)]
    beach.hover(150, 60)
    beach.run("delete")
    assert [place for _, place in there(beach)] == [(120, 90)]
    beach.click(300, 200, ALT)
    assert len(there(beach)) == 1, "there was nothing to remove"
    for _ in range(3):
        beach.run("undo")
    assert [place for _, place in there(beach)] == [(50, 60), (100, 60), (150, 60)]


def test_a_digit_after_undo_is_about_the_next_dot(beach: Bench) -> None:
    for x in (50, 100, 150):
        beach.click(x, 60)
    beach.click(51, 61, ALT)
    for step in ("undo", "redo", "undo"):
        beach.run(step)
        assert not beach.place.editor.selection, step
    beach.place.editor.choose_class("penguin")
    assert [label for label, _ in there(beach)] == ["seal"] * 3
    beach.drag((80, 30), (170, 90), SHIFT)
    beach.run("delete")
    beach.run("undo")
    assert beach.place.editor.selection == (1, 2), "what one frame held comes back as one"


def test_no_name_hides_the_dots_that_are_selected(beach: Bench) -> None:
    for x in (100, 118, 136):
        beach.click(x, 60)
    beach.drag((80, 30), (170, 90), SHIFT)
    beach.hover(300, 200)
    second = beach.at(118, 60)
    color = beach.canvas.grab().toImage().pixelColor(second).getRgb()[:3]
    assert color == beach.canvas.pens.color("seal").getRgb()[:3]
    between = beach.canvas.grab(QRect(second.x() - 12, second.y() - 20, 26, 8)).toImage()
    assert all(between.pixelColor(x, y).getRgb()[:3] != color
               for x in range(between.width()) for y in range(between.height()))


def test_a_dot_has_a_place_and_no_size(beach: Bench) -> None:
    beach.click(120, 60)
    beach.drag((80, 30), (170, 90), SHIFT)
    said = beach.place.selected.size_label.text()
    assert said == "Dot\nat 120, 60 px"


def test_a_list_of_classes_that_comes_later_counts_what_is_there(beach: Bench) -> None:
    for x in (50, 100):
        beach.click(x, 60)
    beach.wait(lambda: beach.session.index.class_counts()["seal"] == 2)
    late = ClassPanel(beach.place.editor, beach.context.theme, beach.place.colors, use=BOXES)
    beach.qtbot.addWidget(late)
    late.set_session(beach.session)
    assert late.model.cell(0, RIGHT_ROLE) == "2 of 2"


def test_many_are_selected_by_a_frame_for_another_class_or_to_go(beach: Bench) -> None:
    for x in (50, 100, 150, 250):
        beach.click(x, 60)
    beach.drag((30, 30), (170, 90), SHIFT)
    assert beach.place.editor.selection == (0, 1, 2)
    beach.place.editor.choose_class("penguin")
    assert [label for label, _ in there(beach)] == ["penguin"] * 3 + ["seal"]
    beach.run("delete")
    assert there(beach) == [("seal", (250, 60))]
    beach.click(100, 100)
    assert there(beach)[-1] == ("penguin", (100, 100)) and not beach.place.editor.selection


def test_without_the_tool_a_dot_is_an_object_as_others(beach: Bench) -> None:
    beach.click(100, 100)
    beach.press_key(Key.Key_Escape)
    assert beach.canvas.tool is None
    beach.click(101, 101)
    assert beach.place.editor.selection == (0,)
    beach.drag((100, 100), (140, 120))
    assert there(beach) == [("seal", (140, 120))]
    beach.run("delete")
    assert there(beach) == []


def test_a_dot_is_seen_on_light_and_dark(beach: Bench) -> None:
    beach.click(100, 100)
    at = beach.at(100, 100)
    image = beach.canvas.grab().toImage()
    seen = [image.pixelColor(at.x() + x, at.y() + y).lightness()
            for x in range(-7, 8) for y in range(-7, 8)]
    assert max(seen) > 235 and min(seen) < 40, "a light ring and a dark one"


def test_dots_can_be_numbered(beach: Bench) -> None:
    for x in (100, 200):
        beach.click(x, 100)

    def written() -> set[tuple[int, int]]:
        """Where something white is at the right of the second dot."""
        at = beach.at(200, 100)
        image = beach.canvas.grab(QRect(at.x() + 8, at.y() - 8, 16, 16)).toImage()
        return {(x, y) for x in range(16) for y in range(16)
                if image.pixelColor(x, y).lightness() > 200}

    assert not written()
    beach.run("number_dots")
    second = written()
    assert second
    beach.click(101, 101, ALT)
    assert written() and written() != second, "it is the first now"
    beach.run("number_dots")
    assert not written()
