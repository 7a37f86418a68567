"""Classifiers of pictures, and what the bundled recipes build."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from workbench.core.arrays import FloatArray
from workbench.core.schema import Value
from workbench.engine.devices import quick_half
from workbench.engine.models.efficientnet_lite import INPUT, EfficientNetLite0, renamed
from workbench.engine.models.learning import decay_groups
from workbench.extension.model import ClassRows
from workbench.tasks.image_classification.engine.batches import ArrayStore
from workbench.tasks.image_classification.engine.networks import (
    LeNet5,
    TorchvisionNetwork,
    Vgg9,
    Xception,
)
from workbench.tasks.image_classification.engine.objectives import Context, objective_of
from workbench.tasks.image_classification.engine.pictures import CROP, middle
from workbench.tasks.image_classification.linear import fit_head

_BACKBONE_RATE = 0.2  # of the head's
_GRADUAL = (("head", 1.0, 0.0), ("last", _BACKBONE_RATE, 0.15), ("lower", _BACKBONE_RATE / 4, 0.4))
"""Gradual unfreezing with smaller rates below (Howard and Ruder 2018)."""
_SMALL = (28, 32)  # sides that LeNet takes
_HEAD_SAMPLES = 300  # about so many are looked at for the first head
_HEAD_BATCH = 16
_MIDDLE = 64  # side that the little VGG takes
_SOME = 128  # and the little Xception
_INCEPTION = 299
_NORMS = (nn.BatchNorm2d,)
_MOMENTUM = 0.1  # at least, of batch norms that learn their statistics


class ImageClassifier:
    """A network with its losses and scores.

    Parameters
    ----------
    network
        From uint8 RGB (B, 3, side, side) to logits; its last layer is called ``classifier``.
    side
        Of what it sees, in pixels.
    stored
        Of the pictures that are kept for it: larger, so that they can be moved in training.
    pretrained
        Whether it begins with weights; then the statistics of its batch norms are kept, which a
        few pictures would spoil.
    """

    has_features = False
    fixed_shapes = True

    def __init__(
        self, network: nn.Module, context: Context, side: int, stored: int, *, pretrained: bool
    ) -> None:
        self.network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._half = quick_half(context.device, str(context.settings.get("precision", "auto")))
        self.kind = context.facts.kind
        self.objective = objective_of(context)
        self.answers = self.objective.answers()
        self.side = side
        self.stored = stored
        self._layers = str(context.settings.get("train_layers", "all")) if pretrained else "new"
        self._kept_norms = self._layers != "new"
        self._smoothing = float(context.settings.get("smoothing", 0.0))
        self._module = nn.ModuleDict({"network": network})
        self.fresh_head = False
        self.class_rows = {f"network.classifier.{part}": ClassRows() for part in ("weight", "bias")}
        if not self._kept_norms:
            _hasten_norms(network)
        if self._layers in ("head", "last"):
            network.requires_grad_(False)
            for item in self._learned():
                item.requires_grad_(True)

    @property
    def module(self) -> nn.Module:
        return self._module

    @property
    def input_size(self) -> tuple[int, int]:
        return self.side, self.side

    @property
    def summary(self) -> str:
        whole = sum(item.numel() for item in self._module.parameters())
        learned = sum(item.numel() for item in self._module.parameters() if item.requires_grad)
        of = f" of {whole:,}" if learned < whole else ""
        return f"{self.side} × {self.side} px, {learned:,}{of} weights to learn"

    def _learned(self) -> list[nn.Module]:
        """The layers that learn where not all do."""
        stages = self._stages() if self._layers == "last" else []
        return [*stages, cast("nn.Module", self.network.classifier)]

    @torch.no_grad()
    def begin_head(self, store: ArrayStore, targets: FloatArray) -> None:
        """Fit the last layer to what the pretrained network says of some training samples, so
        that the first steps do not spoil the network."""
        step = max(1, len(targets) // _HEAD_SAMPLES)
        rows = range(0, len(targets), step)
        device, found = next(self._module.parameters()).device, []
        self._module.eval()
        for start in range(0, len(rows), _HEAD_BATCH):
            squares = torch.from_numpy(store.get(rows[start : start + _HEAD_BATCH])).to(device)
            seen = middle(squares, self.side)
            found.append(cast("Any", self.network).features(seen).float().cpu().numpy())
        kept = [place for place, row in enumerate(rows) if row not in store.broken]
        if len(kept) < 2:
            return
        wanted = self.objective.units(targets[[rows[place] for place in kept]])
        self.set_head(*fit_head(np.concatenate(found)[kept], wanted, self.kind))
        self.fresh_head = False

    @torch.no_grad()
    def set_head(self, weight: FloatArray, bias: FloatArray) -> None:
        """Give the last layer its weights."""
        head = cast("nn.Linear", self.network.classifier)
        head.weight.copy_(torch.from_numpy(np.ascontiguousarray(weight)))
        head.bias.copy_(torch.from_numpy(np.ascontiguousarray(bias)))

    def losses(self, inputs: Tensor, targets: Tensor) -> dict[str, Tensor]:
        """The objective's loss; ``targets`` are float32 (B, K), NaN for a picture that could not be
        read."""
        if self._kept_norms and self._module.training:
            for item in self.network.modules():
                if isinstance(item, _NORMS):
                    item.eval()
        # half-precision products learn as well here in half the time; judging is done in full
        half = self._half and self._module.training
        with torch.autocast("cpu", torch.bfloat16) if half else nullcontext():
            logits = self.network(inputs)
        smoothing = self._smoothing if self._module.training else 0.0
        return {"class": self.objective.loss(logits, targets, smoothing)}

    @torch.no_grad()
    def scores(self, inputs: Tensor) -> Tensor:
        """Answers (B, K) about squares uint8 (B, 3, S, S), of which the middle is seen: the
        probability of each class, or a number; the module must be in evaluation mode."""
        found: Tensor = self.answers(self.network(middle(inputs, self.side)).float())
        return found

    def validation_scores(self, indices: Sequence[int], inputs: Tensor) -> Tensor:
        """:meth:`scores` of the samples ``indices`` of a training and its validation."""
        return self.scores(inputs)

    def traceable(self) -> nn.Module:
        """From pictures of the input's size to answers, for other programs."""
        return nn.Sequential(self.network, self.answers)

    def parameter_groups(self, settings: Mapping[str, Value]) -> list[dict[str, object]]:
        """The head at the full rate; what begins with weights at lower ones, and of layers that
        learn one after the other the lower ones later."""
        last = {id(item) for stage in self._stages() for item in stage.parameters()}
        groups: list[dict[str, object]] = []
        for name, scale, begins in self._rates():
            own = [item for path, item in self.network.named_parameters() if item.requires_grad
                   and name == _part(path, id(item) in last)]
            groups += decay_groups(own, begins=begins, lr_scale=scale)
        return groups

    def _rates(self) -> tuple[tuple[str, float, float], ...]:
        """Of the head, the last stages and what is below them: the factor on the rate, and the
        share of a run before which they rest."""
        if self._layers == "gradual":
            return _GRADUAL
        scale = _BACKBONE_RATE if self._kept_norms else 1.0
        return ("head", 1.0, 0.0), ("last", scale, 0.0), ("lower", scale, 0.0)

    def _stages(self) -> list[nn.Module]:
        """The last stages, where they are known apart."""
        stages: list[nn.Module] = (cast("Any", self.network).last_stages()
                                   if self._layers in ("last", "gradual") else [])
        return stages

    def load_pretrained(self, state: Mapping[str, Tensor]) -> list[str]:
        """Take over what fits, under our names, the package's or torchvision's."""
        own = self._module.state_dict()
        if any(name.startswith("_blocks") for name in state):
            state = renamed(state)
        named = {}
        for name, value in state.items():
            for form in (name, f"network.{name}", f"network.body.{name}"):
                if form in own and own[form].shape == value.shape and form not in self.class_rows:
                    named[form] = value
        self._module.load_state_dict(named, strict=False)
        self.fresh_head = bool(named)
        return sorted(set(own) - set(named))


def _hasten_norms(network: nn.Module) -> None:
    """Let the statistics of batch norms follow the weights within a few dozen steps.

    MobileNetV3 and EfficientNet-Lite set 0.01, for the millions of steps of ImageNet: in some
    hundreds of steps from nothing the statistics stay at their beginning, and every image is given
    one class.
    """
    for item in network.modules():
        if isinstance(item, _NORMS) and item.momentum is not None:
            item.momentum = max(item.momentum, _MOMENTUM)


def _part(path: str, last: bool) -> str:
    """Which of :meth:`ImageClassifier._rates` a parameter has."""
    return "head" if path.startswith("classifier.") else "last" if last else "lower"


# --- recipes --------------------------------------------------------------------------------------


def build_lite0(context: Context) -> ImageClassifier:
    network = EfficientNetLite0(max(1, len(context.classes)))
    return ImageClassifier(network, context, INPUT, round(INPUT / CROP), pretrained=True)


def build_torchvision(context: Context) -> ImageClassifier:
    name = str(context.settings.get("network", "resnet18"))  # runs of before say none
    network = TorchvisionNetwork(name, max(1, len(context.classes)))
    side = _INCEPTION if name == "inception_v3" else INPUT
    return ImageClassifier(network, context, side, round(side / CROP), pretrained=True)


def build_vit(context: Context) -> ImageClassifier:
    network = TorchvisionNetwork("vit_tiny", max(1, len(context.classes)))
    return ImageClassifier(network, context, INPUT, round(INPUT / CROP), pretrained=False)


def build_xception(context: Context) -> ImageClassifier:
    network = Xception(max(1, len(context.classes)))
    return ImageClassifier(network, context, _SOME, round(_SOME / CROP), pretrained=False)


def build_vgg9(context: Context) -> ImageClassifier:
    network = Vgg9(max(1, len(context.classes)))
    return ImageClassifier(network, context, _MIDDLE, round(_MIDDLE / CROP), pretrained=False)


def small_side(side: int) -> int:
    """What networks for small images see of those with a shorter side of so many pixels."""
    return _SMALL[0] if 0 < side <= _SMALL[0] else _SMALL[1]


def build_lenet(context: Context) -> ImageClassifier:
    side = small_side(context.facts.side)
    network = LeNet5(max(1, len(context.classes)), side, context.facts.grey)
    return ImageClassifier(network, context, side, side, pretrained=False)
