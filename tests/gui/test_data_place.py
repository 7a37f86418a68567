"""Data: problems of all files, found in the background, and mended by a button."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from tests.project.helpers import labelled
from tests.support.tiny_sounds import make_sounds
from workbench.gui.app.context import DataTarget, ImageTarget
from workbench.gui.app.program import Program
from workbench.gui.data.finding_card import FIRST
from workbench.gui.data.place import DataPlace

from .conftest import draw_photos


@pytest.fixture
def program(make_program: Callable[..., Program], qtbot: QtBot) -> Program:
    made = make_program()
    with qtbot.waitExposed(made.window):
        made.window.show()
    return made


def place_of(program: Program) -> DataPlace:
    program.context.go("data")
    place = program.window.place_widget("data")
    assert isinstance(place, DataPlace)
    return place


def wide(folder: Path, *names: str) -> Path:
    """Images with a box that reaches out of them."""
    for name in names:
        path = labelled(folder, f"{name}.png", ["cat"])
        path.write_text(path.read_text("utf-8").replace("<xmax>30<", "<xmax>300<"), "utf-8")
    return folder


def buttons(widget: QWidget, text: str) -> list[QPushButton]:
    return [item for item in widget.findChildren(QPushButton)
            if item.text() == text and item.isVisible()]


def check(program: Program, folder: Path, qtbot: QtBot) -> DataPlace:
    program.projects.open(folder)
    place = place_of(program)
    qtbot.mouseClick(place.problems.empty.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: place.problems.examination.done)
    qtbot.waitUntil(lambda: bool(place.problems.cards) and not place.problems.line.isVisible())
    return place


def test_a_project_without_problems_says_so(program: Program, photos: Path, qtbot: QtBot) -> None:
    program.projects.open(photos)
    page = place_of(program).problems
    assert page.empty.accessibleName() == "Nothing has been checked yet"
    qtbot.mouseClick(page.empty.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.empty.accessibleName() == "No problems found")


def test_all_of_a_kind_is_mended_and_undone(program: Program, tmp_path: Path,
                                            qtbot: QtBot) -> None:
    names = [f"a{number}" for number in range(FIRST + 2)]
    page = check(program, wide(tmp_path / "p", *names), qtbot).problems
    card = page.cards["box-out-of-bounds"]
    assert page.title.text() == f"{FIRST + 2} problems"
    assert card.lines.count() == FIRST and card.more_button.text() == "2 more"
    qtbot.mouseClick(card.more_button, Qt.MouseButton.LeftButton)
    assert card.lines.count() == FIRST + 2
    qtbot.mouseClick(card.all_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not page.cards)
    assert page.empty.accessibleName() == "No problems found"
    session = program.context.session
    assert session is not None and session.saver.flush(10)
    assert "<xmax>64<" in (tmp_path / "p" / "a0.xml").read_text("utf-8")
    program.context.actions["data.undo"].run()
    qtbot.waitUntil(lambda: page.title.text() == f"{FIRST + 2} problems")
    assert session.saver.flush(10)
    assert "<xmax>300<" in (tmp_path / "p" / "a0.xml").read_text("utf-8")


def test_one_is_mended_and_the_message_takes_it_back(program: Program, tmp_path: Path,
                                                     qtbot: QtBot) -> None:
    page = check(program, wide(tmp_path / "p", "a", "b"), qtbot).problems
    card = page.cards["box-out-of-bounds"]
    qtbot.mouseClick(buttons(card, "Cut to the image")[1], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.title.text() == "1 problem")
    assert [Path(item.path).name for item in card.problems] == ["a.xml"]
    qtbot.mouseClick(buttons(program.window, "Undo")[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.title.text() == "2 problems")


def test_a_finding_leads_to_its_image(program: Program, tmp_path: Path, qtbot: QtBot) -> None:
    page = check(program, wide(tmp_path / "p", "a", "b"), qtbot).problems
    went: list[tuple[str, object]] = []
    program.context.place_requested.connect(lambda name, target: went.append((name, target)))
    qtbot.mouseClick(buttons(page, "b.xml")[0], Qt.MouseButton.LeftButton)
    assert went == [("images", ImageTarget("b.png", back="data"))]
    assert program.window.place == "images"


def test_sounds_are_looked_at_and_lead_to_their_place(program: Program, tmp_path: Path,
                                                      qtbot: QtBot) -> None:
    folder = make_sounds(tmp_path / "s", each=1)
    (folder / "high_ann_0.wav").write_bytes(b"RIFF")
    program.projects.open(folder)
    page = place_of(program).problems
    page.check()
    qtbot.waitUntil(lambda: page.examination.done and "unreadable-sound" in page.cards)
    session = program.context.session
    assert session is not None
    qtbot.waitUntil(lambda: not session.sounds.scanning)
    qtbot.mouseClick(buttons(page.cards["unreadable-sound"], "Move to the trash")[0],
                     Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "unreadable-sound" not in page.cards)
    assert "high_ann_0.wav" not in list(session.sounds)


def test_an_examination_is_given_up_with_the_project(program: Program, tmp_path: Path) -> None:
    program.projects.open(draw_photos(tmp_path / "many", [f"{n}.png" for n in range(300)]))
    page = place_of(program).problems
    page.check()
    threads = [thread for thread in threading.enumerate() if thread.name == "examination"]
    assert threads
    program.projects.close()
    assert not any(thread.is_alive() for thread in threads)
    assert not page.examination.running and not page.problems()


def test_what_came_up_by_itself_counts_once_also_when_it_is_mended(
        program: Program, tmp_path: Path, qtbot: QtBot) -> None:
    folder = labelled(tmp_path / "p", "a.png", ["cat"]).parent
    (folder / "a.xml").write_text("<annotation><object>", "utf-8")
    program.projects.open(folder)
    session = program.context.session
    assert session is not None
    qtbot.waitUntil(lambda: len(session.problems) == 1)
    page = place_of(program).problems
    qtbot.waitUntil(lambda: page.title.text() == "1 problem")
    page.check()
    qtbot.waitUntil(lambda: page.examination.done)
    assert len(page.problems()) == 1
    page.mend(list(session.problems))  # not the very one that was found
    assert page.problems() == []


def test_stopping_keeps_what_was_found(program: Program, tmp_path: Path, qtbot: QtBot) -> None:
    folder = wide(tmp_path / "p", "a")
    page = check(program, folder, qtbot).problems
    found = page.problems()
    page.examination.running = True  # as while it goes on
    page.examination.changed.emit()
    qtbot.waitUntil(page.stop_button.isVisible)
    assert not page.cards["box-out-of-bounds"].isEnabled(), "nothing is mended meanwhile"
    qtbot.mouseClick(page.stop_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not page.stop_button.isVisible())
    assert page.problems() == found and page.cards["box-out-of-bounds"].isEnabled()


def test_menu_and_log_lead_here_and_check(program: Program, tmp_path: Path, qtbot: QtBot) -> None:
    program.projects.open(wide(tmp_path / "p", "a"))
    program.context.actions["file.check"].run()
    page = place_of(program).problems
    qtbot.waitUntil(lambda: page.examination.done)
    program.context.go("log")
    log = program.window.place_widget("log")
    assert log is not None
    qtbot.mouseClick(buttons(log, "Check every file")[0], Qt.MouseButton.LeftButton)
    assert program.window.place == "data" and page.examination.running
    qtbot.waitUntil(lambda: page.examination.done)
    program.context.go("data", DataTarget("problems"))
    assert page.examination.done, "looked at, not checked again"
