"""The layers of a network: their settings, the shapes they give, their weights and their work.

A shape is (channels, height, width) of a map, or (numbers,) of a list. Work is counted in
multiply-adds of convolutions and dense layers for one image; what the others do is little.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from workbench.core.errors import UsageError
from workbench.core.schema import Field, Schema, Value

Shape = tuple[int, ...]
Settings = Mapping[str, Value]

LARGEST_MAP = 50_000_000
"""Numbers that a layer may give for one image: 200 MB."""
MOST_WEIGHTS = 500_000_000
"""Weights that a layer, and a whole network, may have: 2 GB."""

INITIALISERS = (
    ("he", "He (for ReLU and its kin)"), ("glorot", "Glorot (for tanh and sigmoid)"),
    ("lecun", "LeCun (for SELU)"), ("normal", "Normal, deviation 0.05"),
    ("uniform", "Uniform, −0.05 to 0.05"), ("orthogonal", "Orthogonal"), ("zeros", "Zeros"),
)
FUNCTIONS = (
    ("relu", "ReLU"), ("leaky", "Leaky ReLU"), ("prelu", "PReLU"), ("elu", "ELU"),
    ("selu", "SELU"), ("gelu", "GELU"), ("sigmoid", "Sigmoid"), ("tanh", "tanh"),
    ("maxout", "Maxout"),
)
_SIMPLE = tuple(pair for pair in FUNCTIONS if pair[0] not in ("prelu", "maxout"))


class Unfit(Exception):
    """A layer cannot follow what is before it; its text is a sentence without a full stop."""


class Measure(NamedTuple):
    """What a layer gives, how many weights it has, and its multiply-adds for one image."""

    shape: Shape
    parameters: int = 0
    work: int = 0


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer as it was written: values that are not known are kept."""

    kind: str
    """Id of a :class:`LayerKind`; another one is told where the network is measured."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """What differs from the kind's defaults, or all."""


@dataclass(frozen=True, slots=True)
class LayerKind:
    """A kind of layer."""

    id: str
    title: str
    help: str
    """Its name in files, for people, and what it does in a sentence."""
    settings: Schema
    """What can be set."""
    measure: Callable[[Settings, Shape], Measure]
    """From settings and the shape before it; raises :class:`Unfit`."""
    words: Callable[[Settings], str]
    """The settings in a few words ("3 × 3, 64")."""
    only: Mapping[str, tuple[str, frozenset[str]]] = field(default_factory=dict)
    """For a setting that has a meaning with some values of another one only: that one's name and
    the values."""

    def checked(self, layer: Layer) -> dict[str, Value]:
        """All settings of a layer of this kind; raises :class:`UsageError` where one does not
        fit. What this version does not know is left out."""
        known = {name: value for name, value in layer.values.items() if name in self.settings}
        return self.settings.validate(known)

    def shown(self, settings: Settings) -> list[Field]:
        """The settings that have a meaning beside the others."""
        return [item for item in self.settings if item.name not in self.only
                or settings[self.only[item.name][0]] in self.only[item.name][1]]


def map_of(shape: Shape) -> tuple[int, int, int]:
    """The shape as one of a map."""
    if len(shape) != 3:
        raise Unfit("it needs a map, and a list of numbers comes in: put it before Flatten and "
                    "Global pooling")
    return shape[0], shape[1], shape[2]


# --- what each kind does --------------------------------------------------------------------------


def _side(side: int, kernel: int, stride: int, padding: object) -> int:
    """Side of what a window that moves over a map gives; "same" padding adds kernel − 1."""
    room = side - 1 if padding == "same" else side - kernel
    if room < 0:
        raise Unfit(f"its window of {kernel} × {kernel} does not fit into a map {side} px wide or "
                    "high")
    return room // stride + 1


def _convolution(own: Settings, shape: Shape) -> Measure:
    channels, height, width = map_of(shape)
    out, kernel, groups = int(own["channels"]), int(own["kernel"]), int(own["groups"])
    if channels % groups or out % groups:
        raise Unfit(f"{groups} groups divide neither {channels} channels that come in nor {out} "
                    "that go out" if channels % groups and out % groups else
                    f"{groups} groups do not divide the "
                    + (f"{channels} channels that come in" if channels % groups else
                       f"{out} channels that go out"))
    high, wide = (_side(side, kernel, int(own["stride"]), own["padding"])
                  for side in (height, width))
    weights = out * (channels // groups) * kernel**2
    return Measure((out, high, wide), weights + out * bool(own["bias"]), weights * high * wide)


def _pooling(own: Settings, shape: Shape) -> Measure:
    channels, height, width = map_of(shape)
    size = int(own["size"])
    stride = int(own["stride"]) or size
    return Measure((channels, _side(height, size, stride, "none"),
                    _side(width, size, stride, "none")))


def _normalisation(own: Settings, shape: Shape) -> Measure:
    over = str(own["over"])
    if over in ("group", "instance"):
        map_of(shape)
    groups = {"layer": 1, "group": int(own["groups"]), "instance": shape[0]}.get(over)
    if groups is not None and shape[0] % groups:
        raise Unfit(f"{groups} groups do not divide the {shape[0]} channels that come in")
    if groups is not None and math.prod(shape) == groups:
        raise Unfit("each part has a single number here, of which nothing would be left")
    return Measure(shape, 2 * shape[0])


def _activation(own: Settings, shape: Shape) -> Measure:
    if own["function"] != "maxout":
        return Measure(shape, shape[0] if own["function"] == "prelu" else 0)
    pieces = int(own["pieces"])
    if shape[0] % pieces:
        raise Unfit(f"Maxout keeps the largest of {pieces}, and {shape[0]} channels that come in "
                    "cannot be divided by that")
    return Measure((shape[0] // pieces, *shape[1:]))


def _dense(own: Settings, shape: Shape) -> Measure:
    if len(shape) != 1:
        raise Unfit("it needs a list of numbers, and a map comes in: put Flatten or Global pooling "
                    "before it")
    weights = shape[0] * int(own["units"])
    return Measure((int(own["units"]),), weights + int(own["units"]) * bool(own["bias"]), weights)


def _global(own: Settings, shape: Shape) -> Measure:
    return Measure(map_of(shape)[:1])


def _flatten(own: Settings, shape: Shape) -> Measure:
    return Measure((math.prod(map_of(shape)),))


def _residual(own: Settings, shape: Shape) -> Measure:
    """Two convolutions with batch norms, and a way around them: a convolution of 1 × 1 with a
    batch norm where the shape changes."""
    channels, height, width = map_of(shape)
    out, kernel, stride = int(own["channels"]), int(own["kernel"]), int(own["stride"])
    high, wide = _side(height, kernel, stride, "same"), _side(width, kernel, stride, "same")
    weights = out * kernel**2 * (channels + out)
    norms = 4 * out
    if changes_shape(own, channels):
        weights, norms = weights + out * channels, norms + 2 * out
    return Measure((out, high, wide), weights + norms, weights * high * wide)


def changes_shape(own: Settings, channels: int) -> bool:
    """Whether a residual block that ``channels`` come into gives another shape."""
    return int(own["channels"]) != channels or int(own["stride"]) != 1


def _plain(own: Settings, shape: Shape) -> Measure:
    return Measure(shape)


# --- the kinds ------------------------------------------------------------------------------------


def _whole(name: str, default: int, label: str, help: str, most: int, least: int = 1,
           advanced: bool = False, zero: str = "") -> Field:
    return Field(name, "int", default, label, help, minimum=least, maximum=most,
                 advanced=advanced, zero=zero)


_CHANNELS = _whole("channels", 32, "Channels", "How many maps it gives: more see more, and cost "
                   "more.", 4096)
_KERNEL = _whole("kernel", 3, "Window", "Side of the square that each number is computed from, in "
                 "pixels of the map.", 31)
_STRIDE = _whole("stride", 1, "Step", "How far the window moves each time: 2 halves the map.", 16)
_BIAS = Field("bias", "bool", True, "Bias", "Adds a learned number to each channel; a batch norm "
              "behind it makes that needless.", advanced=True)
_BEGINS = Field("initialiser", "choice", "network", "Begins with", "How its weights are drawn "
                "before the first step.", advanced=True,
                choices=(("network", "As the network"), *INITIALISERS))
_SLOPE = Field("slope", "float", 0.01, "Slope", "What negative numbers are multiplied by.",
               minimum=0, maximum=1)
_LEAKY = {"slope": ("function", frozenset({"leaky"}))}


def _title(own: Settings, setting: str, among: tuple[tuple[str, str], ...]) -> str:
    return dict(among)[str(own[setting])]


def _window(own: Settings) -> str:
    step = f", step {own['stride']}" if own["stride"] != 1 else ""
    return f"{own['kernel']} × {own['kernel']}, {own['channels']}{step}"


_NORMS = (("batch", "Batch"), ("layer", "Layer"), ("group", "Groups of channels"),
          ("instance", "Instance"))
_POOLS = (("max", "Largest"), ("average", "Average"))

KINDS: Mapping[str, LayerKind] = {kind.id: kind for kind in (
    LayerKind(
        "convolution", "Convolution", "Looks for small patterns everywhere in the map.",
        Schema(_CHANNELS, _KERNEL, _STRIDE,
               Field("padding", "choice", "same", "Border", "With zeros around it a map keeps its "
                     "size; without them it loses what the window overlaps.",
                     choices=(("same", "Zeros: keeps the size"), ("none", "None"))),
               _whole("groups", 1, "Groups", "Channels are divided into so many parts that do not "
                      "see each other.", 4096, advanced=True), _BIAS, _BEGINS),
        _convolution, _window),
    LayerKind(
        "pooling", "Pooling", "Makes the map smaller: one number of each window is kept.",
        Schema(Field("how", "choice", "max", "Keeps", "The largest number, or the mean.",
                     choices=_POOLS),
               _whole("size", 2, "Window", "Side of the square in pixels of the map.", 64),
               _whole("stride", 0, "Step", "How far the window moves each time.", 64, 0,
                      zero="as the window")),
        _pooling, lambda own: f"{_title(own, 'how', _POOLS).lower()} of {own['size']} × "
                              f"{own['size']}"),
    LayerKind(
        "normalisation", "Normalisation", "Brings numbers to one scale, so that it learns quicker.",
        Schema(Field("over", "choice", "batch", "Over", "What mean and deviation are taken of: "
                     "each channel of all images of a step, or each image for itself.",
                     choices=_NORMS),
               _whole("groups", 8, "Groups", "Parts that the channels are divided into.", 512)),
        _normalisation, lambda own: _title(own, "over", _NORMS).lower(),
        {"groups": ("over", frozenset({"group"}))}),
    LayerKind(
        "activation", "Activation", "Bends what comes in: without one, layers in a row are no more "
        "than one layer.",
        Schema(Field("function", "choice", "relu", "Function", "ReLU suits nearly everything; "
                     "PReLU learns its slope; Maxout keeps the largest of several channels.",
                     choices=FUNCTIONS),
               _SLOPE, _whole("pieces", 2, "Channels to one", "The largest of so many channels is "
                              "kept.", 16, 2)),
        _activation, lambda own: _title(own, "function", FUNCTIONS),
        {**_LEAKY, "pieces": ("function", frozenset({"maxout"}))}),
    LayerKind(
        "dropout", "Dropout", "Hides a part of the numbers in training, so that it does not learn "
        "images by heart.",
        Schema(Field("share", "float", 0.3, "Share", "How much is hidden.", minimum=0,
                     maximum=0.95)),
        _plain, lambda own: f"{float(own['share']):.0%}"),
    LayerKind(
        "residual", "Residual block", "Two convolutions with batch norms, added to what came in.",
        Schema(_CHANNELS, _KERNEL, _STRIDE,
               Field("function", "choice", "relu", "Activation", "The function between and behind "
                     "the convolutions.", choices=_SIMPLE), _SLOPE, _BEGINS),
        _residual, _window, _LEAKY),
    LayerKind(
        "global-pooling", "Global pooling", "One number of each channel, wherever something was "
        "seen.",
        Schema(Field("how", "choice", "average", "Keeps", "The mean of the map, or its largest "
                     "number.", choices=_POOLS)),
        _global, lambda own: _title(own, "how", _POOLS).lower()),
    LayerKind("flatten", "Flatten", "Writes all numbers of the map into one list.", Schema(),
              _flatten, lambda own: ""),
    LayerKind(
        "dense", "Dense", "Each number it gives sees all that come in.",
        Schema(_whole("units", 128, "Numbers", "How many numbers it gives.", 65_536), _BIAS,
               _BEGINS),
        _dense, lambda own: f"{own['units']}"),
)}
"""All kinds by id, in the order in which they are offered."""


def measured(layer: Layer, shape: Shape) -> Measure:
    """What a layer gives behind ``shape``.

    Raises
    ------
    Unfit
        If it cannot follow it, or one of its values does not fit.
    """
    kind = KINDS.get(layer.kind)
    if kind is None:
        raise Unfit(f"this version has no layer “{layer.kind}”")
    try:
        own = kind.checked(layer)
    except UsageError as error:
        raise Unfit(error.message) from None
    found = kind.measure(own, shape)
    if math.prod(found.shape) > LARGEST_MAP:
        raise Unfit(f"it gives {math.prod(found.shape):,} numbers, more than memory has room for")
    if found.parameters > MOST_WEIGHTS:
        raise Unfit(f"it has {found.parameters:,} weights; {MOST_WEIGHTS:,} are the most")
    return found
