"""The labels of one image of a COCO file, as a project that keeps such files works with them.

A file of this kind is no format of labels: it holds the texts of an image's annotations as the
COCO file has them, or as that is to have them soon. What does not change keeps its text; of an
annotation that does, every value that says the same keeps its spelling.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from workbench.core.annotation import DIFFICULT, Annotation, LabeledObject
from workbench.core.errors import FormatError, Problem
from workbench.core.outlines import Keypoints, Mask, Polygon
from workbench.core.shapes import Box
from workbench.formats.coco import described, object_attributes, shape_of
from workbench.formats.coco_rle import counts_of_mask
from workbench.formats.json_text import JsonStyle, patched
from workbench.formats.label_checks import ObjectList, has_area
from workbench.formats.label_json import tidy

Size = tuple[int, int]
Text = tuple[int, str]
"""An annotation: its id and how it is written."""


class ImageEntry(NamedTuple):
    """What such a file says: the COCO file and the image's id and size in it, its annotations."""

    file: str
    image: int
    size: Size | None
    texts: tuple[Text, ...]

    def render(self) -> bytes:
        value = {"file": self.file, "image": self.image, "size": self.size,
                 "annotations": self.texts}
        return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def read_entry(data: bytes, path: Path | None = None) -> ImageEntry:
    """Read the bytes of such a file; raises FormatError."""
    try:
        value = json.loads(data.decode("utf-8", "surrogatepass"))
        size = value["size"]
        texts = tuple((int(number), str(text)) for number, text in value["annotations"])
        return ImageEntry(str(value["file"]), int(value["image"]),
                          (int(size[0]), int(size[1])) if size else None, texts)
    except (ValueError, TypeError, KeyError, IndexError, RecursionError):
        raise FormatError("it is damaged", path=path, kept="The file was left as it is.") from None


class Numbers(Protocol):
    """Who gives classes and annotations their numbers."""

    def number_of(self, name: str) -> int:
        """The category of a class; raises WorkbenchError."""
        ...

    def ids_of(self, path: Path, file: str, items: Sequence[LabeledObject],
               taken: Collection[int]) -> list[int]:
        """The ids of objects that were drawn, none of which is ``taken``; the same for one that was
        asked for before."""
        ...

    def style_of(self, file: str) -> JsonStyle:
        """How annotations are written."""
        ...


@dataclass(frozen=True, slots=True)
class CocoEntry:
    """A file as it was read."""

    data: bytes
    path: Path
    entry: ImageEntry
    annotation: Annotation
    """What it says; each object's ``source`` is the place of its annotation, from 0."""
    problems: tuple[Problem, ...]
    """What a person should know. The values are kept as they are."""
    numbers: Numbers = field(repr=False, compare=False)

    def render(self, annotation: Annotation) -> bytes:
        """The bytes with ``annotation`` in them; raises WorkbenchError where a class has no
        number."""
        before = {item.source: item for item in self.annotation.objects}
        wanted = {item.source: item for item in annotation.objects if item.source in before}
        texts: list[Text] = []
        for at, (number, text) in enumerate(self.entry.texts):
            if at not in before:
                texts.append((number, text))
            elif at in wanted:
                texts.append((number, self._patched(text, before[at], wanted[at])))
        new = [item for item in annotation.objects if item.source not in before]
        texts += new_texts(new, self.entry, self.path, self.annotation.size or (0, 0), self.numbers)
        if tuple(texts) == self.entry.texts:
            return self.data
        return self.entry._replace(texts=tuple(texts)).render()

    def _patched(self, text: str, before: LabeledObject, item: LabeledObject) -> str:
        if item == before:
            return text
        value = json.loads(text)
        changes: dict[str, Any] = {}
        if item.label != before.label:
            changes["category_id"] = self.numbers.number_of(item.label)
        if item.shape != before.shape:
            changes |= _shape_changes(value, before, item, self.annotation.size or (0, 0))
        if item.attributes != before.attributes:
            changes |= _attribute_changes(value, before, item)
        changes = {name: new for name, new in changes.items()
                   if name not in value or value[name] != new}
        return patched(text, changes) if changes else text


def new_texts(items: Sequence[LabeledObject], entry: ImageEntry, path: Path, size: Size,
              numbers: Numbers) -> list[Text]:
    """Annotations of objects that were drawn; raises as :meth:`CocoEntry.render`."""
    if not items:
        return []
    style = numbers.style_of(entry.file)
    categories = [numbers.number_of(item.label) for item in items]
    ids = numbers.ids_of(path, entry.file, items, {number for number, _ in entry.texts})
    return [(number, style.object({"id": number, "image_id": entry.image, "category_id": category,
                                   **described(item, size)}))
            for number, category, item in zip(ids, categories, items, strict=True)]


def parse_entry(data: bytes, names: Sequence[str], numbers: Numbers, path: Path,
                size_of: Callable[[], Size]) -> CocoEntry:
    """Read such a file; ``names`` are those of the classes by category, "" for none, and
    ``size_of`` says the image's size where the COCO file does not. Raises FormatError."""
    entry = read_entry(data, path)
    size = entry.size or size_of()
    objects: list[LabeledObject] = []
    problems: list[Problem] = []
    for at, (number, text) in enumerate(entry.texts):
        found = ObjectList(path, None)
        item = _object(number, text, names, found, size)
        problems += [replace(problem, reason=problem.reason.replace(
            "is left out", "is not shown and kept as it is")) for problem in found.problems]
        if item is not None:
            objects.append(LabeledObject(item.label, item.shape, item.attributes, at))
    return CocoEntry(data, path, entry, Annotation(tuple(objects), size=size), tuple(problems),
                     numbers)


def _object(number: int, text: str, names: Sequence[str], found: ObjectList,
            size: Size) -> LabeledObject | None:
    where = f"annotation {number}"
    value = json.loads(text)
    category = value.get("category_id")
    name = names[category] if type(category) is int and 0 <= category < len(names) else ""
    if not name:
        found.problem("unknown-class", f"{where} is of the category {category!r}, which there is "
                      "not; it is not shown and kept as it is.")
        return None
    try:
        shape = shape_of(value, size)
    except (ValueError, TypeError, OverflowError) as error:
        found.problem("unreadable-object", f"{where} is not shown and kept as it is: {error}.")
        return None
    said = object_attributes(value)
    found.add(name, shape, said, where=where)
    if not found.objects and not has_area(shape) and found.problems[-1].kind == "zero-size-box":
        found.problems[-1] = replace(found.problems[-1], reason=f"{where} has no area.")
        return LabeledObject(name, shape, said)
    return found.objects[0] if found.objects else None


def count_classes(data: bytes) -> tuple[Counter[str], bool]:
    """Number of annotations by category, and whether one is difficult; raises FormatError."""
    counts: Counter[str] = Counter()
    difficult = False
    for _, text in read_entry(data).texts:
        value = json.loads(text)
        category = value.get("category_id")
        if type(category) is int and category >= 0:
            counts[str(category)] += 1
        difficult |= bool(object_attributes(value).get(DIFFICULT))
    return counts, difficult


def _shape_changes(value: Mapping[str, Any], before: LabeledObject, item: LabeledObject,
                   size: Size) -> dict[str, Any]:
    """What an annotation says of another shape."""
    said = described(item, size)
    if isinstance(item.shape, Keypoints):
        names = ["keypoints", "num_keypoints"]
        if item.box != before.box:
            names += ["bbox"] if value.get("segmentation") else ["bbox", "area"]
        return {name: said[name] for name in names}
    found = {"bbox": said["bbox"], "area": said["area"]}
    if "segmentation" in value or not isinstance(item.shape, Box):
        found["segmentation"] = said["segmentation"]
    old = value.get("segmentation")
    if isinstance(item.shape, Polygon) and isinstance(old, list):
        same = {tuple(map(tidy, ring)): ring for ring in old if ring}  # parts that were not edited
        found["segmentation"] = [same.get(tuple(ring), ring) for ring in said["segmentation"]]
    if isinstance(item.shape, Mask) and isinstance(old, dict) and isinstance(
            old.get("counts"), list):
        counts = counts_of_mask(item.shape, size[1], size[0])
        found["segmentation"] = {"size": [size[1], size[0]], "counts": counts}
    if value.get("keypoints"):
        found |= {"keypoints": [], "num_keypoints": 0}
    return found


def _attribute_changes(value: Mapping[str, Any], before: LabeledObject,
                       item: LabeledObject) -> dict[str, Any]:
    """What an annotation says of other attributes."""
    old = value.get("attributes")
    said = dict(old) if isinstance(old, dict) else {}
    found: dict[str, Any] = {}
    for name in _changed(before.attributes, item.attributes):
        new = item.attributes.get(name)
        if name == DIFFICULT and (isinstance(item.shape, Mask) or (not new and "iscrowd" in value)):
            found["iscrowd"] = int(bool(new))
        if new is None:
            said.pop(name, None)
        elif not (name == DIFFICULT and "iscrowd" in found):
            said[name] = new
    if said or isinstance(old, dict):
        found["attributes"] = said
    return found


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[str]:
    return [name for name in dict.fromkeys([*before, *after])
            if before.get(name) != after.get(name)]
