"""The whole window on small pictures, with settings of its own and without an engine."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import QEvent, QSettings
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.trial_places import Trials
from workbench.extension.tasks import register_bundled
from workbench.extension.window import Place
from workbench.gui.app.actions import Action
from workbench.gui.app.context import AppContext
from workbench.gui.app.engine_client import EngineClient
from workbench.gui.app.message_log import MessageLog
from workbench.gui.app.program import Program
from workbench.gui.app.projects import Projects
from workbench.gui.shell.main_window import MainWindow
from workbench.gui.shell.places import BUNDLED
from workbench.gui.style.theme import FUSION, Theme
from workbench.gui.widgets import messages
from workbench.jobs.commands import Command
from workbench.jobs.events import Event, Failed, Ready


@pytest.fixture(scope="session", autouse=True)
def bundled() -> None:
    """Tasks, places and cards are there, whichever test is first."""
    register_bundled()


@pytest.fixture(scope="session", autouse=True)
def dressed(qapp: QApplication) -> None:
    """As the program starts: with the style that the theme dresses."""
    qapp.setStyle("Fusion")
    qapp.setProperty(FUSION, True)


@pytest.fixture(scope="session", autouse=True)
def patient() -> Iterator[None]:
    """On a busy machine, messages stay until they were looked at, and saving may take its time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("workbench.gui.app.projects.FLUSH_SECONDS", 60.0)
        for tone, shown in messages._SHOWN_MS.items():
            patch.setitem(messages._SHOWN_MS, tone, 20 * shown)
        yield


@pytest.fixture(scope="module", autouse=True)
def collected_on_this_thread(qapp: QApplication) -> Iterator[None]:
    """Circles with objects of Qt are collected here, and not on whichever thread comes next.

    What is there before is looked through once, and not at the end of each test; and the style
    sheet, which takes a tenth of a second to be read, stays for all tests of a file.
    """
    gc.disable()
    gc.collect()
    gc.freeze()
    yield
    qapp.setStyleSheet("")
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture(autouse=True)
def collected_now_and_then() -> Iterator[None]:
    yield
    if gc.get_count()[0] > 100_000:
        gc.collect()


class SilentEngine:
    """An engine process that is ready, and knows nothing."""

    def __init__(self) -> None:
        self.on_event: Callable[[Event], object] = lambda event: None
        self.on_exit: Callable[[int, str], object] = lambda code, reason: None

    def start(self) -> None:
        self.on_event(Ready([{"id": "cpu", "name": "2 cores", "memory": 8 * 2**30}], {}))

    def send(self, command: Command) -> None:
        job = getattr(command, "job", "")
        if job:
            self.on_event(Failed(job, "This engine knows nothing."))

    def stop(self) -> None: ...


def silent_client() -> EngineClient:
    return EngineClient(SilentEngine)  # type: ignore[arg-type]


def draw_photos(folder: Path, names: Sequence[str], size: tuple[int, int] = (64, 48)) -> Path:
    """Plain pictures called ``names``."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(names):
        image = QImage(*size, QImage.Format.Format_RGB32)
        image.fill(QColor.fromHsv(number * 37 % 360, 160, 190))
        assert image.save(str(folder / name))
    return folder


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of five pictures."""
    return draw_photos(tmp_path / "photos", [f"photo{number}.jpg" for number in range(1, 6)])


@pytest.fixture
def stored(tmp_path: Path) -> QSettings:
    """Settings that belong to the test."""
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    settings.setValue("theme", "light")
    return settings


@pytest.fixture
def make_program(qapp: QApplication, qtbot: QtBot, stored: QSettings,
                 ) -> Iterator[Callable[..., Program]]:
    """Make the window with other places or another log; closes all of them at the end."""
    made: list[Program] = []

    def make(places: Sequence[Place] = BUNDLED, log: MessageLog | None = None,
             engine: Callable[[], EngineClient] = silent_client) -> Program:
        theme = Theme("light")
        theme.apply(qapp)
        context = AppContext(theme, engine, stored, log)
        projects = Projects(context)
        window = MainWindow(context, projects, places)
        program = Program(context, projects, window)
        made.append(program)
        return program

    yield make
    for program in made:
        program.window.close_now()
        program.window.deleteLater()
        program.context.log.close()
    made.clear()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()


@pytest.fixture
def program(make_program: Callable[..., Program], qtbot: QtBot) -> Program:
    """The window as it starts, shown."""
    made = make_program()
    with qtbot.waitExposed(made.window):
        made.window.show()
    return made


@pytest.fixture
def context(qapp: QApplication, tmp_path: Path) -> Iterator[AppContext]:
    """What a place gets, for a place that stands alone: settings of its own and no engine."""
    theme = Theme("light")
    theme.apply(qapp)
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    made = AppContext(theme, cast(EngineClient, None), settings)
    made.actions.add(Action("file.open", "Open a folder", lambda: made.say("info", "open")))
    yield made
    if made.session is not None:
        made.session.close(10)


@pytest.fixture
def trials() -> Trials:
    return Trials()


@pytest.fixture
def framed(make_program: Callable[..., Program], trials: Trials, qtbot: QtBot) -> Program:
    """A window with trial places."""
    program = make_program(trials.places)
    with qtbot.waitExposed(program.window):
        program.window.show()
    return program
