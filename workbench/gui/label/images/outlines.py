"""How polygons, rotated boxes, key points and masks are painted, found and put into words."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen, QPolygonF

from workbench.core.dots import is_dot
from workbench.core.outlines import Keypoints, Mask, Polygon, Ring, RotatedBox
from workbench.core.shapes import Bounds, Box, Shape
from workbench.core.skeletons import Skeleton
from workbench.core.text import count, tr
from workbench.gui.label.images.adjustments import MASK_COVER
from workbench.gui.label.images.geometry import Point, box_corners
from workbench.gui.label.images.viewport import Viewport
from workbench.gui.widgets.dot_painting import paint_dots
from workbench.gui.widgets.point_painting import POINT_RADIUS, paint_keypoints

FINE_POINTS = 12_000
"""With more points in view, lines get one pixel thin and lose points that cannot be told apart."""
ZOOMING_POINTS = 3_000
"""As :data:`FINE_POINTS` while the view is being zoomed: smooth lines of so many points take Qt
half of the time that a frame has."""
DETAIL = 1.5
"""Pixels of the screen below which points are not told apart."""
NEW_LINES = 60
"""So many shapes get lines of another level for one painting: a zoom does not wait for all."""
MASK_ALPHA = MASK_COVER / 100
"""Opacity of a mask."""
FAINT = 0.5
"""Opacity of the line around key points."""
LARGEST_MASK = 4096
"""Pixels of a side of the picture that a mask is painted from; of larger ones only what is in view
is made, in tiles of :data:`MASK_TILE`."""
MASK_TILE = 1024

MASK_IMAGES = 4
"""So many are kept of one mask."""

Window = tuple[int, int, int, int]
"""``(x, y, width, height)`` in pixels of the image."""
_Images = dict[tuple[int, Window], QImage]


@dataclass(slots=True)
class Outlines:
    """Lines of shapes in pixels of the image, made once and kept while the shapes are there."""

    _lines: dict[tuple[int, int | None], tuple[Shape, list[QPolygonF]]] = field(
        default_factory=dict)
    _masks: dict[int, tuple[Shape, _Images]] = field(default_factory=dict)
    _left: int = 0

    def keep(self, shapes: Iterable[Shape]) -> None:
        """Forget the lines of shapes that are gone."""
        if self._lines or self._masks:
            there = {id(shape) for shape in shapes}
            self._lines = {key: one for key, one in self._lines.items() if key[0] in there}
            self._masks = {key: one for key, one in self._masks.items() if key in there}

    def look(self, viewport: Viewport) -> int | None:
        """The level of lines that suits the scale: points nearer than 2 to the power of it, in
        pixels of the image, cannot be told apart. None for all points."""
        self._left = NEW_LINES
        level = math.floor(math.log2(DETAIL / viewport.scale))
        return level if level >= 0 else None

    def lines(self, shape: Shape, level: int | None) -> list[QPolygonF]:
        """The closed lines of ``shape``; finer ones where those of the level are still to be made
        and there were many to be made for this painting already."""
        key = (id(shape), level)
        found = self._lines.get(key)
        if found is None and level is not None and self._left <= 0:
            finer = (self._lines.get((id(shape), other)) for other in (*range(level)[::-1], None))
            found = next((lines for lines in finer if lines is not None), None)
        if found is None:
            self._left -= 1
            rings = rings_of(shape)
            if level is not None:
                rings = tuple(thinned(ring, 2.0 ** level) for ring in rings)
            # the shape is kept, too, so that no other one gets its id
            found = self._lines[key] = (
                shape, [QPolygonF([QPointF(x, y) for x, y in ring]) for ring in rings])
        return found[1]

    def mask(self, shape: Mask, viewport: Viewport) -> tuple[QImage, int, Window]:
        """The mask, or of a large one what is in view and around it, as an image of indexes 0 and
        1; how many by how many pixels one of them stands for, and the window that it shows."""
        step = 1
        while step * viewport.scale < 0.5:
            step *= 2
        window: Window = (shape.x, shape.y, shape.width, shape.height)
        if max(shape.width, shape.height) / step > LARGEST_MASK:
            window = _in_tiles(window, viewport.visible(), MASK_TILE * step)
        _, images = self._masks.setdefault(id(shape), (shape, {}))
        if (step, window) not in images:
            while len(images) >= MASK_IMAGES:
                del images[next(iter(images))]
            images[step, window] = mask_image(shape, step, window)
        return images[step, window], step, window


def _in_tiles(window: Window, seen: Bounds, tile: int) -> Window:
    """The whole tiles of ``window`` that touch ``seen``."""
    x, y, width, height = window
    left, top = (max(0, int(seen[axis] - window[axis]) // tile * tile) for axis in (0, 1))
    right = min(width, max(0, -(-int(seen[2] + 1 - x) // tile) * tile))
    bottom = min(height, max(0, -(-int(seen[3] + 1 - y) // tile) * tile))
    return (x + left, y + top, max(0, right - left), max(0, bottom - top))


def rings_of(shape: Shape) -> tuple[Ring, ...]:
    """The closed lines of a polygon or a rotated box."""
    if isinstance(shape, Polygon):
        return shape.rings
    return (shape.corners(),) if isinstance(shape, RotatedBox) else ()


def thinned(ring: Ring, tolerance: float) -> Ring:
    """``ring`` without points that lie nearer than ``tolerance`` to the one before."""
    kept = [ring[0]]
    last_x, last_y = ring[0]
    for point in ring:
        x, y = point
        if abs(x - last_x) + abs(y - last_y) >= tolerance:
            kept.append(point)
            last_x, last_y = x, y
    return tuple(kept) if len(kept) >= 3 else ring


def mask_image(shape: Mask, step: int, window: Window) -> QImage:
    """Indexes 0 and 1 of a part of a mask; of larger steps every so many rows and columns."""
    x, y, wide, high = window
    width, height = -(-wide // step), -(-high // step)
    stride = (width + 3) // 4 * 4
    pixels = bytearray(stride * height)
    for row, first, end in shape.spans():
        line, over = divmod(row - y, step)
        if over or not 0 <= line < height:
            continue
        start = max(0, (first - x + step - 1) // step)
        stop = min(width, (end - x + step - 1) // step)
        if start < stop:
            at = line * stride
            pixels[at + start:at + stop] = b"\1" * (stop - start)
    image = QImage(bytes(pixels), width, height, stride, QImage.Format.Format_Indexed8)
    image = image.copy()  # with pixels of its own
    image.setColorTable([0, 0])
    return image


# --- painting -----------------------------------------------------------------------------------


SkeletonOf = Callable[[str], Skeleton]
"""From a class to what its key points are."""


def no_skeleton(_name: str) -> Skeleton:
    return Skeleton()


class ShapePainter:
    """Paints shapes of one view onto one painter.

    Parameters
    ----------
    origin
        Where the image's corner lies in the view, on whole screen pixels.
    cover
        How much masks hide of what lies below, 0..1.
    areas
        Whether polygons are filled as masks are.
    """

    def __init__(self, painter: QPainter, outlines: Outlines, viewport: Viewport, ratio: float,
                 skeleton: SkeletonOf = no_skeleton, cover: float = MASK_ALPHA, *,
                 areas: bool = False) -> None:
        self._painter = painter
        self._areas = areas
        self._cover = cover
        self._outlines = outlines
        self._viewport = viewport
        self._level = outlines.look(viewport)
        self._skeleton = skeleton
        self._origin = (round(viewport.x * ratio) / ratio, round(viewport.y * ratio) / ratio)

    def points(self, shapes: Iterable[Shape]) -> int:
        """How many points the lines of ``shapes`` have."""
        return sum(line.size() for shape in shapes
                   for line in self._outlines.lines(shape, self._level))

    def lines(self, shapes: Iterable[Shape], pen: QPen, fill: QColor | None = None) -> None:
        """Paint closed lines, filled or not."""
        painter, scale = self._painter, self._viewport.scale
        pen = QPen(pen)
        pen.setCosmetic(True)
        painter.save()
        painter.translate(*self._origin)
        painter.scale(scale, scale)
        for shape in shapes:
            rings = self._outlines.lines(shape, self._level)
            if fill is not None:
                painter.fillPath(path_of(rings), fill)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for ring in rings:  # the line of hundreds at once takes Qt many times as long
                painter.drawPolygon(ring)
        painter.restore()

    def area_fill(self, shape: Shape, color: QColor) -> QColor | None:
        """What a shape of this colour is filled with; None where it is no area."""
        if not (self._areas and isinstance(shape, Polygon)):
            return None
        color = QColor(color)
        color.setAlphaF(self._cover)
        return color

    def mask(self, shape: Mask, color: QColor) -> None:
        """Paint a mask in a translucent colour."""
        image, step, (x, y, width, height) = self._outlines.mask(shape, self._viewport)
        if not (width and height):
            return
        if image.colorTable()[1] != color.rgba():
            image.setColorTable([0, color.rgba()])
        scale = self._viewport.scale
        target = QRectF(x * scale + self._origin[0], y * scale + self._origin[1],
                        image.width() * step * scale, image.height() * step * scale)
        self._painter.drawImage(target, image)

    def keypoints(self, shape: Keypoints, name: str, pen: QPen) -> None:
        """Paint points (hollow where they are hidden) and what joins them."""
        scale, (left, top) = self._viewport.scale, self._origin
        paint_keypoints(self._painter, shape,
                        lambda x, y: QPointF(x * scale + left, y * scale + top),
                        self._skeleton(name), pen)

    def dots(self, shapes: Iterable[Shape], color: QColor, *, chosen: bool = False,
             found: bool = False) -> None:
        """Paint dots of one colour; see :func:`paint_dots`."""
        scale, (left, top) = self._viewport.scale, self._origin
        paint_dots(self._painter, (QPointF(x * scale + left, y * scale + top)
                                   for x, y, _, _ in (shape.bounds() for shape in shapes)),
                   color, chosen=chosen, found=found)

    def one(self, shape: Shape, name: str, pen: QPen, fill: QColor | None = None) -> None:
        """Paint a shape that is no box, whatever it is."""
        if isinstance(shape, Mask):
            color = QColor(pen.color())
            color.setAlphaF(self._cover if fill is None else min(1.0, self._cover + fill.alphaF()))
            self.mask(shape, color)
        elif is_dot(shape):
            self.dots([shape], pen.color(), chosen=fill is not None)
        elif isinstance(shape, Keypoints):
            faint = QColor(pen.color())
            faint.setAlphaF(FAINT)
            self.lines([Polygon((box_corners(shape.bounds()),))], QPen(faint, 1.0), fill)
            self.keypoints(shape, name, pen)
        else:
            area = self.area_fill(shape, pen.color())
            if area is not None and fill is not None:
                area.setAlphaF(min(1.0, area.alphaF() + fill.alphaF()))
            self.lines([shape], pen, area or fill)


def path_of(rings: Iterable[QPolygonF]) -> QPainterPath:
    """Rings as one area with holes."""
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.OddEvenFill)
    for ring in rings:
        path.addPolygon(ring)
        path.closeSubpath()
    return path


# --- finding ------------------------------------------------------------------------------------


def is_hit(shape: Shape, point: Point, tolerance: float) -> bool:
    """Whether ``point`` lies in the shape or nearer than ``tolerance`` to its line."""
    if isinstance(shape, Box) or shape.contains(point):
        return True
    if isinstance(shape, Keypoints):
        reach = tolerance * 2 + POINT_RADIUS / 2
        return any(math.dist(point, place) <= reach for place in shape.labelled())
    return any(distance(point, a, b) <= tolerance for ring in rings_of(shape)
               for a, b in zip(ring, (*ring[1:], ring[0]), strict=True))


def distance(point: Point, a: Point, b: Point) -> float:
    """From ``point`` to the line between ``a`` and ``b``."""
    return math.dist(point, nearest(point, a, b))


def nearest(point: Point, a: Point, b: Point) -> Point:
    """The point of the line from ``a`` to ``b`` that is nearest to ``point``."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    share = 0.0 if not length else min(1.0, max(
        0.0, ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / length))
    return (a[0] + share * dx, a[1] + share * dy)


# --- words --------------------------------------------------------------------------------------


def shape_name(shape: Shape) -> str:
    """ "Polygon"; "" for a box."""
    if is_dot(shape):
        return tr("Dot")
    names = {Polygon: tr("Polygon"), RotatedBox: tr("Rotated box"), Keypoints: tr("Key points"),
             Mask: tr("Mask")}
    return next((name for kind, name in names.items() if isinstance(shape, kind)), "")


def shape_words(shape: Shape) -> str:
    """ "Polygon, 12 points"; "" for a box."""
    if isinstance(shape, Polygon):
        points = count(sum(map(len, shape.rings)), "point")
        rings = "" if len(shape.rings) == 1 else ", " + count(len(shape.rings), "ring")
        return tr("Polygon, {points}{rings}", points=points, rings=rings)
    if isinstance(shape, RotatedBox):
        return tr("Rotated box, {degrees:.0f}°", degrees=math.degrees(shape.angle))
    if is_dot(shape):
        return tr("Dot")
    if isinstance(shape, Keypoints):
        return tr("Key points, {labelled} of {all}",
                  labelled=len(list(shape.labelled())), all=len(shape.points))
    if isinstance(shape, Mask):
        return tr("Mask, {pixels}", pixels=count(shape.area, "pixel"))
    return ""
