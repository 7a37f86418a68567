"""Which parts of a spectrogram a view needs, and keeping the ones that were made.

A tile is 256 columns at one scale, as bytes: the colours are given when it is painted, so that
another range of dB or another colormap costs nothing.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from workbench.media.sounds.spectrogram import SpectrogramSettings

COLUMNS = 256
LOWEST_DB, HIGHEST_DB = -130.0, 0.0
"""dB of the bytes 0 and 255."""
KEPT_TILES = 320
"""Tiles in memory: 64 KiB each at 256 rows."""
DISK_LOOKS = 8
"""A tile is kept on disk where a column covers so many windows: those cost many seeks."""
VERSION = 2

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class TileId:
    """A tile: columns of ``hop * 2**level`` samples, from column ``COLUMNS * index``."""

    level: int
    index: int

    def samples_per_column(self, hop: int) -> float:
        return float(hop * 2.0 ** self.level)

    def start(self, hop: int) -> float:
        """First sample."""
        return self.index * COLUMNS * self.samples_per_column(hop)

    def end(self, hop: int) -> float:
        return (self.index + 1) * COLUMNS * self.samples_per_column(hop)


def level_for(samples_per_pixel: float, hop: int, frames: int) -> int:
    """The scale whose columns are nearest to a pixel; 0 is one column for each hop."""
    wanted = round(math.log2(max(samples_per_pixel, 1e-9) / hop))
    return min(max(0, wanted), top_level(hop, frames))


def top_level(hop: int, frames: int) -> int:
    """The scale at which one tile holds the whole clip."""
    return max(0, math.ceil(math.log2(max(frames, 1) / (hop * COLUMNS))))


def tiles_between(start: float, end: float, level: int, hop: int, frames: int) -> list[TileId]:
    """Tiles that samples ``start`` to ``end`` lie on."""
    width = hop * 2.0 ** level * COLUMNS
    first = max(0, int(start // width))
    last = min(int(max(0, frames - 1) // width), int(max(start, end - 1) // width))
    return [TileId(level, index) for index in range(first, last + 1)]


def to_stored(decibel: NDArray[np.float32]) -> Bytes:
    """Bytes of dB (bins, columns), top row first."""
    from workbench.media.sounds.spectrogram import to_bytes

    return to_bytes(decibel, LOWEST_DB, HIGHEST_DB)


def decibel_of(value: int) -> float:
    """dB of a stored byte."""
    return LOWEST_DB + value / 255.0 * (HIGHEST_DB - LOWEST_DB)


class TileMemory:
    """The newest tiles in memory; forgets the ones that were not asked for longest."""

    def __init__(self, kept: int = KEPT_TILES) -> None:
        self._tiles: OrderedDict[TileId, Bytes] = OrderedDict()
        self._kept = kept

    def __len__(self) -> int:
        return len(self._tiles)

    def get(self, id: TileId) -> Bytes | None:
        tile = self._tiles.get(id)
        if tile is not None:
            self._tiles.move_to_end(id)
        return tile

    def put(self, id: TileId, tile: Bytes) -> None:
        self._tiles[id] = tile
        while len(self._tiles) > self._kept:
            self._tiles.popitem(last=False)

    def clear(self) -> None:
        self._tiles.clear()


class TileFiles:
    """Tiles of one clip and one setting on disk, under the project's cache."""

    def __init__(self, cache: Path | None, path: Path, settings: SpectrogramSettings) -> None:
        self._folder: Path | None = None
        self._bins = settings.bins
        if cache is None:
            return
        try:
            stat = path.stat()
        except OSError:
            return
        text = f"{VERSION}|{path}|{stat.st_size}|{stat.st_mtime_ns}|{settings}"
        self._folder = cache / hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[
            :24]

    def load(self, id: TileId) -> Bytes | None:
        if self._folder is None:
            return None
        try:
            data = np.fromfile(self._folder / f"{id.level}-{id.index}.tile", np.uint8)
        except OSError:
            return None
        return data.reshape(self._bins, COLUMNS) if data.size == self._bins * COLUMNS else None

    def save(self, id: TileId, tile: Bytes) -> None:
        """Keep ``tile``; a cache that cannot be written is none."""
        if self._folder is None:
            return
        part = self._folder / f"{id.level}-{id.index}.{os.getpid()}.part"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            tile.tofile(part)
            part.replace(part.with_name(f"{id.level}-{id.index}.tile"))
        except OSError:
            part.unlink(missing_ok=True)
