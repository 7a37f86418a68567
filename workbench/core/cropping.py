"""What is cut out around a box for a model that looks at the thing in it alone."""

from __future__ import annotations

from workbench.core.shapes import Bounds

SMALLEST = 8
"""Pixels of the shorter side of a box; smaller ones show nothing."""
MARGIN = 0.1
"""Of a box's sides, added around it: what lies beside a thing says something about it."""


def around(box: Bounds, size: tuple[int, int], margin: float = MARGIN,
           ) -> tuple[int, int, int, int] | None:
    """A box with its margin in whole pixels of the image; None where it is too small."""
    left, top, right, bottom = box
    more = max(right - left, 0) * margin, max(bottom - top, 0) * margin
    x0, x1 = max(0, round(left - more[0])), min(size[0], round(right + more[0]))
    y0, y1 = max(0, round(top - more[1])), min(size[1], round(bottom + more[1]))
    large = min(right - left, bottom - top) >= SMALLEST and min(x1 - x0, y1 - y0) >= SMALLEST
    return (x0, y0, x1, y1) if large else None
