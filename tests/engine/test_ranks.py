"""Two processes on this machine's processor that learn together, as GPUs would."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
import safetensors.torch
import torch
import torch.distributed as dist
from tiny_project import make_project

from tests.engine.steering import Listener, request
from workbench.core.errors import UsageError
from workbench.engine.training.train import RunFailed, resume, train
from workbench.jobs.events import Epoch, Step
from workbench.project.runs import RunFolder, list_runs

SETTINGS = {"batch_size": 8, "augment": False}
TWO = {**SETTINGS, "devices": 2}
HALVES = {**SETTINGS, "tiny.fault": "memory", "tiny.largest_batch": 4}
"""One process that takes the same steps: half of each batch after the other."""


def ranks() -> list[psutil.Process]:
    """The other processes of a training that are running."""
    found = []
    for child in psutil.Process().children():
        with suppress(psutil.Error):  # one that has just ended has no command line any more
            if "workbench.engine.rank" in child.cmdline():
                found.append(child)
    return found


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


def test_a_rank_that_dies_ends_the_run_and_it_goes_on_to_the_same_end(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", images=23)
    _, alone = learn(project, 4, HALVES)
    listen = Listener()

    def kill() -> None:
        [rank] = ranks()
        rank.kill()

    listen.at(lambda event: isinstance(event, Epoch) and event.epoch == 2, kill)
    with pytest.raises(RunFailed, match=r"one of the 2 processes.*its last checkpoint") as lost:
        train(project, request(4, settings=TWO), listen, listen.control)
    assert lost.value.resumable and "went wrong" not in str(lost.value)
    rest = Listener()
    run = resume(project, lost.value.run, rest, rest.control)
    assert run.state["state"] == "finished"
    assert close(losses(alone), losses(listen)[:rest.of(Epoch)[0].epoch - 1] + losses(rest))
    assert not ranks()


class NeverDone:
    """A sum whose other part does not come, as NCCL knows it: its kernel waits on the GPU."""

    def is_completed(self) -> bool:
        return False

    def wait(self) -> None:
        raise AssertionError("this would wait for ever")


def test_a_sum_that_waits_for_a_rank_that_is_gone_is_ended(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = make_project(tmp_path / "p", images=23)
    listen, add_up, calls, aborted = Listener(), dist.all_reduce, [0], []

    def kill_then_wait(tensor: torch.Tensor, async_op: bool = False) -> Any:
        calls[0] += 1
        if calls[0] < 20:
            return add_up(tensor, async_op=async_op)
        [rank] = ranks()
        rank.kill()
        return NeverDone()

    monkeypatch.setattr(dist, "all_reduce", kill_then_wait)
    monkeypatch.setattr(dist, "get_backend", lambda: "nccl")
    monkeypatch.setattr(dist.distributed_c10d, "_abort_process_group",
                        lambda: aborted.append(dist.is_initialized()))
    with pytest.raises(RunFailed, match=r"one of the 2 processes.*its last checkpoint") as lost:
        train(project, request(4, settings=TWO), listen, listen.control)
    assert lost.value.resumable and aborted == [True] and not ranks()


@pytest.mark.parametrize(("settings", "words"), [
    ({"devices": 9, "batch_size": 8}, "cannot be shared among 9 devices"),
    ({"devices": 0}, "at least 1"),
])
def test_more_devices_than_can_share_a_step_are_refused_before_there_is_a_run(
        project: Path, settings: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        learn(project, 1, settings)
    assert not list_runs(project)
