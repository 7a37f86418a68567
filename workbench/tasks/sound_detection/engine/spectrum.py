"""The one way from samples to what the network sees: spectra with even steps in frequency.

Training, validation and prediction take it, and it is part of the saved model. A cell is the middle
of ``CELL`` × ``CELL`` numbers of the picture; boxes are found in units of cells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from workbench.core.annotation import LabeledObject
from workbench.core.arrays import Float64Array
from workbench.engine.sounds.rates import common_rate
from workbench.engine.sounds.recording import SoundSamples, around
from workbench.project.datasets.held_out import Span

CELL = 4
"""Frames and rows of a cell."""
MULTIPLE = 32
"""Frames and rows of a picture are multiples of it, as the network halves it five times."""
_FRAMES, _BINS = 8, 8  # that a short and a narrow call should have
_SHORT = 10  # of a hundred calls so many may be shorter or narrower
_MOST_FRAMES, _FEWEST_FRAMES = 512, 128
_ROWS = (64, 256)
_HOPS = 0.0005, 0.02  # seconds
_LONG = 1.5  # windows are longer than nine of ten calls by it
_MOST_ALIKE = 8  # frames that have a sample
_FLOOR = 1e-8
_LIKE = 0.05  # share by which a length may differ from that which was chosen


@dataclass(frozen=True, slots=True)
class SpectrumSettings:
    """How sounds become pictures; saved with the model."""

    sample_rate: int = 16_000
    """Hz that everything is resampled to."""
    n_fft: int = 256
    hop_length: int = 64
    """Samples of a window of the Fourier transform, and from one to the next."""
    frames: int = 256
    """Of a picture."""
    rows: int = 128
    """Of a picture, from 0 Hz on."""

    @property
    def samples(self) -> int:
        """Length of a picture in samples."""
        return self.frames * self.hop_length

    @property
    def seconds(self) -> float:
        return self.samples / self.sample_rate

    @property
    def frame(self) -> float:
        """Seconds from a frame to the next."""
        return self.hop_length / self.sample_rate

    @property
    def row(self) -> float:
        """Hz from a row to the next."""
        return self.sample_rate / self.n_fft

    @property
    def high(self) -> float:
        """Hz up to which is heard."""
        return min(self.rows * self.row, self.sample_rate / 2)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> SpectrumSettings:
        return cls(**{key: data[key] for key in cls.__dataclass_fields__})

    def in_cells(self, boxes: Float64Array, start: float) -> Float64Array:
        """Boxes (seconds and hertz) in cells of the picture that begins at ``start``."""
        origin = np.array([start, 0.0, start, 0.0])
        found: Float64Array = (boxes - origin) / self._scale + 0.5 / CELL
        return found

    def in_sound(self, boxes: Float64Array, start: float) -> Float64Array:
        """The way back from :meth:`in_cells`."""
        origin = np.array([start, 0.0, start, 0.0])
        found: Float64Array = (boxes - 0.5 / CELL) * self._scale + origin
        return found

    @property
    def _scale(self) -> Float64Array:
        return np.array([self.frame, self.row, self.frame, self.row]) * CELL


def fitted(calls: Sequence[LabeledObject], rates: Sequence[int], *, seconds: float = 0.0,
           sample_rate: int = 0) -> SpectrumSettings:
    """Settings that suit labelled calls.

    Heard is as far up as calls are labelled and nine of ten recordings reach. Frames and rows are
    so close that short and narrow calls have several of each, and a picture is longer than nine of
    ten calls, as far as both go together; of longer calls pieces are found and joined.

    Parameters
    ----------
    rates
        Hz of each recording.
    seconds, sample_rate
        What a person chose; 0 leaves it to the calls.
    """
    durations = [item.end - item.start for item in calls]
    bands = [item.box[3] - item.box[1] for item in calls]
    high = float(np.percentile([item.box[3] for item in calls], 95))
    rate = sample_rate or common_rate(rates, high)
    narrow = max(1.0, float(np.percentile(bands, _SHORT)))
    n_fft = 2 ** int(np.clip(np.ceil(np.log2(rate * _BINS / narrow)), 7, 10))
    top = min(rate / 2, 1.1 * max(item.box[3] for item in calls))
    while n_fft > 128 and top * n_fft / rate > _ROWS[1]:
        n_fft //= 2
    rows = int(np.clip(_whole(top * n_fft / rate), *_ROWS))
    short, long = np.percentile(durations, (_SHORT, 90))
    hop = float(np.clip(short / _FRAMES, _HOPS[0], min(_HOPS[1], n_fft / rate)))
    wanted = seconds or _LONG * float(long)
    if wanted > _MOST_FRAMES * hop:
        hop = float(min(wanted / _MOST_FRAMES, max(hop, short / 3), n_fft / rate))
    hop_length = max(1, round(hop * rate))
    frames = int(np.clip(_whole(wanted * rate / hop_length), _FEWEST_FRAMES, _MOST_FRAMES))
    if seconds and wanted * rate <= frames * hop_length:
        # whole pictures were a little longer; in very short ones frames would be all alike
        hop_length = max(n_fft // _MOST_ALIKE, round(wanted * rate / frames))
    return SpectrumSettings(rate, n_fft, hop_length, frames, rows)


def other_length(seconds: float, settings: SpectrumSettings) -> str:
    """What to say where windows could not be about as long as a person chose (``seconds``, 0 for
    no choice): a sentence without a capital and a full stop, or ""."""
    got = settings.seconds
    if not seconds or abs(got - seconds) <= _LIKE * seconds:
        return ""
    if got > seconds:
        return f"windows are {got:.3g} s instead of {seconds:.3g} s: shorter ones are not looked at"
    return (f"windows are {got:.3g} s instead of {seconds:.3g} s, as longer ones are too coarse "
            "for calls so short or so high; of longer calls pieces are found and joined")


def _whole(number: float) -> int:
    """The next multiple of :data:`MULTIPLE`."""
    return int(np.ceil(number / MULTIPLE)) * MULTIPLE


def window_at(samples: SoundSamples, start: float, span: Span, settings: SpectrumSettings
              ) -> Tensor:
    """The samples of a picture that begins at ``start`` (seconds), with silence outside of
    ``span``, where another part of the split begins."""
    rate = settings.sample_rate
    first = round(start * rate)
    wave = around(samples, first, settings.samples)
    wave[:max(0, round(span[0] * rate) - first)] = 0
    wave[max(0, round(span[1] * rate) - first):] = 0
    return wave


@lru_cache(maxsize=8)
def _stft_window(length: int, device: torch.device) -> Tensor:
    return torch.hann_window(length).to(device)


def pictures(waves: Tensor, settings: SpectrumSettings) -> Tensor:
    """What the network sees of samples float32 (B, samples): float32 (B, 2, rows, frames).

    The first picture is the loudness in bels beside the middle one of the window, so that how far
    away the microphone was does not matter; in the second each frequency has its own middle taken
    off, so that calls stand out from a steady hum.
    """
    spectrum = torch.stft(
        waves, settings.n_fft, settings.hop_length,
        window=_stft_window(settings.n_fft, waves.device), center=True, pad_mode="constant",
        return_complex=True)
    return pictures_of(spectrum.abs().square(), settings)


def pictures_of(power: Tensor, settings: SpectrumSettings) -> Tensor:
    """The same of the power at each frequency and time: float32 (B, bins, frames or more)."""
    rows = settings.rows
    power = power[:, :rows, :settings.frames]
    if power.shape[1] < rows:
        power = torch.nn.functional.pad(power, (0, 0, 0, rows - power.shape[1]))
    power = power / power.mean((1, 2), keepdim=True).clamp(min=1e-10)
    loud = torch.log10(power + _FLOOR ** 0.5)
    steady = _middle(loud, 2)
    return torch.stack((loud - _middle(steady, 1), loud - steady), 1)


def _middle(values: Tensor, axis: int) -> Tensor:
    """The median (of two in the middle the lower); while a model is exported in another way, as
    ONNX has no median."""
    if not torch.onnx.is_in_onnx_export():
        return values.median(axis, keepdim=True).values
    count = values.shape[axis]
    return values.topk(count - (count - 1) // 2, axis).values.narrow(
        axis, count - (count - 1) // 2 - 1, 1)
