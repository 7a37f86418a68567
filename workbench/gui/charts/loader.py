"""Imports what charts need while nobody waits for it; importing this costs nothing."""

from __future__ import annotations

import importlib
import time
from collections.abc import Iterator

from PySide6.QtCore import QObject, QTimer, Signal

from workbench.gui.background.threads import worker

_PLAIN = ("numpy", "xml.etree.ElementTree", "importlib.resources", "decimal", "cProfile", "pydoc",
          "subprocess", "tempfile")
"""What pyqtgraph imports that has nothing to do with Qt: the part that a thread may take."""
_QT = ("QtCore", "QtGui", "QtWidgets", "QtSvg", "QtOpenGL", "QtOpenGLWidgets", "QtTest")
"""Modules of PySide6 of which pyqtgraph asks for every class."""
_SLICE = 0.008  # seconds of the window's thread in one go


class ChartLoader(QObject):
    """Imports numpy and pyqtgraph once.

    PySide6 sets up a class when it is first asked for, and pyqtgraph asks for all of them. That
    happens on the window's thread, in slices: once, while another thread imported it and this one
    made widgets, the program ended.
    """

    loaded = Signal()
    """They are there."""

    def __init__(self) -> None:
        super().__init__()
        self._worker = worker(self, "import-charts")
        self._classes: Iterator[object] = _classes()
        self._slices = QTimer(self, interval=0)
        self._slices.timeout.connect(self._go_on)
        self.ready = False

    def begin(self) -> None:
        """Start the import, unless it is done or under way."""
        if not self._worker.busy and not self._slices.isActive() and not self.ready:
            self._worker.start(lambda _thread: _import(_PLAIN), lambda _: self._slices.start())

    def wait(self) -> None:
        """Import now."""
        self._worker.join()
        self._finish()

    def _go_on(self) -> None:
        end = time.perf_counter() + _SLICE
        for _ in self._classes:
            if time.perf_counter() >= end:
                return
        self._finish()

    def _finish(self) -> None:
        self._slices.stop()
        if not self.ready:
            _import((*_PLAIN, "pyqtgraph"))
            self.ready = True
            self.loaded.emit()


def _import(names: tuple[str, ...]) -> None:
    for name in names:
        importlib.import_module(name)


def _classes() -> Iterator[object]:
    for name in _QT:
        module = importlib.import_module(f"PySide6.{name}")
        yield module
        for item in dir(module):
            yield getattr(module, item)


_loaders: list[ChartLoader] = []


def chart_loader() -> ChartLoader:
    """The one loader; made on the window's thread when it is first asked for."""
    if not _loaders:
        _loaders.append(ChartLoader())
    return _loaders[0]


def preload() -> None:
    """Import what charts need; to be called in idle time after the first paint."""
    chart_loader().begin()
