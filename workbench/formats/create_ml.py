"""CreateML: one JSON list of images; boxes by their middle, in pixels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from workbench.core.errors import Problem, WorkbenchError
from workbench.core.shapes import Box
from workbench.extension.annotation_formats import (
    AnnotatedSample,
    Annotation,
    ClassNames,
    Source,
    Target,
)
from workbench.formats.label_checks import ObjectList
from workbench.formats.label_json import (
    CLASS_LIST,
    class_list,
    dump,
    entries,
    label_files,
    listed_classes,
    load_json,
    mapping,
    missing_image,
    number,
    part_of,
    some_files,
    start_of,
    tidy,
    unreadable_labels,
)

FILE = "_annotations.createml.json"


def sniff(path: Path) -> bool:
    return any(_looks_like(file) for file in some_files(path, "*.json", "*/*.json"))


def _looks_like(path: Path) -> bool:
    text = start_of(path) if path.suffix.lower() == ".json" else ""
    return text.lstrip().startswith("[") and '"coordinates"' in text


def read(source: Source) -> Iterator[AnnotatedSample | ClassNames | Problem]:
    """The images of all files."""
    files, damaged = label_files(
        source, lambda path: _looks_like(path) or path.name.endswith(".createml.json"))
    yield from damaged
    yield ClassNames(tuple(listed_classes(source)))
    for file in files:
        part = part_of(file, source.folder)
        try:
            images = entries(load_json(file), "the file")
        except (WorkbenchError, ValueError) as error:
            yield unreadable_labels(file, error)
            continue
        for index, value in enumerate(images, start=1):
            yield from _image(source, file, value, f"image {index}", part)


def _image(source: Source, file: Path, value: Any, where: str, part: str,
           ) -> Iterator[AnnotatedSample | Problem]:
    try:
        data = mapping(value, where)
        name = data.get("image", data.get("imagefilename"))
        if not isinstance(name, str):
            raise ValueError(f"{where} has no name")
        image = source.find(name, file.parent)
        if image is None:
            yield missing_image(source, file, name)
            return
        found = ObjectList(file, source.size(image))
        for entry in entries(data.get("annotations", data.get("annotation", [])), "annotations"):
            _object(entry, found, name)
    except WorkbenchError as error:
        yield Problem(str(error.path or file), "unreadable-image", error.sentence())
    except ValueError as error:
        yield Problem(str(file), "unreadable-object", f"{where} is left out: {error}.", "warning")
    else:
        yield from found.problems
        yield AnnotatedSample(image, Annotation(tuple(found.objects)), part)


def _object(value: Any, found: ObjectList, name: str) -> None:
    where = f"an object of {name}"
    try:
        sides = mapping(mapping(value, where).get("coordinates"), "coordinates")
        x, y, width, height = (number(sides.get(key), key) for key in ("x", "y", "width", "height"))
    except ValueError as error:
        found.problem("unreadable-object", f"{where} is left out: {error}.")
        return
    box = Box(*(round(edge, 4) for edge in (x - width / 2, y - height / 2, x + width / 2,
                                            y + height / 2)))
    found.add(str(value.get("label") or ""), box, where=f"{value.get('label')} of {name}")


def write(target: Target, samples: Iterable[AnnotatedSample]) -> None:
    """A folder for each part with its images and one file."""
    target.write(CLASS_LIST, class_list(target.classes))
    parts: dict[str, list[str]] = {}
    for sample in samples:
        folder = f"{sample.split}/" if sample.split else ""
        target.place(sample, folder + sample.name)
        if sample.annotation is not None:
            objects = []
            for item in sample.annotation.objects:
                x1, y1, x2, y2 = item.box
                objects.append({"label": item.label, "coordinates": {
                    "x": tidy((x1 + x2) / 2), "y": tidy((y1 + y2) / 2), "width": tidy(x2 - x1),
                    "height": tidy(y2 - y1)}})
            parts.setdefault(folder, []).append(
                dump({"image": sample.name, "annotations": objects}))
    for folder, images in (parts or {"": []}).items():
        target.write(folder + FILE, "[\n" + ",\n".join(images) + "\n]\n")
