"""Emptying the trash from the palette: what would go, a question, and gone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from workbench.gui.app.program import Program
from workbench.gui.shell.sheets import Sheet
from workbench.project.runs import RunFolder, list_runs
from workbench.project.trash import TRASH, put_away


@pytest.fixture
def opened(make_program: Callable[..., Program], photos: Path, qtbot: QtBot) -> Program:
    """A project with two deleted pictures."""
    made = make_program()
    with qtbot.waitActive(made.window):
        made.window.show()
    put_away(photos, [photos / "photo1.jpg", photos / "photo2.jpg"])
    made.projects.open(photos)
    return made


def question(program: Program, qtbot: QtBot) -> Sheet:
    palette = program.window.overlays.palette
    palette.open()
    palette.field.setText("empty the trash")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: program.window.findChild(Sheet) is not None)
    found = program.window.findChild(Sheet)
    assert isinstance(found, Sheet)
    return found


def button(sheet: Sheet, text: str) -> QAbstractButton:
    return next(item for item in sheet.findChildren(QAbstractButton) if item.text() == text)


def test_enter_and_escape_leave_the_trash_as_it_is(
        opened: Program, photos: Path, qtbot: QtBot) -> None:
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Escape):
        sheet = question(opened, qtbot)
        focused = opened.window.focusWidget()
        assert focused is button(sheet, "Cancel")
        qtbot.keyClick(focused, key)
        qtbot.waitUntil(lambda: opened.window.findChild(Sheet) is None)
    assert len(list((photos / TRASH).glob("*/*"))) == 2


def test_the_trash_is_emptied_by_keys(opened: Program, photos: Path, qtbot: QtBot) -> None:
    said: list[str] = []
    opened.context.message.connect(lambda _tone, text: said.append(text))
    sheet = question(opened, qtbot)
    assert sheet.accessibleName() == "Empty the trash?"
    for _ in range(10):
        qtbot.keyClick(opened.window.focusWidget(), Qt.Key.Key_Tab)
        focused = opened.window.focusWidget()
        assert focused is not None and sheet.isAncestorOf(focused), "the keyboard stays in it"
        if focused is button(sheet, "Empty trash"):
            break
    qtbot.keyClick(focused, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "The trash is empty: 2 files (less than 1 MB) deleted." in said)
    assert not list((photos / TRASH).iterdir())
    opened.context.actions["file.empty_trash"].run()
    qtbot.waitUntil(lambda: said[-1] == "The trash of “photos” is empty.")
    assert opened.window.findChild(Sheet) is None


def listed(program: Program, qtbot: QtBot) -> Sheet:
    program.context.actions["file.restore"].run()
    qtbot.waitUntil(lambda: program.window.findChild(Sheet) is not None)
    found = program.window.findChild(Sheet)
    assert isinstance(found, Sheet)
    return found


def test_what_was_deleted_comes_back_after_a_restart(
        opened: Program, photos: Path, qtbot: QtBot) -> None:
    session = opened.context.session
    assert session is not None
    qtbot.waitUntil(lambda: not session.index.summarizing)
    assert len(session.index) == 3
    run = RunFolder.create(photos, "compact-n", {"recipe": "compact-n"})
    run.write_state(state="finished", pid=0)
    run.delete()
    assert not list_runs(photos)
    said: list[str] = []
    opened.context.message.connect(lambda _tone, text: said.append(text))

    sheet = listed(opened, qtbot)
    names = [item.accessibleName() for item in sheet.findChildren(QAbstractButton)
             if item.text() == "Restore"]
    assert names == [f"Restore the run {run.name}", "Restore photo1.jpg and 1 more file"]
    button(sheet, "Restore").click()
    assert [item.name for item in list_runs(photos)] == [run.name]
    assert said[-1] == f"The run {run.name} is back."
    qtbot.waitUntil(lambda: opened.window.findChild(Sheet) is None)

    button(listed(opened, qtbot), "Restore").click()
    assert said[-1] == "photo1.jpg and 1 more file are back."
    qtbot.waitUntil(lambda: len(session.index) == 5)
    qtbot.waitUntil(lambda: opened.window.findChild(Sheet) is None)
    opened.context.actions["file.restore"].run()
    qtbot.waitUntil(lambda: said[-1] == "The trash of “photos” is empty.")


def test_a_name_that_is_taken_by_now_is_not_overwritten(
        opened: Program, photos: Path, qtbot: QtBot) -> None:
    (photos / "photo2.jpg").write_bytes(b"another one")
    said: list[str] = []
    opened.context.message.connect(lambda _tone, text: said.append(text))
    button(listed(opened, qtbot), "Restore").click()
    assert "there is another file of this name by now" in said[-1]
    assert (photos / "photo2.jpg").read_bytes() == b"another one"
    assert len(list((photos / TRASH).glob("*/*"))) == 2
