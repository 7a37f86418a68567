"""How far numbers lie apart."""

from __future__ import annotations

import math

from workbench.core.arrays import Float64Array

_ALIKE = 1e-12
"""Numbers that differ by less of themselves are the same, but for rounding."""


def sample_deviation(values: Float64Array) -> float:
    """Standard deviation (n − 1) of finite ``values`` (N,); nan of less than two."""
    if len(values) < 2:
        return math.nan
    found = float(values.std(ddof=1))
    return found if found > _ALIKE * abs(values[0]) else 0.0
