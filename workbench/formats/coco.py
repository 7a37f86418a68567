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
from workbench.core.paths import visible
from workbench.core.rings import joined, parts_of
from workbench.core.shapes import Box, Shape
from workbench.core.skeletons import Skeleton
from workbench.core.text import count
from workbench.extension.annotation_formats import (
    AnnotatedSample,
    Annotation,
    ClassNames,
    LabeledObject,
    Source,
    Target,
)
from workbench.formats.coco_keypoints import (
    category_of_skeleton,
    keypoints_of,
    skeleton_of_category,
    triples_of,
)
from workbench.formats.coco_merge import MergedObjects, SameObjects
from workbench.formats.coco_rle import (
    counts_of_mask,
    counts_of_text,
    mask_of_counts,
    text_of_counts,
)
from workbench.formats.json_stream import stream_json
from workbench.formats.label_checks import ObjectList
from workbench.formats.label_json import (
    attributes_of,
    box_of_sides,
    find_in_part,
    flat,
    id_of,
    label_files,
    missing_image,
    numbers,
    part_of,
    ring_of,
    tidy,
    turned_box,
    unturned,
)
from workbench.formats.regular_file import open_regular

_LISTS = frozenset({"images", "annotations", "categories"})
_PLACES = ("bbox", "segmentation", "keypoints")
"""In a file whose annotations have none of these they are about images as a whole."""
_UNREAD = {"caption": "its captions are not read ({:,}).",
           "segments_info": "its panoptic segments are not read ({:,} images)."}
"""By the key that tells such annotations."""
_LOOK = 1 << 16
_decode = json.JSONDecoder().raw_decode


def sniff(path: Path) -> bool:
    if path.is_file():
        return path.suffix.lower() == ".json" and _looks_like(path)
    files = (file for pattern in ("*.json", "*/*.json", "*/*/*.json")
             for file in visible(path.glob(pattern)))
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
    said: tuple[Any, ...] = ()
    """Categories that stand in its own entry."""
    attributes: Attributes = NO_ATTRIBUTES


class _Category(NamedTuple):
    name: str
    above: str


def read(source: Source) -> Iterator[AnnotatedSample | ClassNames | Problem]:
    """The images of all files of a folder, or of the one file that was named. What several files
    say of an image comes together."""
    files, damaged = label_files(source, _looks_like)
    yield from damaged
    readers = [_CocoReader(source, file) for file in sorted(files, key=_rank)]
    listed: dict[Path, list[tuple[_CocoReader, Any]]] = {}
    for reader in readers:
        yield from reader.run(listed)
    for path, entries in listed.items():
        yield from _sample(path, entries)
    for reader in readers:
        yield from reader.problems()
    names = (name for reader in readers for name in reader.class_names())
    skeletons = {name: item for reader in readers for name, item in reader.skeletons.items()}
    yield ClassNames(tuple(dict.fromkeys(names)), skeletons)


def files_of(source: Source) -> list[Path]:
    """The files of a folder in the order in which they count."""
    return sorted(label_files(source, _looks_like)[0], key=_rank)


def _rank(file: Path) -> tuple[bool, str]:
    """Files of objects before those of key points and captions of the same images."""
    return "keypoints" in file.name or "captions" in file.name, str(file)


def _sample(path: Path, entries: list[tuple[_CocoReader, Any]],
            ) -> Iterator[AnnotatedSample | Problem]:
    """What is said of an image by ``entries``: files, and its id in each."""
    images = [reader.images[number] for reader, number in entries]
    size = next((image.size for image in images if image.size), None)
    found = ObjectList(path, size)
    same = SameObjects(found) if len(entries) > 1 else None
    labels: dict[str, None] = {}
    for reader, number in entries:
        reader.take(number, found, labels, same)
        if same is not None:
            reader.joined(entries[0][0].file, same.next_file())
    yield from found.problems
    attributes = {name: value for image in reversed(images)
                  for name, value in image.attributes.items()}
    part = next((reader.part for reader, _ in entries if reader.part), "")
    yield AnnotatedSample(path, Annotation(tuple(found.objects), tuple(labels), size,
                                           attributes=attributes or NO_ATTRIBUTES), part)


class _CocoReader:
    """Reads one file: first what there is, each annotation as the text it is, then image by image.

    As text an annotation takes a tenth of the memory that it takes as data.
    """

    def __init__(self, source: Source, file: Path) -> None:
        self._source, self.file = source, file
        self.part = part_of(file, source.folder)
        self.images: dict[Any, _Image] = {}
        self.skeletons: dict[str, Skeleton] = {}
        self._categories: dict[Any, _Category] = {}
        self._texts: dict[Any, list[bytes]] = {}
        self._used: Counter[Any] = Counter()
        self._unread: Counter[str] = Counter()
        self._joined = MergedObjects()
        self._first: Path | None = None
        self._placed = False

    def class_names(self) -> Iterator[str]:
        """In file order, without what Roboflow puts above all classes."""
        above = {category.above for category in self._categories.values()}
        for number, category in self._categories.items():
            if not (category.name in above and category.above == "none"
                    and not self._used[number]):
                yield category.name

    def run(self, listed: dict[Path, list[tuple[_CocoReader, Any]]]) -> Iterator[Problem]:
        """Read the file, and add the images that are here to ``listed``, with their ids."""
        problems: list[Problem] = []
        try:
            self._collect(problems)
        except WorkbenchError as error:  # nothing of it is taken
            yield Problem(str(self.file), "unreadable-labels", error.sentence(), line=error.line)
            self._categories, self._texts = {}, {}
            return
        yield from problems
        for kind, number in self._unread.items():
            yield self._problem(kind, f"{self.file.name}: {_UNREAD[kind].format(number)}")
        if self._unread and not self._texts:
            return
        for number, texts in self._texts.items():
            if number not in self.images:
                yield self._problem("unknown-image", f"there is no image {number!r}, which "
                                    f"{len(texts)} of its annotations name.")
        for number, image in self.images.items():
            path = find_in_part(self._source, self.file, image.name, self.part)
            if path is None:
                yield missing_image(self._source, self.file, image.name, image.line)
                continue
            entries = listed.setdefault(path, [])
            if entries and entries[-1][0] is self:
                yield self._problem("duplicate-image", f"{image.name} is listed twice; what both "
                                    "say comes together.", image.line)
            entries.append((self, number))

    def joined(self, first: Path, what: MergedObjects) -> None:
        """Count what became of the objects of an image that the file ``first`` lists, too."""
        self._joined.outlines += what.outlines
        if first != self.file:
            self._first = self._first or first
            self._joined.add(what)

    def problems(self) -> Iterator[Problem]:
        """What became of objects of images that files before this one list, and what was lost."""
        if self._first is not None:
            yield self._problem("joined-labels", self._joined.words(self.file, self._first))
        if self._joined.outlines:
            outlines = count(self._joined.outlines, "object")
            yield self._problem("no-place", f"{self.file.name}: the outlines of {outlines} with "
                                "key points are left out.")

    def _collect(self, problems: list[Problem]) -> None:
        for item in stream_json(self.file, _LISTS):
            if item.key not in _LISTS:
                continue
            value = item.value
            if not isinstance(value, dict):
                raise FormatError(f"an entry of “{item.key}” is no object", path=self.file,
                                  line=item.line)
            if item.key == "annotations":
                self._annotation(value, item.text, item.line)
            elif item.key == "images":
                self._image(value, item.line, problems)
            else:
                self._category(value, item.line)

    def _image(self, value: dict[str, Any], line: int, problems: list[Problem]) -> None:
        number, name = id_of(value.get("id")), value.get("file_name")
        if name is None and isinstance(value.get("coco_url"), str):  # LVIS
            name = value["coco_url"].rpartition("/")[2]
        if not isinstance(number, int | str) or not isinstance(name, str):
            raise FormatError("an image has no id or no file_name", path=self.file, line=line)
        if number in self.images:
            problems.append(self._problem(
                "duplicate-image", f"the image {number!r} is there twice; the first counts.", line))
            return
        sides = value.get("width"), value.get("height")
        whole = all(isinstance(side, int | float) and 0 < side < 1 << 31 for side in sides)
        size = (int(sides[0]), int(sides[1])) if whole else None  # type: ignore[arg-type]
        self.images[number] = _Image(name, size, line, tuple(_said(value)),
                                      attributes_of(value.get("attributes")))

    def _category(self, value: dict[str, Any], line: int) -> None:
        number, name = id_of(value.get("id")), value.get("name")
        if not isinstance(number, int | str) or not isinstance(name, str | int):
            raise FormatError("a category has no id or no name", path=self.file, line=line)
        self._categories[number] = _Category(str(name), str(value.get("supercategory") or ""))
        if (skeleton := skeleton_of_category(value)) is not None:
            self.skeletons[str(name)] = skeleton

    def _annotation(self, value: dict[str, Any], text: str, line: int) -> None:
        image, category = id_of(value.get("image_id")), id_of(value.get("category_id"))
        if not isinstance(image, int | str):
            raise FormatError("an annotation names no image", path=self.file, line=line)
        if category is None and (kind := next((kind for kind in _UNREAD if kind in value), "")):
            self._unread[kind] += 1
            return
        self._placed |= any(value.get(name) is not None for name in _PLACES)
        if isinstance(category, int | str):
            self._used[category] += 1
        self._texts.setdefault(image, []).append(text.encode("utf-8", "surrogatepass"))

    # One image

    def take(self, number: Any, found: ObjectList, labels: dict[str, None],
             same: SameObjects | None) -> None:
        """Add what the file says of an image to its objects and its labels as a whole."""
        image, found.file = self.images[number], self.file
        labels.update(dict.fromkeys(self._of_image(image, found)))
        for text in self._texts.pop(number, ()):
            value, _ = _decode(text.decode("utf-8", "surrogatepass"))
            label, shape = self._object(value, image, found)
            if shape is None:
                labels.update(dict.fromkeys([label] if label else ()))
                continue
            said, where = object_attributes(value), self._where(value, image)
            if "rotation" in said:
                shape, said = _rotated(shape, said)
            outlined = type(shape) is Keypoints and bool(value.get("segmentation"))
            if same is not None:
                item = LabeledObject(label, shape, said)
                same.take(value.get("id"), item, where, outlined=outlined)
            else:
                self._joined.outlines += outlined
                found.add(label, shape, said, where=where)

    def _of_image(self, image: _Image, found: ObjectList) -> Iterator[str]:
        """The names of categories that the entry of an image names, by number or as they are."""
        names = {category.name for category in self._categories.values()}
        for item in image.said:
            number = id_of(item)
            known = self._categories.get(number) if isinstance(number, int | str) else None
            if known is not None:
                yield known.name
            elif isinstance(item, str) and item and (item in names or not names):
                yield item
            else:
                found.problem("unknown-class", f"{image.name} is of the category {item!r}, which "
                              "there is not; it is left out.")

    def _object(self, value: dict[str, Any], image: _Image, found: ObjectList,
                ) -> tuple[str, Shape | None]:
        """The class of an annotation, "" where it is left out, and its shape, None where it is
        about the image as a whole."""
        category = id_of(value.get("category_id"))
        known = self._categories.get(category) if isinstance(category, int | str) else None
        if known is None:
            found.problem("unknown-class", f"{self._where(value, image)} is of the category "
                          f"{category!r}, which there is not; it is left out.")
            return "", None
        if not self._placed:
            return known.name, None
        try:
            return known.name, shape_of(value, image.size)
        except (ValueError, TypeError, OverflowError) as error:
            found.problem("unreadable-object",
                          f"{self._where(value, image)} is left out: {error}.")
            return "", None

    def _where(self, value: dict[str, Any], image: _Image) -> str:
        return f"annotation {value.get('id')} ({image.name})"

    def _problem(self, kind: str, reason: str, line: int | None = None) -> Problem:
        return Problem(str(self.file), kind, reason, "warning", line)


def _said(value: Mapping[str, Any]) -> Iterator[Any]:
    """What the entry of an image says of it as a whole: a category or several."""
    for name in ("category_id", "category_ids", "categories", "category"):
        item = value.get(name)
        if item is not None:
            yield from item if isinstance(item, list) else (item,)


def shape_of(value: Mapping[str, Any], size: tuple[int, int] | None) -> Shape:
    """The shape of an annotation; ValueError or TypeError where it has none."""
    points = value.get("keypoints")
    if points:
        return keypoints_of(numbers(points, "keypoints"), _box(value))
    outline = value.get("segmentation")
    if isinstance(outline, dict):
        return _mask(outline)
    if isinstance(outline, list):
        rings = [ring_of(ring, "segmentation") for ring in outline if ring]
        usable = tuple(ring for ring in rings if len(ring) >= 3)
        if usable:
            return Polygon(usable)
    box = _box(value)
    if box is None:
        raise ValueError("it has neither a bbox nor a segmentation")
    return box


def _rotated(shape: Shape, said: Attributes) -> tuple[Shape, Attributes]:
    """A box as CVAT writes it, which its attribute ``rotation`` turns by so many degrees."""
    angle = said["rotation"]
    if isinstance(angle, str) or not isinstance(shape, Box):
        return shape, said
    rest = {name: value for name, value in said.items() if name != "rotation"}
    return turned_box(shape, angle), rest or NO_ATTRIBUTES


def _box(value: Mapping[str, Any]) -> Box | None:
    return box_of_sides(value["bbox"]) if value.get("bbox") else None


def _mask(value: Mapping[str, Any]) -> Mask:
    size, counts = value.get("size"), value.get("counts")
    if not isinstance(size, list) or len(size) != 2 or not all(type(n) is int for n in size):
        raise ValueError("a mask has no size")
    if isinstance(counts, str):
        counts = counts_of_text(counts)
    if not isinstance(counts, list):
        raise ValueError("a mask has no counts")
    return mask_of_counts(counts, size[0], size[1])


def object_attributes(value: Mapping[str, Any]) -> Attributes:
    """What else an annotation says of its object."""
    found = dict(attributes_of(value.get("attributes")))
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
        self._skeletons = target.skeletons
        folder = target.folder / "annotations"
        folder.mkdir(exist_ok=True)
        name = f"instances_{part}.json" if part else "instances.json"
        self._stream = (folder / name).open("w", encoding="utf-8", errors="surrogatepass")
        self._stream.write('{\n"info": {"description": "", "version": "1.0"},\n"licenses": [],\n'
                           '"annotations": [')
        self._images: list[str] = []
        self._count = 0
        self._points = Counter({name: len(of.points) for name, of in target.skeletons.items()})

    def add(self, sample: AnnotatedSample, annotation: Annotation) -> None:
        assert annotation.size is not None
        width, height = annotation.size
        number = len(self._images) + 1
        said: dict[str, Any] = (
            {"attributes": dict(annotation.attributes)} if annotation.attributes else {})
        if annotation.labels:  # not as annotations: other programs want a box in each
            said["category_ids"] = [self._numbers[name] for name in annotation.labels]
        self._images.append(_json({"id": number, "file_name": sample.name, "width": width,
                                   "height": height, **said}))
        for item in annotation.objects:
            self._count += 1
            value = {"id": self._count, "image_id": number, "category_id": self._numbers[
                item.label], **described(unturned(item), annotation.size, self._points[item.label])}
            if "num_keypoints" in value:
                self._points[item.label] = max(self._points[item.label],
                                               len(value["keypoints"]) // 3)
            self._stream.write(("\n" if self._count == 1 else ",\n") + _json(value))

    def end(self) -> None:
        classes = (_json({"id": number, "name": name, "supercategory": "", **(
                       category_of_skeleton(self._skeletons.get(name), self._points[name])
                       if self._points[name] else {})})
                   for name, number in self._numbers.items())
        with self._stream as stream:
            stream.write('\n],\n"images": [\n' + ",\n".join(self._images))
            stream.write('\n],\n"categories": [\n' + ",\n".join(classes) + "\n]\n}\n")


def described(item: LabeledObject, size: tuple[int, int], points: int = 0) -> dict[str, Any]:
    """What an annotation on an image of ``size`` says but for ids, of ``points`` at the least."""
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
        found["keypoints"] = triples_of(shape, points)
        found["num_keypoints"] = sum(seen > 0 for seen in shape.visibility)
    if said:
        found["attributes"] = said
    return found


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
