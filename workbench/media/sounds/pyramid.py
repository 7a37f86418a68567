"""Waveforms of any length as minima and maxima at several scales.

A view asks for as many columns as it has pixels; the answer comes from the level just finer than a
pixel, so drawing an hour costs as much as drawing a second, and memory does not grow with length:
the levels lie in one memory-mapped file.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import FormatError
from workbench.media.sounds.clip import ClipReader

BASE = 256
"""Samples in a bin of the finest level."""
FACTOR = 4
"""Bins of one level in a bin of the next."""
VERSION = 1

Peaks = NDArray[np.int16]
"""int16 (bins, 2): minimum and maximum of each bin, 32767 at full scale."""


@dataclass(frozen=True, slots=True)
class Pyramid:
    """Peaks of the mean of all channels at several scales.

    ``levels[k]`` has bins of ``BASE * FACTOR**k`` samples.
    """

    frames: int
    levels: tuple[Peaks, ...]

    def columns(self, start: float, stop: float, count: int) -> NDArray[np.float32]:
        """Minima and maxima for ``count`` columns between samples ``start`` and ``stop``.

        Returns
        -------
        float32 (count, 2), ±1 at full scale; columns beyond the clip are 0. Ranges finer than
        ``BASE`` samples a column should be drawn from the samples themselves.
        """
        result = np.zeros((count, 2), np.float32)
        if count == 0 or stop <= start:
            return result
        per_column = (stop - start) / count
        level, size = 0, BASE
        while level + 1 < len(self.levels) and size * FACTOR <= per_column:
            level, size = level + 1, size * FACTOR
        peaks = self.levels[level]
        edges = start + per_column * np.arange(count + 1)
        first = np.floor(edges[:-1] / size).astype(np.int64)
        last = np.maximum(np.ceil(edges[1:] / size).astype(np.int64), first + 1)
        inside = (last > 0) & (first < len(peaks))
        if not inside.any():
            return result
        first, last = first[inside].clip(0), last[inside].clip(1, len(peaks))
        result[inside, 0] = _reduce(np.minimum, peaks[:, 0], first, last)
        result[inside, 1] = _reduce(np.maximum, peaks[:, 1], first, last)
        return result / np.float32(32767)


def _reduce(
    function: np.ufunc, values: NDArray[np.int16], first: NDArray[np.int64],
    last: NDArray[np.int64],
) -> NDArray[np.int16]:
    """``function`` over ``values[first[i]:last[i]]`` for each i, with neighbours sharing bins."""
    low, high = int(first[0]), int(last.max())
    part = np.asarray(values[low:high])
    widest = int((last - first).max())
    result = part[first - low]
    for offset in range(1, widest):
        index = np.minimum(first + offset, last - 1) - low
        result = function(result, part[index])
    return np.asarray(result)


def build_pyramid(path: Path, progress: Callable[[float], bool] | None = None) -> Pyramid | None:
    """Read the whole file once and return its pyramid.

    Parameters
    ----------
    path
        A sound file of any length; it is read in blocks.
    progress
        Called with 0..1; returning False cancels.

    Returns
    -------
    None if it was cancelled.
    """
    with ClipReader(path) as reader:
        frames = reader.info.frames
        finest = np.zeros((-(-frames // BASE), 2), np.int16)
        done = 0
        for block in reader.blocks(BASE * 1024):
            peaks = _block_peaks(block.mean(axis=0, dtype=np.float32))
            finest[done:done + len(peaks)] = peaks
            done += len(peaks)
            if progress is not None and not progress(min(1.0, done / len(finest))):
                return None
    levels = [finest]
    while len(levels[-1]) > 512:
        levels.append(_coarser(levels[-1]))
    return Pyramid(frames, tuple(levels))


def _block_peaks(mono: NDArray[np.float32]) -> Peaks:
    missing = -len(mono) % BASE
    if missing:
        mono = np.concatenate([mono, np.repeat(mono[-1:], missing)])
    bins = (mono.clip(-1, 1) * np.float32(32767)).astype(np.int16).reshape(-1, BASE)
    return np.stack([bins.min(axis=1), bins.max(axis=1)], axis=1)


def _coarser(peaks: Peaks) -> Peaks:
    missing = -len(peaks) % FACTOR
    if missing:
        peaks = np.concatenate([peaks, np.repeat(peaks[-1:], missing, axis=0)])
    groups = peaks.reshape(-1, FACTOR, 2)
    return np.stack([groups[:, :, 0].min(axis=1), groups[:, :, 1].max(axis=1)], axis=1)


def overview(path: Path, count: int) -> NDArray[np.float32]:
    """A first, rough picture of a long file at once: a short look into each column.

    Returns
    -------
    float32 (count, 2) minima and maxima like :meth:`Pyramid.columns`; short peaks may be missing
    until the pyramid is there.
    """
    result = np.zeros((count, 2), np.float32)
    with ClipReader(path) as reader:
        step = reader.info.frames / max(count, 1)
        look = int(min(step, 512)) or 1
        for column in range(count):
            block = reader.read(int(column * step), int(column * step) + look)
            if block.shape[1]:
                mono = block.mean(axis=0)
                result[column] = mono.min(), mono.max()
    return result


# --- the cache ------------------------------------------------------------------------------------


def cache_path(cache: Path, path: Path) -> Path:
    """Where the pyramid of ``path`` is kept; another size or time of the file is another name."""
    stat = path.stat()
    key = f"{VERSION}|{path.resolve()}|{stat.st_size}|{stat.st_mtime_ns}"
    return cache / f"{hashlib.sha256(key.encode()).hexdigest()[:24]}.peaks"


def save_pyramid(pyramid: Pyramid, file: Path) -> None:
    """Write the levels behind each other, atomically; a cache that cannot be kept is no harm."""
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_suffix(f".{os.getpid()}.tmp")
    with temporary.open("wb") as out:
        np.array([VERSION, pyramid.frames, len(pyramid.levels),
                  *(len(level) for level in pyramid.levels)], np.int64).tofile(out)
        for level in pyramid.levels:
            level.tofile(out)
    temporary.replace(file)


def load_pyramid(file: Path) -> Pyramid | None:
    """Read a kept pyramid without taking it into memory, or None if there is none that fits."""
    try:
        head = np.fromfile(file, np.int64, 3)
        if len(head) < 3 or head[0] != VERSION or not 0 < head[2] < 64:
            return None
        lengths = np.fromfile(file, np.int64, int(head[2]), offset=24)
        offset = 24 + 8 * int(head[2])
        if file.stat().st_size != offset + 4 * int(lengths.sum()):
            return None
        levels = []
        for length in lengths:
            levels.append(np.memmap(file, np.int16, "r", offset, (int(length), 2)))
            offset += 4 * int(length)
    except (OSError, ValueError):
        return None
    return Pyramid(int(head[1]), tuple(levels))


def pyramid(
    path: Path, cache: Path, progress: Callable[[float], bool] | None = None
) -> Pyramid | None:
    """The pyramid of ``path`` from the cache, or made and kept there; None if cancelled."""
    try:
        file = cache_path(cache, path)
    except OSError:
        raise FormatError("the file is gone", path=path) from None
    kept = load_pyramid(file)
    if kept is not None:
        return kept
    made = build_pyramid(path, progress)
    if made is None:
        return None
    try:
        save_pyramid(made, file)
    except OSError:
        return made
    return load_pyramid(file) or made
