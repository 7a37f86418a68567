"""Detections on any files, as Predict shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.detections import Detections
from workbench.evaluation.nms import filter_detections
from workbench.extension.window import AnswerLook, Limit, Limits
from workbench.tasks.detection.results import class_thresholds

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QRectF
    from PySide6.QtGui import QColor, QPainter

    from workbench.gui.style.theme import Theme

_ASKED = {"score_thresh": 0.05, "nms_thresh": 0.95}


class _Packed:
    """Detections on one file, and which of them NMS left at the threshold that was last asked for.

    A box is only suppressed by one with a higher score. So what is left above a score is the
    beginning of what is left of all, best first, and the slider of the score costs next to nothing.
    """

    __slots__ = ("_kept", "file", "found", "names", "size")

    def __init__(self, item: Mapping[str, Any]) -> None:
        self.file: str = item["file"]
        self.size: tuple[int, int] = tuple(item["size"])
        self.names = tuple(dict.fromkeys(item["labels"]))
        place = {name: index for index, name in enumerate(self.names)}
        self.found = Detections(
            np.asarray(item["boxes"], np.float32).reshape(-1, 4),
            np.asarray(item["scores"], np.float32),
            np.asarray([place[name] for name in item["labels"]], np.int64))
        self._kept: tuple[float, Detections] | None = None

    def at(self, limits: Limits) -> Detections:
        """What is left at these thresholds, the best first."""
        kept = self._kept
        if kept is None or kept[0] != limits["nms"]:
            kept = self._kept = limits["nms"], filter_detections(self.found, 0.0, limits["nms"])
        above = int(np.count_nonzero(kept[1].scores >= np.float32(limits["score"])))
        return kept[1].select(np.arange(above))


def _shown(packed: _Packed, limits: Limits) -> dict[str, Any]:
    found = packed.at(limits)
    return {"file": packed.file, "size": packed.size,
            "boxes": [[round(value, 2) for value in box] for box in found.boxes.tolist()],
            "labels": [packed.names[label] for label in found.labels],
            "scores": [round(float(score), 5) for score in found.scores]}


def _count(packed: _Packed, limits: Limits) -> tuple[dict[str, int], float]:
    found = packed.at(limits)
    if not len(found):
        return {}, 0.0
    numbers = np.bincount(found.labels, minlength=len(packed.names)).tolist()
    counts = {name: number for name, number in zip(packed.names, numbers, strict=True) if number}
    return counts, float(found.scores[0])


def _paint(painter: QPainter, area: QRectF, item: Mapping[str, Any],
           color: Callable[[str], QColor], theme: Theme) -> None:
    from PySide6.QtCore import QRectF, Qt
    from PySide6.QtGui import QPen

    from workbench.gui.label.images.ghost import score_text
    from workbench.gui.style import tokens
    from workbench.gui.widgets.class_colors import ink_on

    width, height = item["size"]
    scale_x, scale_y = area.width() / width, area.height() / height
    metrics = painter.fontMetrics()
    high = metrics.height() + 2
    rows = list(zip(item["boxes"], item["labels"], item["scores"], strict=True))
    for (x0, y0, x1, y1), label, score in reversed(rows):  # the best above the others
        rect = QRectF(area.left() + x0 * scale_x, area.top() + y0 * scale_y,
                      (x1 - x0) * scale_x, (y1 - y0) * scale_y)
        ink = color(label)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(ink, tokens.WIDTH_BOX_ACTIVE))
        painter.drawRect(rect)
        text = f"{label} {score_text(score)}"
        wide = metrics.horizontalAdvance(text) + 2.0 * tokens.SPACE_XS
        left = max(area.left(), min(rect.left(), area.right() - wide))
        flag = QRectF(left, max(area.top(), rect.top() - high), wide, high)
        painter.fillRect(flag, ink)
        painter.setPen(ink_on(ink))
        painter.drawText(flag, Qt.AlignmentFlag.AlignCenter, text)


LOOK = AnswerLook(
    limits=(Limit("score", "Score", 0.05, 0.99, 0.4,
                  "Detections below this score are not counted, drawn or saved"),
            Limit("nms", "NMS IoU", 0.1, 0.95, 0.5,
                  "Of two detections of a class that overlap more than this, the weaker is "
                  "dropped")),
    asked=_ASKED, pack=_Packed, shown=_shown, count=_count, paint=_paint, suggests=True,
    starts=class_thresholds,
)
