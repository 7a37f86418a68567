"""A model that remembers what good images look like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from statistics import median
from typing import TypeAlias

import numpy as np
import torch
from torch import Tensor, nn

from workbench.core.errors import WorkbenchError
from workbench.core.schema import Value
from workbench.engine.data.images import ImageStore
from workbench.engine.data.letterbox import Letterbox
from workbench.engine.models.learning import take_fitting
from workbench.engine.models.weight_files import load_weights
from workbench.engine.models.weights import is_available
from workbench.engine.training.fitting import FitOptimizer
from workbench.extension.model import ModelContext
from workbench.extension.recipe import LITE0
from workbench.formats.score_maps import FULL, ScoreMap
from workbench.tasks.anomaly.engine.memory import CELL, OneMemory, TwoMemories, inner_cells
from workbench.tasks.anomaly.engine.nearest import shares_of_limit
from workbench.tasks.anomaly.recipes import LONGEST, MEMORIES
from workbench.tasks.anomaly.samples import GoodFacts

BuildContext: TypeAlias = ModelContext[GoodFacts]
_ALIGNED = 32
_SMALLEST = 2 * _ALIGNED
_CANDIDATES = 12_000
"""Patches that are chosen from."""
_HELD_BACK = 60
"""Good images that are looked at by what the others say."""
_QUANTILE = 0.99
"""Share of these good images that are below the limit."""


class DifferenceModel:
    """See :class:`workbench.extension.model.TrainableModel`: it is fitted at the end of its only
    epoch, in which the steps look at the good images."""

    def __init__(self, context: BuildContext) -> None:
        self.facts = context.facts
        self._size = input_size(context.facts, int(context.settings.get("image_size", 0)))
        cells = prod(self._size) // CELL**2
        wanted = int(context.settings.get("patches", 2000))
        places = max(1, min(wanted, cells * max(1, context.facts.images)))
        two = context.settings.get("memories") == MEMORIES
        self._memory: TwoMemories | OneMemory = (TwoMemories if two else OneMemory)(places)
        self.ready = is_available(LITE0)
        if self.ready:
            self.load_pretrained(load_weights(LITE0))
        self._memory.backbone.requires_grad_(False)
        self._memory.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._seen: dict[int, _Seen] = {}
        self._store: ImageStore | None = None
        self.fit_every = 0

    @property
    def module(self) -> nn.Module:
        return self._memory

    @property
    def input_size(self) -> tuple[int, int]:
        return self._size

    @property
    def summary(self) -> str:
        width, height = self._size
        return (f"{self._memory.places:,} places of good images are remembered, which are "
                f"looked at in {width}×{height} px")

    def parameter_groups(self, settings: Mapping[str, Value]) -> list[dict[str, object]]:
        return [{"params": [self._memory.limit]}]

    def load_pretrained(self, state: Mapping[str, Tensor]) -> list[str]:
        """Take over all tensors of the same name and shape, or of the packaged backbone; returns
        those that keep their own."""
        if "_conv_stem.weight" in state:
            state = {f"backbone.{name}": value for name, value in
                     self._memory.backbone.state_of_package(state).items()}
        return take_fitting(self._memory, state)

    # --- learning -------------------------------------------------------------------------------

    def attach(self, store: ImageStore, steps: int) -> None:
        """Where the good images are, and after how many steps all of them were seen; 0 for a trial
        of a few, after which nothing is fitted."""
        self._store, self.fit_every = store, steps
        self._seen.clear()

    def losses(self, inputs: Tensor, targets: Tensor) -> dict[str, Tensor]:
        """Look at good images, whose numbers ``targets`` int64 (B,) are; there is nothing to
        minimise."""
        self._look(inputs, targets.tolist())
        return {"memory": 0 * self._memory.limit.sum()}

    def optimizers(self, settings: Mapping[str, Value]) -> list[torch.optim.Optimizer]:
        """See :class:`workbench.extension.model.HasOptimizers`."""
        return [FitOptimizer(self, [self._memory.limit])]

    def _look(self, images: Tensor, numbers: Sequence[int]) -> None:
        assert self._store is not None
        self._memory.eval()
        whole = self._held_back()
        each = max(1, -(-_CANDIDATES // max(1, self.facts.images)))
        for number, found in zip(numbers, self._memory(images), strict=True):
            if number not in self._store.broken:
                inner = found[:, *inner_cells(self._store.letterboxes[number])]
                patches = inner.flatten(1).T.cpu()
                chance = torch.Generator().manual_seed(number)
                some = torch.randperm(len(patches), generator=chance)[:each]
                self._seen[number] = _Seen(patches[some], inner.cpu() if number in whole else None)

    def _held_back(self) -> set[int]:
        """Numbers of the images by which it is found how much good ones differ."""
        images = self.facts.images
        return set(np.linspace(0, images - 1, min(images, _HELD_BACK)).round().astype(int).tolist())

    def fit(self) -> None:
        """Choose what is remembered, and find how far from it good images are."""
        assert self._store is not None
        missed = [number for number in range(self.facts.images)
                  if number not in self._seen and number not in self._store.broken]
        device = self._memory.limit.device
        for number in missed:  # a run that went on has not seen what came before
            self._look(torch.from_numpy(self._store.get([number])).to(device), [number])
        numbers = sorted(self._seen)
        if len(numbers) < 2:
            raise WorkbenchError("fewer than 2 good images can be read: nothing can be learned "
                                 "from them")
        patches = torch.cat([self._seen[number].some for number in numbers])
        owners = torch.cat([torch.full((len(self._seen[number].some),), number)
                            for number in numbers])
        whole = [(number, seen.whole) for number, seen in sorted(self._seen.items())
                 if seen.whole is not None]
        assert isinstance(self._memory, TwoMemories)
        with torch.no_grad():
            self._memory.learn(patches, owners, whole, _QUANTILE)
        self._seen.clear()

    # --- asking ---------------------------------------------------------------------------------

    @torch.no_grad()
    def answers(self, images: Tensor, places: Sequence[Letterbox]) -> list[ScoreMap]:
        """What is odd in images uint8 (B, 3, H, W), which lie there as ``places`` say."""
        self._memory.eval()
        return [self.answer_of(self._memory.distances(found[:, *inner_cells(place)]))
                for found, place in zip(self._memory(images), places, strict=True)]

    def answer_of(self, distances: Tensor) -> ScoreMap:
        """What is said of an image with these smoothed distances (h, w)."""
        limit = self._memory.limit.detach()
        values = (shares_of_limit(distances, limit) * FULL).round().to(torch.uint8).cpu().numpy()
        return ScoreMap(float(shares_of_limit(self._memory.oddness(distances), limit)), values)

    @property
    def memory(self) -> TwoMemories | OneMemory:
        """What describes places, and what is remembered of them."""
        return self._memory


class _Seen:
    """Of one good image some patches (M, D), and all (D, h, w) where it is held back."""

    __slots__ = ("some", "whole")

    def __init__(self, some: Tensor, whole: Tensor | None) -> None:
        self.some, self.whole = some, whole


def input_size(facts: GoodFacts, image_size: int = 0) -> tuple[int, int]:
    """(width, height) in pixels, multiples of 32, of the shape that most images have; the longer
    side is ``image_size``, 0 chooses it."""
    sizes = facts.image_sizes or ((LONGEST, LONGEST),)
    longest = image_size or min(LONGEST, median(max(size) for size in sizes))
    wide = median(min(max(width / max(1, height), 0.25), 4.0) for width, height in sizes)
    width, height = min(1.0, wide), min(1.0, 1 / wide)

    def aligned(side: float) -> int:
        return max(_SMALLEST, round(side / _ALIGNED) * _ALIGNED)

    return aligned(longest * width), aligned(longest * height)


def build(context: BuildContext) -> DifferenceModel:
    return DifferenceModel(context)
