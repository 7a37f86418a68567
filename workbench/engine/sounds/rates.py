"""At which rate the sounds of a project are heard."""

from __future__ import annotations

from collections.abc import Sequence

RATES = (8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000, 192_000, 256_000, 384_000)
"""Hz, as recorders have them."""
_ABOVE = 1.1
"""How far above the highest labelled frequency is heard."""


def common_rate(rates: Sequence[int], highest: float) -> int:
    """The lowest of the usual rates that holds ``highest`` (Hz), but at most the lowest that a
    tenth of the recordings or more have: what is missing in some must not tell classes apart."""
    needed = next((rate for rate in RATES if rate >= 2 * _ABOVE * highest), RATES[-1])
    return min(sorted(rates)[len(rates) // 10], needed)
