"""A step as a GPU takes it: nothing is looked at, and it equals the step that looks."""

from __future__ import annotations

import copy
import gc
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_project import make_project
from torch import Tensor

from tests.engine.queued_step import (
    MadeBatch,
    NoWaiting,
    Waited,
    look_at_nothing,
    looked_at,
    made_parts,
    without_numbers,
)
from tests.engine.steering import Listener, equal, request, weights
from tests.engine.taped import TapeRecorder
from tests.engine.test_compact import context, rows_of, squares
from workbench.engine.training import stepping
from workbench.engine.training.control import TrainControl
from workbench.engine.training.muon import Muon
from workbench.engine.training.numbers import written
from workbench.engine.training.optimizers import load_state, quick_sgd, sgd
from workbench.engine.training.parts import TrainingParts
from workbench.engine.training.recorded import MOST, WARM, CudaRecorder, RecordedStep
from workbench.engine.training.step import UNRECORDED, StepTaker
from workbench.engine.training.train import resume, train
from workbench.extension.detection import BuildContext
from workbench.jobs.events import Epoch, Step
from workbench.tasks.detection.engine.compact import (
    CompactDetector,
    build,
    build_lite0,
    build_m,
    build_s,
    loss,
)
from workbench.tasks.detection.engine.details import OUTLINE, POINT
from workbench.tasks.detection.engine.packed import filled_up


def build_refined(given: BuildContext) -> CompactDetector:
    """The smallest that refines boxes and learns outlines and key points."""
    settings = {**given.settings, "refine_boxes": "scored", "outlines": "on", "keypoints": "on"}
    facts = replace(given.facts, outlines=1, keypoints=1, partners=((1, 0), (0,)))
    return build(replace(given, settings=settings, facts=facts))


SIZES = {"n": build, "s": build_s, "m": build_m, "lite0": build_lite0, "refined": build_refined}
# the others, which are wider, in tests/reliability/test_wider_steps.py
TRIED = ("n", "refined")
ON = {"cuda": "n", "cpu": "refined"}
"""What is tried on which device."""
Build = Callable[[BuildContext], CompactDetector]


def model(make: Build = build) -> CompactDetector:
    torch.manual_seed(0)
    made = make(context(64))
    made.module.train()
    return made


def step(taker: StepTaker, inputs: Tensor, targets: Any) -> tuple[dict[str, float], bool]:
    return taker.take(MadeBatch(inputs, targets), []).read()


# Nothing is looked at


@pytest.mark.parametrize("look", [
    lambda x: x.sum().item(), lambda x: float(x[0]), lambda x: x.nonzero(), lambda x: x[x > 0],
    lambda x: x.masked_select(x > 0), lambda x: bool((x > 0).any()), lambda x: torch.where(x > 0),
    lambda x: x.unique(), lambda x: x.to("meta"),
])
def test_looking_is_noticed(look: Callable[[Tensor], object]) -> None:
    with pytest.raises(Waited), NoWaiting():
        look(torch.ones(4))


@pytest.mark.parametrize(("device", "size"), ON.items())
def test_no_number_is_looked_at_in_a_step(
    device: str, size: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    losses = look_at_nothing(
        model(SIZES[size]), device, lambda: torch.zeros((4, 3, 64, 64), dtype=torch.uint8),
        lambda: torch.zeros((64, 6 + OUTLINE + 2 * POINT)), monkeypatch,
    )
    assert losses.shape == (4 + 2 * (size == "refined"),)


def test_no_gradient_looks_at_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    made = model(build_refined)
    images, targets = squares(4, (64, 64))
    parts = made_parts(made, "cpu", [optimizer_of("muon", made, True)])
    step = partial(StepTaker(parts, queued=True)._queued, images, filled_up(rows_of(targets)))
    step()
    assert set(looked_at(step)) == {"aten::item for ProdBackward1"}  # on a processor
    monkeypatch.setattr(loss, "area", lambda sides: sides[:, 0] * sides[:, 1])  # as on a GPU
    assert looked_at(step) == []


# It is the same step


@pytest.mark.parametrize("size", TRIED)
def test_filled_up_labels_give_the_losses_of_labels_in_lists(size: str) -> None:
    made = model(SIZES[size])
    images, targets = squares(4, (64, 64))
    listed = made.losses(images, targets)
    parameters = [item for item in made.module.parameters() if item.requires_grad]
    expected = torch.autograd.grad(sum(listed.values()), parameters)
    rows = rows_of(targets)
    assert len(filled_up(rows)) == 64 and len(filled_up(rows.repeat(17, 1))) == 128
    packed = made.losses(images, filled_up(rows))
    for name, value in listed.items():
        torch.testing.assert_close(packed[name], value)
    found = torch.autograd.grad(sum(packed.values()), parameters)
    for mine, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-5)


def optimizer_of(kind: str, made: Any, fused: bool) -> torch.optim.Optimizer:
    groups = [{"params": list(made.module.parameters()), "lr": 0.01, "weight_decay": 0.01}]
    if kind == "muon":
        return Muon(groups, lr=0.01)
    if kind == "adamw":
        return torch.optim.AdamW(groups, lr=0.01, fused=fused or None)
    return (quick_sgd if fused else sgd)(groups, {"lr": 0.01, "momentum": 0.9})


def taker_of(
    kind: str, queued: bool, scaled: bool = False
) -> tuple[TrainingParts, StepTaker]:
    made = model()
    parts = made_parts(made, "cpu", [optimizer_of(kind, made, queued)], 5.0, scaled)
    taker = StepTaker(parts, queued=queued)
    assert taker.late == queued
    return parts, taker


def state(parts: TrainingParts) -> dict[str, Any]:
    assert parts.average is not None
    return copy.deepcopy({"model": parts.model.module.state_dict(),
                          "average": parts.average.state_dict(),
                          "optimizer": parts.optimizers[0].state_dict()["state"]})


def close(one: Any, other: Any) -> None:
    if isinstance(one, dict):
        for name, value in one.items():
            close(value, other[name])
    else:
        torch.testing.assert_close(torch.as_tensor(one), torch.as_tensor(other),
                                   rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("kind", ["muon", "adamw", "sgd"])
def test_a_queued_step_equals_one_that_looks(kind: str) -> None:
    images, targets = squares(4, (64, 64))
    rows = filled_up(rows_of(targets))
    (plain, looking), (other, queued) = taker_of(kind, False), taker_of(kind, True)
    for _ in range(3):
        seen, unseen = step(looking, images, rows), step(queued, images, rows)
        assert seen[1] and unseen[1]
        assert unseen[0] == pytest.approx(seen[0], rel=1e-3)
    close(state(plain), state(other))


@pytest.mark.parametrize("kind", ["muon", "adamw", "sgd"])
def test_a_queued_step_with_scaled_gradients_is_the_same(kind: str) -> None:
    images, targets = squares(4, (64, 64))
    rows = filled_up(rows_of(targets))
    (_, looking), (other, scaled) = taker_of(kind, False), taker_of(kind, True, True)
    before = state(other)
    other.precision.load_state_dict({**other.precision.state_dict(), "scale": 1e38})
    assert step(scaled, images, rows)[1]  # too large a scale: falls, and the weights stay
    assert float(other.precision.state_dict()["scale"]) < 1e38
    for name, value in before["model"].items():
        if not name.endswith(("running_mean", "running_var", "num_batches_tracked")):
            assert torch.equal(other.model.module.state_dict()[name], value)
    other.precision.load_state_dict({**other.precision.state_dict(), "scale": 1024.0})
    for _ in range(2):
        seen, unseen = step(looking, images, rows), step(scaled, images, rows)
        assert seen[1] and unseen[1]
        assert unseen[0] == pytest.approx(seen[0], rel=1e-3)


@pytest.mark.parametrize("kind", ["muon", "adamw", "sgd"])
@pytest.mark.parametrize("before", [0, 2])
def test_a_step_without_numbers_leaves_all_as_it_was(kind: str, before: int) -> None:
    parts, taker = taker_of(kind, True)
    for item in parts.model.module.modules():
        if isinstance(item, torch.nn.BatchNorm2d):
            item.eval()  # its statistics follow what is seen, in any step
    images, targets = squares(4, (64, 64))
    rows = rows_of(targets)
    for _ in range(before):
        assert step(taker, images, rows)[1]
    kept = state(parts)
    losses, finite = step(taker, images, torch.where(rows == rows[0, 2], torch.nan, rows))
    assert not finite and set(losses) == {"loss", "class", "box"}
    after = state(parts)
    for part in ("model", "average"):
        assert equal(after[part], kept[part])
    if before and kind != "sgd":
        close(after["optimizer"], kept["optimizer"])
    assert step(taker, images, rows)[1]
    for value in parts.model.module.state_dict().values():
        assert bool(torch.isfinite(value).all())


def test_a_saved_state_keeps_how_steps_are_computed_here() -> None:
    made = model()
    saved = optimizer_of("adamw", made, False)
    for item in made.module.parameters():
        item.grad = torch.ones_like(item)
    saved.step()
    optimizer = optimizer_of("adamw", made, True)
    optimizer.param_groups[0]["lr"] = torch.tensor(0.5)
    rate = optimizer.param_groups[0]["lr"]
    load_state(optimizer, saved.state_dict())
    group = optimizer.param_groups[0]
    assert group["fused"] and group["lr"] is rate and float(rate) == pytest.approx(0.01)


def test_steps_that_each_weight_counted_are_read() -> None:
    made = model()
    optimizer = optimizer_of("muon", made, False)
    for item in made.module.parameters():
        item.grad = torch.ones_like(item)
    optimizer.step()
    saved = optimizer.state_dict()
    del saved["param_groups"][0]["step"]
    for each in saved["state"].values():
        if "first" in each:
            each["step"] = 7
    load_state(optimizer, saved)
    assert optimizer.param_groups[0]["step"] == 7
    assert not any("step" in each for each in optimizer.state.values())


# Recorded and replayed


class Replaying:
    """Records by keeping the work, whose numbers are written where the first ones would lie."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.warmed = self.recorded = self.replayed = self.begun = 0
        self._fault = fault

    def warm(self, work: Callable[[], Tensor]) -> Tensor:
        self.warmed += 1
        return work()

    def record(self, work: Callable[[], Tensor]) -> tuple[Callable[[], None], Tensor]:
        if self._fault is not None:
            raise self._fault
        self.recorded += 1
        losses = torch.zeros(4)

        def replay() -> None:
            self.replayed += 1
            losses.copy_(work())

        return replay, losses

    def begin_anew(self) -> None:
        self.begun += 1


def test_a_recorded_step_equals_the_others() -> None:
    (plain, eager), (other, taker) = taker_of("muon", True), taker_of("muon", True)
    recorder, notes = Replaying(), list[str]()
    taker._queue = RecordedStep(taker._queued, recorder, notes.append, taker._clear)
    for number in range(WARM + 4):
        images, targets = squares(4 - number % 2, (64, 64))
        rows = filled_up(rows_of(targets))
        assert step(taker, images, rows) == step(eager, images, rows)
    assert equal(state(plain), state(other))
    assert recorder.warmed == WARM and recorder.recorded == 2 and recorder.replayed == 4
    taker.forget()  # as after a checkpoint was read
    step(taker, images, rows)
    assert recorder.warmed == WARM + 1 and recorder.recorded == 2 and not notes
    assert recorder.begun == 1


@pytest.mark.parametrize("kind", ["muon", "sgd"])
def test_operations_alone_are_the_whole_step(kind: str) -> None:
    """What changes from step to step is read from memory, as there is no Python in a replay."""
    (plain, eager), (other, taker) = taker_of(kind, True), taker_of(kind, True)

    recorder = TapeRecorder(other)
    taker._queue = RecordedStep(taker._queued, recorder, print, taker._clear)
    for number in range(WARM + 5):
        images, targets = squares(4, (64, 64))
        images, rows = images.roll(number, 3), filled_up(rows_of(targets))
        for parts in (plain, other):
            for group in parts.optimizers[0].param_groups:
                group["lr"] = written(group["lr"], 0.01 / (1 + number))
        if number == WARM + 2:
            rows = torch.where(rows == rows[0, 2], torch.nan, rows)  # no step
        one, two = step(eager, images, rows), step(taker, images, rows)
        assert one[1] == two[1] == (number != WARM + 2)
        if one[1]:
            assert two[0] == pytest.approx(one[0], rel=1e-5)
    assert recorder.taped == 1
    close(state(plain), state(other))


def test_a_step_that_cannot_be_recorded_is_taken_all_the_same() -> None:
    (plain, eager), (other, taker) = taker_of("muon", True), taker_of("muon", True)
    notes: list[str] = []

    class Breaking(Replaying):
        def record(self, work: Callable[[], Tensor]) -> tuple[Callable[[], None], Tensor]:
            for item in other.model.module.parameters():
                item.grad = torch.ones_like(item)  # what a step leaves that breaks off
            raise RuntimeError("operation not permitted when stream is capturing\nmore")

    taker._queue = RecordedStep(taker._queued, Breaking(), notes.append, taker._clear)
    images, targets = squares(4, (64, 64))
    for _ in range(WARM + 2):
        rows = filled_up(rows_of(targets))
        assert step(taker, images, rows) == step(eager, images, rows)
    assert equal(state(plain), state(other))
    assert notes == ["Steps go to the GPU one operation at a time, which takes longer: they cannot "
                     "be recorded: operation not permitted when stream is capturing more."]


@pytest.mark.parametrize("ended", [False, True])
def test_a_gpu_is_taken_out_of_a_recording_that_broke_off(
    ended: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[object] = []

    @contextmanager
    def graph(*graph: object, **how: object) -> Iterator[None]:
        try:
            yield
        finally:
            raise RuntimeError("operation failed due to a previous error during capture")

    def end(*pool: object) -> None:
        if ended:
            raise RuntimeError("endAllocatePool: not currently recording to mempool_id")
        done.append(("end", *pool))

    for name, value in {
        "Stream": lambda device: "side", "current_stream": lambda device: "main", "graph": graph,
        "CUDAGraph": object, "device": lambda device: nullcontext(), "set_stream": done.append,
        "graph_pool_handle": lambda: (0, 7),
    }.items():
        monkeypatch.setattr(torch.cuda, name, value)
    monkeypatch.setattr(torch._C, "_cuda_endAllocateToPool", end, raising=False)
    monkeypatch.setattr(torch._C, "_cuda_releasePool",
                        lambda *pool: done.append(("release", *pool)), raising=False)
    recorder, notes = CudaRecorder(torch.device("cuda", 1)), list[str]()
    monkeypatch.setattr(recorder, "warm", lambda work: work())
    looks = [False] * WARM + [True, False]

    made: list[weakref.ref[Tensor]] = []

    def work(inputs: Tensor, targets: Tensor) -> Tensor:
        activations = torch.ones(4)
        if looks.pop(0):
            made.append(weakref.ref(activations))
            raise RuntimeError("operation not permitted when stream is capturing")
        return activations

    recorded = RecordedStep(work, recorder, notes.append)
    gc.disable()
    try:
        for _ in range(WARM + 1):
            recorded(torch.zeros(1), torch.zeros(1))
        assert made[0]() is None  # its memory is there for the step that follows
    finally:
        gc.enable()
    assert done == (["main"] if ended
                    else ["main", ("end", 1, (0, 7)), ("release", 1, (0, 7))])
    [said] = notes
    assert said.endswith("cannot be recorded: operation not permitted when stream is capturing.")


def test_no_more_shapes_are_recorded_than_memory_is_meant_for() -> None:
    recorder = Replaying()
    recorded = RecordedStep(lambda inputs, targets: torch.zeros(4), recorder, print)
    for _ in range(3):
        for length in range(MOST + 5):
            recorded(torch.zeros(1), torch.zeros(length))
    assert recorder.recorded == MOST


def test_targets_that_are_no_tensor_are_not_recorded() -> None:
    recorder, notes = Replaying(), list[str]()
    recorded = RecordedStep(lambda inputs, targets: torch.full((4,), len(targets)), recorder,
                            notes.append)
    for number in range(WARM + 3):
        assert recorded(torch.zeros(1), ["label"] * number)[0] == number
    assert recorder.recorded == recorder.warmed == 0
    [said] = notes
    assert said.endswith("takes longer: the model's targets are not one array.")


class OwnSteps:
    """Takes its own training steps, as a model of a plugin may."""

    def __init__(self, module: Any) -> None:
        self.module = module

    def losses(self, inputs: Tensor, targets: Any) -> dict[str, Tensor]:
        raise NotImplementedError

    def training_step(self, inputs: Any, targets: Any, optimizers: Any) -> dict[str, Tensor]:
        raise NotImplementedError


def of_any_shape(made: CompactDetector) -> CompactDetector:
    made.fixed_shapes = False
    return made


@pytest.mark.parametrize(("change", "kind", "reason"), [
    (of_any_shape, "muon", "the model's shapes depend on what it finds"),
    (lambda made: OwnSteps(made.module), "muon", "the model takes its own training steps"),
    (lambda made: made, "plain", "the optimiser ASGD cannot skip a step by itself"),
    (lambda made: made, "several", "several devices learn together"),
    (lambda made: made, "asked", "WORKBENCH_UNRECORDED is set"),
])
def test_steps_that_are_not_recorded_on_a_gpu_say_why(
    change: Callable[[Any], Any], kind: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "several":
        monkeypatch.setattr(torch.distributed, "is_initialized", lambda: True)
    if kind == "asked":
        monkeypatch.setenv(UNRECORDED, "1")
    made, notes = change(model()), list[str]()
    with without_numbers(made.module, "cuda"):
        optimizer = (torch.optim.ASGD(made.module.parameters()) if kind == "plain"
                     else optimizer_of("muon", made, False))
        taker = StepTaker(made_parts(made, "cuda", [optimizer]), notes.append)
    assert taker.late == (kind == "asked" or change is of_any_shape)
    assert notes == [
        f"Steps go to the GPU one operation at a time, which takes longer: {reason}."]


# In a training


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trainings whose losses are read a step late, as on a GPU."""
    monkeypatch.setattr(stepping, "StepTaker", partial(StepTaker, queued=True))


SKIPPING = {"optimizer": "muon", "augment": False}


def test_losses_that_are_read_late_are_all_told(tmp_path: Path, late: None) -> None:
    listen = Listener()
    train(make_project(tmp_path), request(3, settings=SKIPPING), listen, listen.control)
    steps, epochs = listen.of(Step), listen.of(Epoch)
    assert [event.epoch for event in epochs] == [1, 2, 3]
    assert steps[-1].step == steps[-1].steps
    assert all(set(event.losses) == {"loss", "class", "box"} for event in epochs)
    assert epochs[-1].losses["loss"] < epochs[0].losses["loss"]


def test_a_late_run_goes_on_to_the_same_weights(tmp_path: Path, late: None) -> None:
    whole, parted = Listener(), Listener()
    expected = train(make_project(tmp_path / "a"), request(4, settings=SKIPPING), whole,
                     whole.control)
    project = make_project(tmp_path / "b")
    parted.at(lambda event: isinstance(event, Epoch) and event.epoch == 2, parted.control.stop)
    run = train(project, request(4, settings=SKIPPING), parted, parted.control)
    assert run.state["state"] == "stopped"
    run = resume(project, run, parted, TrainControl())
    one, other = weights(expected), weights(run)
    for part in ("model", "average", "optimizer"):
        assert equal(one[part], other[part])
    losses = [event.losses for event in whole.of(Epoch)]
    assert [event.losses for event in parted.of(Epoch)] == losses
