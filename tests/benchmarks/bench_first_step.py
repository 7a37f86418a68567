"""Seconds to the first step of a training: from the start of ``workbench train``, and from the
click with an engine that has waited.

Beside them, in the same rounds, a bare process that only imports torch: no training can begin
before that.
"""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from common import make_learnable, quantiles

ROUNDS = 5
IMAGES = 60
WAITS = 9.0  # seconds, as the engine does one thing ahead a second


def measure(folder: Path) -> dict[str, Any]:
    project = make_learnable(folder / "first", IMAGES)
    times: dict[str, list[float]] = {"process_start": [], "click_warm": [], "torch_alone": []}
    for number in range(ROUNDS + 1):
        found = {"process_start": _from_nothing(project), "click_warm": _from_waiting(project),
                 "torch_alone": _torch()}
        if number:  # the first one fills the disk's cache
            for name, seconds in found.items():
                times[name].append(seconds)
    return {name: quantiles(values, 1.0) for name, values in times.items()}


def _from_nothing(project: Path) -> float:
    began = time.perf_counter()
    command = [sys.executable, "-m", "workbench", "train", str(project), "--recipe", "compact-n",
               "--epochs", "1000", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        for line in process.stdout:
            if '"event":"step"' in line.replace(" ", ""):
                seconds = time.perf_counter() - began
                process.kill()
                return seconds
    raise RuntimeError("there was no step")


def _from_waiting(project: Path) -> float:
    from workbench.jobs.commands import Train, TrainRequest
    from workbench.jobs.events import Failed, Ready, Step
    from workbench.jobs.runner import EngineProcess

    told: queue.Queue[Any] = queue.Queue()
    engine = EngineProcess()
    engine.on_event = told.put
    engine.start()
    while not isinstance(told.get(timeout=120), Ready):
        pass
    time.sleep(WAITS)
    began = time.perf_counter()
    request = TrainRequest(recipe="compact-n", epochs=1000)
    engine.send(Train("job", str(project), request))
    while not isinstance(event := told.get(timeout=120), Step | Failed):
        pass
    seconds = time.perf_counter() - began
    engine.kill()
    if isinstance(event, Failed):
        raise RuntimeError(event.message)
    return seconds


def _torch() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import torch, os; os._exit(0)"], check=True,
                   env=dict(os.environ))
    return time.perf_counter() - began
