"""A detector of calls: pictures of sound and network in one, with its losses and what it finds."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext

import numpy as np
import torch
from torch import Tensor, nn

from workbench.core.schema import Value
from workbench.engine.devices import quick_half
from workbench.engine.models.learning import decay_groups, take_fitting
from workbench.engine.sounds.fourier import Fourier
from workbench.extension.calls import CallContext
from workbench.extension.model import ClassRows
from workbench.tasks.sound_detection.engine.loss import call_losses
from workbench.tasks.sound_detection.engine.network import CallNetwork, boxes_of
from workbench.tasks.sound_detection.engine.spectrum import (
    SpectrumSettings,
    pictures,
    pictures_of,
)

LOWEST_SCORE = 0.01
_MOST = 300  # cells of a picture that are looked at


class CallDetector:
    """What the recipe builds (see :class:`workbench.extension.calls.CallModel`)."""

    fixed_shapes = True

    def __init__(self, context: CallContext) -> None:
        self.settings = SpectrumSettings.from_json(context.facts.spectrum)
        self.module: nn.Module = CallNetwork(max(1, len(context.classes)))
        self.module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._half = quick_half(context.device, str(context.settings.get("precision", "auto")))
        self.class_rows = {f"kinds.1.{name}": ClassRows() for name in ("weight", "bias")}

    @property
    def input_size(self) -> tuple[int, int]:
        return self.settings.frames, self.settings.rows

    @property
    def summary(self) -> str:
        item = self.settings
        return (f"windows of {item.seconds:.3g} s up to {item.high / 1000:.3g} kHz, {item.rows} "
                f"frequencies × {item.frames} frames")

    def pictures(self, waves: Tensor) -> Tensor:
        return pictures(waves, self.settings)

    def losses(self, seen: Tensor, targets: Tensor) -> dict[str, Tensor]:
        # Half-precision products learn as well here in half the time; judging is done in full.
        half = self._half and self.module.training
        with torch.autocast("cpu", torch.bfloat16) if half else nullcontext():
            kinds, sides = self.module(seen)
        return call_losses(kinds, sides, targets)

    @torch.no_grad()
    def find(self, waves: Tensor) -> list[tuple[Tensor, Tensor, Tensor]]:
        kinds, sides = self.module(self.pictures(waves))
        boxes, scores = boxes_of(sides).flatten(1, 2), kinds.sigmoid().flatten(2)
        found = []
        for own, mine in zip(boxes, scores, strict=True):
            best, place = mine.flatten().topk(min(_MOST, mine.numel()))
            kept = best >= LOWEST_SCORE
            best, place = best[kept], place[kept]
            found.append((own[place % mine.shape[1]], best, place // mine.shape[1]))
        return found

    def traceable(self) -> nn.Module:
        return _Traceable(self.module, self.settings)

    def parameter_groups(self, settings: Mapping[str, Value]) -> list[dict[str, object]]:
        """Weights that decay, and biases and norms that do not."""
        return decay_groups(self.module.parameters())

    def load_pretrained(self, state: Mapping[str, Tensor]) -> list[str]:
        return take_fitting(self.module, state)


class _Traceable(nn.Module):
    """From windows of sound to boxes (B, N, 4) in seconds and hertz, and scores (B, N, C)."""

    first: Tensor
    scale: Tensor

    def __init__(self, network: nn.Module, settings: SpectrumSettings) -> None:
        super().__init__()
        self._settings = settings
        bins = min(settings.rows, settings.n_fft // 2 + 1)
        self.fourier = Fourier(settings.n_fft, settings.hop_length, bins)
        self.network = network
        ends = settings.in_sound(np.array([[0.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0]]), 0.0)
        self.register_buffer("first", torch.tensor(ends[0], dtype=torch.float32))
        self.register_buffer("scale", torch.tensor(ends[1] - ends[0], dtype=torch.float32))

    def forward(self, waveform: Tensor) -> tuple[Tensor, Tensor]:
        kinds, sides = self.network(pictures_of(self.fourier(waveform), self._settings))
        boxes = boxes_of(sides).flatten(1, 2) * self.scale + self.first
        return boxes, kinds.sigmoid().flatten(2).transpose(1, 2)
