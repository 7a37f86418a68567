"""How long an epoch takes is measured, also while other programs are at work."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.engine.steering import request
from workbench.engine.training import trial_steps
from workbench.engine.training.control import TrainControl
from workbench.engine.training.other_load import OtherLoad
from workbench.engine.training.preflight import preflight
from workbench.engine.training.step import StepTaker
from workbench.jobs.commands import TrainRequest


@pytest.fixture
def one_timed_step() -> None:
    """As many here as a person's pre-flight times."""


@pytest.mark.parametrize(("share", "first", "step"), [
    (0.0, 5.0, 5.0),  # too long to be taken again
    (0.0, 2.5, 1.5),  # the memory for a batch was asked for in it
    (0.6, 5.0, 1.5),
])
def test_one_slow_step_is_not_believed_while_others_are_at_work(
    project: Path, monkeypatch: pytest.MonkeyPatch, share: float, first: float, step: float
) -> None:
    """The first step that counts is slowed by what the window does when Train is opened."""
    now, seconds = SimpleNamespace(of=0.0), iter([9.0, first, 9.0, 1.5, 2.0])
    take = StepTaker.take

    def slow(*arguments: Any) -> Any:
        now.of += next(seconds)
        return take(*arguments)

    monkeypatch.setattr(StepTaker, "take", slow)
    monkeypatch.setattr(trial_steps, "time", SimpleNamespace(perf_counter=lambda: now.of))
    monkeypatch.setattr(OtherLoad, "share", lambda _load: share)
    wish = request(1, settings={"batch_size": 4})
    done = preflight(project, wish, lambda event: None, TrainControl())
    steps = -(-done.split["train"] // 4)
    assert steps * step <= done.epoch_seconds < steps * step + 3.0


@pytest.fixture
def busy() -> Iterator[None]:
    """Another program that takes all it can get."""
    command = [sys.executable, "-c", "print(flush=True)\nwhile True: pass"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        program.stdout.readline()
        yield
        program.kill()


def test_what_other_programs_take_is_seen(busy: None) -> None:
    load = OtherLoad()
    while not 0.0 < load.share() <= 1.0:
        pass  # ends when the system has counted it, or with the time of the test


def test_what_is_timed_learns_what_the_training_learns(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Layers that rest with pretrained weights rest while a step is timed, too."""
    timed: list[Any] = []

    def instead(model: Any, *_: object, **_limits: object) -> list[float]:
        timed.append(model.module.train())
        return [1.0]

    monkeypatch.setattr("workbench.engine.training.preflight.step_times", instead)
    wish = TrainRequest(recipe="compact-lite0", epochs=1, device="cpu",
                        settings={"image_size": 64})
    preflight(project, wish, lambda event: None, TrainControl())
    learns = [item.requires_grad for item in timed[-1].parameters()]
    assert any(learns) and not all(learns)
    from_nothing = replace(wish, start_from="none")
    preflight(project, from_nothing, lambda event: None, TrainControl())
    assert all(item.requires_grad for item in timed[-1].parameters()), "measured anew"
