"""Classes of any sounds and regions of long recordings, as Predict shows them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from workbench.core.text import tr
from workbench.extension.predictions import FoundThing, PredictionDisplay
from workbench.extension.saving import Limits
from workbench.gui.predict.class_scores import LEAST_SCORE, count, paint_bars, things
from workbench.gui.style import tokens
from workbench.gui.style.painting import write
from workbench.gui.style.theme import Theme
from workbench.jobs.commands import HEARD_FROM
from workbench.project.suggestion import LEAST
from workbench.tasks.sound_classification.saving import limited

_LANE, _LINE, _COLUMN = 40.0, 20.0, 200.0


def _count(item: Mapping[str, Any], limits: Limits) -> tuple[Mapping[str, int], float]:
    regions = item.get("regions")
    if regions is None:
        return count(item, limits)
    heard = limited(item, limits)["regions"]
    best = max((float(region["score"]) for region in heard), default=0.0)
    return Counter(region["label"] for region in heard), best


def _things(item: Mapping[str, Any]) -> Sequence[FoundThing]:
    """Regions as boxes of any height; of a short sound, its class."""
    if item.get("regions") is None:
        return things(item)
    return [(region["label"], (region["start"], 0.0, region["end"], 1.0))
            for region in sorted(item["regions"], key=lambda region: -region["score"])]


def _paint(painter: QPainter, area: QRectF, item: Mapping[str, Any],
           color: Callable[[str], QColor], theme: Theme) -> None:
    edge = float(tokens.SPACE_L)
    inside = area.adjusted(edge, edge, -edge, -edge)
    bars = paint_bars(painter, inside, item["scores"], color, theme, on_picture=False)
    regions = item.get("regions")
    if regions:
        lane = QRectF(inside.left(), bars.bottom() + edge, inside.width(), _LANE)
        _paint_regions(painter, lane, regions, color, theme, float(item.get("seconds", 0.0)))
        _list_regions(painter, inside, lane.bottom() + edge + _LINE, regions, color, theme)


def _paint_regions(painter: QPainter, lane: QRectF, regions: Sequence[Mapping[str, Any]],
                   color: Callable[[str], QColor], theme: Theme, seconds: float) -> None:
    """A line of time with the regions, from the beginning to the end of the recording, or of the
    last region where it is not known."""
    end = max(seconds, *(region["end"] for region in regions))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("hover"))
    painter.drawRoundedRect(lane, tokens.RADIUS_MARK, tokens.RADIUS_MARK)
    for region in regions:
        left = lane.left() + lane.width() * region["start"] / end
        width = max(2.0, lane.width() * (region["end"] - region["start"]) / end)
        painter.setBrush(color(region["label"]))
        painter.drawRect(QRectF(left, lane.top(), width, lane.height()))
    painter.setPen(theme.color("soft"))
    foot = QRectF(lane.left(), lane.bottom(), lane.width(), _LINE)
    painter.drawText(foot, Qt.AlignmentFlag.AlignVCenter, clock(0))
    painter.drawText(foot, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, clock(end))


def _list_regions(painter: QPainter, area: QRectF, top: float,
                  regions: Sequence[Mapping[str, Any]], color: Callable[[str], QColor],
                  theme: Theme) -> None:
    """When each begins and ends, in as many columns as there is room for."""
    lines = int((area.bottom() - top) // _LINE)
    columns = int(area.width() // _COLUMN)
    if lines < 1 or columns < 1:
        return
    room = lines * columns
    shown = regions if len(regions) <= room else regions[: room - 1]
    for at, region in enumerate(shown):
        column, line = divmod(at, lines)
        x, y = area.left() + column * _COLUMN, top + line * _LINE
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color(region["label"]))
        painter.drawRoundedRect(QRectF(x, y + 6, 8, 8), 2, 2)
        words = f"{clock(region['start'])} – {clock(region['end'])}  {region['label']}"
        write(painter, QRectF(x + 14, y, _COLUMN - 20, _LINE),
              f"{words} {region['score']:.2f}", theme.color("ink"))
    if len(shown) < len(regions):
        x, y = area.left() + (columns - 1) * _COLUMN, top + (lines - 1) * _LINE
        painter.setPen(theme.color("soft"))
        painter.drawText(QRectF(x, y, _COLUMN, _LINE), Qt.AlignmentFlag.AlignVCenter,
                         tr("and {number:,} more", number=len(regions) - len(shown)))


def clock(seconds: float) -> str:
    """ "1:02:03.5"; hours only where there are some."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02}:{rest:04.1f}" if hours else f"{minutes}:{rest:04.1f}"


_SCORE = LEAST_SCORE._replace(least=LEAST, first=HEARD_FROM)
DISPLAY = PredictionDisplay(limits=(_SCORE,), asked={"score_thresh": LEAST}, pack=dict,
                  shown=limited, count=_count, paint=_paint, picture=False,
                  found=("region", "regions"), things=_things, class_limits=True,
                  suggests=lambda item: item.get("regions") is not None)
