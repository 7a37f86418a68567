"""Suggested areas that become one mask of each class, as a person paints them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from workbench.core.annotation import NO_ATTRIBUTES, Attributes, LabeledObject
from workbench.core.outlines import Mask, Polygon
from workbench.project.suggestion import MADE_BY, SCORE, Suggested, Suggestion

if TYPE_CHECKING:
    from workbench.core.arrays import BoolArray
    from workbench.core.class_maps import Areas

Objects = tuple[LabeledObject, ...]
_ANY = "any"
"""Stands for all classes where only what is labelled at all counts."""
_SLIVER = 16
"""Pixels of the image; what is left between neighbours and is smaller, and thin, was not seen."""
_SEEN = 1_000_000
"""Pixels of an image; of a larger one a model sees fewer: what it suggests is as much coarser."""


def with_accepted(objects: Sequence[LabeledObject], accepted: Suggested, *, joined: bool,
                  image: tuple[float, float] | None = None) -> Objects:
    """Labels with suggestions made labels, behind them.

    Parameters
    ----------
    joined
        Whether outlines become masks, one for each class: they are joined to the first mask of
        their class that there is, and what an outline or a mask covers already stays as it is.
    image
        (width, height), where that is known.
    """
    areas = tuple(item for item in accepted if joined and isinstance(item.shape, Polygon))
    others = tuple(item.labeled() for item in accepted if item not in areas)
    return (*(_joined(objects, areas, image) if areas else objects), *others)


def _joined(objects: Sequence[LabeledObject], areas: Suggested,
            image: tuple[float, float] | None) -> Objects:
    from workbench.core.label_areas import areas_of

    classes = tuple(dict.fromkeys(item.label for item in areas))
    # one pixel more, so that what is left free around all of them hangs together
    right, bottom = (1 + math.ceil(max(1.0, *(item.box[side] for item in areas)))
                     for side in (2, 3))
    if image is not None:
        right, bottom = min(right, math.ceil(image[0])), min(bottom, math.ceil(image[1]))
    size = right, bottom
    names = [str(place) for place in range(len(classes))]  # whatever classes are called
    painted = areas_of([LabeledObject(names[classes.index(item.label)], item.shape)
                        for item in areas if item.shape is not None], size, size, names)
    covered = areas_of([item.with_label(_ANY) for item in objects
                        if isinstance(item.shape, Polygon | Mask)], size, size, [_ANY]) > 0
    left, top = (max(0, math.floor(min(item.box[side] for item in areas)) - 1) for side in (0, 1))
    _fill_slivers(painted[top:, left:], ~covered[top:, left:])
    painted[covered] = 0
    return with_pixels(objects, {label: painted == value
                                 for value, label in enumerate(classes, 1)},
                       {label: _said(areas, label) for label in classes})


def _fill_slivers(painted: Areas, free: BoolArray) -> None:
    """Give slivers (h, w) between neighbours to these: their outlines were simplified one by one,
    so that pixels are left that nobody sees, and that would be unlabelled."""
    import cv2
    import numpy as np

    from workbench.core.specks import without_specks

    scale = max(1.0, painted.size / _SEEN)
    left = (free & (painted == 0)).astype(np.uint8)
    side = 1 + 2 * math.ceil(math.sqrt(scale))
    _, numbers = cv2.connectedComponents(left, connectivity=4)
    thick = np.unique(numbers[cv2.morphologyEx(
        left, cv2.MORPH_OPEN, np.ones((side, side), np.uint8)) > 0])
    values = painted + np.uint8(1)  # what is left is a class like any other here …
    values[~free] = 0  # … and what is labelled lies around it
    filled = without_specks(values, _SLIVER * scale)
    slivers = (left > 0) & (filled > 1) & ~np.isin(numbers, thick)
    painted[slivers] = filled[slivers] - np.uint8(1)


def with_pixels(objects: Sequence[LabeledObject], pixels: Mapping[str, BoolArray],
                said: Mapping[str, Attributes] | None = None) -> Objects:
    """Labels with ``pixels`` (h, w) of classes joined to the first mask of their class that there
    is; a mask that is made for them has the attributes that are ``said``."""
    from workbench.core.masks import joined, mask_of_pixels

    found = list(objects)
    for label, own in pixels.items():
        if not own.any():
            continue
        mine = next((index for index, item in enumerate(found)
                     if item.label == label and isinstance(item.shape, Mask)), None)
        if mine is None:
            found.append(LabeledObject(label, mask_of_pixels(own),
                                       (said or {}).get(label, NO_ATTRIBUTES)))
        else:
            before = found[mine].shape
            assert isinstance(before, Mask)
            found[mine] = found[mine].with_shape(joined(before, own, 0, 0, add=True))
    return tuple(found)


def _said(areas: Suggested, label: str) -> dict[str, str | float | bool]:
    """Where a mask comes from; its score is the mean over its pixels."""
    own = [item for item in areas if item.label == label]
    pixels = sum(map(_area, own))
    score = sum(item.score * _area(item) for item in own) / max(pixels, 1e-9)
    return {MADE_BY: own[0].run, SCORE: round(score, 3)}


def _area(item: Suggestion) -> float:
    return item.shape.area if isinstance(item.shape, Polygon) else 0.0
