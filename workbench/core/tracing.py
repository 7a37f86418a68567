"""The outline of a mask: along the edges of its pixels, so that nothing is lost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from workbench.core.outlines import Mask, Polygon, Ring

Cell = tuple[int, int]
Span = tuple[int, int]


def outline_of_mask(mask: Mask) -> Polygon:
    """The polygon of exactly the area of ``mask``: outer rings clockwise, holes the other way."""
    ends: dict[Cell, list[Cell]] = defaultdict(list)
    for start, end in _edges(mask):
        ends[start].append(end)
    rings: list[Ring] = []
    while ends:
        first = next(iter(ends))
        ring, here, before = [first], _next(ends, first, None), first
        while here != first:
            ring.append(here)
            here, before = _next(ends, here, before), here
        rings.append(_corners(ring))
    return Polygon(tuple(rings))


def _edges(mask: Mask) -> Iterator[tuple[Cell, Cell]]:
    """Edges between inside and outside, each with the inside at its right on screen."""
    rows: dict[int, list[Span]] = defaultdict(list)
    for row, first, end in mask.spans():
        rows[row].append((first, end))
        yield (first, row + 1), (first, row)
        yield (end, row), (end, row + 1)
    for row in sorted({*rows, *(row + 1 for row in rows)}):
        above, below = rows.get(row - 1, []), rows.get(row, [])
        for first, end in _without(below, above):
            yield (first, row), (end, row)
        for first, end in _without(above, below):
            yield (end, row), (first, row)


def _without(spans: list[Span], others: list[Span]) -> Iterator[Span]:
    """What of ``spans`` lies in none of ``others``; both in order."""
    ended = 0  # of the others, those that lie before all that is to come
    for first, end in spans:
        at = first
        while ended < len(others) and others[ended][1] <= first:
            ended += 1
        for index in range(ended, len(others)):
            other, last = others[index]
            if other >= end:
                break
            if other > at:
                yield at, other
            at = max(at, last)
        if at < end:
            yield at, end


def _next(ends: dict[Cell, list[Cell]], here: Cell, before: Cell | None) -> Cell:
    """Take the edge that goes on from ``here``: where two pixels touch at a corner, the one that
    turns right, so that they stay parts of their own."""
    choices = ends[here]
    at = 0
    if len(choices) > 1 and before is not None:
        dx, dy = here[0] - before[0], here[1] - before[1]
        at = max(range(len(choices)), key=lambda i: dx * (choices[i][1] - here[1])
                 - dy * (choices[i][0] - here[0]))
    found = choices.pop(at)
    if not choices:
        del ends[here]
    return found


def _corners(ring: list[Cell]) -> Ring:
    """Without the points between two corners."""
    return tuple((float(x), float(y)) for (bx, by), (x, y), (ax, ay) in zip(
        ring[-1:] + ring[:-1], ring, ring[1:] + ring[:1], strict=True)
        if (x - bx) * (ay - y) != (y - by) * (ax - x))
