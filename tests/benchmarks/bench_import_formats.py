"""Labels of other programs: writing and reading them, and a whole import.

``BENCH_IMAGES`` says how many images there are (each with ten objects). 100,000 are a million
annotations.
"""

from __future__ import annotations

import os
import resource
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from workbench.extension.annotation_formats import (
    AnnotatedSample,
    Annotation,
    Box,
    LabeledObject,
    Polygon,
    Problem,
    annotation_formats,
)
from workbench.extension.holds import Losses, fit
from workbench.extension.registry import load
from workbench.project.imports.images import import_dataset
from workbench.project.imports.label_source import FolderSource
from workbench.project.label_export import FolderTarget

IMAGES = int(os.environ.get("BENCH_IMAGES", "2000"))
EACH = 10
IMPORTED = 500
SIZE = (640, 480)
CLASSES = ("cat", "dog", "bird")


def measure(folder: Path) -> dict[str, Any]:
    picture = folder / "picture.png"
    picture.write_bytes(_png())
    result: dict[str, Any] = {"images": IMAGES, "objects": IMAGES * EACH}
    for kind in list(annotation_formats):
        if kind.medium != "images" or kind.native or not (kind.read and kind.write):
            continue
        place = folder / kind.id
        place.mkdir()
        start = time.perf_counter()
        load(kind.write)(FolderTarget(place, CLASSES, "link"), _samples(picture, kind.id, IMAGES))
        written = time.perf_counter()
        found = list(_read(place, kind.id, folder))
        result[kind.id] = {
            "write_s": round(written - start, 2),
            "read_s": round(time.perf_counter() - written, 2), "objects_read": sum(found),
            "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000)}
        shutil.rmtree(place)
    result["whole_import"] = _whole_import(folder, picture)
    return result


def _read(place: Path, format: str, folder: Path) -> Iterator[int]:
    source = FolderSource(place, folder, follow=True)
    for item in load(annotation_formats.get(format).read)(source):
        assert not isinstance(item, Problem), item
        if isinstance(item, AnnotatedSample) and item.annotation is not None:
            yield len(item.annotation.objects)


def _whole_import(folder: Path, picture: Path) -> dict[str, Any]:
    """From a folder of COCO to a project, with copies of the images."""
    place = folder / "import"
    place.mkdir()
    load(annotation_formats.get("coco").write)(
        FolderTarget(place, CLASSES, "copy"), _samples(picture, "coco", IMPORTED))
    start = time.perf_counter()
    report = import_dataset(place, folder / "project")
    return {"images": report.images, "seconds": round(time.perf_counter() - start, 2)}


def _samples(picture: Path, format: str, number: int) -> Iterator[AnnotatedSample]:
    holds = annotation_formats.get(format).holds
    for index in range(number):
        objects = tuple(_object(index, at) for at in range(EACH))
        yield AnnotatedSample(picture, fit(Annotation(objects, size=SIZE), holds, Losses()),
                              "val" if index % 5 == 0 else "train", f"{index:06}.png")


def _object(index: int, at: int) -> LabeledObject:
    """Half of them are boxes, half are polygons of ten corners."""
    x, y = (index * 7 + at * 53) % 500, (index * 13 + at * 31) % 400
    label = CLASSES[(index + at) % 3]
    if at % 2:
        return LabeledObject(label, Box(x, y, x + 40 + at, y + 30 + at))
    ring = tuple((x + 20 + (20 if k % 2 else 12) * _COS[k], y + 20 + 20 * _SIN[k])
                 for k in range(10))
    return LabeledObject(label, Polygon((ring,)))


_COS = (1.0, 0.81, 0.31, -0.31, -0.81, -1.0, -0.81, -0.31, 0.31, 0.81)
_SIN = (0.0, 0.59, 0.95, 0.95, 0.59, 0.0, -0.59, -0.95, -0.95, -0.59)


def _png() -> bytes:
    import io

    from PIL import Image

    stream = io.BytesIO()
    Image.new("RGB", SIZE).save(stream, "PNG")
    return stream.getvalue()
