"""What is opened next is imported while nobody waits."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from workbench.gui.background.idle_imports import IdleImports


def test_modules_are_imported_one_by_one_and_a_broken_one_stops_none(
        qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "opened_next"
    package.mkdir()
    for name in ("__init__", "first", "second", "third"):
        (package / f"{name}.py").write_text("from idle_test_log import note\nnote(__name__)\n")
    (package / "second.py").write_text("import opened_next.nowhere\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    log: list[str] = []

    def note(name: str) -> None:
        log.append(name)
        QTimer.singleShot(0, lambda: log.append("an event of the window"))

    monkeypatch.setitem(sys.modules, "idle_test_log", SimpleNamespace(note=note))
    imports = IdleImports(["opened_next"])
    imports.begin()
    imports.begin()
    qtbot.waitUntil(lambda: len(log) == 6)
    turn = "an event of the window"
    assert log == ["opened_next", turn, "opened_next.first", turn, "opened_next.third", turn]
    assert "opened_next.second" not in sys.modules
    for name in [name for name in sys.modules if name.startswith("opened_next")]:
        del sys.modules[name]
