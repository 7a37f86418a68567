"""The spectrogram of a stream: columns as they are complete, in a ring of the newest ones.

Only the samples that came last are transformed, so a chunk costs the same after an hour as in the
first second.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workbench.media.sounds.clip import Waveform
from workbench.media.sounds.spectrogram import SpectrogramSettings, spectrum_db, to_bytes

COLUMNS_PER_SECOND = 60
"""Columns are apart by so much time: one for every frame of a screen."""
QUIETEST = 176
"""Byte that counts as the loudest at least (−40 dB where the bytes go from −130 to 0): the noise of
a room must not be stretched to full brightness."""


class LiveSpectrogram:
    """Takes in sound and keeps the newest columns.

    Parameters
    ----------
    sample_rate
        Of the stream in Hz.
    columns
        How many are kept.
    settings
        Window, FFT size, frequency axis and rows; the hop follows from the sample rate.
    floor_db, ceiling_db
        dB of the bytes 0 and 255.
    """

    def __init__(
        self, sample_rate: int, columns: int, settings: SpectrogramSettings,
        floor_db: float, ceiling_db: float,
    ) -> None:
        self.sample_rate = sample_rate
        self.hop = max(1, round(sample_rate / COLUMNS_PER_SECOND))
        self.values: NDArray[np.uint8] = np.zeros((settings.bins, columns), np.uint8)
        """uint8 (bins, columns), top row the highest frequency. A ring: column ``n`` of the stream
        is at ``n % columns``. The array stays the same one, so that a picture may lie on its
        memory."""
        self.total = 0
        """Columns that were ever made."""
        self._settings = settings
        self._range = floor_db, ceiling_db
        self._peaks: NDArray[np.uint8] = np.zeros(columns, np.uint8)
        # half a window before the stream begins, so that a column is centred on its time
        self._rest: NDArray[np.float32] = np.zeros(settings.n_fft // 2, np.float32)

    @property
    def columns(self) -> int:
        return int(self.values.shape[1])

    @property
    def seconds(self) -> float:
        """Time in the stream up to which there are columns."""
        return self.total * self.hop / self.sample_rate

    @property
    def span(self) -> float:
        """Seconds that all columns cover."""
        return self.columns * self.hop / self.sample_rate

    @property
    def loudest(self) -> int:
        """The largest byte that is kept, :data:`QUIETEST` at least."""
        return max(QUIETEST, int(self._peaks.max()))

    def feed(self, waveform: Waveform) -> int:
        """Take in float32 (channels, samples) in −1 to 1; how many columns that made.

        All channels are averaged. What is no number counts as silence.
        """
        mono = np.nan_to_num(waveform.mean(axis=0, dtype=np.float32), posinf=1.0, neginf=-1.0)
        samples = np.concatenate([self._rest, mono])
        size = self._settings.n_fft
        made = max(0, (len(samples) - size) // self.hop + 1)
        self._rest = samples[made * self.hop:]
        newest = min(made, self.columns)
        if newest:
            begins = np.arange(made - newest, made) * self.hop
            frames = samples[begins[:, None] + np.arange(size)]
            decibel = spectrum_db(frames, self._settings, self.sample_rate)
            at = (self.total + made - newest + np.arange(newest)) % self.columns
            self.values[:, at] = to_bytes(decibel, *self._range)
            self._peaks[at] = self.values[:, at].max(axis=0)
        self.total += made
        return made
