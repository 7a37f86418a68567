"""DotDotGoose: points of each image by class, in a ``.pnt`` file (JSON) beside the images."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from workbench.core.classes import class_color
from workbench.core.errors import Problem, WorkbenchError
from workbench.extension.annotation_formats import (
    AnnotatedSample,
    Annotation,
    ClassNames,
    Source,
    Target,
)
from workbench.formats.csv_points import add_dot
from workbench.formats.label_checks import ObjectList
from workbench.formats.label_json import (
    dump,
    entries,
    load_json,
    mapping,
    missing_image,
    number,
    some_files,
    start_of,
    tidy,
    unreadable_labels,
)

SUFFIX = ".pnt"


def sniff(path: Path) -> bool:
    return any(file.suffix.lower() == SUFFIX and start_of(file).lstrip().startswith("{")
               for file in some_files(path, f"*{SUFFIX}", f"*/*{SUFFIX}"))


def read(source: Source) -> Iterator[AnnotatedSample | ClassNames | Problem]:
    """The images of all files."""
    names: dict[str, None] = {}
    colors: dict[str, str] = {}
    for file in [source.file] if source.file is not None else source.files(SUFFIX):
        source.used.add(file)
        try:
            data = mapping(load_json(file), "the file")
            images = mapping(data.get("points"), "points")
            names.update(dict.fromkeys(map(str, entries(data.get("classes", []), "classes"))))
            colors = {**_colors(data.get("colors")), **colors}
        except (WorkbenchError, ValueError) as error:
            yield unreadable_labels(file, error)
            continue
        for name, classes in images.items():
            yield from _image(source, file, name, classes)
    yield ClassNames(tuple(names), colors=colors)


def _colors(said: Any) -> dict[str, str]:
    """The colours of classes, which are red, green and blue of 0 to 255; without what is none."""
    found = said.items() if isinstance(said, dict) else ()
    return {str(name): "#{:02x}{:02x}{:02x}".format(*rgb) for name, rgb in found
            if isinstance(rgb, list) and len(rgb) == 3
            and all(type(part) is int and 0 <= part <= 255 for part in rgb)}


def _image(source: Source, file: Path, name: str, classes: Any,
           ) -> Iterator[AnnotatedSample | Problem]:
    image = source.find(name, file.parent)
    if image is None:
        yield missing_image(source, file, name)
        return
    try:
        found = ObjectList(file, source.size(image))
        for label, points in mapping(classes, f"the points of {name}").items():
            for index, value in enumerate(entries(points, label), start=1):
                where = f"{label or 'point'} {index} of {name}"
                try:
                    point = mapping(value, "it")
                    place = number(point.get("x"), "x"), number(point.get("y"), "y")
                except ValueError as error:
                    found.problem("no-number", f"{where} is left out: {error}.")
                else:
                    add_dot(found, label, place, where=where)
    except WorkbenchError as error:
        yield Problem(str(error.path or file), "unreadable-image", error.sentence())
    except ValueError as error:
        yield Problem(str(file), "unreadable-object", f"{name} is left out: {error}.", "warning")
    else:
        yield from found.problems
        yield AnnotatedSample(image, Annotation(tuple(found.objects)))


def write(target: Target, samples: Iterable[AnnotatedSample]) -> None:
    """The images, and in each folder of them a file, as DotDotGoose opens one folder at a time."""
    folders: dict[str, dict[str, dict[str, list[dict[str, float]]]]] = {}
    for sample in samples:
        target.place(sample, sample.name)
        if sample.annotation is None:
            continue
        folder, _, name = sample.name.rpartition("/")
        points = folders.setdefault(folder, {}).setdefault(name, {})
        for item in sample.annotation.objects:
            x, y = map(tidy, item.box[:2])
            points.setdefault(item.label, []).append({"x": x, "y": y})
    shown = {name: target.colors.get(name, class_color(at))
             for at, name in enumerate(target.classes)}
    colors = {name: [int(color[start:start + 2], 16) for start in (1, 3, 5)]
              for name, color in shown.items()}
    for folder, images in (folders or {"": {}}).items():
        data = {"classes": list(target.classes), "points": images, "colors": colors,
                "metadata": {"survey_id": "", "coordinates": {
                    name: {"x": "", "y": ""} for name in images}},
                "custom_fields": {"fields": [], "data": {}},
                "ui": {"grid": {"size": 200, "color": [255, 255, 255]},
                       "point": {"radius": 25, "color": [255, 255, 0]}}}
        target.write(f"{folder}/points{SUFFIX}" if folder else f"points{SUFFIX}", dump(data) + "\n")
