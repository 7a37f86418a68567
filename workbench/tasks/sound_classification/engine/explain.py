"""What a model sees of a sound, before any training, and what each variation does to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torchaudio.functional
from numpy.typing import NDArray
from torch import Tensor

from workbench.core.schema import Value
from workbench.engine import seeds
from workbench.engine.sounds.recording import Recording
from workbench.project.datasets.sounds import SoundSample
from workbench.tasks.sound_classification.engine.augment import AUGMENTATIONS, mask, vary
from workbench.tasks.sound_classification.engine.clips import Cutter
from workbench.tasks.sound_classification.engine.features import (
    Features,
    FeatureSettings,
    magnitudes,
)

_ITERATIONS = 24  # of Griffin and Lim's algorithm: enough to hear what happened


@dataclass(frozen=True, slots=True)
class SoundView:
    """A sound as the network sees it."""

    id: str
    title: str
    """ "input" for the sound as it is, else the variation's."""
    tensor: NDArray[np.float32]
    """float32 (rows, frames), exactly what the network gets."""
    audio: NDArray[np.float32]
    """float32 (samples,) at the model's rate: the window itself, or what a varied spectrum sounds
    like (Griffin & Lim 1984: the phases are guessed)."""


def explain_sound(
    path: Path, settings: FeatureSettings, options: dict[str, Value], *, start: float = 0.0,
    end: float | None = None, seed: int = 0, check: Callable[[], None] = lambda: None,
) -> list[SoundView]:
    """The input tensor of a sound, and the same under each variation and all of them.

    Parameters
    ----------
    start, end
        Seconds of a region; the whole clip without ``end``.
    options
        Settings of the recipe; ``strength`` is used.
    seed
        Another one draws other variations.

    Raises
    ------
    FormatError
        If the file cannot be read.
    """
    samples = Recording(path, settings)
    length = len(samples) / settings.sample_rate
    sound = SoundSample(path.name, path, start, length if end is None else end, "", end is None)
    window = Cutter(settings)(samples, sound)
    magnitude = magnitudes(window[None], settings)
    features = Features(settings)
    strength = float(options.get("strength", 1.0)) or 1.0
    views = [SoundView("input", "As it is", _plain(features(magnitude)), window.numpy())]
    for item in AUGMENTATIONS:
        check()
        varied = item.apply(magnitude, seeds.generator(seed, item.id), strength)
        views.append(_view(item.id, item.title, varied, features(varied), settings, window))
    check()
    masked = mask(features(magnitude), seeds.generator(seed, "mask"), strength)
    views.append(SoundView("mask", "Masks", _plain(masked), window.numpy()))
    generator = seeds.generator(seed, "all")
    varied = vary(magnitude, generator, {**options, "strength": strength})
    seen = mask(features(varied), generator, strength)
    views.append(_view("all", "All together", varied, seen, settings, window))
    return views


def _plain(features: Tensor) -> NDArray[np.float32]:
    return np.ascontiguousarray(features[0].numpy(), np.float32)


def _view(
    id: str, title: str, magnitude: Tensor, seen: Tensor, settings: FeatureSettings, window: Tensor
) -> SoundView:
    audio = audible(magnitude[0], settings, len(window))
    # as loud as the sound itself, so that one hears the difference and not the level
    own, wanted = float(audio.square().mean().sqrt()), float(window.square().mean().sqrt())
    audio = (audio * (wanted / own if own > 0 else 0.0)).clamp(-1, 1)
    return SoundView(id, title, _plain(seen), np.ascontiguousarray(audio.numpy(), np.float32))


def audible(magnitude: Tensor, settings: FeatureSettings, length: int) -> Tensor:
    """A sound float32 (length,) whose magnitudes are about ``magnitude`` (bins, frames)."""
    window = torch.hann_window(settings.n_fft)
    samples: Tensor = torchaudio.functional.griffinlim(
        magnitude, window, settings.n_fft, settings.hop_length, settings.n_fft, 1.0, _ITERATIONS,
        0.9, length, False,
    )
    return samples
