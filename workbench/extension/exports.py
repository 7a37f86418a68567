"""Formats that a trained model can be written in for other programs. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.extension.registry import Registry

__all__ = ["ExportFormat", "export_formats"]


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
    tasks
        Ids of the tasks whose models it takes.
    write
        ``"package.module:function"``, imported in the engine only: called with a
        :class:`workbench.engine.export.graphs.Graph` and a mapping from names to plain data that
        travels along, it returns the bytes of the file.
    open
        ``"package.module:function"``: called with those bytes, it returns a function from one
        input array to the list of the graph's outputs; the exported file is checked with it.
    """

    id: str
    title: str
    suffix: str
    tasks: tuple[str, ...]
    write: str
    open: str


export_formats: Registry[ExportFormat] = Registry("format for models")
"""All formats, the usual one first."""

export_formats.register(ExportFormat(
    id="onnx", title="ONNX model", suffix=".onnx", tasks=("detection", "audio-classification"),
    write="workbench.engine.export.onnx_format:write",
    open="workbench.engine.export.onnx_format:open_session",
))
