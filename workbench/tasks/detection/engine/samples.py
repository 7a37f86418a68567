"""Labelled images as numbers. Imports no torch: the shell's ``evaluate`` uses it too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from workbench.core.arrays import BoolArray, FloatArray, IntArray
from workbench.core.detections import Truth
from workbench.core.dots import NO_DOTS, DotSides, is_dot
from workbench.core.labelled_points import labelled_points
from workbench.core.outline_grids import (
    Grids,
    compared,
    has_inside,
    known_grid,
    outlined,
    stacked,
)
from workbench.core.outlines import Keypoints, Mask, Polygon, RotatedBox
from workbench.core.rectangles import rectangles_of
from workbench.core.shapes import Shape
from workbench.core.skeletons import Skeleton, mirrored
from workbench.core.tracing import outline_of_mask
from workbench.extension.detection import DataFacts
from workbench.project.datasets.images import Record
from workbench.tasks.detection.dot_truth import boxes_of, dots_among, judgeable

_FACTS_LIMIT = 5000  # sizes that are remembered with a model; more would not change what they say

_OUTLINES_LOOKED_AT = 100  # which takes up to a tenth of a second


class ObjectOutline:
    """The outline of one object. Its grid takes a few tenths of a millisecond: it is made when it
    is first asked for, once for all tiles that show it."""

    __slots__ = ("_grid", "_made", "_polygon", "_rectangle", "_shape", "bounds")

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._made = False
        self._grid: Grids | None = None
        self._polygon: Polygon | None = None
        self._rectangle: FloatArray | None = None
        self.bounds = shape.bounds()
        """xyxy in pixels of the displayed image."""

    @property
    def is_rotated(self) -> bool:
        """Whether it is a rotated box."""
        return isinstance(self._shape, RotatedBox)

    def polygon(self) -> Polygon:
        """What counts of it as lines, which are those of its pixels where it is a mask."""
        if self._polygon is None:
            shape = self._shape
            found = (shape.visible() if isinstance(shape, RotatedBox) else
                     outline_of_mask(shape) if isinstance(shape, Mask) else shape)
            x1, y1, x2, y2 = self.bounds
            box = Polygon((((x1, y1), (x2, y1), (x2, y2), (x1, y2)),))
            there = isinstance(found, Polygon) and any(len(ring) > 2 for ring in found.rings)
            self._polygon = found if isinstance(found, Polygon) and there else box
        return self._polygon

    def rectangle(self) -> FloatArray:
        """float32 (5,): the rotated box that it is, or that its grid means
        (:mod:`workbench.core.rectangles`)."""
        if self._rectangle is None:
            self._rectangle = rectangles_of([self._shape], [self.bounds])[0]
        return self._rectangle

    def grid(self) -> Grids | None:
        """None where it has no inside."""
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
    points: tuple[Keypoints | None, ...] = ()
    """The key points in each box in the same way, in pixels of the displayed image, also of a
    tile; None also where not one is labelled: COCO files may say so of every object."""

    dots: FloatArray = field(default_factory=lambda: np.zeros((0, 3), np.float32))
    """float32 (M, 3): of each dot x, y in pixels of the displayed image and the side of its square,
    which is the box; 0 for other objects. Nothing where no object is a dot."""

    @classmethod
    def of(cls, record: Record, dots: DotSides = NO_DOTS) -> Sample:
        """Dots become the squares that ``dots`` says; those of other classes are left out."""
        objects = judgeable(record.objects, dots)
        shapes = tuple(ObjectOutline(item.shape) if outlined(item.shape) else None
                       for item in objects)
        points = tuple(shape if isinstance(shape, Keypoints) and any(shape.visibility)
                       and not is_dot(shape) else None
                       for shape in (item.shape for item in objects))
        marked = dots_among(objects, dots)
        return cls(
            record.key, record.path, record.size, boxes_of(objects, dots, record.size),
            tuple(item.label for item in objects),
            np.asarray([item.difficult for item in objects], np.bool_),
            shapes=shapes if any(shapes) else (), points=points if any(points) else (),
            dots=np.zeros((0, 3), np.float32) if marked is None else marked,
        )

    @classmethod
    def blank(cls, key: str, path: Path, size: tuple[int, int]) -> Sample:
        """An image of which nothing is labelled."""
        return cls(key, path, size, np.zeros((0, 4), np.float32), (), np.zeros(0, np.bool_))

    def labels(self, classes: Sequence[str]) -> IntArray:
        """int64 (M,), position in ``classes``; -1 for a class that is not among them."""
        position = {name: index for index, name in enumerate(classes)}
        return np.asarray([position.get(name, -1) for name in self.names], np.int64)

    def truth(self, classes: Sequence[str], outlines: bool = True, rotated: bool = False) -> Truth:
        """The objects of known classes; without their outlines where nothing is compared with
        them, which is so, too, where ``rotated`` boxes are."""
        labels = self.labels(classes)
        known = labels >= 0
        found = compared(self._grids()) if outlines and not rotated else None
        points = self.keypoints()
        grids, there = (None, None) if found is None else found
        return Truth(
            self.boxes[known], labels[known], self.difficult[known],
            None if grids is None else grids[known], None if there is None else there[known],
            None if points is None else points[known],
            self._rectangles()[known] if rotated else None,
            self.dots[known] if len(self.dots) else None,
        )

    def _rectangles(self) -> FloatArray:
        """See ``Truth.rotated``; of a whole image."""
        rows = rectangles_of((), self.boxes)
        for place, item in enumerate(self.shapes):
            if item is not None:
                rows[place] = item.rectangle()
        return rows

    def keypoints(self) -> FloatArray | None:
        """The key points of all objects in the sample's pixels, as ``Truth`` has them; None where
        no object has any."""
        return labelled_points(self.points, (0, 0) if self.window is None else self.window[:2])

    def outlines(self) -> SampleOutlines | None:
        """The outlines of all objects; None where no object has one."""
        found = stacked(self._grids())
        if found is None:
            return None
        left, top = (0, 0) if self.window is None else self.window[:2]
        frames = self.boxes.copy()
        for place, item in enumerate(self.shapes):
            if item is not None:
                frames[place] = item.bounds
                frames[place] -= (left, top, left, top)
        return SampleOutlines(*found, frames)

    def _grids(self) -> list[Grids | None]:
        return [None if item is None else item.grid() for item in self.shapes]


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


def data_facts(items: Sequence[Sample], classes: Sequence[str],
               skeletons: Mapping[str, Skeleton] | None = None,
               dots: DotSides = NO_DOTS) -> DataFacts:
    """Say what a recipe may fit itself to; of very many sizes an even sample is taken.
    ``skeletons`` name the key points of classes."""
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
        outlines=_outlines([shape for item in items for shape in item.shapes if shape is not None]),
        keypoints=sum(points is not None for item in items for points in item.points),
        partners=_partners(items, classes, skeletons or {}),
        rotated=sum(shape is not None and shape.is_rotated
                    for item in items for shape in item.shapes),
        dot_sides=tuple(dots.sides.get(name, 0.0) for name in classes) if dots.sides else (),
        found_as_dots=tuple(name in dots.found for name in classes) if dots.sides else (),
        dots=sum(int((item.dots[:, 2] > 0).sum()) for item in items),
    )


def _outlines(shapes: Sequence[ObjectOutline]) -> int:
    """How many of them a grid can tell; of many, about, from some of them, always the same."""
    chance = np.random.default_rng(0).permutation(len(shapes))  # they may come in turns
    some = [shapes[index] for index in chance[:_OUTLINES_LOOKED_AT].tolist()]
    return round(len(shapes) * sum(has_inside(item.grid()) for item in some) / max(len(some), 1))


def _partners(
    items: Sequence[Sample], classes: Sequence[str], skeletons: Mapping[str, Skeleton]
) -> tuple[tuple[int, ...], ...]:
    """See ``DataFacts.partners``."""
    most = dict.fromkeys(classes, 0)
    for item in items:
        for name, points in zip(item.names, item.points, strict=False):
            if points is not None and name in most:
                most[name] = max(most[name], len(points.points))
    return tuple(mirrored(skeletons.get(name, Skeleton()).points, most[name]) for name in classes)


def _evenly(count: int, most: int) -> list[int]:
    if count <= most:
        return list(range(count))
    return [index * count // most for index in range(most)]
