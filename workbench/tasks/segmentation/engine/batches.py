"""Batches of pieces of pictures with the areas labelled in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from workbench.core.arrays import IntArray
from workbench.core.class_maps import UNKNOWN
from workbench.core.schema import Value
from workbench.engine import seeds
from workbench.engine.data.batches import EpochLoader
from workbench.engine.data.images import ImageStore
from workbench.engine.data.upload import Uploaded
from workbench.engine.training.samplers import shuffled
from workbench.extension.augmentations import is_varied, registered_variation
from workbench.extension.training import Order
from workbench.tasks.segmentation.engine.area_store import AreaStore
from workbench.tasks.segmentation.engine.variation import pieces
from workbench.tasks.segmentation.kind import ID


@dataclass(frozen=True, slots=True)
class AreaBatch:
    """Pieces uint8 (B, 3, h, w) on the model's device, with their areas uint8 (B, h, w)."""

    inputs: Tensor
    targets: Tensor
    index: int


class AreaLoader(EpochLoader[AreaBatch]):
    """Makes the batches of a run.

    Parameters
    ----------
    store, areas
        Pixels and labels of whole images, letterboxed; index i of both is training image i.
    count
        Of the training images.
    crop
        (width, height) of what is learned from at a time.
    settings, seed
        Of the run.
    device
        Where batches are put.
    order
        Which samples an epoch shows; None: each once, in a random order.
    """

    def __init__(
        self, store: ImageStore, areas: AreaStore, count: int, crop: tuple[int, int],
        settings: Mapping[str, Value], seed: int, device: torch.device,
        order: Order | None = None,
    ) -> None:
        # on a CPU that learns on all cores, making batches beside it takes more than it gives
        super().__init__(order or shuffled(count, seed), device, device.type != "cpu")
        self._store = store
        self._crop = crop
        self._settings = settings
        self._seed = seed
        self._areas = areas
        self._vary = registered_variation(ID, settings) if is_varied(ID, settings) else None
        self._pictures = Uploaded(store.get, count, device)
        self._maps = Uploaded(self._labels, count, device)

    def make(self, indices: IntArray, epoch: int, index: int, progress: float) -> AreaBatch:
        chosen = [int(item) for item in indices]
        images = self._pictures.get(chosen)
        areas = self._maps.get(chosen)
        generator = seeds.generator(self._seed, epoch, index, "augment")
        inputs, targets = pieces(images, areas, self._crop, generator, self._settings, progress)
        if self._vary is not None and progress <= float(self._settings.get("augment.until", 1.0)):
            inputs, targets = self._vary(inputs, targets, generator)
        return AreaBatch(inputs, targets, index)

    def _labels(self, indices: Sequence[int]) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
        found = np.stack([self._areas.get(index) for index in indices])
        for row, index in enumerate(indices):
            if index in self._store.broken:  # its picture is grey: nothing is known of it
                found[row] = UNKNOWN
        return found
