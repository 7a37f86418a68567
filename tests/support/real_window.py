"""The program as a process of its own on a screen of its own, used with a real mouse and keys."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import ImageGrab

SCREEN = (1280, 800)
COLOR_LEEWAY = 8
"""Of 255; videos do not keep colours exactly."""
PHOTO_COLORS = ((200, 90, 60), (60, 140, 200), (90, 170, 80))
"""Of the plain pictures that tests with a real mouse label."""
PATIENCE = 60.0
"""Seconds; machines that run tests may be busy with something else."""


def wait_for(condition: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Look until ``condition`` holds; fails with ``what`` was waited for."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            pytest.fail(f"waited {seconds:.0f} s for {what}")
        time.sleep(0.02)


@contextmanager
def screen() -> Iterator[str]:
    """A screen that nobody sees, on a number that is free; gives its name (":1")."""
    for program in ("Xvfb", "xdotool"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not on this machine")
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{SCREEN[0]}x{SCREEN[1]}x24",
         "-nolisten", "tcp", "-noreset"], pass_fds=(writing,), stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as pipe:
            number = pipe.readline().strip()
        if not number:
            pytest.skip("Xvfb does not start here")
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(60)


class RealWindow:
    """One run of the program.

    Parameters
    ----------
    arguments
        What follows ``python -m workbench``.
    display
        The screen it opens on.
    """

    def __init__(self, arguments: Sequence[str], display: str,
                 environment: Mapping[str, str] | None = None) -> None:
        self._environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb",
                             **(environment or {})}
        self.process = subprocess.Popen([sys.executable, "-m", "workbench", *arguments],
                                        env=self._environment)
        wait_for(self._find, "the window")
        self.focus()

    def _find(self) -> bool:
        assert self.process.poll() is None, "the program ended"
        found = subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--name", "Workbench"],
            env=self._environment, capture_output=True, text=True, check=False).stdout.split()
        self._window = found[0] if found else ""
        return bool(found)

    def focus(self) -> None:
        """Have what is typed from now on."""
        self.xdotool("windowfocus", self._window)

    @property
    def title(self) -> str:
        return subprocess.run(["xdotool", "getwindowname", self._window], check=True, text=True,
                              env=self._environment, capture_output=True).stdout

    def shows(self, point: tuple[float, float], color: tuple[int, int, int]) -> bool:
        """Whether the screen has about ``color`` at ``point``: a picture of it has opened."""
        screen = ImageGrab.grab(xdisplay=self._environment["DISPLAY"])
        found = np.array(screen.getpixel((round(point[0]), round(point[1]))))
        return bool(np.abs(found - color).max() <= COLOR_LEEWAY)

    def xdotool(self, *words: object) -> None:
        subprocess.run(["xdotool", *(str(word) for word in words)], env=self._environment,
                       check=True, stdout=subprocess.DEVNULL)

    def key(self, *keys: str) -> None:
        self.xdotool("key", *keys)

    def type(self, text: str) -> None:
        self.xdotool("type", "--delay", 20, text)

    def click(self, x: float, y: float) -> None:
        self.xdotool("mousemove", round(x), round(y), "click", 1)

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        words: list[object] = ["mousemove", round(start[0]), round(start[1]), "mousedown", 1]
        for x, y in (middle, end):
            words += ["mousemove", round(x), round(y), "sleep", 0.05]
        self.xdotool(*words, "mouseup", 1)

    def quit(self) -> int:
        """Ctrl+Q; returns the exit code."""
        self.key("ctrl+q")
        return self.process.wait(PATIENCE)

    def kill(self) -> None:
        """SIGKILL, as a machine out of memory does it."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE)


@contextmanager
def opened(folder: Path, display: str) -> Iterator[RealWindow]:
    """The program with ``folder`` open; it does not outlive the test."""
    window = RealWindow(["open", str(folder)], display)
    try:
        yield window
    finally:
        if window.process.poll() is None:
            window.kill()
