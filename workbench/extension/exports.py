"""Formats that a trained model can be written in for other programs. Imports no torch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workbench.extension.registry import Registry

if TYPE_CHECKING:
    from torch import Tensor, nn

__all__ = ["Difference", "ExportFormat", "Exportable", "Graph", "export_formats"]


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """One format for models."""

    id: str
    """Stable name for the command line ("onnx")."""
    title: str
    """A few words for a file dialog."""
    suffix: str
    """Of its files, with the dot."""
    write: str
    """``"package.module:function"``, imported in the engine only: called with a :class:`Graph` and
    a mapping from names to plain data that travels along, it returns the bytes of the file."""
    open: str
    """``"package.module:function"``: called with those bytes, it returns a function from one input
    array to the list of the graph's outputs; the exported file is checked with it."""
    tasks: tuple[str, ...] = ()
    """Ids of the tasks whose models it takes; empty for all."""


@dataclass(frozen=True, slots=True)
class Graph:
    """A module with the names and shapes that a file tells of it."""

    module: nn.Module
    """On the CPU, in evaluation mode, with one input; ``torch.jit.trace`` can follow it."""
    example: Tensor
    """An input that it can be traced with."""
    input: str
    """Name of the input."""
    outputs: tuple[str, ...]
    """Names of the outputs in their order."""
    free_axes: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    """For each name, the axes whose length may differ, by number, with their names."""
    size_step: int = 0
    """Pixels that height and width of an image are whole multiples of."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How far apart two answers are at most: edges of boxes in pixels (of calls, in steps of the
    picture of sound), and scores."""

    pixels: float = 0.0
    score: float = 0.0

    def worst(self, other: Difference) -> Difference:
        return Difference(max(self.pixels, other.pixels), max(self.score, other.score))


OpenedFile = Callable[[Any], list[Any]]
"""An exported file that runs: from one input array to the outputs."""


@dataclass(frozen=True, slots=True)
class Exportable:
    """A trained model as it is written for other programs, and how it is checked."""

    graph: Graph
    """What is written."""
    metadata: Mapping[str, Any]
    """What a reader needs besides the common facts (classes, run, recipe, licence)."""
    compare: Callable[[OpenedFile, Callable[[], None]], Iterator[tuple[str, Difference]]]
    """Called with the exported file, opened: yields the name of each thing that was looked at, and
    the difference. The first is always the same made-up input."""
    total: int
    """How many things that are, about."""
    noun: str = "sample"
    first: str = "a made-up one"
    """What they are, and the made-up one ("image", "a blank image")."""
    boxes: bool = False
    """Whether differences of boxes are worth telling."""
    edges: str = "px"
    """What differences of boxes are counted in, as a person reads it after a number."""
    left_out: Sequence[str] = ()
    """What the model finds here and not in the file, in words ("outlines")."""


export_formats: Registry[ExportFormat] = Registry("format for models")
"""All formats, the usual one first."""

export_formats.register(ExportFormat(
    id="onnx", title="ONNX model", suffix=".onnx",
    write="workbench.engine.export.onnx_format:write",
    open="workbench.engine.export.onnx_format:open_session",
))
