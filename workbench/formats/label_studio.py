"""Label Studio: a JSON list of tasks, with regions in percent of the image.

``x`` and ``y`` are the top left corner before the turn about it, ``rotation`` is in degrees. An
uploaded image has eight characters and a hyphen before its name. Source: labelstud.io, "Export".
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from workbench.core.errors import Problem, WorkbenchError
from workbench.core.outlines import Keypoints, Polygon, RotatedBox
from workbench.core.rings import joined
from workbench.core.shapes import Box, Shape
from workbench.extension.annotation_formats import (
    AnnotatedSample,
    Annotation,
    ClassNames,
    LabeledObject,
    Source,
    Target,
)
from workbench.formats.label_checks import ObjectList
from workbench.formats.label_json import (
    CLASS_LIST,
    class_list,
    dump,
    entries,
    listed_classes,
    load_json,
    mapping,
    number,
    polygon_ring,
    ring_of_points,
    some_files,
    start_of,
)

_UPLOADED = re.compile(r"^[0-9a-f]{8}-")
_KINDS = ("rectanglelabels", "polygonlabels", "keypointlabels", "brushlabels", "ellipselabels",
          "labels")


def sniff(path: Path) -> bool:
    return any(_looks_like(file) for file in some_files(path, "*.json", "*/*.json"))


def _looks_like(path: Path) -> bool:
    text = start_of(path) if path.suffix.lower() == ".json" else ""
    return text.lstrip().startswith("[") and '"data"' in text and (
        '"annotations"' in text or '"completions"' in text)


# Reading


def read(source: Source) -> Iterator[AnnotatedSample | ClassNames | Problem]:
    """The tasks of all files."""
    files = [source.file] if source.file is not None else [
        path for path in source.files(".json") if _looks_like(path)]
    names: dict[str, None] = dict.fromkeys(listed_classes(source))
    for file in files:
        try:
            tasks = entries(load_json(file), "the file")
        except WorkbenchError as error:
            yield Problem(str(file), "unreadable-labels", error.sentence(), line=error.line)
            continue
        except ValueError as error:
            yield Problem(str(file), "unreadable-labels", f"{file.name}: {error}.")
            continue
        for index, value in enumerate(tasks, start=1):
            try:
                for item in _task(source, file, mapping(value, f"task {index}")):
                    if isinstance(item, AnnotatedSample) and item.annotation is not None:
                        names.update(dict.fromkeys(each.label for each in item.annotation.objects))
                    yield item
            except WorkbenchError as error:
                yield Problem(str(error.path or file), "unreadable-image", error.sentence())
            except (ValueError, TypeError) as error:
                yield Problem(str(file), "unreadable-object", f"task {index} is left out: {error}.",
                              "warning")
    yield ClassNames(tuple(names))


def _task(source: Source, file: Path, task: Mapping[str, Any],
          ) -> Iterator[AnnotatedSample | Problem]:
    data = mapping(task.get("data"), "data")
    named = next((value for value in (data.get("image"), *data.values())
                  if isinstance(value, str) and "." in value), "")
    image = _find(source, file, named)
    if image is None:
        yield Problem(str(file), "missing-image", f"{named or 'an image without a name'} is not "
                      "here, or it is not clear which image that is.", "warning")
        return
    size = source.size(image)
    found, labels = ObjectList(file, size), []
    said = [mapping(item, "an annotation") for item in
            entries(task.get("annotations", task.get("completions", [])), "annotations")]
    whole = next((item for item in said if item.get("was_cancelled") is not True), None)
    if len(said) > 1:
        found.problem("several", f"{image.name} was annotated {len(said)} times; the first counts.")
    for index, entry in enumerate(entries((whole or {}).get("result", []), "result"), start=1):
        where = f"region {index} of {image.name}"
        try:
            region = mapping(entry, where)
            value = mapping(region.get("value"), "value")
            if region.get("type") == "choices":
                labels += [str(choice) for choice in entries(value.get("choices"), "choices")]
                continue
            label = next((str(value[kind][0]) for kind in _KINDS
                          if isinstance(value.get(kind), list) and value[kind]), "")
            shape = _shape(str(region.get("type")), value, size)
        except (ValueError, TypeError) as error:
            found.problem("unreadable-object", f"{where} is left out: {error}.")
            continue
        found.add(label, shape, where=where)
    yield from found.problems
    if whole is not None:
        yield AnnotatedSample(image, Annotation(tuple(found.objects), tuple(labels)))


def _find(source: Source, file: Path, named: str) -> Path | None:
    name = named.rpartition("?d=")[2] or named
    last = name.rpartition("/")[2]
    return next((image for tried in (name, _UPLOADED.sub("", last)) if tried
                 and (image := source.find(tried, file.parent)) is not None), None)


def _shape(kind: str, value: Mapping[str, Any], size: tuple[int, int]) -> Shape:
    per_x, per_y = size[0] / 100, size[1] / 100
    if "rectangle" in kind:
        x, y, width, height = (number(value.get(name), name)
                               for name in ("x", "y", "width", "height"))
        x, y, width, height = x * per_x, y * per_y, width * per_x, height * per_y
        angle = math.radians(number(value.get("rotation") or 0, "rotation"))
        if not angle:
            return Box(*(round(edge, 4) for edge in (x, y, x + width, y + height)))
        cos, sin = math.cos(angle), math.sin(angle)
        middle = (x + width / 2 * cos - height / 2 * sin, y + width / 2 * sin + height / 2 * cos)
        return RotatedBox(middle, width, height, angle % math.tau)
    if "polygon" in kind:
        return Polygon((polygon_ring(ring_of_points(value.get("points"), "points",
                                                    (per_x, per_y))),))
    if "keypoint" in kind:
        point = number(value.get("x"), "x") * per_x, number(value.get("y"), "y") * per_y
        return Keypoints((point,), (2,))
    if "brush" in kind:
        raise ValueError("brushes are not read; export them as COCO")
    raise ValueError(f"a region “{kind}” is not read")


# Writing


def write(target: Target, samples: Iterable[AnnotatedSample]) -> None:
    """Images in ``images``, and ``tasks.json``."""
    target.write(CLASS_LIST, class_list(target.classes))
    tasks = []
    for number_, sample in enumerate(samples, start=1):
        target.place(sample, f"images/{sample.name}")
        annotation = sample.annotation
        if annotation is None or annotation.size is None:
            continue
        size = annotation.size
        result = [_written(f"{number_}-{index}", item, size)
                  for index, item in enumerate(annotation.objects)]
        if annotation.labels:
            result.append({"id": f"{number_}-labels", "from_name": "choice", "to_name": "image",
                           "type": "choices", "value": {"choices": list(annotation.labels)}})
        tasks.append(dump({
            "id": number_, "data": {"image": f"/data/local-files/?d=images/{sample.name}"},
            "annotations": [{"result": result, "was_cancelled": False}]}))
    target.write("tasks.json", "[\n" + ",\n".join(tasks) + "\n]\n")


def _written(id: str, item: LabeledObject, size: tuple[int, int]) -> dict[str, Any]:
    per_x, per_y = 100 / size[0], 100 / size[1]
    shape = item.shape
    kind = "polygonlabels" if isinstance(shape, Polygon) else "rectanglelabels"
    if isinstance(shape, Polygon):
        value: dict[str, Any] = {"closed": True, "points": [
            [x * per_x, y * per_y] for x, y in joined(shape.rings)]}
    elif isinstance(shape, RotatedBox):
        x, y = shape.corners()[0]
        value = {"x": x * per_x, "y": y * per_y, "width": shape.width * per_x,
                 "height": shape.height * per_y, "rotation": math.degrees(shape.angle)}
    else:
        x1, y1, x2, y2 = shape.bounds()
        value = {"x": x1 * per_x, "y": y1 * per_y, "width": (x2 - x1) * per_x,
                 "height": (y2 - y1) * per_y, "rotation": 0}
    return {"id": id, "from_name": "label", "to_name": "image", "type": kind,
            "original_width": size[0], "original_height": size[1], "image_rotation": 0,
            "value": {**value, kind: [item.label]}}
