"""Objects of an image that several COCO files list: which are the same, and what each file adds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from workbench.core.annotation import LabeledObject
from workbench.core.outlines import Keypoints, Mask, Polygon
from workbench.core.overlaps import overlap
from workbench.core.shapes import Bounds, Box
from workbench.core.text import count, listed
from workbench.formats.label_checks import ObjectList

_NEAR = 1.0  # pixels by which the same box is rounded
_SAME = 0.5  # overlap from which on boxes with one id are one object: files may number from 1 each


@dataclass(slots=True)
class MergedObjects:
    """What became of the objects of a file, of images that another one lists, too."""

    images: int = 0
    points: int = 0
    """Objects that were there and got key points."""
    added: int = 0
    same: int = 0
    outlines: int = 0
    """Objects whose outlines have no place beside their key points."""

    def add(self, other: MergedObjects) -> None:
        """Count ``other``, but for outlines."""
        self.images += 1
        self.points += other.points
        self.added += other.added
        self.same += other.same

    def words(self, file: Path, first: Path) -> str:
        """A sentence about it."""
        said = [f"key points of {count(self.points, 'object')} were added to those that were "
                "there" if self.points else "",
                f"{count(self.added, 'object')} came besides" if self.added else "",
                f"{count(self.same, 'object')} {'was' if self.same == 1 else 'were'} there already"
                if self.same else ""]
        return (f"{file.name} lists {count(self.images, 'image')} that {first.name} lists, too: "
                + (listed([words for words in said if words]) or "it has no objects of them") + ".")


class SameObjects:
    """The objects of one image, which are taken in file by file.

    An object is one that was there if class and id are the same and their boxes mostly are (or
    meet, where one has key points), or class and box are. Then it stays as it is, but that it gets
    key points.
    """

    def __init__(self, found: ObjectList) -> None:
        self._found = found
        self._before = 0
        self._numbers: dict[int, object] = {}  # ids by index
        self._joined = MergedObjects()

    def next_file(self) -> MergedObjects:
        """What became of those of a file, which is at its end."""
        self._before, done = len(self._found.objects), self._joined
        self._joined = MergedObjects()
        return done

    def take(self, number: object, item: LabeledObject, where: str, *, outlined: bool) -> None:
        """Take in the object ``where``, whose annotation has the id ``number``, and beside key
        points an outline that has no place."""
        at = self._there(number, item)
        if at is None:
            many = len(self._found.objects)
            self._found.add(item.label, item.shape, item.attributes, where=where)
            if len(self._found.objects) > many:
                self._numbers[many] = number
                self._joined.added += 1
                self._joined.outlines += outlined
            return
        old = self._found.objects[at]
        if not isinstance(item.shape, Keypoints) or not any(item.shape.visibility) \
                or isinstance(old.shape, Keypoints):
            self._joined.same += 1
            return
        self._joined.points += 1
        self._joined.outlines += outlined or isinstance(old.shape, Polygon | Mask)
        points = replace(item.shape, box=Box(*old.shape.bounds()))
        size = self._found.size
        self._found.objects[at] = LabeledObject(
            old.label, points.clipped(size) if size else points,
            {**item.attributes, **old.attributes})

    def _there(self, number: object, item: LabeledObject) -> int | None:
        """The index of the same object of a file before."""
        box = item.shape.bounds()
        fits = [at for at in range(self._before) if self._found.objects[at].label == item.label]
        for at in fits:
            old = self._found.objects[at].shape
            points = isinstance(item.shape, Keypoints) and not isinstance(old, Keypoints)
            if self._numbers.get(at) == number and (
                    _touch(old.bounds(), box) if points else overlap(old.bounds(), box) >= _SAME):
                return at
        return next((at for at in fits
                     if _is_near(self._found.objects[at].shape.bounds(), box)), None)


def _touch(one: Bounds, other: Bounds) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


def _is_near(one: Bounds, other: Bounds) -> bool:
    return all(abs(a - b) <= _NEAR for a, b in zip(one, other, strict=True))
