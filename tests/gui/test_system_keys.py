"""Keys and windows on systems that this one need not be."""

from __future__ import annotations

import ctypes
import sys
from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt

from workbench import app
from workbench.gui.app.actions import Action, ActionRegistry
from workbench.gui.widgets.system_keys import deletes


def keys_of(*keys: str) -> tuple[str, ...]:
    actions = ActionRegistry()
    actions.add(Action("place.act", "Act", lambda: None, keys))
    assert actions.usual_keys("place.act") == actions["place.act"].keys
    return actions["place.act"].keys


def test_on_a_mac_the_key_above_enter_deletes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert keys_of("Del", "Backspace") == ("Del", "Backspace") and keys_of("Del") == ("Del",)
    assert not deletes(Qt.Key.Key_Backspace) and deletes(Qt.Key.Key_Delete)
    monkeypatch.setattr(sys, "platform", "darwin")
    assert keys_of("Del", "Backspace") == keys_of("Del") == ("Backspace", "Del")
    assert keys_of("X", "Del") == ("X", "Backspace", "Del")
    assert deletes(Qt.Key.Key_Backspace) and deletes(Qt.Key.Key_Delete)


def test_no_action_has_a_key_that_the_system_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert keys_of("F11") == ("F11",) and keys_of("Ctrl+H") == ("Ctrl+H",)
    monkeypatch.setattr(sys, "platform", "darwin")
    assert keys_of("F11") == ("Ctrl+Meta+F",), "that one clears the desk"
    assert keys_of("Ctrl+H") == ("Ctrl+Shift+H",), "that one hides the program"
    assert keys_of("W", "Ctrl+Z") == ("W", "Ctrl+Z")


def test_windows_shows_the_window_as_a_program_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    named: list[str] = []
    shell = SimpleNamespace(SetCurrentProcessExplicitAppUserModelID=named.append)
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(shell32=shell), raising=False)
    app.be_a_program()
    assert not named
    monkeypatch.setattr(sys, "platform", "win32")
    app.be_a_program()
    assert named == ["Workbench.Workbench"]
