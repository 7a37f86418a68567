"""Keys belong to the place that is shown, and never to a letter that is being typed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QDialog,
    QLineEdit,
    QMenu,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from workbench.gui.app.actions import Action, ActionRegistry
from workbench.gui.app.shortcuts import ShortcutMap, keeps_key
from workbench.gui.label.hold_key import HoldKey


class Window(QWidget):
    """Asks as the main window does."""

    def event(self, event: QEvent) -> bool:
        if keeps_key(event):
            event.accept()
            return True
        return super().event(event)


class Bench:
    def __init__(self, qtbot: QtBot) -> None:
        self.heard: list[str] = []
        self.actions = ActionRegistry()
        self.window = Window()
        layout = QVBoxLayout(self.window)
        self.field, self.button = QLineEdit(), QPushButton("Press")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        for widget in (self.field, self.button, self.slider):
            layout.addWidget(widget)
        self.button.clicked.connect(lambda: self.heard.append("button"))
        self.add("images.draw", "W", "images")
        self.add("images.verify", "Space", "images")
        self.add("results.keep", "Space", "results")
        self.add("images.next", "Right", "images")
        self.add("help", "F1", "")
        self.map = ShortcutMap(self.window, self.actions)
        self.map.set_place("images")
        qtbot.addWidget(self.window)
        with qtbot.waitActive(self.window):
            self.window.show()
            self.window.activateWindow()
        self.window.setFocus()

    def add(self, id: str, keys: str, place: str, **more: object) -> None:
        self.actions.add(Action(id, id, lambda: self.heard.append(id), (keys,), place,
                                **more))  # type: ignore[arg-type]


@pytest.fixture
def bench(qtbot: QtBot) -> Bench:
    return Bench(qtbot)


def test_a_key_runs_the_action_of_the_place_that_is_shown(bench: Bench, qtbot: QtBot) -> None:
    qtbot.keyClick(bench.window, Qt.Key.Key_Space)
    bench.map.set_place("results")
    qtbot.keyClick(bench.window, Qt.Key.Key_Space)
    qtbot.keyClick(bench.window, Qt.Key.Key_W)
    qtbot.keyClick(bench.window, Qt.Key.Key_F1)
    assert bench.heard == ["images.verify", "results.keep", "help"]


def test_a_letter_typed_into_a_field_runs_nothing(bench: Bench, qtbot: QtBot) -> None:
    bench.field.setFocus()
    qtbot.keyClicks(bench.field, "ww w")
    assert bench.field.text() == "ww w"
    assert bench.heard == []
    bench.window.setFocus()
    qtbot.keyClick(bench.window, Qt.Key.Key_W)
    assert bench.heard == ["images.draw"]


def test_space_presses_a_button_that_has_the_focus(bench: Bench, qtbot: QtBot) -> None:
    bench.button.setFocus()
    qtbot.keyClick(bench.button, Qt.Key.Key_Space)
    assert bench.heard == ["button"]
    qtbot.keyClick(bench.button, Qt.Key.Key_W)
    assert bench.heard == ["button", "images.draw"]


def test_arrows_move_a_slider_that_has_the_focus(bench: Bench, qtbot: QtBot) -> None:
    bench.slider.setFocus()
    qtbot.keyClick(bench.slider, Qt.Key.Key_Right)
    assert bench.slider.value() == 1
    assert bench.heard == []


def test_an_action_of_the_place_goes_before_one_of_everywhere(
        bench: Bench, qtbot: QtBot) -> None:
    bench.add("images.help", "F1", "images")
    qtbot.keyClick(bench.window, Qt.Key.Key_F1)
    assert bench.heard == ["images.help"]


def test_an_action_that_is_off_leaves_its_key_to_the_next(bench: Bench, qtbot: QtBot) -> None:
    bench.add("images.help", "F1", "images", enabled=lambda: False)
    qtbot.keyClick(bench.window, Qt.Key.Key_F1)
    assert bench.heard == ["help"]


def test_all_keys_can_be_switched_off(bench: Bench, qtbot: QtBot) -> None:
    bench.map.set_enabled(False)
    qtbot.keyClick(bench.window, Qt.Key.Key_W)
    bench.map.set_enabled(True)
    qtbot.keyClick(bench.window, Qt.Key.Key_F1)
    assert bench.heard == ["help"]


def test_a_key_that_is_none_is_refused(bench: Bench) -> None:
    with pytest.raises(ValueError, match="no key"):
        bench.add("images.odd", "Ctrl+Nonsense", "images")


@pytest.fixture
def let_go() -> list[str]:
    return []


@pytest.fixture
def held(bench: Bench, let_go: list[str]) -> Iterator[HoldKey]:
    """The key R."""
    made = HoldKey(Qt.Key.Key_R, lambda: let_go.append("up"), lambda: False)
    yield made
    made.close()


def test_a_key_that_is_held_is_another_one_once_a_person_chose_it(
        bench: Bench, held: HoldKey, let_go: list[str]) -> None:
    held.set_keys("F8")
    for key in (Qt.Key.Key_R, Qt.Key.Key_F8):
        let_go.clear()
        QTest.keyRelease(bench.window.windowHandle(), key)
        assert bool(let_go) == (key == Qt.Key.Key_F8)
    held.set_keys("")
    let_go.clear()
    QTest.keyRelease(bench.window.windowHandle(), Qt.Key.Key_F8)
    assert not let_go


def test_a_key_that_is_held_is_heard_in_a_window_that_came_later(
        bench: Bench, held: HoldKey, let_go: list[str], qtbot: QtBot) -> None:
    dialog = QDialog(bench.window)
    qtbot.addWidget(dialog)
    with qtbot.waitActive(dialog):
        dialog.show()
        dialog.activateWindow()
    QTest.keyPress(dialog.windowHandle(), Qt.Key.Key_R)
    assert not let_go
    QTest.keyRelease(dialog.windowHandle(), Qt.Key.Key_R)
    assert let_go


def test_a_key_that_is_held_may_go_up_in_a_menu(
        bench: Bench, held: HoldKey, let_go: list[str], qtbot: QtBot) -> None:
    menu = QMenu(bench.window)
    qtbot.addWidget(menu)
    QTest.keyPress(bench.window.windowHandle(), Qt.Key.Key_R)
    QTest.keyRelease(menu, Qt.Key.Key_R)  # menus have no keyboard of their own: Qt sends it there
    assert let_go


def test_events_go_by_unseen_unless_the_key_is_down(
        bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[QObject] = []

    def look(_self: HoldKey, watched: QObject, event: QEvent) -> bool:
        seen.append(watched)
        return unwatched(_self, watched, event)

    unwatched = HoldKey.eventFilter
    monkeypatch.setattr(HoldKey, "eventFilter", look)
    watched = HoldKey(Qt.Key.Key_R, lambda: None, lambda: False)
    try:
        bench.button.hide()
        bench.button.show()
        assert bench.button not in seen
        QTest.keyPress(bench.window.windowHandle(), Qt.Key.Key_R)
        bench.button.hide()
        assert bench.button in seen
        QTest.keyRelease(bench.window.windowHandle(), Qt.Key.Key_R)
        watched._quiet.timeout.emit()
        seen.clear()
        bench.button.show()
        assert bench.button not in seen
    finally:
        watched.close()
