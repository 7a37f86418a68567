"""A network that somebody designed, as plain data, and what can be said of it without building."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from workbench.core.errors import UsageError
from workbench.core.plain import parse_json
from workbench.core.schema import Field, Schema, Value
from workbench.project.networks.layers import (
    INITIALISERS,
    KINDS,
    MOST_WEIGHTS,
    Layer,
    Measure,
    Settings,
    Shape,
    Unfit,
    measured,
)

SETTINGS = Schema(
    Field("side", "int", 64, "Image side", "The middle square of each image is brought to so many "
          "pixels; small images are quick, and small things are lost in them.", unit="px",
          minimum=8, maximum=512),
    Field("colour", "choice", "auto", "Colour", "Without colour it sees how bright each pixel is.",
          choices=(("auto", "Where the images have it"), ("yes", "Yes"), ("no", "No"))),
    Field("initialiser", "choice", "he", "Weights begin with", "How weights are drawn before the "
          "first step, where a layer says nothing else.", choices=INITIALISERS),
)
"""What a network of images has besides its layers."""
LAYERS_SETTING = "layers"
"""Where a model of a designed network carries it."""
_SOUND = (64, 101)  # mel bands and frames of a second, for measuring before sounds are known


@dataclass(frozen=True, slots=True)
class InputKind:
    """What comes into networks of a task."""

    title: str
    """What it is called, in the first row of the list."""
    settings: Schema
    """What a network has besides its layers."""
    shape: Callable[[Settings, bool], Shape]
    """From these settings, and whether images have no colour, to what comes in."""
    help: str = ""
    """A sentence about it; "" where the settings say all."""


def _image_shape(own: Settings, grey: bool) -> Shape:
    colour, side = own["colour"], int(own["side"])
    return (1 if colour == "no" or (colour == "auto" and grey) else 3, side, side)


IMAGES = InputKind("Image", SETTINGS, _image_shape)
SOUNDS = InputKind("Sound", Schema(SETTINGS["initialiser"]), lambda own, grey: (1, *_SOUND),
                   "Measured for a second of sound: mel bands high, moments wide. How many there "
                   "are comes from the sounds that it learns from.")
"""Pictures of sounds: one channel, mel bands or coefficients high and frames wide. How many there
are is decided by the sounds that are learned from."""
MOST_LAYERS = 500
_BYTES_A_WEIGHT = 20
"""What a training keeps of a weight: itself, its gradient, two of the optimiser and the average."""
_BYTES_A_NUMBER = 8
"""What it keeps of a number that a layer gives: itself and its gradient."""
_FEWEST = 4  # images in a step
_OWN = ("title", "layers")


@dataclass(frozen=True, slots=True)
class Design:
    """A network: its layers from the image to what the classes are told from.

    The layer for the classes is not one of them: it follows by itself, dense, with as many numbers
    as there are classes.
    """

    title: str
    """What people call it."""
    layers: tuple[Layer, ...] = ()
    """In their order."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """Those of its settings that were set, and what else stood in its file."""
    kind: InputKind = IMAGES
    """What comes in."""

    def settings(self) -> dict[str, Value]:
        """All settings; raises :class:`UsageError` where a value does not fit."""
        known = self.kind.settings
        return known.validate({name: value for name, value in self.values.items() if name in known})

    def of_kind(self, kind: InputKind) -> Design:
        """The same layers for another input."""
        known = {name: value for name, value in self.values.items() if name in kind.settings}
        return self if kind is self.kind else replace(self, values=known, kind=kind)

    def with_layers(self, layers: Sequence[Layer]) -> Design:
        return replace(self, layers=tuple(layers))

    def to_plain(self) -> dict[str, Any]:
        """As it is written into a file."""
        layers = [{"kind": layer.kind, **layer.values} for layer in self.layers]
        return {"title": self.title, **self.values, "layers": layers}

    def to_text(self) -> str:
        """As a model carries it: every setting in full, so that it is built alike for ever.

        Raises
        ------
        UsageError
            If a layer cannot be where it is; the sentence names it.
        """
        problem = report_of(self).first_problem()
        if problem:
            raise UsageError(problem)
        layers = [{"kind": layer.kind, **KINDS[layer.kind].checked(layer)} for layer in self.layers]
        return json.dumps({"title": self.title, **self.settings(), "layers": layers},
                          ensure_ascii=False)


def design_from(data: Mapping[str, Any], title: str = "", kind: InputKind = IMAGES) -> Design:
    """Read what :meth:`Design.to_plain` made; what it does not know is kept.

    Raises
    ------
    ValueError
        If it has no list of layers.
    """
    rows = data.get("layers")
    if not isinstance(rows, list) or not all(
            isinstance(row, Mapping) and isinstance(row.get("kind"), str) for row in rows):
        raise ValueError("it has no list “layers” in which each has a “kind”")
    if len(rows) > MOST_LAYERS:
        raise ValueError(f"it has {len(rows)} layers; {MOST_LAYERS} are the most")
    layers = tuple(Layer(row["kind"], {name: value for name, value in row.items()
                                       if name != "kind"}) for row in rows)
    return Design(str(data.get("title") or title), layers,
                  {name: value for name, value in data.items() if name not in _OWN}, kind)


def design_from_text(text: str, kind: InputKind = IMAGES) -> Design:
    """The network that a model carries; raises ``ValueError`` for anything else."""
    data = parse_json(text)
    if not isinstance(data, Mapping):
        raise ValueError("it is no network")
    return design_from(data, kind=kind)


# --- what is said of it ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlacedLayer:
    """A layer in its place: what it gives, or a sentence about why it cannot be there.

    Both are None and "" where something before it cannot be. ``title`` and ``words`` say what it
    is.
    """

    title: str
    words: str
    measure: Measure | None = None
    problem: str = ""

    @property
    def shape(self) -> Shape | None:
        return self.measure.shape if self.measure is not None else None


@dataclass(frozen=True, slots=True)
class Report:
    """All that can be said of a network: what comes in, each layer, and the classes."""

    input: Shape | None
    layers: tuple[PlacedLayer, ...]
    classes: PlacedLayer
    problem: str = ""

    @property
    def parameters(self) -> int:
        return sum(step.measure.parameters for step in self.steps if step.measure is not None)

    @property
    def work(self) -> int:
        """Multiply-adds for one image."""
        return sum(step.measure.work for step in self.steps if step.measure is not None)

    @property
    def steps(self) -> tuple[PlacedLayer, ...]:
        return (*self.layers, self.classes)

    @property
    def bytes_an_image(self) -> int:
        """What a training step keeps of an image, about."""
        return _BYTES_A_NUMBER * sum(math.prod(step.shape) for step in self.steps if step.shape)

    def first_problem(self) -> str:
        """A sentence that names the layer, or ""."""
        if self.problem:
            return self.problem
        for number, step in enumerate(self.steps, 1):
            if step.problem:
                which = "The layer for the classes" if step is self.classes else (
                    f"Layer {number} ({step.title})")
                return f"{which}: {step.problem}"
        return ""


def report_of(design: Design, classes: int = 2, memory: int = 0,
              shape: Shape | None = None) -> Report:
    """Measure a network for so many classes; with ``memory`` (bytes), a layer with which it could
    not be trained in that is a problem, too.
    ``shape`` is what comes in, where that is known."""
    problem = ""
    try:
        shape = shape or input_shape(design)
    except UsageError as error:
        problem = error.message
    first, room, steps = shape, _Room(memory), []
    for layer in design.layers:
        step = room.taken_by(_step(layer, shape))
        steps.append(step)
        shape = step.shape
    return Report(first, tuple(steps), room.taken_by(_classes(shape, classes)), problem)


class _Room:
    """What all layers so far take together, in a machine with so many bytes (0: not known)."""

    def __init__(self, memory: int) -> None:
        self._memory = memory
        self._weights = self._numbers = 0

    def taken_by(self, step: PlacedLayer) -> PlacedLayer:
        """The step, or with a problem the first one with which it is too much."""
        if step.measure is None:
            return step
        self._weights += step.measure.parameters
        self._numbers += math.prod(step.measure.shape)
        needed = self._weights * _BYTES_A_WEIGHT + self._numbers * _BYTES_A_NUMBER * _FEWEST
        problem = ""
        if self._weights > MOST_WEIGHTS:
            problem = (f"with it the network has {self._weights:,} weights; {MOST_WEIGHTS:,} are "
                       "the most")
        elif self._memory and needed > self._memory:
            problem = (f"with it a training needs about {needed / 1e9:.1f} GB of memory, and this "
                       f"machine has {self._memory / 1e9:.1f} GB")
        return replace(step, measure=None, problem=problem) if problem else step


def input_shape(design: Design, grey: bool = False) -> Shape:
    """What comes into a network; raises :class:`UsageError` where its settings do not fit."""
    return design.kind.shape(design.settings(), grey)


def title_of(layer: Layer) -> tuple[str, str]:
    """What a layer is called, and its settings in a few words."""
    kind = KINDS.get(layer.kind)
    if kind is None:
        return layer.kind, ""
    try:
        return kind.title, kind.words(kind.checked(layer))
    except UsageError:
        return kind.title, ""


def _step(layer: Layer, shape: Shape | None) -> PlacedLayer:
    title, words = title_of(layer)
    if shape is None:
        return PlacedLayer(title, words)
    try:
        return PlacedLayer(title, words, measured(layer, shape))
    except Unfit as error:
        return PlacedLayer(title, words, problem=str(error))


def _classes(shape: Shape | None, classes: int) -> PlacedLayer:
    step = _step(Layer("dense", {"units": max(1, classes)}), shape)
    return replace(step, title="Classes", words=f"dense, {classes}")
