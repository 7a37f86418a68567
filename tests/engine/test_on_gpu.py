"""What only a GPU can show: recorded steps equal the others, and none of them waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from tests.engine.queued_step import MadeBatch, made_parts
from tests.engine.test_compact import context, rows_of, squares
from tests.engine.test_queued_classifiers import MADE
from workbench.engine import seeds
from workbench.engine.devices import release_gpu_memory
from workbench.engine.training.muon import Muon
from workbench.engine.training.optimizers import adamw, quick_sgd
from workbench.engine.training.parts import TrainingParts
from workbench.engine.training.recorded import WARM, RecordedStep
from workbench.engine.training.step import UNRECORDED, StepTaker
from workbench.extension.segmentation import AreaFacts
from workbench.extension.segmentation import BuildContext as AreaContext
from workbench.tasks.detection.engine.compact import build
from workbench.tasks.detection.engine.packed import filled_up
from workbench.tasks.segmentation.engine.model import build as build_areas

pytestmark = [
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here"),
    # said once each: by an operation that does not repeat itself, and by what refuses to wait
    pytest.mark.filterwarnings("ignore:.*determinis", "ignore:Synchronization debug mode"),
]

OPTIMIZERS = ("muon", "adamw", "sgd")
AREAS, CALLS = "areas", "calls"
KINDS = (*OPTIMIZERS, AREAS, CALLS)


@pytest.fixture(autouse=True)
def repeatable(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True, warn_only=True)
    yield
    torch.use_deterministic_algorithms(False)


def batches() -> Callable[[int], MadeBatch]:
    images, targets = squares(8, (128, 96))
    rows = filled_up(rows_of(targets))

    def batch(number: int) -> MadeBatch:
        shifted = images.roll(number % 5, 2).cuda()
        return MadeBatch(shifted, rows.cuda(), number)

    return batch


def area_batches() -> Callable[[int], MadeBatch]:
    images, _ = squares(8, (128, 96))
    areas = (images.float().mean(1) > 128).to(torch.uint8)

    def batch(number: int) -> MadeBatch:
        shift = number % 5
        return MadeBatch(images.roll(shift, 2).cuda(), areas.roll(shift, 1).cuda(), number)

    return batch


def call_batches() -> Callable[[int], MadeBatch]:
    _, inputs, targets = MADE[CALLS]()
    seen, rows = inputs(), targets()

    def batch(number: int) -> MadeBatch:
        return MadeBatch(seen.roll(number % 4, 0).cuda(), rows.cuda(), number)

    return batch


BATCHES = {AREAS: area_batches, CALLS: call_batches}


def call_parts() -> TrainingParts:
    model, _, _ = MADE[CALLS]()
    model.module.to("cuda")
    model.module.train()
    groups = [{"params": list(model.module.parameters()), "lr": 0.01, "weight_decay": 0.01}]
    return made_parts(model, "cuda", [Muon(groups, lr=0.01)])


def area_parts() -> TrainingParts:
    facts = AreaFacts(8, ((128, 96),), (0.1,))
    model = build_areas(AreaContext(("square",), {"precision": "32"}, facts, "cuda"))
    model.module.to("cuda")
    model.module.train()
    groups = [{"params": list(model.module.parameters()), "lr": 0.01, "weight_decay": 0.01}]
    return made_parts(model, "cuda", [Muon(groups, lr=0.01)])


def parts(kind: str) -> TrainingParts:
    torch.manual_seed(0)
    if kind in BATCHES:
        return area_parts() if kind == AREAS else call_parts()
    given = context(128, outlines="on", keypoints="on")
    facts = replace(given.facts, outlines=1, keypoints=1, partners=((1, 0), (0,)))
    model = build(replace(given, facts=facts))
    model.module.to("cuda")
    model.module.train()
    groups = [{"params": list(model.module.parameters()), "lr": 0.01, "weight_decay": 0.01}]
    settings = {"lr": 0.01, "momentum": 0.9}
    make = {"adamw": adamw, "sgd": quick_sgd}.get(kind)
    return made_parts(model, "cuda", [make(groups, settings) if make else Muon(groups, lr=0.01)])


@pytest.mark.parametrize("kind", KINDS)
def test_recorded_steps_have_the_losses_of_others(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = BATCHES.get(kind, batches)()
    found: list[list[float]] = []
    for unrecorded in ("1", ""):
        monkeypatch.setenv(UNRECORDED, unrecorded)
        said: list[str] = []
        taker = StepTaker(parts(kind), said.append)
        losses: list[float] = []
        for number in range(50):
            seeds.seed_torch(0, number)
            losses.append(taker.take(batch(number), []).read()[0]["loss"])
        found.append(losses)
        assert bool(said) == bool(unrecorded)
    assert found[0] == pytest.approx(found[1], rel=1e-3)
    assert found[1][-1] < found[1][0]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_in_a_step_waits(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(UNRECORDED, "1")
    taker, one = StepTaker(parts(kind)), BATCHES.get(kind, batches)()(0)
    taker.take(one, []).read()
    torch.cuda.synchronize()
    try:
        torch.cuda.set_sync_debug_mode("error")
        losses = taker.take(one, [])
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert losses.read()[1]


def test_after_a_recording_that_breaks_off_steps_go_on() -> None:
    said: list[str] = []
    taker = StepTaker(parts("muon"), said.append)
    queued, calls = taker._queued, []

    def looking(inputs: Tensor, targets: Tensor) -> Tensor:
        calls.append(1)
        values = queued(inputs, targets)
        if len(calls) == WARM + 1:
            values.sum().item()
        return values

    assert isinstance(taker._queue, RecordedStep)
    taker._queue._step = looking
    one = batches()(0)
    results = [taker.take(one, []).read() for _ in range(WARM + 4)]
    assert all(finite for _, finite in results) and len(said) == 1
    assert results[-1][0]["loss"] < results[0][0]["loss"]
    torch.cuda.empty_cache()  # refused for as long as a recording is thought to go on
    again = StepTaker(parts("muon"), said.append)
    for _ in range(WARM + 2):
        again.take(one, []).read()
    assert len(said) == 1


def test_an_idle_engine_gives_the_memory_of_its_last_job_back() -> None:
    held = torch.zeros(64 * 2**20, dtype=torch.uint8, device="cuda")
    kept = torch.cuda.memory_reserved()
    del held
    release_gpu_memory()
    assert torch.cuda.memory_reserved() <= kept - 64 * 2**20
