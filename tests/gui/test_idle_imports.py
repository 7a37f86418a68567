"""What is opened next is imported while nobody waits."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from workbench.gui.background.idle_imports import IdleImports


def test_modules_are_imported_one_by_one_and_a_broken_one_stops_none(
        qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "opened_next"
    package.mkdir()
    for name in ("__init__", "first", "second", "third"):
        (package / f"{name}.py").write_text("")
    (package / "second.py").write_text("import opened_next.nowhere\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    there: list[int] = []
    look = QTimer(interval=0)
    look.timeout.connect(lambda: there.append(
        sum(name.startswith("opened_next") for name in sys.modules)))
    look.start()
    imports = IdleImports(["opened_next"])
    imports.begin()
    imports.begin()
    qtbot.waitUntil(lambda: "opened_next.third" in sys.modules)
    look.stop()
    assert {1, 2} <= set(there), "the window has its turn between two of them"
    assert "opened_next.second" not in sys.modules
    for name in [name for name in sys.modules if name.startswith("opened_next")]:
        del sys.modules[name]
