"""Hearing classes in a stream of sound, as it comes in."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from workbench.engine.sounds.recording import around, prepare_waveform
from workbench.jobs.commands import HEARD_FROM
from workbench.media.sounds.clip import Waveform
from workbench.media.sounds.ring_buffer import RingBuffer
from workbench.tasks.sound_classification.engine.predict import SoundPredictor

HOP = 0.05  # seconds between two looks
_FRAME = 0.01  # seconds in which the level is measured
_RANGE = 0.05  # of the loudest frame's RMS: 26 dB under it a sound is over
_SMOOTHING = 0.5  # weight of the newest look


@dataclass(frozen=True, slots=True)
class Hearing:
    """What is heard at one moment."""

    time: float
    """Seconds of the stream so far."""
    label: str
    """The class, or "" where none reaches the threshold or nothing sounds."""
    scores: NDArray[np.float32]
    """float32 (C,), smoothed probabilities; zeros in silence."""
    level_db: float
    """Loudest 10 ms of the window, dBFS."""
    latency: float
    """Seconds from the last sample's arrival to this."""


class Listener:
    """A model behind a stream.

    Every 50 ms the latest sound is laid into the middle of a window, exactly as a clip would be
    that was cut there, and judged; the last looks are averaged while it sounds.

    Parameters
    ----------
    predictor
        The model.
    sample_rate
        Of the stream in Hz.
    channels
        Of the stream.
    threshold
        Least smoothed probability of a class that counts as heard.
    gate_db
        Level in dBFS below which there is silence, and no class.
    """

    def __init__(
        self, predictor: SoundPredictor, sample_rate: int, channels: int = 1, *,
        threshold: float = HEARD_FROM, gate_db: float = -50.0,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.threshold = threshold
        self.gate_db = gate_db
        self.sample_rate = sample_rate
        self._predictor = predictor
        self._clock = clock
        self._length = max(1, round(predictor.features.seconds * sample_rate))
        self._hop = max(1, round(HOP * sample_rate))
        self._ring = RingBuffer(channels, self._length)
        self._total = 0
        self._waiting = 0
        self._smooth = np.zeros(len(predictor.classes), np.float32)
        self._sounding = False
        self._best = -1

    @property
    def classes(self) -> tuple[str, ...]:
        return self._predictor.classes

    def feed(self, waveform: Waveform) -> Hearing | None:
        """Take in float32 (channels, samples); what is heard now, if a hop is full.

        When more than a hop comes at once only the latest moment is judged: what is shown must
        never lag behind what is said.
        """
        arrived = self._clock()
        self._ring.write(waveform)
        self._total += waveform.shape[1]
        self._waiting += waveform.shape[1]
        if self._waiting < self._hop:
            return None
        self._waiting %= self._hop
        return self._look(arrived)

    def window(self) -> tuple[torch.Tensor, float]:
        """The window that would be judged now, float32 (samples,), and its level in dBFS."""
        features = self._predictor.features
        latest = self._ring.latest(self._length)
        samples = prepare_waveform(latest, self.sample_rate, features).numpy()
        frame = max(1, round(_FRAME * features.sample_rate))
        whole = samples[: len(samples) // frame * frame].reshape(-1, frame)
        levels = np.sqrt(np.square(whole).mean(1)) if len(whole) else np.zeros(1)
        peak = float(levels.max(initial=0.0))
        loud = np.flatnonzero(levels >= max(_RANGE * peak, 10 ** (self.gate_db / 20)))
        level_db = 20 * np.log10(max(peak, 1e-6))
        if not len(loud):
            return around(samples, 0, features.samples), level_db
        middle = (int(loud[0]) + int(loud[-1]) + 1) * frame // 2
        return around(samples, middle - features.samples // 2, features.samples), level_db

    def _look(self, arrived: float) -> Hearing:
        window, level_db = self.window()
        label = ""
        if level_db < self.gate_db:
            self._smooth = np.zeros_like(self._smooth)
            self._sounding, self._best = False, -1
        else:
            scores = self._predictor.score(window[None])[0]
            share = _SMOOTHING if self._sounding else 1.0
            self._smooth = share * scores + (1 - share) * self._smooth
            self._sounding = True
            best = int(self._smooth.argmax())
            # twice in a row: the first syllable of one word often is the whole of another
            if best == self._best and self._smooth[best] >= self.threshold:
                label = self.classes[best]
            self._best = best
        return Hearing(self._total / self.sample_rate, label, self._smooth, level_db,
                       self._clock() - arrived)
