"""A classifier of sounds as torch's exporters can follow it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

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
    """:func:`workbench.tasks.sound_classification.engine.features.magnitudes` as one convolution.

    A short-time Fourier transform with complex numbers cannot be written into an ONNX file by
    torch's exporter; products with cosines and sines under the same window can.
    """

    basis: Tensor

    def __init__(self, settings: FeatureSettings) -> None:
        super().__init__()
        self._hop, self._bins = settings.hop_length, settings.bins
        self._pad = settings.n_fft // 2
        place = torch.arange(settings.n_fft, dtype=torch.float64)
        turns = torch.arange(settings.bins, dtype=torch.float64)[:, None] * place / settings.n_fft
        window = torch.hann_window(settings.n_fft, dtype=torch.float64)
        basis = torch.cat([torch.cos(2 * torch.pi * turns), torch.sin(2 * torch.pi * turns)])
        self.register_buffer("basis", (basis * window).float()[:, None])

    def forward(self, windows: Tensor) -> Tensor:
        level = windows.square().mean(-1, keepdim=True).sqrt()
        loud = windows * (REFERENCE_LEVEL / level.clamp(min=1e-5))
        parts = nn.functional.conv1d(loud[:, None], self.basis, stride=self._hop, padding=self._pad)
        real, imaginary = parts[:, : self._bins], parts[:, self._bins :]
        return (real.square() + imaginary.square()).sqrt()
