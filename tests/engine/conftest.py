from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import tiny_project

from tests.engine.steering import Listener


@pytest.fixture(autouse=True)
def tiny_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    tiny_project.use_tiny_recipe(monkeypatch)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return tiny_project.make_project(tmp_path / "shapes")


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Many small tensors on a shared machine: waiting for a second thread only costs time."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def one_timed_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pre-flight times one step: beside other tests it would time many, to know it better."""
    from workbench.engine.training import preflight

    for name, value in (("_ENOUGH", 0.0), ("_LONG", 0.0), ("_BUSY", 1.0)):
        monkeypatch.setattr(preflight, name, value)


@pytest.fixture
def listen() -> Listener:
    """What hears the events of a training, and steers it."""
    return Listener()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The clock of a training: each step takes ``step`` seconds by it, its end 2.5, and nothing
    else any."""
    from workbench.engine.training import budget
    from workbench.engine.training.finish import EndTime
    from workbench.engine.training.stepping import Stepping

    clock = SimpleNamespace(now=0.0, step=0.0)
    take = Stepping.take

    def slow(*arguments: Any) -> Any:
        clock.now += clock.step
        return take(*arguments)

    monkeypatch.setattr(Stepping, "take", slow)
    monkeypatch.setattr(EndTime, "seconds", lambda _end: 2.5)
    monkeypatch.setattr(budget, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock
