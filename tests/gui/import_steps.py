"""What the tests of importing in the window do with its page."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtWidgets import QAbstractButton, QLabel
from pytestqt.qtbot import QtBot

from workbench.gui.app.import_page import ImportPage
from workbench.gui.app.program import Program
from workbench.gui.shell.sheets import Sheet


def wait_for_page(program: Program, qtbot: QtBot) -> tuple[Sheet, ImportPage]:
    qtbot.waitUntil(lambda: program.window.findChild(ImportPage) is not None)
    page = program.window.findChild(ImportPage)
    assert isinstance(page, ImportPage)
    sheet = page.parentWidget()
    while not isinstance(sheet, Sheet):
        assert sheet is not None
        sheet = sheet.parentWidget()
    return sheet, page


def button(sheet: Sheet, text: str) -> QAbstractButton:
    return next(item for item in sheet.findChildren(QAbstractButton)
                if item.text() == text and item.isVisible())


def words(page: ImportPage) -> str:
    return "\n".join(item.text() for item in page.findChildren(QLabel) if item.isVisible())


def mime(*paths: Path) -> QMimeData:
    made = QMimeData()
    made.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return made
