"""labelme: a JSON file beside each image, with shapes of points in pixels.

Parts of one object share a ``group_id``; a ``mask`` is a PNG of its window. What X-AnyLabeling adds
(``rotation``, ``difficult``, ``attributes``) is read, too. Source: labelme 5's ``LabelFile``.
"""

from __future__ import annotations

import base64
import binascii
import io
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from workbench.core.annotation import DIFFICULT, NO_ATTRIBUTES, Attributes
from workbench.core.errors import FormatError, Problem, WorkbenchError
from workbench.core.outlines import Keypoints, Mask, Polygon, Ring
from workbench.core.rings import joined, parts_of, rotated_box
from workbench.core.shapes import Box, Shape
from workbench.extension.annotation_formats import (
    AnnotatedSample,
    Annotation,
    ClassNames,
    LabeledObject,
    Source,
    Target,
)
from workbench.formats.label_checks import ObjectList, of_parts
from workbench.formats.label_json import (
    CLASS_LIST,
    attributes_of,
    class_list,
    dump,
    entries,
    label_files,
    listed_classes,
    load_json,
    mapping,
    part_of,
    polygon_ring,
    ring_of_points,
    some_files,
    start_of,
    tidy,
    unreadable_labels,
)

_VERSION = "5.5.0"
_CORNERS_OF_A_CIRCLE = 32
_MOST_PIXELS = 1 << 28


def sniff(path: Path) -> bool:
    return any(_looks_like(file) for file in some_files(path, "*.json", "*/*.json", "*/*/*.json"))


def _looks_like(path: Path) -> bool:
    text = start_of(path) if path.suffix.lower() == ".json" else ""
    return '"shapes"' in text and ('"imagePath"' in text or '"shape_type"' in text)


# Reading


def read(source: Source) -> Iterator[AnnotatedSample | ClassNames | Problem]:
    """The images of all files, in their order."""
    files, damaged = label_files(source, _looks_like)
    yield from damaged
    yield ClassNames(tuple(listed_classes(source)))
    for file in files:
        try:
            data = load_json(file)
            sample, found = _sample(source, file, mapping(data, "the file"))
        except (WorkbenchError, ValueError, TypeError, OverflowError) as error:
            yield unreadable_labels(file, error)
        else:
            yield from found.problems
            yield sample


def _sample(source: Source, file: Path, data: Mapping[str, Any],
            ) -> tuple[AnnotatedSample, ObjectList]:
    width, height = data.get("imageWidth"), data.get("imageHeight")
    size = (width, height) if isinstance(width, int) and isinstance(
        height, int) and width > 0 and height > 0 else None
    found = ObjectList(file, size)
    groups: dict[tuple[str, Any], list[Polygon]] = {}
    items: list[tuple[str, Shape | list[Polygon], Attributes, str]] = []
    for index, entry in enumerate(entries(data.get("shapes"), "shapes"), start=1):
        where = f"shape {index}"
        try:
            value = mapping(entry, where)
            shape = _shape(value)
        except (ValueError, TypeError) as error:
            found.problem("unreadable-object", f"{where} is left out: {error}.")
            continue
        label = str(value.get("label") or "")
        key = (label, value.get("group_id"))
        if key[1] is not None and isinstance(shape, Polygon):
            if key in groups:
                groups[key].append(shape)
                continue
            groups[key] = [shape]
        items.append((label, groups.get(key, shape) if isinstance(shape, Polygon) else shape,
                      _said(value), where))
    for label, whole, said, where in items:
        found.add(label, of_parts(whole) if isinstance(whole, list) else whole, said, where=where)
    image = _image(source, file, data)
    annotation = Annotation(tuple(found.objects), size=size,
                            attributes=attributes_of(data.get("flags")))
    return AnnotatedSample(image, annotation, part_of(file.parent / "file", source.folder)), found


def _image(source: Source, file: Path, data: Mapping[str, Any]) -> Path:
    named = data.get("imagePath")
    for name in (named, f"{file.stem}.jpg"):
        image = source.find(name, file.parent) if isinstance(name, str) and name else None
        if image is not None:
            return image
    inside = data.get("imageData")
    if not isinstance(inside, str) or not inside:
        raise FormatError(f"its image ({named}) is not here", path=file)
    try:
        pixels = base64.b64decode(inside, validate=True)
    except (binascii.Error, ValueError):
        raise FormatError("the image within it is damaged", path=file) from None
    suffix = ".png" if pixels.startswith(b"\x89PNG") else ".jpg"
    path = source.scratch / f"{file.stem}{suffix}"
    path.write_bytes(pixels)
    return path


def _shape(value: Mapping[str, Any]) -> Shape:
    kind = value.get("shape_type") or "polygon"
    ring = ring_of_points(value.get("points"), "points")
    if kind == "rectangle":
        if len(ring) not in (2, 4):
            raise ValueError(f"a rectangle has {len(ring)} points")
        xs, ys = zip(*ring, strict=True)
        return Box(min(xs), min(ys), max(xs), max(ys))
    if kind == "polygon":
        return Polygon((polygon_ring(ring),))
    if kind in ("rotation", "oriented_rectangle") and len(ring) == 4:
        return rotated_box(ring) or Polygon((ring,))
    if kind == "circle" and len(ring) == 2:
        return Polygon((circle(ring[0], math.dist(*ring)),))
    if kind == "mask" and len(ring) == 2:
        return _mask(value.get("mask"), ring)
    if kind in ("point", "points") and ring:
        return Keypoints(ring, (2,) * len(ring))
    raise ValueError(f"a shape “{kind}” of {len(ring)} points is not read")


def circle(center: tuple[float, float], radius: float, other: float | None = None) -> Ring:
    """A circle as an outline, or an ellipse with another radius for y."""
    turns = (math.tau * at / _CORNERS_OF_A_CIRCLE for at in range(_CORNERS_OF_A_CIRCLE))
    return tuple((round(center[0] + radius * math.cos(turn), 4),
                  round(center[1] + (other if other is not None else radius) * math.sin(turn), 4))
                 for turn in turns)


def _mask(text: Any, ring: Ring) -> Mask:
    from PIL import Image

    if not isinstance(text, str):
        raise ValueError("a mask has no pixels")
    try:
        with Image.open(io.BytesIO(base64.b64decode(text)), formats=["PNG"]) as image:
            if image.width * image.height > _MOST_PIXELS:
                raise ValueError("a mask is too large")
            width, height = image.size
            pixels = image.convert("L").tobytes()
    except (OSError, SyntaxError, binascii.Error, Image.DecompressionBombError):
        raise ValueError("the pixels of a mask are damaged") from None
    runs, inside = [0], False
    for value in pixels:
        if (value > 0) != inside:
            inside = not inside
            runs.append(0)
        runs[-1] += 1
    return Mask(round(ring[0][0]), round(ring[0][1]), width, height, tuple(runs))


def _said(value: Mapping[str, Any]) -> Attributes:
    found: dict[str, str | float | bool] = {}
    for name in ("flags", "attributes"):
        found.update(attributes_of(value.get(name)))
    if value.get(DIFFICULT) is True:
        found[DIFFICULT] = True
    if isinstance(value.get("description"), str) and value["description"]:
        found["description"] = value["description"]
    return found or NO_ATTRIBUTES


# Writing


def write(target: Target, samples: Iterable[AnnotatedSample]) -> None:
    """Each image, and its file beside it."""
    target.write(CLASS_LIST, class_list(target.classes))
    for sample in samples:
        target.place(sample, sample.name)
        annotation = sample.annotation
        if annotation is None or annotation.size is None:
            continue
        shapes = [shape for group, item in enumerate(annotation.objects, start=1)
                  for shape in _written(item, group)]
        data = {"version": _VERSION, "flags": dict(annotation.attributes), "shapes": shapes,
                "imagePath": sample.name.rpartition("/")[2], "imageData": None,
                "imageHeight": annotation.size[1], "imageWidth": annotation.size[0]}
        target.write(f"{sample.name.rpartition('.')[0]}.json", dump(data, 2) + "\n")


def _written(item: LabeledObject, group: int) -> Iterator[dict[str, Any]]:
    said = dict(item.attributes)
    whole: dict[str, Any] = {"description": said.pop("description", "")}
    flags = {name: value for name, value in said.items() if value is True}
    rest = {name: value for name, value in said.items() if value is not True}
    whole |= {"flags": flags} | ({"attributes": rest} if rest else {})
    shape = item.shape
    if isinstance(shape, Polygon):
        rings = [joined(part) for part in parts_of(shape)]
        number = group if len(rings) > 1 else None
        for ring in rings:
            yield {"label": item.label, "points": _points(ring), "group_id": number,
                   "shape_type": "polygon", **whole}
    elif isinstance(shape, Mask):
        corners = ((shape.x, shape.y), (shape.x + shape.width - 1, shape.y + shape.height - 1))
        yield {"label": item.label, "points": _points(corners), "group_id": None,
               "shape_type": "mask", **whole, "mask": _png(shape)}
    elif isinstance(shape, Keypoints):
        yield {"label": item.label, "points": _points(shape.points), "group_id": None,
               "shape_type": "point", **whole}
    else:
        x1, y1, x2, y2 = shape.bounds()
        yield {"label": item.label, "points": _points(((x1, y1), (x2, y2))), "group_id": None,
               "shape_type": "rectangle", **whole}


def _points(ring: Iterable[tuple[float, float]]) -> list[list[float]]:
    return [[tidy(x), tidy(y)] for x, y in ring]


def _png(mask: Mask) -> str:
    from PIL import Image

    pixels = b"".join((b"\xff" if index % 2 else b"\0") * run
                      for index, run in enumerate(mask.runs))
    stream = io.BytesIO()
    Image.frombytes("L", (mask.width, mask.height), pixels).convert("1").save(stream, "PNG")
    return base64.b64encode(stream.getvalue()).decode("ascii")
