"""From a microphone's samples to recordings: pre-roll, stopping by itself, what was lost.

It knows no device: whoever has samples feeds them, on one thread.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from workbench.core.errors import WorkbenchError
from workbench.media.sounds.clip import Waveform
from workbench.media.sounds.recording import Level, SilenceStop, WavWriter, measure
from workbench.media.sounds.ring_buffer import RingBuffer

GAP_SECONDS = 0.08
"""Shorter delays than this are taken for the device's own unevenness."""
DRIFT = 3e-4
"""Seconds in a second by which the device's clock may differ from the computer's."""
WATCH_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class StopRule:
    """When a recording ends by itself."""

    seconds: float = 0.0
    """Length of the whole recording, pre-roll included; 0 for any."""
    silence: bool = False
    """Whether it ends after sound, when that has been quiet for ``hold`` seconds below
    ``threshold_db`` (dBFS)."""
    threshold_db: float = -45.0
    hold: float = 0.8


@dataclass(slots=True)
class Take:
    """One recording: where it is, and what is to be known about it.

    ``clipped`` counts blocks that touched full scale, ``gaps`` times that sound was lost, ``lost``
    the seconds of it, ``failure`` why it ended early.
    """

    path: Path
    seconds: float = 0.0
    clipped: int = 0
    gaps: int = 0
    lost: float = 0.0
    peak_db: float = -120.0
    failure: WorkbenchError | None = None


class GapDetector:
    """Tells lost samples from late ones by comparing them with a clock.

    Samples that come late come all the same, so the delay goes back; a delay that has grown and
    stays is sound that never came.
    """

    def __init__(self, sample_rate: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = sample_rate
        self._clock = clock
        self._began: float | None = None
        self._samples = 0
        self._usual = 0.0
        self._recent: deque[tuple[float, float]] = deque()

    def feed(self, samples: int) -> float:
        """Take note of a block; seconds that are known to be lost since the last one (often 0)."""
        now = self._clock()
        if self._began is None:
            self._began = now
            return 0.0
        self._samples += samples
        elapsed = now - self._began
        delay = elapsed - self._samples / self._rate - DRIFT * elapsed
        self._recent.append((now, delay))
        while now - self._recent[0][0] > WATCH_SECONDS:
            self._recent.popleft()
        steady = min(value for _, value in self._recent)
        if now - self._began < WATCH_SECONDS:
            self._usual = max(self._usual, steady)
            return 0.0
        lost = steady - self._usual
        if lost < GAP_SECONDS:
            self._usual = min(self._usual, max(steady, 0.0))
            return 0.0
        self._usual = steady
        return lost


@dataclass(slots=True)
class _Running:
    writer: WavWriter
    take: Take
    rule: StopRule
    silence: SilenceStop | None = field(default=None)


class Capture:
    """Keeps the last seconds of a stream and writes recordings of it.

    Parameters
    ----------
    sample_rate, channels
        Of what is fed.
    pre_roll
        Seconds before a recording's start that it begins with, 0 to 2.
    """

    def __init__(self, sample_rate: int, channels: int, pre_roll: float = 0.5,
                 clock: Callable[[], float] = time.monotonic) -> None:
        self.sample_rate = sample_rate
        self.channels = channels
        self.pre_roll = pre_roll
        self.level = Level(-120.0, -120.0, False)
        self.gaps = 0
        self._ring = RingBuffer(channels, sample_rate * 2)
        self._watch = GapDetector(sample_rate, clock)
        self._running: _Running | None = None

    @property
    def take(self) -> Take | None:
        """The recording that runs."""
        return self._running.take if self._running is not None else None

    def begin(self, path: Path, rule: StopRule = StopRule()) -> Take:
        """Record into the new file ``path``, which begins with the pre-roll.

        Raises
        ------
        WorkbenchError
            If the file cannot be made or there is one.
        """
        if self._running is not None:
            raise WorkbenchError("a recording is running already", path=self._running.take.path)
        writer = WavWriter(path, self.sample_rate, self.channels)
        silence = SilenceStop(rule.threshold_db, rule.hold) if rule.silence else None
        running = _Running(writer, Take(path), rule, silence)
        self._running = running
        before = self._ring.latest(round(self.pre_roll * self.sample_rate))
        if before.shape[1]:
            self._write(running, before)
        return running.take

    def feed(self, waveform: Waveform) -> Take | None:
        """Take in float32 (channels, samples); the recording that has just ended by itself.

        A disk that fills up ends it, too; :attr:`Take.failure` says so.
        """
        if waveform.shape[1] == 0:
            return None
        self.level = measure(waveform)
        lost = self._watch.feed(waveform.shape[1])
        self.gaps += lost > 0
        self._ring.write(waveform)
        running = self._running
        if running is None:
            return None
        running.take.gaps += lost > 0
        running.take.lost += lost
        if running.rule.seconds:
            left = round(running.rule.seconds * self.sample_rate) - running.writer.frames
            waveform = waveform[:, :max(0, left)]
        self._write(running, waveform)
        if running.take.failure is not None:
            return self.end()
        full = 0 < running.rule.seconds <= running.take.seconds + 0.5 / self.sample_rate
        quiet = running.silence is not None and running.silence.feed(
            self.level, waveform.shape[1] / self.sample_rate)
        return self.end() if full or quiet else None

    def end(self) -> Take | None:
        """Finish the recording that runs, if one does."""
        running, self._running = self._running, None
        if running is None:
            return None
        try:
            running.writer.close()
        except WorkbenchError as error:
            running.take.failure = running.take.failure or error
        return running.take

    @staticmethod
    def _write(running: _Running, waveform: Waveform) -> None:
        take = running.take
        level = measure(waveform)
        take.clipped += level.clipped
        take.peak_db = max(take.peak_db, level.peak_db)
        try:
            running.writer.write(waveform)
        except WorkbenchError as error:
            take.failure = error
        take.seconds = running.writer.seconds
