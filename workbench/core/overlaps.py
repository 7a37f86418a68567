"""How far two boxes are the same."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from workbench.core.outlines import RotatedBox, common_ring
from workbench.core.rings import ring_area
from workbench.core.shapes import Bounds, Shape

SAME_ROTATED = 0.9
"""Rotated boxes of one class that overlap by so much are one thing that is labelled twice: as drawn
anew, or with another corner as the first one."""
_APART = 0.1  # of the longer side: farther off no middle is then


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


def labelled_before(objects: Sequence[tuple[str, Shape]]) -> list[int]:
    """Positions of the objects, class and shape, of which one before them says the same."""
    seen: set[tuple[str, Shape]] = set()
    found: set[int] = set()
    rotated: dict[str, list[tuple[int, RotatedBox]]] = {}
    for at, (label, shape) in enumerate(objects):
        if (label, shape) in seen:
            found.add(at)
            continue
        seen.add((label, shape))
        if isinstance(shape, RotatedBox) and shape.whole:
            rotated.setdefault(label, []).append((at, shape))
    for boxes in rotated.values():
        found |= _same_rotated(boxes)
    return sorted(found)


def _same_rotated(boxes: Iterable[tuple[int, RotatedBox]]) -> set[int]:
    """Positions of those that overlap one before them by :data:`SAME_ROTATED`."""
    in_order = sorted(boxes, key=lambda item: item[1].center[0])
    found: set[int] = set()
    for number, (at, box) in enumerate(in_order):
        reach = _APART * max(box.width, box.height)
        for other_at, other in in_order[number + 1:]:
            if other.center[0] - box.center[0] > reach:
                break
            if (math.dist(box.center, other.center) <= reach
                    and rotated_overlap(box, other) >= SAME_ROTATED):
                found.add(max(at, other_at))
    return found
