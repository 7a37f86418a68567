"""From files to what a classifier sees: the middle square of a picture, at one size."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from workbench.core.errors import WorkbenchError
from workbench.engine.data.images import drafted_extent
from workbench.media.images.pixels import open_picture, to_rgb, turns

Pixels = NDArray[np.uint8]
CROP = 0.875
"""Share of the square that is seen; its border is for moving the picture in training."""


def read_square(path: Path, side: int) -> Pixels:
    """The middle square of a picture.

    Parameters
    ----------
    side
        Of the result in pixels; the picture's shorter side is brought to it.

    Returns
    -------
    uint8 (3, side, side) RGB

    Raises
    ------
    WorkbenchError
        If the picture cannot be read.
    """
    with open_picture(path) as (image, info):
        stored = image.size
        scale = side / min(stored)
        width, height = drafted_extent(
            image, (max(1, round(stored[0] * scale)), max(1, round(stored[1] * scale))))
        edge = min(width, height)
        left, top = (width - edge) / 2, (height - edge) / 2
        box = (left, top, left + edge, top + edge)
        square = to_rgb(image, info, path).resize((side, side), Image.Resampling.BILINEAR, box=box)
        for step in turns(info):
            square = square.transpose(step)
    return np.ascontiguousarray(np.asarray(square).transpose(2, 0, 1))


def square_of(pixels: Pixels, side: int) -> Pixels:
    """As :func:`read_square`, of a picture uint8 (H, W, 3) that lies in memory."""
    image = Image.fromarray(pixels)
    edge = min(image.size)
    left, top = (image.width - edge) / 2, (image.height - edge) / 2
    square = image.resize((side, side), Image.Resampling.BILINEAR,
                          box=(left, top, left + edge, top + edge))
    return np.ascontiguousarray(np.asarray(square).transpose(2, 0, 1))


def middle(images: Tensor, side: int) -> Tensor:
    """The middle ``side`` × ``side`` pixels of (B, C, H, W)."""
    top, left = (images.shape[-2] - side) // 2, (images.shape[-1] - side) // 2
    return images[..., top : top + side, left : left + side]


class PictureStore:
    """The squares of some pictures, each read at its first use.

    Parameters
    ----------
    paths
        An index into them names a picture.
    side
        Of the squares in pixels.
    memory
        Bytes that may be kept; what is more is read every time.
    workers
        Decoding threads.
    """

    def __init__(self, paths: Sequence[Path], side: int, memory: int, workers: int = 2) -> None:
        self.paths = list(paths)
        self.side = side
        self.broken: dict[int, str] = {}
        """Why a picture cannot be read, by index; it is seen as grey."""
        self._room = memory // (3 * side * side)
        self._kept: dict[int, Pixels] = {}
        self._pool = ThreadPoolExecutor(max(1, workers), thread_name_prefix="decode")
        self._lock = Lock()

    def get(self, indices: Iterable[int]) -> Pixels:
        """uint8 (B, 3, side, side)."""
        wanted = list(indices)
        missing = [index for index in dict.fromkeys(wanted) if index not in self._kept]
        found = dict(zip(missing, self._pool.map(self._read, missing), strict=True))
        for index, pixels in found.items():
            if len(self._kept) < self._room:
                self._kept[index] = pixels
        return np.stack([found[index] if index in found else self._kept[index] for index in wanted])

    def _read(self, index: int) -> Pixels:
        try:
            return read_square(self.paths[index], self.side)
        except WorkbenchError as error:
            self.note(index, error)
            return np.full((3, self.side, self.side), 127, np.uint8)

    def note(self, index: int, error: WorkbenchError) -> None:
        """Remember that a picture cannot be read."""
        with self._lock:
            self.broken[index] = f"{error} It is left out."

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._kept.clear()
