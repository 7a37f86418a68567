"""Ranks of a training that are killed: it ends in one sentence, and goes on each time."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch
import torch.distributed as dist
from tiny_project import curve, make_project, use_tiny_recipe

from tests.engine.steering import Listener, request
from tests.engine.test_ranks import HALVES, TWO, close, learn, losses
from workbench.engine.training.train import RunFailed, resume, train
from workbench.jobs.commands import TrainRequest
from workbench.jobs.events import Epoch, Event

EPOCHS = 12
SETTINGS = {"image_size": 64, "batch_size": 8, "augment": False, "devices": 2}


def ranks() -> list[psutil.Process]:
    """The other processes of a training that are running."""
    found = []
    for child in psutil.Process().children():
        with suppress(psutil.Error):  # one that has just ended has no command line any more
            if "workbench.engine.rank" in child.cmdline():
                found.append(child)
    return found


def kill_a_rank() -> None:
    [rank] = ranks()
    rank.kill()


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """The recipe "tiny", here and in the other processes."""
    use_tiny_recipe(monkeypatch)
    torch.set_num_threads(1)


def test_a_training_of_two_ranks_survives_their_deaths(tmp_path: Path) -> None:
    """Every death is told, and the epochs that were learned in the end are those of a training
    in which nobody died."""
    wish = TrainRequest(recipe="compact-n", epochs=EPOCHS, device="cpu", settings=SETTINGS)
    whole = Listener()
    train(make_project(tmp_path / "whole", images=23), wish, whole, whole.control)
    chance = random.Random(0)
    project = make_project(tmp_path / "killed", images=23)
    told: dict[int, Event] = {}
    run, epoch = None, 0
    for _ in range(4 * EPOCHS):
        listen = Listener()
        due = epoch + chance.randint(1, 3)
        listen.at(lambda event, due=due: isinstance(event, Epoch) and event.epoch == due,
                  kill_a_rank)
        try:
            run = (train(project, wish, listen, listen.control) if run is None
                   else resume(project, run, listen, listen.control))
        except RunFailed as lost:
            run = lost.run
            assert lost.resumable and "processes that learned together" in str(lost)
        told |= {event.epoch: event for event in listen.of(Epoch)}
        epoch = max(told)
        if run.state["state"] == "finished":
            break
    assert run is not None and run.state["state"] == "finished"
    expected = curve(whole.events)
    found = curve([told[number] for number in sorted(told)])
    assert [item[0] for item in found] == list(range(1, EPOCHS + 1))
    for one, other in zip(expected, found, strict=True):
        assert one[1]["loss"] == pytest.approx(other[1]["loss"], rel=1e-3)


@pytest.mark.usefixtures("tiny")
def test_a_rank_that_dies_ends_the_run_and_it_goes_on_to_the_same_end(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", images=23)
    _, alone = learn(project, 4, HALVES)
    listen = Listener()
    listen.at(lambda event: isinstance(event, Epoch) and event.epoch == 2, kill_a_rank)
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


@pytest.mark.usefixtures("tiny")
def test_a_sum_that_waits_for_a_rank_that_is_gone_is_ended(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = make_project(tmp_path / "p", images=23)
    listen, add_up, calls, aborted = Listener(), dist.all_reduce, [0], []

    def kill_then_wait(tensor: torch.Tensor, async_op: bool = False) -> Any:
        calls[0] += 1
        if calls[0] < 20:
            return add_up(tensor, async_op=async_op)
        kill_a_rank()
        return NeverDone()

    monkeypatch.setattr(dist, "all_reduce", kill_then_wait)
    monkeypatch.setattr(dist, "get_backend", lambda: "nccl")
    monkeypatch.setattr(dist.distributed_c10d, "_abort_process_group",
                        lambda: aborted.append(dist.is_initialized()))
    with pytest.raises(RunFailed, match=r"one of the 2 processes.*its last checkpoint") as lost:
        train(project, request(4, settings=TWO), listen, listen.control)
    assert lost.value.resumable and aborted == [True] and not ranks()
