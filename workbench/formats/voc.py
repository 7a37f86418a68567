"""Pascal VOC annotations: one XML file for each image, read and written without loss.

A file is read into an :class:`~workbench.core.annotation.Annotation` and stays in memory as it
was. Writing patches the changed values in it; everything else, known or unknown, keeps its bytes.

Format: ``<annotation>`` with ``size`` and any number of ``object``, each with ``name``, ``bndbox``
(xmin, ymin, xmax, ymax) and usually ``pose``, ``truncated``, ``difficult``.
Sources: the development kit of the PASCAL VOC challenge 2012, and what labelImg 1.8.6 writes.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from workbench.core.annotation import NO_ATTRIBUTES, Annotation
from workbench.core.errors import FormatError, Problem
from workbench.formats.regular_file import read_file
from workbench.formats.voc_outlines import read_attributes
from workbench.formats.voc_read import VocReader
from workbench.formats.voc_scan import VocLayout, scan
from workbench.formats.xml_text import KEPT, Lines, XmlText, check_xml, decode_xml

_YES = frozenset({"1", "yes", "true"})


class VocConvention(StrEnum):
    """What the numbers in the files of a project mean."""

    AS_IS = "as-is"
    """The disk holds what is used inside: 0-based, half-open (labelImg and most others)."""
    ONE_BASED = "voc-1-based"
    """The challenge's own: the first pixel is 1, and the last pixel belongs to the box."""


def _shift(convention: VocConvention) -> float:
    """What the smaller coordinates on the disk are ahead of those inside: all code asks here."""
    return 1.0 if convention is VocConvention.ONE_BASED else 0.0


@dataclass(frozen=True, slots=True)
class VocDocument:
    """A file as it was read."""

    data: bytes
    """Exactly the bytes of the file."""
    annotation: Annotation
    """What they say; each object's ``source`` is the position of its ``<object>`` in the file."""
    problems: tuple[Problem, ...]
    """What a person should know: boxes without area, outside the image, with fractions, swapped or
    rotated, flags that say nothing. The values are kept as they are."""
    convention: VocConvention = VocConvention.AS_IS
    _source: XmlText | None = field(default=None, repr=False, compare=False)
    _layout: VocLayout | None = field(default=None, repr=False, compare=False)

    def render(self, annotation: Annotation) -> bytes:
        """Bytes of the file with ``annotation`` in it.

        Objects are matched by ``source``; one that the file does not have is added behind the
        last, one that ``annotation`` does not have is cut out. Coordinates are written as whole
        numbers where they are, else with two decimals (three where the object has three).

        Returns
        -------
        bytes
            Identical to ``data`` where nothing changed.

        Raises
        ------
        WorkbenchError
            For a coordinate that is not a finite number, or a class name that XML cannot hold.
        """
        from workbench.formats.voc_patch import patch  # the window reads before it writes

        assert self._source is not None and self._layout is not None
        text = patch(self._layout, self.annotation, annotation, _shift(self.convention))
        return self.data if text is None else self._source.encode(text)


def read_voc(path: Path, convention: VocConvention = VocConvention.AS_IS) -> VocDocument:
    """Read the annotation at ``path``.

    Raises
    ------
    WorkbenchError
        If the file cannot be opened.
    FormatError
        If it is not a Pascal VOC annotation; it has path, line and reason.
    """
    return parse_voc(read_file(path), convention, path)


def parse_voc(
    data: bytes, convention: VocConvention = VocConvention.AS_IS, path: Path | None = None
) -> VocDocument:
    """Read an annotation from the bytes of its file; see :func:`read_voc`."""
    source, layout = _open(data, path)
    reader = VocReader(layout, path, _shift(convention))
    objects = tuple(reader.objects())
    said = read_attributes(source.text, layout.said, ()) if layout.said else NO_ATTRIBUTES
    annotation = Annotation(objects, size=reader.size, verified=_verified(layout), attributes=said)
    return VocDocument(data, annotation, reader.problems(), convention, source, layout)


class VocSummary(NamedTuple):
    """What a list shows about an annotation: objects by class, whether it is verified, and whether
    any object is difficult or truncated."""

    counts: Counter[str]
    verified: bool
    difficult: bool
    truncated: bool


def summarize_voc(data: bytes, path: Path | None = None) -> VocSummary:
    """Summarize an annotation, quickly.

    It accepts and refuses exactly the files that :func:`parse_voc` does.

    Raises
    ------
    FormatError
        As :func:`parse_voc`.
    """
    _, layout = _open(data, path)
    reader = VocReader(layout, path, 0.0)
    items = list(reader.labels())
    return VocSummary(
        Counter(label for label, _, _ in items), _verified(layout),
        any(difficult for _, _, difficult in items), any(truncated for _, truncated, _ in items),
    )


def new_voc(
    annotation: Annotation, *, image_path: str | Path, depth: int = 3,
    convention: VocConvention = VocConvention.AS_IS,
) -> bytes:
    """Bytes of a new file for an image that has none yet, laid out as labelImg does.

    Parameters
    ----------
    annotation
        What to write; its ``size`` must be known.
    image_path
        The image; its folder, name and absolute path are written.
    depth
        Channels of the image (labelImg writes 1 for grey and 3 for all others).
    convention
        What the numbers in the project's files mean.

    Raises
    ------
    WorkbenchError
        For a coordinate that is not a finite number, or a name that XML cannot hold.
    """
    from workbench.formats.voc_patch import new_text

    if annotation.size is None:
        raise ValueError("the size of the image must be known")
    return new_text(annotation, image_path, depth, _shift(convention)).encode("utf-8")


def _open(data: bytes, path: Path | None) -> tuple[XmlText, VocLayout]:
    source = decode_xml(data, path)
    root, at = check_xml(source, data, path)
    if root != "annotation":
        raise FormatError(f"the outermost element is <{root}>, not <annotation>", path=path,
                          line=Lines(source.text).of(at), kept=KEPT)
    return source, scan(source.text, at)


def _verified(layout: VocLayout) -> bool:
    attribute = layout.attribute("verified")
    return attribute is not None and attribute[2][1:-1].strip().lower() in _YES
