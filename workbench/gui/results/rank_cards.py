"""The cards with the ROC curves, and precision over recall, of classes or tags."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan, nan

import numpy as np

from workbench.core.arrays import Float64Array
from workbench.core.text import count, tr
from workbench.evaluation.ranking import Ranking
from workbench.gui.charts.curve import Curve
from workbench.gui.results.curves import MOST_CURVES, CurvesCard, FixedSeries, PointSeries
from workbench.gui.style.theme import Theme


@dataclass(frozen=True, slots=True)
class RankLine:
    """A class or tag, its colour, what its score says, and where the figures of now stand:
    ``false_rate``, ``recall`` and ``precision``, NaN where there is nothing to divide by."""

    name: str
    color: str
    ranking: Ranking
    false_rate: float
    recall: float
    precision: float


class RankCard(CurvesCard):
    """A line for each class, and a point where it is counted now.

    Parameters
    ----------
    title, name, axes, x_text
        See :class:`CurvesCard`.
    noun
        What has a line ("class").
    """

    def __init__(self, theme: Theme, title: str, name: str, axes: tuple[str, str], x_text: str,
                 noun: str) -> None:
        super().__init__(theme, title, name, axes, x_text)
        self._noun = noun

    @abstractmethod
    def curve(self, line: RankLine) -> tuple[Float64Array, Float64Array]:
        """The points of a line; empty where it is undefined."""

    @abstractmethod
    def point(self, line: RankLine) -> tuple[float, float]:
        """Where it is counted now."""

    @abstractmethod
    def area(self, line: RankLine) -> float | None:
        """How good it is."""

    def show_lines(self, lines: Sequence[RankLine]) -> None:
        """Draw the curves; only the points move with thresholds."""
        areas = [area if (area := self.area(line)) is not None else nan for line in lines]
        known = sorted((area, place) for place, area in enumerate(areas) if not isnan(area))
        shown = [lines[place] for place in sorted(place for _, place in known[:MOST_CURVES])]
        curves = {line.name: Curve(line.name, FixedSeries(*self.curve(line)), line.color, width=2.0)
                  for line in shown}
        for line in shown:
            x, y = self.point(line)
            if not isnan(x) and not isnan(y):
                curves[f"{line.name} now"] = Curve(
                    line.name, PointSeries(np.array([x]), np.array([y])), line.color, marks=True)
        self.chart.set_curves(curves)
        several = tr("the {shown} hardest of {many}", shown=len(shown),
                     many=count(len(lines), self._noun))
        many = count(len(known), self._noun) if len(known) <= MOST_CURVES else several
        mean = f"{np.mean([area for area, _ in known]):.3f}" if known else ""
        self.set_right(tr("area {area} · {many}", area=mean, many=many) if mean else "")


class RocCard(RankCard):
    """True over false positive rate."""

    def __init__(self, theme: Theme, noun: str = "class") -> None:
        super().__init__(theme, "ROC", tr("ROC curves"),
                         (tr("False positive rate"), tr("True positive rate")),
                         tr("false positives {:.3f}"), noun)

    def curve(self, line: RankLine) -> tuple[Float64Array, Float64Array]:
        return line.ranking.roc()

    def point(self, line: RankLine) -> tuple[float, float]:
        return line.false_rate, line.recall

    def area(self, line: RankLine) -> float | None:
        return line.ranking.roc_auc


class PrecisionRecallCard(RankCard):
    """Precision over recall."""

    def __init__(self, theme: Theme, noun: str = "class") -> None:
        super().__init__(theme, tr("Precision and recall"), tr("Precision over recall"),
                         (tr("Recall"), tr("Precision")), tr("recall {:.3f}"), noun)

    def curve(self, line: RankLine) -> tuple[Float64Array, Float64Array]:
        return line.ranking.recall_precision()

    def point(self, line: RankLine) -> tuple[float, float]:
        return line.recall, line.precision

    def area(self, line: RankLine) -> float | None:
        return line.ranking.average_precision
