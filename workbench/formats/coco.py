"""COCO: one JSON file for a whole data set, with boxes, outlines, masks and key points.

Boxes are ``[x, y, width, height]`` in pixels from 0; classes are numbered in any way and found by
name; a file of a million annotations is read piece by piece. What others write beside an
annotation as ``"attributes"`` (CVAT, Datumaro) is kept. Source: cocodataset.org, "Data format".
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from workbench.core.annotation import DIFFICULT, NO_ATTRIBUTES, Attributes
from workbench.core.errors import FormatError, Problem, WorkbenchError
from workbench.core.outlines import Keypoints, Mask, Polygon
from workbench.core.rings import joined, parts_of
from workbench.core.shapes import Box, Shape
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
from workbench.formats.label_json import box_of_sides, flat, numbers, part_of, ring_of, tidy
from workbench.formats.regular_file import open_regular

_LISTS = frozenset({"images", "annotations", "categories"})
_PLACES = ("bbox", "segmentation", "keypoints")
"""In a file whose annotations have none of these they are about images as a whole."""
_LOOK = 1 << 16
_decode = json.JSONDecoder().decode


def sniff(path: Path) -> bool:
    if path.is_file():
        return path.suffix.lower() == ".json" and _looks_like(path)
    files = (file for pattern in ("*.json", "*/*.json", "*/*/*.json")
             for file in path.glob(pattern))
    return any(_looks_like(file) for file in islice(files, 40))


def _looks_like(path: Path) -> bool:
    """Whether the beginning or the end of a file names what only COCO has together."""
    try:
        with open_regular(path) as stream:
            text = stream.read(_LOOK)
            stream.seek(0, 2)
            stream.seek(max(stream.tell() - _LOOK, 0))
            text += stream.read(_LOOK)
    except OSError:
        return False
    lists = sum(f'"{name}"'.encode() in text for name in ("images", "annotations", "categories"))
    inside = any(word in text for word in (b'"bbox"', b'"segmentation"', b'"file_name"',
                                           b'"category_id"', b'"supercategory"'))
    foreign = any(word in text for word in (b'"infos"', b'"label_id"', b'"items"'))
    return lists >= 2 and inside and not foreign


# Reading


class _Image(NamedTuple):
    name: str
    size: tuple[int, int] | None
    line: int


class _Category(NamedTuple):
    name: str
    above: str
    points: int


def read(source: Source) -> Iterator[AnnotatedSample | ClassNames | Problem]:
    """The images of all files of a folder, or of the one file that was named."""
    files = [source.file] if source.file is not None else [
        path for path in source.files(".json") if _looks_like(path)]
    names: dict[str, None] = {}
    seen: dict[str, Path] = {}
    for file in sorted(files, key=_rank):
        reader = _Reader(source, file, seen)
        yield from reader.run()
        names.update(dict.fromkeys(reader.class_names()))
    yield ClassNames(tuple(names))


def _rank(file: Path) -> tuple[bool, str]:
    """Files of objects before those of key points and captions of the same images."""
    return file.name.startswith(("person_keypoints", "captions")), str(file)


class _Reader:
    """Reads one file: first what there is, each annotation as the text it is, then image by image.

    As text an annotation takes a tenth of the memory that it takes as data.
    """

    def __init__(self, source: Source, file: Path, seen: dict[str, Path]) -> None:
        self._source, self._file, self._seen = source, file, seen
        self._part = part_of(file, source.folder)
        self._images: dict[Any, _Image] = {}
        self._categories: dict[Any, _Category] = {}
        self._texts: dict[Any, list[bytes]] = {}
        self._used: Counter[Any] = Counter()
        self._captions = 0
        self._placed = False

    def class_names(self) -> Iterator[str]:
        """In file order, without what Roboflow puts above all classes."""
        above = {category.above for category in self._categories.values()}
        for number, category in self._categories.items():
            if not (category.name in above and category.above == "none"
                    and not self._used[number]):
                yield category.name

    def run(self) -> Iterator[AnnotatedSample | Problem]:
        problems: list[Problem] = []
        try:
            self._collect(problems)
        except WorkbenchError as error:  # nothing of it is taken
            yield Problem(str(self._file), "unreadable-labels", error.sentence(), line=error.line)
            return
        yield from problems
        if self._captions:
            yield Problem(str(self._file), "captions", "its captions are not read.", "warning")
            if not self._texts:
                return
        for number, texts in self._texts.items():
            if number not in self._images:
                yield self._problem("unknown-image", f"there is no image {number!r}, which "
                                    f"{len(texts)} of its annotations name.")
        for number, image in self._images.items():
            yield from self._sample(image, self._texts.get(number, []))

    def _collect(self, problems: list[Problem]) -> None:
        for item in stream_json(self._file, _LISTS):
            if item.key not in _LISTS:
                continue
            value = item.value
            if not isinstance(value, dict):
                raise FormatError(f"an entry of “{item.key}” is no object", path=self._file,
                                  line=item.line)
            if item.key == "annotations":
                self._annotation(value, item.text, item.line)
            elif item.key == "images":
                self._image(value, item.line, problems)
            else:
                self._category(value, item.line)

    def _image(self, value: dict[str, Any], line: int, problems: list[Problem]) -> None:
        number, name = value.get("id"), value.get("file_name")
        if not isinstance(number, int | str) or not isinstance(name, str):
            raise FormatError("an image has no id or no file_name", path=self._file, line=line)
        if number in self._images:
            problems.append(self._problem(
                "duplicate-image", f"the image {number!r} is there twice; the first counts.", line))
            return
        sides = value.get("width"), value.get("height")
        whole = all(isinstance(side, int | float) and 0 < side < 1 << 31 for side in sides)
        size = (int(sides[0]), int(sides[1])) if whole else None  # type: ignore[arg-type]
        self._images[number] = _Image(name, size, line)

    def _category(self, value: dict[str, Any], line: int) -> None:
        number, name = value.get("id"), value.get("name")
        if not isinstance(number, int | str) or not isinstance(name, str | int):
            raise FormatError("a category has no id or no name", path=self._file, line=line)
        points = value.get("keypoints")
        self._categories[number] = _Category(str(name), str(value.get("supercategory") or ""),
                                             len(points) if isinstance(points, list) else 0)

    def _annotation(self, value: dict[str, Any], text: str, line: int) -> None:
        image, category = value.get("image_id"), value.get("category_id")
        if not isinstance(image, int | str):
            raise FormatError("an annotation names no image", path=self._file, line=line)
        if category is None and "caption" in value:
            self._captions += 1
            return
        self._placed |= any(value.get(name) is not None for name in _PLACES)
        if isinstance(category, int | str):
            self._used[category] += 1
        self._texts.setdefault(image, []).append(text.encode("utf-8", "surrogatepass"))

    # One image

    def _sample(self, image: _Image, texts: list[bytes]) -> Iterator[AnnotatedSample | Problem]:
        path = self._source.find(image.name, self._file.parent)
        if path is None:
            yield self._problem("missing-image", f"{image.name} is not here, or it is not clear "
                                "which image that is.", image.line)
            return
        if self._seen.setdefault(str(path), self._file) != self._file:
            yield self._problem("duplicate-image", f"{image.name} is also in "
                                f"{self._seen[str(path)].name}, which counts.", image.line)
            return
        found = ObjectList(self._file, image.size)
        labels: dict[str, None] = {}
        for text in texts:
            value = _decode(text.decode("utf-8", "surrogatepass"))
            label = self._object(value, image, found)
            if label:
                labels[label] = None
        yield from found.problems
        yield AnnotatedSample(path, Annotation(tuple(found.objects), tuple(labels), image.size),
                              self._part)

    def _object(self, value: dict[str, Any], image: _Image, found: ObjectList) -> str:
        """Add an annotation to ``found``; returns the name of one of the image as a whole."""
        where = f"annotation {value.get('id')} ({image.name})"
        category = value.get("category_id")
        known = self._categories.get(category) if isinstance(category, int | str) else None
        if known is None:
            found.problem("unknown-class", f"{where} is of the category {category!r}, which there "
                          "is not; it is left out.")
            return ""
        if not self._placed:
            return known.name
        try:
            shape = _shape(value, image.size)
        except (ValueError, TypeError, OverflowError) as error:
            found.problem("unreadable-object", f"{where} is left out: {error}.")
            return ""
        found.add(known.name, shape, _attributes(value), where=where)
        return ""

    def _problem(self, kind: str, reason: str, line: int | None = None) -> Problem:
        return Problem(str(self._file), kind, reason, "warning", line)


def _shape(value: Mapping[str, Any], size: tuple[int, int] | None) -> Shape:
    box = box_of_sides(value["bbox"]) if value.get("bbox") else None
    points = value.get("keypoints")
    if points:
        return _keypoints(numbers(points, "keypoints"), box)
    outline = value.get("segmentation")
    if isinstance(outline, dict):
        return _mask(outline)
    if isinstance(outline, list):
        rings = [ring_of(ring, "segmentation") for ring in outline if ring]
        usable = tuple(ring for ring in rings if len(ring) >= 3)
        if usable:
            return Polygon(usable)
    if box is None:
        raise ValueError("it has neither a bbox nor a segmentation")
    return box


def _keypoints(triples: list[float], box: Box | None) -> Keypoints:
    if len(triples) % 3:
        raise ValueError("keypoints are no triples")
    points = tuple((float(x), float(y))
                   for x, y in zip(triples[::3], triples[1::3], strict=True))
    seen = tuple(min(max(int(value), 0), 2) for value in triples[2::3])
    return Keypoints(points, seen, box)


def _mask(value: Mapping[str, Any]) -> Mask:
    size, counts = value.get("size"), value.get("counts")
    if not isinstance(size, list) or len(size) != 2 or not all(type(n) is int for n in size):
        raise ValueError("a mask has no size")
    if isinstance(counts, str):
        counts = counts_of_text(counts)
    if not isinstance(counts, list):
        raise ValueError("a mask has no counts")
    return mask_of_counts(counts, size[0], size[1])


def _attributes(value: Mapping[str, Any]) -> Attributes:
    said = value.get("attributes")
    found = {str(key): item for key, item in said.items()
             if isinstance(item, str | int | float) and item is not False
             } if isinstance(said, dict) else {}
    if value.get("iscrowd") in (1, True):
        found[DIFFICULT] = True
    return found or NO_ATTRIBUTES


# Writing


def write(target: Target, samples: Iterable[AnnotatedSample]) -> None:
    """Images in ``images``, and ``annotations/instances_PART.json`` for each part."""
    writers: dict[str, _Writer] = {}
    for sample in samples:
        target.place(sample, f"images/{sample.name}")
        if sample.annotation is None:
            continue
        writer = writers.get(sample.split)
        if writer is None:
            writer = writers[sample.split] = _Writer(target, sample.split)
        writer.add(sample, sample.annotation)
    for writer in writers.values() or [_Writer(target, "")]:
        writer.end()


class _Writer:
    """Writes one file; annotations go to the disk as they come."""

    def __init__(self, target: Target, part: str) -> None:
        self._numbers = {name: number for number, name in enumerate(target.classes, start=1)}
        folder = target.folder / "annotations"
        folder.mkdir(exist_ok=True)
        name = f"instances_{part}.json" if part else "instances.json"
        self._stream = (folder / name).open("w", encoding="utf-8", errors="surrogatepass")
        self._stream.write('{\n"info": {"description": "", "version": "1.0"},\n"licenses": [],\n'
                           '"annotations": [')
        self._images: list[str] = []
        self._count = 0
        self._points = 0

    def add(self, sample: AnnotatedSample, annotation: Annotation) -> None:
        assert annotation.size is not None
        width, height = annotation.size
        number = len(self._images) + 1
        self._images.append(_json({"id": number, "file_name": sample.name, "width": width,
                                   "height": height}))
        for item in annotation.objects:
            self._count += 1
            value = {"id": self._count, "image_id": number,
                     "category_id": self._numbers[item.label], **_described(item, annotation.size)}
            if "num_keypoints" in value:
                self._points = max(self._points, len(value["keypoints"]) // 3)
            self._stream.write(("\n" if self._count == 1 else ",\n") + _json(value))

    def end(self) -> None:
        points = {"keypoints": [str(number) for number in range(1, self._points + 1)],
                  "skeleton": []} if self._points else {}
        classes = (_json({"id": number, "name": name, "supercategory": "", **points})
                   for name, number in self._numbers.items())
        with self._stream as stream:
            stream.write('\n],\n"images": [\n' + ",\n".join(self._images))
            stream.write('\n],\n"categories": [\n' + ",\n".join(classes) + "\n]\n}\n")


def _described(item: LabeledObject, size: tuple[int, int]) -> dict[str, Any]:
    shape = item.shape
    x1, y1, x2, y2 = shape.bounds()
    found: dict[str, Any] = {
        "bbox": [tidy(x1), tidy(y1), tidy(x2 - x1), tidy(y2 - y1)],
        "area": tidy((x2 - x1) * (y2 - y1)), "iscrowd": 0, "segmentation": []}
    said = dict(item.attributes)
    if isinstance(shape, Polygon):
        found["segmentation"] = [flat(ring) for ring in map(joined, parts_of(shape))]
        found["area"] = tidy(shape.area)
    elif isinstance(shape, Mask):
        counts = counts_of_mask(shape, size[1], size[0])
        found["segmentation"] = {"size": [size[1], size[0]], "counts": text_of_counts(counts)}
        found["area"] = shape.area
        found["iscrowd"] = int(bool(said.pop(DIFFICULT, False)))
    elif isinstance(shape, Keypoints):
        found["keypoints"] = [value for (x, y), seen in zip(shape.points, shape.visibility,
                                                            strict=True)
                              for value in ((tidy(x), tidy(y), seen) if seen else (0, 0, 0))]
        found["num_keypoints"] = sum(seen > 0 for seen in shape.visibility)
    if said:
        found["attributes"] = said
    return found


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
