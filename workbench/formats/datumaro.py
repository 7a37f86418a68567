"""Datumaro: ``annotations/PART.json`` with items and classes by number, ``images/PART/…``."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.core.annotation import NO_ATTRIBUTES, Attributes
from workbench.core.errors import FormatError, Problem, WorkbenchError
from workbench.core.outlines import Keypoints, Mask, Polygon, RotatedBox
from workbench.core.rings import joined
from workbench.core.shapes import Shape
from workbench.extension.annotation_formats import (
    AnnotatedSample,
    Annotation,
    ClassNames,
    LabeledObject,
    Source,
    Target,
)
from workbench.formats.coco_rle import (
    counts_of_mask,
    counts_of_text,
    mask_of_counts,
    text_of_counts,
)
from workbench.formats.json_stream import stream_json
from workbench.formats.label_checks import ObjectList
from workbench.formats.label_json import (
    attributes_of,
    box_of_sides,
    dump,
    entries,
    find_in_part,
    flat,
    label_files,
    mapping,
    missing_image,
    numbers,
    part_of,
    polygon_ring,
    ring_of,
    ring_of_points,
    some_files,
    start_of,
    tidy,
    turned_box,
    unreadable_labels,
    unturned,
)
from workbench.formats.labelme import circle

_ROTATION = "rotation"


def sniff(path: Path) -> bool:
    return any(_looks_like(file) for file in some_files(path, "*.json", "*/*.json"))


def _looks_like(path: Path) -> bool:
    text = start_of(path) if path.suffix.lower() == ".json" else ""
    return '"categories"' in text and ('"items"' in text or '"infos"' in text
                                       or '"dm_format_version"' in text)


# Reading


@dataclass(slots=True)
class _File:
    path: Path
    names: list[str] = field(default_factory=list)


def read(source: Source) -> Iterator[AnnotatedSample | ClassNames | Problem]:
    """The items of all files."""
    files, damaged = label_files(source, _looks_like)
    yield from damaged
    names: dict[str, None] = {}
    for path in files:
        file = _File(path)
        try:
            yield from list(_items(source, file))
        except WorkbenchError as error:
            yield unreadable_labels(path, error)
        names.update(dict.fromkeys(file.names))
    yield ClassNames(tuple(names))


def _items(source: Source, file: _File) -> Iterator[AnnotatedSample | Problem]:
    for item in stream_json(file.path, {"items"}):
        try:
            if item.key == "categories":
                labels = mapping(mapping(item.value, "categories").get("label", {}), "label")
                file.names = [str(mapping(label, "a label").get("name", ""))
                              for label in entries(labels.get("labels", []), "labels")]
            elif item.key == "items":
                yield from _item(source, file, mapping(item.value, "an item"), item.line)
        except ValueError as error:
            raise FormatError(str(error), path=file.path, line=item.line) from None


def _item(source: Source, file: _File, value: Mapping[str, Any], line: int,
          ) -> Iterator[AnnotatedSample | Problem]:
    image = value.get("image")
    info = image if isinstance(image, dict) else {}
    name = info.get("path") or value.get("id")
    part = part_of(file.path, source.folder)
    path = find_in_part(source, file.path, str(name), part)
    if path is None:
        yield missing_image(source, file.path, str(name), line)
        return
    sides = info.get("size")
    size = (sides[1], sides[0]) if isinstance(sides, list) and len(sides) == 2 and all(
        type(side) is int and side > 0 for side in sides) else None
    found, labels = ObjectList(file.path, size), []
    for index, entry in enumerate(entries(value.get("annotations", []), "annotations"), start=1):
        where = f"annotation {index} of {name}"
        try:
            data = mapping(entry, where)
            number = data.get("label_id")
            label = file.names[number] if type(number) is int and 0 <= number < len(
                file.names) else ""
            if data.get("type") == "label":
                labels.append(label)
                continue
            shape, said = _shape(data)
        except (ValueError, TypeError, OverflowError) as error:
            found.problem("unreadable-object", f"{where} is left out: {error}.", line)
            continue
        found.add(label, shape, said, line=line, where=where)
    yield from found.problems
    whole = Annotation(tuple(found.objects), tuple(labels), size,
                       attributes=attributes_of(value.get("attr")))
    yield AnnotatedSample(path, whole, part)


def _shape(value: Mapping[str, Any]) -> tuple[Shape, Attributes]:
    kind, said = value.get("type"), attributes_of(value.get("attributes"))
    if kind == "bbox":
        box = box_of_sides(value.get("bbox"))
        angle = said.get(_ROTATION, 0.0)
        if isinstance(angle, str):
            return box, said
        rest = {name: item for name, item in said.items() if name != _ROTATION}
        return turned_box(box, angle), rest or NO_ATTRIBUTES
    if kind == "rotated_bbox":
        x, y, width, height, angle = numbers(value.get("rbbox"), "rbbox")
        return RotatedBox((x, y), width, height, math.radians(angle) % math.tau), said
    if kind == "ellipse":
        x1, y1, x2, y2 = numbers(value.get("ellipse"), "ellipse")
        return Polygon((circle(((x1 + x2) / 2, (y1 + y2) / 2), (x2 - x1) / 2,
                               (y2 - y1) / 2),)), said
    if kind == "polygon":
        points = value.get("points")
        nested = isinstance(points, list) and points and isinstance(points[0], list)
        ring = ring_of_points(points, "points") if nested else ring_of(points, "points")
        return Polygon((polygon_ring(ring),)), said
    if kind == "mask":
        rle = mapping(value.get("rle"), "rle")
        counts, size = rle.get("counts"), numbers(rle.get("size"), "size")
        runs = counts_of_text(counts) if isinstance(counts, str) else entries(counts, "counts")
        if len(size) != 2:
            raise ValueError("a mask has no size")
        return mask_of_counts(runs, int(size[0]), int(size[1])), said
    if kind == "points":
        points = ring_of(value.get("points"), "points")
        seen = value.get("visibility")
        if not isinstance(seen, list) or len(seen) != len(points):
            seen = [2] * len(points)
        return Keypoints(points, tuple(min(max(int(one), 0), 2) for one in seen)), said
    raise ValueError(f"a shape “{kind}” is not read")


# Writing


def write(target: Target, samples: Iterable[AnnotatedSample]) -> None:
    """A file for each part; what belongs to none is in ``default``."""
    numbers_ = {name: number for number, name in enumerate(target.classes)}
    parts: dict[str, list[str]] = {}
    for sample in samples:
        part = sample.split or "default"
        target.place(sample, f"images/{part}/{sample.name}")
        annotation = sample.annotation
        if annotation is None or annotation.size is None:
            continue
        width, height = annotation.size
        items = [{"id": index, "type": "label", "attributes": {}, "group": 0,
                  "label_id": numbers_[label]}
                 for index, label in enumerate(annotation.labels) if label in numbers_]
        items += [{"id": index, "group": 0, "label_id": numbers_[item.label],
                   **_written(item, annotation.size)}
                  for index, item in enumerate(annotation.objects, start=len(items))]
        parts.setdefault(part, []).append(dump({
            "id": sample.name.rpartition(".")[0], "annotations": items,
            "attr": dict(annotation.attributes),
            "image": {"path": sample.name, "size": [height, width]}}))
    labels = [{"name": name, "parent": "", "attributes": []} for name in target.classes]
    categories = dump({"label": {"labels": labels, "attributes": []}})
    for part, items_ in (parts or {"default": []}).items():
        target.write(f"annotations/{part}.json", '{\n"info": {},\n"categories": ' + categories
                     + ',\n"items": [\n' + ",\n".join(items_) + "\n]\n}\n")


def _written(item: LabeledObject, size: tuple[int, int]) -> dict[str, Any]:
    shape, said = item.shape, dict(unturned(item).attributes)
    if isinstance(shape, Polygon):
        return {"type": "polygon", "attributes": said, "points": flat(joined(shape.rings)),
                "z_order": 0}
    if isinstance(shape, Mask):
        counts = text_of_counts(counts_of_mask(shape, size[1], size[0]))
        return {"type": "mask", "attributes": said, "z_order": 0,
                "rle": {"counts": counts, "size": [size[1], size[0]]}}
    x1, y1, x2, y2 = shape.bounds()
    if isinstance(shape, RotatedBox):
        (x, y), w, h = shape.center, shape.width / 2, shape.height / 2
        x1, y1, x2, y2 = x - w, y - h, x + w, y + h
        said[_ROTATION] = round(math.degrees(shape.angle), 6)
    return {"type": "bbox", "attributes": said, "z_order": 0,
            "bbox": [tidy(x1), tidy(y1), tidy(x2 - x1), tidy(y2 - y1)]}
