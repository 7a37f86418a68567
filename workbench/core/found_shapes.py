"""What an answer about a file says of one thing that was found, beyond its box.

An answer is plain data (see ``boxes`` of :class:`workbench.extension.tasks.Task`). A rotated box is
x and y of its middle, width, height and angle in radians, clockwise on screen. Pure Python, as the
window asks for this before numpy is imported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from workbench.core.dots import dot_at
from workbench.core.flat_rings import polygon_of_rings
from workbench.core.found_points import keypoints_found
from workbench.core.outlines import Keypoints, Polygon, RotatedBox
from workbench.core.shapes import Box
from workbench.core.skeletons import Skeleton, skeleton_of

Answer = Mapping[str, Any]
DETAILS = ("outlines", "rotated", "keypoints", "dots")
"""Lists of an answer that are as long as its "boxes", where the model finds such things."""


def has_both(item: Answer) -> bool:
    """Whether its things have outlines and key points."""
    return "outlines" in item and "keypoints" in item


def found_shapes(item: Answer, place: int) -> Iterator[Keypoints | Polygon | RotatedBox]:
    """What thing ``place`` of an answer is known to be, the most that can be said first; nothing
    where only its box is known."""
    for shape in (found_dot(item, place), found_keypoints(item, place), found_outline(item, place)):
        if shape is not None:
            yield shape


def found_dot(item: Answer, place: int) -> Keypoints | None:
    """The dot that it is; None where its class is not found as dots."""
    if "dots" not in item or not item["dots"][place]:
        return None
    x, y = map(float, item["dots"][place])
    return dot_at((x, y))


def found_outline(item: Answer, place: int) -> Polygon | RotatedBox | None:
    """Its outline, or rotated box; None where none is known."""
    if "rotated" in item and item["rotated"][place]:
        x, y, width, height, angle = map(float, item["rotated"][place])
        return RotatedBox((x, y), width, height, angle)
    return polygon_of_rings(item["outlines"][place]) if "outlines" in item else None


def found_keypoints(item: Answer, place: int) -> Keypoints | None:
    """Those of its key points that the model is sure enough of; None where there are none."""
    return keypoints_found(item["keypoints"][place], Box(*item["boxes"][place])) \
        if "keypoints" in item else None


def found_skeleton(item: Answer, label: str) -> Skeleton:
    """What the key points of a class are called, and which are joined, where the answer says so."""
    table = item.get("skeletons", {}).get(label)
    try:
        return Skeleton() if table is None else skeleton_of(table)
    except ValueError:  # kept in a file that somebody changed
        return Skeleton()
