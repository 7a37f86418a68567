"""CVAT XML 1.1: one file with images, or with tracks over the frames of a video.

Points are ``"x,y;x,y"`` in pixels, ``rotation`` is in degrees, a mask counts along the rows of its
window, outside first. Source: CVAT's documentation, "CVAT for images" and "CVAT for video".
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError, iterparse

from workbench.core.annotation import NO_ATTRIBUTES, Attributes
from workbench.core.errors import FormatError, Problem, WorkbenchError
from workbench.core.outlines import Keypoints, Mask, Polygon, Ring, RotatedBox
from workbench.core.rings import joined, turned_ring
from workbench.core.shapes import Box, Shape
from workbench.core.video import TRACKS_SUFFIX
from workbench.extension.annotation_formats import (
    AnnotatedSample,
    Annotation,
    ClassNames,
    LabeledObject,
    Source,
    Target,
)
from workbench.formats.atomic import disk_reason
from workbench.formats.label_checks import ObjectList
from workbench.formats.label_json import (
    LIMIT,
    find_in_part,
    missing_image,
    open_ring,
    part_of,
    polygon_ring,
    some_files,
    start_of,
    tidy,
    turned_box,
    unreadable_labels,
)
from workbench.formats.labelme import circle
from workbench.formats.regular_file import open_regular
from workbench.formats.voc_outlines import attribute_text, attribute_value
from workbench.formats.xml_text import escape, quoted, without_forbidden

_SHAPES = ("box", "polygon", "polyline", "points", "mask", "ellipse", "cuboid", "skeleton")
_PARTS = {"train": "train", "val": "val", "valid": "val", "validation": "val", "test": "test"}


def sniff(path: Path) -> bool:
    return any(_looks_like(file) for file in some_files(path, "*.xml", "*/*.xml"))


def _looks_like(path: Path) -> bool:
    if path.name.lower().endswith(TRACKS_SUFFIX):
        return False  # tracks beside a video of a project, where they are shown
    text = start_of(path) if path.suffix.lower() == ".xml" else ""
    return "<annotations" in text and ("<image " in text or "<meta" in text or "<track" in text)


# Reading


def read(source: Source) -> Iterator[AnnotatedSample | ClassNames | Problem]:
    """The images of all files."""
    files = [source.file] if source.file is not None else [
        path for path in source.files(".xml") if _looks_like(path)]
    listed: dict[str, None] = {}
    for file in files:
        try:
            yield from list(_file(source, file, listed))
        except WorkbenchError as error:
            yield unreadable_labels(file, error)
    yield ClassNames(tuple(listed))


def _file(source: Source, file: Path, listed: dict[str, None],
          ) -> Iterator[AnnotatedSample | Problem]:
    tracks: dict[int, list[tuple[Element, str]]] = {}
    for element in _elements(file):
        if element.tag == "label":
            name = element.findtext("name")
            if name and element.find("parent") is None:
                listed[name.strip()] = None
        elif element.tag == "image":
            yield from _image(source, file, element)
        else:
            label = element.get("label", "")
            for shape in element:
                frame = shape.get("frame", "")
                if shape.get("outside") != "1" and frame.isdecimal():
                    tracks.setdefault(int(frame), []).append((shape, label))
    yield from _frames(source, file, tracks)


def _elements(file: Path) -> Iterator[Element]:
    """The labels, images and tracks of a file, one at a time."""
    try:
        with open_regular(file, LIMIT) as stream:
            depth = 0
            for event, element in iterparse(stream, ("start", "end")):
                depth += 1 if event == "start" else -1
                if depth > 40:
                    raise FormatError("it is nested too deeply", path=file)
                if event == "end" and element.tag in ("image", "track", "label"):
                    yield element
                    if element.tag != "label":
                        element.clear()
    except ParseError as error:
        raise FormatError(f"it is no XML ({str(error).partition(':')[0]})", path=file,
                          line=error.position[0]) from None
    except (LookupError, ValueError) as error:  # what its first line says of the encoding
        raise FormatError(f"it is no XML ({error})", path=file, line=1) from None
    except OSError as error:
        raise WorkbenchError(disk_reason(error, "read"), path=file) from error


def _image(source: Source, file: Path, element: Element) -> Iterator[AnnotatedSample | Problem]:
    name = element.get("name", "")
    subset = element.get("subset", "").lower()
    part = _PARTS.get(subset) or part_of(file, source.folder)
    image = find_in_part(source, file, name, part) if name else None
    if image is None:
        yield missing_image(source, file, name)
        return
    sides = element.get("width", ""), element.get("height", "")
    size = (int(sides[0]), int(sides[1])) if all(
        side.isdecimal() and len(side) < 9 for side in sides) else None
    tags = element.findall("tag")
    whole = Annotation((), tuple(tag.get("label", "") for tag in tags), size, attributes=_of(tags))
    shapes = [(shape, shape.get("label", "")) for shape in element if shape.tag in _SHAPES]
    yield from _objects(file, image, shapes, whole, part)


def _frames(source: Source, file: Path, tracks: dict[int, list[tuple[Element, str]]],
            ) -> Iterator[AnnotatedSample | Problem]:
    """Frames are the images of the folder, in their order."""
    images = source.images() if tracks else []
    missing = [frame for frame in tracks if frame >= len(images)]
    if missing:
        yield Problem(str(file), "missing-image", f"there are labels up to frame {max(missing)}, "
                      f"but {len(images)} images: put the frames of the video beside it, or read "
                      "its tracks into the video in Videos.", "warning")
    for frame in sorted(set(tracks) - set(missing)):
        yield from _objects(file, images[frame], tracks[frame], Annotation(),
                            part_of(file, source.folder))


def _objects(file: Path, image: Path, shapes: list[tuple[Element, str]],
             whole: Annotation, part: str) -> Iterator[AnnotatedSample | Problem]:
    found = ObjectList(file, whole.size)
    for index, (element, label) in enumerate(shapes, start=1):
        where = f"{element.tag} {index} of {image.name}"
        try:
            shape = _shape(element)
        except (ValueError, OverflowError) as error:
            found.problem("unreadable-object", f"{where} is left out: {error}.")
            continue
        found.add(label, shape, _said(element), where=where)
    yield from found.problems
    yield AnnotatedSample(image, replace(whole, objects=tuple(found.objects)), part)


def _number(element: Element, name: str) -> float:
    try:
        return float(element.get(name, ""))
    except ValueError:
        raise ValueError(f"{name} is no number") from None


def _points(element: Element) -> Ring:
    try:
        return tuple((float(x), float(y)) for x, y in (
            pair.split(",") for pair in element.get("points", "").split(";") if pair.strip()))
    except ValueError:
        raise ValueError("its points are no pairs of numbers") from None


def _shape(element: Element) -> Shape:
    if element.tag == "box":
        box = Box(*(_number(element, name) for name in ("xtl", "ytl", "xbr", "ybr")))
        return turned_box(box, float(element.get("rotation") or 0))
    if element.tag == "polygon":
        return Polygon((polygon_ring(open_ring(_points(element))),))
    if element.tag == "points":
        points = _points(element)
        if not points:
            raise ValueError("it has no points")
        return Keypoints(points, (2,) * len(points))
    if element.tag == "mask":
        return _mask(element)
    if element.tag == "ellipse":
        middle = _number(element, "cx"), _number(element, "cy")
        ring = circle((0.0, 0.0), _number(element, "rx"), _number(element, "ry"))
        return Polygon((turned_ring(ring, math.radians(float(element.get("rotation") or 0)),
                                    middle),))
    if element.tag == "skeleton":
        return _skeleton(element)
    raise ValueError(f"a {element.tag} is not read")


def _skeleton(element: Element) -> Keypoints:
    """Its points in the order of their labels' names, where all are numbers by these."""
    found = element.findall("points")
    if all(point.get("label", "").isdecimal() for point in found):
        found.sort(key=lambda point: int(point.get("label", "")))
    points = [_points(point) for point in found]
    if not points or not all(len(point) == 1 for point in points):
        raise ValueError("its points are no pairs of numbers")
    seen = (0 if point.get("outside") == "1" else 1 if point.get("occluded") == "1" else 2
            for point in found)
    return Keypoints(tuple(point[0] for point in points), tuple(seen))


def _mask(element: Element) -> Mask:
    left, top, width, height = (int(_number(element, name))
                                for name in ("left", "top", "width", "height"))
    words = element.get("rle", "").split(",")
    if not all(word.strip().isdecimal() and len(word) < 12 for word in words):
        raise ValueError("the run lengths of a mask are no numbers")
    runs = tuple(map(int, words))
    if width <= 0 or height <= 0 or sum(runs) != width * height:
        raise ValueError("the run lengths do not make up the mask")
    return Mask(left, top, width, height, runs)


def _said(element: Element) -> Attributes:
    found: dict[str, str | float | bool] = {}
    if element.get("occluded") == "1":
        found["occluded"] = True
    for attribute in element.findall("attribute"):
        name, text = attribute.get("name"), (attribute.text or "").strip()
        value = attribute_value(text)
        if name and value is not False and value != "":
            found[name] = value
    return found or NO_ATTRIBUTES


def _of(tags: list[Element]) -> Attributes:
    """What tags say of their image; of one name in several, each but the first with its tag's."""
    found: dict[str, str | float | bool] = {}
    for tag in tags:
        for name, value in _said(tag).items():
            if found.setdefault(name, value) != value:
                found[f"{tag.get('label', '')} {name}".strip()] = value
    return found or NO_ATTRIBUTES


# Writing


def write(target: Target, samples: Iterable[AnnotatedSample]) -> None:
    """Images in ``images``, and ``annotations.xml``."""
    labels = "".join(f"<label><name>{escape(name)}</name><attributes></attributes></label>"
                     for name in map(without_forbidden, target.classes))
    path = target.folder / "annotations.xml"
    with path.open("w", encoding="utf-8", errors="surrogatepass") as stream:
        stream.write('<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n<version>1.1'
                     f"</version>\n<meta><task><labels>{labels}</labels></task></meta>\n")
        for number, sample in enumerate(samples):
            target.place(sample, f"images/{sample.name}")
            annotation = sample.annotation
            if annotation is None or annotation.size is None:
                continue
            subset = f" subset={quoted(sample.split)}" if sample.split else ""
            stream.write(f'<image id="{number}" name={quoted(sample.name)}{subset} '
                         f'width="{annotation.size[0]}" height="{annotation.size[1]}">\n')
            stream.writelines(f"<tag label={quoted(label)} source=\"manual\"></tag>\n"
                              for label in annotation.labels)
            stream.writelines(map(_written, annotation.objects))
            stream.write("</image>\n")
        stream.write("</annotations>\n")


def _written(item: LabeledObject) -> str:
    said = dict(item.attributes)
    shape, tag = item.shape, "box"
    head = (f"label={quoted(item.label)} source=\"manual\" "
            f'occluded="{int(said.pop("occluded", False) is True)}"')
    if isinstance(shape, Polygon):
        tag = "polygon"
        points = ";".join(f"{tidy(x)},{tidy(y)}" for x, y in joined(shape.rings))
        place = f'points="{points}"'
    elif isinstance(shape, Mask):
        tag = "mask"
        place = (f'rle="{", ".join(map(str, shape.runs))}" left="{shape.x}" top="{shape.y}" '
                 f'width="{shape.width}" height="{shape.height}"')
    elif isinstance(shape, RotatedBox):
        (x, y), w, h = shape.center, shape.width / 2, shape.height / 2
        place = (f"{_edges(x - w, y - h, x + w, y + h)} "
                 f'rotation="{math.degrees(shape.angle):.6f}"')
    else:
        place = _edges(*shape.bounds())
    texts = {name: without_forbidden(attribute_text(value)) for name, value in said.items()}
    inside = "".join(f"<attribute name={quoted(name)}>{escape(text)}</attribute>"
                     for name, text in texts.items())
    return f'<{tag} {head} {place} z_order="0">{inside}</{tag}>\n'


def _edges(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'xtl="{tidy(x1)}" ytl="{tidy(y1)}" xbr="{tidy(x2)}" ybr="{tidy(y2)}"'
