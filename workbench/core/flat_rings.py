"""The lines of an outline as plain numbers, as answers about a file have them.

Pure Python, as the window asks for them before numpy is imported.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from workbench.core.outlines import Polygon

FlatRings = list[list[float]]
"""Rings of a polygon, each ``[x0, y0, x1, y1, …]`` in pixels; none where no outline is known."""


def flat_rings(outline: Polygon | None) -> FlatRings:
    """The lines of an outline, rounded to a tenth of a pixel."""
    rings = outline.rings if outline is not None else ()
    return [[round(value, 1) for point in ring for value in point] for ring in rings]


def polygon_of_rings(rings: Iterable[Sequence[float]]) -> Polygon | None:
    """The outline that :func:`flat_rings` gave; None where there is none."""
    found = tuple(tuple(zip(map(float, ring[::2]), map(float, ring[1::2]), strict=False))
                  for ring in rings if len(ring) >= 6)
    return Polygon(found) if found else None
