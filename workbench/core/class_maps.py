"""What a model of areas says of one image: the class of each pixel, and how sure it is of it.

A map is as large as what the model saw of the image, which may be smaller than the image; its rows
and columns are spread evenly over it.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypedDict, TypeVar

import numpy as np
from numpy.typing import NDArray

from workbench.core.arrays import BoolArray
from workbench.core.masks import mask_of_pixels
from workbench.core.outlines import Polygon
from workbench.core.plain import fitted
from workbench.core.polygons import simplified
from workbench.core.splitting import things_of
from workbench.core.tracing import outline_of_mask

Areas = NDArray[np.uint8]
"""uint8 (h, w): 0 where nothing is, else 1 + the place of the class in the run's list; in labels
also :data:`UNKNOWN`."""

LEVELS = 20
"""Steps of the score: more would take more room on the disk, and no slider tells them apart."""
UNKNOWN = 255
"""In labels: a pixel that is neither learned from nor judged."""
MOST_CLASSES = UNKNOWN - 1
"""A map has so many values for classes: one more means that nothing is there, one that nobody
knows."""
Least = float | Sequence[float]
"""Score from which on a pixel counts: one for all classes, or one for each of them."""
LIKELIER = 0.5
"""Score from which on a class is likelier than nothing: where a pixel counts if nobody says
another."""
MOST_PIXELS = 100_000_000
"""Of one map that is read: no model gives more."""

_SIMPLER = 0.75  # pixels of the map: the steps of its pixels vanish, what is seen stays
_AT_ONCE = 200_000  # pixels that are counted together: so few lie in the processor's cache
_QUICKLY = 1  # of zlib: more takes twice as long and saves little


PixelT = TypeVar("PixelT", bound=np.generic)


class _Plain(TypedDict):
    size: list[int]
    labels: str
    levels: str


@dataclass(frozen=True, slots=True)
class ClassMap:
    """The likeliest class of each pixel, and its score."""

    labels: NDArray[np.uint8]
    """uint8 (h, w): place of the likeliest class in the run's list; there is no background among
    them."""
    levels: NDArray[np.uint8]
    """uint8 (h, w), 0..:data:`LEVELS`: its score in whole steps of 1 / LEVELS, rounded down. The
    score is its probability divided by the sum of that and the probability that nothing is there:
    from 0.5 on the class is likelier than nothing."""

    def __post_init__(self) -> None:
        if self.labels.shape != self.levels.shape or self.labels.ndim != 2:
            raise ValueError(f"labels {self.labels.shape}, levels {self.levels.shape}")

    @classmethod
    def of_scores(cls, labels: NDArray[Any], scores: NDArray[np.floating[Any]]) -> ClassMap:
        """From the likeliest class of each pixel and its score, 0..1."""
        # a hair more: 0.55 * 20 is 11.000000000000002, and 0.15 * 20 is just 3
        steps = np.floor(scores.astype(np.float64) * LEVELS + 1e-6)
        return cls(labels.astype(np.uint8), steps.clip(0, LEVELS).astype(np.uint8))

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the map."""
        return self.labels.shape[1], self.labels.shape[0]

    def at_size(self, size: tuple[int, int]) -> ClassMap:
        """The same for so many columns and rows: what is said where the middle of each pixel is."""
        if size == self.size:
            return self
        shape = size[1], size[0]
        return ClassMap(_at_size(self.labels, shape), _at_size(self.levels, shape))

    def at(self, least: Least) -> Areas:
        """What is where, of scores from ``least`` on."""
        needed: Any = level_of(least) if isinstance(least, int | float) else \
            np.array([level_of(score) for score in least], np.uint8)[self.labels]
        return np.where(self.levels >= needed, self.labels + np.uint8(1), np.uint8(0))

    def histogram(self, classes: int) -> NDArray[np.int64]:
        """How many pixels of which class have which level, int64 (C, LEVELS + 1)."""
        length = classes * (LEVELS + 1)
        counts = np.zeros(length, np.int64)
        rows = max(1, _AT_ONCE // self.size[0])
        for top in range(0, self.size[1], rows):
            code = self.labels[top:top + rows].astype(np.uint16) * np.uint16(LEVELS + 1)
            code += self.levels[top:top + rows]
            counts += np.bincount(code.ravel(), minlength=length)
        return counts.reshape(classes, LEVELS + 1)

    def to_json(self) -> dict[str, Any]:
        """Plain data; :meth:`of_json` reads it."""
        return {"size": list(self.size), "labels": _packed(self.labels),
                "levels": _packed(self.levels)}

    @classmethod
    def of_json(cls, data: Mapping[str, Any]) -> ClassMap:
        """What :meth:`to_json` made; raises ``ValueError`` for anything else."""
        plain = fitted(data, _Plain)
        if len(plain["size"]) != 2 or min(plain["size"]) < 1 \
                or plain["size"][0] * plain["size"][1] > MOST_PIXELS:
            raise ValueError(f"a map of {plain['size']} pixels")
        labels, levels = (_unpacked(text, *plain["size"])
                          for text in (plain["labels"], plain["levels"]))
        if levels.max() > LEVELS:
            raise ValueError(f"a level of {levels.max()}")
        return cls(labels, levels)


def level_of(score: float) -> int:
    """The least level of a score from ``score`` on."""
    return max(0, min(LEVELS, round(score * LEVELS)))


class FoundRegion(NamedTuple):
    """One connected region of a map: the place of its class, its mean score 0..1, its share of the
    image, and its outline in pixels of the image."""

    label: int
    score: float
    share: float
    outline: Polygon


class FoundPart(NamedTuple):
    """One connected region of a map as it lies there: the place of its class, its mean score 0..1,
    its share of the map, where its window begins, and bool (h, w): its pixels in that."""

    label: int
    score: float
    share: float
    left: int
    top: int
    inside: BoolArray

    def box(self, scale: tuple[float, float]) -> tuple[float, float, float, float]:
        """What is around it (xyxy) in pixels of an image that is so many times as wide and high as
        the map."""
        across, down = scale
        height, width = self.inside.shape
        return (self.left * across, self.top * down,
                (self.left + width) * across, (self.top + height) * down)


def parts_of_map(found: ClassMap, least: Least, neck: float = 0.0) -> list[FoundPart]:
    """The connected regions of a map, the largest first; pixels that touch at a corner only belong
    to different ones. They are cut at necks: see :func:`~workbench.core.splitting.pieces_of`."""
    areas = found.at(least)
    parts = [_part(found, value - 1, left, top, inside)
             for value in np.unique(areas[areas > 0]).tolist()
             for left, top, inside in things_of(areas == value, neck)]
    return sorted(parts, key=lambda item: -item.share)


def _part(found: ClassMap, label: int, left: int, top: int, inside: BoolArray) -> FoundPart:
    height, width = inside.shape
    score = float(found.levels[top:top + height, left:left + width][inside].mean()) / LEVELS
    share = int(inside.sum()) / found.labels.size
    return FoundPart(label, score, share, left, top, inside)


def numbers_of(parts: Sequence[FoundPart], size: tuple[int, int]) -> NDArray[np.int32]:
    """Which part each pixel of a map of ``size`` (width, height) belongs to, int32 (h, w): 0 for
    none, else from 1 on."""
    numbers = np.zeros((size[1], size[0]), np.int32)
    for number, part in enumerate(parts, 1):
        height, width = part.inside.shape
        numbers[part.top:part.top + height, part.left:part.left + width][part.inside] = number
    return numbers


def regions_of(found: ClassMap, least: Least, size: tuple[int, int], neck: float = 0.0
               ) -> list[FoundRegion]:
    """The connected regions of a map with their outlines, the largest first.

    Parameters
    ----------
    least
        Score from which on a pixel counts.
    size
        (width, height) of the image.
    neck
        Where they are cut: see :func:`parts_of_map`.
    """
    across, down = size[0] / found.size[0], size[1] / found.size[1]
    regions = []
    for part in parts_of_map(found, least, neck):
        mask = mask_of_pixels(part.inside, part.left, part.top)
        rings = tuple(tuple((x * across, y * down) for x, y in ring)
                      for ring in simplified(outline_of_mask(mask), _SIMPLER).rings)
        regions.append(FoundRegion(part.label, part.score, part.share, Polygon(rings)))
    return regions


def shares_of(areas: Areas, classes: Sequence[str]) -> dict[str, float]:
    """Which share of the image each class covers, 0..1, of all classes."""
    numbers = np.bincount(areas.ravel(), minlength=len(classes) + 1)
    return {name: float(numbers[place]) / max(1, areas.size)
            for place, name in enumerate(classes, 1)}


def overlap_of_pixels(one: BoolArray, other: BoolArray) -> float:
    """Intersection over union of two areas (h, w) of one image, which may be known in different
    detail; 0 where both are empty."""
    if one.shape != other.shape:
        shape = min(one.shape[0], other.shape[0]), min(one.shape[1], other.shape[1])
        one, other = _at_size(one, shape), _at_size(other, shape)
    either = int(np.count_nonzero(one | other))
    return int(np.count_nonzero(one & other)) / max(1, either)


def _at_size(area: NDArray[PixelT], shape: tuple[int, ...]) -> NDArray[PixelT]:
    """The pixels in whose place the middles of others lie that are so many down and across."""
    rows, columns = (((np.arange(wanted) + 0.5) * there / wanted).astype(np.intp)
                     for wanted, there in zip(shape, area.shape, strict=True))
    found: NDArray[PixelT] = area[rows][:, columns]
    return found


def _packed(values: NDArray[np.uint8]) -> str:
    return base64.b64encode(zlib.compress(values.tobytes(), _QUICKLY)).decode("ascii")


def _unpacked(text: str, width: int, height: int) -> NDArray[np.uint8]:
    unpacker = zlib.decompressobj()
    try:
        # no more is unpacked than there should be, whatever the stream holds
        data = unpacker.decompress(base64.b64decode(text), width * height + 1)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    return np.frombuffer(data, np.uint8).reshape(height, width)
