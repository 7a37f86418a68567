"""The instant classifier: a frozen network looks once at every picture, one layer is fitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from workbench.core.arrays import FloatArray
from workbench.core.errors import WorkbenchError
from workbench.core.schema import Value
from workbench.engine.models.efficientnet_lite import FEATURES, INPUT, EfficientNetLite0
from workbench.engine.models.weight_files import load_weights
from workbench.engine.models.weights import is_available
from workbench.engine.training.fitting import FitOptimizer
from workbench.extension.recipe import LITE0
from workbench.tasks.image_classification.engine.batches import ArrayStore
from workbench.tasks.image_classification.engine.model import ImageClassifier
from workbench.tasks.image_classification.engine.objectives import Context
from workbench.tasks.image_classification.engine.pictures import CROP, middle
from workbench.tasks.image_classification.linear import Labels, choose_decay, fit_head, held_out

_IN_CACHE = 4  # images at a time on a CPU: with more, layers no longer lie in its cache
_STORED = 416  # side of the squares that two views are taken from, see docs/picture-classifier.md
_CLOSE = 288  # pixels of it that the close view sees
_POWER = 3.0


class Mirrored(nn.Module):
    """Features of a picture: the mean over it and its mirror image.

    Models that were saved before there were :class:`WideAndClose` look like this.
    """

    name = "lite0-224"
    side, stored, size = INPUT, round(INPUT / CROP), FEATURES

    def __init__(self, network: EfficientNetLite0) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        """float (B, size) of uint8 (B, 3, side, side)."""
        return (self.network.features(images) + self.network.features(images.flip(-1))) / 2


class WideAndClose(nn.Module):
    """Features of a picture: of nearly all of it, and of the mirror image of its enlarged middle.

    What is small in a photo is found by the close view; there the cubes of a map are averaged
    (generalised mean, Radenović et al. 2018), so that a few places that say much count more.
    """

    name = "lite0-wide-close"
    side, stored, size = round(_STORED * CROP), _STORED, 2 * FEATURES
    shrink: Tensor

    def __init__(self, network: EfficientNetLite0) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("shrink", shrinking(self.side, INPUT), persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """float (B, size) of uint8 (B, 3, side, side)."""
        wide = self.shrink @ images.to(self.shrink.dtype) @ self.shrink.T
        close = self.network.feature_map(middle(images, _CLOSE).flip(-1))
        peaks = close.pow(_POWER).mean((2, 3)).pow(1 / _POWER)
        return torch.cat([self.network.features(wide), peaks], 1)


def shrinking(side: int, smaller: int) -> Tensor:
    """float32 (smaller, side): what makes an axis smaller, bilinearly and without aliasing, as
    Pillow does; as a matrix it is the same in every exported format."""
    scale = side / smaller
    centres = (torch.arange(smaller) + 0.5) * scale
    weights = (1 - (torch.arange(side) + 0.5 - centres[:, None]).abs() / scale).clamp(min=0)
    return weights / weights.sum(1, keepdim=True)


class InstantClassifier(ImageClassifier):
    """A frozen EfficientNet-Lite0 and a linear layer that is fitted, not learned step by step.

    It is trained on features, which are computed once. How strongly the weights are held small is
    chosen by cross-validation on the training pictures. Validation pictures that were drawn at
    random are learned from, too: what is said of them comes from fits that had not seen them.
    """

    has_features = True
    fixed_shapes = False  # its optimiser fits on the processor

    def __init__(self, context: Context) -> None:
        network = EfficientNetLite0(max(1, len(context.classes)), dropout=0.0)
        # models of before say nothing of views
        view = WideAndClose if int(context.settings.get("views", 1)) == 2 else Mirrored
        network.classifier = nn.Linear(view.size, network.classifier.out_features)
        network.classifier.weight.data.zero_()
        network.classifier.bias.data.zero_()
        super().__init__(network, context, view.side, view.stored, pretrained=True)
        self.view = view
        self.decay = float(context.settings.get("decay", 0.0))
        self._balance = bool(context.settings.get("balance", False))
        self.ready = is_available(LITE0)
        if self.ready:
            self.load_pretrained(load_weights(LITE0))
        self._looking: nn.Module | None = None
        self._store: ArrayStore | None = None
        self._targets = np.zeros((0, 1), np.float32)
        self.fit_every = 1
        self._first_held = 0
        self._held: dict[int, FloatArray] = {}
        for name, item in network.named_parameters():
            item.requires_grad_(name.startswith("classifier."))

    @property
    def summary(self) -> str:
        return f"{self.view.size:,} features of each image"

    @property
    def learns_validation(self) -> bool:
        """Whether validation pictures are learned from, too; models of before did not."""
        return self.view is WideAndClose and self.kind == "class"

    @property
    def frozen(self) -> nn.Module:
        """What the features come from."""
        network = cast("EfficientNetLite0", self.network)
        return nn.ModuleList([*network.blocks, network.stem, network.stem_norm, network.head,
                              network.head_norm])

    def features(self, squares: Tensor) -> Tensor:
        """float32 (B, size) of squares uint8 (B, 3, S, S)."""
        if self._looking is None:
            network = cast("EfficientNetLite0", self.network)
            device = network.classifier.weight.device
            self._looking = self.view(network.folded()).to(device)
        seen = middle(squares.to(next(self._looking.parameters()).device), self.side)
        parts = torch.split(seen, _IN_CACHE if seen.device.type == "cpu" else len(seen))
        with torch.inference_mode():
            return torch.cat([self._looking(part) for part in parts])

    def attach(self, store: ArrayStore, targets: FloatArray, batches: int, train: int) -> None:
        """Where the optimiser finds all that it may learn from, and after how many steps; what
        comes after the first ``train`` of them is for validation."""
        self._store, self._targets, self.fit_every = store, targets, batches
        self._first_held = train

    def validation_scores(self, indices: Sequence[int], inputs: Tensor) -> Tensor:
        if all(index in self._held for index in indices):
            return torch.from_numpy(np.stack([self._held[index] for index in indices]))
        return self.scores(inputs)

    def losses(self, inputs: Tensor, targets: Tensor) -> dict[str, Tensor]:
        logits = cast("nn.Module", self.network.classifier)(inputs)
        return {"class": self.objective.loss(logits, targets, 0.0)}

    @torch.no_grad()
    def scores(self, inputs: Tensor) -> Tensor:
        """As for others; features float32 (B, D) are taken, too."""
        found = inputs if inputs.ndim == 2 else self.features(inputs)
        answers: Tensor = self.answers(
            cast("nn.Module", self.network.classifier)(found.clone()).float())
        return answers

    def traceable(self) -> nn.Module:
        folded = cast("EfficientNetLite0", self.network).folded()
        return nn.Sequential(self.view(folded), folded.classifier, self.answers)

    def optimizers(self, settings: Mapping[str, Value]) -> list[torch.optim.Optimizer]:
        """See :class:`workbench.extension.model.HasOptimizers`."""
        head = cast("nn.Linear", self.network.classifier)
        return [FitOptimizer(self, head.parameters())]

    def fit(self) -> None:
        """Fit the linear layer to the features."""
        if self._store is None:
            raise WorkbenchError("there are no features to fit to")
        features = self._store.get(range(len(self._targets)))
        kept = [row for row in range(len(self._targets)) if row not in self._store.broken]
        targets = self._targets
        if len(kept) < len(targets):
            features, targets = features[kept], targets[kept]
        weights = None
        decay = self.decay
        if self.kind == "class":
            labels = targets.argmax(1)
            decay, weights = self._decay(features, labels), self._weights(labels)
            held = [row for row in kept if row >= self._first_held]
            self._held = dict(zip(held, held_out(
                features, labels, targets.shape[1], decay, weights, len(held)), strict=True))
        self.set_head(*fit_head(features, self.objective.units(targets), self.kind, decay, weights))

    def out_of_fold(self, features: FloatArray, labels: Labels, asked: int) -> FloatArray:
        """Scores float32 (asked, C) of the last samples of those that were learned from, by fits
        that had not seen them; ``labels`` int64 (N,) are below 0 for what is no class of the
        model."""
        known = labels >= 0
        decay = self._decay(features[known], labels[known])
        classes = cast("nn.Linear", self.network.classifier).out_features
        return held_out(features, labels, classes, decay, self._weights(labels), asked)

    def _decay(self, features: FloatArray, labels: Labels) -> float:
        classes = cast("nn.Linear", self.network.classifier).out_features
        return self.decay or choose_decay(features, labels, classes, self._weights(labels))

    def _weights(self, labels: Labels) -> FloatArray | None:
        if not self._balance:
            return None
        _, place, counts = np.unique(labels, return_inverse=True, return_counts=True)
        return np.asarray(1 / counts[place], np.float32)


def build_instant(context: Context) -> ImageClassifier:
    return InstantClassifier(context)
