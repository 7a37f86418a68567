"""Labelled sounds for training: their samples in memory, and windows of them.

Sounds are read, mixed and resampled once. Spectra are made from there for a whole batch at a time,
so that the window can move over long recordings; those of short clips are kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from torch import Tensor

from workbench.core.errors import WorkbenchError
from workbench.project.datasets.sounds import SoundSample
from workbench.tasks.sound_classification.engine.features import FeatureSettings
from workbench.tasks.sound_classification.engine.recording import (
    Recording,
    Samples,
    SoundSamples,
    StoredSamples,
    around,
    loudest_in,
)

LARGE = 1 << 22
"""Bytes of a clip that is long: a minute at 16 kHz."""
_BYTES = 4  # of a sample
_JITTER = 0.1  # of a window, by which a cut out of a longer sound moves in training


class ClipStore:
    """Samples of clips, mono at the model's rate: float32, in memory as far as they fit.

    Long recordings are never held as a whole.

    Parameters
    ----------
    paths
        One for each index; a file that several name is kept once.
    memory
        Bytes; what is beyond is kept on disk.
    folder
        For that; without one it is read again each time.
    """

    def __init__(
        self, paths: Sequence[Path], settings: FeatureSettings, memory: int, folder: Path | None,
        workers: int = 2,
    ) -> None:
        self.broken: dict[int, str] = {}
        """Reasons by index, of files that could not be read; they are silence."""
        self._paths = list(paths)
        self._settings = settings
        self._memory = memory
        self._folder = folder
        self._kept: dict[Path, SoundSamples] = {}
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="sounds")

    def get(self, indices: Iterable[int]) -> list[SoundSamples]:
        """Samples of the clips at ``indices``."""
        wanted = list(indices)
        missing = {self._paths[index] for index in wanted} - self._kept.keys()
        if missing:
            for path, loaded in self._pool.map(self._load, sorted(missing)):
                self._keep(path, loaded)
        return [self._kept[self._paths[index]] for index in wanted]

    def forget(self, paths: Iterable[Path]) -> None:
        """Give the memory of clips back that are not needed any more."""
        for path in paths:
            samples = self._kept.pop(path, None)
            if isinstance(samples, np.ndarray):
                self._memory += samples.nbytes

    def _load(self, path: Path) -> tuple[Path, SoundSamples | WorkbenchError]:
        try:
            recording = Recording(path, self._settings)
            if _BYTES * len(recording) <= LARGE:
                return path, recording[:]
            return path, self._elsewhere(path, recording, recording.blocks())
        except WorkbenchError as error:
            return path, error

    def _keep(self, path: Path, loaded: SoundSamples | WorkbenchError) -> None:
        if isinstance(loaded, WorkbenchError):
            for index, own in enumerate(self._paths):
                if own == path:
                    self.broken[index] = loaded.sentence()
            loaded = np.zeros(self._settings.samples, np.float32)
        elif isinstance(loaded, np.ndarray):
            if loaded.nbytes <= self._memory:
                self._memory -= loaded.nbytes
            else:
                loaded = self._elsewhere(path, Recording(path, self._settings), iter([loaded]))
        self._kept[path] = loaded

    def _elsewhere(self, path: Path, recording: Recording, blocks: Iterator[Samples]
                   ) -> SoundSamples:
        """The samples on the disk; where there is none for them, the file itself."""
        if self._folder is None:
            return recording
        name = hashlib.sha256(f"{path}/{self._settings.sample_rate}".encode()).hexdigest()[:24]
        try:
            return StoredSamples(self._folder / f"{name}.f32", blocks)
        except OSError:
            return recording

    def close(self) -> None:
        """End the readers; forget everything."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._kept.clear()


@dataclass(slots=True)
class Cutter:
    """Cuts windows out of clips."""

    settings: FeatureSettings
    """Say how long a window is."""
    _loudest: dict[SoundSample, int] = field(default_factory=dict)

    def __call__(
        self, samples: SoundSamples, sample: SoundSample, chance: np.random.Generator | None = None
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
            start = first + self._loudest_in(sample, samples, first, last)
            spare = _JITTER * length
            if not sample.label and chance is not None:
                start, spare = int(chance.integers(first, last - length + 1)), 0
        if chance is not None and spare:
            start += round(float(chance.uniform(-spare, spare)))
        return around(samples, start, length)

    def fixed(self, sample: SoundSample) -> bool:
        """Whether the window of ``sample`` never moves: the whole of it is a short clip."""
        return sample.whole and sample.duration <= self.settings.seconds

    def _loudest_in(self, sample: SoundSample, samples: SoundSamples, first: int, last: int) -> int:
        """Where the loudest window of a long sound begins; found once for each."""
        if sample not in self._loudest:
            self._loudest[sample] = loudest_in(samples, first, last, self.settings.samples)
        return self._loudest[sample]
