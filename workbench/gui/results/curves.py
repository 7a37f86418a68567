"""What the cards with curves share: a chart from 0 to 1, and curves that are all known."""

from __future__ import annotations

import numpy as np

from workbench.gui.charts.chart import LiveChart
from workbench.gui.charts.series import Series
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import Card

MOST_CURVES = 16
"""With more classes not every class has a curve: lines beyond would be a tangle."""
_HEIGHT = 194


class FixedSeries(Series):
    """Points that are all known; x never falls."""

    __slots__ = ()

    def __init__(self, x: np.ndarray, y: np.ndarray) -> None:
        super().__init__()
        self._x, self._y = np.asarray(x, np.float64), np.asarray(y, np.float64)
        self._mean = self._y
        self._size = len(self._x)


class PointSeries(FixedSeries):
    """One point, which the readout under the pointer leaves out."""

    __slots__ = ()

    def nearest(self, x: float) -> int | None:
        return None


class CurvesCard(Card):
    """A card with one chart whose y goes from 0 to 1.

    Parameters
    ----------
    title
        Of the card.
    name
        Of the chart, for screen readers.
    axes
        What x and y are.
    x_text
        What the readout says of x; ``{:.3f}`` is replaced.
    """

    def __init__(self, theme: Theme, title: str, name: str, axes: tuple[str, str],
                 x_text: str) -> None:
        super().__init__(title)
        self.chart = LiveChart(theme, name, axes=axes, x_text=x_text.format,
                               y_text="{:.3f}".format, y_floor=0.0, y_ceiling=1.0)
        self.chart.setFixedHeight(_HEIGHT)
        self.add(self.chart)
