"""All keys, settings and about: one page each, over the window, gone with Escape."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from workbench import __version__
from workbench.gui.app.actions import Action
from workbench.gui.app.program import Program
from workbench.gui.shell.sheets import AboutPage, KeysPage, SettingsPage, Sheet
from workbench.gui.widgets import column, label


@pytest.fixture
def program(make_program: Callable[..., Program], qtbot: QtBot) -> Program:
    made = make_program()
    with qtbot.waitActive(made.window):
        made.window.show()
    return made


def page(program: Program, kind: type[QWidget]) -> QWidget:
    found = program.window.findChild(kind)
    assert isinstance(found, QWidget)
    return found


def test_f1_shows_the_keys_of_every_place(program: Program, qtbot: QtBot) -> None:
    qtbot.keyClick(program.window, Qt.Key.Key_F1)
    keys = page(program, KeysPage)
    assert isinstance(keys, KeysPage) and keys.isVisible()
    told = {words for words, _ in keys.rows}
    for action in program.context.actions:
        if action.keys:
            assert any(action.text in words and action.keys[0] in words for words in told)
    for place in ("Everywhere", "Images", "Audio", "Train", "Results", "Log"):
        assert any(words.startswith(place) for words in told), place
    keys.search.setText("zoom in")
    shown = [words for words, widgets in keys.rows if not widgets[0].isHidden()]
    assert shown and all("oom" in words for words in shown)


def test_escape_takes_a_page_away_and_keys_work_again(program: Program, qtbot: QtBot) -> None:
    heard: list[int] = []
    program.context.actions.add(Action("trial.spin", "Spin", lambda: heard.append(1), ("F9",)))
    sheet = program.window.open_sheet("about")
    qtbot.keyClick(sheet, Qt.Key.Key_F9)
    assert heard == [], "what lies below is not meant"
    qtbot.keyClick(sheet, Qt.Key.Key_Escape)
    assert not sheet.isVisible()
    qtbot.keyClick(program.window, Qt.Key.Key_F9)
    assert heard == [1]


def test_settings_are_kept(program: Program, stored: QSettings) -> None:
    program.window.open_sheet("settings")
    settings = page(program, SettingsPage)
    assert isinstance(settings, SettingsPage)
    settings.theme["dark"].click()
    assert program.context.theme.mode == "dark" and stored.value("theme") == "dark"
    settings.boxes["verify_next"].click()
    assert stored.value("images/verify_next") == "yes"
    program.window.open_sheet("settings")
    again = program.window.findChildren(SettingsPage)[-1]
    assert again.boxes["verify_next"].isChecked() and again.theme.selected == "dark"


def test_about_says_what_it_is_and_copies_versions(program: Program) -> None:
    program.window.open_sheet("about")
    about = page(program, AboutPage)
    assert isinstance(about, AboutPage)
    about.copy_button.click()
    copied = QGuiApplication.clipboard().text()
    assert copied.startswith(f"Workbench {__version__}\nPython ") and "PyTorch" in copied


@pytest.mark.parametrize("name", ["keys", "settings", "about"])
def test_a_page_fits_a_small_window(program: Program, name: str) -> None:
    program.window.resize(760, 480)
    sheet = program.window.open_sheet(name)
    assert sheet.rect().contains(sheet._box.geometry())
    program.window.resize(1000, 650)
    assert sheet.width() == program.window.centralWidget().width()


def test_a_page_grows_with_what_it_comes_to_say_and_does_not_shrink_again(
        program: Program, qtbot: QtBot) -> None:
    words = label("Looking …", wrap=True)
    content = QWidget()
    content.setLayout(column(words))
    sheet = Sheet("Export", content, program.window)
    few = content.parentWidget().height()
    words.setText("\n".join(["One more line."] * 12))
    qtbot.waitUntil(lambda: content.parentWidget().height() >= words.sizeHint().height() > few)
    many = content.parentWidget().height()
    words.setText("Ready")
    qtbot.waitUntil(lambda: content.sizeHint().height() < many)
    assert content.parentWidget().height() == many
    sheet.close_sheet()
