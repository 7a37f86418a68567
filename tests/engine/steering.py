"""Steering a training in a test, and looking at what it left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from workbench.engine.training.control import TrainControl
from workbench.jobs.commands import TrainRequest
from workbench.jobs.events import Event
from workbench.project.runs import RunFolder


class Listener:
    """Keeps events and steers the training at one of them."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.control = TrainControl()
        self._wishes: list[tuple[Callable[[Event], bool], Callable[[], None]]] = []

    def __call__(self, event: Event) -> None:
        self.events.append(event)
        for wish in list(self._wishes):
            if wish[0](event):
                self._wishes.remove(wish)
                wish[1]()

    def at(self, when: Callable[[Event], bool], then: Callable[[], None]) -> None:
        self._wishes.append((when, then))

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


def request(epochs: int | None = 3, **options: Any) -> TrainRequest:
    settings = options.pop("settings", {})
    return TrainRequest(recipe=options.pop("recipe", "tiny"), epochs=epochs, device="cpu",
                        settings=settings, **options)


def weights(run: RunFolder) -> dict[str, torch.Tensor]:
    return torch.load(run.checkpoint_path, weights_only=True)


def equal(one: Any, other: Any) -> bool:
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(equal, one, other))
    return bool(one == other)
