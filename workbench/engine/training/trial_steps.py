"""Steps of a training outside the loop, to find out how long one takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import count
from typing import Any

import torch

from workbench.engine.devices import wait_for


def step_times(
    model: Any, step: Callable[[int], None], device: torch.device, check: Callable[[], None],
    enough: float, least: int = 1, most: int | None = None,
) -> list[float]:
    """Seconds that each ``step(number)`` of a training takes; number 0 warms up and is left out.

    Ends after ``enough`` seconds and ``least`` steps, or ``most``; ``check`` is called before each.
    """
    times: list[float] = []
    model.module.train()
    for number in count():
        check()
        began = time.perf_counter()
        step(number)
        wait_for(device)
        if number:
            times.append(time.perf_counter() - began)
        if (sum(times) >= enough and len(times) >= least) or len(times) == most:
            break
    return times


def learn(model: Any, images: torch.Tensor, targets: Any) -> None:
    """Forwards and backwards."""
    total = torch.stack(list(model.losses(images, targets).values())).sum()
    total.backward()  # type: ignore[no-untyped-call]  # torch gives it no types
