"""Optimisers from settings, and as a model's own training step uses them."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from functools import cache
from typing import Any

import torch
from torch import Tensor

from workbench.core.errors import WorkbenchError
from workbench.core.schema import Value
from workbench.engine.training.muon import Muon
from workbench.engine.training.numbers import on_device, written
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
        chosen = optimizers.get(str(settings["optimizer"]))
        built = [load(chosen.build)(groups, settings)] if groups else []
    if not built:
        raise WorkbenchError("with these settings nothing in the model would learn")
    for optimizer in built:
        kind: type[Any] = type(optimizer)
        if kind.__module__.startswith("torch.optim.") and not optimizer.defaults.get(
                "differentiable"):  # torch's own, as a plugin may bring it
            optimizer.__class__ = _bare(kind)  # type: ignore[arg-type]  # a class is hashable
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
                **({"begins": group["begins"]} if "begins" in group else {}),
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


@cache  # one class for one kind
def _bare(kind: type[torch.optim.Optimizer]) -> type[Any]:
    """``kind``, its step without the marks for the compiler around it, for the same reason."""
    step: Any = torch.optim.Optimizer.profile_hook_step(
        torch.no_grad()(inspect.unwrap(kind.step)))
    step.hooked = True  # else torch does it again
    return type(kind.__name__, (kind,), {"step": step, "__module__": __name__})


def adamw(groups: Groups, settings: Mapping[str, Value]) -> torch.optim.Optimizer:
    fused = _on_gpu(groups)
    made: torch.optim.Optimizer = _bare(torch.optim.AdamW)(
        groups, lr=float(settings["lr"]), fused=fused or None, capturable=fused)
    return made


def muon(groups: Groups, settings: Mapping[str, Value]) -> torch.optim.Optimizer:
    return Muon(groups, lr=float(settings["lr"]))


def sgd(groups: Groups, settings: Mapping[str, Value]) -> torch.optim.Optimizer:
    if _on_gpu(groups):
        return quick_sgd(groups, settings)
    made: torch.optim.Optimizer = _bare(torch.optim.SGD)(groups, **_sgd_options(settings))
    return made


def quick_sgd(groups: Groups, settings: Mapping[str, Value]) -> torch.optim.Optimizer:
    """SGD in one kernel, with momentum from the beginning: torch makes it in the first step and
    leaves it unwritten where that one is skipped."""
    made: torch.optim.Optimizer = _bare(torch.optim.SGD)(
        groups, **_sgd_options(settings), fused=True)
    for group in made.param_groups:
        for item in group["params"] if group["momentum"] else ():
            made.state[item]["momentum_buffer"] = torch.zeros_like(item)
    return made


def _sgd_options(settings: Mapping[str, Value]) -> dict[str, Any]:
    momentum = float(settings["momentum"])
    return {"lr": float(settings["lr"]), "momentum": momentum, "nesterov": momentum > 0}


def _on_gpu(groups: Groups) -> bool:
    """Whether one kernel steps all weights, and leaves them alone where ``found_inf`` says so."""
    return all(item.is_cuda for group in groups for item in group["params"])


def skips_by_itself(optimizer: torch.optim.Optimizer) -> bool:
    """Whether an optimiser looks on the device whether gradients are numbers, by ``found_inf``."""
    return bool(getattr(optimizer, "_step_supports_amp_scaling", False))


def write_rates_to(optimizer: torch.optim.Optimizer, device: torch.device) -> None:
    """Keep the rates in the memory of ``device``, see :mod:`.numbers`."""
    for group in optimizer.param_groups:
        group["lr"] = on_device(group["lr"], device)


_HOW = ("fused", "capturable", "foreach")  # how a step is computed, not what


def load_state(optimizer: torch.optim.Optimizer, state: Mapping[str, Any]) -> None:
    """Take over a saved state; how steps are computed, and where rates are kept, stays."""
    own = optimizer.param_groups
    groups = [{**saved, **{name: group[name] for name in _HOW if name in group}}
              for saved, group in zip(state["param_groups"], own, strict=True)]
    rates = [group["lr"] for group in own]
    optimizer.load_state_dict({**state, "param_groups": groups})
    for group, rate in zip(optimizer.param_groups, rates, strict=True):
        group["lr"] = written(rate, float(group["lr"]))


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
        norm = self.clip()
        if self._precision.scaled or bool(torch.isfinite(norm)):
            self.take()

    def take(self, bad: Tensor | None = None) -> None:
        """A step along gradients that are shortened already; none, with an optimiser that
        :func:`skips_by_itself`, where ``bad`` is not 0."""
        if bad is None or self._precision.scaled:  # with a scale, they are looked at anyway
            self._precision.step(self._optimizer)
            return
        self._optimizer.found_inf = bad  # type: ignore[attr-defined]  # as torch's scaler does
        try:
            self._precision.step(self._optimizer)
        finally:
            del self._optimizer.found_inf  # type: ignore[attr-defined]

    def clip(self) -> Tensor:
        """Shorten a long gradient; returns how long it was, or 0 where a scale takes care of
        those that are no numbers."""
        norm = self._precision.clip(self._optimizer, self._limit or float("inf"))
        return torch.zeros_like(norm) if self._precision.scaled else norm

    def clear(self) -> None:
        """Put away the gradients, and what a step that broke off has left."""
        self._optimizer.zero_grad(set_to_none=True)
        self._precision.forget(self._optimizer)
