"""The compact detector in a real engine process: bad input is told.

A training of it that is killed at any moment is in ``tests/reliability``, one of the tiny recipe in
``tests/jobs``.
"""

from __future__ import annotations

import queue
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from odd_projects import NOTHING, ONCE, ONE, odd_project

from workbench.jobs.commands import Preflight, Train
from workbench.jobs.events import Failed, Finished, PreflightDone, Started
from workbench.jobs.runner import EngineProcess


class Process:
    """An engine process and what it tells."""

    def __init__(self) -> None:
        self.told: queue.Queue[Any] = queue.Queue()
        self.engine = EngineProcess(environment={"OMP_NUM_THREADS": "1"})
        self.engine.on_event = self.told.put
        self.engine.on_exit = lambda code, reason: self.told.put((code, reason))
        self.engine.start()

    def answer(self, command: Any, *kinds: type) -> Any:
        self.engine.send(command)
        while not isinstance(event := self.told.get(timeout=180), (Failed, *kinds)):
            pass
        return event


@pytest.fixture
def process() -> Iterator[Process]:
    process = Process()
    yield process
    process.engine.stop()


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
