"""A recording that is on disk while it runs.

The wav header is brought up to date several times a second, so a program that is killed leaves a
file that plays up to the last half second.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import WorkbenchError
from workbench.formats.atomic import disk_reason
from workbench.media.sounds.clip import Waveform

HEADER = 44
FLUSH_SECONDS = 0.25
"""Sound between two updates of the header."""
MOST_BYTES = 2**32 - 1 - (HEADER - 8)
"""Of samples: the header has 32 bits for the size of what follows its first 8 bytes."""
CLIP_LEVEL = 32767 / 32768


def wav_header(sample_rate: int, channels: int, frames: int) -> bytes:
    """The 44 bytes before 16-bit PCM samples (Microsoft RIFF WAVE, 1991)."""
    data = frames * channels * 2
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + data, b"WAVE", b"fmt ", 16, 1, channels, sample_rate,
        sample_rate * channels * 2, channels * 2, 16, b"data", data,
    )


@dataclass(slots=True)
class Level:
    """Loudness of a block in dBFS, and whether it touched full scale."""

    peak_db: float
    rms_db: float
    clipped: bool


def measure(waveform: Waveform) -> Level:
    """Level of float32 (channels, samples); −120 dBFS for silence or nothing."""
    if waveform.size == 0:
        return Level(-120.0, -120.0, False)
    peak = float(np.abs(waveform).max())
    rms = float(np.sqrt(np.mean(np.square(waveform, dtype=np.float64))))
    return Level(_decibel(peak), _decibel(rms), peak >= CLIP_LEVEL)


def _decibel(value: float) -> float:
    return float(20 * np.log10(max(value, 1e-6)))


class WavWriter:
    """Writes 16-bit PCM to ``path`` as it comes.

    Raises
    ------
    WorkbenchError
        From any call if the disk refuses (full, read-only); what was written before stays playable.
    """

    def __init__(self, path: Path, sample_rate: int, channels: int) -> None:
        self.path = path
        self.sample_rate = sample_rate
        self.channels = channels
        self._written = 0  # bytes of samples
        self._stated = 0  # frames that the header states
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Unbuffered: what a full disk refused would wait in a buffer, keep the header from
            # being written and make closing fail.
            self._file: FileIO = path.open("xb", buffering=0)
            self._append(wav_header(sample_rate, channels, 0))
        except OSError as error:
            self._take_back()
            raise WorkbenchError(f"the recording could not be started: {disk_reason(error)}",
                                 path=path, kept="Nothing was recorded.") from None

    def _take_back(self) -> None:
        """A file that was begun and could not even hold its header goes."""
        begun = getattr(self, "_file", None)
        if begun is not None:
            begun.close()
            self.path.unlink(missing_ok=True)

    @property
    def frames(self) -> int:
        """Samples of each channel that the disk has taken."""
        return self._written // (2 * self.channels)

    @property
    def seconds(self) -> float:
        return self.frames / self.sample_rate

    def write(self, waveform: Waveform) -> None:
        """Append float32 (channels, samples)."""
        if self._written + 2 * waveform.size > MOST_BYTES:
            raise WorkbenchError("the recording stopped: a WAV file holds no more than 4 GB",
                                 path=self.path, kept=f"The first {self.seconds / 3600:.1f} h "
                                 "are kept.")
        try:
            self._append(to_pcm16(waveform).tobytes())
            if self.frames - self._stated >= FLUSH_SECONDS * self.sample_rate:
                self._announce()
        except OSError as error:
            raise WorkbenchError(
                f"the recording stopped: {disk_reason(error)}", path=self.path,
                kept=f"The first {self.seconds:.1f} s are kept.",
            ) from None

    def _append(self, data: bytes) -> None:
        """Write all of ``data``; a disk that is nearly full may take a part of it first."""
        left = memoryview(data)
        while left:
            taken = self._file.write(left)
            self._written = max(0, self._file.tell() - HEADER)
            left = left[taken:]

    def _announce(self) -> None:
        """Bring the header up to date; that needs no more room."""
        self._file.seek(0)
        self._file.write(wav_header(self.sample_rate, self.channels, self.frames))
        self._file.seek(0, os.SEEK_END)
        self._stated = self.frames

    def close(self) -> None:
        """Finish the file."""
        if self._file.closed:
            return
        try:
            self._announce()
            self._file.truncate(HEADER + self.frames * 2 * self.channels)
            os.fsync(self._file.fileno())
        except OSError as error:
            raise WorkbenchError(
                f"the end of the recording could not be written: {disk_reason(error)}",
                path=self.path, kept=f"The first {self.seconds:.1f} s are kept.",
            ) from None
        finally:
            self._file.close()


def to_pcm16(waveform: Waveform) -> NDArray[np.int16]:
    """Interleaved 16-bit samples (samples, channels) of float32 (channels, samples)."""
    scaled = np.round(waveform.T * 32767.0)
    return np.ascontiguousarray(scaled.clip(-32768, 32767).astype("<i2"))


def from_pcm16(data: bytes, channels: int) -> Waveform:
    """float32 (channels, samples) of interleaved 16-bit samples; a torn last frame is left out."""
    usable = len(data) - len(data) % (2 * channels)
    samples = np.frombuffer(data[:usable], "<i2").reshape(-1, channels)
    return np.ascontiguousarray(samples.T.astype(np.float32) / np.float32(32768))


class SilenceStop:
    """Says when a recording may stop: after speech, when it has been silent for a while.

    Parameters
    ----------
    threshold_db
        Below this level (dBFS, RMS of a block) a block is silent.
    hold
        Seconds of silence after speech that end the recording.
    """

    def __init__(self, threshold_db: float = -45.0, hold: float = 0.8) -> None:
        self.threshold_db = threshold_db
        self.hold = hold
        self.heard = False
        self._silent = 0.0

    def feed(self, level: Level, seconds: float) -> bool:
        """Take in a block of ``seconds``; True when the recording may stop."""
        if level.rms_db >= self.threshold_db:
            self.heard = True
            self._silent = 0.0
        else:
            self._silent += seconds
        return self.heard and self._silent >= self.hold
