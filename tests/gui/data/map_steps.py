"""A map of a project as the engine would make it, and an engine that makes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from workbench.formats.sample_maps import OBJECTS, SampleMap, map_path, save_sample_map
from workbench.gui.app.engine_client import EngineClient
from workbench.jobs.commands import Arrange, Command, Control
from workbench.jobs.events import Event, Failed, Finished, Progress, Ready
from workbench.project.cache import cache_folder
from workbench.project.statistics.table import read_objects


def write_map(folder: Path, what: str, places: Sequence[tuple[float, float]]) -> Path:
    """Put the images, or the objects in the order of the images, at ``places``; what is near is
    alike."""
    table = read_objects(folder)
    objects = [(table.keys[at], table.classes[label], tuple(box)) for at, label, box in zip(
        table.sample, table.label, table.bounds.tolist(), strict=True)]
    rows = objects if what == OBJECTS else [(key, "", (np.nan,) * 4) for key in table.keys]
    rows = rows[:len(places)]
    points = np.array(places[:len(rows)], np.float32)
    away = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(away, np.inf)
    order = np.argsort(away, axis=1, kind="stable")[:, :3]
    path = map_path(cache_folder(folder), what)
    save_sample_map(path, SampleMap(
        what, tuple(key for key, _, _ in rows), tuple(label for _, label, _ in rows), points,
        np.array([box for _, _, box in rows], np.float32), order.astype(np.int32),
        (1 - np.take_along_axis(away, order, 1)).astype(np.float32)))
    return path


class MappingEngine:
    """Makes every map with the same places; the orders it got are kept."""

    def __init__(self, places: Sequence[tuple[float, float]], *, waits: bool = False) -> None:
        self.places, self.waits = places, waits
        self.orders: list[Command] = []
        self.on_event: Callable[[Event], object] = lambda event: None
        self.on_exit: Callable[[int, str], object] = lambda code, reason: None

    def start(self) -> None:
        self.on_event(Ready([{"id": "cpu", "name": "2 cores", "memory": 8 * 2**30}], {}))

    def send(self, command: Command) -> None:
        self.orders.append(command)
        if isinstance(command, Arrange):
            self.on_event(Progress(command.job, "Looking at images", 1, 2))
            if not self.waits:
                path = write_map(Path(command.project), command.what, self.places)
                self.on_event(Finished(command.job, "finished", {"map": str(path),
                                                                 "unreadable": []}))
        elif isinstance(command, Control):
            self.on_event(Finished(command.job, "cancelled", {}))
        elif getattr(command, "job", ""):
            self.on_event(Failed(command.job, "This engine knows nothing."))  # type: ignore[union-attr]

    def stop(self) -> None: ...

    def client(self) -> EngineClient:
        return EngineClient(lambda: self)  # type: ignore[arg-type,return-value]
