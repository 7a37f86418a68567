"""Shapes of labelled objects: where a thing lies in its sample.

Positions are (x, y): pixels of the displayed image, 0-based, or seconds and hertz of a sound.
Pure Python on purpose: the window paints its first image before numpy is imported.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol, Self

Bounds = tuple[float, float, float, float]
"""``(xmin, ymin, xmax, ymax)``, half-open."""


def bounds_overlap(one: Bounds, other: Bounds) -> bool:
    """Whether two of them have an area in common."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


class Shape(Protocol):
    """What lists, hit tests, undo and statistics need to know of any shape."""

    def bounds(self) -> Bounds:
        """The smallest upright rectangle around it."""
        ...

    def contains(self, point: tuple[float, float]) -> bool:
        """Whether ``point`` lies in it."""
        ...

    def moved(self, dx: float, dy: float) -> Self:
        """It, shifted by ``(dx, dy)``."""
        ...

    def clipped(self, size: tuple[float, float]) -> Self:
        """The part of it in a sample of ``size`` (width and height, or seconds and highest Hz);
        one without area where it lies outside."""
        ...


class Box(NamedTuple):
    """An upright rectangle in an image: corners in pixels, half-open.

    A tuple, because images have thousands of them; and so it is its own :meth:`bounds`.
    """

    xmin: float
    ymin: float
    xmax: float
    ymax: float

    def bounds(self) -> Bounds:
        return self

    def contains(self, point: tuple[float, float]) -> bool:
        return self.xmin <= point[0] < self.xmax and self.ymin <= point[1] < self.ymax

    def moved(self, dx: float, dy: float) -> Box:
        return Box(self.xmin + dx, self.ymin + dy, self.xmax + dx, self.ymax + dy)

    def clipped(self, size: tuple[float, float]) -> Box:
        x1, y1, x2, y2 = self.in_order()
        width, height = size
        return Box(min(max(x1, 0.0), width), min(max(y1, 0.0), height),
                   min(max(x2, 0.0), width), min(max(y2, 0.0), height))

    def in_order(self) -> Box:
        """With the smaller coordinates first; some programs write corners the other way round."""
        x1, y1, x2, y2 = self
        if x1 <= x2 and y1 <= y2:
            return self
        return Box(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))


WHOLE_TOLERANCE = 0.01
"""Seconds by which a region may miss the clip's ends and still be its label as a whole."""


@dataclass(frozen=True, slots=True)
class Region:
    """A stretch of a sound, perhaps of some frequencies only."""

    start: float
    end: float
    """Seconds from the beginning of the clip, start < end."""
    low: float | None = None
    high: float | None = None
    """Hz, or None where the region spans all frequencies."""

    @property
    def duration(self) -> float:
        return self.end - self.start

    def bounds(self) -> Bounds:
        return (self.start, self.low if self.low is not None else 0.0,
                self.end, self.high if self.high is not None else math.inf)

    def contains(self, point: tuple[float, float]) -> bool:
        x1, y1, x2, y2 = self.bounds()
        return x1 <= point[0] < x2 and y1 <= point[1] < y2

    def moved(self, dx: float, dy: float) -> Region:
        low, high = (None if value is None else value + dy for value in (self.low, self.high))
        return Region(self.start + dx, self.end + dx, low, high)

    def clipped(self, size: tuple[float, float]) -> Region:
        duration, highest = size
        start, end = (min(max(value, 0.0), duration) for value in (self.start, self.end))
        low, high = (None if value is None else min(max(value, 0.0), highest)
                     for value in (self.low, self.high))
        return replace(self, start=start, end=end, low=low, high=high)

    def overlap(self, start: float, end: float) -> float:
        """Seconds that the region shares with ``start``..``end``; 0 if they are apart."""
        return max(0.0, min(self.end, end) - max(self.start, start))

    def share(self, start: float, end: float) -> float:
        """What the region and ``start``..``end`` have in common of what both cover, 0..1."""
        common = self.overlap(start, end)
        return common / max(self.duration + end - start - common, 1e-12)

    def is_whole(self, duration: float) -> bool:
        """Whether it stands for the whole clip of ``duration`` seconds."""
        return (self.low is None and self.high is None and self.start <= WHOLE_TOLERANCE
                and self.end >= duration - WHOLE_TOLERANCE)
