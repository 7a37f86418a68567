"""Classifiers of pictures, and what the bundled recipes build."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from workbench.core.errors import WorkbenchError
from workbench.core.schema import Value
from workbench.engine.models.efficientnet_lite import (
    FEATURES,
    INPUT,
    EfficientNetLite0,
    renamed,
)
from workbench.engine.models.weight_files import load_weights
from workbench.engine.models.weights import is_available
from workbench.extension.model import ClassRows, ModelContext
from workbench.extension.recipe import LITE0
from workbench.tasks.image_classification.dataset import ImageFacts
from workbench.tasks.image_classification.engine.networks import LeNet5, ResNet18
from workbench.tasks.image_classification.engine.pictures import CROP, middle
from workbench.tasks.image_classification.linear import fit_linear

Context = ModelContext[ImageFacts]
DECAYS = (300.0, 100.0, 30.0, 10.0, 3.0, 1.0)
"""What the instant recipe tries; on a validation set each was the best now and then."""
_BACKBONE_RATE = 0.2  # of the head's
_SMALL = (28, 32)  # sides that LeNet takes
_NORMS = (nn.BatchNorm2d,)


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

    def __init__(
        self, network: nn.Module, context: Context, side: int, stored: int, *, pretrained: bool
    ) -> None:
        self.network = network
        self.side = side
        self.stored = stored
        self._kept_norms = pretrained
        self._smoothing = float(context.settings.get("smoothing", 0.0))
        self._module = nn.ModuleDict({"network": network})
        self._layers = str(context.settings.get("train_layers", "all")) if pretrained else "all"
        self.class_rows = {f"network.classifier.{part}": ClassRows() for part in ("weight", "bias")}
        if self._layers != "all":
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
        learned = sum(item.numel() for item in self._module.parameters() if item.requires_grad)
        return f"{self.side} × {self.side} px, {learned:,} weights to learn"

    def _learned(self) -> list[nn.Module]:
        """The layers that learn where not all do."""
        stages = (cast("Any", self.network).last_stages() if self._layers == "last" else [])
        return [*stages, cast("nn.Module", self.network.classifier)]

    def losses(self, inputs: Tensor, targets: Tensor) -> dict[str, Tensor]:
        """Cross-entropy; ``targets`` are shares of each class, float32 (B, C), all 0 for a picture
        that could not be read."""
        if self._kept_norms and self._module.training:
            for item in self.network.modules():
                if isinstance(item, _NORMS):
                    item.eval()
        smoothing = self._smoothing if self._module.training else 0.0
        return {"class": cross_entropy(self.network(inputs), targets, smoothing)}

    @torch.no_grad()
    def scores(self, inputs: Tensor) -> Tensor:
        """Probabilities (B, classes) of squares uint8 (B, 3, S, S), of which the middle is seen;
        the module must be in evaluation mode."""
        logits: Tensor = self.network(middle(inputs, self.side))
        return logits.float().softmax(1)

    def traceable(self) -> nn.Module:
        """From pictures of the input's size to probabilities, for other programs."""
        return nn.Sequential(self.network, nn.Softmax(1))

    def parameter_groups(self, settings: Mapping[str, Value]) -> list[dict[str, object]]:
        """The head at the full rate; what begins with weights at a lower one."""
        groups: list[dict[str, object]] = []
        for head in (True, False):
            scale = 1.0 if head or not self._kept_norms else _BACKBONE_RATE
            own = [(item.ndim > 1, item) for name, item in self.network.named_parameters()
                   if item.requires_grad and name.startswith("classifier.") == head]
            groups += [
                {"params": [item for many, item in own if many], "lr_scale": scale},
                {"params": [item for many, item in own if not many], "lr_scale": scale,
                 "weight_decay": 0.0},
            ]
        return groups

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
        return sorted(set(own) - set(named))


def cross_entropy(logits: Tensor, targets: Tensor, smoothing: float = 0.0) -> Tensor:
    """Mean over the samples that have a class; ``smoothing`` is the share of all classes alike."""
    wanted = (1 - smoothing) * targets + smoothing / targets.shape[1] * targets.sum(1, keepdim=True)
    return -(wanted * logits.float().log_softmax(1)).sum() / targets.sum().clamp(min=1)


class InstantClassifier(ImageClassifier):
    """A frozen EfficientNet-Lite0 and a linear layer that is fitted, not learned step by step.

    It is trained on features, which are computed once. Each epoch fits the layer with another
    decay of :data:`DECAYS`; validation tells which is the best.
    """

    has_features = True

    def __init__(self, context: Context) -> None:
        network = EfficientNetLite0(max(1, len(context.classes)), dropout=0.0)
        network.classifier.weight.data.zero_()
        network.classifier.bias.data.zero_()
        super().__init__(network, context, INPUT, round(INPUT / CROP), pretrained=True)
        chosen = float(context.settings.get("decay", 0.0))
        self.decays = (chosen,) if chosen else DECAYS
        self._balance = bool(context.settings.get("balance", False))
        self.ready = is_available(LITE0)
        if self.ready:
            self.load_pretrained(load_weights(LITE0))
        self._folded: EfficientNetLite0 | None = None
        self._samples: Callable[[], tuple[NDArray[np.float32], NDArray[np.int64]]] | None = None
        self._batches = 1
        for name, item in network.named_parameters():
            item.requires_grad_(name.startswith("classifier."))

    @property
    def summary(self) -> str:
        many = f"{len(self.decays)} strengths tried" if len(self.decays) > 1 else "one fit"
        return f"{FEATURES:,} features of each image, {many}"

    def features(self, squares: Tensor) -> Tensor:
        """Of squares uint8 (B, 3, S, S): the mean over a picture and its mirror image."""
        if self._folded is None:
            self._folded = cast("EfficientNetLite0", self.network).folded()
        seen = middle(squares.to(next(self._folded.parameters()).device), self.side)
        with torch.inference_mode():
            return mirrored(self._folded, seen)

    def attach(
        self, samples: Callable[[], tuple[NDArray[np.float32], NDArray[np.int64]]], batches: int
    ) -> None:
        """Where the optimiser finds all features with their classes, and after how many steps."""
        self._samples, self._batches = samples, batches

    def losses(self, inputs: Tensor, targets: Tensor) -> dict[str, Tensor]:
        return {"class": cross_entropy(cast("nn.Module", self.network.classifier)(inputs), targets)}

    @torch.no_grad()
    def scores(self, inputs: Tensor) -> Tensor:
        """As for others; features float32 (B, D) are taken, too."""
        found = inputs if inputs.ndim == 2 else self.features(inputs)
        logits: Tensor = cast("nn.Module", self.network.classifier)(found.clone())
        return logits.float().softmax(1)

    def traceable(self) -> nn.Module:
        return _Mirrored(cast("EfficientNetLite0", self.network).folded())

    def optimizers(self, settings: Mapping[str, Value]) -> list[torch.optim.Optimizer]:
        """See :class:`workbench.extension.model.HasOptimizers`."""
        return [_LinearFit(self)]

    def fit(self, place: int) -> None:
        """Fit the linear layer with the decay at ``place``."""
        if self._samples is None:
            raise WorkbenchError("there are no features to fit to")
        features, labels = self._samples()
        head = cast("nn.Linear", self.network.classifier)
        targets = np.eye(head.out_features, dtype=np.float32)[labels]
        decay = self.decays[min(place, len(self.decays) - 1)]
        weights = None
        if self._balance:
            weights = 1 / np.bincount(labels, minlength=head.out_features)[labels]
        found = fit_linear(features, targets, decay=decay, weights=weights)
        weight = found.weights / found.scale[:, None]
        with torch.no_grad():
            head.weight.copy_(torch.from_numpy(weight.T.copy()))
            head.bias.copy_(torch.from_numpy(found.bias - found.mean @ weight))


def mirrored(network: EfficientNetLite0, images: Tensor) -> Tensor:
    """Mean features of pictures and their mirror images."""
    return (network.features(images) + network.features(images.flip(-1))) / 2


class _Mirrored(nn.Module):
    def __init__(self, network: EfficientNetLite0) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.network.classifier(mirrored(self.network, images))
        return logits.softmax(1)


class _LinearFit(torch.optim.Optimizer):
    """Fits the linear layer at the last step of each epoch; gradients are of no use."""

    def __init__(self, model: InstantClassifier) -> None:
        head = cast("nn.Linear", model.network.classifier)
        super().__init__([{"params": list(head.parameters()), "lr": 1.0, "steps": 0}], {})
        self._model = model

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        group = self.param_groups[0]
        group["steps"] += 1
        batches = self._model._batches
        if group["steps"] % batches == 0:
            self._model.fit(group["steps"] // batches - 1)


# --- recipes --------------------------------------------------------------------------------------


def build_instant(context: Context) -> ImageClassifier:
    return InstantClassifier(context)


def build_lite0(context: Context) -> ImageClassifier:
    network = EfficientNetLite0(max(1, len(context.classes)))
    return ImageClassifier(network, context, INPUT, round(INPUT / CROP), pretrained=True)


def build_resnet18(context: Context) -> ImageClassifier:
    network = ResNet18(max(1, len(context.classes)))
    return ImageClassifier(network, context, INPUT, round(INPUT / CROP), pretrained=True)


def build_lenet(context: Context) -> ImageClassifier:
    side = _SMALL[0] if 0 < context.facts.side <= _SMALL[0] else _SMALL[1]
    network = LeNet5(max(1, len(context.classes)), side, context.facts.grey)
    return ImageClassifier(network, context, side, side, pretrained=False)
