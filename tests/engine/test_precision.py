"""Half precision is taken where the device really has it, and gives the same steps."""

from __future__ import annotations

import pytest
import torch

from workbench.engine.training.optimizers import MixedOptimizer
from workbench.engine.training.precision import Precision, choose_precision, use_quick_products
from workbench.extension.registry import load
from workbench.extension.training import optimizers

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


@pytest.mark.parametrize(("native", "precision"), [(True, "bf16"), (False, "16")])
def test_an_emulated_bfloat16_is_not_taken_for_a_real_one(
        monkeypatch: pytest.MonkeyPatch, native: bool, precision: str) -> None:
    def supported(including_emulation: bool = True) -> bool:
        return native or including_emulation

    monkeypatch.setattr(torch.cuda, "is_bf16_supported", supported)
    assert choose_precision("auto", CUDA) == precision


@pytest.mark.parametrize(("wanted", "device", "precision"), [
    ("auto", CPU, "32"), ("32", CUDA, "32"), ("bf16", CPU, "bf16"),
    ("16", CUDA, "16"), ("16", CPU, "32"),
])
def test_what_is_asked_for_is_taken_where_it_helps(
        wanted: str, device: torch.device, precision: str) -> None:
    assert choose_precision(wanted, device) == precision


class _Scaled(Precision):
    """Half precision with scaled gradients, which this machine computes in 32 bits."""

    def __init__(self) -> None:
        super().__init__("16", CPU)


def _parameters() -> list[torch.nn.Parameter]:
    return [torch.nn.Parameter(torch.tensor([1.0, 2.0])), torch.nn.Parameter(torch.tensor([3.0]))]


def test_scaled_gradients_give_the_same_step_with_two_optimisers_on_one_loss() -> None:
    results = []
    for precision in (Precision("32", CPU), _Scaled()):
        parameters = _parameters()
        steppers = [MixedOptimizer(precision, torch.optim.SGD([item], lr=0.5), 1.0)
                    for item in parameters]
        for _ in range(3):
            precision.backward(sum((item**2).sum() for item in parameters))
            assert all(bool(torch.isfinite(stepper.clip())) for stepper in steppers)
            for stepper in steppers:
                stepper.take()
                stepper.zero_grad()
        results.append(parameters)
    for plain, scaled in zip(*results, strict=True):
        torch.testing.assert_close(plain, scaled)


def test_a_step_along_gradients_that_overflow_is_left_out_and_the_scale_falls() -> None:
    precision = _Scaled()
    weight = torch.nn.Parameter(torch.tensor([1.0]))
    stepper = MixedOptimizer(precision, torch.optim.SGD([weight], lr=0.5), 0.0)
    before = precision.state_dict()["scale"]
    precision.backward((weight * 1e38).sum())  # times the scale it is no number
    stepper.step()
    assert weight.item() == 1.0 and precision.state_dict()["scale"] < before
    other = _Scaled()
    other.load_state_dict(precision.state_dict())
    assert other.state_dict() == precision.state_dict()
    other.load_state_dict({})  # of a run that was begun in 32 bits
    assert other.state_dict() == precision.state_dict()


def test_a_step_that_broke_off_can_be_taken_again() -> None:
    precision = _Scaled()
    weight = torch.nn.Parameter(torch.tensor([1.0]))
    optimizer = torch.optim.SGD([weight], lr=0.5)
    for _ in range(2):  # clipped twice: torch refuses that unless the first is forgotten
        optimizer.zero_grad()
        precision.backward(weight.sum())
        precision.clip(optimizer, 1.0)
        precision.forget(optimizer)
    optimizer.zero_grad()
    precision.backward(weight.sum())
    precision.clip(optimizer, 10.0)
    precision.step(optimizer)
    assert weight.item() == 0.5


@pytest.mark.parametrize(("wanted", "device", "products"), [
    ("auto", CUDA, "high"), ("32", CUDA, "highest"), ("auto", CPU, "highest"),
])
def test_a_card_multiplies_on_its_matrix_units_unless_full_precision_is_asked_for(
        wanted: str, device: torch.device, products: str) -> None:
    before = torch.get_float32_matmul_precision()
    try:
        use_quick_products(wanted, device)
        assert torch.get_float32_matmul_precision() == products
    finally:
        torch.set_float32_matmul_precision(before)


@pytest.mark.parametrize("name", ["adamw", "sgd"])
def test_our_optimisers_step_as_torchs_own(name: str) -> None:
    settings = {"lr": 0.1, "momentum": 0.9}
    ours, theirs = _parameters(), _parameters()
    groups = [{"params": ours, "lr": 0.1, "weight_decay": 0.01}]
    mine = load(optimizers.get(name).build)(groups, settings)
    other = (torch.optim.AdamW(theirs, lr=0.1, weight_decay=0.01) if name == "adamw" else
             torch.optim.SGD(theirs, lr=0.1, weight_decay=0.01, momentum=0.9, nesterov=True))
    for _ in range(3):
        for parameters, optimizer in ((ours, mine), (theirs, other)):
            optimizer.zero_grad()
            sum((item**3).sum() for item in parameters).backward()
            optimizer.step()
    for one, two in zip(ours, theirs, strict=True):
        assert torch.equal(one, two)
