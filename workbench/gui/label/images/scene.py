"""What the canvas shows, and how a picture, boxes and labels are painted onto any painter."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from PySide6.QtCore import QPointF, QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QPainter,
    QPainterStateGuard,
    QPen,
    QPixmap,
    QPolygonF,
)

from workbench.core.annotation import LabeledObject
from workbench.core.attributes import TRACK
from workbench.core.dots import is_dot
from workbench.core.outlines import Keypoints, Mask, Polygon
from workbench.core.shapes import Bounds, Box, Shape
from workbench.formats.voc_outlines import attribute_text
from workbench.gui.label.images.adjustments import (
    UNADJUSTED,
    Adjustments,
    Tone,
    paint_toned,
    tone_of,
)
from workbench.gui.label.images.geometry import Size
from workbench.gui.label.images.image_source import Picture
from workbench.gui.label.images.outlines import (
    FINE_POINTS,
    ZOOMING_POINTS,
    Outlines,
    ShapePainter,
    SkeletonOf,
    no_skeleton,
)
from workbench.gui.label.images.spatial_index import SpatialIndex
from workbench.gui.label.images.viewport import Viewport
from workbench.gui.style import tokens
from workbench.gui.widgets.class_colors import ink_on
from workbench.gui.widgets.dot_painting import DOT_REACH

PIXELS_FROM = 3.0
"""From this scale on, single image pixels are shown as squares instead of being smoothed."""
FINE_LIMIT = 800
"""With more boxes in view, lines get one pixel thin: they would cover the image otherwise."""
LABEL_LIMIT = 600
"""With more boxes in view, no labels are drawn; hovering and selecting still name a box."""
DRAWN_LIMIT = 20_000
"""Of more boxes in view every second, third … is drawn, as many as this: the window would stand
still for seconds, and nobody can tell them apart. Zooming in shows them all."""
FAR = 16_000.0
"""Qt's raster painter stops at 32,767 pixels: what reaches further is cut before it is drawn."""

_LABEL_PAD = tokens.SPACE_XS
_MARK = tokens.SPACE_S


@dataclass(slots=True)
class Scene:
    """Everything that is painted; ``lifted`` boxes are left to the layer above. Of ``unseen``
    classes nothing is. While the view is ``zooming``, fewer points already get thin lines. Where
    labels are ``areas``, polygons are filled as masks are."""

    viewport: Viewport = field(default_factory=Viewport)
    picture: Picture = field(default_factory=Picture)
    objects: tuple[LabeledObject, ...] = ()
    index: SpatialIndex = field(default_factory=lambda: SpatialIndex((), (0, 0)))
    lifted: frozenset[int] = frozenset()
    hidden: bool = False
    outlines: Outlines = field(default_factory=Outlines)
    skeleton: SkeletonOf = no_skeleton
    points: int = 0
    dots: bool = False
    """Whether there are any."""
    unseen: frozenset[str] = frozenset()
    zooming: bool = False
    areas: bool = False
    numbered: bool = False
    """Whether dots have their numbers beside them."""
    suggested: QImage | None = None
    """Areas that are suggested, laid over the whole picture; None for nothing."""
    suggested_cover: float = 1.0
    """How much their edges hide of what lies below, 0..1."""
    unsure: tuple[float, float] | None = None
    """A place in the image that is shown to be looked at: where that is least sure."""
    adjustments: Adjustments = UNADJUSTED
    _tone: tuple[Adjustments, QImage, Tone | None] | None = None

    def tone(self) -> Tone | None:
        """What is done with the picture's pixels before they are seen."""
        levels = self.picture.levels
        if self.adjustments.of_pixels == UNADJUSTED or not levels:
            return None
        coarsest = levels[max(levels)]
        known = self._tone
        if known is None or known[0] != self.adjustments or known[1] is not coarsest:
            found = tone_of(self.adjustments, coarsest, deep=self.picture.bits > 8)
            known = self._tone = (self.adjustments, coarsest, found)
        return known[2]

    def set_objects(self, objects: tuple[LabeledObject, ...], size: Size) -> None:
        self.objects = objects
        self.index = SpatialIndex([item.shape.bounds() for item in objects], size)
        others = [item.shape for item in objects if type(item.shape) is not Box]
        self.outlines.keep(others)
        self.dots = any(map(is_dot, others))
        self.points = sum(len(ring) for shape in others if isinstance(shape, Polygon)
                          for ring in shape.rings)

    @property
    def look(self) -> tuple[object, ...]:
        """What decides how objects look, besides themselves."""
        return self.hidden, self.unseen, self.areas, self.numbered

    def near(self, region: QRectF, reach: float = 0.0) -> list[int]:
        """Boxes that touch ``region`` of the view, widened by ``reach`` logical pixels."""
        if self.hidden or not self.objects:
            return []
        x0, y0 = self.viewport.to_image((region.left() - reach, region.top() - reach))
        x1, y1 = self.viewport.to_image((region.right() + reach, region.bottom() + reach))
        return self.shown(self.index.near((x0, y0, x1, y1)))

    def shown(self, indexes: list[int]) -> list[int]:
        """Those of ``indexes`` whose class is shown."""
        if not self.unseen:
            return indexes
        return [index for index in indexes if self.objects[index].label not in self.unseen]


def flag_words(item: LabeledObject) -> str:
    """What the flag at an object says: its class, and "car 3" where it belongs to a track."""
    track = item.attributes.get(TRACK) if item.attributes else None
    return item.label if track is None else f"{item.label} {attribute_text(track)}"


class Pens:
    """Pens and label pictures, made once for each class and kept until the colours change."""

    def __init__(self, color: Callable[[str], QColor], font: QFont, ratio: float = 1.0) -> None:
        self._color = color
        self.font = font
        self.ratio = ratio
        self._labels: dict[tuple[str, str], QPixmap] = {}
        self._metrics = QFontMetricsF(font)
        self.label_height = float(round(self._metrics.height() + 2))
        self.widest_label = 0.0

    def color(self, name: str) -> QColor:
        return self._color(name)

    def pen(self, name: str, width: float) -> QPen:
        """A solid line with square corners."""
        pen = QPen(self._color(name), width)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        return pen

    def label(self, item: LabeledObject) -> QPixmap:
        """The little flag with the class name of an object."""
        key = item.label, flag_words(item)
        found = self._labels.get(key)
        if found is None:
            found = self._labels[key] = self._make_label(*key)
            self.widest_label = max(self.widest_label, found.deviceIndependentSize().width())
        return found

    def label_size(self, item: LabeledObject) -> QSizeF:
        """Logical pixels of :meth:`label`."""
        return self.label(item).deviceIndependentSize()

    def _make_label(self, name: str, words: str) -> QPixmap:
        text = self._metrics.elidedText(words or "–", Qt.TextElideMode.ElideRight,
                                        float(tokens.SIDE_PANEL_WIDTH))
        width = round(self._metrics.horizontalAdvance(text)) + 2 * _LABEL_PAD
        pixmap = QPixmap(round(width * self.ratio), round(self.label_height * self.ratio))
        pixmap.setDevicePixelRatio(self.ratio)
        fill = self._color(name)
        pixmap.fill(fill)
        painter = QPainter(pixmap)
        painter.setFont(self.font)
        painter.setPen(ink_on(fill))
        painter.drawText(QRectF(0, 0, width, self.label_height), Qt.AlignmentFlag.AlignCenter, text)
        painter.end()
        return pixmap


# --- the picture --------------------------------------------------------------------------------


def paint_picture(painter: QPainter, scene: Scene, region: QRectF, ratio: float) -> None:
    """Paint the part of the picture that lies in ``region`` of the view."""
    level = scene.picture.level(scene.viewport.scale * ratio)
    if level is None:
        return
    painter.setRenderHint(
        QPainter.RenderHint.SmoothPixmapTransform, scene.viewport.scale * ratio < PIXELS_FROM
    )

    def paint(onto: QPainter) -> None:
        _paint_levels(onto, scene, level[1], region, ratio)

    tone = scene.tone()
    if tone is None:
        paint(painter)
    else:
        paint_toned(painter, tone, _pixels_of_picture(scene, region, ratio), ratio, paint)


def paint_suggested_areas(painter: QPainter, scene: Scene, region: QRectF, ratio: float) -> None:
    """Paint what is suggested in ``region`` of the view, with smooth edges."""
    if scene.suggested is None or scene.hidden:
        return
    width, height = scene.picture.size
    with QPainterStateGuard(painter):
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setOpacity(scene.suggested_cover)
        _paint_part(painter, scene.viewport, region, scene.suggested,
                    (0.0, 0.0, float(width), float(height)), ratio)


def _pixels_of_picture(scene: Scene, region: QRectF, ratio: float) -> QRect:
    """The pixels of the screen in ``region`` of the view that the picture covers."""
    viewport = scene.viewport
    left, top = round(viewport.x * ratio), round(viewport.y * ratio)
    # a pixel is covered when its middle is
    wide, high = (math.ceil(side * viewport.scale * ratio - 0.5 - 1e-6)
                  for side in scene.picture.size)
    there = QRectF(region.x() * ratio, region.y() * ratio, region.width() * ratio,
                   region.height() * ratio).toAlignedRect()
    return QRect(left, top, wide, high).intersected(there)


def _paint_levels(painter: QPainter, scene: Scene, image: QImage, region: QRectF,
                  ratio: float) -> None:
    picture, viewport = scene.picture, scene.viewport
    width, height = picture.size
    whole = (0.0, 0.0, float(width), float(height))
    _paint_part(painter, viewport, region, image, whole, ratio)
    patch = picture.patch
    if patch is not None and patch.image.width() and image.width() < width / patch.step:
        _paint_part(painter, viewport, region, patch.image, patch.box, ratio)


def _paint_part(painter: QPainter, viewport: Viewport, region: QRectF, image: QImage, box: Bounds,
                ratio: float) -> None:
    """Paint ``image``, which shows ``box`` of the picture, as far as it lies in ``region``.

    Only whole source pixels are handed over, with two to spare on each side: the painter then
    never sees coordinates far outside the view, and neighbouring parts meet without a seam.
    """
    wide, high = (box[2] - box[0]) / image.width(), (box[3] - box[1]) / image.height()
    x0, y0 = viewport.to_image((region.left(), region.top()))
    x1, y1 = viewport.to_image((region.right(), region.bottom()))
    left = max(0, int((x0 - box[0]) / wide) - 2)
    top = max(0, int((y0 - box[1]) / high) - 2)
    right = min(image.width(), int((x1 - box[0]) / wide) + 3)
    bottom = min(image.height(), int((y1 - box[1]) / high) + 3)
    if right <= left or bottom <= top:
        return
    ox, oy = snapped(viewport.x, ratio), snapped(viewport.y, ratio)
    scale = viewport.scale
    target = QRectF(
        QPointF((box[0] + left * wide) * scale + ox, (box[1] + top * high) * scale + oy),
        QPointF((box[0] + right * wide) * scale + ox, (box[1] + bottom * high) * scale + oy),
    )
    painter.drawImage(target, image, QRectF(left, top, right - left, bottom - top))


def snapped(value: float, ratio: float) -> float:
    """``value`` in logical pixels on the nearest pixel of the screen."""
    return round(value * ratio) / ratio


# --- boxes --------------------------------------------------------------------------------------


def view_rects(scene: Scene, indexes: Iterable[int], ratio: float) -> Iterator[tuple[int, QRectF]]:
    """(position, rectangle in the view on whole screen pixels) of boxes."""
    viewport = scene.viewport
    # From a whole origin, so that boxes keep their distances while the picture is moved.
    scale, ox, oy = viewport.scale * ratio, round(viewport.x * ratio), round(viewport.y * ratio)
    low, right, bottom = -64.0, viewport.view[0] * ratio + 64.0, viewport.view[1] * ratio + 64.0
    cut = max(viewport.image) * scale > FAR
    boxes = scene.index.boxes
    for index in indexes:
        x0, y0, x1, y1 = boxes[index]
        x0, y0, x1, y1 = x0 * scale + ox, y0 * scale + oy, x1 * scale + ox, y1 * scale + oy
        if cut:
            x0, y0, x1, y1 = max(x0, low), max(y0, low), min(x1, right), min(y1, bottom)
        left, top = round(x0), round(y0)
        yield index, QRectF(left / ratio, top / ratio,
                            (round(x1) - left) / ratio, (round(y1) - top) / ratio)


def paint_boxes(painter: QPainter, scene: Scene, pens: Pens, region: QRectF) -> None:
    """Paint the boxes that touch ``region`` of the view, those of one class in one call."""
    each = drawn_each(scene)
    shown = [index for index in scene.near(region, tokens.HANDLE)
             if index not in scene.lifted and not index % each]
    groups: dict[str, list[QRectF]] = defaultdict(list)
    others: dict[str, list[Shape]] = defaultdict(list)
    marked: list[tuple[str, QRectF]] = []
    for index, rect in view_rects(scene, shown, pens.ratio):
        item = scene.objects[index]
        if type(item.shape) is Box:
            groups[item.label].append(rect)
        else:
            others[item.label].append(item.shape)
        if item.attributes and item.difficult:
            marked.append((item.label, rect))
    fine = len(scene.objects) > FINE_LIMIT and count_in_view(scene) > FINE_LIMIT
    half = 0.5 / pens.ratio
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, not fine)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    with QPainterStateGuard(painter):
        painter.translate(half, half)
        # In a fixed order, so that a part painted anew has the same box on top as the whole.
        for name, rects in sorted(groups.items()):
            painter.setPen(pens.pen(name, 1.0 / pens.ratio if fine else tokens.WIDTH_BOX))
            painter.drawRects(rects)
    if others:
        paint_shapes(painter, scene, pens, others)
    for name, rect in marked:
        paint_difficult(painter, pens.color(name), rect)
    if scene.numbered and scene.dots and not scene.hidden:
        paint_numbers(painter, scene, pens, region)
    paint_labels(painter, scene, pens, region)


def paint_shapes(painter: QPainter, scene: Scene, pens: Pens,
                 shapes: dict[str, list[Shape]]) -> None:
    """Paint what is no box: masks, above them closed lines, on top key points."""
    shaper = ShapePainter(painter, scene.outlines, scene.viewport, pens.ratio, scene.skeleton,
                          scene.adjustments.masks / 100, areas=scene.areas)
    groups = sorted(shapes.items())
    lined = [(name, [shape for shape in group if not isinstance(shape, Mask | Keypoints)])
             for name, group in groups]
    fine = _fine_shapes(scene, shaper)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, not fine)
    for name, group in groups:
        for shape in group:
            if isinstance(shape, Mask):
                shaper.one(shape, name, pens.pen(name, tokens.WIDTH_BOX))
    for name, group in lined:
        # a pen without width is the quick one
        pen = pens.pen(name, 0.0 if fine else tokens.WIDTH_BOX)
        for _, alike in groupby(group, type):
            same = list(alike)
            shaper.lines(same, pen, shaper.area_fill(same[0], pen.color()))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for name, group in groups:
        for shape in group:
            if isinstance(shape, Keypoints) and not is_dot(shape):
                shaper.one(shape, name, pens.pen(name, tokens.WIDTH_BOX))
        shaper.dots(filter(is_dot, group), pens.color(name))


def _fine_shapes(scene: Scene, shaper: ShapePainter) -> bool:
    """Whether there are so many points in view that lines have to be thin; the same for a part."""
    most = ZOOMING_POINTS if scene.zooming else FINE_POINTS
    if scene.points <= most:
        return False
    seen = scene.near(QRectF(0, 0, *scene.viewport.view))
    return shaper.points(scene.objects[index].shape for index in seen) > most


def paint_numbers(painter: QPainter, scene: Scene, pens: Pens, region: QRectF) -> None:
    """Write beside each dot the how many-th of its class it is, where there are not too many."""
    if count_in_view(scene) > LABEL_LIMIT:
        return
    seen: Counter[str] = Counter()
    numbers: dict[int, int] = {}
    for index, item in enumerate(scene.objects):
        if is_dot(item.shape):
            seen[item.label] += 1
            numbers[index] = seen[item.label]
    painter.setFont(pens.font)
    down = painter.fontMetrics().ascent() / 2 - 1
    for index, rect in view_rects(scene, scene.near(region, 2.0 * tokens.SPACE_XL), pens.ratio):
        if index in numbers:
            at = rect.topLeft() + QPointF(DOT_REACH + 1, down)
            for ink, off in ((tokens.ON_IMAGE_DARK, 1.0), (tokens.ON_IMAGE, 0.0)):
                painter.setPen(QColor(ink))
                painter.drawText(at + QPointF(off, off), str(numbers[index]))


def count_in_view(scene: Scene) -> int:
    """Number of boxes that are in view."""
    return len(scene.near(QRectF(0, 0, *scene.viewport.view)))


def drawn_each(scene: Scene) -> int:
    """1 where all boxes in view are drawn, 2 for every second …"""
    if len(scene.objects) <= DRAWN_LIMIT:
        return 1
    return -(-count_in_view(scene) // DRAWN_LIMIT) or 1


def paint_difficult(painter: QPainter, color: QColor, rect: QRectF) -> None:
    """A difficult object has its upper right corner folded."""
    side = min(float(_MARK), rect.width() / 2, rect.height() / 2)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawConvexPolygon(QPolygonF([
        rect.topRight(), rect.topRight() + QPointF(-side, 0), rect.topRight() + QPointF(0, side),
    ]))
    painter.setBrush(Qt.BrushStyle.NoBrush)


# --- labels -------------------------------------------------------------------------------------


def label_rect(rect: QRectF, size: QSizeF) -> QRectF:
    """Where the label of the box ``rect`` stands: on its upper left corner, inside at the top."""
    top = rect.top() - size.height()
    if top < 0:
        top = max(rect.top(), 0.0)
    return QRectF(rect.left(), top, size.width(), size.height())


def paint_labels(painter: QPainter, scene: Scene, pens: Pens, region: QRectF) -> None:
    """Name the boxes that have room for it, no label on top of another one.

    A label yields to that of any earlier box it would touch. That depends on the neighbours
    only, so a repaint of a part comes to the same result as one of the whole.
    """
    if scene.hidden or (len(scene.objects) > LABEL_LIMIT and count_in_view(scene) > LABEL_LIMIT):
        return
    widths = {name: pens.label_size(item).width() for name, item in {
        flag_words(item): item for item in scene.objects}.items()}
    reach = 2 * (pens.widest_label + pens.label_height)
    high = pens.label_height
    placed = Spots(max(pens.widest_label, 1.0), high)
    for index, rect in view_rects(scene, scene.near(region, reach), pens.ratio):
        item = scene.objects[index]
        width = widths[flag_words(item)]
        if rect.width() < width or rect.height() < high:
            continue
        left, top = rect.left(), rect.top()
        top = top - high if top >= high else max(top, 0.0)
        if placed.add(left, top, width) and index not in scene.lifted:
            spot = QRectF(left, top, width, high)
            if spot.intersects(region):
                painter.drawPixmap(spot.topLeft(), pens.label(item))


class Spots:
    """Where labels stand, in cells of a label's size: a new one asks its neighbours only."""

    def __init__(self, width: float, height: float) -> None:
        self._width, self._height = width, height
        self._cells: dict[tuple[int, int], list[tuple[float, float, float]]] = defaultdict(list)

    def add(self, left: float, top: float, width: float) -> bool:
        """Remember a spot; whether it touches none of those before."""
        column, line = int(left // self._width), int(top // self._height)
        right, high, cells = left + width, self._height, self._cells
        free = not any(
            start < right and left < end and abs(other - top) < high
            for x in (column - 1, column, column + 1)
            for y in (line - 1, line, line + 1)
            for start, other, end in cells.get((x, y), ())
        )
        cells[column, line].append((left, top, right))
        return free
