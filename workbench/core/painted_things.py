"""What masks show, thing by thing.

Where areas are learned, a person paints all that is of one class as one mask, or as several that
lie on each other. What there is to count and to measure is each connected region of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from workbench.core.annotation import LabeledObject
from workbench.core.arrays import BoolArray, IntArray
from workbench.core.filling import mask_of_polygon
from workbench.core.masks import Window, around, mask_of_pixels, pixels_of, window_of
from workbench.core.outlines import Mask, Polygon
from workbench.core.shapes import bounds_overlap
from workbench.core.splitting import things_of


class Thing(NamedTuple):
    """One of the things, and the place of the object that it is, or is a part of."""

    place: int
    item: LabeledObject


def things_painted(objects: Sequence[LabeledObject], neck: float = 0.0) -> list[Thing]:
    """The things of an image: connected regions of the masks of each class, where the first of
    them stands, with polygons that are painted over for the greater part; all other objects are
    things themselves.

    Parameters
    ----------
    neck
        Where regions are cut: see :func:`~workbench.core.splitting.pieces_of`.
    """
    objects = _with_painted_over(objects)
    masks: dict[str, list[int]] = {}
    for place, item in enumerate(objects):
        if isinstance(item.shape, Mask):
            masks.setdefault(item.label, []).append(place)
    found: list[Thing] = []
    for place, item in enumerate(objects):
        if not isinstance(item.shape, Mask):
            found.append(Thing(place, item))
        elif masks[item.label][0] == place:
            found += _regions(objects, masks[item.label], neck)
    return found


def _with_painted_over(objects: Sequence[LabeledObject]) -> list[LabeledObject]:
    """Polygons of which the greater part lies in a mask of their class are masks."""
    found = list(objects)
    for place, item in enumerate(objects):
        if not isinstance(item.shape, Polygon):
            continue
        over = [other.shape for other in objects if other.label == item.label
                and isinstance(other.shape, Mask)
                and bounds_overlap(other.shape.bounds(), item.shape.bounds())]
        if over:
            mask = mask_of_polygon(item.shape)
            window = around(*map(window_of, (mask, *over)))
            own = pixels_of(mask, window)
            painted = np.any([pixels_of(shape, window) for shape in over], axis=0)
            if np.count_nonzero(own & painted) * 2 > mask.area:
                found[place] = item.with_shape(mask)
    return found


def _regions(objects: Sequence[LabeledObject], places: Sequence[int], neck: float
             ) -> Iterator[Thing]:
    """Those of masks of one class, from the upper left on."""
    window, owners = _painted(objects, places)
    for left, top, inside in sorted(things_of(owners >= 0, neck), key=lambda one: one[1::-1]):
        height, width = inside.shape
        own = owners[top:top + height, left:left + width][inside]
        place = int(np.bincount(own).argmax())  # that of most of its pixels
        yield Thing(place, objects[place].with_shape(
            mask_of_pixels(inside, window[0] + left, window[1] + top)))


def _painted(objects: Sequence[LabeledObject], places: Sequence[int]) -> tuple[Window, IntArray]:
    """The window around masks, and int (h, w): the place of the last one that has a pixel, -1 where
    none has it."""
    shapes = [shape for place in places if isinstance(shape := objects[place].shape, Mask)]
    window = around(*map(window_of, shapes))
    owners = np.full((window[3], window[2]), -1, np.int64)
    for place, shape in zip(places, shapes, strict=True):
        top, left = shape.y - window[1], shape.x - window[0]
        inside: BoolArray = pixels_of(shape, window_of(shape))
        owners[top:top + shape.height, left:left + shape.width][inside] = place
    return window, owners
