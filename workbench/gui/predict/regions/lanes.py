"""What models beside the first one found in a sound: a lane for each, at the foot of the
spectrogram."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from workbench.core.text import tr
from workbench.extension.predictions import RegionInSound
from workbench.gui.label.sounds.time_canvas import GUTTER, TimeCanvas
from workbench.gui.predict.regions.region_list import extent_words
from workbench.gui.style import tokens
from workbench.gui.widgets.class_colors import ClassColors, ink_on

LANE = 16.0
_VEIL = 150
_INSET = 2.0


class OtherModel(NamedTuple):
    """A model beside the first one: its title, and what it found; None where it has not looked."""

    title: str
    regions: Sequence[RegionInSound] | None


class Lanes:
    """Those of one sound, over the spectrogram of ``canvas``."""

    def __init__(self, canvas: TimeCanvas, colors: ClassColors) -> None:
        self._canvas, self._colors = canvas, colors
        self.models: Sequence[OtherModel] = ()
        self._starts: list[list[float]] = []

    def show(self, models: Sequence[OtherModel]) -> None:
        """Show what these found, by its beginning."""
        self.models = models
        self._starts = [[region.start for region in model.regions or ()] for model in models]
        self._canvas.update()

    def _lane(self, at: int) -> QRectF:
        """The lane of a model; the second model's is the uppermost."""
        spectrum = QRectF(self._canvas.spectrum_rect)
        top = spectrum.bottom() - LANE * (len(self.models) - at)
        return QRectF(spectrum.left(), top, spectrum.width(), LANE)

    def place_of(self, at: int, region: RegionInSound) -> QRectF:
        """Where a region of a model lies."""
        lane, left = self._lane(at), self._canvas.x_of(region.start)
        right = self._canvas.x_of(region.end)
        return QRectF(left, lane.top() + _INSET, max(2.0, right - left), LANE - 2 * _INSET)

    def _shown(self, at: int, first: float, last: float) -> Sequence[RegionInSound]:
        """Those that may be seen between two times."""
        regions, starts = self.models[at].regions or (), self._starts[at]
        longest = max((region.end - region.start for region in regions), default=0.0)
        low = bisect_left(starts, first - longest)
        return regions[low:bisect_left(starts, last, lo=low)]

    def words_at(self, point: QPointF) -> str:
        """What is said of the lane at a point; "" beside all of them."""
        for at, model in enumerate(self.models):
            if not self._lane(at).contains(point):
                continue
            seconds = self._canvas.time.seconds(point.x() - GUTTER)
            slack = 4 * self._canvas.time.seconds_per_pixel
            for region in self._shown(at, seconds - slack, seconds + slack):
                if self.place_of(at, region).adjusted(-2, -2, 2, 2).contains(point):
                    return tr("{model}: {label} {score:.2f}\n{extent}", model=model.title,
                              label=region.label, score=region.score, extent=extent_words(region))
            return model.title if model.regions is not None else tr(
                "{model} has not looked at it yet", model=model.title)
        return ""

    def paint(self, painter: QPainter) -> None:
        """Paint all of them: a title, and bars in the colours of the classes, on a dark ground."""
        canvas = self._canvas
        veil = QColor(tokens.ON_IMAGE_DARK)
        veil.setAlpha(_VEIL)
        for at, model in enumerate(self.models):
            lane = self._lane(at)
            painter.fillRect(lane, veil)
            words = tr("{model}: not looked at yet", model=model.title) if model.regions is None \
                else model.title if model.regions else tr("{model}: nothing", model=model.title)
            painter.setPen(QColor(tokens.ON_IMAGE))
            painter.drawText(lane.adjusted(tokens.SPACE_XS, 0, 0, 0),
                             Qt.AlignmentFlag.AlignVCenter, words)
            for region in self._shown(at, canvas.time.start, canvas.time.end):
                self._paint_bar(painter, at, region)

    def _paint_bar(self, painter: QPainter, at: int, region: RegionInSound) -> None:
        place, color = self.place_of(at, region), self._colors.color(region.label)
        painter.fillRect(place, color)
        words = f"{region.label} {region.score:.2f}"
        seen = place.intersected(self._lane(at))
        if painter.fontMetrics().horizontalAdvance(words) + tokens.SPACE_XS <= seen.width():
            painter.setPen(ink_on(color))
            painter.drawText(seen, Qt.AlignmentFlag.AlignCenter, words)
