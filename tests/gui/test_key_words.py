"""Texts of the window name the key that an action has now."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractButton, QWidget
from pytestqt.qtbot import QtBot

import workbench
from workbench.gui.app.program import Program
from workbench.gui.label.images.place import ImagesPlace
from workbench.gui.widgets import key_words
from workbench.gui.widgets.key_words import with_keys

ROOT = Path(workbench.__file__).parent
NAMED = re.compile(r"(Ctrl|Shift|Alt)\+[A-Z0-9]|\(([A-Z]|Space|F\d+)\)| [A-Z] (accept|reject|open)")
FIXED = {"Click a thing, right-click what is no part of it, or drag a box. "
         "Enter: a mask, Shift+Enter: a polygon.",  # a gesture on the canvas, no action
         "Agreement of objects (F1) {f1}", "agreement (F1)"}  # a measure


HELD = re.compile(r"(?<!<)\b(Ctrl|Alt)\b(?!>)")


def test_no_text_of_the_window_names_a_key_by_itself() -> None:
    assert not _texts(NAMED)


def test_keys_that_are_held_are_named_as_the_system_does(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not _texts(HELD)
    assert with_keys("Drag, with <Ctrl> or <Alt>") == "Drag, with Ctrl or Alt"
    monkeypatch.setattr(key_words, "key_text", {"Ctrl+A": "⌘A", "Alt+A": "⌥A"}.__getitem__)
    assert with_keys("Drag, with <Ctrl> or <Alt>") == "Drag, with ⌘ or ⌥"


def _texts(named: re.Pattern[str]) -> list[str]:
    """Texts of the window in which a key is ``named``."""
    found = []
    for path in [*ROOT.glob("gui/**/*.py"), *ROOT.glob("tasks/*/window/*.py")]:
        source = path.read_text("utf-8")
        if not named.search(source) or path.name == "screenshots.py":
            continue
        tree = ast.parse(source)
        told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        found += [f"{path.relative_to(ROOT)}:{node.lineno}: {node.value}"
                  for node in ast.walk(tree)
                  if isinstance(node, ast.Constant) and isinstance(node.value, str)
                  and id(node) not in told and " " in node.value.strip()
                  and named.search(node.value) and node.value not in FIXED]
    return found


def test_every_tip_follows_a_key_that_a_person_changed(
        program: Program, photos: Path, qtbot: QtBot) -> None:
    program.projects.open(photos)
    for place in ("audio", "videos", "images"):
        program.context.go(place)
    place = program.window.place_widget("images")
    assert isinstance(place, ImagesPlace)
    qtbot.waitUntil(lambda: bool(place.editor.key))
    place.viewer.toolbar.show_undo("draw", None)
    actions = program.context.actions
    usual = {key for action in actions for key in action.keys}
    for number, action in enumerate([each for each in actions if each.keys and each.place]):
        actions.set_keys(action.id, (f"Ctrl+Alt+F{number % 35 + 1}",))
    place.viewer.toolbar.show_undo("draw", None)
    place.viewer.toolbar.refresh()
    tips = {tip for widget in program.window.findChildren(QWidget) for tip in (
        widget.toolTip(), widget.accessibleName(),
        widget.text() if isinstance(widget, QAbstractButton) else "")}
    assert sum("Ctrl+Alt+F" in tip for tip in tips) > 25
    fixed = {key for action in actions if not action.place for key in action.keys} | {"Esc"}
    old = [tip for tip in tips for key in re.findall(r"\(([^()]+)\)", tip) if key in usual - fixed]
    assert not old
    assert any(tip.startswith("Draw a box") and tip.count("Ctrl+Alt+F") == 2 for tip in tips)
    key = actions["images.hide_boxes"].keys[0]
    place.editor.set_hidden(True)
    remark = place.viewer.remark()
    assert remark is not None and f"({key})" in remark.choices[0][2]
    actions.set_keys("images.hide_boxes", ())
    assert with_keys("Show (<images.hide_boxes>)") == "Show"
