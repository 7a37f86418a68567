"""Classes of any sounds and regions of long recordings, as Predict shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from workbench.core.text import tr
from workbench.extension.window import AnswerLook, Limits
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.use.class_scores import LEAST_SCORE, best_of, label_of, paint_bars, unsure

_LANE = 40.0


def _shown(item: Mapping[str, Any], limits: Limits) -> dict[str, Any]:
    shown = unsure(item, limits)
    if item.get("regions") is not None:
        shown["regions"] = [region for region in item["regions"]
                            if region["score"] >= limits["score"]]
    return shown


def _labels(item: Mapping[str, Any]) -> Sequence[str]:
    regions = item.get("regions")
    return label_of(item) if regions is None else [region["label"] for region in regions]


def _best(item: Mapping[str, Any]) -> float:
    regions = item.get("regions")
    return best_of(item) if regions is None else max(
        (float(region["score"]) for region in regions), default=0.0)


def _paint(painter: QPainter, area: QRectF, item: Mapping[str, Any],
           color: Callable[[str], QColor], theme: Theme) -> None:
    inside = area.adjusted(tokens.SPACE_L, tokens.SPACE_L, -tokens.SPACE_L, -tokens.SPACE_L)
    paint_bars(painter, inside, item["scores"], color, theme, on_picture=False)
    regions = item.get("regions")
    if regions:
        _paint_regions(painter, inside, regions, color, theme)


def _paint_regions(painter: QPainter, area: QRectF, regions: Sequence[Mapping[str, Any]],
                   color: Callable[[str], QColor], theme: Theme) -> None:
    """A line of time with the regions, from the beginning to the end of the last one."""
    end = max(region["end"] for region in regions)
    lane = QRectF(area.left(), area.bottom() - _LANE - 20, area.width(), _LANE)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("hover"))
    painter.drawRoundedRect(lane, tokens.RADIUS_MARK, tokens.RADIUS_MARK)
    for region in regions:
        left = lane.left() + lane.width() * region["start"] / end
        width = max(2.0, lane.width() * (region["end"] - region["start"]) / end)
        painter.setBrush(color(region["label"]))
        painter.drawRect(QRectF(left, lane.top(), width, lane.height()))
    painter.setPen(theme.color("soft"))
    foot = QRectF(lane.left(), lane.bottom(), lane.width(), 20)
    painter.drawText(foot, Qt.AlignmentFlag.AlignVCenter, "0 s")
    painter.drawText(foot, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
                     tr("{seconds:.1f} s", seconds=end))


LOOK = AnswerLook(limits=(LEAST_SCORE,), asked={}, pack=dict, shown=_shown, labels=_labels,
                  best=_best, paint=_paint, picture=False)
