"""What is sent to a loudspeaker: a stretch of a clip, once or in a loop, at any speed."""

from __future__ import annotations

import math

import numpy as np

from workbench.media.sounds.clip import ClipReader, Waveform


class PlaybackStream:
    """Gives a clip in pieces, at the rate and in the channels that the device takes.

    Parameters
    ----------
    reader
        The open clip; used on the caller's thread only.
    start, stop
        Seconds: where it begins and ends.
    out_rate, out_channels
        What the device takes. A clip of other channels is mixed to one, and that is repeated.
    speed
        1 as recorded; 0.5 takes twice as long, and everything sounds an octave lower.
    loop
        Whether it goes on at ``loop_start`` when it is at its end.
    loop_start
        Seconds; ``start`` where not given.
    """

    def __init__(self, reader: ClipReader, start: float, stop: float, *, out_rate: int,
                 out_channels: int, speed: float = 1.0, loop: bool = False,
                 loop_start: float | None = None) -> None:
        info = reader.info
        self._reader = reader
        self._rate = info.sample_rate
        # whole samples: between them everything would sound a little duller
        self._first = min(max(0.0, float(round(start * self._rate))), float(info.frames))
        self._end = min(max(self._first, float(round(stop * self._rate))), float(info.frames))
        begin = self._first if loop_start is None else max(0.0, round(loop_start * self._rate))
        self._again = min(begin, self._first)
        self._loop = loop and self._end > self._again
        self._step = self._rate * speed / out_rate
        self._channels = out_channels
        self._at = self._first
        self.sent = 0
        """Frames given so far, at the device's rate."""

    def read(self, frames: int) -> Waveform:
        """The next ``frames`` at the device's rate: float32 (channels, ≤ frames).

        Fewer come at the end; none means that it is over.
        """
        parts: list[Waveform] = []
        missing = frames
        while missing > 0:
            count = min(missing, math.ceil((self._end - self._at) / self._step))
            if count <= 0:
                if not self._loop:
                    break
                self._at = self._again
                continue
            parts.append(self._piece(count))
            self._at += count * self._step
            missing -= count
        self.sent += frames - missing
        if not parts:
            return np.zeros((self._channels, 0), np.float32)
        return np.concatenate(parts, axis=1)

    def position(self, played: float) -> float:
        """Where in the clip the sound is, in seconds, after ``played`` frames at the device."""
        samples = played * self._step
        first = self._end - self._first
        if samples <= first or not self._loop:
            return (self._first + min(samples, first)) / self._rate
        round_trip = self._end - self._again
        return (self._again + (samples - first) % round_trip) / self._rate

    def _piece(self, count: int) -> Waveform:
        places = self._at + np.arange(count) * self._step
        low = int(places[0])
        block = self._reader.read(low, int(places[-1]) + 2)
        if block.shape[0] != self._channels:
            block = np.repeat(block.mean(axis=0, keepdims=True), self._channels, axis=0)
        if self._step == 1 and places[0] == low and block.shape[1] >= count:
            return np.ascontiguousarray(block[:, :count])
        known = np.arange(block.shape[1]) + low
        if not len(known):
            return np.zeros((self._channels, count), np.float32)
        rows = [np.interp(places, known, channel) for channel in block]
        return np.asarray(rows, np.float32)
