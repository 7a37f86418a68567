"""How late the window's event loop is: idle, and while the engine trains on two cores.

A timer that wants to fire every 2 ms notes how late it comes; the engine is the real one and trains
the real default model on generated images.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from common import make_project, quantiles
from PySide6.QtCore import Qt, QTimer
from window import Window

from workbench.jobs.commands import Control, Train, TrainRequest
from workbench.jobs.events import Step

SECONDS = 20.0
INTERVAL = 0.002


def measure(folder: Path) -> dict[str, Any]:
    project = make_project(folder / "project", 60, boxes=6, size=(640, 480))
    window = Window(folder, start_engine=True)
    window.open(project)
    window.until(lambda: window.program.context.engine.state == "ready", 300)
    idle = _lateness(window)
    engine = window.program.context.engine
    steps: list[Step] = []
    engine.event.connect(lambda event: steps.append(event) if isinstance(event, Step) else None)
    window.program.window.show_place("train")
    job = engine.new_job()
    engine.send(Train(job, str(project), TrainRequest(minutes=5)))
    window.until(lambda: len(steps) > 2, 300)
    training = _lateness(window)
    engine.send(Control(job, "cancel"))
    window.until(lambda: engine.state == "ready", 60)
    window.close()
    return {"idle": quantiles(idle), "training": quantiles(training), "steps_seen": len(steps)}


def _lateness(window: Window) -> list[float]:
    """Seconds by which each tick came late."""
    late: list[float] = []
    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.setInterval(int(INTERVAL * 1000))
    last = time.perf_counter()

    def tick() -> None:
        nonlocal last
        now = time.perf_counter()
        late.append(max(0.0, now - last - INTERVAL))
        last = now

    timer.timeout.connect(tick)
    timer.start()
    window.rest(SECONDS)
    timer.stop()
    return late[1:]
