"""What a detector makes of dots: squares to learn from, and back. Imports neither Qt nor torch.

A dot says where a thing is, and a detector learns where things are and how large. So each dot is
learned as the square around it, whose side is the same for all of a class.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from workbench.core.dots import NO_DOTS, DotSides, is_dot
from workbench.core.schema import Field, Value
from workbench.core.text import listed
from workbench.project.datasets.images import Record

if TYPE_CHECKING:
    from workbench.core.outlines import Point

SIZE = Field(
    "dot_size", "int", 0, "Size of things in px", "How large things are that are marked with dots: "
    "each dot is learned as a square of this side, and found where a detection is nearer than half "
    "of it. 0 takes it from boxes of the class, else from how far apart neighbours are.", "px",
    minimum=0, maximum=4096, advanced=True, zero="automatic",
)
"""The setting of recipes."""
SMALLEST, LARGEST = 8.0, 96.0
"""Pixels between which a side lies that follows from the distances of dots."""
_OF_IMAGE = 1 / 6
_ALONE = 32.0  # where no image has two dots of a class
_LOOKED_AT = 2000  # dots of a class of which the nearest neighbour is looked for


def dots_of(records: Sequence[Record], settings: Mapping[str, Value]) -> DotSides:
    """How large the things are that dots mark in these images to learn from.

    What is chosen counts; else of a class that has boxes, too, their median size; else the median
    distance from a dot to the nearest one of any class, within bounds: a rare thing among many is
    not as large as its own kind is far away.
    """
    dots: Counter[str] = Counter()
    others: dict[str, list[float]] = {}
    for record in records:
        for item in record.objects:
            if is_dot(item.shape):
                dots[item.label] += 1
            else:
                others.setdefault(item.label, []).append((item.width * item.height) ** 0.5)
    if not dots:
        return NO_DOTS
    chosen = float(settings.get(SIZE.name, 0))
    return DotSides(
        {name: chosen or (round(_median(others[name]), 1) if name in others
                          else _apart(records, name)) for name in sorted(dots)},
        frozenset(name for name in dots if dots[name] > len(others.get(name, ()))))


def words(dots: DotSides) -> str:
    """For the pre-flight; "" without dots."""
    said = [f"dots of {name} as things of {side:g} px" for name, side in dots.sides.items()]
    return f"learned are {listed(said)}" if said else ""


def mixed_words(records: Sequence[Record], dots: DotSides) -> list[str]:
    """What becomes of classes that have both dots and boxes."""
    counts = Counter((item.label, is_dot(item.shape)) for record in records
                     for item in record.objects)
    return [f"{name} has {counts[name, True]:,} dots and {counts[name, False]:,} boxes: dots are "
            f"learned as large as the boxes mostly are ({side:g} px), it is found as "
            f"{'dots' if name in dots.found else 'boxes'}, as most are, and each label is judged "
            "as what it is"
            for name, side in dots.sides.items() if counts[name, False]]


def _median(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]


def _apart(records: Sequence[Record], name: str) -> float:
    """The median distance from dots of a class to the nearest of any, within bounds, as a whole
    number."""
    import numpy as np

    places: list[tuple[list[Point], list[int]]] = []
    sides = []
    for record in records:
        dots = [item for item in record.objects if is_dot(item.shape)]
        own = [index for index, item in enumerate(dots) if item.label == name]
        if own:
            places.append(([item.box[:2] for item in dots], own))
            sides.append(max(record.size))
    step = max(1, sum(len(own) for _, own in places) // _LOOKED_AT)
    nearest: list[float] = []
    for row, own in places:
        points = np.asarray(row, np.float64)
        for index in own[::step] if len(points) > 1 else ():
            away = np.hypot(*(points - points[index]).T)
            away[index] = np.inf
            nearest.append(float(away.min()))
    wanted = _median(nearest) if nearest else _ALONE
    return float(round(min(max(wanted, SMALLEST), LARGEST, max(sides) * _OF_IMAGE)))
