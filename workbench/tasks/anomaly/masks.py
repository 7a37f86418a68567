"""Where published data sets keep what is faulty of an image, and how heat compares with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from workbench.core.arrays import BoolArray
from workbench.core.errors import WorkbenchError
from workbench.core.paths import is_file
from workbench.evaluation.differing_pixels import PixelCounts, all_pixels, pixels_of
from workbench.media.images.pixels import upright_rgb
from workbench.tasks.anomaly.samples import Part

_TEST, _MASKS = "test", "ground_truth"
_ENDS = ("_mask.png", ".png", "_mask.bmp", ".bmp", "_mask.tif", ".tif")


def mask_path(project: Path, key: str) -> Path | None:
    """The mask of an image: ``ground_truth/scratch/001_mask.png`` for ``test/scratch/001.png``, as
    MVTec AD and others have it; None where there is none."""
    for folder in _mask_folders(PurePosixPath(key)):
        for end in _ENDS:
            path = project / folder / f"{PurePosixPath(key).stem}{end}"
            if is_file(path):
                return path
    return None


def _mask_folders(key: PurePosixPath) -> Iterator[PurePosixPath]:
    parts = key.parent.parts
    for place, name in enumerate(parts):
        if name == _TEST:
            yield PurePosixPath(*parts[:place], _MASKS, *parts[place + 1:])


def read_mask(path: Path) -> BoolArray:
    """bool (H, W): what is brighter than half of the brightest.

    Raises
    ------
    WorkbenchError
        If it cannot be read.
    """
    values = upright_rgb(path).max(2)
    return np.asarray(values > values.max() / 2, np.bool_)


def counted_pixels(project: Path, samples: Sequence[Part], maps: Iterable[NDArray[np.uint8]]
                   ) -> tuple[dict[str, PixelCounts], list[str]]:
    """The pixels of images by their score, by key, where that is known: of faulty ones with a mask,
    and where there are some, of good ones; and the keys of those whose mask cannot be read."""
    found: dict[str, PixelCounts] = {}
    unread: list[str] = []
    good: list[tuple[Part, NDArray[np.uint8]]] = []
    for item, values in zip(samples, maps, strict=True):
        if item.good:
            good.append((item, values))
        elif (path := mask_path(project, item.key)) is not None:
            try:
                found[item.key] = pixels_of(values, read_mask(path))
            except WorkbenchError:
                unread.append(item.key)
    if found:
        found.update({item.key: pixels_of(values, item.size) for item, values in good})
    return found, unread


def pixels_now(samples: Iterable[Part], counted: Mapping[str, PixelCounts]) -> PixelCounts:
    """The pixels of images that are still good, or have a mask."""
    return all_pixels(counts for item in samples
                      if (counts := counted.get(item.key)) is not None
                      and (item.good or counts.images))
