"""Steps outside a training, on made-up data and on made-up devices."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.autograd.profiler import profile
from torch.utils._python_dispatch import TorchDispatchMode

from workbench.engine.training.ema import WeightAverage
from workbench.engine.training.muon import Muon
from workbench.engine.training.optimizers import MixedOptimizer
from workbench.engine.training.parts import LossModule, TrainingParts
from workbench.engine.training.precision import Kind, Precision
from workbench.engine.training.step import UNRECORDED, StepTaker


@dataclass(frozen=True, slots=True)
class MadeBatch:
    inputs: Tensor
    targets: Any
    index: int = 0


class Scaled(Precision):
    """Computes in 32 bits with scaled gradients, which half precision needs."""

    def __init__(self, kind: Kind, device: torch.device) -> None:
        super().__init__("16", device)

    def autocast(self) -> AbstractContextManager[None]:
        return nullcontext()


def made_parts(
    model: Any, device: str, optimizers: Sequence[torch.optim.Optimizer], limit: float = 10.0,
    scaled: bool = False,
) -> TrainingParts:
    """What :class:`workbench.engine.training.step.StepTaker` needs of a training."""
    precision = (Scaled if scaled else Precision)("32", torch.device(device))
    return TrainingParts(
        cast("Any", SimpleNamespace(device=torch.device(device))), model, precision,
        LossModule(model, precision), list(optimizers),
        [MixedOptimizer(precision, item, limit) for item in optimizers],
        WeightAverage(model.module, 0.9), *[cast("Any", None)] * 3,
    )


_WAITING = ("_local_scalar_dense", "nonzero", "masked_select", "is_nonzero", "equal", "_unique2",
            "unique_dim", "unique_consecutive", "bincount")


class Waited(AssertionError):
    """Something looked at a number of a device."""


class NoWaiting(TorchDispatchMode):
    """Refuses all that would wait for a GPU: looking at a number, shapes that depend on numbers,
    and copies to the processor."""

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        name = func.__name__.split(".")[0]
        if name in _WAITING:
            raise Waited(f"{func} waits for the device")
        if name in ("index", "index_put", "index_put_") and any(
                item is not None and item.dtype in (torch.bool, torch.uint8) for item in args[1]):
            raise Waited(f"{func} with a mask waits for the device")
        if name == "prod" and args[0].is_cuda:
            raise Waited(f"the gradient of {func} waits for the device")
        if name in ("_to_copy", "copy_") and _moves(name, args, kwargs):
            raise Waited(f"{func} between devices waits for one of them")
        return func(*args, **kwargs)


def looked_at(work: Callable[[], object]) -> list[str]:
    """What looks at a number while ``work`` is done on the processor, and for what. Formulas of
    gradients do not look where :class:`NoWaiting` is on: torch has others for its like."""
    with profile() as told:
        work()
    return [f"{event.name} for {event.cpu_parent.name if event.cpu_parent else 'the step'}"
            for event in told.function_events or ()
            if event.name in ("aten::item", "aten::nonzero", "aten::masked_select")]


def _moves(name: str, args: Any, kwargs: Any) -> bool:
    if name == "copy_":
        return bool(args[0].device != args[1].device)
    device = kwargs.get("device")
    return device is not None and torch.device(device).type != args[0].device.type


@contextmanager
def without_numbers(module: nn.Module, device: str) -> Iterator[None]:
    """Have ``module`` on a device that computes shapes only, "cuda" on any machine too: what is
    made inside has no numbers, looking at one is an error, and so is a mix of devices. There are
    no backward passes on such a "cuda"."""
    with FakeTensorMode() as mode:
        for part in module.modules():
            for name, item in part._parameters.items():
                if item is not None:
                    there = mode.from_tensor(item).detach().to(device)
                    part._parameters[name] = nn.Parameter(there, item.requires_grad)
            for name, buffer in part._buffers.items():
                if buffer is not None:
                    part._buffers[name] = mode.from_tensor(buffer).to(device)
        yield


def look_at_nothing(
    model: Any, device: str, inputs: Callable[[], Tensor], targets: Callable[[], Tensor],
    monkeypatch: pytest.MonkeyPatch,
) -> Tensor:
    """What a queued step says, of which nothing is looked at."""
    monkeypatch.setenv(UNRECORDED, "1")
    model.module.train()
    with without_numbers(model.module, device):
        groups = [{"params": list(model.module.parameters()), "lr": 0.01, "weight_decay": 0.01}]
        parts = made_parts(model, device, [Muon(groups, lr=0.01)])
        if device == "cuda":

            def backward(loss: Tensor) -> None:
                for item in model.module.parameters():
                    item.grad = torch.zeros_like(item)

            monkeypatch.setattr(parts.precision, "backward", backward)
        taker = StepTaker(parts, queued=True)
        batch = inputs().to(device), targets().to(device)
        taker._queued(*batch)  # states are made in the first
        with NoWaiting():
            losses = taker._queued(*batch)
        assert losses.device.type == device
        return losses
