"""Which samples a step learns from, and batches made ahead of their use."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import TypeVar

import numpy as np

from workbench.core.detections import IntArray

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


def spread(items: Sequence[Made], most: int) -> list[Made]:
    """At most ``most`` of them, spread evenly."""
    count = min(most, len(items))
    return [items[place * len(items) // count] for place in range(count)]
