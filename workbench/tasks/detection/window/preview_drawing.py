"""Previews of detections: boxes over a picture."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from workbench.core.found_shapes import found_dot, found_keypoints
from workbench.core.skeletons import Skeleton
from workbench.gui.style import tokens
from workbench.gui.train.history import PreviewImage
from workbench.gui.train.preview_images import PreviewPicture
from workbench.gui.widgets.class_colors import ink_on
from workbench.tasks.detection.window.keypoint_painting import paint_found_dot, paint_found_points
from workbench.tasks.detection.window.outline_painting import outline_path, paint_outline

LEAST_SCORE = 0.25
"""Weaker detections would hide the picture under boxes."""
_THINNEST, _LINE_IN = 0.7, 16
"""Pixels: of a line, and a line of one pixel for each so many that there are for a box."""
_NAMED_IN = 90
"""Names where there are so many pixels for each, each way: nearer together they hide all."""


def paint_boxes(
    painter: QPainter,
    preview: PreviewImage,
    picture: PreviewPicture,
    area: QRectF,
    color_of: Callable[[str], QColor],
    skeleton_of: Callable[[str], Skeleton],
    *,
    width: float = tokens.WIDTH_BOX,
    scores: bool = False,
) -> None:
    """Draw the detections of ``preview`` dashed over ``area``, where the picture lies: their
    outlines, or boxes where none is known, and their key points. Where there are many the lines
    are thin, and nothing is written at them."""
    scale_x = area.width() / max(1, picture.size.width())
    scale_y = area.height() / max(1, picture.size.height())
    size = (picture.size.width(), picture.size.height())
    item: dict[str, Any] = {"boxes": preview.boxes}
    if preview.details is not None:
        item |= preview.details.at(range(len(preview.boxes)))
    shown = sum(score >= LEAST_SCORE for score in preview.scores)
    room = math.sqrt(area.width() * area.height() / max(1, shown))
    width, scores = max(_THINNEST, min(width, room / _LINE_IN)), scores and room >= _NAMED_IN
    outlines = item.get("outlines", [[]] * len(preview.boxes))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for place, (box, name, score, outline) in enumerate(
            zip(preview.boxes, preview.labels, preview.scores, outlines, strict=True)):
        if score < LEAST_SCORE:
            continue
        color = color_of(name)
        dot = found_dot(item, place)
        if dot is not None:
            paint_found_dot(painter, dot, color, area, size)
            continue
        pen = QPen(color, width)
        pen.setDashPattern([3.0, 2.0])
        rect = QRectF(
            area.left() + box[0] * scale_x, area.top() + box[1] * scale_y,
            (box[2] - box[0]) * scale_x, (box[3] - box[1]) * scale_y,
        )
        if outline:
            paint_outline(painter, outline_path(outline), pen, area, size)
        else:
            painter.setPen(pen)
            painter.drawRect(rect)
        paint_found_points(painter, found_keypoints(item, place), skeleton_of(name), pen, area,
                           size, names=scores)
        if scores:
            paint_tag(painter, rect, f"{name} {score:.2f}", color, area)


def paint_tag(
    painter: QPainter, box: QRectF, text: str, color: QColor, area: QRectF
) -> None:
    """Write ``text`` on the upper edge of ``box``, inside ``area``, in the letters that read better
    there."""
    metrics = painter.fontMetrics()
    height, width = metrics.height() + 2, metrics.horizontalAdvance(text) + tokens.SPACE_S
    tag = QRectF(max(area.left(), min(box.left(), area.right() - width)),
                 max(area.top(), box.top() - height), width, height)
    painter.fillRect(tag, color)
    painter.setPen(ink_on(color))
    painter.drawText(tag, Qt.AlignmentFlag.AlignCenter, text)
