"""Round numbers for an axis."""

from __future__ import annotations

import math


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """At most ``most`` round numbers from ``low`` to ``high``, steps of 1, 2 or 5."""
    if not high > low:
        return [low]
    rough = (high - low) / max(1, most - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(step * power for step in (1, 2, 5, 10) if step * power >= rough * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    found = [round(place * step, 12) for place in range(first, math.floor(high / step + 1e-9) + 1)]
    return found or [low]


def span(low: float, high: float, room: float = 0.04) -> tuple[float, float]:
    """Ends of an axis with a little room around; of one value, a stretch around it."""
    wide = high - low or abs(high) or 1.0
    return low - room * wide, high + room * wide
