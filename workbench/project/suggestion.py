"""One object that a model suggests, and what is asked of some of them.

Pure Python, as the window asks for them before numpy is imported.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from workbench.core.annotation import LabeledObject
from workbench.core.overlaps import overlap
from workbench.core.shapes import Bounds, Box, Region

SAME = 0.5
"""Boxes of one class that overlap more than this are one object."""
LEAST = 0.1
"""What a model is less sure of is not kept."""
MOST = 0.99
"""The largest least score that can be chosen."""
USUAL = 0.4
"""Least score of what is shown, until a person says otherwise."""
MADE_BY, SCORE = "made_by", "score"
"""Attributes of an accepted object: the run that found it and how sure it was."""
_SMALLEST = 2.0  # pixels of a side: less is no box


class Suggestion(NamedTuple):
    """An object that ``run`` suggests; ``box`` lies on whole pixels inside the image."""

    label: str
    box: Bounds
    score: float
    run: str = ""

    def labeled(self, box: Bounds | None = None) -> LabeledObject:
        """It as an object that says where it comes from, perhaps with a ``box`` a person drew."""
        return LabeledObject(self.label, Box(*(box or self.box)),
                             {MADE_BY: self.run, SCORE: round(self.score, 3)})


    @staticmethod
    def place(item: LabeledObject) -> Bounds:
        """Where an object lies, to be compared with ``box``."""
        return item.box


class HeardRegion(Suggestion):
    """A stretch of a sound that a model suggests; ``box`` is its time, (start, 0, end, 1)."""

    __slots__ = ()

    def labeled(self, box: Bounds | None = None) -> LabeledObject:
        start, _, end, _ = box or self.box
        return LabeledObject(self.label, Region(start, end),
                             {MADE_BY: self.run, SCORE: round(self.score, 3)})

    @staticmethod
    def place(item: LabeledObject) -> Bounds:
        return (item.box[0], 0.0, item.box[2], 1.0)


Suggested = tuple[Suggestion, ...]


def unjudged(suggested: Iterable[Suggestion], rejected: Suggested) -> Suggested:
    """Those that their model did not suggest before, when they were rejected."""
    if not rejected:
        return tuple(suggested)
    boxes: dict[tuple[str, str], list[Bounds]] = {}
    for item in rejected:
        boxes.setdefault((item.run, item.label), []).append(item.box)
    return tuple(item for item in suggested
                 if not _stands(item.box, boxes.get((item.run, item.label), ())))


def fresh(suggested: Iterable[Suggestion], objects: Iterable[LabeledObject]) -> Suggested:
    """Those that no object of their class stands for already."""
    wanted = tuple(suggested)
    if not wanted:
        return ()
    there: dict[str, list[Bounds]] = {}
    for item in objects:
        there.setdefault(item.label, []).append(wanted[0].place(item))
    return tuple(item for item in wanted if not _stands(item.box, there.get(item.label, ())))


def _stands(wanted: Bounds, boxes: Iterable[Bounds]) -> bool:
    """Whether one of thousands of boxes stands for ``wanted``; most do not even touch it."""
    x0, y0, x1, y1 = wanted
    return any(box[0] < x1 and box[2] > x0 and box[1] < y1 and box[3] > y0
               and overlap(wanted, box) > SAME for box in boxes)


def suggestion(label: str, box: Sequence[float], score: float, size: Sequence[int],
               run: str) -> Suggestion | None:
    """A detection as a suggestion, on whole pixels in an image of ``size``; None where nothing is
    left of it."""
    inside = Box(*map(round, box[:4])).clipped((size[0], size[1]))
    if inside.xmax - inside.xmin < _SMALLEST or inside.ymax - inside.ymin < _SMALLEST:
        return None
    return Suggestion(label, tuple(map(float, inside)), score, run)  # type: ignore[arg-type]


def differing(one: Suggested, other: Suggested) -> int:
    """How many of either have none of their class in their place among the others."""
    return sum(len(_missing(a, b)) for a, b in ((one, other), (other, one)))


def _missing(wanted: Suggested, others: Suggested) -> Suggested:
    boxes: dict[str, list[Bounds]] = {}
    for item in others:
        boxes.setdefault(item.label, []).append(item.box)
    return tuple(item for item in wanted if not _stands(item.box, boxes.get(item.label, ())))
