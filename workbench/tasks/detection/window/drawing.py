"""Boxes, outlines and key points on pictures: truth solid, detections dashed with their score.

Used for the gallery, the enlarged view and the report, on any thread that has a QImage.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPainterPath,
    QPainterStateGuard,
    QPen,
    QTransform,
)

from workbench.core.outlines import Keypoints, Point
from workbench.core.shapes import Bounds
from workbench.core.skeletons import Skeleton
from workbench.gui.label.images.ghost import DASH, score_text
from workbench.gui.style import tokens
from workbench.gui.widgets.class_colors import ink_on
from workbench.gui.widgets.dot_painting import DOT_REACH, paint_dots
from workbench.gui.widgets.point_painting import LEAST_SIDE, paint_keypoints, radius_in

_AROUND_ALPHA = 150
"""Boxes that are not meant are half transparent where others are."""
_UNJOINED = Skeleton()
_PAD_X, _PAD_Y = 4.0, 1.0
_LEAST_OUTLINE = 12.0
"""Logical pixels of a side from which more than the box of an object can be seen."""
_MOST_WORDS, _MOST_WORDS_SMALL = 40, 6
"""Boxes that are named on a large and on a small picture at most, those that are meant first."""


@dataclass(frozen=True, slots=True)
class DrawnBox:
    """One box to be drawn.

    Parameters
    ----------
    meant
        Whether the picture is about this box.
    """

    box: Bounds
    """xyxy in image pixels."""
    name: str
    color: str
    """Its class and the class's colour ("#rrggbb")."""
    score: float | None = None
    """None for a label of a person, which is drawn solid."""
    highlighted: bool = False
    difficult: bool = False
    """Drawn dotted: it counts neither as hit nor as miss."""
    outline: Callable[[], QPainterPath | None] | None = None
    """Makes the lines, in image pixels, that are drawn in place of the box; None for a box."""
    points: Callable[[], Keypoints | None] | None = None
    """Makes the key points that are drawn in the box; None where there are none."""
    dot: Point | None = None
    """Where it is, of what is a dot; it is drawn in place of the box."""
    skeleton: Skeleton = _UNJOINED
    """What joins them, and their colours."""
    belonging: Callable[[], Keypoints | None] | None = None
    """Makes the labelled points of the object that a detection is compared with: a line leads from
    each of its points to where that belongs."""


@dataclass(frozen=True, slots=True)
class ImagePlacement:
    """How image pixels come to lie in a target: ``scale`` target pixels for each, then shifted."""

    scale_x: float
    scale_y: float
    x: float
    y: float

    @classmethod
    def fitting(cls, part: Bounds, target: QRectF) -> ImagePlacement:
        """The part of the image that fills ``target``."""
        scale_x = target.width() / max(part[2] - part[0], 1e-6)
        scale_y = target.height() / max(part[3] - part[1], 1e-6)
        return cls(scale_x, scale_y, target.x() - part[0] * scale_x,
                   target.y() - part[1] * scale_y)

    def rect(self, box: Bounds) -> QRectF:
        left, top = box[0] * self.scale_x + self.x, box[1] * self.scale_y + self.y
        return QRectF(left, top, (box[2] - box[0]) * self.scale_x,
                      (box[3] - box[1]) * self.scale_y)

    def point(self, x: float, y: float) -> QPointF:
        return QPointF(x * self.scale_x + self.x, y * self.scale_y + self.y)

    def lines(self, mark: DrawnBox, rect: QRectF) -> QPainterPath | None:
        """The outline of a mark that lies in ``rect``, where it has one that can be seen."""
        if mark.outline is None or max(rect.width(), rect.height()) < _LEAST_OUTLINE:
            return None
        path = mark.outline()
        placed = QTransform(self.scale_x, 0, 0, self.scale_y, self.x, self.y)
        return placed.map(path) if path is not None else None


def paint_boxes_on(
    painter: QPainter, marks: Sequence[DrawnBox], frame: ImagePlacement, target: QRectF,
    font: QFont, *, everything: bool = False,
) -> None:
    """Draw ``marks`` inside ``target``, those that are meant on top and with their words; the
    outline in place of the box where there is one.

    ``everything`` names the other detections, too, where there is room.
    """
    with QPainterStateGuard(painter):
        painter.setClipRect(target)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        about = any(mark.highlighted for mark in marks)
        reach = target.adjusted(-4, -4, 4, 4)
        seen = [(mark, rect) for mark in marks if (rect := _place(mark, frame)).intersects(reach)]
        _paint_around(painter, [item for item in seen if not item[0].highlighted], frame, reach,
                      about=about)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for mark, rect in seen:
            if mark.highlighted and mark.dot is not None:
                paint_dots(painter, [frame.point(*mark.dot)], QColor(mark.color), chosen=True,
                           found=mark.score is not None)
            elif mark.highlighted:
                painter.setPen(_pen(mark, about))
                path = frame.lines(mark, rect)
                if path is not None:
                    painter.drawPath(path)
                else:
                    painter.drawRect(_kept_near(rect, reach))
                _paint_points(painter, mark, rect, frame, about=about)
        painter.setFont(font)
        _paint_all_words(painter, seen, target, QFontMetricsF(font), everything=everything)


def _place(mark: DrawnBox, frame: ImagePlacement) -> QRectF:
    """Where a mark is on the picture; of a dot what is drawn of it, whatever it stands for."""
    if mark.dot is None:
        return frame.rect(mark.box)
    at = frame.point(*mark.dot)
    return QRectF(at.x() - DOT_REACH, at.y() - DOT_REACH, 2 * DOT_REACH, 2 * DOT_REACH)


def _paint_around(
    painter: QPainter, seen: Sequence[tuple[DrawnBox, QRectF]], frame: ImagePlacement,
    reach: QRectF, *, about: bool,
) -> None:
    """Draw marks that are not meant, all of one look at once."""
    groups: dict[tuple[str, bool, bool], tuple[QPen, list[QRectF], list[QPainterPath]]] = {}
    for mark, rect in seen:
        if mark.dot is not None:
            continue
        look = (mark.color, mark.score is None, mark.difficult)
        if look not in groups:
            groups[look] = (_pen(mark, about), [], [])
        _, rects, paths = groups[look]
        path = frame.lines(mark, rect)
        if path is not None:
            paths.append(path)
        else:
            rects.append(_kept_near(rect, reach))
    # without smoothing straight dashes are drawn six times faster, and just as sharp
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for pen, rects, _ in groups.values():
        painter.setPen(pen)
        painter.drawRects(rects)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for pen, _, paths in groups.values():
        painter.setPen(pen)
        for path in paths:  # the line of hundreds at once takes Qt many times as long
            painter.drawPath(path)
    for mark, rect in seen:
        if mark.dot is not None:
            color = QColor(mark.color)
            color.setAlpha(_AROUND_ALPHA if about else color.alpha())
            paint_dots(painter, [frame.point(*mark.dot)], color, found=mark.score is not None)
        else:
            _paint_points(painter, mark, rect, frame, about=about)


def _paint_points(painter: QPainter, mark: DrawnBox, rect: QRectF, frame: ImagePlacement, *,
                  about: bool) -> None:
    """Draw the key points of a mark that lies in ``rect``, where they can be told apart."""
    side = max(rect.width(), rect.height())
    shape = mark.points() if mark.points is not None and side >= LEAST_SIDE else None
    if shape is None:
        return
    pen, radius = _pen(mark, about), radius_in(side)
    pen.setWidthF(min(pen.widthF(), radius / 2))  # lines of a small object would cover it
    paint_keypoints(painter, shape, frame.point, mark.skeleton, pen, radius,
                    square=mark.score is not None)
    belonging = mark.belonging() if mark.belonging is not None else None
    if belonging is not None:
        painter.setPen(QPen(QColor(tokens.ON_IMAGE), tokens.WIDTH_BOX))
        painter.drawLines([
            QLineF(frame.point(*here), frame.point(*there))
            for here, seen, there, labelled in zip(
                shape.points, shape.visibility, belonging.points, belonging.visibility,
                strict=False) if seen and labelled])


def _pen(mark: DrawnBox, about: bool) -> QPen:
    color = QColor(mark.color)
    if about and not mark.highlighted:
        color.setAlpha(_AROUND_ALPHA)
    width = tokens.WIDTH_BOX_ACTIVE if mark.highlighted else tokens.WIDTH_BOX
    pen = QPen(color, width)
    pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    if mark.score is not None:
        pen.setDashPattern(DASH)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    elif mark.difficult:
        pen.setStyle(Qt.PenStyle.DotLine)
    return pen


def _kept_near(rect: QRectF, reach: QRectF) -> QRectF:
    """``rect`` without what lies far outside, which a dashed pen would walk along."""
    outer = reach.adjusted(-8, -8, 8, 8)
    return rect.intersected(outer)


def _paint_all_words(
    painter: QPainter, seen: Sequence[tuple[DrawnBox, QRectF]], target: QRectF,
    metrics: QFontMetricsF, *, everything: bool,
) -> None:
    """Name the boxes, the meant and the surest first; a name that would cover another is left out.

    A detection is named above and a label below, so that both can be read where one lies on the
    other.
    """
    named = [item for item in seen
             if item[0].highlighted or (everything and item[0].score is not None)]
    named.sort(key=lambda item: (not item[0].highlighted, -(item[0].score or 1.0)))
    taken: list[QRectF] = []
    for mark, rect in named:
        text, spot = _words(mark, rect.intersected(target), target, metrics)
        if any(spot.intersects(other) for other in taken):
            continue
        taken.append(spot)
        fill = QColor(mark.color)
        painter.fillRect(spot, fill)
        painter.setPen(ink_on(fill))
        painter.drawText(spot.topLeft() + QPointF(_PAD_X, _PAD_Y + metrics.ascent()), text)
        if len(taken) == (_MOST_WORDS if everything else _MOST_WORDS_SMALL):
            break


def _words(
    mark: DrawnBox, visible: QRectF, target: QRectF, metrics: QFontMetricsF
) -> tuple[str, QRectF]:
    """A box's name and, for a detection, its score; and where they stand inside ``target``."""
    text = mark.name if mark.score is None else f"{mark.name} {score_text(mark.score)}"
    text = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, target.width() * 0.6)
    width, height = metrics.horizontalAdvance(text) + 2 * _PAD_X, metrics.height() + 2 * _PAD_Y
    top = visible.top() - height if mark.score is not None else visible.bottom()
    left = min(visible.left() - tokens.WIDTH_BOX / 2, target.right() - width)
    top = min(max(top, target.top()), target.bottom() - height)
    return text, QRectF(max(left, target.left()), top, width, height)
