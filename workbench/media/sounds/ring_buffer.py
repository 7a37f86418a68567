"""The last seconds of a stream, for a pre-roll and for scrolling views."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workbench.media.sounds.clip import Waveform


class RingBuffer:
    """Keeps the newest ``capacity`` samples of each channel.

    Parameters
    ----------
    channels, capacity
        Shape of what is kept.
    """

    def __init__(self, channels: int, capacity: int) -> None:
        self._data: NDArray[np.float32] = np.zeros((channels, max(capacity, 1)), np.float32)
        self.total = 0
        """Samples that were ever written."""

    @property
    def capacity(self) -> int:
        return int(self._data.shape[1])

    def write(self, waveform: Waveform) -> None:
        """Append float32 (channels, samples); the oldest samples are forgotten."""
        count = waveform.shape[1]
        tail = waveform[:, -self.capacity:]
        first = (self.total + count - tail.shape[1]) % self.capacity
        room = min(self.capacity - first, tail.shape[1])
        self._data[:, first:first + room] = tail[:, :room]
        self._data[:, :tail.shape[1] - room] = tail[:, room:]
        self.total += count

    def latest(self, count: int | None = None) -> Waveform:
        """The newest ``count`` samples, oldest first; fewer if fewer were written (a copy)."""
        kept = min(self.total, self.capacity)
        count = kept if count is None else min(count, kept)
        end = self.total % self.capacity
        index = (np.arange(count) + end - count) % self.capacity
        return self._data[:, index]

    def clear(self) -> None:
        self.total = 0
