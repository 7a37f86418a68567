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
from workbench.project.accepted_areas import with_pixels

_GRAIN = 1.0  # pixels
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

    def areas(self, least: float, hidden: Collection[str]) -> Areas:
        """The map of what is shown: 0 where nothing is, else 1 + the place of the class.

        Parameters
        ----------
        least
            Probability from which on a pixel belongs to its likeliest class.
        hidden
            Classes of which nothing is shown.
        """
        found = _likeliest(self.probabilities, least)
        found[~self.free] = 0
        return _without(found, self.classes, hidden)

    def labels(self, objects: Sequence[LabeledObject], least: float, hidden: Collection[str], *,
               joined: bool) -> tuple[LabeledObject, ...]:
        """``objects``, which are all of the image, with what is shown.

        Parameters
        ----------
        joined
            Whether each class becomes one mask, joined to what is painted of it; else each region
            becomes an outline.
        """
        covered = areas_of([item.with_label(_ANY) for item in objects], self.size, self.size,
                           [_ANY]) != 0
        found = _likeliest(self._at_size(), least)
        found[covered] = 0
        found = _without(found, self.classes, hidden)
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


def _likeliest(probabilities: NDArray[np.uint8], least: float) -> Areas:
    found: Areas = probabilities.argmax(0).astype(np.uint8) + np.uint8(1)
    found[probabilities.max(0) < round(255 * least)] = 0
    return found


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


def without_grain(probabilities: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Probabilities (C, h, w) without single pixels that differ from those around them; what is
    right is the same by this, and masks are smoother."""
    import cv2

    return np.stack([np.asarray(cv2.GaussianBlur(one, (0, 0), _GRAIN), np.uint8)
                     for one in probabilities])
