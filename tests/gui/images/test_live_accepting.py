"""What is suggested while one paints, taken region by region, and used on all images."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QPainter
from PySide6.QtTest import QTest

from tests.gui.images.test_live_areas import (
    SIZE,
    begin,
    card,
    halves,
    masks,
    paint_both,
    settled,
    share,
)
from tests.support.area_runs import add_area_run
from workbench.core.classes import class_color
from workbench.core.masks import pixels_of
from workbench.core.outlines import Polygon
from workbench.gui.app.shortcuts import ShortcutMap
from workbench.gui.label.images.hiding import HideWhileHeld
from workbench.gui.label.images.live_picture import suggestion_image
from workbench.jobs.commands import Command, Predict, Train
from workbench.jobs.events import Failed, Finished
from workbench.project.suggestions import Suggestion, suggestions_of

if TYPE_CHECKING:
    from conftest import Bench

PLAIN = Qt.KeyboardModifier.NoModifier
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
ISLAND, WIDE = (50, 100), 28
"""Left and top of a light square in the dark half, and its sides."""


@pytest.fixture
def sea(bench: Bench, tmp_path: Path) -> Bench:
    """Two images of two halves, the first with an island; a stroke of each class is painted, and
    the rest is suggested."""
    halves(tmp_path / "p" / "a.png")
    pixels = np.array(Image.open(tmp_path / "p" / "a.png"))
    left, top = ISLAND
    pixels[top:top + WIDE, left:left + WIDE] += 100
    Image.fromarray(pixels).save(tmp_path / "p" / "a.png")
    halves(tmp_path / "p" / "b.png", swapped=True)
    begin(bench, tmp_path / "p")
    bench.run("live_areas")
    paint_both(bench)
    bench.wait(lambda: card(bench).live.shown)
    return bench


@pytest.fixture
def keys(bench: Bench) -> ShortcutMap:
    made = ShortcutMap(bench.place, bench.context.actions)
    made.set_place("images")
    return made


def shown_at(bench: Bench, x: float, y: float) -> bool:
    bench.hover(x, y)
    return card(bench).live.pointed


def on_island(bench: Bench, label: str) -> float:
    left, top = ISLAND
    pixels = pixels_of(masks(bench, "a.png")[label], (0, 0, *SIZE))
    return float(pixels[top + 12:top + 16, left + 12:left + 16].mean())


def test_the_region_under_the_mouse_is_accepted_alone(sea: Bench, keys: ShortcutMap) -> None:
    sea.canvas.setFocus()
    sea.hover(30, 90)
    sea.press_key(Qt.Key.Key_Return, CTRL)
    sea.wait(lambda: share(masks(sea, "a.png")["sea"], left=True) > 0.8)
    assert share(masks(sea, "a.png")["sand"], left=False) < 0.2, "the other side waits"
    sea.wait(lambda: card(sea).live.shown)
    sea.run("undo")
    assert share(masks(sea, "a.png")["sea"], left=True) < 0.1, "one step"


def test_a_region_that_is_refused_is_left_out_of_what_is_accepted(
    sea: Bench, keys: ShortcutMap
) -> None:
    sea.canvas.setFocus()
    assert shown_at(sea, 180, 140)
    sea.press_key(Qt.Key.Key_X)
    sea.wait(lambda: not card(sea).live.pointed)
    assert shown_at(sea, 30, 90)
    sea.press_key(Qt.Key.Key_Return)
    sea.wait(lambda: share(masks(sea, "a.png")["sea"], left=True) > 0.8)
    assert share(masks(sea, "a.png")["sand"], left=False) < 0.2
    sea.place.open("b.png")
    sea.place.open("a.png")
    sea.wait_for_picture()
    sea.wait(lambda: card(sea).live.shown)
    assert shown_at(sea, 180, 140), "it is suggested again when one comes back"


def test_a_refusal_is_undone_before_the_stroke_is(sea: Bench, keys: ShortcutMap) -> None:
    painted = masks(sea, "a.png")
    sea.canvas.setFocus()
    assert shown_at(sea, 200, 120)
    sea.press_key(Qt.Key.Key_X)
    sea.wait(lambda: not card(sea).live.pointed)
    sea.run("undo")
    sea.wait(lambda: card(sea).live.pointed)
    sea.run("reject_suggestions")
    assert not card(sea).live.shown
    sea.run("undo")
    sea.wait(lambda: card(sea).live.shown)
    sea.run("redo")
    assert not card(sea).live.shown
    assert masks(sea, "a.png") == painted
    sea.place.open("b.png")
    sea.run("undo")
    assert masks(sea, "a.png") != painted, "what would show nothing is no step"


def test_beside_what_is_suggested_the_keys_accept_nothing(sea: Bench, keys: ShortcutMap) -> None:
    sea.canvas.setFocus()
    sea.hover(40, 50)  # painted
    sea.press_key(Qt.Key.Key_Return, CTRL)
    assert share(masks(sea, "a.png")["sea"], left=True) < 0.1


def test_specks_belong_to_what_is_around_them_and_that_is_remembered(sea: Bench) -> None:
    slider = card(sea).smallest
    slider.set_value(1000)
    slider.released.emit(slider.value())
    sea.wait(settled(sea))
    sea.run("accept_suggestions")
    sea.wait(lambda: share(masks(sea, "a.png")["sea"], left=True) > 0.8)
    assert on_island(sea, "sea") == 1.0
    sea.run("undo")
    slider.set_value(0)
    sea.wait(lambda: card(sea).live.shown and settled(sea)())
    sea.run("accept_suggestions")
    sea.wait(lambda: share(masks(sea, "a.png")["sea"], left=True) > 0.8)
    assert on_island(sea, "sand") == 1.0
    card(sea).set_session(sea.session)
    assert slider.value() == 1000, "as it was left"


def test_enter_accepts_after_a_click_on_the_card(sea: Bench, keys: ShortcutMap) -> None:
    card(sea).doubts.click()
    assert sea.canvas.hasFocus()
    sea.press_key(Qt.Key.Key_Return)
    sea.wait(lambda: share(masks(sea, "a.png")["sea"], left=True) > 0.8)
    assert card(sea).doubts.isChecked()


def test_how_strongly_it_is_drawn_is_remembered(sea: Bench) -> None:
    slider = card(sea).cover
    strong = sea.canvas.scene.suggested_cover
    slider.set_value(20)
    slider.released.emit(slider.value())
    assert sea.canvas.scene.suggested_cover == 0.2 < strong
    slider.set_value(90)
    card(sea).set_session(sea.session)
    assert slider.value() == 20 and sea.canvas.scene.suggested_cover == 0.2


@pytest.mark.parametrize("ground", ["#d5281e", "#2fb344", "#3767d2", "#fff200", "#05070a",
                                    "#fafafa", "#808080"])
@pytest.mark.parametrize("place", range(4))
def test_edges_of_what_is_suggested_are_seen_on_any_ground(ground: str, place: int) -> None:
    areas = np.zeros((24, 24), np.uint8)
    areas[6:18, 6:18] = 1
    picture = QImage(24, 24, QImage.Format.Format_RGB32)
    picture.fill(QColor(ground))
    with QPainter(picture) as painter:
        painter.setOpacity(0.75)
        painter.drawImage(0, 0, suggestion_image(areas, [class_color(place)]))
    around = QColor(ground).lightnessF()
    edge = [picture.pixelColor(x, 6) for x in range(6, 18)]
    far = [abs(color.lightnessF() - around) + abs(color.hslSaturationF()
           - QColor(ground).hslSaturationF()) for color in edge]
    assert max(far) > 0.25, "light or dark dashes, or those of the class"


def test_the_key_that_hides_shows_again_when_it_is_held(sea: Bench) -> None:
    now = [0.0]
    hiding = HideWhileHeld(sea.place.editor, sea.place, lambda: now[0])
    window = sea.place.window().windowHandle()
    hiding.press()
    QTest.keyRelease(window, Qt.Key.Key_H)
    assert sea.place.editor.hidden, "pressed"
    hiding.press()
    assert not sea.place.editor.hidden, "pressed again"
    hiding.press()
    now[0] = 2.0
    for _ in range(2):  # an X server tells repetitions as up and down, to the window and the widget
        hiding.key.eventFilter(window, QKeyEvent(QEvent.Type.KeyRelease, Qt.Key.Key_H, PLAIN))
    hiding.key.eventFilter(window, QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_H, PLAIN))
    hiding.press()
    assert sea.place.editor.hidden, "still held"
    QTest.keyRelease(window, Qt.Key.Key_H)
    sea.wait(lambda: not sea.place.editor.hidden)
    hiding.key.close()


def test_the_place_where_it_is_unsure_gets_a_ring_until_something_is_painted(sea: Bench) -> None:
    seen = set()
    for _ in range(2):
        before = sea.canvas.scene.unsure
        sea.run("unsure")
        sea.wait(lambda before=before: sea.canvas.scene.unsure not in (None, before))
        assert sea.canvas.scene.unsure is not None
        x, y = sea.canvas.scene.unsure
        assert 0 <= x < SIZE[0] and 0 <= y < SIZE[1]
        seen.add((x, y))
    assert len(seen) == 2, "another place each time"
    sea.drag((30, 90), (40, 90))
    sea.wait(lambda: sea.canvas.scene.unsure is None)


def test_enter_in_the_list_accepts_as_on_the_picture(sea: Bench) -> None:
    view = sea.place.sample_panel.view
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Return)
    sea.wait(lambda: share(masks(sea, "a.png")["sea"], left=True) > 0.8)


def test_a_class_that_is_named_gives_the_keys_back(sea: Bench) -> None:
    panel = sea.place.classes
    panel.begin_adding()
    QTest.keyClicks(panel.field, "mud")
    QTest.keyClick(panel.field, Qt.Key.Key_Return, SHIFT)
    assert panel.field.isVisible(), "the next one may be typed"
    QTest.keyClicks(panel.field, "clay")
    QTest.keyClick(panel.field, Qt.Key.Key_Return)
    assert not panel.field.isVisible() and sea.place.editor.current_class == "clay"
    assert list(sea.session.classes)[-2:] == ["mud", "clay"]


class Engine(QObject):
    """Is told things, which a test answers."""

    event, state_changed = Signal(object), Signal()
    state, learns, training = "ready", False, ""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[Command] = []
        self.jobs: dict[str, Command] = {}

    def new_job(self) -> str:
        return f"job {len(self.sent)}"

    def send(self, command: Command) -> None:
        self.sent.append(command)


@pytest.fixture
def sent(sea: Bench, monkeypatch: pytest.MonkeyPatch) -> list[Command]:
    engine = Engine()
    monkeypatch.setattr(type(sea.context), "engine", property(lambda _context: engine))
    return engine.sent


def test_what_is_painted_is_used_on_all_images_that_have_pixels_left(
    sea: Bench, sent: list[Command]
) -> None:
    sea.run("use_on_all")
    sea.wait(lambda: bool(sent))
    [command] = sent
    assert isinstance(command, Train) and command.request.recipe == "areas-instant"
    assert card(sea).said.text() == "Learning from all that is painted …"
    run = add_area_run(sea.session.folder, "train").name
    sea.context.engine.event.emit(Finished(command.job, "finished", {"run": run, "metrics": {}}))
    sea.wait(lambda: any(isinstance(item, Predict) for item in sent))
    asked = next(item for item in sent if isinstance(item, Predict))
    assert asked.run == run
    assert [Path(file).name for file in asked.files] == ["a.png", "b.png"]


def test_more_strokes_are_used_while_suggestions_of_the_model_before_are_shown(
    sea: Bench, sent: list[Command]
) -> None:
    run, corners = "2026-11-20-areas-instant", ((70., 100.), (90., 100.), (90., 120.), (70., 120.))
    sea.saved()
    suggestions_of(sea.session).suggest({"a.png": (
        Suggestion("sea", (70., 100., 90., 120.), 0.9, run, shape=Polygon((corners,))),)}, run)
    assert not card(sea).live.shown
    card(sea).smooth.click()
    sea.run("use_on_all")
    sea.wait(lambda: bool(sent))
    [command] = sent
    newer = add_area_run(sea.session.folder, "train").name
    sea.context.engine.event.emit(Finished(command.job, "finished", {"run": newer, "metrics": {}}))
    sea.wait(lambda: any(isinstance(item, Predict) for item in sent))
    panel = sea.place.suggest_panel
    assert panel.scope_box.currentText() == "2 images with pixels left"
    asked = next(item for item in sent if isinstance(item, Predict))
    sea.context.engine.event.emit(Finished(asked.job, "finished", {}))
    sea.wait(lambda: not panel.job.busy)
    sea.wait(lambda: panel.scope_box.currentText() == "1 image without labels")


def test_why_it_cannot_be_used_is_said(sea: Bench, sent: list[Command]) -> None:
    sea.run("use_on_all")
    sea.wait(lambda: bool(sent))
    [command] = sent
    assert isinstance(command, Train)
    sea.context.engine.event.emit(Failed(command.job, "The disk is full."))
    sea.wait(lambda: card(sea).can_use_on_all)
    assert card(sea).cancel.isHidden()
