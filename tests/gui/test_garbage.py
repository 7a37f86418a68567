"""Objects of Qt that lie in a circle are destroyed on the window's thread."""

from __future__ import annotations

import gc
import threading

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from workbench.gui.background.garbage import GarbageCollector


class Circle(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.itself = self


def test_a_circle_made_by_a_thread_waits_for_the_window(qapp: QApplication, qtbot: QtBot) -> None:
    gc.enable()
    collector = GarbageCollector()
    gone: list[threading.Thread] = []
    for _ in range(1000):
        Circle().destroyed.connect(lambda: gone.append(threading.current_thread()))

    def allocate() -> None:
        kept = [[] for _ in range(200_000)]  # Python would collect many times
        assert kept

    thread = threading.Thread(target=allocate)
    thread.start()
    thread.join()
    assert gone == []
    qtbot.waitUntil(lambda: bool(gone))
    assert set(gone) == {threading.main_thread()}
    collector.close()
    assert gc.isenabled()
