"""Pictures of every screen, for the guide, the demo and for looking at one's own work.

``python -m workbench.gui.screenshots PROJECT OUT`` needs no display.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QEventLoop, QSettings, QSize, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from workbench.gui.app.engine_client import EngineClient
from workbench.gui.app.program import Program, build
from workbench.gui.shell.place_stack import START
from workbench.gui.style.theme import Mode

SIZES = ((1280, 800), (1920, 1080))
THEMES: tuple[Mode, ...] = ("light", "dark")
SETTLE_SECONDS = 20.0
"""Longest wait for a place to have drawn all it has to show."""
_QUIET_MS = 250


def take_all(project: Path, out: Path, sizes: Sequence[tuple[int, int]] = SIZES,
             themes: Sequence[Mode] = THEMES, scale: int = 1,
             engine: Callable[[], EngineClient] | None = None) -> list[Path]:
    """Photograph the start page and every place of the window with ``project`` open.

    Parameters
    ----------
    project
        The folder to open; its newest run is what Train and Results show.
    out
        Folder for the pictures, ``PLACE-THEME-WIDTHxHEIGHT.png``; it is made.
    sizes
        Of the window, in logical pixels.
    themes
        "light", "dark".
    scale
        2 for a screen at 200 %; such pictures are taken by a process of their own.

    engine
        Makes another engine than the usual one, for each theme (a test's).

    Returns
    -------
    list of Path
        The pictures, in the order they were taken.
    """
    out.mkdir(parents=True, exist_ok=True)
    if scale != 1:
        return _take_scaled(project, out, sizes, themes, scale)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(["workbench"])
    taken: list[Path] = []
    with tempfile.TemporaryDirectory() as folder:
        for theme in themes:
            stored = QSettings(f"{folder}/{theme}.ini", QSettings.Format.IniFormat)
            stored.setValue("theme", theme)
            program = build(app, stored=stored, start_engine=False, remember=False,
                            engine=engine() if engine is not None else None)
            try:
                taken += _photograph(program, project, out, sizes, theme)
            finally:
                program.window.close_now()
                program.window.deleteLater()
                app.processEvents()
    return taken


def _photograph(program: Program, project: Path, out: Path, sizes: Sequence[tuple[int, int]],
                theme: Mode) -> list[Path]:
    window = program.window
    window.show()
    taken: list[Path] = []
    for size in sizes:
        window.resize(QSize(*size))
        taken.append(_grab(program, out, START, theme))
    program.projects.open(project)
    for place in [item.id for item in window.stack]:
        program.context.go(place)
        if window.place != place:
            continue  # another one stands for it in this project
        for size in sizes:
            window.resize(QSize(*size))
            taken.append(_grab(program, out, place, theme))
    window.resize(QSize(*sizes[0]))
    program.context.go("images")
    window.open_palette()
    window.overlays.palette.field.setText("go")
    taken.append(_grab(program, out, "palette", theme))
    return taken


def _grab(program: Program, out: Path, name: str, theme: Mode) -> Path:
    window = program.window
    settle(program)
    ratio = f"@{window.devicePixelRatio():.0f}x" if window.devicePixelRatio() != 1 else ""
    path = out / f"{name}-{theme}-{window.width()}x{window.height()}{ratio}.png"
    window.grab().save(str(path))
    return path


def settle(program: Program, seconds: float = SETTLE_SECONDS) -> bool:
    """Wait until the project is listed, the engine rests and the window looks the same twice.

    Returns whether that came in time.
    """
    end = time.monotonic() + seconds
    before = QImage()
    while time.monotonic() < end:
        _run_events(_QUIET_MS)
        session = program.context.session
        now = program.window.grab().toImage()
        listed = session is None or not (session.index.scanning or session.index.summarizing)
        context = program.context
        idle = not context.engine_made or context.engine.state not in ("starting", "busy")
        if listed and idle and now == before:
            return True
        before = now
    return False


def _run_events(milliseconds: int) -> None:
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def _take_scaled(project: Path, out: Path, sizes: Sequence[tuple[int, int]],
                 themes: Sequence[Mode], scale: int) -> list[Path]:
    before = set(out.glob("*.png"))
    words = [f"{width}x{height}" for width, height in sizes]
    subprocess.run(
        [sys.executable, "-m", "workbench.gui.screenshots", str(project), str(out),
         "--size", *words, "--theme", *themes],
        check=True, env={**os.environ, "QT_SCALE_FACTOR": str(scale),
                         "QT_QPA_PLATFORM": "offscreen"})
    return sorted(set(out.glob("*.png")) - before)


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    return int(width), int(height)


def main(argv: Sequence[str] | None = None) -> int:
    """Take the pictures that the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m workbench.gui.screenshots",
                                     description="Pictures of every screen.")
    parser.add_argument("project", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--size", nargs="+", type=_size, default=list(SIZES), metavar="WxH")
    parser.add_argument("--theme", nargs="+", choices=THEMES, default=list(THEMES))
    parser.add_argument("--scale", type=int, default=1, help="2 for a screen at 200 %%")
    options = parser.parse_args(argv)
    take_all(options.project, options.out, options.size, options.theme, options.scale)
    return 0


if __name__ == "__main__":
    sys.exit(main())
