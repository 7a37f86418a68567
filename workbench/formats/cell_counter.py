"""ImageJ's and Fiji's Cell Counter: markers of one image by type, in ``CellCounter_IMAGE.xml``.

Sources: ``ReadXML`` and ``WriteXML`` of the plugin. A type has a number, and in later versions a
name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError, fromstring

from workbench.core.errors import FormatError, Problem, WorkbenchError
from workbench.core.text import count
from workbench.extension.annotation_formats import (
    AnnotatedSample,
    Annotation,
    ClassNames,
    Source,
)
from workbench.formats.csv_points import add_dot
from workbench.formats.label_checks import ObjectList
from workbench.formats.label_json import (
    LIMIT,
    missing_image,
    some_files,
    start_of,
    unreadable_labels,
)
from workbench.formats.regular_file import read_file

_ROOT = "CellCounter_Marker_File"
_PREFIX = "CellCounter_"
_AUTOMATIC = re.compile(r"Type \d+")
_PIXEL = 0.5
"""Markers are whole numbers, which mean the middle of a pixel."""


def sniff(path: Path) -> bool:
    return any(map(_looks_like, some_files(path, "*.xml", "*/*.xml")))


def _looks_like(file: Path) -> bool:
    return file.suffix.lower() == ".xml" and f"<{_ROOT}" in start_of(file)


def read(source: Source) -> Iterator[AnnotatedSample | ClassNames | Problem]:
    """The images of all files; types that are neither named nor used are no classes."""
    names: dict[str, None] = {}
    for file in [source.file] if source.file is not None else source.files(".xml"):
        if source.file is None and not _looks_like(file):
            continue
        source.used.add(file)
        try:
            root = _root(file)
        except WorkbenchError as error:
            yield unreadable_labels(file, error)
            continue
        types = [(_name(item), item.findall("Marker"))
                 for item in root.iterfind("Marker_Data/Marker_Type")]
        names.update(dict.fromkeys(name for name, markers in types
                                   if markers or not _AUTOMATIC.fullmatch(name)))
        yield from _image(source, file, _text(root, "Image_Properties/Image_Filename"), types)
    yield ClassNames(tuple(names))


def _root(file: Path) -> Element:
    data = read_file(file, LIMIT)
    try:
        if b"<!DOCTYPE" in data:
            raise FormatError("it has a DOCTYPE, which no Cell Counter writes", path=file)
        root = fromstring(data)
    except ParseError as error:
        raise FormatError(f"it is no XML ({str(error).partition(':')[0]})", path=file,
                          line=error.position[0]) from None
    except (LookupError, ValueError) as error:  # what its first line says of the encoding
        raise FormatError(f"it is no XML ({error})", path=file, line=1) from None
    if root.tag != _ROOT:
        raise FormatError("it is no file of Cell Counter", path=file)
    return root


def _text(element: Element, path: str) -> str:
    return (element.findtext(path) or "").strip()


def _name(item: Element) -> str:
    return _text(item, "Name") or f"Type {_text(item, 'Type')}".strip()


def _image(source: Source, file: Path, name: str, types: list[tuple[str, list[Element]]],
           ) -> Iterator[AnnotatedSample | Problem]:
    name = name or file.stem.removeprefix(_PREFIX)
    image = source.find(name, file.parent)
    if image is None:
        yield missing_image(source, file, name)
        return
    try:
        found = ObjectList(file, source.size(image))
    except WorkbenchError as error:
        yield Problem(str(image), "unreadable-image", error.sentence())
        return
    elsewhere = 0
    for label, markers in types:
        for index, marker in enumerate(markers, start=1):
            where = f"{label} {index} of {name}"
            try:
                x, y = (float(_text(marker, key)) for key in ("MarkerX", "MarkerY"))
                layer = int(_text(marker, "MarkerZ") or 1)
            except ValueError:
                found.problem("no-number", f"{where} is left out: its place is no number.")
                continue
            if layer > 1:
                elsewhere += 1
            else:
                add_dot(found, label, (x + _PIXEL, y + _PIXEL), where=where)
    if elsewhere:
        found.problem("other-slice", f"{count(elsewhere, 'marker')} of {name} on other slices than "
                      "the first, which is the one that is shown, are left out.")
    yield from found.problems
    yield AnnotatedSample(image, Annotation(tuple(found.objects)))
