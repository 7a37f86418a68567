"""A running average of a model's weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from workbench.engine.training.numbers import Number, blend, on_device, written


class WeightAverage:
    """Exponential moving average of everything in a ``state_dict``; whole numbers are copied.

    The decay of update t is ``min(decay, (1 + t) / (1 / share + t))``: the average covers about the
    last ``share`` of a run at any time, however short it is. The module must stay on its device.

    ``torch.optim.swa_utils.AveragedModel`` gives the same to the last bit with such a decay, but
    walks through both modules in every update: 1.5 ms instead of 0.2 for the compact detector, 61
    instead of 34 for Faster R-CNN. It also holds a second model, where validation uses this one.

    Parameters
    ----------
    decay
        The largest one, 0..1.
    share
        Of a run, above 0 and below 1.
    """

    def __init__(self, module: nn.Module, decay: float, share: float = 0.1) -> None:
        self._decay = decay
        self._reach = 1 / share
        self.updates = 0
        # looked up once: walking through the modules costs more than averaging
        self._weights = {name: tensor.detach() for name, tensor in module.state_dict().items()}
        self._average = {name: tensor.clone() for name, tensor in self._weights.items()}
        self._inexact = self._pairs(True)
        self._counts = self._pairs(False)
        self._share: Number = 0.0

    def _pairs(self, inexact: bool) -> tuple[list[Tensor], list[Tensor]]:
        """Averages and the weights that go into them: those that are blended, or the others."""
        names = [name for name, tensor in self._weights.items()
                 if tensor.dtype.is_floating_point == inexact]
        return [self._average[name] for name in names], [self._weights[name] for name in names]

    def write_to(self, device: torch.device) -> None:
        """Keep the share of the newest weights in the memory of ``device``."""
        self._share = on_device(self._share, device)

    def count(self) -> None:
        """Begin an update: settle the share that the newest weights will have."""
        self.updates += 1
        decay = min(self._decay, (1 + self.updates) / (self._reach + self.updates))
        self._share = written(self._share, 1 - decay)

    @torch.no_grad()
    def take(self, go: Tensor | None = None) -> None:
        """Take the weights of the module in, as they are now; with ``go`` of 0 it changes
        nothing, with 1 all as usual."""
        blend(*self._inexact, self._share if go is None else self._share * go)
        if self._counts[0]:
            torch._foreach_copy_(*self._counts)

    def update(self) -> None:
        """:meth:`count` and :meth:`take`."""
        self.count()
        self.take()

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Put the average into the module inside the block; its own weights come back after it."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    @torch.no_grad()
    def _swap(self) -> None:
        for name, tensor in self._weights.items():
            average = self._average[name]
            kept = tensor.clone()
            tensor.copy_(average)
            average.copy_(kept)

    def state_dict(self) -> dict[str, Tensor]:
        """The averaged weights."""
        return self._average

    def load_state_dict(self, weights: Mapping[str, Tensor], updates: int) -> None:
        for name, tensor in weights.items():
            self._average[name].copy_(tensor)
        self.updates = updates
