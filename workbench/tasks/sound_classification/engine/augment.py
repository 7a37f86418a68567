"""Varying sounds for training, on magnitudes of a whole batch at once.

What differs between voices, rooms and microphones is varied, what makes a class is kept: the
frequency axis is stretched (a longer or shorter vocal tract moves all formants, Jaitly & Hinton
2013), the time axis too (tempo), the window is shifted, a smooth random curve is laid over the
spectrum (microphone and distance), energy is smeared in time (room), coloured noise is added, and
bands and moments are masked (SpecAugment, Park et al. 2019).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional

from workbench.core.schema import Value
from workbench.engine.data.upload import upload

Vary = Callable[[Tensor, torch.Generator, float], Tensor]
_VOICE, _SPEED = 0.27, 0.35  # how much longer an axis becomes at the most
_SHIFT = 0.1  # of the window


@dataclass(frozen=True, slots=True)
class SoundVariation:
    """One kind of variation.

    ``apply`` takes magnitudes (B, bins, frames), a generator and the strength (1 as usual).
    """

    id: str
    title: str
    apply: Vary


def uniform(count: int, generator: torch.Generator, low: float, high: float) -> Tensor:
    return torch.rand(count, generator=generator) * (high - low) + low


def _factor(count: int, generator: torch.Generator, most: float) -> Tensor:
    """float32 (count,): by what to stretch, from ``1 / (1 + most)`` to ``1 + most``."""
    limit = math.log(1 + most)
    return torch.exp(uniform(count, generator, -limit, limit))


def _resampled(magnitude: Tensor, frequency: Tensor, time: Tensor, shift: Tensor) -> Tensor:
    """Stretch each spectrogram by its own factors; ``shift`` in frames."""
    batch, bins, frames = magnitude.shape
    device = magnitude.device
    frequency, time, shift = upload(torch.stack((frequency, time, shift)), device).unbind()
    rows = torch.arange(bins, device=device)[None] * frequency[:, None]
    middle = (frames - 1) / 2
    columns = torch.arange(frames, device=device)[None] - middle - shift[:, None]
    columns = columns / time[:, None] + middle
    y = (rows / (bins - 1) * 2 - 1)[:, :, None].expand(batch, bins, frames)
    x = (columns / (frames - 1) * 2 - 1)[:, None, :].expand(batch, bins, frames)
    grid = torch.stack([x, y], -1)
    return functional.grid_sample(magnitude[:, None], grid, align_corners=True)[:, 0]


def vary_voice(magnitude: Tensor, generator: torch.Generator, strength: float = 1.0) -> Tensor:
    """Stretch the frequency axis by up to a quarter either way."""
    count = len(magnitude)
    factor = _factor(count, generator, _VOICE * strength)
    return _resampled(magnitude, factor, torch.ones(count), torch.zeros(count))


def vary_speed(magnitude: Tensor, generator: torch.Generator, strength: float = 1.0) -> Tensor:
    """Stretch the time axis by up to a third either way; pitch stays."""
    count = len(magnitude)
    factor = _factor(count, generator, _SPEED * strength)
    return _resampled(magnitude, torch.ones(count), factor, torch.zeros(count))


def vary_shift(magnitude: Tensor, generator: torch.Generator, strength: float = 1.0) -> Tensor:
    """Move the sound in its window by up to a tenth of it."""
    count, frames = len(magnitude), magnitude.shape[2]
    shift = uniform(count, generator, -_SHIFT, _SHIFT) * strength * frames
    return _resampled(magnitude, torch.ones(count), torch.ones(count), shift)


def vary_colour(magnitude: Tensor, generator: torch.Generator, strength: float = 1.0) -> Tensor:
    """Lay a smooth random curve over the spectrum, some 6 dB at a few places."""
    count, bins = magnitude.shape[:2]
    knots = torch.randn(count, 1, 6, generator=generator) * 0.6 * strength
    curve = functional.interpolate(knots, bins, mode="linear", align_corners=True)[:, 0]
    return magnitude * upload(torch.exp(curve), magnitude.device)[:, :, None]


def vary_room(magnitude: Tensor, generator: torch.Generator, strength: float = 1.0) -> Tensor:
    """Smear energy after the event, for half of the batch, like a room of up to 0.3 s."""
    count = len(magnitude)
    length = 16
    decay = uniform(count, generator, 0.5, 5.0)
    wet = uniform(count, generator, 0.0, 0.5) * strength
    chosen = (torch.rand(count, generator=generator) < 0.5).nonzero().flatten()
    if not len(chosen):
        return magnitude
    # a matrix for each sound: what frame t' leaves in a later frame t
    device = magnitude.device
    decay, wet = upload(torch.stack((decay[chosen], wet[chosen])), device)[:, :, None, None]
    chosen = upload(chosen, device)
    later = torch.arange(magnitude.shape[2], device=device)
    gap = (later[None, :] - later[:, None])[None]
    mixing = torch.where((gap > 0) & (gap < length), torch.exp(-gap / decay) * wet,
                         (gap == 0).float())
    power = magnitude.index_select(0, chosen).square() @ mixing
    return magnitude.index_copy(0, chosen, power.clamp_(min=0).sqrt_())


_GRAINS = 2048


@lru_cache(maxsize=4)
def _grain(bins: int, device: torch.device) -> Tensor:
    """The power of white noise in STFT bins, exponentially distributed: float32 (bins, frames)."""
    generator = torch.Generator().manual_seed(bins)
    return torch.empty(bins, _GRAINS).exponential_(generator=generator).to(device)


def vary_noise(magnitude: Tensor, generator: torch.Generator, strength: float = 1.0) -> Tensor:
    """Add coloured noise 5 to 40 dB below the sound's loud parts.

    Grains of noise are drawn once and looked at from another place each time: random numbers for
    every bin would cost more than all other variations together.
    """
    count, bins, frames = magnitude.shape
    device = magnitude.device
    loud = magnitude.square().amax(2).mean(1)
    ratio = 10 ** (-uniform(count, generator, 5 / max(strength, 0.1), 40) / 10)
    knots = torch.randn(count, 1, 5, generator=generator)
    colour = torch.exp(functional.interpolate(knots, bins, mode="linear", align_corners=True)[:, 0])
    length = max(_GRAINS, 2 * frames)
    bank = _grain(bins, device)
    bank = bank if length == _GRAINS else bank.repeat(1, -(-length // _GRAINS))
    starts = torch.randint(length - frames, (count,), generator=generator).tolist()
    grain = torch.stack([bank[:, start : start + frames] for start in starts])
    level = (upload(ratio * 0.3, device) * loud)[:, None] * upload(colour, device)
    return torch.addcmul(magnitude.square(), grain, level[:, :, None]).sqrt_()


AUGMENTATIONS: tuple[SoundVariation, ...] = (
    SoundVariation("voice", "Voice", vary_voice),
    SoundVariation("speed", "Speed", vary_speed),
    SoundVariation("shift", "Shift", vary_shift),
    SoundVariation("colour", "Colour", vary_colour),
    SoundVariation("room", "Room", vary_room),
    SoundVariation("noise", "Noise", vary_noise),
)
"""In the order in which they happen to a sound; masks come after, on features."""


def vary(magnitude: Tensor, generator: torch.Generator, settings: Mapping[str, Value]) -> Tensor:
    """All variations on a batch of magnitudes (B, bins, frames), as the settings say."""
    strength = float(settings.get("strength", 1.0))
    if not settings.get("augment", True) or strength <= 0:
        return magnitude
    count, frames = len(magnitude), magnitude.shape[2]
    magnitude = _resampled(
        magnitude,  # the three stretches in one pass
        _factor(count, generator, _VOICE * strength), _factor(count, generator, _SPEED * strength),
        uniform(count, generator, -_SHIFT, _SHIFT) * strength * frames,
    )
    for function in (vary_colour, vary_room, vary_noise):
        magnitude = function(magnitude, generator, strength)
    return magnitude


def mask(features: Tensor, generator: torch.Generator, strength: float = 1.0) -> Tensor:
    """SpecAugment on normalised features (B, rows, frames): a band and a moment set to the mean."""
    count, rows, frames = features.shape
    for size, axis in ((rows, 1), (frames, 2)):
        width = (torch.rand(count, generator=generator) * 0.18 * strength * size).long()
        start = (torch.rand(count, generator=generator) * (size - width)).long()
        place = torch.arange(size)[None]
        hidden = (place >= start[:, None]) & (place < (start + width)[:, None])
        shape = (count, size, 1) if axis == 1 else (count, 1, size)
        features = features.masked_fill(upload(hidden.reshape(shape), features.device), 0.0)
    return features
