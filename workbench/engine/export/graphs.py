"""What of a model is written into a file for other programs: a module that can be traced."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from workbench.core.errors import WorkbenchError
from workbench.engine.models.card import ModelCard
from workbench.extension.detection import DenseDetector
from workbench.tasks.sound_classification.engine.features import REFERENCE_LEVEL, FeatureSettings
from workbench.tasks.sound_classification.engine.model import SoundClassifier

Axes = Mapping[str, Mapping[int, str]]


@dataclass(frozen=True, slots=True)
class Graph:
    """A module with the names and shapes that a file tells of it.

    Parameters
    ----------
    module
        On the CPU, in evaluation mode, with one input.
    example
        An input that it can be traced with.
    input
        Name of the input.
    outputs
        Names of the outputs in their order.
    free_axes
        For each name, the axes whose length may differ, by number, with their names.
    size_step
        Pixels that height and width of an image are whole multiples of.
    """

    module: nn.Module
    example: Tensor
    input: str
    outputs: tuple[str, ...]
    free_axes: Axes = field(default_factory=dict)
    size_step: int = 0


def graph_of(model: Any, card: ModelCard) -> Graph:
    """The graph of a loaded model.

    Parameters
    ----------
    model
        From :func:`workbench.engine.models.saved.load_model`, on the CPU.

    Raises
    ------
    WorkbenchError
        If this kind of model cannot be exported.
    """
    if isinstance(model, SoundClassifier):
        return _sound_graph(model)
    if callable(getattr(model, "dense", None)):
        return _detector_graph(model, model.dense, card)
    raise WorkbenchError(
        f"models of the recipe “{card.recipe}” cannot be exported yet; those of “compact-n” and "
        "the other built-in recipes can"
    )


class _Dense(nn.Module):
    """A detector's boxes and scores as a module's own forward."""

    def __init__(self, owner: nn.Module, dense: Callable[[Tensor], tuple[Tensor, Tensor]]) -> None:
        super().__init__()
        self.owner = owner
        self._dense = dense

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        return self._dense(images)


def _detector_graph(
    model: Any, dense: Callable[[Tensor], tuple[Tensor, Tensor]], card: ModelCard
) -> Graph:
    detector: DenseDetector = model
    width, height = card.input_size
    # Two images where batches are taken, so that nothing in the trace is of one image only.
    images = torch.full((2 if detector.batches else 1, 3, height, width), 114, dtype=torch.uint8)
    boxes, scores = {1: "detections"}, {1: "detections"}
    axes = {"boxes": boxes, "scores": scores}
    if detector.batches:
        axes["images"] = {0: "batch", 2: "height", 3: "width"}
        boxes[0] = scores[0] = "batch"
    module = _Dense(model.module, dense).eval()
    with torch.no_grad():
        module(images)  # what a model finds out at its first image is not for the trace
    return Graph(module, images, "images", ("boxes", "scores"), axes, detector.size_step)


# --- sounds ---------------------------------------------------------------------------------------


def _sound_graph(model: SoundClassifier) -> Graph:
    windows = torch.zeros(2, model.settings.samples)
    axes = {"waveform": {0: "batch"}, "scores": {0: "batch"}}
    return Graph(_Hearing(model).eval(), windows, "waveform", ("scores",), axes)


class _Hearing(nn.Module):
    """From windows of sound to scores: the whole model with its features."""

    def __init__(self, model: SoundClassifier) -> None:
        super().__init__()
        self.spectrum = Spectrum(model.settings)
        self.rest = model.module

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
        parts = nn.functional.conv1d(
            loud[:, None], self.basis, stride=self._hop, padding=self._pad)
        real, imaginary = parts[:, : self._bins], parts[:, self._bins :]
        return (real.square() + imaginary.square()).sqrt()
