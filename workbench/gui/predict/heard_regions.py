"""Regions of recordings and classes of short sounds, as Predict shows them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from workbench.core.text import tr
from workbench.extension.predictions import (
    AudiblePart,
    FoundThing,
    PredictionDisplay,
    RegionInSound,
)
from workbench.extension.saving import Limits
from workbench.gui.predict.class_scores import (
    LEAST_SCORE,
    bars_area,
    count,
    paint_bars,
    things,
)
from workbench.gui.style import tokens
from workbench.gui.style.painting import write
from workbench.gui.style.theme import Theme
from workbench.jobs.commands import HEARD_FROM
from workbench.project.heard_regions import limited
from workbench.project.suggestion import LEAST

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


def _regions(item: Mapping[str, Any]) -> list[RegionInSound]:
    """Those of a long recording; of a short sound all of it, where its class is sure."""
    if item.get("regions") is None:
        name, end = item["label"], float(item.get("seconds", 0.0))
        whole = RegionInSound(name, float(item["scores"][name]), 0.0, end, whole=True)
        return [whole] if item.get("sure", True) else []
    found = (RegionInSound(region["label"], float(region["score"]), float(region["start"]),
                           float(region["end"]), region.get("low"), region.get("high"))
             for region in item["regions"])
    return sorted(found, key=lambda region: (region.start, region.end))


class _Layout:
    """Where the parts of an answer are painted: bars, a line of time with the regions, and below it
    when each begins and ends, in as many columns as there is room for."""

    def __init__(self, area: QRectF, item: Mapping[str, Any]) -> None:
        edge = float(tokens.SPACE_L)
        self.inside = area.adjusted(edge, edge, -edge, -edge)
        self.regions: Sequence[Mapping[str, Any]] = item.get("regions") or ()
        bars = bars_area(self.inside, item["scores"])
        self.lane = QRectF(self.inside.left(), bars.bottom() + edge, self.inside.width(), _LANE)
        self.end = max([float(item.get("seconds", 0.0)),
                        *(region["end"] for region in self.regions)])
        self._top = self.lane.bottom() + edge + _LINE
        lines = max(0, int((self.inside.bottom() - self._top) // _LINE))
        self._lines, self._columns = lines, max(0, int(self.inside.width() // _COLUMN))
        room = self._lines * self._columns
        self.listed = len(self.regions) if len(self.regions) <= room else max(0, room - 1)
        """How many regions are listed; one place is for how many more there are."""

    def in_lane(self, region: Mapping[str, Any]) -> QRectF:
        """Where a region is on the line of time."""
        lane = self.lane
        left = lane.left() + lane.width() * region["start"] / self.end
        width = max(2.0, lane.width() * (region["end"] - region["start"]) / self.end)
        return QRectF(left, lane.top(), width, lane.height())

    def in_list(self, number: int) -> QRectF:
        """Where a region is listed."""
        column, line = divmod(number, self._lines)
        return QRectF(self.inside.left() + column * _COLUMN, self._top + line * _LINE,
                      _COLUMN - 6, _LINE)


def _audible(area: QRectF, item: Mapping[str, Any]) -> list[AudiblePart]:
    layout = _Layout(area, item)
    return [AudiblePart((layout.in_lane(region),
                         *([layout.in_list(at)] if at < layout.listed else [])),
                        region["start"], region["end"])
            for at, region in enumerate(layout.regions)]


def _paint(painter: QPainter, area: QRectF, item: Mapping[str, Any],
           color: Callable[[str], QColor], theme: Theme) -> None:
    layout = _Layout(area, item)
    paint_bars(painter, layout.inside, item["scores"], color, theme, on_picture=False)
    if layout.regions:
        _paint_lane(painter, layout, color, theme)
        _list_regions(painter, layout, color, theme)


def _paint_lane(painter: QPainter, layout: _Layout, color: Callable[[str], QColor],
                theme: Theme) -> None:
    """A line of time with the regions, from the beginning to the end of the recording, or of the
    last region where it is not known."""
    lane = layout.lane
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("hover"))
    painter.drawRoundedRect(lane, tokens.RADIUS_MARK, tokens.RADIUS_MARK)
    for region in layout.regions:
        painter.setBrush(color(region["label"]))
        painter.drawRect(layout.in_lane(region))
    painter.setPen(theme.color("soft"))
    foot = QRectF(lane.left(), lane.bottom(), lane.width(), _LINE)
    painter.drawText(foot, Qt.AlignmentFlag.AlignVCenter, clock(0))
    painter.drawText(foot, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
                     clock(layout.end))


def _list_regions(painter: QPainter, layout: _Layout, color: Callable[[str], QColor],
                  theme: Theme) -> None:
    for at, region in enumerate(layout.regions[:layout.listed]):
        place = layout.in_list(at)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color(region["label"]))
        painter.drawRoundedRect(QRectF(place.left(), place.top() + 6, 8, 8), 2, 2)
        words = f"{clock(region['start'])} – {clock(region['end'])}  {region['label']}"
        write(painter, place.adjusted(14, 0, 0, 0), f"{words} {region['score']:.2f}",
              theme.color("ink"))
    if 0 < layout.listed < len(layout.regions):
        painter.setPen(theme.color("soft"))
        painter.drawText(layout.in_list(layout.listed), Qt.AlignmentFlag.AlignVCenter,
                         tr("and {number:,} more", number=len(layout.regions) - layout.listed))


def clock(seconds: float) -> str:
    """ "1:02:03.5"; hours only where there are some."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02}:{rest:04.1f}" if hours else f"{minutes}:{rest:04.1f}"


_SCORE = LEAST_SCORE._replace(least=LEAST, first=HEARD_FROM)
CALLS = PredictionDisplay(limits=(_SCORE,), asked={"score_thresh": LEAST}, pack=dict,
                  shown=limited, count=_count, paint=_paint, picture=False, audible=_audible,
                  regions=_regions,
                  found=("region", "regions"), things=_things, class_limits=True,
                  suggests=lambda item: item.get("regions") is not None)
"""Of models that find calls."""
DISPLAY = replace(CALLS, listens=True)
"""Of classifiers, which hear the microphone as well."""
