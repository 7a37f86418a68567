"""Puts the window together: theme, context, projects and engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, QTimer
from PySide6.QtWidgets import QApplication

from workbench.core.text import capital, tr
from workbench.gui.app.context import AppContext
from workbench.gui.app.message_log import MessageLog
from workbench.gui.app.person import follow_session
from workbench.gui.app.projects import Projects
from workbench.gui.shell.main_window import MainWindow
from workbench.gui.style.theme import Mode, Theme

if TYPE_CHECKING:
    from workbench.gui.app.engine_client import EngineClient

_OPENED_NEXT = ("workbench.gui.train", "workbench.gui.data")
"""Places that take longest to be shown first."""
ENGINE_DELAY_MS = 300
"""Time from the first paint to the start of the engine, which would compete for the processor."""

SCAN_DELAY_MS = 150
"""Time from the first paint to looking through the folder, for an image that came later."""

PLUGINS_DELAY_MS = 600
"""Time from the first paint to the loading of plugins."""

MENU_DELAY_MS = 3000
"""Time from the first paint to looking whether the applications menu starts this copy."""

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
          engine: EngineClient | None = None, start_engine: bool = True,
          remember: bool = True) -> Program:
    """Make the window, not shown yet.

    Parameters
    ----------
    app
        The application; it is given the theme.
    stored, log, engine
        Other settings, log or engine than the usual ones (a test's).
    start_engine
        Whether the engine is started after the first paint.
    remember
        Whether opened projects go to the person's list of recent ones.
    """
    stored = stored if stored is not None else settings()
    theme = Theme(_mode(stored))
    theme.apply(app)
    context = AppContext(theme, engine if engine is not None else _engine_client, stored, log)
    follow_session(context)
    projects = Projects(context, remember=remember, starting=True)
    window = MainWindow(context, projects)
    window.painted.connect(
        lambda: QTimer.singleShot(SCAN_DELAY_MS, projects, projects.started))
    window.painted.connect(lambda: _listen_to_engine(context))
    window.painted.connect(
        lambda: QTimer.singleShot(PLUGINS_DELAY_MS, window, lambda: _load_plugins(context)))
    if remember:
        window.painted.connect(
            lambda: QTimer.singleShot(MENU_DELAY_MS, window, lambda: _look_at_menu(context)))
    if start_engine:
        window.painted.connect(
            lambda: QTimer.singleShot(ENGINE_DELAY_MS, window, lambda: context.engine.start()))
    return Program(context, projects, window)


def _mode(stored: QSettings) -> Mode:
    value = str(stored.value("theme", "system"))
    return "light" if value == "light" else "dark" if value == "dark" else "system"


def _engine_client() -> EngineClient:
    from workbench.gui.app.engine_client import EngineClient

    return EngineClient()


def _load_plugins(context: AppContext) -> None:
    """Load what others have added, and say what could not be loaded."""
    from workbench.extension.plugins import load_plugins

    problems = load_plugins()
    for problem in problems:
        context.log.add("bad", problem.reason, detail=problem.path)
    if problems:
        more = len(problems) - 1
        rest = tr(" {more} more could not be loaded either.", more=more) if more else ""
        context.say("bad", _sentence(problems[0].reason) + rest, tr("Show the log"),
                    lambda: context.go("log"))


def _look_at_menu(context: AppContext) -> None:
    from workbench.gui.app.menu_entry import look

    look(context)


def _sentence(text: str) -> str:
    return f"{capital(text)}."


def _listen_to_engine(context: AppContext) -> None:
    from workbench.gui.background.idle_imports import IdleImports
    from workbench.gui.charts.loader import chart_loader, preload
    from workbench.jobs.events import Failed, LogLine, Ready

    def event(message: object) -> None:
        if isinstance(message, LogLine):
            context.log.add(_TONES.get(message.level, "info"), message.text, source="engine")
        elif isinstance(message, Ready):
            versions = ", ".join(f"{name} {text}" for name, text in message.versions.items())
            devices = ", ".join(str(device.get("name", "")) for device in message.devices)
            context.log.add("ok", tr("Ready on {devices}. {versions}",
                                     devices=devices, versions=versions), source="engine")
        elif isinstance(message, Failed) and message.detail:
            context.log.add("bad", message.message, source="engine", detail=message.detail)

    opened_next = IdleImports(_OPENED_NEXT, context)

    def state_changed() -> None:
        if context.engine.state == "ready":
            preload()  # the processor is idle from now on
            chart_loader().loaded.connect(opened_next.begin)

    context.engine.event.connect(event)
    context.engine.state_changed.connect(state_changed)
    context.engine.crashed.connect(lambda sentence: context.say("bad", sentence))
