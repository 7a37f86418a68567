"""A folder of JPEG files of 640×480 px through ``compact-n`` at 416 px in the engine's own process,
with the answers as they arrive at the window's end and go into its table.

``first_seconds`` is from asking to the first answer in the table, with the model still to be
loaded; ``memory_mb`` what the engine held when a quarter and when all of the files were through.
``cpu_ms`` is the processor time of an image, in the engine and in the window, which other work on
the machine changes less than the clock.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import psutil
from bench_predict import _write_model
from common import make_image

DIFFERENT, FILES = 120, 1200


def measure(folder: Path) -> dict[str, Any]:
    from PySide6.QtCore import QCoreApplication

    from workbench.gui.app.engine_client import EngineClient, engine_process
    from workbench.gui.predict.table import PredictionTable
    from workbench.jobs.commands import Predict
    from workbench.jobs.events import Finished
    from workbench.jobs.events import Predictions as Found
    from workbench.tasks.detection.window.predictions import DISPLAY

    app = QCoreApplication([])
    project, run = _project(folder)
    files = _files(folder / "night")
    table = PredictionTable()
    table.clear(DISPLAY)
    table.limits = {limit.id: limit.first for limit in DISPLAY.limits}
    client = EngineClient(engine_process)
    marks: dict[str, float] = {}
    busy: dict[str, float] = {}
    memory: list[float] = []

    def take(event: object) -> None:
        if isinstance(event, Found):
            marks.setdefault("first", time.perf_counter())
            table.add(event.items, event.problems, {})
            if not memory and event.done >= FILES // 4:
                memory.append(client.memory() / 2**20)
        elif isinstance(event, Finished):
            marks["end"], busy["end"] = time.perf_counter(), _busy(client)
            memory.append(client.memory() / 2**20)

    client.event.connect(take)
    client.start()
    _until(app, lambda: client.state == "ready")
    busy["began"], own = _busy(client), time.process_time()
    began = time.perf_counter()
    client.send(Predict("b", str(project), run, files, stream=True, **DISPLAY.asked))
    _until(app, lambda: "end" in marks)
    client.stop(wait_seconds=10)
    return {
        "files": len(table.all),
        "images_per_second": round(len(files) / (marks["end"] - began), 1),
        "first_seconds": round(marks["first"] - began, 2),
        "memory_mb": [round(value) for value in memory],
        "cpu_ms": {"engine": round(1e3 * (busy["end"] - busy["began"]) / len(files), 1),
                   "window": round(1e3 * (time.process_time() - own) / len(files), 1)},
    }


def _busy(client: Any) -> float:
    """Seconds of processor time that the engine has taken."""
    times = psutil.Process(client._line.pid).cpu_times()
    return float(times.user + times.system)


def _until(app: Any, condition: Any) -> None:
    while not condition():
        app.processEvents()
        time.sleep(0.005)


def _project(folder: Path) -> tuple[Path, str]:
    from workbench.project.runs import RunFolder

    project = folder / "project"
    project.mkdir()
    run = RunFolder.create(project, "compact-n", {"recipe": "compact-n", "task": "detection",
                                                  "classes": ["a", "b", "c"]})
    _write_model(run.best_path)
    run.write_state(state="finished", epoch=1)
    return project, run.name


def _files(folder: Path) -> list[str]:
    """Many names of fewer pictures: they are decoded each time."""
    folder.mkdir()
    made = [make_image(folder / f"{index:05d}.jpg", 640, 480, index) for index in range(DIFFERENT)]
    for index in range(DIFFERENT, FILES):
        os.link(made[index % DIFFERENT], folder / f"{index:05d}.jpg")
    return sorted(str(path) for path in folder.iterdir())
