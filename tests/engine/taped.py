"""A recording as a GPU makes it, on a CPU: operations on memory, without the Python around them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten

from workbench.engine.training.parts import TrainingParts

Call = tuple[Any, Any, Any, Any]


class _Taping(TorchDispatchMode):
    """Keeps every operation with the tensors that it worked on."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        found = func(*args, **kwargs)
        self.calls.append((func, args, kwargs, found))
        return found


def _tensors(tree: Any) -> list[Tensor]:
    return [item for item in tree_flatten(tree)[0] if isinstance(item, Tensor)]


def _again(call: Call) -> None:
    """Do an operation once more; what it makes is written where it lay the first time."""
    func, args, kwargs, before = call
    given = {item.untyped_storage().data_ptr() for item in _tensors((args, kwargs))}
    for old, new in zip(_tensors(before), _tensors(func(*args, **kwargs)), strict=True):
        if old.numel() and old.untyped_storage().data_ptr() not in given:
            old.copy_(new)


class TapeRecorder:
    """A recorder of :mod:`workbench.engine.training.recorded`.

    Parameters
    ----------
    parts
        Of the training: what a step changes there is put back, as a GPU computes nothing while it
        records.
    """

    def __init__(self, parts: TrainingParts) -> None:
        self._parts = parts
        self.taped = 0

    def _lasting(self) -> list[Tensor]:
        optimizer, average = self._parts.optimizers[0], self._parts.average
        assert average is not None
        found = [*self._parts.model.module.state_dict().values(), *average.state_dict().values()]
        for values in (*optimizer.state.values(), *optimizer.param_groups):
            found += [value for value in values.values() if isinstance(value, Tensor)]
        return found

    def warm(self, work: Callable[[], Tensor]) -> Tensor:
        return work()

    def record(self, work: Callable[[], Tensor]) -> tuple[Callable[[], None], Tensor]:
        lasting = self._lasting()
        kept = [item.detach().clone() for item in lasting]
        with torch.random.fork_rng(devices=()), _Taping() as tape:
            found = work()
        with torch.no_grad():
            for item, value in zip(lasting, kept, strict=True):
                item.copy_(value)
        self.taped += 1

        def replay() -> None:
            with torch.no_grad():
                for call in tape.calls:
                    _again(call)

        return replay, found

    def begin_anew(self) -> None:
        pass
