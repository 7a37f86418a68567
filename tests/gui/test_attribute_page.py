"""The page that changes what a project asks of its objects, with the keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QColorDialog, QWidget
from pytestqt.qtbot import QtBot

from workbench.core.attributes import Attribute
from workbench.core.skeletons import Skeleton
from workbench.gui.app.attribute_page import AttributePage
from workbench.gui.app.program import Program
from workbench.gui.app.skeleton_page import SkeletonPage
from workbench.gui.shell.sheets import Sheet
from workbench.project.manifest import Manifest

Page = TypeVar("Page", bound=QWidget)


@pytest.fixture
def opened(make_program: Callable[..., Program], photos: Path, qtbot: QtBot) -> Program:
    made = make_program()
    with qtbot.waitActive(made.window):
        made.window.show()
    made.projects.open(photos)
    return made


def page_of(program: Program) -> tuple[Sheet, AttributePage]:
    return laid_over(program, "file.attributes", AttributePage)


def laid_over(program: Program, action: str, kind: type[Page]) -> tuple[Sheet, Page]:
    """The page that an action lays over the window."""
    program.context.actions[action].run()
    sheet = program.window.overlays.sheet
    assert isinstance(sheet, Sheet)
    page = sheet.findChild(kind)
    assert isinstance(page, kind)
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
    QTest.mouseClick(page.add, Qt.MouseButton.LeftButton)
    QTest.keyClicks(page.lines[2].name, "weather")
    page.lines[2].of.setCurrentIndex(1)
    assert not page.lines[2].classes.isEnabled()
    press(sheet, "Save")
    wanted = (Attribute("colour", "choice", ("red", "blue"), ("car",)),
              Attribute("weather", whole=True))
    assert session.manifest.attributes == wanted and opened.window.overlays.sheet is None
    assert session.saver.flush(60) and Manifest.load(photos).attributes == wanted
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


def test_key_points_are_named_joined_and_undone(opened: Program, photos: Path) -> None:
    session = opened.context.session
    assert session is not None
    session.add_class(name := "cat")
    sheet, page = laid_over(opened, "file.keypoints", SkeletonPage)
    (block,) = page.blocks
    assert block.kind.currentText() == name and opened.window.focusWidget() is block.names
    QTest.keyClicks(block.names, "nose, left ear,tail,")
    QTest.keyClicks(block.lines, "nose - left ear")
    for number in (1, 2):  # two clicks join what lies there
        QTest.mouseClick(block.map, Qt.MouseButton.LeftButton,
                         pos=block.map.place(number).toPoint())
    assert block.lines.text() == "nose – left ear, left ear – tail"
    QTest.mouseDClick(block.map, Qt.MouseButton.LeftButton, pos=block.map.place(2).toPoint())
    dialog = block.map.findChild(QColorDialog)
    assert dialog is not None
    dialog.setCurrentColor(QColor("#d97706"))
    dialog.accept()
    dialog.hide()
    lines = block.lines.text()
    block.lines.setText(f"{lines}, tail - foot")
    block.lines.textEdited.emit(block.lines.text())
    press(sheet, "Save")
    assert opened.window.overlays.sheet is sheet and "“foot”" in page._problem.text()
    QTest.keyClicks(block.names, "s")  # other points lose no line that is written
    assert block.lines.text() == f"{lines}, tail - foot"
    QTest.keyClick(block.names, Qt.Key.Key_Backspace)
    block.lines.setText(lines)
    block.lines.textEdited.emit(lines)
    press(sheet, "Save")
    wanted = Skeleton(("nose", "left ear", "tail"), ((0, 1), (1, 2)), ("", "", "#d97706"))
    assert session.manifest.skeletons == {name: wanted}
    assert session.saver.flush(60) and Manifest.load(photos).skeletons == {name: wanted}
    sheet, page = laid_over(opened, "file.keypoints", SkeletonPage)
    (block,) = page.blocks
    block.names.setText("nose, tail")  # what goes takes its lines along
    block.names.textEdited.emit("nose, tail")
    assert block.map.skeleton == Skeleton(("nose", "tail"), (), ("", "#d97706"))
    QTest.mouseClick(page.add, Qt.MouseButton.LeftButton)
    page.blocks[1].kind.setCurrentText(name)
    QTest.keyClicks(page.blocks[1].names, "nose")
    press(sheet, "Save")
    assert opened.window.overlays.sheet is sheet, "a class that is there twice is told"
    page.blocks[1].removed.emit()
    block.removed.emit()
    press(sheet, "Save")
    assert session.saver.flush(60) and Manifest.load(photos).skeletons == {}
    session.undo.undo()
    assert session.manifest.skeletons == {name: wanted}
