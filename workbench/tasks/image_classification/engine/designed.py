"""From a designed network's layers to a network."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.schema import Value
from workbench.tasks.image_classification.design.layers import (
    KINDS,
    Settings,
    Shape,
    changes_shape,
    measured,
)
from workbench.tasks.image_classification.design.network import (
    Design,
    design_from_text,
    input_shape,
    report_of,
)
from workbench.tasks.image_classification.engine.goals import Context
from workbench.tasks.image_classification.engine.model import ImageClassifier
from workbench.tasks.image_classification.engine.pictures import CROP
from workbench.tasks.image_classification.recipes import LAYERS_SETTING

_UNCUT = 40  # pixels; smaller images are digits and icons, of which nothing is cut off
_SPREAD = 0.05  # of weights that are drawn without regard to what comes in


class DesignedNetwork(nn.Module):
    """The layers of a design, and a dense one for the classes; from uint8 RGB pictures
    (B, 3, side, side) to logits.

    Parameters
    ----------
    grey
        Whether the pictures have no colour.

    Raises
    ------
    UsageError
        If a layer cannot be where it is.
    """

    def __init__(self, design: Design, classes: int, grey: bool) -> None:
        super().__init__()
        problem = report_of(design, classes, grey).first_problem()
        if problem:
            raise UsageError(problem)
        shape = input_shape(design, grey)
        self.grey = shape[0] == 1
        usual = str(design.settings()["initialiser"])
        layers: list[nn.Module] = []
        for layer in design.layers:
            own = KINDS[layer.kind].checked(layer)
            made = _BUILD[layer.kind](own, shape)
            chosen = str(own.get("initialiser", "network"))
            begin(made, usual if chosen == "network" else chosen)
            layers.append(made)
            shape = measured(layer, shape).shape
        self.body = nn.Sequential(*layers)
        self.classifier = nn.Linear(shape[0], classes)
        begin(self.classifier, usual)

    def forward(self, images: Tensor) -> Tensor:
        x = images.to(self.classifier.weight.dtype) / 127.5 - 1
        if self.grey:
            x = x.mean(1, keepdim=True)
        logits: Tensor = self.classifier(self.body(x))
        return logits


# --- layers ---------------------------------------------------------------------------------------


class Maxout(nn.Module):
    """The largest of every ``pieces`` channels that follow each other (Goodfellow et al. 2013)."""

    def __init__(self, pieces: int) -> None:
        super().__init__()
        self._pieces = pieces

    def forward(self, x: Tensor) -> Tensor:
        found = x[:, :: self._pieces]
        for first in range(1, self._pieces):
            found = torch.maximum(found, x[:, first :: self._pieces])
        return found


class BatchNorm(nn.Module):
    """A batch norm that goes by what it knows where a step has a single number of each channel,
    of which there is no deviation."""

    def __init__(self, channels: int, dimensions: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels) if dimensions == 2 else nn.BatchNorm1d(channels)

    def forward(self, x: Tensor) -> Tensor:
        norm = self.norm
        if self.training and x.numel() == x.shape[1]:
            return functional.batch_norm(x, norm.running_mean, norm.running_var, norm.weight,
                                         norm.bias, False, 0.0, norm.eps)
        found: Tensor = norm(x)
        return found


class Residual(nn.Module):
    """The basic block of He et al. (2015)."""

    def __init__(self, own: Settings, channels: int) -> None:
        super().__init__()
        out, kernel, stride = int(own["channels"]), int(own["kernel"]), int(own["stride"])
        self.inside = nn.Sequential(
            _windowed(channels, out, kernel, stride), BatchNorm(out, 2), _function(own, out),
            _windowed(out, out, kernel, 1), BatchNorm(out, 2))
        self.around = nn.Sequential(nn.Conv2d(channels, out, 1, stride, bias=False),
                                    BatchNorm(out, 2)) if changes_shape(own, channels) else (
            nn.Identity())
        self.function = _function(own, out)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.function(self.inside(x) + self.around(x))
        return found


def _windowed(channels: int, out: int, kernel: int, stride: int, groups: int = 1,
              bias: bool = False, padding: object = "same") -> nn.Module:
    """A convolution; "same" adds kernel − 1 zeros, for an even window one more behind."""
    before, behind = ((kernel - 1) // 2, kernel // 2) if padding == "same" else (0, 0)
    made = nn.Conv2d(channels, out, kernel, stride, min(before, behind), groups=groups, bias=bias)
    if before == behind:
        return made
    return nn.Sequential(nn.ZeroPad2d((0, behind - before, 0, behind - before)), made)


def _convolution(own: Settings, shape: Shape) -> nn.Module:
    return _windowed(shape[0], int(own["channels"]), int(own["kernel"]), int(own["stride"]),
                     int(own["groups"]), bool(own["bias"]), own["padding"])


def _pooling(own: Settings, shape: Shape) -> nn.Module:
    size = int(own["size"])
    kind = nn.MaxPool2d if own["how"] == "max" else nn.AvgPool2d
    return kind(size, int(own["stride"]) or size)


def _normalisation(own: Settings, shape: Shape) -> nn.Module:
    channels, over = shape[0], own["over"]
    if over == "batch":
        return BatchNorm(channels, len(shape) - 1)
    groups = {"layer": 1, "group": int(own["groups"]), "instance": channels}[str(over)]
    return nn.GroupNorm(groups, channels)


def _function(own: Settings, channels: int) -> nn.Module:
    made: dict[str, Callable[[], nn.Module]] = {
        "relu": nn.ReLU, "leaky": lambda: nn.LeakyReLU(float(own["slope"])),
        "prelu": lambda: nn.PReLU(channels), "elu": nn.ELU, "selu": nn.SELU, "gelu": nn.GELU,
        "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "maxout": lambda: Maxout(int(own["pieces"])),
    }
    return made[str(own["function"])]()


def _global(own: Settings, shape: Shape) -> nn.Module:
    pool = nn.AdaptiveAvgPool2d(1) if own["how"] == "average" else nn.AdaptiveMaxPool2d(1)
    return nn.Sequential(pool, nn.Flatten())


_BUILD: Mapping[str, Callable[[dict[str, Value], Shape], nn.Module]] = {
    "convolution": _convolution,
    "pooling": _pooling,
    "normalisation": _normalisation,
    "activation": lambda own, shape: _function(own, shape[0]),
    "dropout": lambda own, shape: nn.Dropout(float(own["share"])),
    "residual": lambda own, shape: Residual(own, shape[0]),
    "global-pooling": _global,
    "flatten": lambda own, shape: nn.Flatten(),
    "dense": lambda own, shape: nn.Linear(shape[0], int(own["units"]), bias=bool(own["bias"])),
}


# --- first weights --------------------------------------------------------------------------------


def begin(module: nn.Module, initialiser: str) -> None:
    """Draw the first weights of all convolutions and dense layers of ``module``; biases are 0."""
    for item in module.modules():
        if isinstance(item, nn.Conv2d | nn.Linear):
            _DRAW[initialiser](item.weight)
            if item.bias is not None:
                nn.init.zeros_(item.bias)


def _lecun(weight: Tensor) -> Tensor:
    return nn.init.normal_(weight, std=1 / math.sqrt(weight[0].numel()))


_DRAW: Mapping[str, Callable[[Tensor], Any]] = {
    "zeros": nn.init.zeros_,
    "normal": lambda weight: nn.init.normal_(weight, std=_SPREAD),
    "uniform": lambda weight: nn.init.uniform_(weight, -_SPREAD, _SPREAD),
    "glorot": nn.init.xavier_uniform_,
    "he": lambda weight: nn.init.kaiming_normal_(weight, nonlinearity="relu"),
    "lecun": _lecun,
    "orthogonal": nn.init.orthogonal_,
}


def build_designed(context: Context) -> ImageClassifier:
    """The recipe's builder.

    Raises
    ------
    WorkbenchError
        If what the training carries is no network.
    """
    try:
        design = design_from_text(str(context.settings.get(LAYERS_SETTING, "")))
        side = int(design.settings()["side"])
        network = DesignedNetwork(design, max(1, len(context.classes)), context.facts.grey)
    except (ValueError, UsageError) as error:
        raise WorkbenchError(f"its network cannot be built: {error}") from error
    stored = side if side <= _UNCUT else round(side / CROP)
    return ImageClassifier(network, context, side, stored, pretrained=False)
