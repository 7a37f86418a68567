"""Labelled sounds for training: their samples in memory, and windows of them.

Sounds are read, mixed and resampled once. Spectra are made from there for a whole batch at a time,
so that the window can move over long recordings; those of short clips are kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from workbench.audio.clip import ClipReader
from workbench.core.errors import WorkbenchError
from workbench.engine.sounds.features import FeatureSettings, loudest, prepare_waveform
from workbench.project.sound_dataset import SoundSample

Samples = NDArray[np.float32]

_JITTER = 0.1  # of a window, by which a cut out of a longer sound moves in training


class ClipStore:
    """Samples of clips, mono at the model's rate: float32, in memory as far as they fit.

    Parameters
    ----------
    paths
        One for each index; a file that several name is kept once.
    memory
        Bytes; what is beyond is kept on disk and mapped.
    folder
        For that.

    Attributes
    ----------
    broken
        Reasons by index, of files that could not be read; they are silence.
    """

    def __init__(
        self, paths: Sequence[Path], settings: FeatureSettings, memory: int, folder: Path,
        workers: int = 2,
    ) -> None:
        self.broken: dict[int, str] = {}
        self._paths = list(paths)
        self._settings = settings
        self._memory = memory
        self._folder = folder
        self._kept: dict[Path, Samples] = {}
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="sounds")

    def get(self, indices: Iterable[int]) -> list[Samples]:
        """Samples of the clips at ``indices``, float32 (samples,) each."""
        wanted = list(indices)
        missing = {self._paths[index] for index in wanted} - self._kept.keys()
        if missing:
            for path, loaded in self._pool.map(self._load, sorted(missing)):
                self._keep(path, loaded)
        return [self._kept[self._paths[index]] for index in wanted]

    def _load(self, path: Path) -> tuple[Path, Samples | WorkbenchError]:
        try:
            return path, read_samples(path, self._settings)
        except WorkbenchError as error:
            return path, error

    def _keep(self, path: Path, loaded: Samples | WorkbenchError) -> None:
        if isinstance(loaded, WorkbenchError):
            for index, own in enumerate(self._paths):
                if own == path:
                    self.broken[index] = loaded.sentence()
            loaded = np.zeros(self._settings.samples, np.float32)
        if loaded.nbytes > self._memory:
            loaded = self._spilled(path, loaded)
        else:
            self._memory -= loaded.nbytes
        self._kept[path] = loaded

    def _spilled(self, path: Path, samples: Samples) -> Samples:
        name = hashlib.sha256(f"{path}/{self._settings.sample_rate}".encode()).hexdigest()[:24]
        place = self._folder / f"{name}.npy"
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            np.save(place, samples)
            mapped: Samples = np.load(place, mmap_mode="r")
        except OSError:
            return samples  # the disk refuses: then the memory must do
        return mapped

    def close(self) -> None:
        """End the readers; forget everything."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._kept.clear()


def read_samples(path: Path, settings: FeatureSettings) -> Samples:
    """All of a sound file, mono at the model's rate.

    Raises
    ------
    FormatError
        If it cannot be read.
    """
    with ClipReader(path) as reader:
        rate = reader.info.sample_rate
        mono = [block.mean(axis=0, keepdims=True) for block in reader.blocks()]
    waveform = np.concatenate(mono, axis=1) if mono else np.zeros((1, 1), np.float32)
    return prepare_waveform(waveform, rate, settings).numpy()


@dataclass(slots=True)
class Cutter:
    """Cuts windows out of clips.

    Parameters
    ----------
    settings
        Say how long a window is.
    """

    settings: FeatureSettings
    _loudest: dict[SoundSample, int] = field(default_factory=dict)

    def __call__(
        self, samples: Samples, sample: SoundSample, chance: np.random.Generator | None = None
    ) -> Tensor:
        """The window in which ``sample`` is heard: float32 (window,).

        A short region is looked at in the middle of its surroundings, of a long one its loudest
        stretch; a whole clip that is shorter than the window lies in the middle of silence. With
        ``chance`` the window moves a little, and goes anywhere inside background.
        """
        length = self.settings.samples
        first = max(0, round(sample.start * self.settings.sample_rate))
        last = len(samples) if sample.whole else min(
            len(samples), max(first + 1, round(sample.end * self.settings.sample_rate)))
        inside = last - first
        if inside <= length:
            start = first - (length - inside) // 2
            spare = 0 if sample.whole else _JITTER * length
        else:
            start = first + self._loudest_in(sample, samples[first:last])
            spare = _JITTER * length
            if not sample.label and chance is not None:
                start, spare = int(chance.integers(first, last - length + 1)), 0
        if chance is not None and spare:
            start += round(float(chance.uniform(-spare, spare)))
        return around(samples, start, length)

    def fixed(self, sample: SoundSample) -> bool:
        """Whether the window of ``sample`` never moves: the whole of it is a short clip."""
        return sample.whole and sample.duration <= self.settings.seconds

    def _loudest_in(self, sample: SoundSample, samples: Samples) -> int:
        """Where the loudest window of a long sound begins; found once for each."""
        if sample not in self._loudest:
            whole = torch.from_numpy(np.array(samples))
            self._loudest[sample] = loudest(whole, self.settings.samples)
        return self._loudest[sample]


def around(samples: Samples, start: int, length: int) -> Tensor:
    """``length`` samples from ``start``, with silence where there are none."""
    window = np.zeros(length, np.float32)
    left, right = max(0, start), min(len(samples), start + length)
    if right > left:
        window[left - start : right - start] = samples[left:right]
    return torch.from_numpy(window)
