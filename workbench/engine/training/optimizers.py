"""Optimisers from settings, and as a model's own training step uses them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from workbench.core.errors import WorkbenchError
from workbench.core.schema import Value
from workbench.engine.training.muon import Muon
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


def adamw(groups: Groups, settings: Mapping[str, Value]) -> torch.optim.Optimizer:
    return torch.optim.AdamW(groups, lr=float(settings["lr"]))


def muon(groups: Groups, settings: Mapping[str, Value]) -> torch.optim.Optimizer:
    return Muon(groups, lr=float(settings["lr"]))


def sgd(groups: Groups, settings: Mapping[str, Value]) -> torch.optim.Optimizer:
    momentum = float(settings["momentum"])
    return torch.optim.SGD(groups, lr=float(settings["lr"]), momentum=momentum,
                           nesterov=momentum > 0)


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


class FabricOptimizer(PlainOptimizer):
    """The same as Fabric wrapped it, with the limit of gradients.

    Parameters
    ----------
    learner, stepper
        Model and optimiser as Fabric wrapped them.
    limit
        Longest gradient that is followed in full; 0 is no limit.
    """

    def __init__(self, fabric: Any, learner: Any, stepper: Any, limit: float) -> None:
        super().__init__(stepper)
        self._fabric = fabric
        self._learner = learner
        self._limit = limit

    def backward(self, loss: Tensor) -> None:
        self._fabric.backward(loss)

    def step(self) -> None:
        if self.clip():
            self.take()

    def take(self) -> None:
        """A step along gradients that are shortened already."""
        self._optimizer.step()

    def clip(self) -> bool:
        """Shorten a long gradient; False where it is no number."""
        norm = self._fabric.clip_gradients(
            self._learner, self._optimizer, max_norm=self._limit or float("inf"),
            error_if_nonfinite=False,
        )
        scaled = getattr(self._fabric.strategy.precision, "scaler", None) is not None
        return scaled or bool(torch.isfinite(norm))  # a scaler skips such steps itself
