"""How good a model of areas is on validation images, and what it says of them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch

from workbench.core.class_maps import LEVELS, UNKNOWN, ClassMap
from workbench.engine.data.batches import spread
from workbench.engine.data.images import ImageStore
from workbench.engine.data.letterbox import Letterbox
from workbench.engine.validation import SampleValidator
from workbench.evaluation.pixels import Counts, evaluate_pixels, pixel_table
from workbench.extension.segmentation import SegmentationModel
from workbench.formats.class_maps import PackedMap
from workbench.tasks.segmentation.engine.area_store import AreaStore
from workbench.tasks.segmentation.engine.looking import maps_of, windows
from workbench.tasks.segmentation.samples import AreaSample

_LOSS_IMAGES = 16  # that the validation loss is measured on
_ROOM = 300_000_000  # bytes of maps that are held as they are: packing takes 7 ms for each
_SHOWN_SIDE = 320  # pixels of a map in a preview: one is kept for some images of every epoch


class AreaValidator(SampleValidator[AreaSample, ClassMap | PackedMap]):
    """Looks at validation images and measures.

    Parameters
    ----------
    model
        Holds the weights to be judged at each call.
    store, areas
        Pixels and labels; the validation images begin at ``offset`` in both.
    batch_size
        Images that are looked at together.
    """

    main = "miou"

    def __init__(
        self, model: SegmentationModel, store: ImageStore, areas: AreaStore, offset: int,
        samples: Sequence[AreaSample], classes: Sequence[str], device: torch.device,
        batch_size: int,
    ) -> None:
        super().__init__(model, store, offset, samples, classes)
        self._areas = areas
        self._device = device
        self._batch_size = max(1, batch_size)

    def is_telling(self, sample: AreaSample) -> bool:
        return bool(sample.objects)

    def measure(self, indices: Sequence[int], found: Sequence[ClassMap | PackedMap],
                check: Callable[[], None]) -> dict[str, float]:
        return evaluate_pixels(self._tables(indices, found, check), self._classes).numbers()

    def _tables(self, indices: Sequence[int], found: Sequence[ClassMap | PackedMap],
                check: Callable[[], None]) -> Iterator[Counts]:
        """One by one: with many classes each takes megabytes."""
        for index, item in zip(indices, found, strict=True):
            check()
            yield pixel_table(_whole(item), self._truth(index), len(self._classes))

    def predict(self, indices: Sequence[int], check: Callable[[], None]
                ) -> list[ClassMap | PackedMap]:
        self._model.module.eval()
        found: list[ClassMap | PackedMap] = []
        width, height = self._model.input_size
        much = 2 * width * height * len(indices) > _ROOM
        for start in range(0, len(indices), self._batch_size):
            check()
            part = indices[start:start + self._batch_size]
            pixels = self._store.get([index + self._offset for index in part])
            maps = maps_of(self._model, pixels, self._device, check)
            inner = [self._inner(item, index) for item, index in zip(maps, part, strict=True)]
            found += map(PackedMap.of, inner) if much else inner
        check()
        return found

    @torch.no_grad()
    def loss(self, indices: Sequence[int], check: Callable[[], None]) -> float | None:
        """The training's loss on some of ``indices``, as they are shown when they are judged; large
        ones in windows, of which only those count in which something is known."""
        began = time.perf_counter()
        indices = spread([index for index in indices
                          if index + self._offset not in self._store.broken], _LOSS_IMAGES)
        self._model.module.eval()
        total, count = 0.0, 0
        for start in range(0, len(indices), self._batch_size):
            places = [index + self._offset for index in indices[start:start + self._batch_size]]
            images = torch.from_numpy(self._store.get(places)).to(self._device)
            areas = np.stack([self._areas.get(place) for place in places])
            for top, bottom, left, right in windows(areas.shape[1:]):
                check()
                part = areas[:, top:bottom, left:right]
                if (part != UNKNOWN).any():
                    losses = self._model.losses(images[:, :, top:bottom, left:right],
                                                torch.from_numpy(part).to(self._device))
                    total += sum(float(value) for value in losses.values()) * len(places)
                    count += len(places)
        self.loss_seconds = time.perf_counter() - began
        mean = total / count if count else math.nan
        return mean if math.isfinite(mean) else None

    def show(self, index: int, result: ClassMap | PackedMap) -> dict[str, object]:
        """What a preview shows of image ``index``."""
        result = _whole(result)
        shown: dict[str, Any] = {
            "file": self._samples[index].key, "map": _as_shown(result).to_json(),
            "classes": self._classes, "boxes": [], "labels": [], "scores": []}
        table = pixel_table(result, self._truth(index), len(self._classes))
        overlap = evaluate_pixels([table], self._classes).miou
        if not math.isnan(overlap):
            shown["miou"] = round(overlap, 4)
        return shown

    def _truth(self, index: int) -> Any:
        """The labels of an image as large as its map."""
        window = self._window(index)
        return self._areas.get(index + self._offset)[window]

    def _inner(self, found: ClassMap, index: int) -> ClassMap:
        window = self._window(index)
        return ClassMap(found.labels[window], found.levels[window])

    def _window(self, index: int) -> tuple[slice, slice]:
        place = Letterbox.fit(self._samples[index].size, self._model.input_size)
        (left, top), (width, height) = place.offset, place.inner
        return np.s_[top:top + height, left:left + width]


def _whole(found: ClassMap | PackedMap) -> ClassMap:
    return found.map() if isinstance(found, PackedMap) else found


def _as_shown(found: ClassMap) -> ClassMap:
    """What is likelier than nothing; how sure it is of that would take ten times the room."""
    step = -(-max(found.size) // _SHOWN_SIDE)
    labels, levels = found.labels[::step, ::step], found.levels[::step, ::step]
    there = levels >= LEVELS // 2
    return ClassMap(np.where(there, labels, np.uint8(0)),
                    np.where(there, np.uint8(LEVELS), np.uint8(0)))
