"""The window program: wires everything together, and paints before it does anything heavy."""

from __future__ import annotations

import faulthandler
import sys
import threading
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSettings, QTimer, Signal
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

from workbench.gui.context import AppContext
from workbench.gui.main_window import MainWindow
from workbench.gui.message_log import MessageLog
from workbench.gui.projects import Projects
from workbench.gui.resources import user_data_folder
from workbench.gui.theme import Mode, Theme

if TYPE_CHECKING:
    from workbench.gui.engine_client import EngineClient

ENGINE_DELAY_MS = 300
"""Time from the first paint to the start of the engine, which would compete for the processor."""

_TONES = {"error": "bad", "critical": "bad", "warning": "warn"}


@dataclass
class Program:
    """The parts of the running program, kept alive together."""

    context: AppContext
    projects: Projects
    window: MainWindow


def settings() -> QSettings:
    """The settings of this person."""
    return QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "workbench",
                     "workbench")


def build(app: QApplication, *, stored: QSettings | None = None, log: MessageLog | None = None,
          engine: EngineClient | None = None, start_engine: bool = True) -> Program:
    """Make the window, not shown yet.

    Parameters
    ----------
    app
        The application; it is given the theme.
    stored, log, engine
        Other settings, log or engine than the usual ones (a test's).
    start_engine
        Whether the engine is started after the first paint.
    """
    stored = stored if stored is not None else settings()
    theme = Theme(_mode(stored))
    theme.apply(app)
    context = AppContext(theme, engine if engine is not None else _engine_client, stored, log)
    projects = Projects(context)
    window = MainWindow(context, projects)
    window.painted.connect(lambda: _listen_to_engine(context))
    if start_engine:
        window.painted.connect(
            lambda: QTimer.singleShot(ENGINE_DELAY_MS, window, lambda: context.engine.start()))
    return Program(context, projects, window)


def main(argv: Sequence[str] | None = None) -> int:
    """Open the window; ``argv`` may name a project folder or an image. Returns the exit code."""
    arguments = list(sys.argv if argv is None else argv)
    app = Application(arguments[:1] or ["workbench"])
    app.setApplicationName("workbench")
    app.setApplicationDisplayName("Workbench")
    app.setDesktopFileName("workbench")
    log = MessageLog(user_data_folder() / "workbench.log")
    if log.file is not None:
        faulthandler.enable(log.file)  # a crash of a library leaves its traces in the log
    program = build(app, log=log)
    guard = ExceptionGuard(program.context)
    guard.install()
    app.file_asked_for.connect(lambda path: program.projects.open_paths([path]))
    paths = [item for item in arguments[1:] if not item.startswith("-")]
    if paths:
        program.projects.open_paths(paths)
        _go_to_last_place(program)
    program.window.show()
    code = app.exec()
    guard.remove()
    faulthandler.disable()
    log.close()
    return code


def _mode(stored: QSettings) -> Mode:
    value = str(stored.value("theme", "system"))
    return "light" if value == "light" else "dark" if value == "dark" else "system"


def _go_to_last_place(program: Program) -> None:
    """Pictures are shown first, because they are there at once; then the place as it was left."""
    place = program.window.last_place()
    if place != program.window.place:
        program.window.painted.connect(lambda: program.context.go(place))


def _engine_client() -> EngineClient:
    from workbench.gui.engine_client import EngineClient

    return EngineClient()


def _listen_to_engine(context: AppContext) -> None:
    from workbench.gui.chart_loader import preload
    from workbench.jobs.messages import LogLine

    def event(message: object) -> None:
        if isinstance(message, LogLine):
            context.log.add(_TONES.get(message.level, "info"), message.text, source="engine")

    context.engine.event.connect(event)
    context.engine.state_changed.connect(  # the processor is idle from then on
        lambda: preload() if context.engine.state == "ready" else None)
    context.engine.crashed.connect(lambda sentence: context.say("bad", sentence))


class Application(QApplication):
    """Takes what the desktop hands over (macOS: a folder dropped on the program's icon).

    Signals
    -------
    file_asked_for
        (path) it shall be opened.
    """

    file_asked_for = Signal(str)

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
        self._happened.connect(self._tell)

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
        self._happened.emit(str(error), detail)  # the window's thread tells it

    def _caught_in_thread(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            self._caught(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)

    def _tell(self, text: str, detail: str) -> None:
        again = detail == self._last
        self._last = detail
        self._context.log.add("bad", text or "a fault in the program", detail=detail)
        if not again:
            self._context.say(
                "bad", "Something in the program did not work. What you labelled is kept; the "
                "log says what happened.", "Show the log", lambda: self._context.go("log"))


if __name__ == "__main__":
    sys.exit(main())
