"""The real window, driven by the benchmarks."""

from __future__ import annotations

from workbench import app as window_app  # before Qt, as in the program

# isort: split

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEventLoop, QSettings, QTimer
from PySide6.QtWidgets import QApplication

from workbench.gui.background.garbage import GarbageCollector


class Window:
    """An open window of 1600×900 with an isolated set of settings.

    A ``folder`` is opened before the window is shown, as the program does with the one it is
    started with.
    """

    def __init__(self, scratch: Path, start_engine: bool = False,
                 folder: Path | None = None) -> None:
        self.app = QApplication.instance() or window_app.Application(["workbench"])
        assert isinstance(self.app, QApplication)
        # as the program: what other threads collect may be widgets, which ends the process
        self._garbage = GarbageCollector()
        stored = QSettings(str(scratch / "settings.ini"), QSettings.Format.IniFormat)
        self.program = window_app.build(self.app, stored=stored, start_engine=start_engine)
        self.program.window.resize(1600, 900)
        if folder is not None:
            self.program.projects.open(folder)
        self.program.window.show()
        self.until(self.program.window.isVisible)

    def until(self, done: Callable[[], bool], seconds: float = 120.0) -> None:
        """Run the event loop until ``done``."""
        end = time.perf_counter() + seconds
        while not done():
            self.app.processEvents()
            if time.perf_counter() > end:
                raise TimeoutError("this never happened")

    def rest(self, seconds: float) -> None:
        """Let the event loop run as it does for a person, asleep while nothing happens."""
        loop = QEventLoop()
        QTimer.singleShot(int(seconds * 1000), loop.quit)
        loop.exec()

    def open(self, folder: Path) -> float:
        """Open ``folder`` and return the seconds until its first image is on the screen."""
        start = time.perf_counter()
        self.program.projects.open(folder)
        self.wait_for_picture()
        return time.perf_counter() - start

    def wait_for_picture(self) -> None:
        """Until the current image is painted."""
        self.until(lambda: self.images is not None and self.canvas.scene.picture.settled)
        self.canvas.repaint()

    @property
    def images(self) -> Any:
        """The Images place, or None before it was shown."""
        return self.program.window.place_widget("images")

    @property
    def canvas(self) -> Any:
        return self.images.canvas

    def close(self) -> None:
        self.program.context.engine.stop()
        self.program.window.close()
        self._garbage.close()


def peak_megabytes() -> float:
    """Largest memory that this process ever had."""
    import resource

    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def on_screen() -> str:
    """What the window was painted on."""
    return os.environ.get("QT_QPA_PLATFORM", "the desktop")
