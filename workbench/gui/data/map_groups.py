"""What the points of a map are coloured by: groups with a name, a colour and a number of points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.core.classes import class_color
from workbench.core.judged import OUTCOMES
from workbench.core.text import tr
from workbench.project.datasets.splits import PART_WORDS, PARTS

if TYPE_CHECKING:
    from workbench.project.judged_points import JudgedPoints
    from workbench.project.sample_places import PlacedSamples

NEUTRAL = "faint"
"""Token of the colour of what belongs to no group."""
ANSWERS = "answers"
BY = {"class": "Class", "labelled": "Labelled or not", "part": "Part of the split",
      "folder": "Folder", ANSWERS: "Right or wrong"}
"""By id, what is chosen from."""


class PointGroup(NamedTuple):
    """Points of one colour."""

    id: str
    title: str
    color: str
    """A token's name, or "#rrggbb"."""
    number: int


class PointGroups(NamedTuple):
    """The groups of a map, and the number of each point's."""

    groups: tuple[PointGroup, ...]
    of_row: NDArray[np.intp]


def grouped(placed: PlacedSamples, by: str, classes: Sequence[str],
            color_of: Callable[[str], str], judged: JudgedPoints | None = None) -> PointGroups:
    """The points of a map by what they are coloured by (of :data:`BY`); those that are gone do not
    count. What a run learned from is not judged."""
    if by == "labelled":
        names = np.where(placed.labelled, "yes", "no").tolist()
        known = [("yes", tr("labelled"), "accent"), ("no", tr("not labelled"), NEUTRAL)]
    elif by == "part":
        names = [PARTS[at] if at < len(PARTS) else "" for at in placed.part.tolist()]
        known = [*((part, tr(PART_WORDS[part]), class_color(at))
                   for at, part in enumerate(PARTS)), ("", tr("in no part"), NEUTRAL)]
    elif by == ANSWERS:
        names = np.where(placed.part == PARTS.index("train"), "learned", "").tolist()
        if judged is not None:
            names = [OUTCOMES[at] if at >= 0 else name
                     for at, name in zip(judged.outcome.tolist(), names, strict=True)]
        mostly = judged_mostly(placed)
        known = [("right", tr("mostly right") if mostly else tr("right"), "ok"),
                 ("missed", tr("missed"), "bad"),
                 ("wrong", tr("another class"), "warn") if placed.are_objects else
                 ("wrong", tr("mostly wrong") if mostly else tr("wrong"), "bad"),
                 ("learned", tr("learned from"), NEUTRAL),
                 ("", tr("not judged"), NEUTRAL)]
    elif by == "folder":
        names = [key.rpartition("/")[0] for key in placed.found.keys]
        known = [(name, name or tr("the project itself"), class_color(at))
                 for at, name in enumerate(sorted(set(names), key=str.casefold))]
    else:
        names = list(placed.labels)
        known = [*((name, name, color_of(name)) for name in _in_order(names, classes)),
                 ("", tr("no class"), NEUTRAL)]
    return _counted(placed, names, known)


def judged_mostly(placed: PlacedSamples) -> bool:
    """Whether points are images of many things: hardly one is without a fault."""
    return placed.medium != "sounds" and not placed.are_objects and not placed.own_classes


def _in_order(names: Sequence[str], classes: Sequence[str]) -> list[str]:
    """The classes there are, in the order of the project, others behind."""
    there = set(names) - {""}
    known = [name for name in classes if name in there]
    return [*known, *sorted(there - set(known), key=str.casefold)]


def _counted(placed: PlacedSamples, names: Sequence[str],
             known: Sequence[tuple[str, str, str]]) -> PointGroups:
    place = {id: at for at, (id, _, _) in enumerate(known)}
    of_row = np.array([place[name] for name in names], np.intp)
    counts = np.bincount(of_row[placed.there], minlength=len(known)).tolist()
    left = [at for at, number in enumerate(counts) if number]
    new = np.zeros(len(known), np.intp)
    new[left] = np.arange(len(left))
    groups = tuple(PointGroup(*known[at], counts[at]) for at in left)
    return PointGroups(groups, new[of_row] if len(of_row) else of_row)
