"""Labels of images as a model's input shows them."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np

from workbench.core.class_maps import UNKNOWN, Areas
from workbench.engine.data.letterbox import Letterbox
from workbench.tasks.segmentation.samples import AreaSample


class AreaStore:
    """The labels of images as a model's input shows them: each painted once, and kept packed."""

    def __init__(self, samples: Sequence[AreaSample], input_size: tuple[int, int],
                 classes: Sequence[str], unlabelled: str) -> None:
        self._samples = samples
        self._size = input_size
        self._classes = classes
        self._unlabelled = unlabelled
        self._packed: dict[int, bytes] = {}

    def get(self, index: int) -> Areas:
        """uint8 (H, W) of sample ``index``; the bars of the letterbox are unknown."""
        width, height = self._size
        if index not in self._packed:
            self._packed[index] = zlib.compress(self._painted(index).tobytes(), 1)
        data = zlib.decompress(self._packed[index])
        return np.frombuffer(data, np.uint8).reshape(height, width)

    def _painted(self, index: int) -> Areas:
        sample = self._samples[index]
        place = Letterbox.fit(sample.size, self._size)
        areas = np.full((self._size[1], self._size[0]), UNKNOWN, np.uint8)
        (left, top), (width, height) = place.offset, place.inner
        areas[top:top + height, left:left + width] = sample.areas(
            place.inner, self._classes, self._unlabelled)
        return areas
