"""A classifier of sounds as torch's exporters can follow it."""

from __future__ import annotations

from torch import Tensor, nn

from workbench.engine.sounds.fourier import Fourier
from workbench.tasks.sound_classification.engine.features import REFERENCE_LEVEL, FeatureSettings


class Traceable(nn.Module):
    """From windows of sound to scores: the whole model with its features."""

    def __init__(self, settings: FeatureSettings, module: nn.Module) -> None:
        super().__init__()
        self.spectrum = Spectrum(settings)
        self.rest = module

    def forward(self, waveform: Tensor) -> Tensor:
        logits: Tensor = self.rest(self.spectrum(waveform))
        return logits.softmax(1)


class Spectrum(nn.Module):
    """:func:`workbench.tasks.sound_classification.engine.features.magnitudes` without complex
    numbers."""

    def __init__(self, settings: FeatureSettings) -> None:
        super().__init__()
        self._fourier = Fourier(settings.n_fft, settings.hop_length, settings.bins)

    def forward(self, windows: Tensor) -> Tensor:
        level = windows.square().mean(-1, keepdim=True).sqrt()
        power: Tensor = self._fourier(windows * (REFERENCE_LEVEL / level.clamp(min=1e-5)))
        return power.sqrt()
