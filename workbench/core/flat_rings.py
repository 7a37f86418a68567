"""The lines of an outline as plain numbers, as answers about a file have them.

Pure Python, as the window asks for them before numpy is imported.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from workbench.core.outlines import Polygon, Ring

FlatRings = list[list[float]]
"""Rings of a polygon, each ``[x0, y0, x1, y1, …]`` in pixels; none where no outline is known."""

_LEAST = 0.005  # twice an area: half of that of the smallest triangle between rounded points


def flat_rings(outline: Polygon | None) -> FlatRings:
    """The lines of an outline, rounded to a tenth of a pixel; without those that enclose nothing by
    then, as around a speck of an object of a pixel."""
    rings = (_rounded(ring) for ring in (outline.rings if outline is not None else ()))
    return [[value for point in ring for value in point] for ring in rings if _encloses(ring)]


def _rounded(ring: Ring) -> Ring:
    """Without points that repeat the one before."""
    points = [(round(x, 1), round(y, 1)) for x, y in ring]
    return tuple(point for place, point in enumerate(points) if point != points[place - 1])


def _encloses(ring: Ring) -> bool:
    x0, y0 = ring[0] if ring else (0.0, 0.0)
    doubled = sum((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
                  for (x1, y1), (x2, y2) in pairwise(ring))
    return abs(doubled) > _LEAST


def polygon_of_rings(rings: Iterable[Sequence[float]]) -> Polygon | None:
    """The outline that :func:`flat_rings` gave; None where there is none."""
    found = tuple(tuple(zip(map(float, ring[::2]), map(float, ring[1::2]), strict=False))
                  for ring in rings if len(ring) >= 6)
    return Polygon(found) if found else None
