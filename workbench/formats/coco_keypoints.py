"""Key points in COCO files: triples of x, y and visibility, of which categories say the names
(``keypoints``) and the lines (``skeleton``, pairs of numbers that are counted from 1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.core.dots import dot_or
from workbench.core.outlines import Keypoints
from workbench.core.shapes import Box
from workbench.core.skeletons import Skeleton
from workbench.formats.label_json import tidy


def keypoints_of(triples: list[float], box: Box | None) -> Keypoints:
    """The key points of ``[x1, y1, v1, x2, …]``; ValueError where they are none."""
    if len(triples) % 3:
        raise ValueError("keypoints are no triples")
    points = tuple((float(x), float(y)) for x, y in zip(triples[::3], triples[1::3], strict=True))
    seen = tuple(min(max(int(value), 0), 2) for value in triples[2::3])
    return dot_or(Keypoints(points, seen, box))


def triples_of(shape: Keypoints, points: int = 0) -> list[float]:
    """The same as such a list, of ``points`` at least: other programs want as many as the
    category has, and an object may be from before it had so many."""
    found = [value for (x, y), seen in zip(shape.points, shape.visibility, strict=True)
             for value in ((tidy(x), tidy(y), seen) if seen else (0, 0, 0))]
    return found + [0] * (3 * points - len(found))


def skeleton_of_category(value: Mapping[str, Any]) -> Skeleton | None:
    """The names and lines of a category; None where it has none, or only numbers as names."""
    names = value.get("keypoints")
    if not isinstance(names, list) or not names or not all(
            isinstance(name, str) and name.strip() for name in names):
        return None
    if len(set(names)) < len(names) or all(name.isdecimal() for name in names):
        return None
    pairs = value.get("skeleton")
    numbers = range(1, len(names) + 1)
    lines = tuple((pair[0] - 1, pair[1] - 1) for pair in (pairs if isinstance(pairs, list) else [])
                  if isinstance(pair, list) and len(pair) == 2 and pair[0] != pair[1]
                  and all(type(end) is int and end in numbers for end in pair))
    return Skeleton(tuple(names), lines)


def category_of_skeleton(skeleton: Skeleton | None, points: int) -> dict[str, Any]:
    """What a category says of its key points, of which objects have ``points`` at most; numbers
    are their names where no others are known for all."""
    if skeleton is None or len(skeleton.points) < points:
        skeleton = Skeleton(tuple(map(str, range(1, points + 1))))
    return {"keypoints": list(skeleton.points),
            "skeleton": [[one + 1, other + 1] for one, other in skeleton.lines]}
