"""What a frozen network says of pictures, computed once and kept by the content of their files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable

import numpy as np
import torch
from torch import Tensor

from workbench.core.errors import WorkbenchError
from workbench.formats.content import content_key
from workbench.formats.feature_cache import FeatureCache, Features
from workbench.tasks.image_classification.engine.pictures import PictureStore

_BATCH = 16  # pictures that the network sees at once


class FeatureStore:
    """The features of some pictures, in the place of the pictures.

    Parameters
    ----------
    pictures
        Where pixels come from.
    network
        From uint8 (B, 3, side, side) to features (B, size), on the network's device.
    cache
        Called when features are first needed, because the weights come late.
    """

    def __init__(
        self, pictures: PictureStore, network: Callable[[Tensor], Tensor],
        cache: Callable[[], FeatureCache],
    ) -> None:
        self._pictures = pictures
        self._network = network
        self._open_cache = cache
        self._cache: FeatureCache | None = None
        self._keys: dict[int, bytes] = {}

    @property
    def broken(self) -> dict[int, str]:
        return self._pictures.broken

    @property
    def cache(self) -> FeatureCache:
        """Where features are kept."""
        if self._cache is None:
            self._cache = self._open_cache()
        return self._cache

    def get(self, indices: Iterable[int]) -> Features:
        """float32 (B, size); zeros for a picture that cannot be read."""
        wanted = list(indices)
        cache = self.cache
        missing = [index for index in dict.fromkeys(wanted) if not self._has(index)]
        for start in range(0, len(missing), _BATCH):
            part = missing[start : start + _BATCH]
            pixels = torch.from_numpy(self._pictures.get(part))
            values = self._network(pixels).float().cpu().numpy()
            good = [row for row, index in enumerate(part) if index not in self.broken]
            cache.add([self._keys[part[row]] for row in good], values[good])
        rows = [cache.get(self._keys[index]) if index in self._keys else None for index in wanted]
        none = np.zeros(cache.size, np.float32)
        return np.stack([none if row is None else row for row in rows])

    def _has(self, index: int) -> bool:
        if index in self.broken:
            return True
        if index not in self._keys:
            try:
                self._keys[index] = content_key(self._pictures.paths[index])
            except WorkbenchError as error:
                self._pictures.note(index, error)
                return True
        return self.cache.get(self._keys[index]) is not None

    def close(self) -> None:
        self._pictures.close()


def digest_of(module: torch.nn.Module) -> str:
    """What tells a network's weights from others."""
    digest = hashlib.blake2b(digest_size=8)
    for name, tensor in module.state_dict().items():
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
