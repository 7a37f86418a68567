"""One line of a chart."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.core.arrays import Float64Array
from workbench.gui.charts.series import Series


@dataclass(slots=True)
class Curve:
    """One line of a chart."""

    label: str
    """What the readout calls it."""
    series: Series
    """Its points; read again at every :meth:`LiveChart.refresh`."""
    color: str
    """A token's name or ``#rrggbb``."""
    mean: bool = False
    """Draw the running mean instead of the points."""
    width: float = 1.0
    """Of the pen in logical pixels; more than 1 only for curves without noise."""
    faint: bool = False
    """Half transparent, and not in the readout: what lies behind its own mean."""
    marks: bool = False
    """Draw a dot at each point where there are few of them."""
    shown: bool = True
    """Whether it is drawn at all."""

    def points(self) -> tuple[Float64Array, Float64Array]:
        return self.series.x, self.series.mean if self.mean else self.series.y
