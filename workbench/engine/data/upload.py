"""Bringing what was made on the processor to the device that learns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

_SHARE = 4  # of what a GPU has free, this part may be taken by kept pictures


def upload(tensor: Tensor, device: torch.device) -> Tensor:
    """``tensor`` on ``device``; a GPU takes it when its queue comes to it, and nobody waits."""
    if device.type != "cuda":
        return tensor.to(device)
    return tensor.pin_memory().to(device, non_blocking=True)


class Uploaded:
    """Pictures on a device. Where all fit into a GPU each is brought there once.

    Parameters
    ----------
    get
        Gives some of the pictures by their numbers, the first axis of the result.
    count
        How many there are.
    room
        Bytes that may be taken for good; None: a quarter of what a GPU has free, else none.
    """

    def __init__(
        self, get: Callable[[Sequence[int]], NDArray[Any]], count: int, device: torch.device,
        room: int | None = None,
    ) -> None:
        self._get = get
        self._count = count
        self._device = device
        self._room = room
        self._kept: Tensor | None = None
        self._there = np.zeros(count, bool)

    def get(self, indices: Sequence[int]) -> Tensor:
        """Some pictures, by their numbers."""
        if self._kept is None and not self._make_room(indices):
            return upload(torch.from_numpy(self._get(indices)), self._device)
        assert self._kept is not None
        missing = [item for item in dict.fromkeys(indices) if not self._there[item]]
        if missing:
            new = upload(torch.from_numpy(self._get(missing)), self._device)
            self._kept.index_copy_(0, upload(torch.tensor(missing), self._device), new)
            self._there[missing] = True
        return self._kept.index_select(0, upload(torch.tensor(indices), self._device))

    def _make_room(self, indices: Sequence[int]) -> bool:
        """Whether all fit; known when the first are here."""
        if self._room is None:
            self._room = (torch.cuda.mem_get_info(self._device)[0] // _SHARE
                          if self._device.type == "cuda" else 0)
        if not self._room or not self._count:
            return False
        first = self._get(indices[:1])
        if first.nbytes * self._count > self._room:
            self._room = 0
            return False
        self._kept = torch.empty((self._count, *first.shape[1:]), device=self._device,
                                 dtype=torch.from_numpy(first).dtype)
        return True
