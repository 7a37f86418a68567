"""Dots: things that are marked with one click each, to be counted.

A dot is an object with one key point and no box around it, so that all that holds key points holds
dots: files, undo, lists, statistics. It says where a thing is and not how large. Pure Python, as
:mod:`workbench.core.shapes`.
"""

from __future__ import annotations

from typing import TypeGuard

from workbench.core.outlines import VISIBLE, Keypoints, Point


def dot_at(point: Point) -> Keypoints:
    """The dot at a point of the image."""
    return Keypoints((point,), (VISIBLE,))


def is_dot(shape: object) -> TypeGuard[Keypoints]:
    """Whether a shape is a dot."""
    return isinstance(shape, Keypoints) and shape.box is None and len(shape.points) == 1 \
        and bool(shape.visibility[0])
