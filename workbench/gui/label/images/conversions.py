"""One kind of shape made of another: what becomes of the selected objects, and what that is called.

Each gives the new shapes by position, and the words for the step of undo.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

from workbench.core.annotation import LabeledObject
from workbench.core.outlines import Mask, Polygon, Ring
from workbench.core.polygons import simplified
from workbench.core.shapes import Box, Shape
from workbench.core.text import tr
from workbench.gui.label.images.geometry import box_corners, is_shape

TRACED = 0.8
"""Pixels by which the line around a mask may leave the edges of its pixels."""

Selected = Iterable[tuple[int, LabeledObject]]
Made = tuple[dict[int, Shape], str]


def length_of(shape: Shape) -> int:
    """Runs of a mask, or points of a polygon."""
    if isinstance(shape, Mask):
        return len(shape.runs)
    return sum(map(len, shape.rings)) if isinstance(shape, Polygon) else 0


def boxes_or_polygons(selected: Selected) -> Made:
    """Polygons of boxes, or boxes of all where none is a plain one."""
    there = list(selected)
    if any(isinstance(item.shape, Box) for _, item in there):
        return ({index: Polygon((box_corners(item.shape),)) for index, item in there
                 if isinstance(item.shape, Box)}, tr("make polygons of boxes"))
    return {index: Box(*item.box) for index, item in there}, tr("make boxes of outlines")


def polygon_of(mask: Mask, pixel: float = 1.0) -> Polygon:
    """The line around a mask that was found in pixels of ``pixel`` of the image's."""
    from workbench.core.tracing import outline_of_mask

    return simplified(outline_of_mask(mask), TRACED * pixel)


def polygons_or_masks(selected: Selected) -> Made:
    """Polygons of masks, or masks of the polygons where there is no mask."""
    from workbench.core.filling import mask_of_polygon

    there = list(selected)
    if any(isinstance(item.shape, Mask) for _, item in there):
        made: dict[int, Shape] = {index: polygon_of(item.shape) for index, item in there
                                  if isinstance(item.shape, Mask)}
        words = tr("make polygons of masks")
    else:
        made = {index: mask_of_polygon(item.shape) for index, item in there
                if isinstance(item.shape, Polygon)}
        words = tr("make masks of polygons")
    return {index: shape for index, shape in made.items() if is_shape(shape)}, words


def joined_shape(shapes: Sequence[Shape]) -> Shape | None:
    """One polygon of polygons, whose parts keep their points where they lie apart; one mask where
    a mask is among them; None where something else is."""
    from workbench.core.filling import mask_of_polygon
    from workbench.core.masks import joined, pixels_of, window_of

    polygons = [shape for shape in shapes if isinstance(shape, Polygon)]
    if not all(isinstance(shape, Polygon | Mask) for shape in shapes):
        return None
    if len(polygons) == len(shapes) and not any(
            _touch(one, other) for one, other in combinations(polygons, 2)):
        return Polygon(tuple(ring for shape in polygons for ring in shape.rings))
    whole: Mask | None = None
    for shape in shapes:
        mask = mask_of_polygon(shape) if isinstance(shape, Polygon) else shape
        assert isinstance(mask, Mask)
        window = window_of(mask)
        whole = joined(whole, pixels_of(mask, window), window[0], window[1], add=True)
    assert whole is not None
    return polygon_of(whole) if len(polygons) == len(shapes) else whole


def _touch(one: Polygon, other: Polygon) -> bool:
    """Whether their surroundings have something in common."""
    ax1, ay1, ax2, ay2 = one.bounds()
    bx1, by1, bx2, by2 = other.bounds()
    return ax1 <= bx2 and bx1 <= ax2 and ay1 <= by2 and by1 <= ay2


def pieces_of(shape: Shape) -> list[Shape]:
    """The parts of a polygon with their holes, or the regions of a mask; else the shape alone."""
    from workbench.core.filling import connected
    from workbench.core.rings import parts_of

    if isinstance(shape, Polygon):
        return [Polygon(part) for part in parts_of(shape)]
    return list(connected(shape.spans())) if isinstance(shape, Mask) else [shape]


def cut_pieces(shape: Shape, line: Ring) -> list[Shape]:
    """What an open line makes of a polygon or mask, the largest first; else the shape alone."""
    from workbench.core.cutting import cut, meets
    from workbench.core.filling import mask_of_polygon
    from workbench.core.tracing import outline_of_mask

    if isinstance(shape, Polygon):
        return list(cut(shape, line))
    if not isinstance(shape, Mask) or not meets(shape, line):
        return [shape]  # an outline of a mask takes a while
    outlines = cut(outline_of_mask(shape), line, traced=True)
    masks = [mask for piece in outlines if (mask := mask_of_polygon(piece)).area]
    return list(masks) if len(masks) > 1 else [shape]
