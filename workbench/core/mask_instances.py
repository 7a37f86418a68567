"""What masks show, thing by thing.

Where areas are learned, a person paints all that is of one class as one mask, or as several that
lie on each other. What there is to count and to measure is each connected region of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.core.annotation import LabeledObject
from workbench.core.arrays import BoolArray
from workbench.core.errors import WorkbenchError
from workbench.core.filling import mask_of_polygon
from workbench.core.masks import Window, around, mask_of_pixels, pixels_of, window_of
from workbench.core.outlines import Mask, Polygon
from workbench.core.shapes import Bounds, bounds_overlap
from workbench.core.splitting import things_of

_MOST_PIXELS = 1 << 29  # of a window around masks: 2 GB
Owners = NDArray[np.int32]
"""(h, w): the place of the object that has a pixel, -1 for nobody."""


class MaskInstance(NamedTuple):
    """One of the things, and the place of the object that it is, or is a part of."""

    place: int
    item: LabeledObject


def instances_in_masks(objects: Sequence[LabeledObject], neck: float = 0.0) -> list[MaskInstance]:
    """The things of an image: connected regions of the masks of each class, where the first of
    them stands, with polygons that are painted over for the greater part; all other objects are
    things themselves.

    Parameters
    ----------
    neck
        Where regions are cut: see :func:`~workbench.core.splitting.pieces_of`.

    Raises
    ------
    WorkbenchError
        If masks lie so far apart, as in a damaged file, that no memory holds what is between.
    """
    objects = _with_painted_over(objects)
    masks = _masks_by_class(objects)
    found: list[MaskInstance] = []
    for place, item in enumerate(objects):
        if not isinstance(item.shape, Mask):
            found.append(MaskInstance(place, item))
        elif masks[item.label][0] == place:
            found += _regions(objects, masks[item.label], neck)
    return found


def _with_painted_over(objects: Sequence[LabeledObject]) -> list[LabeledObject]:
    """Polygons of which the greater part lies in masks of their class are masks."""
    found = list(objects)
    masks = _masks_by_class(objects)
    painted: dict[str, tuple[Window, Owners]] = {}
    for place, item in enumerate(objects):
        if isinstance(item.shape, Polygon) and item.label in masks:
            if item.label not in painted:
                painted[item.label] = _painted(objects, masks[item.label])
            window, owners = painted[item.label]
            if bounds_overlap(_bounds(window), item.shape.bounds()):
                mask = mask_of_polygon(item.shape)
                if _pixels_on(mask, window, owners) * 2 > mask.area:
                    found[place] = item.with_shape(mask)
    return found


def _masks_by_class(objects: Sequence[LabeledObject]) -> dict[str, list[int]]:
    masks: dict[str, list[int]] = {}
    for place, item in enumerate(objects):
        if isinstance(item.shape, Mask):
            masks.setdefault(item.label, []).append(place)
    return masks


def _bounds(window: Window) -> Bounds:
    x, y, width, height = window
    return float(x), float(y), float(x + width), float(y + height)


def _pixels_on(mask: Mask, window: Window, owners: Owners) -> int:
    """How many pixels of ``mask`` somebody has."""
    x, y, width, height = window
    left, top = max(mask.x, x), max(mask.y, y)
    right, bottom = min(mask.x + mask.width, x + width), min(mask.y + mask.height, y + height)
    if right <= left or bottom <= top:
        return 0
    own = pixels_of(mask, window_of(mask))
    own = own[top - mask.y:bottom - mask.y, left - mask.x:right - mask.x]
    return int(np.count_nonzero(own & (owners[top - y:bottom - y, left - x:right - x] >= 0)))


def _regions(objects: Sequence[LabeledObject], places: Sequence[int], neck: float
             ) -> Iterator[MaskInstance]:
    """Those of masks of one class, from the upper left on."""
    window, owners = _painted(objects, places)
    for left, top, inside in sorted(things_of(owners >= 0, neck), key=lambda one: one[1::-1]):
        height, width = inside.shape
        own = owners[top:top + height, left:left + width][inside]
        place = int(np.bincount(own).argmax())  # that of most of its pixels
        yield MaskInstance(place, objects[place].with_shape(
            mask_of_pixels(inside, window[0] + left, window[1] + top)))


def _painted(objects: Sequence[LabeledObject], places: Sequence[int]) -> tuple[Window, Owners]:
    """The window around masks, and who has which of its pixels: the last one that was painted."""
    shapes = [shape for place in places if isinstance(shape := objects[place].shape, Mask)]
    window = around(*map(window_of, shapes))
    if window[2] * window[3] > _MOST_PIXELS:
        raise WorkbenchError("masks of one class lie too far apart to be of one image")
    owners = np.full((window[3], window[2]), -1, np.int32)
    for place, shape in zip(places, shapes, strict=True):
        top, left = shape.y - window[1], shape.x - window[0]
        inside: BoolArray = pixels_of(shape, window_of(shape))
        owners[top:top + shape.height, left:left + shape.width][inside] = place
    return window, owners
