"""How far two boxes are the same."""

from __future__ import annotations

from workbench.core.outlines import RotatedBox, common_ring
from workbench.core.rings import ring_area
from workbench.core.shapes import Bounds


def area(box: Bounds) -> float:
    """Square pixels of ``box``; 0 for one that is inside out."""
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def overlap(a: Bounds, b: Bounds) -> float:
    """Intersection over union of two boxes, 0 to 1."""
    both = area((max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])))
    return both / (area(a) + area(b) - both) if both else 0.0


def rotated_overlap(a: RotatedBox, b: RotatedBox) -> float:
    """Intersection over union of two rotated boxes, 0 to 1. Of very many
    :func:`workbench.core.rectangles.rectangle_overlaps` is quicker."""
    ring = common_ring(a.corners(), b.corners())
    both = abs(ring_area(ring)) if len(ring) >= 3 else 0.0
    return both / (a.width * a.height + b.width * b.height - both) if both else 0.0
