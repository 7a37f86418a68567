"""Imports what charts need away from the window's thread; importing this costs nothing."""

from __future__ import annotations

import importlib

from PySide6.QtCore import QObject, Signal

from workbench.gui.background.threads import worker

NEEDED = ("numpy", "pyqtgraph")


class ChartLoader(QObject):
    """Imports numpy and pyqtgraph once.

    Signals
    -------
    loaded
        They are there.
    """

    loaded = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._worker = worker(self, "import-charts")
        self._done = False

    def begin(self) -> None:
        """Start the import, unless it is done or under way."""
        if not self._worker.busy and not self.ready:
            self._worker.start(lambda _thread: self._import(), lambda _: self.loaded.emit())

    def wait(self) -> None:
        """Import now, or wait for the thread that does."""
        self._worker.join()
        self._import()

    @property
    def ready(self) -> bool:
        return self._done

    def _import(self) -> None:
        for name in NEEDED:
            importlib.import_module(name)
        self._done = True


_loaders: list[ChartLoader] = []


def chart_loader() -> ChartLoader:
    """The one loader; made on the window's thread when it is first asked for."""
    if not _loaders:
        _loaders.append(ChartLoader())
    return _loaders[0]


def preload() -> None:
    """Import what charts need on a thread; to be called in idle time after the first paint."""
    chart_loader().begin()
