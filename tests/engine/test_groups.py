"""Steps from several batches equal a step from one where nothing looks at a batch as a whole."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
import torch
from tiny_project import make_project

from tests.engine.steering import Listener, request
from workbench.core.errors import WorkbenchError
from workbench.engine.training.checkpoint import Position
from workbench.engine.training.groups import GroupStep, groups, halved
from workbench.engine.training.optimizers import MixedOptimizer
from workbench.engine.training.precision import Precision
from workbench.engine.training.preflight import preflight
from workbench.engine.training.step import StepTaker
from workbench.engine.training.train import resume, train
from workbench.jobs.events import Epoch, LogLine, Step

CPU = torch.device("cpu")


@dataclass
class Some:
    inputs: torch.Tensor
    targets: torch.Tensor
    index: int = 0


class Line:
    """A model whose loss is a mean over samples."""

    def __init__(self) -> None:
        torch.manual_seed(0)
        self.module = torch.nn.Linear(3, 1)

    def __call__(self, inputs: torch.Tensor, targets: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"square": (self.module(inputs)[:, 0] - targets).square().mean()}


def made() -> Any:
    """Parts of a training of :class:`Line`."""
    line = Line()
    precision = Precision("32", CPU)
    optimizers = [torch.optim.AdamW(line.module.parameters(), lr=0.1)]
    return SimpleNamespace(
        model=line, learner=line, precision=precision, average=None, optimizers=optimizers,
        steppers=[MixedOptimizer(precision, item, 0.5) for item in optimizers],
        plan=SimpleNamespace(seed=0, device=CPU),
    )


def test_batches_of_any_size_together_make_the_step_of_one() -> None:
    whole, parted = made(), made()
    torch.manual_seed(1)
    for _ in range(4):
        inputs, targets = torch.randn(7, 3), torch.randn(7)
        one = StepTaker(whole).take(Some(inputs, targets), []).read()
        group = [Some(inputs[a:b], targets[a:b]) for a, b in ((0, 3), (3, 4), (4, 7))]
        other = GroupStep(parted).take(group, [], 1).read()
        assert one[0] == pytest.approx(other[0]) and one[1] and other[1]
    for a, b in zip(whole.model.module.parameters(), parted.model.module.parameters(), strict=True):
        torch.testing.assert_close(a, b)


def test_a_group_without_a_finite_loss_changes_nothing() -> None:
    parts = made()
    before = [item.detach().clone() for item in parts.model.module.parameters()]
    bad = [Some(inputs, torch.ones(2)) for inputs in (torch.ones(2, 3),
                                                      torch.full((2, 3), float("nan")))]
    assert not GroupStep(parts).take(bad, [], 1).read()[1]
    after = list(parts.model.module.parameters())
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))
    assert all(item.grad is None for item in after)


class Together:
    """Two devices in one process: a sum waits until both have given their part."""

    size = 2

    def __init__(self, rank: int, parts: list[torch.Tensor | None], both: Barrier) -> None:
        self.rank, self._parts, self._both = rank, parts, both

    def add_up(self, tensor: torch.Tensor) -> None:
        self._parts[self.rank] = tensor.detach().clone()
        self._both.wait(60)
        one, other = self._parts
        assert one is not None and other is not None
        tensor.detach().copy_(one + other)
        self._both.wait(60)


def test_two_devices_end_a_step_with_the_same_statistics_of_batch_norm() -> None:
    ranks = [made(), made()]
    for parts in ranks:
        torch.manual_seed(0)
        module = parts.model.module = torch.nn.Sequential(torch.nn.BatchNorm1d(3),
                                                          torch.nn.Linear(3, 1))
        optimizer = torch.optim.AdamW(module.parameters(), lr=0.1)
        parts.steppers = [MixedOptimizer(parts.precision, optimizer, 0.5)]
    inputs = [torch.randn(5, 3), torch.randn(4, 3) + 3]
    shared: list[torch.Tensor | None] = [None, None]
    both = Barrier(2)

    def take(rank: int) -> tuple[dict[str, float], bool]:
        step = GroupStep(ranks[rank], Together(rank, shared, both))
        return step.take([Some(inputs[rank], torch.zeros(len(inputs[rank])))], [], 1).read()

    with ThreadPoolExecutor(2) as pool:
        losses = list(pool.map(take, range(2)))
    assert losses[0] == losses[1] and losses[0][1]
    one, other = (parts.model.module.state_dict() for parts in ranks)
    assert all(torch.equal(value, other[name]) for name, value in one.items())
    mean = sum(item.mean(0) for item in inputs) / 2
    torch.testing.assert_close(one["0.running_mean"], 0.1 * mean)


class Shelf:
    """A loader that gives numbers."""

    def __init__(self, samples: int) -> None:
        self.samples = samples

    def epoch(self, epoch: int, batch_size: int, first: int, progress: Callable[[int], float],
              every: int = 1) -> Generator[Any]:
        parts = torch.arange(self.samples).tensor_split(-(-self.samples // batch_size))
        for index in range(first, len(parts), every):
            yield SimpleNamespace(numbers=parts[index].tolist(), at=progress(index))


@pytest.mark.parametrize(("samples", "size", "parts"), [
    (32, 16, 2), (29, 8, 4), (9, 4, 4), (5, 2, 2)])
def test_every_sample_is_in_one_step_and_as_many_steps_as_said(
        samples: int, size: int, parts: int) -> None:
    position = Position(batch_size=size, parts=parts)
    found = list(groups(Shelf(samples), position, float))  # type: ignore[arg-type]
    assert len(found) == -(-samples // size)
    assert all(batch.at == at for at, group in enumerate(found) for batch in group)
    numbers = [number for group in found for batch in group for number in batch.numbers]
    assert sorted(numbers) == list(range(samples))
    position.batch = 1
    assert list(groups(Shelf(samples), position, float)) == found[1:]  # type: ignore[arg-type]


def test_halving_keeps_what_a_step_learns_from() -> None:
    position = Position(batch_size=16, batch=3)
    assert halved(position) and (position.batch_size, position.parts, position.batch) == (16, 2, 3)
    assert halved(position) and (position.batch_size, position.parts) == (16, 4)
    odd = Position(batch_size=7, batch=6)
    assert halved(odd) and (odd.batch_size, odd.parts, odd.batch) == (6, 2, 7)
    own = Position(batch_size=16, batch=3)  # of a model that takes its own steps
    assert halved(own, whole=False) and (own.batch_size, own.parts, own.batch) == (8, 1, 6)
    assert not halved(Position(batch_size=4, parts=4)) and not halved(Position(batch_size=1))


def test_a_run_with_too_little_memory_takes_as_many_steps_and_says_so(
        tmp_path: Path, listen: Listener) -> None:
    project = make_project(tmp_path / "p", images=23)  # sixteen of them to learn from
    settings = {"tiny.fault": "memory", "tiny.largest_batch": 2, "batch_size": 8}
    run = train(project, request(2, settings=settings), listen, listen.control)
    assert run.state["state"] == "finished" and len(listen.of(Epoch)) == 2
    assert listen.of(Step)[-1].step == 4
    said = [event.text for event in listen.of(LogLine) if "memory" in event.text]
    assert said == [
        "There was not enough memory for 8 images at once; continuing with 4 at a time, 2 times a "
        "step, so that a step still learns from 8.",
        "There was not enough memory for 4 images at once; continuing with 2 at a time, 4 times a "
        "step, so that a step still learns from 8."]
    assert all(any(text in line for line in run.lines()) for text in said)


def free(monkeypatch: pytest.MonkeyPatch, samples: float) -> None:
    """Let a machine have memory for so many samples of the recipe for tests, as cards keep them."""
    memory = int(samples * 100 * 48 * 48)  # bytes a pixel, and its input
    monkeypatch.setattr(psutil, "virtual_memory",
                        lambda: SimpleNamespace(available=memory, total=memory))


def test_what_a_processor_has_no_memory_for_is_not_tried(
        tmp_path: Path, listen: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    project = make_project(tmp_path / "p", images=23)
    settings = {"tiny.fault": "memory", "tiny.largest_batch": 2, "batch_size": 8}  # more would fail
    wish = request(2, settings=settings)
    free(monkeypatch, 7)
    told = preflight(project, wish, listen, listen.control)
    assert [text for text in told.warnings if "memory" in text] == [
        "there is not enough memory for 8 images at once: each step takes 2 at a time, which is "
        "slower; a smaller batch size or image size helps"]
    run = train(project, wish, listen, listen.control)
    assert run.state["state"] == "finished" and listen.of(Step)[-1].step == 4
    assert [event.text for event in listen.of(LogLine) if "memory" in event.text] == [
        "There was not enough memory for 8 images at once; continuing with 2 at a time, 4 times a "
        "step, so that a step still learns from 8."]
    free(monkeypatch, 0.9)
    for begin in (preflight, train):
        with pytest.raises(WorkbenchError, match="even for one image at a time"):
            begin(project, wish, listen, listen.control)
    assert len(list((project / "runs").iterdir())) == 1, "nothing was begun"


def test_a_run_with_too_little_memory_goes_on_as_it_was(tmp_path: Path, listen: Listener) -> None:
    settings = {"tiny.fault": "memory", "tiny.largest_batch": 2, "batch_size": 8, "ema": False}
    whole = make_project(tmp_path / "whole", images=23)
    train(whole, request(4, settings=settings), listen, listen.control)
    again = Listener()
    again.at(lambda event: isinstance(event, Epoch) and event.epoch == 2, again.control.abandon)
    run = train(make_project(tmp_path / "again", images=23), request(4, settings=settings), again,
                again.control)
    rest = Listener()
    resume(run.project, run, rest, rest.control)
    assert not [event for event in rest.of(LogLine) if "memory" in event.text]
    losses = [event.losses for event in listen.of(Epoch)]
    assert [event.losses for event in (*again.of(Epoch), *rest.of(Epoch))] == losses
