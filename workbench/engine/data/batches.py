"""Which samples a step learns from, and batches made ahead of their use."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from threading import Lock
from typing import Generic, TypeVar

import numpy as np
import torch

from workbench.core.arrays import IntArray
from workbench.engine.devices import takes_threads
from workbench.extension.training import Order

_AHEAD = 2  # batches prepared while one is learned from
Made = TypeVar("Made")

none_made = Lock()
"""Whoever holds it keeps :func:`ahead` from making batches: nothing else may be asked of a GPU
while it records."""


def batch_plan(order: IntArray, batch_size: int) -> list[IntArray]:
    """The samples of an epoch in batches; sizes differ by one at most."""
    return np.array_split(order, batches_per_epoch(len(order), batch_size))


def batches_per_epoch(images: int, batch_size: int) -> int:
    return max(1, -(-images // batch_size))


def ahead(
    makers: Sequence[Callable[[float], Made]], progress: Callable[[int], float]
) -> Generator[Made]:
    """Call ``makers`` in their order on another thread, a few ahead of their use; each is given
    the progress of the run at its place. Close the iterator to stop the work ahead."""
    def made(make: Callable[[float], Made], progress: float) -> Made:
        with none_made:
            return make(progress)

    waiting: deque[Future[Made]] = deque()
    with ThreadPoolExecutor(1, thread_name_prefix="batches") as pool:
        try:
            for place, make in enumerate(makers):
                waiting.append(pool.submit(made, make, progress(place)))
                if len(waiting) > _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


class EpochLoader(ABC, Generic[Made]):
    """Makes the batches of each epoch on ``device``, with ``ahead_of_use`` on a thread of its own
    beside the network where the device allows it; ``order`` says which samples an epoch shows."""

    def __init__(self, order: Order, device: torch.device, ahead_of_use: bool = True) -> None:
        self._order = order
        self._ahead_of_use = ahead_of_use and takes_threads(device)

    def epoch(
        self, epoch: int, batch_size: int, first: int, progress: Callable[[int], float],
        every: int = 1,
    ) -> Generator[Made]:
        """Batches ``first`` … of ``epoch``; ``progress`` tells how much of the run is over (0..1)
        at a batch of this epoch. Close the iterator to stop the work ahead."""
        plan = batch_plan(self._order(epoch), batch_size)
        wanted = range(first, len(plan), every)
        if not self._ahead_of_use:
            return (self.make(plan[index], epoch, index, progress(index)) for index in wanted)
        makers = [partial(self.make, plan[index], epoch, index) for index in wanted]
        return ahead(makers, lambda place: progress(wanted[place]))

    @abstractmethod
    def make(self, indices: IntArray, epoch: int, index: int, progress: float) -> Made:
        """One batch; a pure function of its arguments and the seed."""


def spread(items: Sequence[Made], most: int) -> list[Made]:
    """At most ``most`` of them, spread evenly."""
    count = min(most, len(items))
    return [items[place * len(items) // count] for place in range(count)]
