"""Steps from several batches: where memory is too short for one, or several devices learn together.

A step takes the mean over all samples, whichever batches they came in. What looks at a batch as a
whole, such as batch norm, sees the smaller ones.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from itertools import islice
from typing import Protocol

import torch
from torch import Tensor

from workbench.engine import seeds
from workbench.engine.training.checkpoint import Position
from workbench.engine.training.parts import TrainingParts
from workbench.engine.training.step import StepLosses
from workbench.extension.pipeline import Batch, Loader

_MOST_LOSSES = 32


class DeviceGroup(Protocol):
    """The devices that learn together; see :class:`workbench.engine.training.ranks.Group`."""

    rank: int
    size: int

    def add_up(self, tensor: Tensor) -> None:
        """Replace ``tensor`` on every device by the sum over all."""


def halved(position: Position, whole: bool = True) -> bool:
    """Take half as many samples at once, and with ``whole`` as many in a step as before; False
    where it was one sample."""
    small = position.batch_size // position.parts // 2
    if not small:
        return False
    seen = position.batch * position.batch_size
    position.parts = position.batch_size // small if whole else 1
    position.batch_size = small * position.parts
    position.batch = seen // position.batch_size
    return True


def groups(
    loader: Loader, position: Position, progress: Callable[[int], float],
    peers: DeviceGroup | None = None,
) -> Generator[list[Batch]]:
    """The batches of each step that is left of the epoch; of those, the ones for this device.

    ``progress`` tells how much of the run is over (0..1) at a step of the epoch.
    """
    rank, size = (peers.rank, peers.size) if peers else (0, 1)
    each = position.parts * size
    small, first = max(1, position.batch_size // each), position.batch * each + rank

    def at(batch: int) -> float:
        return progress(batch // each)

    batches = (loader.epoch(position.epoch, small, first, at) if size == 1
               else loader.epoch(position.epoch, small, first, at, every=size))
    with closing(batches):
        yield from _in_groups(batches, position.parts)


def _in_groups(batches: Iterator[Batch], size: int) -> Iterator[list[Batch]]:
    while group := list(islice(batches, size)):
        yield group


class GroupStep:
    """Takes steps from groups of batches.

    Parameters
    ----------
    parts
        Of a model whose losses are summed up here; one that takes its own steps cannot.
    peers
        Other devices that take the same step with other batches.
    """

    def __init__(self, parts: TrainingParts, peers: DeviceGroup | None = None) -> None:
        self._parts = parts
        self._peers = peers
        self._names: tuple[str, ...] = ()
        self._weights = [item for item in parts.model.module.parameters() if item.requires_grad]
        self._statistics = [item for name, item in parts.model.module.named_buffers()
                            if name.endswith(("running_mean", "running_var"))]

    def take(self, group: Sequence[Batch], marks: list[float], epoch: int) -> StepLosses:
        """One step from all of ``group`` and what the peers have; the times at which its phases
        end are added to ``marks``."""
        parts = self._parts
        found = self._backward(group, epoch)
        marks.append(time.perf_counter())
        self._add_up(found)
        samples = found[-1].clamp(min=1)
        finite = bool(torch.isfinite(found).all())
        if finite:
            self._add_up_gradients(samples)
            norms = [stepper.clip() for stepper in parts.steppers]
            finite = all(bool(torch.isfinite(norm)) for norm in norms)
        marks.append(time.perf_counter())
        if finite:
            for stepper in parts.steppers:
                stepper.take()
            self._mean_statistics()
            if parts.average is not None:
                parts.average.update()
        for stepper in parts.steppers:
            stepper.clear()
        values = found[: len(self._names)] / samples
        complete = values.new_tensor([float(finite)])
        return StepLosses(self._names, torch.cat((values, complete)).cpu())

    def _backward(self, group: Sequence[Batch], epoch: int) -> Tensor:
        """Gradients of the losses times the samples; the sums of these losses, and the samples."""
        parts = self._parts
        found = torch.zeros(_MOST_LOSSES + 1, device=parts.plan.device)
        for batch in group:
            seeds.seed_torch(parts.plan.seed, epoch, batch.index)
            losses = parts.learner(batch.inputs, batch.targets)
            self._names = ("loss", *losses)
            each = torch.stack([value.float() for value in losses.values()])
            total, samples = each.sum(), len(batch.inputs)
            parts.precision.backward(total * samples)
            found[: len(self._names)] += torch.cat((total[None], each)).detach() * samples
            found[-1] += samples
        return found

    def _add_up(self, tensor: Tensor) -> None:
        if self._peers is not None:
            self._peers.add_up(tensor)

    def _add_up_gradients(self, samples: Tensor) -> None:
        """From this device's sums of gradients to the mean over all samples."""
        weights = self._weights
        if self._peers is not None:
            there = torch.tensor([float(item.grad is not None) for item in weights],
                                 device=samples.device)
            self._add_up(there)  # what no device has learned stays without a gradient
            weights = [item for item, any_ in zip(weights, there.tolist(), strict=True) if any_]
            flat = torch.cat([(torch.zeros_like(item) if item.grad is None else item.grad).flatten()
                              for item in weights])
            self._add_up(flat)
            sizes = [item.numel() for item in weights]
            for item, part in zip(weights, torch.split(flat, sizes), strict=True):
                item.grad = part.view_as(item)
        for item in weights:
            if item.grad is not None:
                item.grad /= samples

    @torch.no_grad()
    def _mean_statistics(self) -> None:
        """Batch norm's statistics as the mean of what the devices have seen."""
        if self._peers is None or not self._statistics:
            return
        flat = torch.cat([item.flatten().float() for item in self._statistics])
        self._add_up(flat)
        flat /= self._peers.size
        sizes = [item.numel() for item in self._statistics]
        for item, part in zip(self._statistics, torch.split(flat, sizes), strict=True):
            item.copy_(part.view_as(item))
