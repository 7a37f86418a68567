"""Formats of labels that an import reads and an export writes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.errors import Problem
from workbench.core.shapes import Box
from workbench.extension.registry import Registry

__all__ = ["AnnotatedSample", "Annotation", "AnnotationFormat", "Box", "LabeledObject", "Problem",
           "annotation_formats"]

_HERE = "workbench.project.imports.formats"


@dataclass(frozen=True, slots=True)
class AnnotatedSample:
    """An image (or sound) and what is said about it; None where nothing is."""

    path: Path
    annotation: Annotation | None


@dataclass(frozen=True, slots=True)
class AnnotationFormat:
    """One format of labels, of a whole folder.

    Parameters
    ----------
    id, title
        Stable name for the command line ("voc"), and words for lists.
    medium
        "images" or "sounds".
    sniff
        ``"package.module:function"``: from a folder to whether it holds labels of this format, by
        a few quick looks.
    read
        ``"package.module:function"``: from a folder to an iterator of :class:`AnnotatedSample`,
        and of ``Problem`` for what cannot be read; "" where it cannot be read like this.
    write
        ``"package.module:function"``: called with a folder and an iterable of
        :class:`AnnotatedSample`, it writes both samples and labels; "" where that is not possible.
    native
        Whether projects themselves are kept in it: an import copies its files as they are.
    """

    id: str
    title: str
    medium: str
    sniff: str
    read: str = ""
    write: str = ""
    native: bool = False


annotation_formats: Registry[AnnotationFormat] = Registry("format")
"""All formats, the program's own first."""

annotation_formats.register(AnnotationFormat(
    "voc", "Pascal VOC", "images", f"{_HERE}:sniff_voc", f"{_HERE}:read_voc_folder",
    f"{_HERE}:write_voc_folder", native=True))
annotation_formats.register(AnnotationFormat(
    "sounds", "Sounds with tables, folders or names", "sounds", f"{_HERE}:sniff_sounds",
    native=True))
