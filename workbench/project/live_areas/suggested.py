"""What is suggested of one image, and the labels that it becomes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.annotation import LabeledObject
from workbench.core.arrays import BoolArray
from workbench.core.class_maps import UNKNOWN, Areas, ClassMap, regions_of
from workbench.core.label_areas import areas_of
from workbench.core.specks import SMOOTHING, without_specks
from workbench.core.splitting import LEAST_PIXELS
from workbench.project.accepted_areas import with_pixels
from workbench.project.live_areas.shown_areas import ShownAreas

_GRAIN = 1.0  # pixels
_AROUND, _APART = 0.03, 0.12  # of the longer side: what is looked at around a spot, and between two
_ANY = "any"
"""Stands for all classes where only what is labelled at all counts."""


@dataclass(frozen=True, eq=False, slots=True)
class LiveSuggestion:
    """The classes of the pixels of one image, as far as nothing is labelled there."""

    key: str
    size: tuple[int, int]
    """(width, height) of the image."""
    classes: tuple[str, ...]
    probabilities: NDArray[np.uint8]
    """(C, h, w) in steps of 1 / 255; smaller than the image where that is large."""
    free: BoolArray
    """(h, w): where nothing is labelled."""

    def areas(self, wanted: ShownAreas, gone: BoolArray | None = None) -> Areas:
        """The map of what is shown: 0 where nothing is, else 1 + the place of the class; nothing
        where ``gone`` (h, w) says so."""
        scale = self.probabilities[0].size / (self.size[0] * self.size[1])
        found = _likeliest(self.probabilities, wanted, scale)
        found[~self.free] = 0
        if gone is not None:
            found[_enlarged(gone, found.shape[::-1])] = 0
        return _without(found, self.classes, wanted.hidden)

    def labels(self, objects: Sequence[LabeledObject], wanted: ShownAreas, *, joined: bool,
               gone: BoolArray | None = None, only: BoolArray | None = None
               ) -> tuple[LabeledObject, ...]:
        """``objects``, which are all of the image, with what is shown.

        Parameters
        ----------
        joined
            Whether each class becomes one mask, joined to what is painted of it; else each region
            becomes an outline.
        gone, only
            (h, w): where nothing is taken, and where alone something is.
        """
        covered = areas_of([item.with_label(_ANY) for item in objects], self.size, self.size,
                           [_ANY]) != 0
        found = _likeliest(self._at_size(), wanted, 1.0)
        found[covered] = 0
        if gone is not None:
            found[_enlarged(gone, self.size)] = 0
        if only is not None:
            found[~_enlarged(only, self.size)] = 0
        found = _without(found, self.classes, wanted.hidden)
        if joined:
            return with_pixels(objects, {name: found == place for place, name in enumerate(
                self.classes, 1)})
        likeliest = ClassMap.of_scores(np.maximum(found, 1) - 1, (found > 0).astype(np.float32))
        return (*objects, *(LabeledObject(self.classes[region.label], region.outline)
                            for region in regions_of(likeliest, 0.5, self.size)))

    def _at_size(self) -> NDArray[np.uint8]:
        """The probabilities for each pixel of the image, smooth in between."""
        import cv2

        if self.probabilities.shape[:0:-1] == self.size:
            return self.probabilities
        return np.stack([cv2.resize(one, self.size, interpolation=cv2.INTER_LINEAR)
                         for one in self.probabilities])

    def doubts(self) -> NDArray[np.float32]:
        """How unsure it is of each pixel and of those around it, float32 (h, w) of 0 to 1: 1 where
        two classes are as likely as each other. 0 where something is labelled."""
        import cv2

        first = self.probabilities.max(0)
        second = np.partition(self.probabilities, -2, axis=0)[-2]
        doubt = np.float32(1) - (first - second).astype(np.float32) / np.float32(255)
        doubt[~self.free] = 0
        side = max(3, round(_AROUND * max(doubt.shape)))
        return np.asarray(cv2.blur(doubt, (side, side), borderType=cv2.BORDER_REFLECT),
                          np.float32) * self.free

    def unsure_spot(self, seen: Sequence[tuple[float, float]] = ()
                    ) -> tuple[float, float] | None:
        """Where in the image (x, y) it is least sure, away from what was ``seen`` already; None
        where nothing is left."""
        doubts = self.doubts()
        height, width = doubts.shape
        across, down = width / self.size[0], height / self.size[1]
        y, x = np.ogrid[:height, :width]
        apart = _APART * max(height, width)
        for column, row in seen:
            doubts[np.hypot(x - column * across, y - row * down) < apart] = 0
        place = int(doubts.argmax())
        if not doubts.flat[place]:
            return None
        return (place % width + 0.5) / across, (place // width + 0.5) / down


def region_at(areas: Areas, x: int, y: int) -> BoolArray | None:
    """The connected pixels (h, w) of one class around a pixel of a map; None where nothing is."""
    import cv2

    if not (0 <= y < areas.shape[0] and 0 <= x < areas.shape[1]) or not areas[y, x]:
        return None
    _, numbers = cv2.connectedComponents((areas == areas[y, x]).astype(np.uint8), connectivity=4)
    found: BoolArray = np.asarray(numbers == numbers[y, x])
    return found


def _enlarged(inside: BoolArray, size: tuple[int, int]) -> BoolArray:
    import cv2

    if inside.shape[::-1] == size:
        return inside
    return np.asarray(cv2.resize(inside.astype(np.uint8), size,
                                 interpolation=cv2.INTER_NEAREST), bool)


def _likeliest(probabilities: NDArray[np.uint8], wanted: ShownAreas, scale: float) -> Areas:
    """``scale`` is how many pixels of the map are one of the image."""
    if wanted.smooth:
        probabilities = without_grain(probabilities, SMOOTHING * scale ** 0.5)
    found: Areas = probabilities.argmax(0).astype(np.uint8) + np.uint8(1)
    found[probabilities.max(0) < round(255 * wanted.least)] = 0
    least = max(wanted.smallest, LEAST_PIXELS) * scale
    return without_specks(found, least) if least > 1 else found


def _without(found: Areas, classes: Sequence[str], hidden: Collection[str]) -> Areas:
    kept = np.array([0, *(0 if name in hidden else place
                          for place, name in enumerate(classes, 1))], np.uint8)
    left: Areas = kept[found]
    return left


def painted(objects: Sequence[LabeledObject], size: tuple[int, int], shape: tuple[int, int],
            classes: Sequence[str]) -> Areas:
    """The map of ``shape`` (width, height) of what is painted: the places of ``classes`` from 1 on,
    0 where nothing is and UNKNOWN where nobody knows."""
    # numbers stand for the classes, so that “background” is one like any other here
    names = {name: str(place) for place, name in enumerate(classes, 1)}
    marked = [item.with_label(names.get(item.label, "void")) for item in objects]
    return areas_of(marked, size, shape, list(names.values()))


def sampled(areas: Areas, features: NDArray[Any], most: int, chance: np.random.Generator,
            nothing: int = 0) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Features (N, F) of painted pixels and their values in the map (N,), at most ``most`` of each
    class; pixels that are ``nothing`` or UNKNOWN are left out."""
    flat = areas.ravel()
    chosen = []
    for value in np.unique(flat).tolist():
        if value not in (nothing, UNKNOWN):
            places = np.flatnonzero(flat == value)
            chosen.append(places if places.size <= most else
                          np.sort(chance.choice(places, most, replace=False)))
    at = np.concatenate(chosen) if chosen else np.zeros(0, np.int64)
    return (features.reshape(len(features), -1)[:, at].T.astype(np.float32),
            flat[at].astype(np.int64))


def without_grain(probabilities: NDArray[np.uint8], width: float = _GRAIN) -> NDArray[np.uint8]:
    """Probabilities (C, h, w) without single pixels that differ from those around them; what is
    right is the same by this, and masks are smoother."""
    import cv2

    return np.stack([np.asarray(cv2.GaussianBlur(one, (0, 0), width), np.uint8)
                     for one in probabilities])
