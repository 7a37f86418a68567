"""Labelled images as numbers. Imports no torch: the shell's ``evaluate`` uses it too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from workbench.core.arrays import BoolArray, FloatArray, IntArray
from workbench.core.detections import Truth
from workbench.extension.detection import DataFacts
from workbench.project.datasets.images import Record

_FACTS_LIMIT = 5000  # sizes that are remembered with a model; more would not change what they say


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

    @classmethod
    def of(cls, record: Record) -> Sample:
        return cls(
            record.key, record.path, record.size,
            np.asarray([item.box for item in record.objects], np.float32).reshape(-1, 4),
            tuple(item.label for item in record.objects),
            np.asarray([item.difficult for item in record.objects], np.bool_),
        )

    @classmethod
    def blank(cls, key: str, path: Path, size: tuple[int, int]) -> Sample:
        """An image of which nothing is labelled."""
        return cls(key, path, size, np.zeros((0, 4), np.float32), (), np.zeros(0, np.bool_))

    def labels(self, classes: Sequence[str]) -> IntArray:
        """int64 (M,), position in ``classes``; -1 for a class that is not among them."""
        position = {name: index for index, name in enumerate(classes)}
        return np.asarray([position.get(name, -1) for name in self.names], np.int64)

    def truth(self, classes: Sequence[str]) -> Truth:
        """The objects of known classes."""
        labels = self.labels(classes)
        known = labels >= 0
        return Truth(self.boxes[known], labels[known], self.difficult[known])


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
    )


def _evenly(count: int, most: int) -> list[int]:
    if count <= most:
        return list(range(count))
    return [index * count // most for index in range(most)]
