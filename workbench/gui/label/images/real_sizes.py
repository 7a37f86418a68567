"""Sizes in the units of the world, in words."""

from __future__ import annotations

import math

from workbench.core.outlines import Mask, Polygon, RotatedBox
from workbench.core.pixel_size import PixelSize, area_text, length_text, lengths_text
from workbench.core.shapes import Box, Shape
from workbench.core.text import tr
from workbench.gui.label.images.geometry import Point
from workbench.project.scale_table import KnownSize

_MOST_RINGS, _MOST_POINTS = 50, 20_000
"""Of a polygon whose area is told while it is dragged: which ring is a hole takes a while."""


def sides_words(width: float, height: float, size: PixelSize | None) -> str:
    """ "41 × 87 · 13.1 × 27.8 µm", of pixels; the second part where the scale is known."""
    pixels = f"{width:.0f} × {height:.0f}"
    if size is None:
        return pixels
    return f"{pixels} · {lengths_text((width * size.x, height * size.y), size.unit)}"


def shape_size_words(shape: Shape, size: PixelSize) -> str:
    """ "38.4 × 25.6 µm", and below it "Area 983 µm²" of what has one."""
    sides = lengths_text(_sides(shape, size), size.unit)
    pixels = _area(shape)
    if pixels is None:
        return sides
    return "\n".join((sides, tr("Area {area}", area=area_text(size.area(pixels), size.unit))))


def _sides(shape: Shape, size: PixelSize) -> tuple[float, float]:
    if isinstance(shape, RotatedBox):
        sin, cos = math.sin(shape.angle), math.cos(shape.angle)
        return (size.length(shape.width * cos, shape.width * sin),
                size.length(shape.height * sin, shape.height * cos))
    left, top, right, bottom = shape.bounds()
    return (right - left) * size.x, (bottom - top) * size.y


def _area(shape: Shape) -> float | None:
    """Pixels inside; None of what has no area, or where it would take long to say."""
    if isinstance(shape, RotatedBox):
        return shape.width * shape.height
    if isinstance(shape, Box):
        return (shape.xmax - shape.xmin) * (shape.ymax - shape.ymin)
    if isinstance(shape, Polygon) and (
            len(shape.rings) > _MOST_RINGS or sum(map(len, shape.rings)) > _MOST_POINTS):
        return None
    return float(shape.area) if isinstance(shape, Polygon | Mask) else None


def line_words(line: tuple[Point, Point], size: PixelSize | None) -> str:
    """ "123 µm · 384 px", or the pixels alone."""
    dx, dy = line[1][0] - line[0][0], line[1][1] - line[0][1]
    pixels = f"{math.hypot(dx, dy):,.1f} px"
    return pixels if size is None else f"{length_text(size.length(dx, dy), size.unit)} · {pixels}"


def scale_words(known: KnownSize) -> str:
    """ "0.32 µm a pixel, from the file"."""
    words = tr("{size} a pixel", size=known.size.words())
    return tr("{size}, from the file", size=words) if known.origin == "file" else words
