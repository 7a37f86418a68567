"""Labelled images as numbers. Imports no torch: the shell's ``evaluate`` uses it too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from workbench.core.arrays import BoolArray, FloatArray, IntArray
from workbench.core.detections import Truth
from workbench.core.outline_grids import Grids, known_grid, outlined, stacked
from workbench.core.shapes import Shape
from workbench.extension.detection import DataFacts
from workbench.project.datasets.images import Record

_FACTS_LIMIT = 5000  # sizes that are remembered with a model; more would not change what they say


class ObjectOutline:
    """The outline of one object. Its grid takes a few tenths of a millisecond, and of a large mask
    ten times as long: it is made when it is first asked for, once for all tiles that show it."""

    __slots__ = ("_grid", "_made", "_shape", "bounds")

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._made = False
        self._grid: Grids | None = None
        self.bounds = shape.bounds()
        """xyxy in pixels of the displayed image."""

    def grid(self) -> Grids | None:
        """None where it says no more than its bounds."""
        if not self._made:
            self._grid = known_grid(self._shape)
            self._made = True
        return self._grid


@dataclass(frozen=True, slots=True)
class Sample:
    """One labelled image, or a tile of one."""

    key: str
    """Posix path relative to the project folder."""
    path: Path
    """The file."""
    size: tuple[int, int]
    """(width, height) of the displayed image, or of the tile, in pixels."""
    boxes: FloatArray
    """float32 (M, 4) xyxy pixels, clipped to the image, none without area."""
    names: tuple[str, ...]
    """Class name of each box."""
    difficult: BoolArray
    """bool (M,)."""
    window: tuple[int, int, int, int] | None = None
    """(left, top, right, bottom) of a tile in pixels of the displayed image; None is all of it."""
    hidden: FloatArray = field(default_factory=lambda: np.zeros((0, 4), np.float32))
    """float32 (K, 4): pieces of objects in a tile that are too small to learn from and are painted
    over, so that they are not learned as background either."""
    shapes: tuple[ObjectOutline | None, ...] = ()
    """The outline of each box, None for one that has none; nothing where no object has one."""

    @classmethod
    def of(cls, record: Record) -> Sample:
        shapes = tuple(ObjectOutline(item.shape) if outlined(item.shape) else None
                       for item in record.objects)
        return cls(
            record.key, record.path, record.size,
            np.asarray([item.box for item in record.objects], np.float32).reshape(-1, 4),
            tuple(item.label for item in record.objects),
            np.asarray([item.difficult for item in record.objects], np.bool_),
            shapes=shapes if any(shapes) else (),
        )

    @classmethod
    def blank(cls, key: str, path: Path, size: tuple[int, int]) -> Sample:
        """An image of which nothing is labelled."""
        return cls(key, path, size, np.zeros((0, 4), np.float32), (), np.zeros(0, np.bool_))

    def labels(self, classes: Sequence[str]) -> IntArray:
        """int64 (M,), position in ``classes``; -1 for a class that is not among them."""
        position = {name: index for index, name in enumerate(classes)}
        return np.asarray([position.get(name, -1) for name in self.names], np.int64)

    def truth(self, classes: Sequence[str], outlines: bool = True) -> Truth:
        """The objects of known classes; without their outlines where nothing is compared with
        them."""
        labels = self.labels(classes)
        known = labels >= 0
        found = self.outlines() if outlines else None
        return Truth(self.boxes[known], labels[known], self.difficult[known],
                     *(() if found is None else (found.grids[known], found.known[known])))

    def outlines(self) -> SampleOutlines | None:
        """The outlines of all objects; None where no object has one."""
        found = stacked([None if item is None else item.grid() for item in self.shapes])
        if found is None:
            return None
        left, top = (0, 0) if self.window is None else self.window[:2]
        frames = self.boxes.copy()
        for place, item in enumerate(self.shapes):
            if item is not None:
                frames[place] = item.bounds
                frames[place] -= (left, top, left, top)
        return SampleOutlines(*found, frames)


@dataclass(frozen=True, slots=True)
class SampleOutlines:
    """The outlines of the objects in a sample."""

    grids: Grids
    """All 255 for an object without one."""
    known: BoolArray
    """bool (M,): of which objects there is one."""
    frames: FloatArray
    """float32 (M, 4) xyxy: the box that each grid lies over, in the sample's pixels. Of an object
    that a tile cuts it reaches beyond the tile."""


def data_facts(items: Sequence[Sample], classes: Sequence[str]) -> DataFacts:
    """Say what a recipe may fit itself to; of very many sizes an even sample is taken."""
    boxes = [(item, box) for item in items for box in item.boxes]
    counts = Counter(name for item in items for name in item.names)
    some = [boxes[index] for index in _evenly(len(boxes), _FACTS_LIMIT)]
    sizes = [(float(box[2] - box[0]), float(box[3] - box[1])) for _, box in some]
    areas = [item.size[0] * item.size[1] for item, _ in some]
    return DataFacts(
        images=len(items),
        boxes=len(boxes),
        image_sizes=tuple(items[index].size for index in _evenly(len(items), _FACTS_LIMIT)),
        box_sizes=tuple((round(w, 2), round(h, 2)) for w, h in sizes),
        relative_sizes=tuple(
            round((w * h / area) ** 0.5, 6) for (w, h), area in zip(sizes, areas, strict=True)
        ),
        boxes_per_image=max((len(item.names) for item in items), default=0),
        class_counts=tuple(counts[name] for name in classes),
        outlines=sum(shape is not None for item in items for shape in item.shapes),
    )


def _evenly(count: int, most: int) -> list[int]:
    if count <= most:
        return list(range(count))
    return [index * count // most for index in range(most)]
