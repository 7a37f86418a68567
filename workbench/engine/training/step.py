"""One step of the training loop: losses, gradients, optimisers, average.

On a processor the numbers of a step are at hand as soon as they are computed. A GPU works through
a queue: whoever looks at a number waits until the queue is empty, and then the GPU waits for more
work. There a step is put into the queue as a whole, the device itself sees whether its gradients
are numbers, and its losses are read when the next step is in the queue.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from workbench.engine.training.optimizers import skips_by_itself, write_rates_to
from workbench.engine.training.parts import TrainingParts
from workbench.engine.training.recorded import CudaRecorder, RecordedStep, one_by_one_text
from workbench.extension.model import HasTrainingStep, has_fixed_shapes
from workbench.extension.pipeline import Batch

UNRECORDED = "WORKBENCH_UNRECORDED"
"""Environment variable; where it is set, no step is recorded."""


class StepLosses:
    """The losses of a step by name, "loss" first, perhaps still on their way from the device.

    Parameters
    ----------
    values
        One for each name, and 1 where they and the gradients were finite, else 0.
    """

    def __init__(self, names: Sequence[str], values: Tensor) -> None:
        self._names = tuple(names)
        self._values = values
        self._arrived: torch.cuda.Event | None = None
        if values.is_cuda:
            self._values = torch.empty(values.shape, dtype=values.dtype, pin_memory=True)
            self._values.copy_(values, non_blocking=True)
            self._arrived = torch.cuda.Event(blocking=True)  # type: ignore[no-untyped-call]
            self._arrived.record(torch.cuda.current_stream(values.device))

    def read(self) -> tuple[dict[str, float], bool]:
        """The losses, and whether the step was one; else the weights are as they were before."""
        if self._arrived is not None:
            self._arrived.synchronize()
        *values, finite = self._values.tolist()
        return dict(zip(self._names, values, strict=True)), bool(finite)


@dataclass(frozen=True, slots=True)
class PendingStep:
    """A step whose losses are still to be read: its number, the rate, how many samples, and the
    times at which its phases began and ended."""

    losses: StepLosses
    number: int
    rate: float
    images: int
    marks: list[float]


class StepTaker:
    """Takes steps down the sum of a model's losses, or has a model take its own.

    Parameters
    ----------
    note
        Takes a sentence for the log.
    queued
        Whether steps go into the device's queue where they can; None: on CUDA.
    """

    def __init__(
        self, parts: TrainingParts, note: Callable[[str], None] = lambda sentence: None,
        queued: bool | None = None,
    ) -> None:
        self._parts = parts
        self._names: tuple[str, ...] = ()
        cuda = parts.plan.device.type == "cuda"
        reason = _not_queued_because(parts)
        self.late = (cuda if queued is None else queued) and not reason
        """Whether losses had better be read only when another step was taken."""
        self._queue: Callable[[Tensor, Any], Tensor] = self._queued
        if self.late:
            self._write_numbers_to(parts.plan.device)
            reason = _not_recorded_because(parts)
        if cuda and reason:
            note(one_by_one_text(reason))
        elif cuda:
            self._queue = RecordedStep(self._queued, CudaRecorder(parts.plan.device), note,
                                       self._clear)

    def _write_numbers_to(self, device: torch.device) -> None:
        for optimizer in self._parts.optimizers:
            write_rates_to(optimizer, device)
        if self._parts.average is not None:
            self._parts.average.write_to(device)

    def forget(self) -> None:
        """Let go of recorded steps and the memory that they hold, where memory is short or tensors
        are others now."""
        if isinstance(self._queue, RecordedStep):
            self._queue.forget()
        self._clear()

    def take(self, batch: Batch, marks: list[float]) -> StepLosses:
        """One step; the times at which its phases end are added to ``marks``."""
        parts = self._parts
        if self.late:
            marks += [time.perf_counter()] * 2  # its phases cannot be told
            if parts.average is not None:
                parts.average.count()
            values = self._queue(batch.inputs, batch.targets)
            return StepLosses(self._names, values)
        own = isinstance(parts.model, HasTrainingStep)
        values = (self._own_step if own else self._minimize_sum)(batch, marks)
        if parts.average is not None and bool(values[-1]):
            parts.average.update()
        self._clear()
        return StepLosses(self._names, values.cpu())

    def _losses(self, inputs: Tensor, targets: Any) -> tuple[Tensor, Tensor]:
        """The sum of the losses, and all for :class:`StepLosses`."""
        losses = self._parts.learner(inputs, targets)
        parts = torch.stack([value.float() for value in losses.values()])
        total = parts.sum()
        self._names = ("loss", *losses)
        return total, torch.cat((total[None], parts)).detach()

    def _queued(self, inputs: Tensor, targets: Any) -> Tensor:
        """All of a step without looking at a number; it must be the same work for every batch of
        a shape, as it may be recorded."""
        parts = self._parts
        total, values = self._losses(inputs, targets)
        parts.precision.backward(total)
        norms = [stepper.clip().to(total.device) for stepper in parts.steppers]
        finite = torch.isfinite(torch.stack([values[0], *norms])).all()
        for stepper in parts.steppers:
            stepper.take((~finite).float())
        if parts.average is not None:
            parts.average.take(finite)
        self._clear()
        return torch.cat((values, finite[None].float()))

    def _minimize_sum(self, batch: Batch, marks: list[float]) -> Tensor:
        parts = self._parts
        total, values = self._losses(batch.inputs, batch.targets)
        finite = bool(torch.isfinite(total.detach()))
        marks.append(time.perf_counter())
        if finite:
            parts.precision.backward(total)
            norms = [stepper.clip() for stepper in parts.steppers]
            finite = all(bool(torch.isfinite(norm)) for norm in norms)
        marks.append(time.perf_counter())
        if finite:
            for stepper in parts.steppers:
                stepper.take()
        return torch.cat((values, values.new_tensor([float(finite)])))

    def _own_step(self, batch: Batch, marks: list[float]) -> Tensor:
        # where its forward pass ends cannot be told
        parts = self._parts
        with parts.precision.autocast():
            losses = parts.model.training_step(batch.inputs, batch.targets, parts.steppers)
        self._names = ("loss", *losses)
        values = torch.stack([value.float() for value in losses.values()]).detach().tolist()
        marks += [time.perf_counter()] * 2
        total = sum(values)
        return torch.tensor([total, *values, float(math.isfinite(total))])

    def _clear(self) -> None:
        for stepper in self._parts.steppers:
            stepper.clear()


def _not_queued_because(parts: TrainingParts) -> str:
    """Why a processor must look at each step, as the end of a sentence; "" where it need not."""
    if isinstance(parts.model, HasTrainingStep):
        return "the model takes its own training steps"
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return "several devices learn together"  # in each, rates are to be rounded alike
    for optimizer in parts.optimizers:
        if not skips_by_itself(optimizer):
            return f"the optimiser {type(optimizer).__name__} cannot skip a step by itself"
    return ""


def _not_recorded_because(parts: TrainingParts) -> str:
    if os.environ.get(UNRECORDED):
        return f"{UNRECORDED} is set"
    if not has_fixed_shapes(parts.model):
        return "the model's shapes depend on what it finds"
    return ""
