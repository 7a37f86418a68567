"""One kind of shape made of another: what becomes of the selected objects, and what that is called.

Each gives the new shapes by position, and the words for the step of undo.
"""

from __future__ import annotations

from collections.abc import Iterable

from workbench.core.annotation import LabeledObject
from workbench.core.outlines import Mask, Polygon
from workbench.core.polygons import simplified
from workbench.core.shapes import Box, Shape
from workbench.core.text import tr
from workbench.gui.label.images.geometry import box_corners, is_shape

TRACED = 0.8
"""Pixels by which the line around a mask may leave the edges of its pixels."""

Selected = Iterable[tuple[int, LabeledObject]]
Made = tuple[dict[int, Shape], str]


def boxes_or_polygons(selected: Selected) -> Made:
    """Polygons of boxes, or boxes of all where none is a plain one."""
    there = list(selected)
    if any(isinstance(item.shape, Box) for _, item in there):
        return ({index: Polygon((box_corners(item.shape),)) for index, item in there
                 if isinstance(item.shape, Box)}, tr("make polygons of boxes"))
    return {index: Box(*item.box) for index, item in there}, tr("make boxes of outlines")


def polygons_or_masks(selected: Selected) -> Made:
    """Polygons of masks, or masks of the polygons where there is no mask."""
    from workbench.core.filling import mask_of_polygon
    from workbench.core.tracing import outline_of_mask

    there = list(selected)
    if any(isinstance(item.shape, Mask) for _, item in there):
        made: dict[int, Shape] = {
            index: simplified(outline_of_mask(item.shape), TRACED) for index, item in there
            if isinstance(item.shape, Mask)}
        words = tr("make polygons of masks")
    else:
        made = {index: mask_of_polygon(item.shape) for index, item in there
                if isinstance(item.shape, Polygon)}
        words = tr("make masks of polygons")
    return {index: shape for index, shape in made.items() if is_shape(shape)}, words
