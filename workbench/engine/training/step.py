"""One step of the training loop: losses, gradients, optimisers."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping

import torch

from workbench.engine.training.parts import TrainingParts
from workbench.extension.engine_task import Batch
from workbench.extension.model import HasTrainingStep


class StepTaker:
    """Takes steps down the sum of a model's losses, or has a model take its own."""

    def __init__(self, parts: TrainingParts) -> None:
        self._parts = parts
        own = isinstance(parts.model, HasTrainingStep)
        self._take = self._own_step if own else self._minimize_sum

    def take(self, batch: Batch, marks: list[float]) -> tuple[dict[str, float], bool]:
        """One step: the losses by name, "loss" first, and whether they were finite numbers; else
        the weights stay as they were. The times at which its phases end are added to ``marks``."""
        found = self._take(batch, marks)
        for optimizer in self._parts.optimizers:
            optimizer.zero_grad(set_to_none=True)
        return found

    def _minimize_sum(self, batch: Batch, marks: list[float]) -> tuple[dict[str, float], bool]:
        parts = self._parts
        losses = parts.learner(batch.inputs, batch.targets)
        total = torch.stack([value.float() for value in losses.values()]).sum()
        values = _values({"loss": total, **losses})
        marks.append(time.perf_counter())
        finite = math.isfinite(values["loss"])
        if finite:
            parts.precision.backward(total)
            finite = all(stepper.clip() for stepper in parts.steppers)
        marks.append(time.perf_counter())
        if finite:
            for stepper in parts.steppers:
                stepper.take()
        return values, finite

    def _own_step(self, batch: Batch, marks: list[float]) -> tuple[dict[str, float], bool]:
        # where its forward pass ends cannot be told
        parts = self._parts
        with parts.precision.autocast():
            losses = parts.model.training_step(batch.inputs, batch.targets, parts.steppers)
        values = _values(losses)
        marks += [time.perf_counter()] * 2
        values = {"loss": sum(values.values()), **values}
        return values, math.isfinite(values["loss"])


def _values(losses: Mapping[str, torch.Tensor]) -> dict[str, float]:
    """Losses as numbers, brought from the device at once."""
    found = torch.stack([value.float() for value in losses.values()]).detach().tolist()
    return dict(zip(losses, found, strict=True))
