"""The outline of a mask: along the edges of its pixels, so that nothing is lost."""

from __future__ import annotations

from collections import defaultdict

from workbench.core.outlines import Mask, Polygon, Ring

Side = int
"""Twice the x at which stretches of pixels end, or begin: then plus one."""
Corner = tuple[Side, int]
"""The side of a pixel, and the row above which its corner lies."""


def outline_of_mask(mask: Mask) -> Polygon:
    """The polygon of exactly the area of ``mask``: outer rings clockwise, holes the other way.

    Pixels that touch at a corner stay parts of their own.
    """
    starts, after = _edges(mask)
    rings: list[Ring] = []
    for start in starts:
        ring, at = [], start
        while at in after:
            ring.append((float(at[0] >> 1), float(at[1])))
            at = after.pop(at)
        if ring:
            rings.append(tuple(ring))
    return Polygon(tuple(rings))


def _edges(mask: Mask) -> tuple[list[Corner], dict[Corner, Corner]]:
    """Corners of which each ring has one, from top to bottom, and from each corner the next: with
    the inside at the right on screen."""
    rows: dict[int, set[Side]] = defaultdict(set)
    for row, first, end in mask.spans():
        rows[row].update((2 * first + 1, 2 * end))
    starts: list[Corner] = []
    after: dict[Corner, Corner] = {}
    began: dict[Side, int] = {}  # the rows in which sides began that go on
    none: set[Side] = set()
    for row in sorted({*rows, *(row + 1 for row in rows)}):
        below = rows.get(row, none)
        corners = sorted(rows.get(row - 1, none) ^ below)
        for side in corners:
            if side in below:
                began[side] = row
                continue
            upper = began.pop(side)
            if side & 1:
                after[side, row] = (side, upper)
            else:
                after[side, upper] = (side, row)
        for left, right in zip(corners[::2], corners[1::2], strict=True):
            starts.append((left, row))
            if (left & 1) == (left in below):
                after[left, row] = (right, row)
            else:
                after[right, row] = (left, row)
    return starts, after
