"""From outlines to pixels: a pixel belongs to an area in which its middle lies."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from workbench.core.outlines import Mask, Polygon, Ring, mask_of_spans

Span = tuple[int, int, int]


def mask_of_polygon(polygon: Polygon) -> Mask:
    """The pixels whose middles lie in ``polygon`` by the even-odd rule; perhaps none."""
    return mask_of_spans(_filled(polygon.rings))


def _filled(rings: Iterable[Ring]) -> Iterator[Span]:
    """``(row, first, end)`` of the stretches of pixels within ``rings``."""
    crossings: dict[int, list[float]] = {}
    for ring in rings:
        for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True):
            if y1 > y2:
                x1, y1, x2, y2 = x2, y2, x1, y1
            # rows whose middle lies in y1 <= middle < y2, so that a corner counts once
            for row in range(math.ceil(y1 - 0.5), math.ceil(y2 - 0.5)):
                at = x1 + (row + 0.5 - y1) * (x2 - x1) / (y2 - y1)
                crossings.setdefault(row, []).append(at)
    for row, found in crossings.items():
        found.sort()
        for left, right in zip(found[::2], found[1::2], strict=True):
            yield row, math.ceil(left - 0.5), math.ceil(right - 0.5)


def connected(spans: Iterable[Span]) -> list[Mask]:
    """The regions of ``(row, first, end)`` stretches that do not overlap, each a mask; pixels that
    touch at a corner belong together. From top to bottom by their first row."""
    ordered = sorted(span for span in spans if span[1] < span[2])
    parents = list(range(len(ordered)))

    def root(index: int) -> int:
        while parents[index] != index:
            parents[index] = parents[parents[index]]
            index = parents[index]
        return index

    def join(one: int, other: int) -> None:
        one, other = root(one), root(other)
        parents[max(one, other)] = min(one, other)

    above = 0  # the first stretch that may touch the one at hand
    for index, (row, first, end) in enumerate(ordered):
        if index and ordered[index - 1][0] == row and ordered[index - 1][2] == first:
            join(index - 1, index)
        while ordered[above][0] < row - 1 or (
                ordered[above][0] == row - 1 and ordered[above][2] < first):
            above += 1
        at = above
        while at < index and ordered[at][0] == row - 1 and ordered[at][1] <= end:
            join(at, index)
            at += 1
    groups: dict[int, list[Span]] = {}
    for index, span in enumerate(ordered):
        groups.setdefault(root(index), []).append(span)
    return [mask_of_spans(group) for group in groups.values()]
