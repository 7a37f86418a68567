"""What a network that knows photos says of images, and of single objects on them."""

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
from workbench.engine.data.images import Pixels, load_picture, tiles
from workbench.engine.data.letterbox import Window
from workbench.engine.devices import choose_device, cpu_cores
from workbench.engine.models.efficientnet_lite import FEATURES, INPUT, EfficientNetLite0, renamed
from workbench.engine.models.weight_files import load_weights
from workbench.extension.engine_task import Reporter
from workbench.extension.recipe import LITE0
from workbench.project.content import KEY_SIZE
from workbench.project.feature_cache import FeatureCache, Features

_OBJECT_INPUT = 128
"""Side of the input for single objects: with 160 px their neighbours were no better."""
_BATCH = {"cpu": 8}
_GPU_BATCH = 64
_AHEAD = 8  # decoded images that wait


class Seen(NamedTuple):
    """What one point of a map shows."""

    key: str
    """The image, a posix path relative to the project."""
    window: Window | None = None
    """The part of it in pixels as displayed; None is all of it."""
    box: tuple[float, float, float, float] | None = None
    """The object in it, xyxy."""
    label: str = ""


class Looked(NamedTuple):
    """Features float32 (N, C) of what could be read, ``rows`` of what was asked about, and the keys
    of the files that could not be read."""

    features: Features
    rows: list[int]
    unreadable: list[str]


def look_at(project: Path, seen: Sequence[Seen], folder: Path, report: Reporter) -> Looked:
    """Features of images or objects of a project; those of files that did not change since are
    taken from ``folder``.

    Raises
    ------
    WorkbenchError
        If the network's weights are not installed.
    """
    side = INPUT if all(item.window is None for item in seen) else _OBJECT_INPUT
    cache = FeatureCache(folder, f"lite0-{side}", FEATURES)
    names = [_name(project, item) for item in seen]
    missing: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        if name is not None and cache.get(name) is None:
            missing.setdefault(seen[row].key, []).append(row)
    done = len(seen) - sum(map(len, missing.values()))
    waiting: list[tuple[int, Pixels]] = []
    with closing(_decoded(project, seen, missing, side)) as decoded:
        for rows, pixels in decoded:
            report("Looking at objects" if side == _OBJECT_INPUT else "Looking at images", done,
                   len(seen))
            done += len(rows)
            waiting += zip(rows, pixels, strict=False)  # none where a file cannot be read
            while len(waiting) >= _batch():
                _keep(cache, names, waiting[:_batch()])
                del waiting[:_batch()]
    if waiting:
        _keep(cache, names, waiting)
    return _found(cache, names, seen)


def _found(cache: FeatureCache, names: Sequence[bytes | None], seen: Sequence[Seen]) -> Looked:
    values = [None if name is None else cache.get(name) for name in names]
    rows = [row for row, value in enumerate(values) if value is not None]
    lost = dict.fromkeys(seen[row].key for row, value in enumerate(values) if value is None)
    known = [value for value in values if value is not None]
    features = np.stack(known) if known else np.zeros((0, cache.size), np.float32)
    return Looked(features, rows, list(lost))


def _name(project: Path, item: Seen) -> bytes | None:
    """What tells a part of an image in a file of this state from all others; None where the file
    is gone."""
    with suppress(OSError):
        state = (project / item.key).stat()
        text = f"{item.key}|{state.st_mtime_ns}|{state.st_size}|{item.window}"
        return hashlib.blake2b(text.encode("utf-8", "surrogateescape"),
                               digest_size=KEY_SIZE).digest()
    return None


def _decoded(
    project: Path, seen: Sequence[Seen], missing: Mapping[str, Sequence[int]], side: int
) -> Generator[tuple[Sequence[int], list[Pixels]]]:
    """Rows of each image and their pixels uint8 (3, side, side); none of one that cannot be
    read."""

    def load(key: str, rows: Sequence[int]) -> tuple[Sequence[int], list[Pixels]]:
        windows = [window for row in rows if (window := seen[row].window) is not None]
        try:
            picture = load_picture(project / key, (side, side), tiles(windows) if windows else None)
            return rows, [picture.pixels(place) for place in range(len(rows))]
        except WorkbenchError:
            return rows, []

    left = iter(missing.items())
    waiting: deque[Future[tuple[Sequence[int], list[Pixels]]]] = deque()
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


def _batch() -> int:
    return _BATCH.get(_device().type, _GPU_BATCH)


def _keep(cache: FeatureCache, names: Sequence[bytes | None],
          pictures: Sequence[tuple[int, Pixels]]) -> None:
    pixels = torch.from_numpy(np.stack([item for _row, item in pictures])).to(_device())
    with torch.inference_mode():
        values = _network().features(pixels.contiguous(memory_format=torch.channels_last))
    cache.add([name for row, _item in pictures if (name := names[row]) is not None],
              values.float().cpu().numpy())


@lru_cache(maxsize=1)
def _device() -> torch.device:
    return choose_device("auto")


@lru_cache(maxsize=1)
def _network() -> EfficientNetLite0:
    network = EfficientNetLite0()
    network.load_state_dict(renamed(load_weights(LITE0)))
    return network.folded().to(_device())
