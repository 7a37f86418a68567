"""Ranks of a compact detector's training that are killed again and again: it goes on each time."""

from __future__ import annotations

import random
from pathlib import Path

import psutil
import pytest
from tiny_project import curve, make_project

from tests.engine.steering import Listener
from workbench.engine.training.train import RunFailed, resume, train
from workbench.jobs.commands import TrainRequest
from workbench.jobs.events import Epoch, Event

EPOCHS = 12
SETTINGS = {"image_size": 64, "batch_size": 8, "augment": False, "devices": 2}


def kill_a_rank() -> None:
    for process in psutil.Process().children():
        if "workbench.engine.rank" in process.cmdline():
            process.kill()


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
