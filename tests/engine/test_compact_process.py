"""The compact detector in a real engine process: bad input is told, and a killed training goes on.

A short one of each. A training that is killed again and again, at any moment, is in
``tests/reliability``.
"""

from __future__ import annotations

import os
import queue
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from odd_projects import NOTHING, ONCE, ONE, odd_project
from tiny_project import curve, make_project

from workbench.engine.training.control import TrainControl
from workbench.engine.training.train import resume, train
from workbench.jobs.commands import Preflight, Train, TrainRequest
from workbench.jobs.events import Checkpoint, Epoch, Event, Failed, Finished, PreflightDone, Started
from workbench.jobs.runner import EngineProcess
from workbench.project.runs import RunFolder, list_runs


class Process:
    """An engine process and what it tells."""

    def __init__(self) -> None:
        self.told: queue.Queue[Any] = queue.Queue()
        self.engine = EngineProcess(environment={"OMP_NUM_THREADS": "1"})
        self.engine.on_event = self.told.put
        self.engine.on_exit = lambda code, reason: self.told.put((code, reason))
        self.engine.start()

    def until(self, *kinds: type) -> list[Any]:
        events: list[Any] = []
        while not events or not isinstance(events[-1], kinds):
            events.append(self.told.get(timeout=180))
        return events

    def answer(self, command: Any, *kinds: type) -> Any:
        self.engine.send(command)
        return self.until(Failed, *kinds)[-1]


@pytest.fixture(scope="module")
def started() -> Iterator[list[Process]]:
    """Engines that were started; one is enough as long as it is not killed."""
    processes: list[Process] = []
    yield processes
    for process in processes:
        process.engine.stop()


@pytest.fixture
def process(started: list[Process]) -> Process:
    if not started or not started[-1].engine.running:
        started.append(Process())
    return started[-1]


def test_bad_input_is_told_and_the_engine_goes_on(process: Process, tmp_path: Path) -> None:
    for case, (pictures, part, words) in NOTHING.items():
        project = str(odd_project(tmp_path / case, pictures, part))
        commands = (Preflight("p", project, ONCE), Train("t", project, ONCE))
        said = {process.answer(command, PreflightDone, Started).message for command in commands}
        assert len(said) == 1  # the same before and by the training
        assert re.search(words, said.pop())
    project = str(odd_project(tmp_path / "one", ONE))
    assert process.answer(Preflight("q", project, ONCE), PreflightDone).images == 1
    finished = process.answer(Train("u", project, ONCE), Finished)
    assert isinstance(finished, Finished) and finished.state == "finished"


def test_killed_after_a_checkpoint_it_comes_to_the_same_end(
    process: Process, tmp_path: Path
) -> None:
    wish = TrainRequest(recipe="compact-n", epochs=4, device="cpu",
                        settings={"image_size": 64, "batch_size": 3, "previews": 0})
    expected: list[Event] = []
    straight = train(make_project(tmp_path / "a", size=(96, 64)), wish, expected.append,
                     TrainControl())
    project = make_project(tmp_path / "b", size=(96, 64))
    process.engine.send(Train("t", str(project), wish))
    before = process.until(Checkpoint, Failed)
    assert process.engine.pid is not None
    os.kill(process.engine.pid, signal.SIGKILL)
    before += process.until(tuple)  # what was on its way, then the end
    run = list_runs(project)[0]
    assert run.state["state"] == "interrupted" and run.resumable

    after: list[Event] = []
    resume(project, run.name, after.append, TrainControl())
    first = next(event for event in after if isinstance(event, Started)).resumed_at_epoch
    assert 2 <= first <= 4  # it went on, it did not begin again
    kept = [event for event in before if isinstance(event, Epoch) and event.epoch < first]
    assert curve(kept) + curve(after) == curve(expected)
    assert same(straight, run)


def same(one: RunFolder, other: RunFolder) -> bool:
    """Whether the best models are equal to the last bit."""
    first, second = (safetensors.torch.load_file(run.best_path) for run in (one, other))
    return first.keys() == second.keys() and all(
        torch.equal(first[name], second[name]) for name in first)
