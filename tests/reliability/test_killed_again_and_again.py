"""A training whose engine is killed at any moment, again and again, comes to the same end.

Not part of the default run: ``python -m pytest tests/reliability``.
"""

from __future__ import annotations

import json
import os
import queue
import random
import signal
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch

from workbench.jobs.commands import ResumeRun, Train, TrainRequest
from workbench.jobs.events import Finished, Started, Step
from workbench.jobs.runner import EngineProcess
from workbench.project.runs import RunFolder, list_runs
from workbench.project.samples import make_sample_project

PATIENCE = 600.0
REQUEST = TrainRequest(
    recipe="compact-n", epochs=5, device="cpu", settings={"image_size": 160, "batch_size": 4}
)


def run_engine(command: Any, kill_after: int | None) -> bool:
    """Let an engine do ``command``, killed after so many told steps; whether it came to its end."""
    inbox: queue.Queue[object] = queue.Queue()
    engine = EngineProcess(environment={"OMP_NUM_THREADS": "1"})
    engine.on_event = inbox.put
    engine.on_exit = lambda code, reason: inbox.put((code, reason))
    engine.start()
    engine.send(command)
    steps = 0
    while True:
        event = inbox.get(timeout=PATIENCE)
        if isinstance(event, Finished):
            engine.stop()
            return True
        if isinstance(event, tuple):
            return False
        steps += isinstance(event, Step | Started)
        if kill_after is not None and steps >= kill_after and engine.pid is not None:
            os.kill(engine.pid, signal.SIGKILL)
            kill_after = None


def curve(run: RunFolder) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in run.lines()]
    names = ("epoch", "losses", "metrics", "best")
    return [{name: line[name] for name in names} for line in lines if line["event"] == "epoch"]


@pytest.mark.timeout(3600)
def test_killed_at_any_moment(tmp_path: Path) -> None:
    projects = [make_sample_project(tmp_path / name) for name in ("straight", "killed")]
    assert run_engine(Train("t", str(projects[0]), REQUEST), None)
    expected = list_runs(projects[0])[0]
    moments = random.Random(7)
    done = run_engine(Train("t", str(projects[1]), REQUEST), moments.randint(3, 12))
    assert not done
    run = list_runs(projects[1])[0]
    kills = 1
    while not done:
        assert run.state["state"] == "interrupted"
        command: Any = (ResumeRun("r", str(projects[1]), run.name) if run.resumable
                        else Train("t", str(projects[1]), REQUEST))
        after = moments.randint(2, 14) if kills < 5 else None
        done = run_engine(command, after)
        run = list_runs(projects[1])[0]
        kills += after is not None
    assert curve(run) == curve(expected)
    one, other = (safetensors.torch.load_file(item.best_path) for item in (expected, run))
    assert all(torch.equal(one[name], other[name]) for name in one)
