"""Importing what is opened next while nobody waits for it."""

from __future__ import annotations

import importlib
import pkgutil
from collections import deque
from collections.abc import Sequence
from contextlib import suppress

from PySide6.QtCore import QObject, QTimer

_PAUSE_MS = 20
"""Between two modules, each of which takes a few ms of the window's thread."""


class IdleImports(QObject):
    """Imports the modules of packages, one after the other, between the events of the window.

    Not on a thread: modules that ask for classes of PySide6 there have ended the program.
    """

    def __init__(self, packages: Sequence[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._packages = tuple(packages)
        self._left: deque[str] | None = None
        self._timer = QTimer(self, interval=_PAUSE_MS)
        self._timer.timeout.connect(self._next)

    def begin(self) -> None:
        """Start, unless it is done or under way."""
        if self._left is None:
            self._left = deque(self._packages)
            self._timer.start()

    def _next(self) -> None:
        name = self._left.popleft() if self._left else ""
        if not name:
            self._timer.stop()
            return
        with suppress(ImportError):  # told by whoever needs it
            module = importlib.import_module(name)
            if name in self._packages:
                assert self._left is not None
                inside = [f"{name}.{item.name}" for item in pkgutil.iter_modules(module.__path__)]
                self._left.extendleft(reversed(inside))
