"""Training batches of sounds: a pure function of seed, epoch and index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from workbench.core.arrays import IntArray
from workbench.core.schema import Value
from workbench.engine import seeds
from workbench.engine.data.batches import EpochLoader
from workbench.engine.data.upload import upload
from workbench.engine.sounds.store import ClipStore
from workbench.engine.training.samplers import shuffled
from workbench.extension.augmentations import registered_variation
from workbench.extension.sounds import SoundModel
from workbench.extension.training import Order
from workbench.project.datasets.sounds import SoundSample
from workbench.tasks.sound_classification.engine.augment import mask, vary
from workbench.tasks.sound_classification.engine.clips import Cutter
from workbench.tasks.sound_classification.engine.features import FeatureSettings
from workbench.tasks.sound_classification.kind import ID


@dataclass(frozen=True, slots=True)
class SoundBatch:
    """What the network sees, float32 (B, rows, frames), and shares of each output (B, outputs)."""

    inputs: Tensor
    targets: Tensor
    index: int


def target_rows(labels: Sequence[str], classes: Sequence[str], background: bool) -> Tensor:
    """One-hot float32 (B, outputs); a label that is no class is background, or nothing at all."""
    outputs = len(classes) + background
    rows = torch.zeros(len(labels), outputs)
    position = {name: index for index, name in enumerate(classes)}
    for row, label in enumerate(labels):
        place = position.get(label, len(classes) if background else -1)
        if place >= 0:
            rows[row, place] = 1.0
    return rows


class SoundLoader(EpochLoader[SoundBatch]):
    """Cuts, transforms and varies whole batches, on a thread of its own beside the network.

    ``memory`` are bytes for magnitudes that are kept.
    """

    def __init__(
        self, store: ClipStore, samples: Sequence[SoundSample], model: SoundModel,
        features: FeatureSettings, classes: Sequence[str], background: bool,
        settings: Mapping[str, Value], seed: int, device: torch.device, memory: int = 1 << 28,
        order: Order | None = None,
    ) -> None:
        super().__init__(order or shuffled(len(samples), seed), device)
        self._memory = memory
        self._kept: dict[int, Tensor] = {}
        self._store = store
        self._samples = samples
        self._model = model
        self._cut = Cutter(features)
        self._targets = target_rows([item.label for item in samples], classes, background)
        self._settings = settings
        self._seed = seed
        self._device = device
        self._vary = registered_variation(ID, settings)

    def make(self, indices: IntArray, epoch: int, index: int, progress: float) -> SoundBatch:
        """One batch; ``progress`` (0..1 of the run) changes nothing."""
        chosen = [int(item) for item in indices]
        strength = float(self._settings.get("strength", 1.0))
        generator = seeds.generator(self._seed, epoch, index, "vary")
        with torch.no_grad():
            magnitude = torch.stack(self._magnitudes(chosen, epoch, strength > 0))
            magnitude = vary(magnitude, generator, self._settings)
            targets = self._targets[np.asarray(chosen)]
            magnitude, targets = self._mixed(magnitude, targets, generator)
            magnitude, targets = self._vary(magnitude, targets, generator)
            seen = self._model.features(magnitude)
            if strength > 0:
                seen = mask(seen, generator, strength)
        return SoundBatch(seen, upload(targets, self._device), index)

    def _magnitudes(self, chosen: list[int], epoch: int, moving: bool) -> list[Tensor]:
        """Magnitudes of each sound; made once where the window never moves, as long as there is
        memory for them."""
        missing = [item for item in chosen if item not in self._kept]
        made: dict[int, Tensor] = {}
        if missing:
            windows = []
            for item, samples in zip(missing, self._store.get(missing), strict=True):
                chance = seeds.numpy_generator(self._seed, epoch, item, "cut") if moving else None
                windows.append(self._cut(samples, self._samples[item], chance))
            found = self._model.magnitudes(upload(torch.stack(windows), self._device))
            made = dict(zip(missing, found, strict=True))
        magnitudes = [self._kept[item] if item in self._kept else made[item] for item in chosen]
        for item, magnitude in made.items():
            size = magnitude.nbytes
            if self._cut.fixed(self._samples[item]) and size <= self._memory:
                self._memory -= size
                self._kept[item] = magnitude.clone()  # not a view that keeps its whole batch
        return magnitudes

    def _mixed(
        self, magnitude: Tensor, targets: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Some sounds over others, their labels by share (mixup, Zhang et al. 2018)."""
        count, wanted = len(magnitude), float(self._settings.get("mix", 0.0))
        if wanted <= 0 or count < 2:
            return magnitude, targets
        order = torch.randperm(count, generator=generator)
        share = torch.rand(count, generator=generator) * 0.5
        share = share * (torch.rand(count, generator=generator) < wanted)
        device = magnitude.device
        own, other = upload(torch.stack((1 - share, share)), device)[:, :, None, None]
        power = (magnitude.square() * own
                 + magnitude.index_select(0, upload(order, device)).square() * other)
        return power.sqrt(), targets * (1 - share)[:, None] + targets[order] * share[:, None]
