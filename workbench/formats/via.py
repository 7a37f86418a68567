"""VIA (VGG Image Annotator) 2 and 3: one JSON file with regions and free attributes, or a CSV.

In 2 the key of an image is its name and size in bytes, and a project nests the images under
``_via_img_metadata``. In 3 a shape is ``[kind, x, y, …]``: 1 point, 2 rectangle, 3 circle,
4 ellipse, 5 line, 6 polyline, 7 polygon. The class is the attribute that is called so.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from workbench.core.annotation import NO_ATTRIBUTES, Attributes
from workbench.core.errors import FormatError, Problem, WorkbenchError
from workbench.core.outlines import Keypoints, Polygon
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
from workbench.formats.label_checks import ObjectList
from workbench.formats.label_json import (
    LIMIT,
    box_of_sides,
    dump,
    entries,
    label_files,
    load_json,
    mapping,
    missing_image,
    number,
    numbers,
    part_of,
    polygon_ring,
    ring_of,
    ring_of_lists,
    some_files,
    start_of,
    tidy,
    unreadable_labels,
)
from workbench.formats.label_text import decode
from workbench.formats.labelme import circle
from workbench.formats.regular_file import read_file

_COLUMNS = ("filename", "region_shape_attributes", "region_attributes")
"""By which a table is known."""
_CLASS_KEYS = ("class", "label", "name", "type", "category", "class_name", "object")
AttributeValues = dict[str, str | float | bool]
Region = tuple[Shape, AttributeValues]
Image = tuple[str, list[Any], AttributeValues]
"""Name, what its regions are, and what is said of the file."""


def sniff(path: Path) -> bool:
    return any(_looks_like(file) for file in some_files(path, "*.json", "*/*.json")) or any(
        _is_table(file) for file in some_files(path, "*.csv", "*/*.csv"))


def _looks_like(path: Path) -> bool:
    text = start_of(path) if path.suffix.lower() == ".json" else ""
    return ('"_via_' in text or '"shape_attributes"' in text
            or ('"vid_list"' in text and '"project"' in text)
            or ('"filename"' in text and '"regions"' in text))


def _is_table(path: Path) -> bool:
    """Whether it is the CSV that VIA 1 and 2 export."""
    return path.suffix.lower() == ".csv" and all(
        name in start_of(path).partition("\n")[0] for name in _COLUMNS)


def read(source: Source) -> Iterator[AnnotatedSample | ClassNames | Problem]:
    """The images of all files."""
    files, damaged = label_files(source, _looks_like)
    yield from damaged
    if source.file is None:
        files += filter(_is_table, source.files(".csv"))
    listed: dict[str, None] = {}
    for file in files:
        try:
            data = _table(file) if _is_table(file) else mapping(load_json(file), "the file")
            listed.update(dict.fromkeys(_listed(data)))
            newer = "metadata" in data and "file" in data
            images = _version_3(data) if newer else _version_2(data)
            yield from _file(source, file, images)
        except (WorkbenchError, ValueError, TypeError) as error:
            yield unreadable_labels(file, error)
    yield ClassNames(tuple(listed))


def _file(source: Source, file: Path, images: list[Image]) -> Iterator[AnnotatedSample | Problem]:
    part = part_of(file, source.folder)
    key = _class_key(said for _, regions, _ in images for region in regions
                     if not isinstance(region, ValueError) for said in [region[1]])
    for name, regions, of_image in images:
        image = source.find(name, file.parent)
        if image is None:
            yield missing_image(source, file, name)
            continue
        try:
            found = ObjectList(file, source.size(image))
        except WorkbenchError as error:
            yield Problem(str(image), "unreadable-image", error.sentence())
            continue
        for index, region in enumerate(regions, start=1):
            where = f"region {index} of {name}"
            if isinstance(region, ValueError):
                found.problem("unreadable-object", f"{where} is left out: {region}.")
                continue
            shape, said = region
            label = str(said.get(key, ""))
            found.add(label, shape, _filled(said, key), where=where)
        yield from found.problems
        yield AnnotatedSample(
            image, Annotation(tuple(found.objects), attributes=_filled(of_image)), part)


def _filled(said: AttributeValues, key: str = "") -> Attributes:
    """Attributes but for the class, and for those that were left empty."""
    return {name: value for name, value in said.items()
            if name != key and value not in (False, "")} or NO_ATTRIBUTES


def _listed(data: Mapping[str, Any]) -> list[str]:
    """The classes that a project offers, in their order."""
    of_regions = mapping(data.get("_via_attributes") or {}, "_via_attributes").get("region")
    for key in _CLASS_KEYS:
        one = of_regions.get(key) if isinstance(of_regions, dict) else None
        options = one.get("options") if isinstance(one, dict) else None
        if isinstance(options, dict):
            return [str(name) for name in options]
    return []


def _class_key(all_said: Iterable[AttributeValues]) -> str:
    """The attribute that is the class: by its name, else the one that most regions have."""
    counts = Counter(name for said in all_said for name in said)
    lower = {name.lower(): name for name in counts}
    known = next((lower[name] for name in _CLASS_KEYS if name in lower), None)
    return known or next((name for name, _ in counts.most_common(1)), "class")


def _version_2(data: Mapping[str, Any]) -> list[Image]:
    images = mapping(data.get("_via_img_metadata", data), "_via_img_metadata")
    found = []
    for key, value in images.items():
        image = mapping(value, key)
        name = image.get("filename")
        if not isinstance(name, str):
            raise ValueError(f"the image {key} has no file name")
        regions = image.get("regions", [])
        items = list(regions.values()) if isinstance(regions, dict) else entries(regions, "regions")
        said = image.get("file_attributes")
        found.append((name, [_region(_region_2, item) for item in items],
                      _plain(said if isinstance(said, dict) else {})))
    return found


def _table(file: Path) -> dict[str, Any]:
    """A table as JSON of version 2."""
    text = decode(read_file(file, LIMIT), file)[0].lstrip("#")
    rows = csv.DictReader(io.StringIO(text, newline=""))
    found: dict[str, Any] = {}
    try:
        for row in rows:
            said, shape, of_region = (mapping(json.loads(row.get(name) or "{}"), name)
                                      for name in ("file_attributes", *_COLUMNS[1:]))
            image = found.setdefault(row[_COLUMNS[0]], {
                "filename": row[_COLUMNS[0]], "file_attributes": said, "regions": []})
            if shape:
                image["regions"].append({"shape_attributes": shape, "region_attributes": of_region})
    except (ValueError, RecursionError, csv.Error) as error:
        raise FormatError(f"it is no table of VIA ({error})", path=file,
                          line=rows.line_num) from None
    return found


def _region(read_one: Any, *values: Any) -> Region | ValueError:
    try:
        found: Region = read_one(*values)
        return found
    except (ValueError, TypeError) as error:
        return ValueError(str(error))


def _region_2(value: Any) -> Region:
    region = mapping(value, "a region")
    shape = mapping(region.get("shape_attributes"), "shape_attributes")
    said = region.get("region_attributes")
    return _shape_2(shape), _plain(said if isinstance(said, dict) else {})


def _plain(said: Mapping[str, Any]) -> AttributeValues:
    """Attributes; of several that are ticked, each is one."""
    found: AttributeValues = {}
    for name, value in said.items():
        if isinstance(value, dict):
            ticked = [str(key) for key, yes in value.items() if yes]
            found[str(name)] = ", ".join(ticked)
        elif isinstance(value, str | int | float):
            found[str(name)] = value
    return found


def _shape_2(shape: Mapping[str, Any]) -> Shape:
    kind = shape.get("name")
    if kind == "rect":
        return box_of_sides([shape.get(side) for side in ("x", "y", "width", "height")], "rect")
    if kind in ("polygon", "polyline"):
        xs = numbers(shape.get("all_points_x"), "all_points_x")
        ys = numbers(shape.get("all_points_y"), "all_points_y")
        if len(xs) != len(ys):
            raise ValueError("an outline has not as many x as y")
        if kind == "polyline" and (len(xs) < 4 or (xs[0], ys[0]) != (xs[-1], ys[-1])):
            raise ValueError("a line has no area")
        return Polygon((polygon_ring(ring_of_lists(xs, ys, "an outline")),))
    if kind in ("circle", "ellipse"):
        x, y = number(shape.get("cx"), "cx"), number(shape.get("cy"), "cy")
        if kind == "circle":
            return Polygon((circle((x, y), number(shape.get("r"), "r")),))
        return Polygon((circle((x, y), number(shape.get("rx"), "rx"),
                               number(shape.get("ry"), "ry")),))
    if kind == "point":
        return Keypoints(((number(shape.get("cx"), "cx"), number(shape.get("cy"), "cy")),), (2,))
    raise ValueError(f"a shape “{kind}” is not read")


# Version 3


def _version_3(data: Mapping[str, Any]) -> list[Image]:
    files = {str(key): mapping(value, "a file")
             for key, value in mapping(data.get("file"), "file").items()}
    views = mapping(data.get("view", {}), "view")
    attributes = mapping(data.get("attribute", {}), "attribute")
    found: dict[str, list[Any]] = {}
    of_files: dict[str, AttributeValues] = {}
    places: dict[str, str] = {}
    for number_, value in views.items():
        listed = entries(mapping(value, "a view").get("fid_list"), "fid_list")
        if len(listed) == 1 and str(listed[0]) in files:
            name = files[str(listed[0])].get("fname")
            if isinstance(name, str):
                places[str(number_)] = name
                found.setdefault(name, [])
    for value in mapping(data.get("metadata", {}), "metadata").values():
        item = mapping(value, "metadata")
        place = places.get(str(item.get("vid")))
        if place is not None and item.get("xy"):
            found[place].append(_region(_region_3, item, attributes))
        elif place is not None and not item.get("z"):  # of no time of a video either
            of_files[place] = _said_3(item, attributes)
    return [(name, regions, of_files.get(name, {})) for name, regions in found.items()]


def _region_3(item: Mapping[str, Any], attributes: Mapping[str, Any]) -> Region:
    return _shape_3(numbers(item["xy"], "xy")), _said_3(item, attributes)


def _said_3(item: Mapping[str, Any], attributes: Mapping[str, Any]) -> AttributeValues:
    said: dict[str, Any] = {}
    for key, value in mapping(item.get("av", {}), "av").items():
        one = attributes.get(key)
        name = str(one.get("aname") or key) if isinstance(one, dict) else key
        options = one.get("options") if isinstance(one, dict) else None
        said[name] = options.get(value, value) if isinstance(options, dict) else value
    return _plain(said)


def _shape_3(xy: list[float]) -> Shape:
    kind, *rest = (number(value, "xy") for value in xy)
    if kind == 1 and len(rest) == 2:
        return Keypoints(((rest[0], rest[1]),), (2,))
    if kind == 2:
        return box_of_sides(rest, "rectangle")
    if kind == 3 and len(rest) == 3:
        return Polygon((circle((rest[0], rest[1]), rest[2]),))
    if kind == 4 and len(rest) == 4:
        return Polygon((circle((rest[0], rest[1]), rest[2], rest[3]),))
    if kind == 7:
        return Polygon((polygon_ring(ring_of(rest, "polygon")),))
    raise ValueError(f"a shape of kind {kind:g} is not read")


# Writing


def write(target: Target, samples: Iterable[AnnotatedSample]) -> None:
    """Images in ``images``, and a project of VIA 2 for each part."""
    parts: dict[str, dict[str, Any]] = {}
    for sample in samples:
        target.place(sample, f"images/{sample.name}")
        if sample.annotation is not None:
            size = sample.path.stat().st_size
            parts.setdefault(sample.split, {})[f"{sample.name}{size}"] = {
                "filename": sample.name, "size": size,
                "file_attributes": dict(sample.annotation.attributes),
                "regions": [_written(item) for item in sample.annotation.objects]}
    classes = dict.fromkeys(target.classes, "")
    for part, images in (parts or {"": {}}).items():
        whole = {
            "_via_settings": {"core": {"default_filepath": "images/"}, "project": {"name": part}},
            "_via_img_metadata": images,
            "_via_attributes": {"region": {"class": {
                "type": "dropdown", "description": "", "options": classes,
                "default_options": {}}}, "file": {
                    name: {"type": "text", "description": "", "default_value": ""}
                    for image in images.values() for name in image["file_attributes"]}},
            "_via_data_format_version": "2.0.10", "_via_image_id_list": list(images)}
        target.write(f"via_{part}.json" if part else "via.json", dump(whole) + "\n")


def _written(item: LabeledObject) -> dict[str, Any]:
    # an attribute of that name, which a reader would take for the class, gets another one
    said = {"class": item.label, **{
        f"{name} (attribute)" if name.lower() == "class" else name: value
        for name, value in item.attributes.items()}}
    if isinstance(item.shape, Polygon):
        ring = joined(item.shape.rings)
        shape: dict[str, Any] = {"name": "polygon", "all_points_x": [tidy(x) for x, _ in ring],
                                 "all_points_y": [tidy(y) for _, y in ring]}
    else:
        x1, y1, x2, y2 = item.box
        shape = {"name": "rect", "x": tidy(x1), "y": tidy(y1), "width": tidy(x2 - x1),
                 "height": tidy(y2 - y1)}
    return {"shape_attributes": shape, "region_attributes": said}
