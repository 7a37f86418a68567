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
from urllib.parse import unquote

from workbench.core.errors import Problem, WorkbenchError
from workbench.core.outlines import Polygon, RotatedBox
from workbench.core.rings import joined
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
    attributes_of,
    class_list,
    dump,
    entries,
    label_files,
    listed_classes,
    load_json,
    mapping,
    missing_image,
    some_files,
    start_of,
    unreadable_labels,
)
from workbench.formats.label_studio_regions import PLACED, SAID, StudioRegion, answer

_UPLOADED = re.compile(r"^[0-9a-f]{8}-")


def sniff(path: Path) -> bool:
    return any(_looks_like(file) for file in some_files(path, "*.json", "*/*.json"))


def _looks_like(path: Path) -> bool:
    text = start_of(path) if path.suffix.lower() == ".json" else ""
    return text.lstrip().startswith("[") and (('"data"' in text and (
        '"annotations"' in text or '"completions"' in text)) or (
        '"annotation_id"' in text and '"lead_time"' in text))


# Reading


def read(source: Source) -> Iterator[AnnotatedSample | ClassNames | Problem]:
    """The tasks of all files."""
    files, damaged = label_files(source, _looks_like)
    yield from damaged
    yield ClassNames(tuple(listed_classes(source)))
    for file in files:
        try:
            tasks = entries(load_json(file), "the file")
        except (WorkbenchError, ValueError) as error:
            yield unreadable_labels(file, error)
            continue
        for index, value in enumerate(tasks, start=1):
            try:
                yield from _task(source, file, _whole(mapping(value, f"task {index}")))
            except WorkbenchError as error:
                yield Problem(str(error.path or file), "unreadable-image", error.sentence())
            except (ValueError, TypeError) as error:
                yield Problem(str(file), "unreadable-object", f"task {index} is left out: {error}.",
                              "warning")


def _task(source: Source, file: Path, task: Mapping[str, Any],
          ) -> Iterator[AnnotatedSample | Problem]:
    data = mapping(task.get("data"), "data")
    named = next((value for value in (data.get("image"), *data.values())
                  if isinstance(value, str) and "." in value), "")
    image = _find(source, file, named)
    if image is None:
        yield missing_image(source, file, named)
        return
    found = ObjectList(file, source.size(image))
    said = [mapping(item, "an annotation") for item in
            entries(task.get("annotations", task.get("completions", [])), "annotations")]
    whole = next((item for item in said if item.get("was_cancelled") is not True), None)
    if len(said) > 1:
        found.problem("several", f"{image.name} was annotated {len(said)} times; the first counts.")
    results = entries((whole or {}).get("result", []), "result")
    annotation = _annotation(results, image.name, found)
    yield from found.problems
    if whole is not None:
        yield AnnotatedSample(image, annotation)


def _annotation(results: list[Any], image: str, found: ObjectList) -> Annotation:
    """What the results about an image say; objects and what is odd about them also go into
    ``found``."""
    labels: list[str] = []
    of_image: dict[str, str | float | bool] = {}
    regions: dict[object, StudioRegion] = {}
    for index, entry in enumerate(results, start=1):
        where = f"region {index} of {image}"
        try:
            result = mapping(entry, where)
            value, kind = mapping(result.get("value"), "value"), str(result.get("type"))
            name = str(result.get("from_name") or kind)
            if PLACED & value.keys():
                key = result.get("id")
                region = regions.setdefault(key if isinstance(key, str) and key else index,
                                            StudioRegion(where))
                region.take(kind, name, value)
            elif kind == "choices":
                labels += [str(choice) for choice in entries(value.get("choices"), "choices")]
            elif kind in SAID:
                of_image[name] = answer(value[SAID[kind]])
            else:
                raise ValueError(f"a region “{kind}” is not read")
        except (ValueError, TypeError, KeyError) as error:
            found.problem("unreadable-object", f"{where} is left out: {error}.")
    for region in regions.values():
        _add(region, found)
    return Annotation(tuple(found.objects), tuple(labels), attributes=attributes_of(of_image))


def _add(region: StudioRegion, found: ObjectList) -> None:
    assert found.size is not None
    try:
        shape, classes = region.shape(found.size), region.classes()
    except (ValueError, TypeError, OverflowError) as error:
        found.problem("unreadable-object", f"{region.where} is left out: {error}.")
        return
    if len(classes) > 1:
        found.problem("several", f"{region.where} has {len(classes)} classes ("
                      f"{', '.join(classes)}); the first counts.")
    found.add(classes[0] if classes else "", shape, attributes_of(region.said),
              where=region.where)


def _whole(task: Mapping[str, Any]) -> Mapping[str, Any]:
    """A task of the shorter kind of export (JSON_MIN), which has results by the name of their
    control, as one of the longer."""
    if "data" in task:
        return task
    results: list[dict[str, Any]] = []
    for name, value in task.items():
        if isinstance(value, dict) and "choices" in value:
            results.append({"type": "choices", "from_name": name, "value": value})
        elif isinstance(value, list):
            results += [{"type": next((key for key in item if str(key).endswith("labels")), name),
                         "from_name": name, "value": item}
                        for item in value if isinstance(item, dict)]
    if isinstance(task.get("choice"), str):
        results.append({"type": "choices", "value": {"choices": [task["choice"]]}})
    return {"data": task, "annotations": [{"result": results}]}


def _find(source: Source, file: Path, named: str) -> Path | None:
    name = named.rpartition("?d=")[2] or named
    names = dict.fromkeys((name, unquote(name)))
    shorter = (_UPLOADED.sub("", tried.replace("\\", "/").rpartition("/")[2]) for tried in names)
    return next((image for tried in (*names, *shorter) if tried
                 and (image := source.find(tried, file.parent)) is not None), None)


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
        result += [{"id": f"{number_}-{name}", "from_name": name, "to_name": "image",
                    **_control(value)} for name, value in annotation.attributes.items()]
        tasks.append(dump({
            "id": number_, "data": {"image": f"/data/local-files/?d=images/{sample.name}"},
            "annotations": [{"result": result, "was_cancelled": False}]}))
    target.write("tasks.json", "[\n" + ",\n".join(tasks) + "\n]\n")


def _control(value: str | float | bool) -> dict[str, Any]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {"type": "number", "value": {"number": value}}
    text = value if isinstance(value, str) else str(value).lower()
    return {"type": "textarea", "value": {"text": [text]}}


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
