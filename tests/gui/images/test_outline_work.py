"""What takes a while with outlines, and what the status bar says of it."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from workbench.core.background import WorkQueue
from workbench.core.signal import Signal
from workbench.gui.label.images import outline_work


def test_nothing_is_said_any_more_though_the_thread_has_not_ended_its_round(
        qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    # what is made is given back at once, as on a machine whose window is quicker than the thread
    monkeypatch.setattr(outline_work, "work_queue", lambda _owner, name: WorkQueue[Any](
        name=name, post=lambda act: act()))
    parent, changed = QObject(), Signal[()]()
    editor: Any = SimpleNamespace(working="", mode_changed=changed)
    work, go_on = outline_work.OutlineWork(editor, parent), threading.Event()
    taken: list[int] = []
    work.do(outline_work.AT_ONCE + 1, "Accepting …", lambda: go_on.wait(60) and 7, taken.append)
    assert editor.working == "Accepting …"
    go_on.set()
    qtbot.waitUntil(lambda: taken == [7], timeout=30_000)
    qtbot.waitUntil(lambda: not work.busy, timeout=30_000)
    assert editor.working == ""
    work.close()
