"""Tiles: large images with tiny objects are cut up, and what is found is put together again.

One grid serves training, validation and prediction. Neighbouring tiles overlap by more than a large
object, so that every object lies whole in at least one of them. Each tile answers for a core that
ends in the middle of its overlaps: the cores cover the image, and half an object at the border of
one tile has its centre in the core of the next, which sees all of it. Imports no torch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import compress, pairwise

import numpy as np

from workbench.core.arrays import BoolArray, FloatArray
from workbench.engine.data.letterbox import Letterbox, View, Window
from workbench.extension.detection import DataFacts
from workbench.extension.engine_task import SavedModel
from workbench.tasks.detection.engine.samples import Sample

TINY = 12.0
"""Side in input pixels: where the smallest twentieth of the objects would be shown smaller than
this, whole images are too coarse."""

WANTED = 20.0
"""Side in input pixels that those objects shall have, where their own pixels suffice."""

VISIBLE = 0.4
"""Share of a box that must lie in a tile for the tile to learn it."""

_LARGE = 0.98  # share of the objects that are not larger than what the overlap is made for
_ROOM = 1.4  # overlap over the side of a large object: room for both margins, and a little more
_MARGIN = 1 / 8  # of an overlap, by which a core reaches beyond its middle
_SPARE = 4  # side of a tile over its overlap, where the input may be chosen
_WORTH = 1.5  # … times larger than a tile and the input must the larger images be
_STEP = 32
_EMPTY = 1 / 3  # empty tiles that are learned from, for each one with objects
MOST_TILES = 4000
"""Tiles that are learned from; more would fill a disk and add little."""


@dataclass(frozen=True, slots=True)
class Tiling:
    """How images are cut."""

    size: int
    """Side of a tile in image pixels."""
    overlap: int
    """Pixels that two neighbours share at least; at most half of ``size``."""

    def windows(self, image: tuple[int, int]) -> list[Window]:
        """The tiles of an image of (width, height), row by row, spread evenly.

        All have the full size, so that objects have one scale in all of them; an image smaller than
        a tile lies in the upper left corner of its only one.
        """
        across, down = self._starts(image[0]), self._starts(image[1])
        return [(x, y, x + self.size, y + self.size) for y in down for x in across]

    def views(self, image: tuple[int, int], input_size: tuple[int, int]) -> list[View]:
        """The tiles of an image as a model with ``input_size`` (width, height) sees them."""
        letterbox = Letterbox.fit((self.size, self.size), input_size)
        columns = dict(zip(self._starts(image[0]), self._cores(image[0]), strict=True))
        rows = dict(zip(self._starts(image[1]), self._cores(image[1]), strict=True))
        return [
            View(image, letterbox, window, (columns[window[0]][0], rows[window[1]][0],
                                            columns[window[0]][1], rows[window[1]][1]))
            for window in self.windows(image)
        ]

    def _starts(self, length: int) -> list[int]:
        if length <= self.size:
            return [0]
        steps = math.ceil((length - self.size) / (self.size - self.overlap))
        return [round(step * (length - self.size) / steps) for step in range(steps + 1)]

    def _cores(self, length: int) -> list[tuple[float, float]]:
        """Along one axis, what each tile answers for; the outer ones to the image's border."""
        starts = self._starts(length)
        lows, highs = [-math.inf], []
        for start, following in pairwise(starts):
            shared = start + self.size - following
            middle = following + shared / 2
            highs.append(middle + shared * _MARGIN)
            lows.append(middle - shared * _MARGIN)
        return list(zip(lows, [*highs, math.inf], strict=True))


def tiling_of(facts: DataFacts) -> Tiling | None:
    """The tiling that ``facts`` speak of."""
    return Tiling(facts.tile, facts.overlap) if facts.tile else None


def tiling_of_card(card: SavedModel) -> Tiling | None:
    """How the model of ``card`` is shown images; None shows it whole ones."""
    tile = int(card.facts.get("tile", 0))
    return Tiling(tile, int(card.facts["overlap"])) if tile else None


def choose_tiling(wanted: str, facts: DataFacts, largest: int, smallest: int = 0) -> Tiling | None:
    """Decide whether and how to cut images.

    Parameters
    ----------
    wanted
        The setting ``tiles``: "auto", "off" or "on".
    facts
        About whole images.
    largest
        Longer side of the largest input of the network, in pixels.
    smallest
        Side of an input that is enough for a tile; 0 is ``largest``. A smaller tile is quicker to
        learn from, because less of it is background; a larger one shares less with its neighbours.

    Returns
    -------
    The tiling, or None where whole images are shown: with "auto" where the objects are not tiny or
    a tile would not be much smaller than the images, because some objects are that large.
    """
    if wanted == "off" or not facts.box_sizes or not facts.image_sizes:
        return None
    longest = _quantile([float(max(size)) for size in facts.image_sizes], 0.9)
    small = _quantile([math.sqrt(width * height) for width, height in facts.box_sizes], 0.05)
    large = _quantile([max(size) for size in facts.box_sizes], _LARGE)
    overlap = _ROOM * large
    scale = max(1.0, small / WANTED)  # image pixels in an input pixel
    side = min(max(smallest or largest, _SPARE * overlap / scale), largest)
    size = max(side * scale, 2 * overlap)
    if wanted == "auto":
        coarse = _shown(facts) * largest < TINY
        if not coarse or longest < _WORTH * max(size, largest):
            return None
    else:
        size = min(size, max(longest / 2, 2.0 * _STEP))
    whole = max(2, math.ceil(size / _STEP)) * _STEP
    return Tiling(whole, min(math.ceil(max(overlap, whole / 16)), whole // 2))


def _shown(facts: DataFacts) -> float:
    """Side of a small object over the longer side of its image."""
    ratios = [max(width / height, height / width) for width, height in facts.image_sizes]
    # relative sizes are shares of sqrt(image area); the longer side is longer by sqrt(aspect)
    return _quantile(facts.relative_sizes, 0.05) / math.sqrt(_quantile(ratios, 0.5))


def _quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def cut_boxes(boxes: FloatArray, window: Window) -> tuple[FloatArray, BoolArray, BoolArray]:
    """What a tile shows of boxes (N, 4) in image pixels.

    Returns
    -------
    parts
        float32 (N, 4), clipped to the tile, in its own pixels.
    learned, hidden
        bool (N,): of which enough is seen; and of which something, but not enough. A box larger
        than the tile may be neither.
    """
    origin = np.asarray((*window[:2], *window[:2]), np.float32)
    limits = np.asarray((window[2] - window[0], window[3] - window[1]) * 2, np.float32)
    moved = boxes - origin
    parts = np.clip(moved, 0, limits)
    seen = (parts[:, 2:] - parts[:, :2]).astype(np.float64).prod(1)
    whole = (boxes[:, 2:] - boxes[:, :2]).astype(np.float64).prod(1)
    share = seen / np.maximum(whole, 1e-9)
    learned = (share >= VISIBLE) & (seen > 0)
    # what is larger than a tile fills it: nothing else would be left
    small = ((boxes[:, 2:] - boxes[:, :2]) <= limits[:2]).all(1)
    return parts.astype(np.float32), learned, (seen > 0) & ~learned & small


def tile_samples(samples: Sequence[Sample], tiling: Tiling, most: int = MOST_TILES) -> list[Sample]:
    """The tiles to learn from: those with objects, and some empty ones for the background.

    Always the same for the same samples.
    """
    full: list[Sample] = []
    empty: list[Sample] = []
    for sample in samples:
        for window in tiling.windows(sample.size):
            tile = _tile(sample, window)
            if len(tile.names):
                full.append(tile)
            elif not len(tile.hidden):  # surely background
                empty.append(tile)
    chance = np.random.default_rng(0)
    if len(full) > most:
        full = _some(full, most, chance)
    wanted = max(1, round(_EMPTY * len(full)))
    return [*full, *_some(empty, wanted, chance)]


def _tile(sample: Sample, window: Window) -> Sample:
    parts, learned, hidden = cut_boxes(sample.boxes, window)
    names = tuple(name for name, kept in zip(sample.names, learned, strict=True) if kept)
    size = (window[2] - window[0], window[3] - window[1])
    return replace(
        sample, size=size, boxes=parts[learned], names=names, difficult=sample.difficult[learned],
        window=window, hidden=parts[hidden],
        shapes=tuple(compress(sample.shapes, learned)),
        points=tuple(compress(sample.points, learned)),
        dots=sample.dots[learned] if len(sample.dots) else sample.dots,
    )


def _some(tiles: list[Sample], count: int, chance: np.random.Generator) -> list[Sample]:
    """At most ``count``, in their order."""
    chosen = chance.permutation(len(tiles))[:count]
    return [tiles[index] for index in sorted(chosen.tolist())]


def words(tiling: Tiling) -> str:
    """For the pre-flight."""
    return ("tiny objects in large images: each image is cut into overlapping tiles of "
            f"{tiling.size} px")
