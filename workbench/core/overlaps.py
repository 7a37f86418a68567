"""How far two boxes are the same."""

from __future__ import annotations

from workbench.core.shapes import Bounds


def area(box: Bounds) -> float:
    """Square pixels of ``box``; 0 for one that is inside out."""
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def overlap(a: Bounds, b: Bounds) -> float:
    """Intersection over union of two boxes, 0 to 1."""
    both = area((max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])))
    return both / (area(a) + area(b) - both) if both else 0.0
