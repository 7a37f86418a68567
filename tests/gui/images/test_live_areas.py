"""Areas suggested while one paints: with a real mouse on the canvas, and what comes to the disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt

from workbench.core.outlines import Mask, Polygon
from workbench.formats.voc import read_voc
from workbench.gui.app.task import learn
from workbench.gui.label.images import live_areas
from workbench.gui.label.images.live_card import LiveAreasCard
from workbench.project.suggestions import Suggestion, suggestions_of

if TYPE_CHECKING:
    from conftest import Bench

SIZE = (240, 160)
MIDDLE = SIZE[0] // 2


def halves(path: Path, *, swapped: bool = False, deep: bool = False) -> None:
    """An image whose left half is dark and whose right one is light, both of a grain."""
    grain = np.random.default_rng(len(path.name)).integers(0, 40, SIZE[::-1])
    left = np.arange(SIZE[0]) < MIDDLE
    values = np.where(left ^ swapped, 60, 160) + grain
    path.parent.mkdir(exist_ok=True)
    image = Image.fromarray((values * 200).astype(np.uint16) if deep
                            else values.astype(np.uint8))
    image.save(path)


@pytest.fixture
def sea(bench: Bench, tmp_path: Path) -> Bench:
    """Two images of two halves, the brush in the hand, and suggestions on."""
    halves(tmp_path / "p" / "a.png")
    halves(tmp_path / "p" / "b.png", swapped=True)
    begin(bench, tmp_path / "p")
    bench.run("live_areas")
    return bench


def begin(bench: Bench, folder: Path, *classes: str) -> None:
    bench.open_project(folder)
    for name in classes or ("sea", "sand"):
        bench.session.add_class(name)
    learn(bench.session, "semantic-segmentation")
    bench.run("tool_brush")
    bench.place.editor.brush_size = 6.0
    assert bench.place.panels.contents and card(bench)


def card(bench: Bench) -> LiveAreasCard:
    found = bench.place.live_card
    assert found is not None
    return found


def paint_both(bench: Bench) -> None:
    bench.place.choose_class("1")
    bench.drag((20, 40), (60, 60))
    bench.place.choose_class("2")
    bench.drag((180, 40), (220, 60))


def held_back(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Event:
    """Switch it on anew, with no image read before the event is set."""
    go_on, read = Event(), live_areas.read_pixels

    def slowly(path: Path) -> object:
        assert go_on.wait(60)
        return read(path)

    bench.run("live_areas")
    monkeypatch.setattr(live_areas, "read_pixels", slowly)
    bench.run("live_areas")
    return go_on


def settled(bench: Bench) -> Callable[[], bool]:
    live = card(bench).live
    return lambda: not live.busy and not live._soon.isActive()


def masks(bench: Bench, key: str) -> dict[str, Mask]:
    """What is on the disk, where each class has one mask."""
    bench.saved()
    found = read_voc(bench.session.index.annotation_path(key)).annotation.objects
    known = {item.label: item.shape for item in found if isinstance(item.shape, Mask)}
    assert len(known) == len(found)
    return known


def share(mask: Mask, *, left: bool) -> float:
    """Which share of a half of the image a mask covers."""
    from workbench.core.masks import pixels_of

    pixels = pixels_of(mask, (0, 0, *SIZE))
    return float((pixels[:, :MIDDLE] if left else pixels[:, MIDDLE:]).mean())


def test_two_strokes_suggest_the_whole_image_and_enter_makes_masks_of_it(sea: Bench) -> None:
    paint_both(sea)
    sea.wait(lambda: card(sea).live.shown)
    sea.press_key(Qt.Key.Key_Return)
    sea.wait(lambda: share(masks(sea, "a.png")["sea"], left=True) > 0.85)
    found = masks(sea, "a.png")
    assert set(found) == {"sea", "sand"}
    assert share(found["sand"], left=False) > 0.85 and share(found["sea"], left=False) < 0.15
    assert found["sea"].area + found["sand"].area == SIZE[0] * SIZE[1], "no pixel is left or twice"
    sea.wait(lambda: card(sea).said.text() == "All of this image is labelled.")
    sea.run("undo")
    assert share(masks(sea, "a.png")["sea"], left=True) < 0.1, "one step"
    sea.wait(lambda: card(sea).live.shown)


def test_the_suggestion_is_seen_on_the_picture_and_not_where_labels_are_hidden(sea: Bench) -> None:
    def shade() -> tuple[int, int, int, int]:
        image, at = sea.canvas.grab().toImage(), sea.at(60, 140)
        ratio = image.devicePixelRatio()
        color = image.pixelColor(round(at.x() * ratio), round(at.y() * ratio)).getRgb()
        assert isinstance(color, tuple) and len(color) == 4
        return color

    bare = shade()
    paint_both(sea)
    sea.wait(lambda: card(sea).live.shown)
    assert shade() != bare
    sea.place.editor.set_hidden(True)
    assert shade() == bare


def test_the_next_image_is_suggested_from_what_is_painted_on_the_last(sea: Bench) -> None:
    paint_both(sea)
    sea.wait(lambda: card(sea).live.shown)
    sea.place.open("b.png")
    assert not card(sea).live.shown, "not that of the other image"
    sea.wait_for_picture()
    sea.wait(lambda: card(sea).live.shown)
    sea.run("accept_suggestions")
    sea.wait(lambda: share(masks(sea, "b.png")["sea"], left=False) > 0.85)
    assert share(masks(sea, "b.png")["sand"], left=True) > 0.85


def test_accept_and_go_on_goes_to_the_next_image(sea: Bench) -> None:
    paint_both(sea)
    sea.wait(lambda: card(sea).live.shown)
    sea.run("accept_and_go_on")
    sea.wait(lambda: sea.place.editor.key == "b.png" and card(sea).live.shown)
    assert share(masks(sea, "a.png")["sea"], left=True) > 0.85


@pytest.mark.parametrize(("second", "words"), [
    ("sand", "Learned from 1 image. Paint where it is wrong; what is none of these classes, as a "
             "class “background”."),
    ("background", "Learned from 1 image. Paint where it is wrong.")])
def test_what_is_painted_elsewhere_is_learned_when_it_is_switched_on_later(
        bench: Bench, tmp_path: Path, second: str, words: str) -> None:
    halves(tmp_path / "p" / "a.png")
    halves(tmp_path / "p" / "b.png", swapped=True)
    begin(bench, tmp_path / "p", "sea", second)
    paint_both(bench)
    bench.saved()
    bench.open("b.png")
    bench.run("live_areas")
    bench.wait(lambda: card(bench).live.shown)
    bench.wait(lambda: card(bench).said.text() == words)


def test_one_class_alone_is_not_enough_and_that_is_said(sea: Bench) -> None:
    sea.wait(lambda: card(sea).said.text() == "Paint a short stroke of each of two classes.")
    sea.drag((20, 40), (60, 60))
    sea.wait(lambda: "a second class" in card(sea).said.text())
    assert not card(sea).live.shown


def test_where_there_is_one_class_it_is_said_how_to_make_another(
        bench: Bench, tmp_path: Path) -> None:
    halves(tmp_path / "p" / "a.png")
    begin(bench, tmp_path / "p", "sea")
    bench.run("live_areas")
    bench.drag((20, 40), (60, 60))
    bench.wait(lambda: "Make a second class" in card(bench).said.text())
    bench.session.add_class("sand")
    bench.wait(lambda: "Now paint" in card(bench).said.text())


def test_having_the_next_image_ready_does_not_look_like_work_on_this_one(
        sea: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    read, asked, go_on = live_areas.read_pixels, Event(), Event()

    def slow(path: Path) -> object:
        if path.name == "b.png":
            asked.set()
            go_on.wait(60)
        return read(path)

    monkeypatch.setattr(live_areas, "read_pixels", slow)
    sea.run("live_areas")
    sea.run("live_areas")
    paint_both(sea)
    try:
        sea.wait(asked.is_set)
        assert card(sea).live.shown and not card(sea).live.busy
    finally:
        go_on.set()


def test_labels_that_are_deleted_elsewhere_are_learned_no_more(
        bench: Bench, tmp_path: Path) -> None:
    halves(tmp_path / "p" / "a.png")
    halves(tmp_path / "p" / "b.png", swapped=True)
    begin(bench, tmp_path / "p")
    paint_both(bench)
    bench.saved()
    bench.open_project(tmp_path / "p")
    bench.open("b.png")
    bench.run("live_areas")
    bench.wait(lambda: card(bench).live.shown)
    bench.session.index.annotation_path("a.png").unlink()
    bench.session.index.refresh()
    bench.wait(lambda: not card(bench).live.shown)
    assert card(bench).said.text() == "Paint a short stroke of each of two classes."


def test_what_is_painted_void_is_neither_learned_nor_suggested(sea: Bench) -> None:
    sea.drag((20, 40), (60, 60))
    sea.run("void")
    sea.drag((180, 40), (220, 60))
    sea.wait(lambda: "a second class" in card(sea).said.text())


def test_another_image_never_shows_what_was_computed_for_the_one_before(
        sea: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer for the first image comes when the second one is shown already."""
    seen: list[tuple[str, str]] = []
    live = card(sea).live
    paint_both(sea)
    sea.wait(lambda: live.shown)
    go_on = held_back(sea, monkeypatch)
    sea.wait(lambda: live.busy)

    def look() -> None:
        learned = live.learned
        if live.shown and learned is not None and learned.suggestion is not None:
            seen.append((sea.place.editor.key, learned.suggestion.key))

    live.changed.connect(look)
    sea.place.open("b.png")
    go_on.set()
    sea.wait(lambda: live.shown)
    sea.wait(settled(sea))
    assert seen and set(seen) == {("b.png", "b.png")}


def test_rejected_it_comes_back_with_the_next_stroke(sea: Bench) -> None:
    paint_both(sea)
    sea.wait(lambda: card(sea).live.shown)
    sea.run("reject_suggestions")
    assert not card(sea).live.shown
    sea.wait(settled(sea))
    assert not card(sea).live.shown
    assert card(sea).said.text() == "Rejected on this image, until you paint more."
    sea.drag((200, 120), (220, 130))
    sea.wait(lambda: card(sea).live.shown)


def test_a_least_score_leaves_out_what_is_not_sure(sea: Bench) -> None:
    paint_both(sea)
    sea.wait(lambda: card(sea).live.shown)
    live = card(sea).live
    whole = live.image
    card(sea).score.slider.setValue(card(sea).score.slider.maximum())
    sea.wait(lambda: live.image is not whole)
    sea.wait(settled(sea))
    sea.run("accept_suggestions") if live.shown else None
    sea.wait(settled(sea))
    found = masks(sea, "a.png")
    assert found["sea"].area + found["sand"].area < SIZE[0] * SIZE[1]


def test_suggestions_of_a_model_are_shown_instead_while_there_are_some(sea: Bench) -> None:
    paint_both(sea)
    sea.wait(lambda: card(sea).live.shown)
    run, box = "2026-11-20-areas-n", (70.0, 100.0, 90.0, 120.0)
    corners = ((70.0, 100.0), (90.0, 100.0), (90.0, 120.0), (70.0, 120.0))
    suggestions_of(sea.session).suggest({"a.png": (
        Suggestion("sea", box, 0.9, run, shape=Polygon((corners,))),)}, run)
    assert not card(sea).live.shown
    sea.run("reject_suggestions")
    sea.wait(lambda: card(sea).live.shown)


def test_what_is_painted_stays_as_it_is(sea: Bench) -> None:
    paint_both(sea)
    sea.place.choose_class("1")
    sea.drag((180, 120), (220, 120))  # in the half of the other class
    sea.place.choose_class("2")
    for row in (20, 80, 100, 140):
        sea.drag((140, row), (220, row))
    sea.wait(lambda: card(sea).live.shown)
    sea.wait(settled(sea))
    before = masks(sea, "a.png")
    sea.run("accept_suggestions")
    sea.wait(lambda: share(masks(sea, "a.png")["sea"], left=True) > 0.85)
    after = masks(sea, "a.png")
    for name, other in (("sea", "sand"), ("sand", "sea")):
        kept = [(x, y) for y in range(SIZE[1]) for x in range(SIZE[0])
                if before[name].contains((x, y))]
        assert kept and not any(after[other].contains(at) for at in kept)


def test_regions_become_outlines_where_masks_are_not_joined(sea: Bench) -> None:
    sea.place.remember("one_mask", "no")
    paint_both(sea)
    sea.wait(lambda: card(sea).live.shown)
    sea.run("accept_suggestions")
    sea.wait(lambda: len(sea.place.editor.objects) > 2)
    made = sea.place.editor.objects[2:]
    assert all(isinstance(item.shape, Polygon) for item in made)
    largest = max(made, key=lambda item: item.shape.area)
    assert largest.shape.area > 0.7 * SIZE[0] * SIZE[1] / 2


def test_what_takes_long_shows_that_it_goes_on_and_does_not_hold_the_window(
        sea: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = held_back(sea, monkeypatch)
    paint_both(sea)
    sea.wait(lambda: not card(sea).progress.isHidden())
    assert card(sea).said.text() == "Looking at the image …"
    sea.place.open("b.png")
    sea.run("live_areas")
    assert not card(sea).live.on and card(sea).progress.isHidden()
    sea.run("live_areas")
    go_on.set()
    sea.wait(lambda: card(sea).live.shown)
    assert card(sea).progress.isHidden() or card(sea).live.busy


def test_hidden_and_locked_classes_get_nothing(sea: Bench) -> None:
    paint_both(sea)
    sea.wait(lambda: card(sea).live.shown)
    before = masks(sea, "a.png")["sand"]
    sea.place.editor.states.toggle_locked("sand")
    sea.run("accept_suggestions")
    sea.wait(lambda: share(masks(sea, "a.png")["sea"], left=True) > 0.85)
    assert masks(sea, "a.png")["sand"] == before


def test_the_switch_is_kept_for_the_project(sea: Bench) -> None:
    assert card(sea).switch.isChecked()
    sea.place.project_changed()
    assert card(sea).live.on
    sea.run("live_areas")
    sea.place.project_changed()
    assert not card(sea).live.on and not card(sea).switch.isChecked()


def test_images_of_16_bits_and_images_that_cannot_be_read(bench: Bench, tmp_path: Path) -> None:
    halves(tmp_path / "p" / "a.png", deep=True)
    (tmp_path / "p" / "b.png").write_bytes((tmp_path / "p" / "a.png").read_bytes()[:200])
    begin(bench, tmp_path / "p")
    bench.run("live_areas")
    paint_both(bench)
    bench.wait(lambda: card(bench).live.shown)
    bench.open("b.png")
    bench.wait(lambda: card(bench).said.text() == "The picture cannot be shown.")
    assert not card(bench).live.shown


def test_where_objects_are_labelled_there_is_no_such_switch(bench: Bench, tmp_path: Path) -> None:
    halves(tmp_path / "p" / "a.png")
    bench.open_project(tmp_path / "p")
    assert bench.place.panels.contents
    assert card(bench).isHidden() and not bench.context.actions["images.live_areas"].enabled()
