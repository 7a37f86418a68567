"""Cityscapes: a JSON file of outlines for each image.

``gtFine/train/CITY/NAME_gtFine_polygons.json`` is that of
``leftImg8bit/train/CITY/NAME_leftImg8bit.png``.

Outlines overlap: what comes later in a file lies before what comes earlier. The mask images beside
them say the same and are not read. Source: ``annotation.py`` of cityscapesScripts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from workbench.core.annotation import DIFFICULT, NO_ATTRIBUTES
from workbench.core.area_names import is_void
from workbench.core.errors import Problem, WorkbenchError
from workbench.core.outlines import Polygon
from workbench.extension.annotation_formats import AnnotatedSample, Annotation, Source
from workbench.formats.label_checks import ObjectList
from workbench.formats.label_json import (
    entries,
    label_files,
    load_json,
    mapping,
    missing_image,
    part_of,
    polygon_ring,
    ring_of_points,
    some_files,
    unreadable_labels,
)

_LABELS = re.compile(r"(.+)_gt(Fine|Coarse)_polygons\.json")
_MASKS = re.compile(r".+_gt(Fine|Coarse)_(color|labelIds|labelTrainIds|instanceIds|"
                    r"instanceTrainIds)\.png")


def sniff(path: Path) -> bool:
    return any(map(_looks_like, some_files(path, "gt*/*/*/*_polygons.json",
                                           "*/gt*/*/*/*_polygons.json")))


def _looks_like(path: Path) -> bool:
    return _LABELS.fullmatch(path.name) is not None


def read(source: Source) -> Iterator[AnnotatedSample | Problem]:
    """The images of all files; of fine and coarse outlines of an image the fine ones."""
    files, damaged = label_files(source, _looks_like)
    yield from damaged
    source.used.update(path for path in source.images() if _MASKS.fullmatch(path.name))
    seen: set[str] = set()
    for file in sorted(files, key=lambda file: "_gtCoarse_" in file.name):
        match = _LABELS.fullmatch(file.name)
        name = "/".join((*file.parts[-3:-1], match[1] if match else file.stem))
        if name not in seen:
            seen.add(name)
            try:
                yield from _image(source, file, f"{name}_leftImg8bit.png")
            except (WorkbenchError, ValueError) as error:
                yield unreadable_labels(file, error)


def _image(source: Source, file: Path, name: str) -> Iterator[AnnotatedSample | Problem]:
    data = mapping(load_json(file), "the file")
    image = source.find(name)
    if image is None:
        yield missing_image(source, file, name)
        return
    width, height = data.get("imgWidth"), data.get("imgHeight")
    size = (width, height) if isinstance(width, int) and isinstance(height, int) else None
    found = ObjectList(file, size)
    for index, entry in enumerate(entries(data.get("objects"), "objects"), start=1):
        where = f"object {index}"
        try:
            value = mapping(entry, where)
            if value.get("deleted"):
                continue
            ring = polygon_ring(ring_of_points(value.get("polygon"), "polygon"))
        except ValueError as error:
            found.problem("unreadable-object", f"{where} is left out: {error}.")
            continue
        label = str(value.get("label") or "")
        found.add(label, Polygon((ring,)), {DIFFICULT: True} if is_void(label) else NO_ATTRIBUTES,
                  where=where)
    yield from found.problems
    yield AnnotatedSample(image, Annotation(tuple(found.objects), size=size),
                          part_of(file.parents[1] / "file", source.folder))
