"""QuPath: a GeoJSON file of each image's objects, in pixels of the full image.

``IMAGE.geojson`` or ``STEM.geojson``, perhaps gzipped, holds a ``FeatureCollection``, or a list of
features as older versions wrote it. Sources: ``QuPathTypeAdapters`` and ``GsonTools`` of QuPath 0.2
to 0.6; RFC 7946 for the geometries.
"""

from __future__ import annotations

import gzip
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from workbench.core.annotation import NO_ATTRIBUTES, Attributes, LabeledObject
from workbench.core.classes import class_color
from workbench.core.errors import FormatError, Problem, WorkbenchError
from workbench.core.outlines import Keypoints, Polygon, Ring
from workbench.core.rings import parts_of
from workbench.core.shapes import Box, Shape
from workbench.core.text import count
from workbench.extension.annotation_formats import (
    AnnotatedSample,
    Annotation,
    ClassNames,
    Source,
    Target,
)
from workbench.formats.label_checks import ObjectList, of_parts
from workbench.formats.label_json import (
    CLASS_LIST,
    UNCLASSIFIED,
    class_list,
    dump,
    entries,
    listed_classes,
    load_json,
    mapping,
    missing_image,
    parse_json,
    part_of,
    polygon_ring,
    ring_of_points,
    some_files,
    start_of,
    tidy,
    unreadable_labels,
)
from workbench.formats.regular_file import MB, most_unpacked, open_regular

_ANNOTATION = "annotation"
_WRITTEN = frozenset({_ANNOTATION, "detection", "tile"})
"""Types of objects that need nothing but a geometry; QuPath's cells are made of two."""
_PACKED = ".gz"
_PEEK = 1 << 16
_LINES = frozenset({"LineString", "MultiLineString"})
_DEEP = 8
_OTHER_PLANE = "object of another slice or time"
_MANY = {"nucleus": "nuclei", _OTHER_PLANE: "objects of other slices or times"}


def sniff(path: Path) -> bool:
    return any(map(_looks_like, some_files(path, "*json", "*json.gz", "*/*json", "*/*json.gz",
                                           "*/*/*json", "*/*/*json.gz")))


def _looks_like(path: Path) -> bool:
    if not _unzipped_name(path).endswith((".geojson", ".json")):
        return False
    if path.suffix.lower() == _PACKED:
        try:
            text = _unpacked(path, _PEEK).decode("utf-8-sig", "replace")
        except (OSError, WorkbenchError):
            return False
    else:
        text = start_of(path)
    return '"FeatureCollection"' in text or ('"Feature"' in text and '"geometry"' in text)


def _unzipped_name(path: Path) -> str:
    return path.name.lower().removesuffix(_PACKED)


def _unpacked(path: Path, most: int) -> bytes:
    """At most so many bytes of what a gzipped file holds. Raises OSError, FormatError."""
    try:
        with open_regular(path) as stream, gzip.open(stream) as packed:
            return packed.read(most)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise FormatError(f"it cannot be unpacked ({error})", path=path) from None


def _load(path: Path) -> Any:
    if path.suffix.lower() != _PACKED:
        return load_json(path)
    try:
        most = most_unpacked(path.stat().st_size)
        data = _unpacked(path, most + 1)
    except OSError as error:
        raise FormatError(f"it cannot be read ({error.strerror})", path=path) from error
    if len(data) > most:
        raise FormatError(f"it would unpack to more than {most // MB:,} MB, which no file of "
                          "labels does", path=path)
    return parse_json(data, path)


# Reading


def read(source: Source) -> Iterator[AnnotatedSample | ClassNames | Problem]:
    """The images of all files."""
    yield ClassNames(tuple(listed_classes(source)))
    for file in ([source.file] if source.file is not None
                 else source.files(".geojson", ".json", _PACKED)):
        if source.file is not None or _unzipped_name(file).endswith(".geojson") \
                or _looks_like(file):
            source.used.add(file)
            try:
                yield from _image(source, file)
            except (WorkbenchError, ValueError) as error:
                yield unreadable_labels(file, error)


def _image(source: Source, file: Path) -> Iterator[AnnotatedSample | Problem]:
    stem = file.name[:len(_unzipped_name(file))].rpartition(".")[0] or file.name
    image = source.find(stem, file.parent)
    if image is None:
        yield missing_image(source, file, stem)
        return
    data = _load(file)
    features = entries(data, "the file") if isinstance(data, list) else _features(data)
    found = _Objects(file, source.size(image))
    for index, entry in enumerate(features, start=1):
        found.take(entry, f"object {index}")
    found.tell()
    yield from found.problems
    yield AnnotatedSample(image, Annotation(tuple(found.objects)),
                          part_of(file.parent / "file", source.folder))


def _features(data: Any) -> list[Any]:
    whole = mapping(data, "the file")
    return [whole] if whole.get("type") == "Feature" else entries(whole.get("features"), "features")


class _Objects(ObjectList):
    """The objects of one image, and what of theirs has no place, counted."""

    def __init__(self, file: Path, size: tuple[int, int]) -> None:
        super().__init__(file, size)
        self._left: Counter[str] = Counter()

    def take(self, entry: Any, where: str) -> None:
        """Add what a feature says; its points become objects of their own."""
        try:
            data = mapping(entry, where)
            geometry = mapping(data.get("geometry"), "geometry")
            plane = geometry.get("plane")
            if isinstance(plane, dict) and (plane.get("z") or plane.get("t")):
                self._left[_OTHER_PLANE] += 1
                return
            said = data.get("properties")
            properties = said if isinstance(said, dict) else {}
            label, attributes = _class_of(properties), _said(properties)
            if "nucleusGeometry" in data:
                self._left["nucleus"] += 1
            for shape in self._shapes(geometry):
                self.add(label, shape, attributes, where=where)
        except ValueError as error:
            self.problem("unreadable-object", f"{where} is left out: {error}.")

    def _shapes(self, geometry: Mapping[str, Any]) -> Iterator[Shape]:
        areas: list[Polygon] = []
        points: list[Keypoints] = []
        for kind, value in _parts(geometry, _DEEP):
            if kind in _LINES:
                self._left["line"] += 1
            elif kind == "Polygon":
                areas.append(_polygon(value))
            else:
                points += (Keypoints((point,), (2,)) for point in ring_of_points(value, "points"))
        if areas:
            yield _plain(areas[0] if len(areas) == 1 else of_parts(areas))
        yield from points

    def tell(self) -> None:
        """Tell what was left out."""
        for what, number in self._left.items():
            self.problem("no-place", f"{self.file.name}: {count(number, what, _MANY.get(what, ''))}"
                         f" {'is' if number == 1 else 'are'} left out.")


def _parts(geometry: Mapping[str, Any], deep: int) -> Iterator[tuple[str, Any]]:
    """What a geometry is made of: (a polygon or line, its coordinates), or ("Points", points)."""
    kind, value = str(geometry.get("type")), geometry.get("coordinates")
    if kind == "GeometryCollection" and deep:
        for part in entries(geometry.get("geometries"), "geometries"):
            yield from _parts(mapping(part, "a geometry"), deep - 1)
    elif kind == "Polygon" or kind in _LINES:
        yield kind, value
    elif kind == "MultiPolygon":
        yield from (("Polygon", part) for part in entries(value, "coordinates"))
    elif kind in ("Point", "MultiPoint"):
        yield "Points", [value] if kind == "Point" else value
    else:
        raise ValueError(f"a geometry “{kind}” is not read")


def _polygon(value: Any) -> Polygon:
    rings = entries(value, "coordinates")
    if not rings:
        raise ValueError("a polygon has no outline")
    return Polygon(tuple(polygon_ring(ring_of_points(ring, "coordinates")) for ring in rings))


def _plain(polygon: Polygon) -> Shape:
    """A box where the outline is one."""
    box = Box(*polygon.bounds())
    ring = polygon.rings[0]
    corners = _corners(box)
    at = corners.index(ring[0]) if ring[0] in corners else 0
    turned = corners[at:] + corners[:at]
    same = len(polygon.rings) == 1 and ring in (turned, turned[:1] + turned[:0:-1])
    return box if same else polygon


def _corners(box: Box) -> Ring:
    x1, y1, x2, y2 = box
    return (x1, y1), (x2, y1), (x2, y2), (x1, y2)


def _class_of(properties: Mapping[str, Any]) -> str:
    """The class, as QuPath shows it: "Tumor: Positive" of several names."""
    value = properties.get("classification")
    if isinstance(value, dict):
        names = value.get("names")
        value = value.get("name") or (": ".join(map(str, names)) if isinstance(names, list) else "")
    return value if isinstance(value, str) and value else UNCLASSIFIED


def _said(properties: Mapping[str, Any]) -> Attributes:
    found: dict[str, str | float | bool] = {}
    name, kind = properties.get("name"), properties.get("objectType", properties.get("object_type"))
    if isinstance(name, str) and name:
        found["name"] = name
    if isinstance(kind, str) and kind and kind != _ANNOTATION:
        found["objectType"] = kind
    return found or NO_ATTRIBUTES


# Writing


def write(target: Target, samples: Iterable[AnnotatedSample]) -> None:
    """Each image, and its file beside it."""
    target.write(CLASS_LIST, class_list(target.classes))
    classes = {name: {"name": name, "color": _rgb(class_color(index))}
               for index, name in enumerate(target.classes)}
    for sample in samples:
        target.place(sample, sample.name)
        if sample.annotation is None:
            continue
        features = ",\n".join(dump(_feature(item, classes[item.label]))
                              for item in sample.annotation.objects)
        target.write(f"{sample.name.rpartition('.')[0]}.geojson",
                     '{"type": "FeatureCollection", "features": [\n' + features + "\n]}\n")


def _rgb(color: str) -> list[int]:
    """Red, green and blue of "#rrggbb"."""
    return [int(color[at:at + 2], 16) for at in (1, 3, 5)]


def _feature(item: LabeledObject, classification: Mapping[str, Any]) -> dict[str, Any]:
    kind, name = (item.attributes.get(key) for key in ("objectType", "name"))
    properties = {"objectType": kind if kind in _WRITTEN else _ANNOTATION,
                  **({"name": str(name)} if name else {}), "classification": classification}
    return {"type": "Feature", "geometry": _geometry(item.shape), "properties": properties}


def _geometry(shape: Shape) -> dict[str, Any]:
    x1, y1, x2, y2 = shape.bounds()
    if (x1, y1) == (x2, y2):  # a key point, of which no area can be made
        return {"type": "Point", "coordinates": [tidy(x1), tidy(y1)]}
    polygon = shape if isinstance(shape, Polygon) else Polygon((_corners(Box(x1, y1, x2, y2)),))
    parts = [[[[tidy(x), tidy(y)] for x, y in (*ring, ring[0])] for ring in part]
             for part in parts_of(polygon)]
    if len(parts) == 1:
        return {"type": "Polygon", "coordinates": parts[0]}
    return {"type": "MultiPolygon", "coordinates": parts}
