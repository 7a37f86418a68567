"""The window program: paints before it does anything heavy, and survives bugs in slots."""

from __future__ import annotations

import workbench.gui.quick_imports  # noqa: F401  before all else that imports Qt

# isort: split

import faulthandler
import gc
import os
import sys
import threading
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

from workbench.core.folders import user_data_folder
from workbench.core.paths import is_file, is_folder
from workbench.gui.app.context import AppContext
from workbench.gui.app.message_log import MessageLog
from workbench.gui.app.program import Program, build
from workbench.gui.background.garbage import GarbageCollector
from workbench.gui.style.theme import FUSION

SETTLED_MS = 2000
"""Time after the first paint in which everything that stays has been made."""

NO_DISPLAY = (
    "workbench: there is no display to open a window on. "
    "“workbench demo --out DIR” does the whole job without one.\n"
)


HELP = """\
usage: workbench-window [--sample] [PATH]

Label images and sounds, train a model with one click and see what it gets wrong.

  PATH        a project folder, a folder of images or sounds, or one file to open; a ZIP
              file of a project, which is unpacked into a folder that you name
  --sample    open a small sample project
  -h, --help  show this help

What works without a window (train, evaluate, predict …): workbench --help
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Open the window and return the exit code.

    Parameters
    ----------
    argv
        The program's name and, after it, a project folder, an image or ``--sample``.
    """
    arguments = list(sys.argv if argv is None else argv)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # on Windows, without a console, there are none
            # open for as long as the program runs
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
    if {"-h", "--help"} & set(arguments[1:]):
        sys.stdout.write(HELP)
        return 0
    if not has_display():
        sys.stderr.write(NO_DISPLAY)
        return 1
    be_a_program()
    app = Application(arguments[:1] or ["workbench"])
    app.setApplicationName("workbench")
    app.setApplicationDisplayName("Workbench")
    app.setDesktopFileName("workbench")
    garbage = GarbageCollector(app)
    log = MessageLog(user_data_folder() / "workbench.log")
    if log.file is not None:
        faulthandler.enable(log.file)  # a crash of a library leaves its traces in the log
    program = build(app, log=log)
    guard = ExceptionGuard(program.context)
    guard.install()
    app.file_asked_for.connect(lambda path: _take(program, path))
    _open(program, arguments[1:])
    # What was made until now stays: the garbage collector need not look through it again, which
    # would be felt as a stutter.
    program.window.painted.connect(lambda: QTimer.singleShot(SETTLED_MS, gc.freeze))
    program.window.show()
    code = app.exec()
    guard.remove()
    garbage.close()
    faulthandler.disable()
    log.close()
    return code


def be_a_program() -> None:
    """Have a button of our own in the taskbar of Windows, which else shows Python's for us."""
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.shell32.SetCurrentProcessExplicitAppUserModelID("Workbench.Workbench")


def has_display() -> bool:
    """Whether Qt can show a window here; it would end the process where it cannot."""
    if sys.platform in ("win32", "darwin"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def _open(program: Program, arguments: Sequence[str]) -> None:
    """Open what was named. Its pictures or sounds are shown first, because they are there at
    once; then the place in which this project was left, where that was another than one to label
    in."""
    paths = [item for item in arguments if not item.startswith("-")]
    if paths and _is_archive(paths[0]):
        program.window.painted.connect(lambda: _take(program, paths[0]))
    elif paths:
        folder = Path(paths[0]).absolute()
        place = program.window.last_place(folder) if is_folder(folder) else ""
        program.projects.open_paths(paths)
        if place not in ("", "images", "audio", program.window.place):
            program.window.painted.connect(lambda: program.context.go(place))
    elif "--sample" in arguments:
        program.projects.open_sample()


def _take(program: Program, path: str) -> None:
    """Open what the desktop hands over; an archive as if it were dropped on the window."""
    if _is_archive(path):
        program.window.dialogs.dropped([Path(path).absolute()])
    else:
        program.projects.open_paths([path])


def _is_archive(path: str) -> bool:
    return path.lower().endswith(".zip") and is_file(path)


class Application(QApplication):
    """Has the style that the theme dresses; takes what the desktop hands over (macOS: a folder
    dropped on the program's icon).

    The style is named as an argument: :meth:`setStyle` gives back a ``QStyle``, for which PySide6
    would make some 600 Python objects before the first paint.
    """

    file_asked_for = Signal(str)
    """(path) it shall be opened."""

    def __init__(self, arguments: Sequence[str]) -> None:
        super().__init__([*arguments, "-style", "fusion"])
        # read when numpy is imported: beside a busy engine, small sums on several threads wait for
        # each other and take twenty times as long
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        self.setProperty(FUSION, True)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FileOpen and isinstance(event, QFileOpenEvent):
            self.file_asked_for.emit(event.file())
            return True
        return super().event(event)


class ExceptionGuard(QObject):
    """A bug in a slot is told and written down; the window stays alive and saved.

    Installed by :func:`main` only, never by importing this module.
    """

    _happened = Signal(str, str)

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self._last = ""
        self._happened.connect(self._show_message)

    def install(self) -> None:
        """Take over exceptions that nobody caught, of all threads."""
        sys.excepthook = self._caught
        threading.excepthook = self._caught_in_thread

    def remove(self) -> None:
        """Leave them to Python again."""
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__

    def _caught(self, kind: type[BaseException], error: BaseException,
                trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        detail = "".join(traceback.format_exception(kind, error, trace))
        sys.stderr.write(detail)
        self._happened.emit(str(error), detail)  # the window's thread tells it

    def _caught_in_thread(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            self._caught(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)

    def _show_message(self, text: str, detail: str) -> None:
        again = detail == self._last
        self._last = detail
        self._context.log.add("bad", f"A fault in the program: {text}", detail=detail)
        if not again:
            self._context.say(
                "bad", "Something in the program did not work. What you labelled is kept; the "
                "log says what happened.", "Show the log", lambda: self._context.go("log"))


if __name__ == "__main__":
    sys.exit(main())
