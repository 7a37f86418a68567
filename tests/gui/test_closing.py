"""What closing the window or its project asks, writes and waits for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QMessageBox,
    QPushButton,
)
from pytestqt.qtbot import QtBot

from tests.gui.trial_places import Trials
from workbench.core.annotation import LabeledObject
from workbench.core.errors import WorkbenchError
from workbench.core.shapes import Box
from workbench.gui.app.program import Program
from workbench.gui.shell.places import CloseChoice


def question(program: Program, qtbot: QtBot) -> QMessageBox:
    qtbot.waitUntil(lambda: bool(program.window.findChildren(QMessageBox)))
    return program.window.findChildren(QMessageBox)[0]


def press(box: QMessageBox, text: str, qtbot: QtBot) -> None:
    button = next(item for item in box.buttons() if item.text() == text)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_closing_asks_while_a_place_is_at_work(
        framed: Program, trials: Trials, photos: Path, qtbot: QtBot) -> None:
    framed.projects.open(photos)
    trials.made["images"].question = "A training is under way."
    framed.window.close()
    assert framed.window.isVisible()
    box = question(framed, qtbot)
    assert box.text() == "A training is under way."
    stay = box.defaultButton()
    assert isinstance(stay, QPushButton)
    assert stay.text() == "Don't close"
    with qtbot.waitSignal(box.finished):
        qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert framed.window.isVisible()
    assert framed.context.session is not None


def test_an_answer_of_the_place_closes_when_its_work_is_done(
        framed: Program, trials: Trials, photos: Path, qtbot: QtBot) -> None:
    framed.projects.open(photos)
    later: list[Callable[[], object]] = []
    trials.made["images"].question = "A training is under way."
    trials.made["images"].choices = (CloseChoice("Stop and keep the best", later.append),)
    framed.window.close()
    press(question(framed, qtbot), "Stop and keep the best", qtbot)
    qtbot.waitUntil(lambda: len(later) == 1)
    assert framed.window.isVisible()
    with qtbot.waitSignal(framed.window.closed):
        later[0]()
    assert not framed.window.isVisible()


def test_closing_writes_what_is_not_written_yet(
        framed: Program, photos: Path, qtbot: QtBot) -> None:
    framed.projects.open(photos)
    session = framed.context.session
    assert session is not None
    for number in range(1, 6):
        session.edit(f"photo{number}.jpg", (LabeledObject("cat", Box(1, 1, 9, 9)),), "draw a box")
    framed.window.close()
    assert not framed.window.isVisible()
    assert sorted(path.name for path in photos.glob("*.xml")) == [
        f"photo{number}.xml" for number in range(1, 6)]


def test_closing_asks_when_something_cannot_be_saved(
        framed: Program, photos: Path, qtbot: QtBot) -> None:
    framed.projects.open(photos)
    session = framed.context.session
    assert session is not None

    def refuse() -> bytes:
        raise WorkbenchError("the disk is full", path=photos / "photo1.xml")

    session.saver.submit("photo1.jpg", photos / "photo1.xml", refuse)
    framed.window.close()
    assert framed.window.isVisible()
    box = question(framed, qtbot)
    assert "the disk is full" in box.text()
    with qtbot.waitSignal(framed.window.closed):
        press(box, "Close anyway", qtbot)


def test_closing_the_project_goes_to_the_start_page(
        framed: Program, trials: Trials, photos: Path) -> None:
    framed.projects.open(photos)
    framed.context.actions["file.close"].run()
    assert framed.window.place == "start"
    assert trials.made["images"].calls[-1] == "left"
    assert framed.window.status_bar.saved_text() == ""
