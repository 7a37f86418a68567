"""Where in a recording something sounds at all, so that a model need not hear the rest.

Something sounds where a band of frequencies is clearly louder than it usually is there: so rain, a
fan or hum are background, however loud, and a faint narrow call above them is not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workbench.core.arrays import FloatArray

FRAME, BANDS = 512, 16
"""Samples of a frame, and bands of equal width."""
ABOVE = 4.0
"""Times the power of the background from which on something sounds: 6 dB. Noise alone stays below:
a band has 32 degrees of freedom."""
_USUAL = 0.2  # this share of the frames is at most as loud as the background
_RISES = 1.26  # times, from block to block at most: 1 dB, so that a long sound stays a sound
_LEAST = 1e-12  # power that no sound has



class Gate:
    """Hears a recording block by block, each some seconds long."""

    def __init__(self) -> None:
        self._background: NDArray[np.float64] | None = None

    def sounding(self, block: FloatArray) -> NDArray[np.bool_]:
        """bool (frames,): in which frames of :data:`FRAME` samples something sounds; the last one
        may be short."""
        frames = -(-len(block) // FRAME)
        padded = np.zeros(frames * FRAME, np.float32)
        padded[: len(block)] = block
        spectrum = np.fft.rfft(padded.reshape(frames, FRAME) * np.hanning(FRAME))
        power = np.square(np.abs(spectrum[:, 1:]))  # without what is constant
        bands = power.reshape(frames, BANDS, -1).mean(2) + _LEAST
        usual = np.quantile(bands, _USUAL, axis=0)
        if self._background is not None:
            usual = np.minimum(usual, _RISES * self._background)
        self._background = usual
        return np.asarray((bands > ABOVE * usual).any(1), np.bool_)


def windows_with_sound(sounding: NDArray[np.bool_], starts: NDArray[np.int64], length: int,
                       ) -> NDArray[np.bool_]:
    """bool (windows,): which of the windows of ``length`` samples that begin at ``starts`` touch a
    frame in which something sounds."""
    before = np.concatenate([[0], np.cumsum(sounding)])
    first = np.minimum(starts // FRAME, len(sounding))
    last = np.minimum(-(-(starts + length) // FRAME), len(sounding))
    return np.asarray(before[last] > before[first], np.bool_)
