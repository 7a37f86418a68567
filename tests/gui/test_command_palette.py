"""Everything by a few letters, with the keyboard alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from workbench.extension.window import Place, SearchEntry
from workbench.gui.app.actions import Action
from workbench.gui.app.context import ClassTarget, ImageTarget
from workbench.gui.app.program import Program
from workbench.gui.shell.command_palette import CommandPalette, Entry
from workbench.gui.shell.places import BUNDLED, PlaceWidget


@pytest.fixture
def plain(make_program: Callable[..., Program], qtbot: QtBot) -> Program:
    """A window whose places show nothing."""
    places = [Place(id, id.title(), id, lambda context: PlaceWidget()) for id in ("images", "log")]
    program = make_program(places)
    with qtbot.waitActive(program.window):
        program.window.show()
    return program


def opened(program: Program, qtbot: QtBot) -> CommandPalette:
    qtbot.keyClick(program.window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    palette = program.window.overlays.palette
    assert palette.isVisible()
    assert palette.field.hasFocus()
    return palette


def found(palette: CommandPalette, qtbot: QtBot) -> list[Entry]:
    qtbot.waitUntil(lambda: not palette.searching())
    return palette.model.entries


@pytest.mark.parametrize("click", [False, True])
def test_an_action_runs_by_letters_and_enter_or_a_click(
        plain: Program, qtbot: QtBot, click: bool) -> None:
    heard: list[str] = []
    plain.context.actions.add(Action("trial.spin", "Spin the globe", lambda: heard.append("spun")))
    palette = opened(plain, qtbot)
    qtbot.keyClicks(palette.field, "glob")
    assert found(palette, qtbot)[0].text == "Spin the globe"
    if click:
        line = palette.list.visualRect(palette.model.index(0))
        qtbot.mouseClick(palette.list.viewport(), Qt.MouseButton.LeftButton, pos=line.center())
    else:
        qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert heard == ["spun"]
    assert not palette.isVisible()


def test_what_cannot_be_done_now_says_why(plain: Program, qtbot: QtBot) -> None:
    plain.context.actions.add(Action("trial.spin", "Spin the globe", lambda: None, menu="Tools",
                                     enabled=lambda: False, needs="There is no globe."))
    palette = opened(plain, qtbot)
    qtbot.keyClicks(palette.field, "glob")
    (entry,) = (entry for entry in found(palette, qtbot) if entry.text == "Spin the globe")
    assert (entry.enabled, entry.detail) == (False, "There is no globe.")


def test_arrows_choose_and_wrap(plain: Program, qtbot: QtBot) -> None:
    palette = opened(plain, qtbot)
    rows = [row for row, entry in enumerate(palette.model.entries) if entry.enabled]
    assert 5 < len(rows) < len(palette.model.entries)
    qtbot.keyClick(palette.field, Qt.Key.Key_Down)
    assert palette.list.currentIndex().row() == rows[1]
    qtbot.keyClick(palette.field, Qt.Key.Key_Up)
    qtbot.keyClick(palette.field, Qt.Key.Key_Up)
    assert palette.list.currentIndex().row() == rows[-1]
    qtbot.keyClick(palette.field, Qt.Key.Key_PageUp)
    assert palette.list.currentIndex().row() == rows[max(0, len(rows) - 11)]


def test_lines_that_scroll_under_the_pointer_leave_the_choice_to_the_keys(
    plain: Program, qtbot: QtBot
) -> None:
    palette = opened(plain, qtbot)
    rows = [row for row, entry in enumerate(palette.model.entries) if entry.enabled]
    for row in (2, 3):
        middle = palette.list.visualRect(palette.model.index(row)).center()
        qtbot.mouseMove(palette.list.viewport(), middle)
    qtbot.waitUntil(lambda: palette.list.currentIndex().row() == 3)
    for _ in range(4):  # past the first line to the last one, which scrolls the list
        qtbot.keyClick(palette.field, Qt.Key.Key_Up)
    palette.list.grab()
    assert palette.list.verticalScrollBar().value() > 0
    assert palette.list.currentIndex().row() == rows[-1]


def test_escape_gives_the_keyboard_back(plain: Program, photos: Path, qtbot: QtBot) -> None:
    plain.projects.open(photos)
    before = plain.window.focusWidget()
    palette = opened(plain, qtbot)
    qtbot.keyClick(palette.field, Qt.Key.Key_Escape)
    assert not palette.isVisible()
    assert plain.window.focusWidget() is before


def test_keys_of_the_window_rest_while_it_is_open(plain: Program, photos: Path,
                                                  qtbot: QtBot) -> None:
    plain.projects.open(photos)
    palette = opened(plain, qtbot)
    qtbot.keyClick(palette.field, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert plain.window.place == "images"
    qtbot.keyClick(palette.field, Qt.Key.Key_Escape)
    qtbot.keyClick(plain.window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert plain.window.place == "log"


def test_an_image_is_found_and_opened(plain: Program, photos: Path, qtbot: QtBot) -> None:
    plain.projects.open(photos)
    went: list[tuple[str, object]] = []
    plain.context.place_requested.connect(lambda place, target: went.append((place, target)))
    qtbot.waitUntil(lambda: plain.context.session is not None
                    and len(plain.context.session.index) == 5)
    palette = opened(plain, qtbot)
    qtbot.keyClicks(palette.field, "photo4")
    assert [entry.text for entry in found(palette, qtbot)] == ["photo4.jpg"]
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert went == [("images", ImageTarget("photo4.jpg"))]


def test_a_class_is_found_in_its_colour(plain: Program, photos: Path, qtbot: QtBot) -> None:
    plain.projects.open(photos)
    assert plain.context.session is not None
    plain.context.session.add_class("zebra")
    went: list[object] = []
    plain.context.place_requested.connect(lambda place, target: went.append(target))
    palette = opened(plain, qtbot)
    qtbot.keyClicks(palette.field, "zeb")
    entry = found(palette, qtbot)[0]
    assert entry.text == "zebra"
    assert entry.color.startswith("#")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert went == [ClassTarget("zebra")]


def test_what_other_places_do_is_found_and_leads_there(plain: Program, photos: Path,
                                                       qtbot: QtBot) -> None:
    wiped: list[int] = []
    plain.context.actions.add(Action("log.wipe", "Wipe the slate", lambda: wiped.append(1),
                                     place="log"))
    plain.projects.open(photos)
    qtbot.waitUntil(lambda: plain.window.place == "images")
    palette = opened(plain, qtbot)
    qtbot.keyClicks(palette.field, "the slate")
    assert [(entry.text, entry.detail) for entry in found(palette, qtbot)] == [
        ("Wipe the slate", "in Log")]
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert plain.window.place == "log" and not wiped, "it goes there, and does nothing unasked"
    palette = opened(plain, qtbot)
    qtbot.keyClicks(palette.field, "qqq")
    assert found(palette, qtbot) == [] and palette._nothing.text() == "No matches"


def test_the_usual_wishes_are_found_from_everywhere(
    make_program: Callable[..., Program], photos: Path, qtbot: QtBot
) -> None:
    bare = [item._replace(factory=lambda context: PlaceWidget()) for item in BUNDLED]
    program = make_program(bare)
    program.window.show()
    program.projects.open(photos)
    qtbot.waitUntil(lambda: program.window.place == "images")
    palette = program.window.overlays.palette
    for letters, text, place in (
            ("train", "Train a model", "train"), ("export", "Export the model", "results"),
            ("model", "Export the model", "results"), ("report", "Write a report", "results"),
            ("record", "Label and record sounds", "audio"),
            ("matrix", "Look at results", "results"),
            ("watch the screen", "Watch the screen", "use"),
            ("webcam", "Open the camera", "use"),
            ("two people", "Compare the labels of two people", "data")):
        program.context.go("images")
        palette.open(letters)
        entry = next(item for item in found(palette, qtbot) if item.text == text)
        assert palette.model.entries.index(entry) < 4, letters
        entry.run()
        assert program.window.place == place, letters
        palette.close_palette()


def test_what_places_do_without_a_selection_is_found_before_they_are_made(
        program: Program, photos: Path) -> None:
    """Others are found once their place was made: who has something selected was there."""
    needs_more = {"train.pause", "train.stop", "train.cancel", "train.reset", "train.results",
                  "train.next_step", "train.start", "data.check", "log.copy", "log.clear",
                  "log.filter", "use.zoom_in", "use.zoom_out", "use.fit",
                  "use.class_names", "use.play", "use.play_on", "use.next_region",
                  "use.previous_region", "use.region_right", "use.region_wrong"}
    program.projects.open(photos)
    for place in ("train", "use", "data", "log"):
        named = {f"{place}.{entry.action}" for item in BUNDLED if item.id == place
                 for entry in item.finds}
        program.context.go(place)
        offered = {action.id for action in program.context.actions
                   if action.place == place and action.menu not in ("", "Edit")
                   and not action.id.startswith("use.explain.")}  # of what is shown there
        assert offered and offered <= named | needs_more


def test_what_only_opens_something_is_done_when_the_place_can(plain: Program, qtbot: QtBot,
                                                              photos: Path) -> None:
    done: list[int] = []
    ready: list[int] = []
    plain.projects.open(photos)
    qtbot.waitUntil(lambda: plain.window.place == "images")
    plain.context.actions.add(Action("log.model", "Save it", lambda: done.append(1), place="log",
                                     enabled=lambda: bool(ready)))
    palette = CommandPalette(plain.context, lambda: plain.window.place, plain.window, [
        Place("log", "Log", "log", lambda context: PlaceWidget(),
              finds=(SearchEntry("Export the model", "onnx", "", "model"),))])
    palette.open("onnx")
    entry, = [item for item in found(palette, qtbot) if item.detail == "in Log"]
    entry.run()
    assert plain.window.place == "log" and not done
    ready.append(1)
    qtbot.waitUntil(lambda: done == [1])


def test_an_action_that_is_off_does_not_run(plain: Program, qtbot: QtBot) -> None:
    heard: list[int] = []
    plain.context.actions.add(Action("trial.off", "Spin the globe", lambda: heard.append(1),
                                     enabled=lambda: False))
    palette = opened(plain, qtbot)
    qtbot.keyClicks(palette.field, "globe")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert heard == []
    assert palette.isVisible()


def test_what_cannot_run_does_not_stand_in_the_way(plain: Program, photos: Path,
                                                     qtbot: QtBot) -> None:
    plain.projects.open(photos)
    assert plain.context.session is not None
    plain.context.session.add_class("diatom")
    plain.context.actions.add(Action("trial.off", "Duplicate boxes as they are", lambda: None,
                                     enabled=lambda: False))
    palette = opened(plain, qtbot)
    qtbot.keyClicks(palette.field, "diat")
    assert found(palette, qtbot)[0].text == "diatom"
    assert palette.list.currentIndex().row() == 0


def test_a_click_beside_it_closes_it(plain: Program, qtbot: QtBot) -> None:
    palette = opened(plain, qtbot)
    qtbot.mouseClick(palette, Qt.MouseButton.LeftButton, pos=palette.rect().bottomLeft())
    assert not palette.isVisible()


def test_typing_stays_quick_with_a_hundred_thousand_images(
        plain: Program, photos: Path, qtbot: QtBot) -> None:
    plain.projects.open(photos)
    session = plain.context.session
    assert session is not None
    qtbot.waitUntil(lambda: not session.index.scanning)
    names = session.index.keys()
    assert isinstance(names, list)
    names[:] = [f"deployment-{number % 300:03}/IMG_{number:06}.jpg" for number in range(100_000)]
    palette = opened(plain, qtbot)
    qtbot.keyClicks(palette.field, "i")  # the joined text of all names is made once
    qtbot.keyClicks(palette.field, "mg_0777")
    texts = [entry.text for entry in found(palette, qtbot)]
    assert "deployment-000/IMG_077700.jpg" in texts
