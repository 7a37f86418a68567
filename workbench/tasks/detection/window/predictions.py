"""Detections on any files, as Predict shows them."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Mapping
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.arrays import IntArray
from workbench.core.detections import Detections
from workbench.core.found_shapes import DETAILS, found_dot, found_keypoints, found_skeleton
from workbench.core.packed_details import PackedDetails
from workbench.evaluation.nms import MAX_DETECTIONS, batched_nms
from workbench.extension.predictions import Limit, PredictionDisplay
from workbench.extension.saving import Limits, least_score
from workbench.tasks.detection.saving import both_labels, prediction_text, second_class

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QRectF
    from PySide6.QtGui import QColor, QPainter, QPainterPath

    from workbench.gui.style.theme import Theme

_LEAST_FOR_WORDS = 220.0
"""Logical pixels of a picture's width from which there is room for words on it."""
_ASKED = {"score_thresh": 0.05, "nms_thresh": 0.95}


class _Packed:
    """Detections on one file, and which of them NMS left at the threshold that was last asked for.

    A box is only suppressed by one of its class with a higher score. So what is left above a score
    is part of what is left of all, best first, and the sliders of scores cost next to nothing.
    """

    __slots__ = ("_order", "_skeletons", "details", "file", "found", "names", "size", "then")

    def __init__(self, item: Mapping[str, Any]) -> None:
        self.file: str = item["file"]
        self.size: tuple[int, int] = tuple(item["size"])
        self.names = tuple(dict.fromkeys(item["labels"]))
        place = {name: index for index, name in enumerate(self.names)}
        self.details = PackedDetails(item) if any(name in item for name in DETAILS) else None
        self.found = Detections(
            np.asarray(item["boxes"], np.float32).reshape(-1, 4),
            np.asarray(item["scores"], np.float32),
            np.asarray([place[name] for name in item["labels"]], np.int64),
            rotated=None if self.details is None else self.details.rotated)
        self.then: tuple[list[str], list[float | None]] | None = (
            (item["then_labels"], item["then_scores"]) if "then_labels" in item else None)
        # most answers say the same
        self._skeletons = sys.intern(json.dumps(item.get("skeletons", {})))
        self._order: tuple[float, IntArray] | None = None

    @property
    def skeletons(self) -> dict[str, Any]:
        """What the answer says of the key points of its classes."""
        found: dict[str, Any] = json.loads(self._skeletons)
        return {"skeletons": found} if found else {}

    def at(self, limits: Limits) -> IntArray:
        """The rows of what is left at these thresholds, the best first."""
        order = self._order
        if order is None or order[0] != limits["nms"]:
            kept = batched_nms(self.found.boxes, self.found.scores, self.found.labels,
                               limits["nms"], self.found.rotated)[:MAX_DETECTIONS]
            order = self._order = limits["nms"], kept
        scores = self.found.scores[order[1]]
        least = np.asarray([least_score(limits, name) for name in self.names], np.float32)
        left: IntArray = order[1][scores >= least[self.found.labels[order[1]]]]
        return left


def _shown(packed: _Packed, limits: Limits) -> dict[str, Any]:
    rows = packed.at(limits)
    details = {} if packed.details is None else packed.details.at(rows)
    return {**_listed(packed, rows), **details, **packed.skeletons}


def _listed(packed: _Packed, rows: IntArray) -> dict[str, Any]:
    """The answer of these rows, without outlines and key points."""
    found = packed.found.select(rows)
    item = {"file": packed.file, "size": packed.size,
            "boxes": [[round(value, 2) for value in box] for box in found.boxes.tolist()],
            "labels": [packed.names[label] for label in found.labels],
            "scores": [round(float(score), 5) for score in found.scores]}
    if packed.then is not None:
        labels, scores = packed.then
        item |= {"then_labels": [labels[row] for row in rows],
                 "then_scores": [scores[row] for row in rows]}
    return item


def _count(packed: _Packed, limits: Limits) -> tuple[dict[str, int], float]:
    rows = packed.at(limits)
    if not len(rows):
        return {}, 0.0
    best = float(packed.found.scores[rows[0]])
    if packed.then is not None:
        item = _listed(packed, rows)
        return Counter(
            both_labels(item, place) if second_class(item, place) else item["labels"][place]
            for place in range(len(rows))), best
    numbers = np.bincount(packed.found.labels[rows], minlength=len(packed.names)).tolist()
    return {name: number for name, number in zip(packed.names, numbers, strict=True)
            if number}, best


def _paint(painter: QPainter, area: QRectF, item: Mapping[str, Any],
           color: Callable[[str], QColor], theme: Theme) -> None:
    from PySide6.QtCore import QRectF, Qt
    from PySide6.QtGui import QPen

    from workbench.gui.label.images.ghost import score_text
    from workbench.gui.style import tokens
    from workbench.tasks.detection.window.keypoint_painting import (
        paint_found_dot,
        paint_found_points,
    )
    from workbench.tasks.detection.window.outline_painting import LEAST_SIDE, MANY, paint_outline
    from workbench.tasks.detection.window.preview_drawing import paint_tag

    width, height = item["size"]
    large = area.width() >= _LEAST_FOR_WORDS
    path = _paths_of(item, keep=large)
    smooth, skeleton = len(item["labels"]) < MANY, cache(partial(found_skeleton, item))
    scale_x, scale_y = area.width() / width, area.height() / height
    for place in reversed(range(len(item["labels"]))):  # the best above the others
        x0, y0, x1, y1 = item["boxes"][place]
        rect = QRectF(area.left() + x0 * scale_x, area.top() + y0 * scale_y,
                      (x1 - x0) * scale_x, (y1 - y0) * scale_y)
        ink = color(item["labels"][place])
        dot = found_dot(item, place)
        if dot is not None:
            paint_found_dot(painter, dot, ink, area, (width, height))
            continue
        pen = QPen(ink, tokens.WIDTH_BOX_ACTIVE)
        outline = path(place) if max(rect.width(), rect.height()) >= LEAST_SIDE else None
        if outline is not None:
            paint_outline(painter, outline, pen, area, (width, height), smooth=smooth)
        else:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(pen)
            painter.drawRect(rect)
        paint_found_points(painter, found_keypoints(item, place), skeleton(item["labels"][place]),
                           pen, area, (width, height), names=large)
        if large:
            paint_tag(painter, rect, prediction_text(item, place, score_text), ink, area)


def _paths_of(item: Mapping[str, Any], *, keep: bool) -> Callable[[int], QPainterPath | None]:
    """What gives the lines of a detection by its place, None where it has no outline; those of one
    that is shown large are kept for the next painting."""
    from workbench.tasks.detection.window.outline_painting import KEPT, outline_path

    outlines = item.get("outlines")
    if not outlines:
        return lambda _place: None
    if not keep:
        return lambda place: outline_path(outlines[place]) if outlines[place] else None
    paths = KEPT.of(outlines)
    return lambda place: paths[place] if outlines[place] else None


def _things(item: Mapping[str, Any]) -> list[tuple[str, list[float]]]:
    return list(zip(item["labels"], item["boxes"], strict=True))


DISPLAY = PredictionDisplay(
    limits=(Limit("score", "Score", 0.05, 0.99, 0.4,
                  "Detections below this score are not counted, drawn or saved"),
            Limit("nms", "NMS IoU", 0.1, 0.95, 0.5,
                  "Of two detections of a class that overlap more than this, the weaker is "
                  "dropped")),
    asked=_ASKED, pack=_Packed, shown=_shown, count=_count, paint=_paint,
    suggests=lambda _packed: True, class_limits=True, things=_things,
)
