"""What was said, and what is wrong with files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from workbench.extension.window import Place
from workbench.gui.app import message_log
from workbench.gui.app.context import ImageTarget
from workbench.gui.app.message_log import MessageLog
from workbench.gui.app.program import Program
from workbench.gui.log.place import LogPlace
from workbench.gui.log.problem_panel import PROBLEMS_SHOWN
from workbench.gui.shell.places import PlaceWidget

from .conftest import draw_photos


@pytest.fixture
def program(make_program: Callable[..., Program], tmp_path: Path, qtbot: QtBot) -> Program:
    places = [Place("images", "Images", "images", lambda context: PlaceWidget()),
              Place("log", "Log", "log", LogPlace, needs_project=False)]
    made = make_program(places, MessageLog(tmp_path / "logs" / "workbench.log"))
    with qtbot.waitExposed(made.window):
        made.window.show()
    return made


@pytest.fixture
def place(program: Program) -> LogPlace:
    program.context.go("log")
    widget = program.window.place_widget("log")
    assert isinstance(widget, LogPlace)
    return widget


def texts(place: LogPlace) -> list[str]:
    model = place.filter
    return [str(model.index(row, 2).data()) for row in range(model.rowCount())]


def test_all_that_was_said_is_there(program: Program, place: LogPlace) -> None:
    assert place.empty.isVisible()
    program.context.say("ok", "Saved.")
    program.context.log.add("info", "torch is here", source="engine")
    assert texts(place) == ["Saved.", "torch is here"]
    assert not place.empty.isVisible()
    assert place.status()[0] == "2 messages"


def test_messages_from_before_the_place_was_made_are_there(program: Program) -> None:
    program.context.say("warn", "Early.")
    program.context.go("log")
    widget = program.window.place_widget("log")
    assert isinstance(widget, LogPlace)
    assert texts(widget) == ["Early."]


def test_messages_are_filtered_by_kind_and_word(program: Program, place: LogPlace,
                                                qtbot: QtBot) -> None:
    program.context.say("ok", "Saved the cat.")
    program.context.say("bad", "The cat could not be read.")
    program.context.log.add("info", "cat epoch 1", source="engine")
    qtbot.mouseClick(place.kinds["problems"], Qt.MouseButton.LeftButton)
    assert texts(place) == ["The cat could not be read."]
    qtbot.mouseClick(place.kinds["engine"], Qt.MouseButton.LeftButton)
    assert texts(place) == ["cat epoch 1"]
    qtbot.mouseClick(place.kinds["all"], Qt.MouseButton.LeftButton)
    qtbot.keyClicks(place.search, "cat SAVED")
    assert texts(place) == ["Saved the cat."]
    assert place.status()[0] == "1 of 3 messages"


def test_messages_are_copied(program: Program, place: LogPlace) -> None:
    program.context.say("ok", "One.")
    program.context.log.add("bad", "Two.", detail="because\nof three")
    place.view.selectRow(1)
    place.copy()
    copied = QGuiApplication.clipboard().text()
    assert copied.splitlines()[0].endswith("bad   Two.")
    assert copied.splitlines()[1:] == ["    because", "    of three"]


def test_the_detail_of_a_message_is_shown(program: Program, place: LogPlace) -> None:
    program.context.log.add("bad", "Two.", detail="Traceback of it")
    assert not place.detail.isVisible()
    place.view.selectRow(texts(place).index("Two."))
    assert "Traceback of it" in place.detail.toPlainText()


def test_the_list_is_emptied_but_not_the_file(program: Program, place: LogPlace) -> None:
    program.context.say("ok", "One.")
    program.context.actions["log.clear"].run()
    assert texts(place) == []
    path = program.context.log.path
    assert path is not None
    assert "One." in path.read_text(encoding="utf-8")


def test_problems_lead_to_their_image(program: Program, place: LogPlace, photos: Path,
                                      qtbot: QtBot) -> None:
    (photos / "photo2.xml").write_text("<annotation><object>", encoding="utf-8")
    program.projects.open(photos)
    session = program.context.session
    assert session is not None
    qtbot.waitUntil(lambda: len(session.problems) == 1)
    went: list[tuple[str, object]] = []
    program.context.place_requested.connect(lambda name, target: went.append((name, target)))
    program.context.go("log")
    show = next(item for item in place.problems.findChildren(QPushButton)
                if item.text() == "Show the file")
    qtbot.mouseClick(show, Qt.MouseButton.LeftButton)
    assert went[-1] == ("images", ImageTarget("photo2.jpg", back="log"))


def test_very_many_problems_are_counted(program: Program, place: LogPlace, tmp_path: Path,
                                        qtbot: QtBot) -> None:
    folder = draw_photos(tmp_path / "bad", [f"{n}.png" for n in range(PROBLEMS_SHOWN + 5)])
    for path in folder.glob("*.png"):
        path.with_suffix(".xml").write_text("<annotation", encoding="utf-8")
    program.projects.open(folder)
    session = program.context.session
    assert session is not None
    qtbot.waitUntil(lambda: len(session.problems) == PROBLEMS_SHOWN + 5)
    program.context.go("log")
    assert place.problems.rows.count() == PROBLEMS_SHOWN
    assert "5 more" in place.problems._words.text()
    program.projects.close()
    assert place.problems.rows.count() == 0


def test_the_log_file_is_complete_at_every_moment(tmp_path: Path) -> None:
    log = MessageLog(tmp_path / "deep" / "workbench.log")
    log.add("bad", "Something bröke 😀", detail="first\nsecond")
    assert log.path is not None
    lines = log.path.read_text(encoding="utf-8").splitlines()
    assert lines[0].endswith("window  bad   Something bröke 😀")
    assert lines[1:] == ["    first", "    second"]
    log.close()
    log.add("info", "after the end")
    assert len(log.entries) == 2


def test_a_long_log_file_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "workbench.log"
    path.write_text("x" * 100, encoding="utf-8")
    monkeypatch.setattr(message_log, "FILE_BYTES", 50)
    MessageLog(path).close()
    assert path.read_text(encoding="utf-8") == ""
    assert (tmp_path / "workbench.old.log").read_text(encoding="utf-8") == "x" * 100


def test_a_long_log_file_of_two_windows_goes_on(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:  # as on Windows, where the other window has it open
        raise PermissionError

    path = tmp_path / "workbench.log"
    path.write_text("old\n", encoding="utf-8")
    monkeypatch.setattr(message_log, "FILE_BYTES", 2)
    monkeypatch.setattr(Path, "replace", refused)
    log = MessageLog(path)
    log.add("info", "hello")
    log.close()
    assert [line[-5:] for line in path.read_text("utf-8").splitlines()] == ["old", "hello"]


def test_a_log_file_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    log = MessageLog(tmp_path / "file" / "workbench.log")
    log.add("info", "hello")
    assert log.file is None
    assert len(log.entries) == 1
