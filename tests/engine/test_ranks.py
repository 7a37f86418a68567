"""Two processes on this machine's processor that learn together, as GPUs would.

What happens when one of them dies is in ``tests/reliability/test_ranks_killed.py``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from tiny_project import make_project

from tests.engine.steering import Listener, request
from workbench.core.errors import UsageError
from workbench.engine.training.train import train
from workbench.jobs.events import Epoch, Step
from workbench.project.runs import RunFolder, list_runs

SETTINGS = {"batch_size": 8, "augment": False}
TWO = {**SETTINGS, "devices": 2}
HALVES = {**SETTINGS, "tiny.fault": "memory", "tiny.largest_batch": 4}
"""One process that takes the same steps: half of each batch after the other."""


def learn(project: Path, epochs: int, settings: dict[str, Any]) -> tuple[RunFolder, Listener]:
    listen = Listener()
    return train(project, request(epochs, settings=settings), listen, listen.control), listen


def losses(listen: Listener) -> list[dict[str, float]]:
    return [{name: value for name, value in event.losses.items() if not name.startswith("val")}
            for event in listen.of(Epoch)]


def close(one: list[dict[str, float]], other: list[dict[str, float]]) -> bool:
    return len(one) == len(other) and all(
        a == pytest.approx(b, rel=1e-4) for a, b in zip(one, other, strict=True))


def test_two_ranks_learn_what_one_process_learns_from_the_same_batches(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", images=23)  # sixteen of them to learn from
    one, alone = learn(project, 3, HALVES)
    two, together = learn(project, 3, TWO)
    assert two.state["state"] == "finished" and together.of(Step)[-1].step == 6
    assert close(losses(alone), losses(together))
    weights = [safetensors.torch.load_file(run.best_path) for run in (one, two)]
    for name, tensor in weights[0].items():
        if "running" not in name and "num_batches" not in name:  # each rank sees half of them
            torch.testing.assert_close(tensor, weights[1][name], rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(("settings", "words"), [
    ({"devices": 9, "batch_size": 8}, "cannot be shared among 9 devices"),
    ({"devices": 0}, "at least 1"),
])
def test_more_devices_than_can_share_a_step_are_refused_before_there_is_a_run(
        project: Path, settings: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        learn(project, 1, settings)
    assert not list_runs(project)
