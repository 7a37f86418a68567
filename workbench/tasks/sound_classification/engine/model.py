"""A classifier of sounds: features and network in one module, with its losses and scores."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext

import torch
from torch import Tensor, nn
from torch.nn import functional

from workbench.core.schema import Value
from workbench.engine.devices import quick_half
from workbench.engine.models.learning import decay_groups, take_fitting
from workbench.extension.model import ClassRows
from workbench.extension.sounds import SoundContext
from workbench.tasks.sound_classification.engine.features import (
    Features,
    FeatureSettings,
    magnitudes,
)
from workbench.tasks.sound_classification.engine.networks import NETWORKS
from workbench.tasks.sound_classification.engine.traceable import Traceable

Maker = Callable[[FeatureSettings, int], nn.Module]


class SoundClassifier:
    """What a recipe for sounds builds (see :class:`workbench.extension.sounds.SoundModel`).

    Parameters
    ----------
    network
        Name in :data:`workbench.tasks.sound_classification.engine.networks.NETWORKS`, or what
        makes one from the features and the number of outputs.
    """

    fixed_shapes = True

    def __init__(self, network: str | Maker, context: SoundContext) -> None:
        self.settings = FeatureSettings.from_json(context.facts.features)
        outputs = max(1, len(context.classes)) + context.facts.background
        self._smoothing = float(context.settings.get("smoothing", 0.0))
        self._features = Features(self.settings)
        self._network = (NETWORKS[network](self.settings.rows, outputs)
                         if isinstance(network, str) else network(self.settings, outputs))
        self._network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._half = quick_half(context.device, str(context.settings.get("precision", "auto")))
        self.module = nn.Sequential(self._features, self._network)
        self.class_rows: Mapping[str, ClassRows] = {
            f"1.{name}": ClassRows() for name in _last_layer(self._network)
        } if not context.facts.background else {}

    @property
    def input_size(self) -> tuple[int, int]:
        return self.settings.frames, self.settings.rows

    @property
    def summary(self) -> str:
        item = self.settings
        kind = f"{item.n_mfcc} coefficients" if item.n_mfcc else f"{item.n_mels} mel bands"
        return (f"windows of {item.seconds:g} s at {item.sample_rate / 1000:g} kHz, {kind} × "
                f"{item.frames} frames")

    def magnitudes(self, windows: Tensor) -> Tensor:
        return magnitudes(windows, self.settings)

    def features(self, magnitude: Tensor) -> Tensor:
        """What the network sees: float32 (B, rows, frames)."""
        features: Tensor = self._features(magnitude)
        return features

    def losses(self, features: Tensor, targets: Tensor) -> dict[str, Tensor]:
        """Cross-entropy."""
        # Half-precision products learn as well here in half the time; judging is done in full.
        half = self._half and self.module.training
        with torch.autocast("cpu", torch.bfloat16) if half else nullcontext():
            logits = self._network(features)
        smoothing = self._smoothing if self.module.training else 0.0
        return {"class": functional.cross_entropy(logits.float(), targets,
                                                  label_smoothing=smoothing)}

    @torch.no_grad()
    def scores(self, windows: Tensor) -> Tensor:
        """Probabilities (B, outputs); the module must be in evaluation mode."""
        logits: Tensor = self.module(self.magnitudes(windows))
        return logits.float().softmax(1)

    def traceable(self) -> nn.Module:
        """See :class:`workbench.extension.sounds.TraceableSoundModel`."""
        return Traceable(self.settings, self.module)

    def parameter_groups(self, settings: Mapping[str, Value]) -> list[dict[str, object]]:
        """Weights that decay, and biases and norms that do not."""
        return decay_groups(self.module.parameters())

    def load_pretrained(self, state: Mapping[str, Tensor]) -> list[str]:
        """Take over what fits, under our names or torchvision's; the first layer of a picture
        network is summed over its colours."""
        own = self.module.state_dict()
        named = {name if name in own else f"1.body.{name}": value for name, value in state.items()}
        first = "1.body.conv1.weight"
        if first in named and first in own and named[first].shape[1] == 3:
            named[first] = named[first].sum(1, keepdim=True)
        return take_fitting(self.module, named)


def _last_layer(network: nn.Module) -> list[str]:
    """Names of the tensors whose rows are the classes."""
    names = [name for name, item in network.named_modules() if isinstance(item, nn.Linear)]
    return [f"{names[-1]}.{part}" for part in ("weight", "bias")]
