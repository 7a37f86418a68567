"""A COCO file as a project reads it that keeps it: every annotation as it is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from workbench.core.errors import FormatError
from workbench.core.skeletons import Skeleton
from workbench.formats.coco_edit import LISTS
from workbench.formats.coco_entry import Size, Text
from workbench.formats.coco_keypoints import skeleton_of_category
from workbench.formats.json_stream import Item, stream_json

_LAST_CATEGORY = 100_000
_LARGEST = 1 << 62
_PLACES = ("bbox", "segmentation", "keypoints")


class CocoImage(NamedTuple):
    """An entry of the list of images."""

    name: str
    size: Size | None


@dataclass(slots=True)
class CocoWhole:
    """What a file holds."""

    images: dict[int, CocoImage] = field(default_factory=dict)
    categories: dict[int, str] = field(default_factory=dict)
    """By id."""
    texts: dict[int, list[Text]] = field(default_factory=dict)
    """The annotations of each image, by its id, in the file's order."""
    ids: set[int] = field(default_factory=set)
    """Those of all annotations."""
    last_image: int = 0
    """The largest id."""
    sample: str = ""
    """How its first annotation, or else image, is written."""
    skeletons: dict[str, Skeleton] = field(default_factory=dict)
    """Names and lines of key points, by category name."""
    above: frozenset[str] = frozenset()
    """Names of categories that only stand above others."""
    is_other: bool = False
    """Whether it holds nothing but captions or panoptic segments."""


def read_whole(path: Path, *, others: bool = False) -> Iterator[CocoWhole | None]:
    """Read a file in small steps: None for each, and at last what it holds.

    Parameters
    ----------
    others
        Whether it may be one of captions or panoptic segments.

    Raises
    ------
    FormatError
        If it cannot be read, or could not be written without a loss: its ids must be whole numbers
        that are there once.
    """
    found, reader = CocoWhole(), _WholeFileReader(path)
    seen = False
    for at, item in enumerate(stream_json(path, LISTS)):
        if others and item.key == "annotations" and _is_other(item.value):
            seen = True
        elif item.key in LISTS:
            reader.take(item, found)
        if not at % 16:
            yield None
    found.is_other = seen and not found.texts
    if not found.is_other:
        reader.check(found)
    yield found


def _is_other(value: object) -> bool:
    return isinstance(value, dict) and value.get("category_id") is None and (
        "caption" in value or "segments_info" in value)


class _WholeFileReader:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._tops: dict[str, str] = {}
        self._used: set[int] = set()
        self._seen: set[str] = set()
        self._last = ""
        self._objects = self._placed = False

    def take(self, item: Item, found: CocoWhole) -> None:
        value = item.value
        if item.key != self._last and item.key in self._seen:
            raise self._error(f"the list “{item.key}” is there twice", item)
        self._last = item.key
        self._seen.add(item.key)
        if not isinstance(value, dict):
            raise self._error(f"an entry of “{item.key}” is no object", item)
        number = value.get("id")
        if type(number) is not int or not 0 <= number < _LARGEST:
            raise self._error(f"an entry of “{item.key}” has no whole number as its id", item)
        if item.key == "annotations":
            self._annotation(number, item, found)
        elif item.key == "images":
            self._image(number, value, item, found)
        else:
            self._category(number, value, item, found)

    def _annotation(self, number: int, item: Item, found: CocoWhole) -> None:
        image, category = item.value.get("image_id"), item.value.get("category_id")
        if number in found.ids:
            raise self._error(f"two of its annotations have the id {number}", item)
        found.ids.add(number)
        found.sample = found.sample or item.text
        if type(image) is int and category is not None:
            self._objects = True
            self._placed |= any(item.value.get(name) is not None for name in _PLACES)
            if type(category) is int:
                self._used.add(category)
            found.texts.setdefault(image, []).append((number, item.text))

    def _image(self, number: int, value: dict[str, Any], item: Item, found: CocoWhole) -> None:
        name = value.get("file_name")
        if not isinstance(name, str):
            raise self._error("an image has no file_name", item)
        if number in found.images:
            raise self._error(f"two of its images have the id {number}", item)
        sides = [side for side in (value.get("width"), value.get("height"))
                 if type(side) is int and 0 < side < 1 << 31]
        found.images[number] = CocoImage(name, (sides[0], sides[1]) if len(sides) == 2 else None)
        found.last_image = max(found.last_image, number)

    def _category(self, number: int, value: dict[str, Any], item: Item, found: CocoWhole) -> None:
        name = value.get("name")
        if not isinstance(name, str) or not name or "\n" in name:
            raise self._error("a category has no name", item)
        if number >= _LAST_CATEGORY:
            raise self._error(f"a category has the id {number}, and {_LAST_CATEGORY:,} is the most "
                              "that can be worked with", item)
        if number in found.categories or name in found.categories.values():
            raise self._error(f"two categories are called “{name}” or have the id {number}", item)
        found.categories[number] = name
        if (skeleton := skeleton_of_category(value)) is not None:
            found.skeletons[name] = skeleton
        self._tops[name] = str(value.get("supercategory") or "")

    def check(self, found: CocoWhole) -> None:
        if not found.categories:
            raise FormatError("it has no categories", path=self._path)
        if self._objects and not self._placed:
            raise FormatError("its annotations are about images as a whole", path=self._path)
        names = set(self._tops.values())
        found.above = frozenset(
            name for number, name in found.categories.items()
            if number not in self._used and name in names and self._tops[name] == "none")

    def _error(self, reason: str, item: Item) -> FormatError:
        return FormatError(reason, path=self._path, line=item.line)
