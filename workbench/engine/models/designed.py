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
from workbench.engine.training.batch_size import fitting_batch
from workbench.extension.recipe import Recipe
from workbench.project.networks.files import machine_memory
from workbench.project.networks.layers import KINDS, Settings, Shape, changes_shape, measured
from workbench.project.networks.network import (
    LAYERS_SETTING,
    Design,
    InputKind,
    design_from_text,
    report_of,
)

_SPREAD = 0.05  # of weights that are drawn without regard to what comes in


class DesignedNetwork(nn.Module):
    """The layers of a design, and a dense one for the classes; from maps float (B, C, H, W) to
    logits.

    Parameters
    ----------
    shape
        (C, H, W) of what comes in.

    Raises
    ------
    UsageError
        If a layer cannot be where it is.
    """

    def __init__(self, design: Design, classes: int, shape: Shape) -> None:
        super().__init__()
        problem = report_of(design, classes, shape=shape).first_problem()
        if problem:
            raise UsageError(problem)
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

    def maps(self, inputs: Tensor) -> Tensor:
        """Inputs as the first layer takes them."""
        return inputs

    def forward(self, inputs: Tensor) -> Tensor:
        logits: Tensor = self.classifier(self.body(self.maps(inputs)))
        return logits


def carried_design(settings: Mapping[str, Value], kind: InputKind) -> Design:
    """The network that the settings of a training carry.

    Raises
    ------
    WorkbenchError
        If it is none.
    """
    try:
        return design_from_text(str(settings.get(LAYERS_SETTING, "")), kind)
    except ValueError as error:
        raise WorkbenchError(f"its network cannot be built: {error}") from error


def fitting_memory(recipe: Recipe, wanted: int, device: torch.device, kind: InputKind) -> int:
    """``wanted`` samples in a step, or as many as a designed network has memory for."""
    layers = str(recipe.fixed.get(LAYERS_SETTING, ""))
    if not layers or device.type == "cuda":
        return wanted
    each = report_of(design_from_text(layers, kind)).bytes_an_image
    return fitting_batch(wanted, each, machine_memory())


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
