"""Batches of good images, each shown once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from workbench.core.arrays import IntArray
from workbench.engine.data.batches import EpochLoader
from workbench.engine.data.images import ImageStore


@dataclass(frozen=True, slots=True)
class GoodBatch:
    """Images uint8 (B, 3, H, W) on the model's device, and their numbers int64 (B,)."""

    inputs: Tensor
    targets: Tensor
    index: int


class GoodLoader(EpochLoader[GoodBatch]):
    """Makes the batches of a run; image i of ``store`` is training image i."""

    def __init__(self, store: ImageStore, images: int, device: torch.device) -> None:
        super().__init__(lambda _epoch: np.arange(images), device)
        self._store = store
        self._device = device

    def make(self, indices: IntArray, epoch: int, index: int, progress: float) -> GoodBatch:
        images = torch.from_numpy(self._store.get(indices.tolist())).to(self._device)
        return GoodBatch(images, torch.from_numpy(indices.astype(np.int64)), index)
