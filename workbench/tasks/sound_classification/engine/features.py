"""The one way from a waveform to what a network sees.

waveform → mono → resampled → cut or padded to a window → magnitudes of an STFT → [varied, in
training only] → mel filters → logarithm → normalised, and for MFCC a DCT. The last steps are a
module of the model, so training, validation, prediction and the live microphone cannot differ.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import torch
import torchaudio.functional
from torch import Tensor, nn

from workbench.engine.sounds.rates import RATES

_USUAL_RATE = 16_000
_ABOVE, _SLACK = 1.1, 0.97
"""How far above the highest labelled frequency is heard; regions are drawn a little too large."""
REFERENCE_LEVEL = 0.1
"""RMS that the loud part of every window is brought to before anything else."""


@dataclass(frozen=True, slots=True)
class FeatureSettings:
    """How sounds become numbers; saved with the model."""

    sample_rate: int = 16_000
    """Hz that everything is resampled to."""
    seconds: float = 1.0
    """Length of a window."""
    n_fft: int = 512
    hop_length: int = 160
    """Samples."""
    n_mels: int = 48
    """Mel bands between ``low`` and ``high`` Hz."""
    low: float = 60.0
    high: float = 8_000.0
    n_mfcc: int = 0
    """Cepstral coefficients that are kept; 0 leaves log-mel."""
    centred: float = 0.5
    """Share of each band's own mean over time that is taken off: 0 keeps the colour of voice, room
    and microphone, 1 removes it."""

    @property
    def samples(self) -> int:
        """Length of a window in samples."""
        return round(self.seconds * self.sample_rate)

    @property
    def frames(self) -> int:
        """Frames of the STFT of one window."""
        return self.samples // self.hop_length + 1

    @property
    def bins(self) -> int:
        return self.n_fft // 2 + 1

    @property
    def rows(self) -> int:
        """Height of what the network sees."""
        return self.n_mfcc or self.n_mels

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> FeatureSettings:
        return cls(**{key: data[key] for key in cls.__dataclass_fields__ if key in data})


def fitted(
    sample_rates: list[int], durations: list[float], n_mfcc: int = 0, sample_rate: int = 0,
    highest: float = 0.0,
) -> FeatureSettings:
    """Settings that suit a project's own clips.

    The rate is the lowest that a tenth of the clips or more have, because what is missing in some
    must not tell the classes apart; at most 16 kHz, or what ``highest`` needs, the frequency (Hz)
    up to which classes are labelled. The window holds nine of ten clips, between half a second and
    three. Windows of 32 ms, hops of 10 ms, as speech and bird song are analysed. ``sample_rate`` in
    Hz overrules the first of these, and then everything that it holds is heard.
    """
    rates = sorted(sample_rates) or [_USUAL_RATE]
    top = max(_USUAL_RATE / 2, highest * _ABOVE if highest * _SLACK > _USUAL_RATE / 2 else 0.0)
    needed = next((rate for rate in RATES if rate >= 2 * top), RATES[-1])
    rate = sample_rate or min(rates[len(rates) // 10], needed)
    if sample_rate > _USUAL_RATE:
        top = sample_rate / 2
    ordered = sorted(durations) or [1.0]
    seconds = min(3.0, max(0.5, ordered[int(0.9 * (len(ordered) - 1))]))
    n_fft = 2 ** round(math.log2(rate * 0.032))
    return FeatureSettings(
        sample_rate=rate, seconds=round(seconds, 2), n_fft=n_fft,
        hop_length=max(1, round(rate * 0.01)), n_mels=48 if rate > 10_000 else 40,
        high=min(top, rate / 2), n_mfcc=n_mfcc,
    )


# --- waveform -------------------------------------------------------------------------------------


@lru_cache(maxsize=8)
def _stft_window(length: int, device: torch.device) -> Tensor:
    """Kept on the device: for a copy to a GPU one would wait in each batch."""
    return torch.hann_window(length).to(device)


def magnitudes(windows: Tensor, settings: FeatureSettings) -> Tensor:
    """STFT magnitudes of windows of sound, brought to one level.

    Parameters
    ----------
    windows
        float32 (B, samples).

    Returns
    -------
    float32 (B, bins, frames).
    """
    level = windows.square().mean(-1, keepdim=True).sqrt()
    windows = windows * (REFERENCE_LEVEL / level.clamp(min=1e-5))
    spectrum = torch.stft(
        windows, settings.n_fft, settings.hop_length,
        window=_stft_window(settings.n_fft, windows.device), center=True,
        pad_mode="constant", return_complex=True,
    )
    return spectrum.abs()


# --- what the network sees ------------------------------------------------------------------------


class Features(nn.Module):
    """Magnitudes (B, bins, frames) → normalised log-mel or MFCC (B, rows, frames)."""

    filters: Tensor
    transform: Tensor

    def __init__(self, settings: FeatureSettings) -> None:
        super().__init__()
        self.settings = settings
        filters = torchaudio.functional.melscale_fbanks(
            settings.bins, settings.low, settings.high, settings.n_mels, settings.sample_rate,
            norm=None, mel_scale="htk",
        )
        filters = _fill_empty(filters, settings)
        self.register_buffer("filters", filters / filters.sum(0, keepdim=True), persistent=False)
        transform = torchaudio.functional.create_dct(
            settings.n_mfcc or 1, settings.n_mels, norm="ortho"
        )
        self.register_buffer("transform", transform, persistent=False)

    def forward(self, magnitude: Tensor) -> Tensor:
        power = magnitude.square()
        mel = torch.einsum("bft,fm->bmt", power, self.filters)
        # relative to the window's loudest band: how far the microphone was away does not matter
        mel = mel / mel.amax((1, 2), keepdim=True).clamp(min=1e-10)
        features = torch.log(mel + 1e-4)
        if self.settings.n_mfcc:
            features = torch.einsum("bmt,mc->bct", features, self.transform)
        own = features.mean(2, keepdim=True)
        overall = features.mean((1, 2), keepdim=True)
        features = features - self.settings.centred * own - (1 - self.settings.centred) * overall
        return features / features.std((1, 2), keepdim=True).clamp(min=1e-3)


def _fill_empty(filters: Tensor, settings: FeatureSettings) -> Tensor:
    """Bands so narrow that no FFT bin falls into them take the nearest bin."""
    centres = torchaudio.functional.melscale_fbanks(
        4 * settings.n_fft, settings.low, settings.high, settings.n_mels, settings.sample_rate,
        norm=None, mel_scale="htk",
    ).argmax(0)
    nearest = (centres / (4 * settings.n_fft - 1) * (settings.bins - 1)).round().long()
    empty = filters.sum(0) == 0
    filters[nearest[empty], empty.nonzero().flatten()] = 1.0
    return filters
