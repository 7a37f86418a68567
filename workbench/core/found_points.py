"""Key points that a model found: as plain numbers, as answers about a file have them, and as a
shape.

Pure Python, as the window asks for them before numpy is imported.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import takewhile
from math import isfinite

from workbench.core.outlines import NOT_LABELLED, VISIBLE, Keypoints
from workbench.core.shapes import Box

LEAST_SURE = 0.2
"""A key point that scores less is taken as not found: it is neither drawn nor kept."""

FoundPoints = list[list[float]]
"""``[x, y, score]`` of each key point in pixels, in the order of the skeleton of the class; none
where the class has none, or is found without."""


def flat_points(points: Iterable[Sequence[float]]) -> FoundPoints:
    """Key points as a model found them (x, y, score), rounded to a tenth of a pixel."""
    return [[round(x, 1), round(y, 1), round(score, 3)]
            for x, y, score in takewhile(_is_there, points)]


def keypoints_found(points: Iterable[Sequence[float]], box: Box) -> Keypoints | None:
    """What became of (x, y, score): points with a fair score are visible, the others not labelled,
    and ``box`` is around the object; None where no point is sure enough."""
    there = list(takewhile(_is_there, points))
    seen = tuple(VISIBLE if score >= LEAST_SURE else NOT_LABELLED for _, _, score in there)
    places = tuple((round(x, 1), round(y, 1)) if shown else (0.0, 0.0)
                   for (x, y, _), shown in zip(there, seen, strict=True))
    return Keypoints(places, seen, box) if any(seen) else None


def _is_there(point: Sequence[float]) -> bool:
    """A class with fewer key points than others has numbers for its own only."""
    return isfinite(sum(point))
