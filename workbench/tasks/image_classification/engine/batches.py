"""Training batches of pictures, or of what was found out about them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from workbench.core.arrays import IntArray
from workbench.core.schema import Value
from workbench.engine import seeds
from workbench.engine.data.batches import EpochLoader
from workbench.engine.data.upload import Uploaded, upload
from workbench.extension.augmentations import FILL, registered_variation
from workbench.extension.training import Order
from workbench.tasks.image_classification.engine.variations import PADDING
from workbench.tasks.image_classification.kind import ID


class ArrayStore(Protocol):
    """Gives arrays of which the first axis are the samples asked for."""

    @property
    def broken(self) -> Mapping[int, str]: ...
    def get(self, indices: Any) -> NDArray[Any]: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class ImageBatch:
    """Pictures uint8 (B, 3, side, side) or features float32 (B, D), and float32 (B, K) what is
    wanted of each, NaN for a picture that could not be read."""

    inputs: Tensor
    targets: Tensor
    index: int


class ImageLoader(EpochLoader[ImageBatch]):
    """Makes the batches of a run.

    Parameters
    ----------
    targets
        float32 (N, K), what is wanted of each training sample.
    order
        Gives the samples of an epoch.
    side
        Of the pictures that the model sees; 0 where it is given features.
    """

    def __init__(
        self, store: ArrayStore, targets: NDArray[np.float32], order: Order, side: int,
        settings: Mapping[str, Value], seed: int, device: torch.device,
    ) -> None:
        super().__init__(order, device)
        self._store = store
        self._targets = targets
        self._vary = registered_variation(ID, settings)
        self._side = side
        self._settings = settings
        self._seed = seed
        self._device = device
        self._pictures = Uploaded(store.get, len(targets), device)

    def make(self, indices: IntArray, epoch: int, index: int, progress: float) -> ImageBatch:
        """One batch; ``progress`` (0..1 of the run) changes nothing."""
        chosen = [int(item) for item in indices]
        inputs = self._pictures.get(chosen)
        targets = self._wanted(chosen)
        if self._side:
            generator = seeds.generator(self._seed, epoch, index, "vary")
            inputs = vary(inputs, self._side, generator, self._settings)
            inputs, targets = self._vary(inputs, targets, generator)
        return ImageBatch(inputs, upload(targets, self._device), index)

    def _wanted(self, indices: Sequence[int]) -> Tensor:
        found = torch.from_numpy(self._targets[list(indices)])
        for row, item in enumerate(indices):
            if item in self._store.broken:
                found[row] = torch.nan
        return found


def vary(
    images: Tensor, side: int, generator: torch.Generator, settings: Mapping[str, Value]
) -> Tensor:
    """Move, scale, stretch, mirror and recolour pictures, each in its own way.

    Parameters
    ----------
    images
        uint8 (B, 3, S, S).
    side
        Of the result, at most S.

    Returns
    -------
    uint8 (B, 3, side, side); without augmentation the middle of each picture.
    """
    count, size = len(images), images.shape[-1]
    strong = bool(settings["augment"])
    chances = _Chances(count, generator, settings)
    # 1 shows as much of the square as is seen when it is judged
    most = math.log(chances.setting("stretch"))
    scale = chances.factor("zoom", math.log(chances.setting("smallest")),
                           math.log(chances.setting("largest")))
    stretch = chances.factor("stretch", -most, most).sqrt()
    mirror = torch.where(torch.rand(count, generator=generator)
                         < chances.setting("flip_x") * strong, -1.0, 1.0)
    seen = side / size / (scale if strong else torch.ones(count))
    width, height = seen / stretch, seen * stretch
    room = 0.1 if size == side else 0.0  # without a border a part of the picture is lost
    far = chances.of_share("shift", torch.full((count,), chances.setting("shift", 1.0)), 0.0)
    x = chances.between(-1, 1) * ((1 - width).clamp(min=0) + room) * far
    y = chances.between(-1, 1) * ((1 - height).clamp(min=0) + room) * far
    theta = torch.zeros(count, 2, 3)
    theta[:, 0, 0], theta[:, 0, 2] = width * mirror, x
    theta[:, 1, 1], theta[:, 1, 2] = height, y
    grid = functional.affine_grid(upload(theta, images.device), [count, 3, side, side],
                                  align_corners=False)
    fill = PADDING.get(str(settings.get(FILL.name)), PADDING["edge"])
    moved = functional.grid_sample(images.float(), grid, padding_mode=fill, align_corners=False)
    if strong:
        moved = _recoloured(moved, chances)
    return moved.round().clamp(0, 255).to(torch.uint8)


class _Chances:
    """What is drawn for each of ``count`` pictures; the middle of all where nothing is varied."""

    def __init__(self, count: int, generator: torch.Generator, settings: Mapping[str, Value]
                 ) -> None:
        self._count, self._generator, self._settings = count, generator, settings
        self._strong = bool(settings["augment"])

    def setting(self, name: str, default: float | None = None) -> float:
        """A strength; runs of before have none of those with a ``default``."""
        name = f"augment.{name}"
        return float(self._settings[name] if default is None else self._settings.get(name, default))

    def between(self, low: float, high: float) -> Tensor:
        """float32 (B,)"""
        if not self._strong:
            return torch.full((self._count,), (low + high) / 2 if low * high <= 0 else 1.0)
        return torch.rand(self._count, generator=self._generator) * (high - low) + low

    def of_share(self, name: str, values: Tensor, neutral: float = 1.0) -> Tensor:
        """``values`` for a share of the pictures. Nothing is drawn where that is all of them, so
        that trainings of before vary as they always did."""
        share = self.setting(f"{name}.share", 1.0)
        if not self._strong or share >= 1:
            return values
        return values.where(torch.rand(self._count, generator=self._generator) < share, neutral)

    def factor(self, name: str, low: float, high: float) -> Tensor:
        """e to a power between two, for a share of the pictures."""
        return self.of_share(name, self.between(low, high).exp())


def _recoloured(images: Tensor, chances: _Chances) -> Tensor:
    def factor(name: str) -> Tensor:
        far = chances.setting(name)
        wanted = chances.of_share(name, 1 + chances.between(-far, far))
        return upload(wanted, images.device).view(-1, 1, 1, 1)

    grey = images.mean(1, keepdim=True)
    images = grey + (images - grey) * factor("saturation")
    mean = images.mean((1, 2, 3), keepdim=True)
    return (mean + (images - mean) * factor("contrast")) * factor("brightness")
