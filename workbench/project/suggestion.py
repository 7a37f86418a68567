"""One object that a model suggests, and what is asked of some of them.

Pure Python, as the window asks for them before numpy is imported.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from workbench.core.annotation import LabeledObject
from workbench.core.dots import is_dot
from workbench.core.flat_rings import flat_rings, polygon_of_rings
from workbench.core.outlines import Keypoints, Mask, Outline, Polygon, RotatedBox
from workbench.core.overlaps import overlap, rotated_overlap
from workbench.core.polygons import carried
from workbench.core.shapes import Bounds, Box, Region, Shape

SAME = 0.5
"""Boxes of one class that overlap more than this are one object."""
LEAST = 0.1
"""What a model is less sure of is not kept."""
MOST = 0.99
"""The largest least score that can be chosen."""
USUAL = 0.4
"""Least score of the boxes that are shown, until a person says otherwise; regions of sounds are
shown from :data:`~workbench.jobs.commands.HEARD_FROM` on."""
MADE_BY, SCORE = "made_by", "score"
"""Attributes of an accepted object: the run that found it and how sure it was."""
FOLLOWED = "followed"
"""Instead of a run: it was followed from another image, so nothing says how sure that is."""
_SPOTS = tuple((place + 0.5) / 8 for place in range(8))  # of a side: where it is looked
_SMALLEST = 2.0  # pixels of a side: less is no box


class Suggestion(NamedTuple):
    """An object that ``run`` suggests; ``box`` lies on whole pixels inside the image."""

    label: str
    box: Bounds
    score: float
    run: str = ""
    shape: Outline | None = None
    """What it is within the box, where it is more than that."""

    def labeled(self, box: Bounds | None = None,
                size: tuple[float, float] | None = None) -> LabeledObject:
        """It as an object that says where it comes from, perhaps with a ``box`` a person drew in
        an image of ``size``: key points that this takes out of the image are left out."""
        sure = {} if self.run == FOLLOWED else {SCORE: round(self.score, 3)}
        shape: Shape = Box(*(box or self.box)) if self.shape is None \
            else carried(self.shape, self.box, box) if box else self.shape
        if isinstance(shape, Keypoints) and size:
            inside = shape.clipped(size)
            shape = inside if any(inside.visibility) else Box(*(box or self.box))
        return LabeledObject(self.label, shape, {MADE_BY: self.run, **sure})

    @property
    def extent(self) -> Bounds:
        """What is compared with others."""
        return self.box

    @staticmethod
    def place(item: LabeledObject) -> Bounds:
        """Where an object lies, to be compared with :attr:`extent`."""
        return item.box

    def alike(self, extent: Bounds) -> float:
        """How much of both is common to it and to what touches it, 0..1."""
        return overlap(self.extent, extent)


ALL_HERTZ = (0.0, 1.0)
"""The low and high of a suggested region that spans all frequencies."""


class SuggestedRegion(Suggestion):
    """A stretch of a sound that a model suggests; ``box`` is (start, low, end, high) in seconds and
    hertz, with :data:`ALL_HERTZ` where no frequencies are known. Times are compared, of what is not
    one above the other."""

    __slots__ = ()

    def labeled(self, box: Bounds | None = None,
                size: tuple[float, float] | None = None) -> LabeledObject:
        start, low, end, high = box or self.box
        band = (None, None) if (low, high) == ALL_HERTZ else (low, high)
        return LabeledObject(self.label, Region(start, end, *band),
                             {MADE_BY: self.run, SCORE: round(self.score, 3)})

    @property
    def extent(self) -> Bounds:
        start, low, end, high = self.box
        return (start, 0.0, end, math.inf) if (low, high) == ALL_HERTZ else self.box

    def alike(self, extent: Bounds) -> float:
        return Region(self.box[0], self.box[2]).share(extent[0], extent[2])


Suggested = tuple[Suggestion, ...]


def not_rejected(suggested: Iterable[Suggestion], rejected: Suggested) -> Suggested:
    """Those that their model did not suggest before, when they were rejected."""
    if not rejected:
        return tuple(suggested)
    places: dict[tuple[str, str], list[_Place]] = {}
    for item in rejected:
        places.setdefault((item.run, item.label), []).append((item.extent, item.shape))
    return tuple(item for item in suggested
                 if not _stands(item, places.get((item.run, item.label), ())))


def fresh(suggested: Iterable[Suggestion], objects: Iterable[LabeledObject]) -> Suggested:
    """Those that no object of their class stands for already."""
    wanted = tuple(suggested)
    if not wanted:
        return ()
    there: dict[str, list[_Place]] = {}
    masks: dict[str, list[Mask]] = {}
    for item in objects:
        if isinstance(item.shape, Mask):
            masks.setdefault(item.label, []).append(item.shape)
        else:
            there.setdefault(item.label, []).append((wanted[0].place(item), item.shape))
    return tuple(item for item in wanted
                 if not _stands(item, there.get(item.label, ()))
                 and not any(_covers(mask, item) for mask in masks.get(item.label, ())))


def _covers(mask: Mask, item: Suggestion) -> bool:
    """Whether a mask stands for a suggestion: of many areas it may be one mask, with a box around
    all of them, so of an outline it is asked whether its pixels are in it."""
    if overlap(item.extent, mask.bounds()) <= SAME:
        return False
    if not isinstance(item.shape, Polygon):
        return True
    x0, y0, x1, y1 = item.box
    points = [(x0 + (x1 - x0) * across, y0 + (y1 - y0) * down)
              for across in _SPOTS for down in _SPOTS]
    inside = [point for point in points if item.shape.contains(point)]
    return 2 * sum(map(mask.contains, inside)) >= len(inside)


_Place = tuple[Bounds, Shape | None]


def _stands(wanted: Suggestion, places: Iterable[_Place]) -> bool:
    """Whether what lies at one of thousands of places stands for ``wanted``; most do not even touch
    it. Of two rotated boxes side by side the boxes around them overlap: their own overlap counts
    where it is known of both. Of dots it counts whether one lies in what the other stands for."""
    extent, own = wanted.extent, wanted.shape
    x0, y0, x1, y1 = extent
    if is_dot(own):
        x, y = own.points[0]
        reach = max(x1 - x0, y1 - y0) / 2
        return any(math.dist((x, y), box[:2]) <= reach if is_dot(shape)
                   else box[0] <= x <= box[2] and box[1] <= y <= box[3] for box, shape in places)
    return any(box[0] < x1 and box[2] > x0 and box[1] < y1 and box[3] > y0
               and (is_dot(shape)
                    or (rotated_overlap(own, shape)
                        if isinstance(own, RotatedBox) and isinstance(shape, RotatedBox)
                        else wanted.alike(box)) > SAME) for box, shape in places)


def suggestion(label: str, box: Sequence[float], score: float, size: Sequence[int],
               run: str, shape: Polygon | RotatedBox | Keypoints | None = None,
               ) -> Suggestion | None:
    """A detection as a suggestion, on whole pixels in an image of ``size``; None where nothing is
    left of it. Where ``shape`` is an outline or a rotated box, the box is the one around that; key
    points have the box as theirs."""
    width, height = size
    around, kept = Box(*map(round, box[:4])), shape.clipped((width, height)) if shape else None
    if isinstance(kept, Polygon):
        kept = polygon_of_rings(flat_rings(kept))
        around = _whole_pixels(kept.bounds()) if kept else around
    if isinstance(kept, RotatedBox):
        kept = kept if kept.width else None
        around = _whole_pixels(kept.bounds()) if kept else around
    inside = Box(*map(float, around.clipped((width, height))))
    if inside.xmax - inside.xmin < _SMALLEST or inside.ymax - inside.ymin < _SMALLEST:
        return None
    if isinstance(kept, Keypoints):
        dot = is_dot(kept)
        kept = None if not any(kept.visibility) else kept if dot else replace(kept, box=inside)
    return Suggestion(label, (*inside,), score, run, kept)


def _whole_pixels(box: Bounds) -> Box:
    """The whole pixels that a box touches."""
    return Box(math.floor(box[0]), math.floor(box[1]), math.ceil(box[2]), math.ceil(box[3]))


def differing(one: Suggested, other: Suggested) -> int:
    """How many of either have none of their class in their place among the others."""
    return sum(len(_missing(a, b)) for a, b in ((one, other), (other, one)))


def _missing(wanted: Suggested, others: Suggested) -> Suggested:
    places: dict[str, list[_Place]] = {}
    for item in others:
        places.setdefault(item.label, []).append((item.extent, item.shape))
    return tuple(item for item in wanted if not _stands(item, places.get(item.label, ())))
