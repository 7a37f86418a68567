"""An engine that makes maps, and the page that shows one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.data.data_steps import place_of
from tests.support.written_map import write_map
from workbench.gui.app.context import DataTarget
from workbench.gui.app.engine_client import EngineClient
from workbench.gui.app.program import Program
from workbench.gui.data.map_page import MapPage
from workbench.jobs.commands import Arrange, Command, Control, FindAlike
from workbench.jobs.events import Event, Failed, Finished, Progress, Ready
from workbench.jobs.message import JobMessage

CORNERS = ((0.0, 0.0), (0.04, 0.0), (0.0, 0.05), (1.0, 1.0), (0.9, 0.95))
"""Three points in one corner, two in the other."""


class MappingEngine:
    """Makes every map with the same places; the orders it got are kept."""

    def __init__(self, places: Sequence[tuple[float, float]], *, waits: bool = False,
                 silent: bool = False, unreadable: Sequence[str] = ()) -> None:
        self.places, self.waits, self.silent = places, waits, silent
        self.unreadable = list(unreadable)
        self.orders: list[Command] = []
        self.on_event: Callable[[Event], object] = lambda event: None
        self.on_exit: Callable[[int, str], object] = lambda code, reason: None

    def start(self) -> None:
        self.on_event(Ready([{"id": "cpu", "name": "2 cores", "memory": 8 * 2**30}], {}))

    def send(self, command: Command) -> None:
        self.orders.append(command)
        if isinstance(command, Arrange) and not self.silent:
            self.on_event(Progress(command.job, "Looking at images", 1, 2))
            if not self.waits:
                path = write_map(Path(command.project), command.what, self.places)
                self.on_event(Finished(command.job, "finished", {"map": str(path),
                                                                 "unreadable": self.unreadable}))
        elif isinstance(command, FindAlike):
            rows = list(range(len(self.places)))[::-1][:2]
            self.on_event(Finished(command.job, "finished", {"rows": rows,
                                                             "similarity": [0.9, 0.8]}))
        elif isinstance(command, Control):
            self.on_event(Finished(command.job, "cancelled", {}))
        elif isinstance(command, JobMessage) and not self.silent:
            self.on_event(Failed(command.job, "This engine knows nothing."))

    def stop(self) -> None: ...

    def client(self) -> EngineClient:
        return EngineClient(lambda: self)  # type: ignore[arg-type,return-value]


def map_of(program: Program, what: str, qtbot: QtBot) -> MapPage:
    """The page when the map that lies in the cache is shown."""
    page = place_of(program, DataTarget("map")).map
    page.choose(what)
    qtbot.waitUntil(lambda: page.data.placed is not None and page.panels.canvas.isVisible())
    QApplication.processEvents()
    return page
