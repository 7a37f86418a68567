"""Optimisers from settings, and as a model's own training step uses them."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any, cast

import torch
from torch import Tensor

from workbench.core.errors import WorkbenchError
from workbench.core.schema import Value
from workbench.engine.training.muon import Muon
from workbench.engine.training.precision import Precision
from workbench.extension.model import HasOptimizers, TrainableModel
from workbench.extension.registry import load
from workbench.extension.training import optimizers

Groups = list[dict[str, Any]]


def build_optimizers(
    settings: Mapping[str, Value], model: TrainableModel
) -> list[torch.optim.Optimizer]:
    """The model's own optimisers, or the one of the settings over the model's groups; "peak" is a
    group's highest rate.

    Raises
    ------
    WorkbenchError
        If nothing in the model would learn.
    """
    _leave_compiler_out()
    if isinstance(model, HasOptimizers):
        built = model.optimizers(settings)
    else:
        groups = _groups(settings, model)
        kind = optimizers.get(str(settings["optimizer"]))
        built = [load(kind.build)(groups, settings)] if groups else []
    if not built:
        raise WorkbenchError("with these settings nothing in the model would learn")
    for optimizer in built:
        for group in optimizer.param_groups:
            group.setdefault("peak", group["lr"])
    return built


def _groups(settings: Mapping[str, Value], model: TrainableModel) -> Groups:
    lr, decay = float(settings["lr"]), float(settings["weight_decay"])
    groups: Groups = []
    for group in model.parameter_groups(settings):
        scale = group.get("lr_scale", 1.0)
        assert isinstance(scale, int | float)
        parameters = list(group["params"])  # type: ignore[call-overload]  # a list of parameters
        if parameters:
            groups.append({
                "params": parameters, "lr": lr * scale, "peak": lr * scale,
                "weight_decay": group.get("weight_decay", decay),
            })
    return groups


def _leave_compiler_out() -> None:
    """Have torch's optimisers work without its compiler, which takes a second to import.

    torch marks these functions as not to be compiled and imports the compiler when one is first
    called, only to be given the function itself. That answer is put where torch keeps it.
    """
    for name in ("add_param_group", "zero_grad", "state_dict", "load_state_dict"):
        bare = getattr(getattr(torch.optim.Optimizer, name), "__wrapped__", None)
        if bare is not None and not hasattr(bare, "__dynamo_disable"):
            setattr(bare, "__dynamo_disable", bare)


def _bare_step(kind: type[torch.optim.Optimizer]) -> Callable[..., Any]:
    """The step of ``kind`` without the marks for the compiler around it, for the same reason."""
    return cast(Callable[..., Any], torch.no_grad()(inspect.unwrap(kind.step)))


class _AdamW(torch.optim.AdamW):
    step = _bare_step(torch.optim.AdamW)


class _SGD(torch.optim.SGD):
    step = _bare_step(torch.optim.SGD)


def adamw(groups: Groups, settings: Mapping[str, Value]) -> torch.optim.Optimizer:
    return _AdamW(groups, lr=float(settings["lr"]))


def muon(groups: Groups, settings: Mapping[str, Value]) -> torch.optim.Optimizer:
    return Muon(groups, lr=float(settings["lr"]))


def sgd(groups: Groups, settings: Mapping[str, Value]) -> torch.optim.Optimizer:
    momentum = float(settings["momentum"])
    return _SGD(groups, lr=float(settings["lr"]), momentum=momentum, nesterov=momentum > 0)


class PlainOptimizer:
    """See :class:`workbench.extension.model.StepOptimizer`; on one device in full precision."""

    def __init__(self, optimizer: torch.optim.Optimizer) -> None:
        self._optimizer = optimizer

    def zero_grad(self) -> None:
        self._optimizer.zero_grad(set_to_none=True)

    def backward(self, loss: Tensor) -> None:
        loss.backward()  # type: ignore[no-untyped-call]  # torch gives it no types

    def step(self) -> None:
        self._optimizer.step()

    def minimize(self, loss: Tensor) -> bool:
        if not math.isfinite(float(loss.detach())):
            return False
        self.zero_grad()
        self.backward(loss)
        self.step()
        return True


class MixedOptimizer(PlainOptimizer):
    """The same in the training's precision, with the limit of gradients.

    Parameters
    ----------
    precision
        Scales gradients where it must.
    optimizer
        What steps.
    limit
        Longest gradient that is followed in full; 0 is no limit.
    """

    def __init__(
        self, precision: Precision, optimizer: torch.optim.Optimizer, limit: float
    ) -> None:
        super().__init__(optimizer)
        self._precision = precision
        self._limit = limit

    def backward(self, loss: Tensor) -> None:
        self._precision.backward(loss)

    def step(self) -> None:
        if self.clip():
            self.take()

    def take(self) -> None:
        """A step along gradients that are shortened already."""
        self._precision.step(self._optimizer)

    def clip(self) -> bool:
        """Shorten a long gradient; False where it is no number."""
        norm = self._precision.clip(self._optimizer, self._limit or float("inf"))
        return self._precision.scaled or bool(torch.isfinite(norm))
