"""Every thread of the window and of a project is one of :mod:`workbench.core.background`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import workbench

ROOT = Path(workbench.__file__).parent
ROOMS = ("gui", "project", "tasks/*/window")
THREADS = {"Thread", "Timer", "ThreadPoolExecutor", "QThread", "QRunnable", "QThreadPool",
           "start_new_thread"}


def bare_threads(source: str) -> Iterator[int]:
    """Lines that name something a thread is made of."""
    if not any(name in source for name in THREADS):
        return  # parsing all takes seconds
    for node in ast.walk(ast.parse(source)):
        names = [node.attr] if isinstance(node, ast.Attribute) else \
            [item.name for item in node.names] if isinstance(node, ast.ImportFrom) else []
        if THREADS.intersection(names):
            yield node.lineno


@pytest.mark.parametrize("line", [
    "threading.Thread(target=f)", "from threading import Thread", "class A(QtCore.QThread): ...",
    "from PySide6.QtCore import QObject, QRunnable", "concurrent.futures.ThreadPoolExecutor(2)"])
def test_a_bare_thread_is_found(line: str) -> None:
    assert list(bare_threads(line))


@pytest.mark.parametrize("room", ROOMS)
def test_no_room_makes_threads_of_its_own(room: str) -> None:
    files = [path for folder in ROOT.glob(room) for path in folder.rglob("*.py")]
    assert files
    found = [f"{path.relative_to(ROOT)}:{line}" for path in files
             for line in bare_threads(path.read_text(encoding="utf-8"))]
    assert found == []
