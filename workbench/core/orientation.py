"""Shapes on an image as it is stored, on the image as it is displayed (Exif orientation)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from workbench.core.outlines import Keypoints, Mask, Point, Polygon, RotatedBox, mask_of_spans
from workbench.core.rings import rotated_box
from workbench.core.shapes import Box, Shape


def turned(shape: Shape, orientation: int, size: tuple[int, int]) -> Shape:
    """``shape``, which lies on the stored image, on the displayed one.

    Parameters
    ----------
    orientation
        1..8 as in Exif.
    size
        Width and height of the stored image.
    """
    move = _mover(orientation, *size)
    if isinstance(shape, Box):
        return Box(*move((shape.xmin, shape.ymin)), *move((shape.xmax, shape.ymax))).in_order()
    if isinstance(shape, Polygon):
        return Polygon(tuple(tuple(map(move, ring)) for ring in shape.rings))
    if isinstance(shape, Keypoints):
        box = None if shape.box is None else turned(shape.box, orientation, size)
        assert box is None or isinstance(box, Box)
        return replace(shape, points=tuple(map(move, shape.points)), box=box)
    if isinstance(shape, RotatedBox):
        return rotated_box(tuple(map(move, shape.corners()))) or shape
    if isinstance(shape, Mask):
        cells = (move((column + 0.5, row + 0.5))
                 for row, first, end in shape.spans() for column in range(first, end))
        return mask_of_spans((int(y), int(x), int(x) + 1) for x, y in cells)
    return shape


def _mover(orientation: int, width: float, height: float) -> Callable[[Point], Point]:
    return {
        2: lambda p: (width - p[0], p[1]), 3: lambda p: (width - p[0], height - p[1]),
        4: lambda p: (p[0], height - p[1]), 5: lambda p: (p[1], p[0]),
        6: lambda p: (height - p[1], p[0]), 7: lambda p: (height - p[1], width - p[0]),
        8: lambda p: (p[1], width - p[0]),
    }.get(orientation, lambda p: p)
