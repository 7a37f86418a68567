"""What a person labelled of an image as the class of each of its pixels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from workbench.core.annotation import LabeledObject
from workbench.core.area_names import is_background, is_void
from workbench.core.arrays import BoolArray
from workbench.core.class_maps import MOST_CLASSES, UNKNOWN, Areas
from workbench.core.filled_rings import filled_rings
from workbench.core.masks import pixels_of, window_of
from workbench.core.outlines import Mask, Polygon
from workbench.core.shapes import Bounds

_COARSE = 256  # pixels of a side are enough to say how much is covered

MapWindow = tuple[int, int, int, int]
"""(left, top, right, bottom) in pixels of a map."""


def areas_of(
    objects: Sequence[LabeledObject], size: tuple[int, int], shape: tuple[int, int],
    classes: Sequence[str], *, unlabelled: int = 0,
) -> Areas:
    """Paint labelled objects into a map: smaller ones above larger ones, as people draw a window
    on a house.

    Of an object that is a box, a rotated box or a set of key points nobody knows which pixels are
    its own: they are :data:`~workbench.core.class_maps.UNKNOWN`, as those of difficult objects, of
    “void” and its like, and of classes that are not among ``classes``. Outlines are painted above
    boxes.

    Parameters
    ----------
    objects
        In pixels of the displayed image.
    size
        (width, height) of the displayed image.
    shape
        (width, height) of the map.
    classes
        Names in the order of the map's values, which begin at 1.
    unlabelled
        What pixels without a label are: 0, that nothing is there, or UNKNOWN.
    """
    values = {name: place for place, name in enumerate(classes, 1)}
    areas = np.full((shape[1], shape[0]), unlabelled, np.uint8)
    known: list[tuple[Polygon | Mask, int]] = []
    for item in objects:
        if isinstance(item.shape, Polygon | Mask):
            known.append((item.shape, UNKNOWN if item.difficult else _value(item.label, values)))
        else:
            left, top, right, bottom = window_in_map(item.shape.bounds(), size, shape)
            areas[top:bottom, left:right] = UNKNOWN
    for outline, value in sorted(known, key=lambda item: -_extent(item[0].bounds())):
        window = window_in_map(outline.bounds(), size, shape)
        left, top, right, bottom = window
        if right > left and bottom > top:
            areas[top:bottom, left:right][inside_in_map(outline, window, size, shape)] = value
    return areas


def covered_by(objects: Sequence[LabeledObject], size: tuple[int, int]) -> list[float]:
    """Which share of an image each object covers, 0..1, as far as no smaller one lies on it; the
    pixels of a class are shared out among its objects by their own areas. 0 for what is neither
    outline nor mask."""
    scale = min(1.0, _COARSE / max(size))
    shape = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
    outlines = [item.shape if isinstance(item.shape, Polygon | Mask) else None for item in objects]
    own = [outline.area if outline is not None else 0.0 for outline in outlines]
    classes = list(dict.fromkeys(item.label for item in objects))[:MOST_CLASSES]
    values = {label: place for place, label in enumerate(classes)}
    names = list(map(str, values.values()))  # whatever classes are called
    areas = areas_of([LabeledObject(str(values[item.label]), outline)
                      for item, outline in zip(objects, outlines, strict=True)
                      if outline is not None and item.label in values], size, shape, names)
    pixels = np.bincount(areas.ravel(), minlength=len(classes) + 1)[1:]
    sums = np.zeros(len(classes))
    for item, area in zip(objects, own, strict=True):
        if item.label in values:
            sums[values[item.label]] += area
    shares = pixels[:len(classes)] / areas.size / np.maximum(sums, 1e-9)
    return [area * float(shares[values[item.label]]) if item.label in values else 0.0
            for item, area in zip(objects, own, strict=True)]


def _value(label: str, values: Mapping[str, int]) -> int:
    if is_void(label):
        return UNKNOWN
    return 0 if is_background(label) else values.get(label, UNKNOWN)


def _extent(bounds: Bounds) -> float:
    return (bounds[2] - bounds[0]) * (bounds[3] - bounds[1])


def window_in_map(bounds: Bounds, size: tuple[int, int], shape: tuple[int, int]) -> MapWindow:
    """The pixels of the map that an object may cover, cut to the map."""
    across, down = shape[0] / size[0], shape[1] / size[1]
    left, right = (round(edge) for edge in np.clip(
        (np.floor(bounds[0] * across), np.ceil(bounds[2] * across)), 0, shape[0]).tolist())
    top, bottom = (round(edge) for edge in np.clip(
        (np.floor(bounds[1] * down), np.ceil(bounds[3] * down)), 0, shape[1]).tolist())
    return left, top, right, bottom


def inside_in_map(shape: Polygon | Mask, window: MapWindow, size: tuple[int, int],
            target: tuple[int, int]) -> BoolArray:
    """Which pixels of a window of the map have their middle in a shape."""
    left, top, right, bottom = window
    scale = np.array([target[0] / size[0], target[1] / size[1]])
    if isinstance(shape, Polygon):
        rings = [np.array(ring) * scale - (left, top) for ring in shape.rings]
        return filled_rings(rings, (right - left, bottom - top))
    pixels = pixels_of(shape, window_of(shape))
    columns = np.floor((np.arange(left, right) + 0.5) / scale[0]).astype(int) - shape.x
    rows = np.floor((np.arange(top, bottom) + 0.5) / scale[1]).astype(int) - shape.y
    across = (columns >= 0) & (columns < shape.width)
    down = (rows >= 0) & (rows < shape.height)
    inside = np.zeros((len(rows), len(columns)), bool)
    inside[np.ix_(down, across)] = pixels[np.ix_(rows[down], columns[across])]
    return inside
