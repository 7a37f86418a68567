"""Formats that a trained model can be written in for other programs. Imports no torch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workbench.extension.registry import Registry

if TYPE_CHECKING:
    from torch import Tensor, nn

__all__ = ["Difference", "ExportFormat", "Exportable", "Graph", "export_formats"]


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """One format for models.

    Parameters
    ----------
    id
        Stable name for the command line ("onnx").
    title
        A few words for a file dialog.
    suffix
        Of its files, with the dot.
    write
        ``"package.module:function"``, imported in the engine only: called with a :class:`Graph`
        and a mapping from names to plain data that travels along, it returns the bytes of the file.
    open
        ``"package.module:function"``: called with those bytes, it returns a function from one
        input array to the list of the graph's outputs; the exported file is checked with it.
    tasks
        Ids of the tasks whose models it takes; empty for all.
    """

    id: str
    title: str
    suffix: str
    write: str
    open: str
    tasks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Graph:
    """A module with the names and shapes that a file tells of it.

    Parameters
    ----------
    module
        On the CPU, in evaluation mode, with one input; ``torch.jit.trace`` can follow it.
    example
        An input that it can be traced with.
    input
        Name of the input.
    outputs
        Names of the outputs in their order.
    free_axes
        For each name, the axes whose length may differ, by number, with their names.
    size_step
        Pixels that height and width of an image are whole multiples of.
    """

    module: nn.Module
    example: Tensor
    input: str
    outputs: tuple[str, ...]
    free_axes: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    size_step: int = 0


@dataclass(frozen=True, slots=True)
class Difference:
    """How far apart two answers are at most: edges of boxes in pixels, and scores."""

    pixels: float = 0.0
    score: float = 0.0

    def worst(self, other: Difference) -> Difference:
        return Difference(max(self.pixels, other.pixels), max(self.score, other.score))


OpenedFile = Callable[[Any], list[Any]]
"""An exported file that runs: from one input array to the outputs."""


@dataclass(frozen=True, slots=True)
class Exportable:
    """A trained model as it is written for other programs, and how it is checked.

    Parameters
    ----------
    graph
        What is written.
    metadata
        What a reader needs besides the common facts (classes, run, recipe, licence).
    compare
        Called with the exported file, opened: yields the name of each thing that was looked at,
        and the difference. The first is always the same made-up input.
    total
        How many things that are, about.
    noun, first
        What they are, and the made-up one ("image", "a blank image").
    boxes
        Whether differences of boxes are worth telling.
    """

    graph: Graph
    metadata: Mapping[str, Any]
    compare: Callable[[OpenedFile, Callable[[], None]], Iterator[tuple[str, Difference]]]
    total: int
    noun: str = "sample"
    first: str = "a made-up one"
    boxes: bool = False


export_formats: Registry[ExportFormat] = Registry("format for models")
"""All formats, the usual one first."""

export_formats.register(ExportFormat(
    id="onnx", title="ONNX model", suffix=".onnx",
    write="workbench.engine.export.onnx_format:write",
    open="workbench.engine.export.onnx_format:open_session",
))
