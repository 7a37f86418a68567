"""All keys, settings and about: one page each, over the window, gone with Escape."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from workbench import __version__
from workbench.gui.app.actions import Action, ActionRegistry
from workbench.gui.app.key_choices import KeyChoices, assign, kept_words, pressed_key
from workbench.gui.app.program import Program
from workbench.gui.label.toolbar import action_button
from workbench.gui.shell.command_palette import CommandPalette
from workbench.gui.shell.keys_page import KeysPage
from workbench.gui.shell.sheets import AboutPage, SettingsPage, Sheet
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
    qtbot.keyClicks(keys.search, "zoom in")
    shown = [words for words, widgets in keys.rows if not widgets[0].isHidden()]
    assert shown and all("oom" in words for words in shown)


def test_escape_empties_the_search_of_keys_and_then_closes_the_page(
        program: Program, qtbot: QtBot) -> None:
    sheet = program.window.open_sheet("keys")
    keys = sheet.findChild(KeysPage)
    assert keys is not None and program.window.focusWidget() is keys.search
    qtbot.keyClicks(keys.search, "zoom")
    qtbot.keyClick(keys.search, Qt.Key.Key_Escape)
    assert keys.search.text() == "" and sheet.isVisible()
    qtbot.keyClick(keys.search, Qt.Key.Key_Escape)
    assert not sheet.isVisible()


def test_a_key_is_changed_and_menus_tips_and_the_next_start_follow(
        program: Program, stored: QSettings, qtbot: QtBot, tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch) -> None:
    actions = program.context.actions
    heard: list[str] = []
    for id, keys in (("trial.spin", ("F9",)), ("trial.turn", ("F10", "Ctrl+T"))):
        actions.add(Action(id, id, lambda id=id: heard.append(id), keys))
    button = action_button(actions, "trial.spin", "refresh", "Spin")
    qtbot.addWidget(button)
    keys = KeysPage(program.context, {})
    sheet, foot = program.window.overlays.lay_over("All keys", keys, keys.foot), keys.foot
    assert not foot.reset_button.isEnabled() and foot.print_button.isVisible()
    qtbot.mouseClick(keys.edit_buttons["trial.spin"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(foot.field.hasFocus)
    for key, words in ((Qt.Key.Key_3, "3 chooses a class and stays so."),
                       (Qt.Key.Key_F10, "F10 is the key of “trial.turn”.")):
        qtbot.keyClick(foot.field, key)
        assert foot.words.full_text() == words and actions["trial.spin"].keys == ("F9",)
    qtbot.mouseClick(foot.take_button, Qt.MouseButton.LeftButton)
    assert actions["trial.spin"].keys == ("F10",) and actions["trial.turn"].keys == ("Ctrl+T",)
    assert button.toolTip() == "Spin (F10)"
    for id, key in (("go.images", "F8"), ("view.palette", "F7")):
        assign(actions, actions[id], key)
    assert program.window.rail.button("images").toolTip() == "Images (F8)"
    assert program.window.top_bar.field.hint.text() == "F7"
    assert [words for words, _ in keys.rows if "trial.spin" in words] == [
        "Everywhere trial.spin F10"]
    qtbot.mouseClick(keys.edit_buttons["trial.turn"], Qt.MouseButton.LeftButton)
    qtbot.keyClick(foot.field, Qt.Key.Key_Escape)
    assert foot.print_button.isVisible() and actions["trial.turn"].keys == ("Ctrl+T",)
    shown: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: shown.append(url) or True)
    monkeypatch.setattr("workbench.gui.shell.keys_page.user_data_folder", lambda: tmp_path / "u")
    qtbot.mouseClick(foot.print_button, Qt.MouseButton.LeftButton)
    text = Path(shown[0].toLocalFile()).read_text("utf-8")
    assert "<td>trial.spin</td><td><kbd>F10</kbd></td>" in text and "http" not in text
    assert not [line for line in text.split("<tr>") if "trial.turn" in line and "F10" in line]
    sheet.close_sheet()
    for key in (Qt.Key.Key_F9, Qt.Key.Key_F10):
        qtbot.keyClick(program.window, key)
    assert heard == ["trial.spin"]
    again = ActionRegistry(KeyChoices(stored))
    assert again.add(Action("trial.spin", "Spin", lambda: None, ("F9",))).keys == ("F10",)
    last = KeysPage(program.context, {})
    program.window.overlays.lay_over("All keys", last, last.foot)
    qtbot.mouseClick(last.foot.reset_button, Qt.MouseButton.LeftButton)
    assert actions["trial.turn"].keys == ("F10", "Ctrl+T")
    assert not last.foot.reset_button.isEnabled()
    assert button.toolTip() == "Spin (F9)"
    assert not [name for name in stored.allKeys() if name.startswith("keys/")]


def test_keys_that_are_none_are_not_given() -> None:
    plain, shift = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
    for key in (Qt.Key.Key_Dead_Circumflex, Qt.Key.Key_Multi_key, Qt.Key.Key_Super_L,
                Qt.Key.Key_Mode_switch, Qt.Key.Key_Shift):
        assert pressed_key(key, plain) == ""
    backwards = pressed_key(Qt.Key.Key_Backtab, shift)
    assert backwards == "Shift+Tab" and kept_words(backwards)
    assert pressed_key(Qt.Key.Key_Adiaeresis, plain) == "Ä"
    assert pressed_key(Qt.Key.Key_F11, plain) == "F11"
    assert kept_words(pressed_key(Qt.Key.Key_5, Qt.KeyboardModifier.KeypadModifier))


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


@pytest.mark.parametrize("name", ["settings", "about"])
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
    sheet.grab()  # a person sees it
    top = sheet._box.y()
    words.setText("\n".join(["One more line."] * 12))
    qtbot.waitUntil(lambda: content.parentWidget().height() >= words.sizeHint().height() > few)
    many = content.parentWidget().height()
    assert sheet._box.y() == top, "it grows downwards"
    words.setText("Ready")
    qtbot.waitUntil(lambda: content.sizeHint().height() < many)
    assert content.parentWidget().height() == many
    sheet.close_sheet()


@pytest.mark.parametrize("over", ["about", "search"])
def test_a_page_closes_though_the_field_that_had_the_keyboard_is_gone(
        program: Program, qtbot: QtBot, over: str) -> None:
    field = QLineEdit(program.window)
    field.show()
    field.setFocus()
    qtbot.waitUntil(lambda: program.window.focusWidget() is field)
    window = program.window
    shown = window.open_sheet("about") if over == "about" else window.overlays.palette
    if isinstance(shown, CommandPalette):
        shown.open()
    field.setParent(None)  # as the field of a list does whose rows are others now
    delete(field)
    if isinstance(shown, CommandPalette):
        shown.close_palette()
    else:
        shown.close_sheet()
    assert not shown.isVisible() and not window.open_sheet("settings").isHidden()
