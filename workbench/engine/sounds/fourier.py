"""A short-time Fourier transform that torch's exporters can follow."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Fourier(nn.Module):
    """``torch.stft`` with silence at both ends as one convolution.

    One with complex numbers cannot be written into an ONNX file by torch's exporter; products with
    cosines and sines under the same window can.

    Parameters
    ----------
    bins
        Frequencies from 0 Hz on, at most ``n_fft // 2 + 1``.
    """

    basis: Tensor

    def __init__(self, n_fft: int, hop_length: int, bins: int) -> None:
        super().__init__()
        self._hop, self._bins = hop_length, bins
        self._pad = n_fft // 2
        place = torch.arange(n_fft, dtype=torch.float64)
        turns = torch.arange(bins, dtype=torch.float64)[:, None] * place / n_fft
        window = torch.hann_window(n_fft, dtype=torch.float64)
        basis = torch.cat([torch.cos(2 * torch.pi * turns), torch.sin(2 * torch.pi * turns)])
        self.register_buffer("basis", (basis * window).float()[:, None])

    def forward(self, windows: Tensor) -> Tensor:
        """The power, float32 (B, bins, frames), of windows float32 (B, samples)."""
        parts = nn.functional.conv1d(windows[:, None], self.basis, stride=self._hop,
                                     padding=self._pad)
        real, imaginary = parts[:, :self._bins], parts[:, self._bins:]
        return real.square() + imaginary.square()
