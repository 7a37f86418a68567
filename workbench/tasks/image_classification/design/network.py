"""A network that somebody designed, as plain data, and what can be said of it without building."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from workbench.core.errors import UsageError
from workbench.core.plain import parse_json
from workbench.core.schema import Field, Schema, Value
from workbench.tasks.image_classification.design.layers import (
    INITIALISERS,
    KINDS,
    Layer,
    Measure,
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
"""What a network has besides its layers."""
MOST_LAYERS = 500
_OWN = ("title", "layers")


@dataclass(frozen=True, slots=True)
class Design:
    """A network: its layers from the image to what the classes are told from.

    The layer for the classes is not one of them: it follows by itself, dense, with as many numbers
    as there are classes.

    Parameters
    ----------
    title
        What people call it.
    layers
        In their order.
    values
        Those of :data:`SETTINGS` that were set, and what else stood in its file.
    """

    title: str
    layers: tuple[Layer, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)

    def settings(self) -> dict[str, Value]:
        """All of :data:`SETTINGS`; raises :class:`UsageError` where a value does not fit."""
        return SETTINGS.validate({name: value for name, value in self.values.items()
                                  if name in SETTINGS})

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


def design_from(data: Mapping[str, Any], title: str = "") -> Design:
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
                  {name: value for name, value in data.items() if name not in _OWN})


def design_from_text(text: str) -> Design:
    """The network that a model carries; raises ``ValueError`` for anything else."""
    data = parse_json(text)
    if not isinstance(data, Mapping):
        raise ValueError("it is no network")
    return design_from(data)


# --- what is said of it ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
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
    layers: tuple[Step, ...]
    classes: Step
    problem: str = ""

    @property
    def parameters(self) -> int:
        return sum(step.measure.parameters for step in self.steps if step.measure is not None)

    @property
    def work(self) -> int:
        """Multiply-adds for one image."""
        return sum(step.measure.work for step in self.steps if step.measure is not None)

    @property
    def steps(self) -> tuple[Step, ...]:
        return (*self.layers, self.classes)

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


def report_of(design: Design, classes: int = 2, grey: bool = False) -> Report:
    """Measure a network for so many classes, and for ``grey`` images where it has not said."""
    problem, shape = "", None
    try:
        shape = input_shape(design, grey)
    except UsageError as error:
        problem = error.message
    first, steps = shape, []
    for layer in design.layers:
        step = _step(layer, shape)
        steps.append(step)
        shape = step.shape
    return Report(first, tuple(steps), _classes(shape, classes), problem)


def input_shape(design: Design, grey: bool = False) -> Shape:
    """What comes into a network; raises :class:`UsageError` where its settings do not fit."""
    own = design.settings()
    colour = own["colour"]
    side = int(own["side"])
    return (1 if colour == "no" or (colour == "auto" and grey) else 3, side, side)


def title_of(layer: Layer) -> tuple[str, str]:
    """What a layer is called, and its settings in a few words."""
    kind = KINDS.get(layer.kind)
    if kind is None:
        return layer.kind, ""
    try:
        return kind.title, kind.words(kind.checked(layer))
    except UsageError:
        return kind.title, ""


def _step(layer: Layer, shape: Shape | None) -> Step:
    title, words = title_of(layer)
    if shape is None:
        return Step(title, words)
    try:
        return Step(title, words, measured(layer, shape))
    except Unfit as error:
        return Step(title, words, problem=str(error))


def _classes(shape: Shape | None, classes: int) -> Step:
    step = _step(Layer("dense", {"units": max(1, classes)}), shape)
    return replace(step, title="Classes", words=f"dense, {classes}")
