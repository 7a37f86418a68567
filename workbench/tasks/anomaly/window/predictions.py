"""Differences in any images, as Predict shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from workbench.evaluation.differing import LIMIT
from workbench.extension.predictions import FoundThing, Limit, PredictionDisplay
from workbench.extension.saving import SCORE, Limits
from workbench.tasks.anomaly.samples import DIFFERS
from workbench.tasks.anomaly.saving import limited, said_of

if TYPE_CHECKING:
    from PySide6.QtCore import QRectF
    from PySide6.QtGui import QColor, QPainter

    from workbench.gui.style.theme import Theme


def _count(item: Mapping[str, Any], limits: Limits) -> tuple[dict[str, int], float]:
    return {said_of(item, limits.get(SCORE, LIMIT))["label"]: 1}, float(item["score"])


def _things(item: Mapping[str, Any]) -> list[FoundThing]:
    """Whether the image as a whole differs."""
    return [(item["label"], None)]


def _paint(painter: QPainter, area: QRectF, item: Mapping[str, Any],
           color: Callable[[str], QColor], theme: Theme) -> None:
    from workbench.tasks.anomaly.window.heat_painting import paint_answer

    paint_answer(painter, area, item, color, theme)


DISPLAY = PredictionDisplay(
    limits=(Limit(SCORE, "Differs from a score of", 0.05, 0.95, LIMIT,
                  "An image differs where one of its places has at least this score. At 0.5 it is "
                  "as unlike the good images as hardly one of these is; lower finds more, higher "
                  "has fewer false alarms"),),
    asked={}, pack=dict, shown=limited, count=_count, paint=_paint, whole=True, things=_things,
    also=(DIFFERS,), found=("image", "images"),
)
