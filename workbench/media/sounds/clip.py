"""Reading sound files, whole or in parts, in the one shape used everywhere.

``waveform`` is float32 (channels, samples), ±1 at full scale.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import soundfile
from numpy.typing import NDArray

from workbench.core.errors import FormatError
from workbench.media.sounds.sound_info import KEPT, open_sound, sound_error_text

Waveform = NDArray[np.float32]

BLOCK = 1 << 18
"""Samples for each channel that are read at a time: some seconds, about a megabyte."""


class ClipReader:
    """An open sound file with random access. Use it on one thread and as a context manager.

    Raises
    ------
    FormatError
        If the file is missing, is no sound or holds no samples.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file, self.info = open_sound(path)

    def read(self, start: int, stop: int) -> Waveform:
        """Samples ``start`` to ``stop`` of all channels; fewer where the file ends earlier.

        Samples that are not numbers are read as silence, so that one bad sample does not spoil a
        picture or a feature.
        """
        start = max(0, min(start, self.info.frames))
        count = max(0, min(stop, self.info.frames) - start)
        try:
            block = self._file.read_at(start, count)
        except (soundfile.SoundFileError, RuntimeError, OSError) as error:
            raise FormatError(f"it could not be read at {start / self.info.sample_rate:.1f} s "
                              f"({sound_error_text(error)})", path=self.path, kept=KEPT) from None
        channels_first: Waveform = np.ascontiguousarray(block.T, np.float32)
        np.nan_to_num(channels_first, copy=False, nan=0.0, posinf=1.0, neginf=-1.0)
        return channels_first

    def blocks(self, size: int = BLOCK) -> Iterator[Waveform]:
        """The whole file in blocks of ``size`` samples, in memory one at a time."""
        for start in range(0, self.info.frames, size):
            block = self.read(start, start + size)
            if block.shape[1] == 0:
                return
            yield block

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()


def read_clip(path: Path) -> tuple[Waveform, int]:
    """Read a whole sound file: ``(waveform, sample_rate)``; for clips, not for hours."""
    with ClipReader(path) as reader:
        return reader.read(0, reader.info.frames), reader.info.sample_rate


def to_mono(waveform: Waveform) -> NDArray[np.float32]:
    """Mean over channels: float32 (samples,)."""
    return np.asarray(waveform[0] if len(waveform) == 1 else waveform.mean(axis=0), np.float32)
