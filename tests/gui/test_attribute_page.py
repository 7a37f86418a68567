"""The page that changes what a project asks of its objects, with the keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from workbench.core.attributes import Attribute
from workbench.gui.app.attribute_desk import AttributePage
from workbench.gui.app.program import Program
from workbench.gui.shell.sheets import Sheet
from workbench.project.manifest import Manifest


@pytest.fixture
def opened(make_program: Callable[..., Program], photos: Path, qtbot: QtBot) -> Program:
    made = make_program()
    with qtbot.waitActive(made.window):
        made.window.show()
    made.projects.open(photos)
    return made


def page_of(program: Program) -> tuple[Sheet, AttributePage]:
    program.context.actions["file.attributes"].run()
    sheet = program.window.overlays.sheet
    assert isinstance(sheet, Sheet)
    page = sheet.findChild(AttributePage)
    assert isinstance(page, AttributePage)
    return sheet, page


def press(sheet: Sheet, text: str) -> None:
    button = next(item for item in sheet.findChildren(QAbstractButton) if item.text() == text)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_attributes_are_added_changed_and_undone(opened: Program, photos: Path) -> None:
    session = opened.context.session
    assert session is not None
    sheet, page = page_of(opened)
    line = page.lines[0]
    assert opened.window.focusWidget() is line.name and line.choices.isHidden()
    QTest.keyClicks(line.name, "colour")
    line.kind.setCurrentIndex(2)
    assert not line.choices.isHidden()
    press(sheet, "Save")
    assert opened.window.overlays.sheet is sheet, "a choice of nothing is told"
    QTest.keyClicks(line.choices, "red, , blue,red")
    QTest.keyClicks(line.classes, "car")
    QTest.mouseClick(page.add, Qt.MouseButton.LeftButton)
    press(sheet, "Save")
    wanted = (Attribute("colour", "choice", ("red", "blue"), ("car",)),)
    assert session.manifest.attributes == wanted and opened.window.overlays.sheet is None
    assert session.saver.flush(10) and Manifest.load(photos).attributes == wanted
    sheet, page = page_of(opened)
    page.lines[0].removed.emit()
    press(sheet, "Cancel")
    assert session.manifest.attributes == wanted
    session.undo.undo()
    assert session.manifest.attributes == ()


def test_names_with_commas_stay_whole_unless_others_are_typed(opened: Program) -> None:
    session = opened.context.session
    assert session is not None
    given = (Attribute("colour", "choice", ("red, dark", "blue"), ("car, red",)),)
    session.manifest.attributes = given
    _, page = page_of(opened)
    assert tuple(page.attributes()) == given
    page.lines[0].choices.setText("green, black")
    assert page.attributes() == [given[0]._replace(choices=("green", "black"))]
