"""Labelled sounds for training: their samples, in memory as far as they fit.

Sounds are read, mixed and resampled once. Spectra are made from there for a whole batch at a time,
so that the window can move over long recordings.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from workbench.core.errors import WorkbenchError
from workbench.engine.sounds.recording import (
    Heard,
    Recording,
    Samples,
    SoundSamples,
    StoredSamples,
)

LARGE = 1 << 22
"""Bytes of a clip that is long: a minute at 16 kHz."""
_BYTES = 4  # of a sample


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
        self, paths: Sequence[Path], settings: Heard, memory: int, folder: Path | None,
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
