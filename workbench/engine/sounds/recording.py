"""A sound file at the model's rate, read in parts: however long it is, only what is asked for is in
memory."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, gcd
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
import torchaudio.functional
from numpy.typing import NDArray
from torch import Tensor

from workbench.media.sounds.clip import ClipReader

Samples = NDArray[np.float32]

BLOCK = 1 << 18
"""Samples that are in memory at a time: 16 seconds at 16 kHz."""

_KERNEL = 7.0
"""Reach of the resampling kernel in periods of the lower rate: torchaudio's is six, widened by its
roll-off of 0.99."""


class Heard(Protocol):
    """What a model hears: at which rate (Hz), and of how many samples a window of it is."""

    @property
    def sample_rate(self) -> int: ...
    @property
    def samples(self) -> int: ...


def prepare_waveform(
    waveform: NDArray[np.float32] | Tensor, sample_rate: int, settings: Heard
) -> Tensor:
    """Mono samples at the model's rate.

    Parameters
    ----------
    waveform
        float32 (channels, samples).
    sample_rate
        Hz.

    Returns
    -------
    float32 (samples,), finite.
    """
    mono = torch.as_tensor(np.asarray(waveform), dtype=torch.float32).mean(0)
    mono = torch.nan_to_num(mono, nan=0.0, posinf=1.0, neginf=-1.0)
    if sample_rate != settings.sample_rate:
        mono = torchaudio.functional.resample(mono, sample_rate, settings.sample_rate)
    return mono


class SoundSamples(Protocol):
    """Samples of a sound, mono: an array, or something that is read when it is asked for."""

    def __len__(self) -> int: ...

    def __getitem__(self, part: slice, /) -> Samples: ...


class Recording:
    """Samples of the sound file at ``path``, mono at the model's rate.

    A part is what it would be if the whole file had been resampled at once.

    Raises
    ------
    FormatError
        If the file cannot be read.
    """

    def __init__(self, path: Path, settings: Heard) -> None:
        with ClipReader(path) as reader:
            self.rate = reader.info.sample_rate
            self._frames = reader.info.frames
        self.path = path
        self._settings = settings
        common = gcd(self.rate, settings.sample_rate)
        self._from, self._to = self.rate // common, settings.sample_rate // common

    def __len__(self) -> int:
        return ceil(self._frames * self._to / self._from)

    def __getitem__(self, part: slice, /) -> Samples:
        start, stop, _ = part.indices(len(self))
        if stop <= start:
            return np.zeros(0, np.float32)
        reach = ceil(_KERNEL / min(1.0, self._to / self._from) / self._from) + 1
        first = max(0, start // self._to - reach)  # in units of both rates, where they meet
        last = ceil(stop / self._to) + reach
        with ClipReader(self.path) as reader:
            wave = reader.read(first * self._from, last * self._from)
        mono = wave.mean(axis=0, keepdims=True)
        found: Samples = prepare_waveform(mono, self.rate, self._settings).numpy()
        return found[start - first * self._to : stop - first * self._to]

    def blocks(self, size: int = 0) -> Iterator[Samples]:
        """The whole recording in blocks of ``size`` samples, :data:`BLOCK` for 0."""
        size = size or BLOCK
        for start in range(0, len(self), size):
            yield self[start : start + size]


class LoudestStretch:
    """Where the loudest ``length`` samples of a sound begin that is heard block by block."""

    def __init__(self, length: int) -> None:
        self.start = 0
        """In samples from the beginning; the first of equals."""
        self._length = length
        self._best = -1.0
        self._position = 0  # of the first sample that is kept
        self._power = np.zeros(0)

    def hear(self, block: Samples) -> None:
        """Take in the next samples."""
        power = np.concatenate([self._power, np.square(block.astype(np.float64))])
        total = np.concatenate([[0.0], power.cumsum()])  # single precision would drift
        sums = total[self._length :] - total[: -self._length]
        if len(sums):
            place = int(sums.argmax())
            if sums[place] > self._best:
                self._best, self.start = float(sums[place]), self._position + place
        keep = min(len(power), self._length - 1)
        self._position += len(power) - keep
        self._power = power[len(power) - keep :]


def loudest_in(samples: SoundSamples, first: int, last: int, length: int) -> int:
    """Where the loudest ``length`` samples between ``first`` and ``last`` begin, from ``first``."""
    stretch = LoudestStretch(length)
    for start in range(first, last, BLOCK):
        stretch.hear(samples[start : min(last, start + BLOCK)])
    return stretch.start


class StoredSamples:
    """Samples float32 in a file of their own, read when they are asked for.

    A mapped file would count as this process's memory as far as it was touched.
    """

    def __init__(self, path: Path, blocks: Iterator[Samples]) -> None:
        self._path = path
        self._length = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            for block in blocks:
                file.write(np.ascontiguousarray(block, np.float32).tobytes())
                self._length += len(block)

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, part: slice, /) -> Samples:
        start, stop, _ = part.indices(self._length)
        return np.fromfile(self._path, np.float32, max(0, stop - start), offset=4 * start)


def around(samples: SoundSamples, start: int, length: int) -> torch.Tensor:
    """``length`` samples from ``start``, with silence where there are none."""
    window = np.zeros(length, np.float32)
    left, right = max(0, start), min(len(samples), start + length)
    if right > left:
        window[left - start : right - start] = samples[left:right]
    return torch.from_numpy(window)
