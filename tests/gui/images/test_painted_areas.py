"""Painting areas with a real mouse, in a project that is about these: a pixel has one class."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from workbench.core.annotation import LabeledObject
from workbench.core.outlines import Mask, Polygon
from workbench.core.shapes import Box
from workbench.formats.voc import read_voc
from workbench.gui.app.context import StepTarget
from workbench.gui.app.task import learn, tasks_of_labels, turn_to
from workbench.project.suggestions import Suggestion, suggestions_of

if TYPE_CHECKING:
    from conftest import Bench

ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def empty(bench: Bench, tmp_path: Path, write_image: Callable[[Path, int, int], Path]) -> Bench:
    """One image of 400 × 300 without labels, whose areas are to be painted, and two classes."""
    write_image(tmp_path / "p" / "a.png", 400, 300)
    bench.open_project(tmp_path / "p")
    for name in ("sea", "sand"):
        bench.session.add_class(name)
    learn(bench.session, "semantic-segmentation")
    bench.run("tool_brush")
    return bench


def objects_task(bench: Bench) -> str:
    """What is learned of the same labels if it is not areas."""
    return next(task.id for task in tasks_of_labels(bench.session)
                if task.id != bench.session.manifest.task)


def areas(bench: Bench) -> dict[str, Mask]:
    """The masks on the disk, of which each class has one."""
    bench.saved()
    found = read_voc(bench.session.index.annotation_path("a.png")).annotation.objects
    masks = {item.label: item.shape for item in found if isinstance(item.shape, Mask)}
    assert len(masks) == len(found)
    return masks


def test_what_is_painted_takes_its_pixels_from_other_classes(empty: Bench) -> None:
    empty.drag((50, 100), (300, 100))
    whole = areas(empty)["sea"]
    empty.place.choose_class("2")
    empty.drag((150, 60), (150, 200))
    both = areas(empty)
    assert set(both) == {"sea", "sand"}, "choosing a class gave nothing another one"
    assert both["sand"].contains((150, 100)) and not both["sea"].contains((150, 100))
    assert both["sea"].contains((80, 100)) and both["sea"].area < whole.area
    empty.run("undo")
    assert areas(empty) == {"sea": whole}, "one step"


def test_a_class_goes_on_with_what_is_painted_of_it(empty: Bench) -> None:
    empty.drag((50, 50), (100, 50))
    empty.place.choose_class("2")
    empty.drag((50, 150), (100, 150))
    empty.place.choose_class("1")
    empty.drag((200, 50), (250, 50))
    assert areas(empty)["sea"].contains((225, 50)) and areas(empty)["sea"].contains((75, 50))
    empty.drag((200, 50), (250, 50), ALT)
    assert not areas(empty)["sea"].contains((225, 50)), "erased of the class that is chosen"


def test_a_stroke_goes_on_with_its_class_where_nothing_is_selected(empty: Bench) -> None:
    """As after another image was looked at."""
    empty.drag((50, 50), (100, 50))
    empty.place.editor.select(())
    empty.drag((200, 50), (250, 50))
    assert areas(empty)["sea"].contains((225, 50)) and areas(empty)["sea"].contains((75, 50))


def test_a_class_that_is_added_is_painted_next(empty: Bench) -> None:
    empty.drag((50, 50), (100, 50))
    empty.place.editor.set_current_class("sand")  # as whoever adds a class does
    empty.drag((50, 150), (100, 150))
    assert areas(empty)["sand"].contains((75, 150))


def test_the_eraser_takes_from_all_that_is_below_it(empty: Bench) -> None:
    empty.drag((50, 100), (190, 100))
    empty.place.choose_class("2")
    empty.drag((210, 100), (350, 100))
    empty.run("tool_eraser")
    empty.drag((150, 100), (250, 100))
    left = areas(empty)
    assert left["sea"].contains((100, 100)) and not left["sea"].contains((170, 100))
    assert left["sand"].contains((300, 100)) and not left["sand"].contains((230, 100))
    empty.click(200, 250)
    assert empty.said[-1][1] == "There is no mask here to erase from."


def test_an_area_that_is_painted_over_is_gone_and_comes_back(empty: Bench) -> None:
    empty.click(100, 100)
    empty.place.choose_class("2")
    empty.drag((70, 100), (130, 100))
    assert set(areas(empty)) == {"sand"}
    empty.run("undo")
    assert set(areas(empty)) == {"sea"}


def test_locked_classes_keep_their_pixels(empty: Bench) -> None:
    empty.drag((50, 100), (300, 100))
    whole = areas(empty)["sea"]
    empty.place.editor.states.toggle_locked("sea")
    empty.place.choose_class("2")
    empty.drag((150, 60), (150, 200))
    assert areas(empty)["sea"] == whole


def test_the_rest_is_filled_with_a_class(empty: Bench) -> None:
    empty.drag((50, 100), (300, 100))
    empty.place.editor.add_objects([LabeledObject("sea", Box(0, 200, 50, 300))], "draw",
                                   select=False)
    sea = next(item.shape for item in empty.place.editor.objects if isinstance(item.shape, Mask))
    empty.place.choose_class("2")
    empty.run("fill_rest")
    empty.wait(lambda: len(empty.place.editor.objects) == 3)
    rest = empty.place.editor.objects[-1]
    assert rest.label == "sand" and isinstance(rest.shape, Mask)
    assert rest.shape.area == 400 * 300 - sea.area - 50 * 100, "but for what nobody knows"
    empty.run("fill_rest")
    empty.wait(lambda: empty.said[-1][1] == "Every pixel has a label already.")


def test_what_nobody_knows_is_painted_too(empty: Bench) -> None:
    empty.drag((50, 100), (300, 100))
    empty.run("tool_brush")  # out of the hand
    empty.run("void")
    assert "void" in empty.session.classes
    empty.drag((150, 60), (150, 200))
    assert not areas(empty)["sea"].contains((150, 100))
    made = next(item for item in empty.place.editor.objects if item.label == "void")
    assert made.difficult, "who learns things does not learn it, either"
    empty.run("undo")
    empty.run("undo")
    assert set(areas(empty)) == {"sea"} and "void" not in empty.session.classes


def test_where_objects_are_learned_nothing_is_taken(empty: Bench) -> None:
    learn(empty.session, objects_task(empty))
    empty.drag((50, 100), (300, 100))
    before = areas(empty)["sea"]
    empty.place.choose_class("2")
    assert set(areas(empty)) == {"sand"}, "the selected object has another class"
    empty.place.editor.select(())
    empty.place.editor.set_current_class("sea")
    empty.drag((150, 60), (150, 200))
    assert areas(empty)["sand"] == before


def test_pixels_that_masks_share_are_few_after_many_strokes(empty: Bench) -> None:
    chance = np.random.default_rng(0)
    for number in range(8):
        empty.place.choose_class(str(1 + number % 2))
        x, y = (int(value) for value in chance.integers(60, 240, 2))
        empty.drag((x, y), (x + 60, y + 20))
    sea, sand = areas(empty)["sea"], areas(empty)["sand"]
    shared = [(x, y) for x in range(0, 400, 3) for y in range(0, 300, 3)
              if sea.contains((x, y)) and sand.contains((x, y))]
    assert shared == []


def test_who_turns_to_areas_has_the_brush_in_the_hand(
    bench: Bench, tmp_path: Path, write_image: Callable[[Path, int, int], Path]
) -> None:
    write_image(tmp_path / "p" / "a.png", 400, 300)
    bench.open_project(tmp_path / "p")
    turn_to(bench.context, "semantic-segmentation")
    tool = bench.canvas.picker.tool
    assert tool is not None and tool.id == "brush"
    assert bench.session.manifest.task == "semantic-segmentation"


DIAMOND = Polygon((((100.0, 100.0), (200.0, 50.0), (300.0, 100.0), (200.0, 150.0)),))
INSIDE, OUTSIDE = (200, 100), (120, 60)


def shade(bench: Bench, spot: tuple[float, float]) -> QColor:
    """What is seen at a place of the image, the mouse being elsewhere."""
    bench.hover(20, 280)
    image, at = bench.canvas.grab().toImage(), bench.at(*spot)
    ratio = image.devicePixelRatio()
    return image.pixelColor(round(at.x() * ratio), round(at.y() * ratio))


def test_polygons_are_areas_too_and_filled(empty: Bench) -> None:
    bare = shade(empty, INSIDE), shade(empty, OUTSIDE)
    empty.place.editor.add_shape(DIAMOND)
    empty.place.editor.select(())
    assert shade(empty, INSIDE) != bare[0] and shade(empty, OUTSIDE) == bare[1]
    learn(empty.session, objects_task(empty))
    empty.canvas.hide()
    empty.canvas.show()
    assert shade(empty, INSIDE) == bare[0], "the line alone, of objects"


def test_suggested_areas_are_filled_and_their_names_leave_them_to_be_seen(empty: Bench) -> None:
    bare = shade(empty, INSIDE), shade(empty, OUTSIDE)
    small = Polygon((((20.0, 20.0), (28.0, 20.0), (28.0, 28.0), (20.0, 28.0)),))
    beside = shade(empty, (34, 16))
    suggestions_of(empty.session).suggest({"a.png": tuple(
        Suggestion(name, shape.bounds(), score, "2026-11-20-areas-n", shape=shape)
        for name, shape, score in (("sea", DIAMOND, 0.8), ("sand", small, 0.7)))},
        "2026-11-20-areas-n")
    assert empty.place.editor.suggestions.shown
    assert shade(empty, INSIDE) != bare[0] and shade(empty, OUTSIDE) == bare[1]
    assert shade(empty, (34, 16)) == beside, "no name above what is smaller than it"


def block(x: float, y: float, side: float = 60.0) -> Polygon:
    return Polygon((((x, y), (x + side, y), (x + side, y + side), (x, y + side)),))


def suggest(bench: Bench, *found: tuple[str, Polygon]) -> None:
    suggestions_of(bench.session).suggest({"a.png": tuple(
        Suggestion(name, shape.bounds(), 0.8, "2026-11-20-areas-n", shape=shape)
        for name, shape in found)}, "2026-11-20-areas-n")


def test_accepted_areas_are_joined_to_one_mask_of_each_class(empty: Bench) -> None:
    empty.drag((50, 100), (120, 100))
    sea = areas(empty)["sea"]
    suggest(empty, ("sea", block(200, 50)), ("sand", block(40, 80)), ("sand", block(200, 200)))
    empty.run("accept_suggestions")
    after = areas(empty)
    assert after["sea"].area == sea.area + 60 * 60
    assert after["sand"].contains((230, 230)) and not after["sand"].contains((60, 100)), "painted"
    assert after["sand"].contains((42, 138))
    empty.run("undo")
    assert areas(empty) == {"sea": sea} and len(empty.place.editor.suggestions.shown) == 3


def test_the_mouse_may_rest_on_labels_while_another_image_is_opened(
    bench: Bench, tmp_path: Path, write_image: Callable[[Path, int, int], Path]
) -> None:
    for name in "ab":
        write_image(tmp_path / "p" / f"{name}.png", 400, 300)
    bench.open_project(tmp_path / "p")
    bench.session.add_class("sea")
    bench.place.editor.add_shape(block(220, 100, 90))
    bench.place.editor.select(())
    suggestions_of(bench.session).suggest({
        name: (Suggestion("sea", (0, 0, 50, 50), score),)
        for name, score in (("a.png", 0.8), ("b.png", 0.9))}, "2026-11-20-areas-n")
    bench.hover(260, 150)
    bench.run("next")
    assert bench.place.editor.suggestions.shown and not bench.place.editor.objects


def test_single_ones_are_joined_too_and_others_stay_suggested(empty: Bench) -> None:
    suggest(empty, ("sea", block(20, 20, 90)), ("sea", block(150, 20, 90)),
            ("sea", block(280, 20, 40)))
    suggestions = empty.place.editor.suggestions
    for _ in range(2):
        suggestions.accept(0)
    assert areas(empty)["sea"].area == 2 * 90 * 90
    assert [item.box[0] for item in suggestions.shown] == [280], "the box around both is no label"


def test_regions_become_outlines_where_a_person_says_so(empty: Bench) -> None:
    panel = empty.place.suggest_panel
    assert panel is not None
    panel.joined.setChecked(True)  # as it is shown where a model can be asked
    panel.joined.click()
    suggest(empty, ("sea", block(200, 50)), ("sea", block(40, 200)))
    empty.run("accept_suggestions")
    assert [type(item.shape) for item in empty.place.editor.objects] == [Polygon, Polygon]


def test_all_suggestions_of_the_project_become_masks(empty: Bench) -> None:
    panel = empty.place.suggest_panel
    assert panel is not None
    suggest(empty, ("sea", block(200, 50)), ("sea", block(40, 200)))
    panel.accept_everywhere()
    empty.wait(lambda: bool(empty.place.editor.objects))
    assert areas(empty)["sea"].area == 2 * 60 * 60


def test_what_is_painted_or_erased_is_taken_from_polygons_too(empty: Bench) -> None:
    empty.place.editor.add_shape(DIAMOND)
    empty.place.editor.select(())
    empty.place.choose_class("2")
    empty.drag((200, 20), (200, 180))
    both = areas(empty)
    assert set(both) == {"sea", "sand"} and both["sand"].contains((200, 100))
    assert both["sea"].contains((150, 100)) and not both["sea"].contains((200, 100))
    empty.run("tool_eraser")
    empty.drag((150, 60), (150, 140))
    assert not areas(empty)["sea"].contains((150, 100))


def test_polygons_beside_what_is_painted_stay_polygons(empty: Bench) -> None:
    empty.place.editor.add_shape(DIAMOND)
    empty.place.editor.select(())
    empty.place.choose_class("2")
    empty.click(110, 60)  # within the box around it
    assert [type(item.shape) for item in empty.place.editor.objects] == [Polygon, Mask]


def test_the_brush_stays_where_room_for_tools_is_short(empty: Bench) -> None:
    toolbar = empty.place.viewer.toolbar
    empty.place.resize(900, 600)
    empty.wait(toolbar.more_tools.isVisible)
    there = [button for button in toolbar.shapes if button.isVisible()]
    assert there and toolbar.shapes[0] not in there, "not the polygon"
    assert any(button.isChecked() for button in there), "the brush that is in the hand"


def test_areas_are_reviewed_image_by_image(
    bench: Bench, tmp_path: Path, write_image: Callable[[Path, int, int], Path]
) -> None:
    for name in ("a.png", "b.png", "c.png"):
        write_image(tmp_path / "p" / name, 400, 300)
    session = bench.open_project(tmp_path / "p")
    learn(session, "semantic-segmentation")
    bench.open("a.png")
    found = (Suggestion("sea", DIAMOND.bounds(), 0.8, "2026-11-20-areas-n", shape=DIAMOND),)
    suggestions_of(session).suggest({"c.png": found}, "2026-11-20-areas-n")
    bench.place.entered(StepTarget("review"))
    bench.wait(lambda: bench.place.editor.key == "c.png")
    assert "review" not in [name for name, _ in bench.went], "piece by piece"
