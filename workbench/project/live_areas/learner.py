"""Learns from all that is painted in a project, and suggests the rest of an image."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from workbench.core.annotation import LabeledObject
from workbench.core.area_names import is_void
from workbench.core.arrays import FloatArray, Rgb
from workbench.core.class_maps import MOST_CLASSES
from workbench.core.errors import WorkbenchError
from workbench.core.paths import file_stamp
from workbench.core.progress import Check
from workbench.media.images.pixel_features import HalfArray, pixel_features
from workbench.project.live_areas.classifier import PixelClassifier
from workbench.project.live_areas.suggested import (
    LiveSuggestion,
    painted,
    sampled,
    without_grain,
)

MOST_PIXELS = 1_000_000
"""Of an image that are looked at: a larger one is made smaller first."""
KEPT_BYTES = 256 * 2**20
"""Features that are kept; always those of one image at least."""
MOST_HERE, MOST_ELSEWHERE = 3000, 600
"""Painted pixels of a class that are learned, of the image that is shown and of any other one."""
_MOST_REPEATED = 20

Objects = tuple[LabeledObject, ...]


@dataclass(frozen=True, slots=True)
class PaintedImage:
    """An image and its labels as they are now."""

    key: str
    path: Path
    objects: Objects | None
    """None where they are still to be read."""


class ReadPixels(NamedTuple):
    """What is looked at of an image: its colours, perhaps smaller, and its own (width, height)."""

    colors: Rgb
    size: tuple[int, int]


@dataclass(frozen=True, slots=True)
class LearnedAreas:
    """What came of it."""

    suggestion: LiveSuggestion | None
    """None where fewer than two classes are painted."""
    classes: tuple[str, ...]
    """Those that are painted anywhere."""
    images: int
    """On how many images."""
    apart: bool = False
    """Whether some is painted on images in grey where this is one in colours, or the other way
    round: they are learned apart."""


class LabelReader(Protocol):
    """Gives the labels of images, on any thread."""

    def read(self, key: str) -> Objects:
        """May raise a WorkbenchError."""

    def stamp(self, key: str) -> object:
        """Another one where they were changed."""


class _Seen(NamedTuple):
    stamp: tuple[int, int] | None
    size: tuple[int, int]
    features: HalfArray


class _Sample(NamedTuple):
    stamp: object  # of the image, and its labels or their stamp
    pixels: dict[str, FloatArray]  # by class, (N, F)


class AreaLearner:
    """Remembers features and painted pixels; asked by one thread at a time.

    Parameters
    ----------
    read
        The pixels of an image file, at most about :data:`MOST_PIXELS`; raises a
        :class:`~workbench.core.errors.WorkbenchError`.
    labels
        Of images that are not open.
    """

    def __init__(self, read: Callable[[Path], ReadPixels],
                 labels: LabelReader) -> None:
        self._read, self._labels = read, labels
        self._last = ""
        self._seen: OrderedDict[str, _Seen] = OrderedDict()
        self._samples: dict[str, _Sample] = {}
        self._fitted: tuple[object, PixelClassifier] | None = None

    def look(self, image: PaintedImage, check: Check) -> None:
        """Have the features of an image ready, as it is shown next."""
        self._features(image, check)

    def take_all(self, images: Sequence[PaintedImage], check: Check,
                 tell: Callable[[int], object]) -> bool:
        """Learn from these, too, from now on, and from the last one that :meth:`suggest` was asked
        of; ``tell`` is called with how many are done while that takes long. Whether any of it is
        new. An image that cannot be read is left out."""
        new = False
        for number, image in enumerate(images):
            check()
            new = self._take(image, check, partial(tell, number)) or new
        wanted = {self._last, *(image.key for image in images)}
        for key in [key for key in self._samples if key not in wanted]:
            # what was painted there counts no more, as where its labels were deleted
            new = bool(self._samples.pop(key).pixels) or new
        return new

    def _take(self, image: PaintedImage, check: Check, tell: Callable[[], object]) -> bool:
        stamp = file_stamp(image.path)
        known = self._samples.get(image.key)
        state = image.objects if image.objects is not None else self._labels.stamp(image.key)
        if known is not None and known.stamp == (stamp, state):
            return False
        tell()
        found: dict[str, FloatArray] = {}
        with suppress(WorkbenchError):
            objects = image.objects if image.objects is not None else self._labels.read(image.key)
            found = self._sample(image, objects, check)
        self._samples[image.key] = _Sample((stamp, state), found)
        return bool(found) or (known is not None and bool(known.pixels))

    def clear(self) -> None:
        """Give the memory back."""
        self._seen.clear()
        self._samples.clear()
        self._fitted = None

    def suggest(self, image: PaintedImage, order: Sequence[str], check: Check) -> LearnedAreas:
        """Suggest what is not labelled of ``image``, whose labels are known; ``order`` is that of
        the project's classes.

        Raises
        ------
        WorkbenchError
            If the image cannot be read.
        """
        objects = image.objects or ()
        self._last = image.key
        seen = self._features(image, check)
        here = self._samples.get(image.key)
        if here is None or here.stamp != (seen.stamp, objects):
            self._samples[image.key] = _Sample((seen.stamp, objects),
                                               self._sample(image, objects, check))
        fitting = {key: one.pixels for key, one in self._samples.items()
                   if any(part.shape[1] == len(seen.features) for part in one.pixels.values())}
        names = {name for pixels in fitting.values() for name in pixels}
        classes = tuple(name for name in order if name in names)[:MOST_CLASSES]
        if len(classes) < 2:
            apart = any(one.pixels for key, one in self._samples.items() if key not in fitting)
            return LearnedAreas(None, classes, len(fitting), apart)
        classifier = self._classifier(image.key, fitting, classes, check)
        shape = seen.features.shape[1:]
        probabilities = without_grain(classifier.probabilities(
            seen.features.reshape(len(seen.features), -1), check).reshape(len(classes), *shape))
        covered = painted(objects, seen.size, (shape[1], shape[0]), ()) != 0
        return LearnedAreas(LiveSuggestion(image.key, seen.size, classes,
                                      probabilities, ~covered),
                       classes, len(fitting))

    def _classifier(self, here: str, samples: dict[str, dict[str, FloatArray]],
                    classes: tuple[str, ...], check: Check) -> PixelClassifier:
        """One that learned from these; what was painted here counts as much as all the rest."""
        # Where nothing is painted on the image that is shown, the last one does for it.
        state = classes, [(key, self._samples[key].stamp) for key in samples]
        if self._fitted is not None and self._fitted[0] == state:
            return self._fitted[1]
        parts, truth = [], []
        for number, name in enumerate(classes):
            found = {key: pixels[name] for key, pixels in samples.items() if name in pixels}
            own = [found.pop(here)] if here in found else []
            rest = [part[::max(1, len(part) // MOST_ELSEWHERE)] for part in found.values()]
            if own:
                times = sum(map(len, rest)) // len(own[0])
                own *= min(_MOST_REPEATED, max(1, times))
            part = np.concatenate([*own, *rest])
            parts.append(part)
            truth.append(np.full(len(part), number, np.int64))
        made = PixelClassifier.fitted(np.concatenate(parts), np.concatenate(truth), len(classes),
                                      check)
        self._fitted = state, made
        return made

    def _sample(self, image: PaintedImage, objects: Objects, check: Check
                ) -> dict[str, FloatArray]:
        names = list(dict.fromkeys(item.label for item in objects if not is_void(item.label)))
        if not names:
            return {}
        seen = self._features(image, check)
        shape = seen.features.shape[1:]
        areas = painted(objects, seen.size, (shape[1], shape[0]), names[:MOST_CLASSES])
        features, truth = sampled(areas, seen.features, MOST_HERE, np.random.default_rng(0))
        return {name: features[truth == place] for place, name in enumerate(names, 1)
                if (truth == place).any()}

    def _features(self, image: PaintedImage, check: Check) -> _Seen:
        name, stamp = str(image.path), file_stamp(image.path)
        known = self._seen.get(name)
        if known is None or known.stamp != stamp:
            self._seen.pop(name, None)
            pixels = self._read(image.path)
            check()
            known = self._seen[name] = _Seen(
                stamp, pixels.size, pixel_features(pixels.colors, check))
            while len(self._seen) > 1 and sum(
                    one.features.nbytes for one in self._seen.values()) > KEPT_BYTES:
                self._seen.popitem(last=False)
        self._seen.move_to_end(name)
        return known
