"""How certain a share is that was counted."""

from __future__ import annotations

from math import sqrt


def wilson_interval(share: float, count: int, z: float = 1.96) -> tuple[float, float]:
    """Bounds (0..1) between which the true share lies with 95 % confidence at ``z`` = 1.96.

    Wilson's score interval (J. Am. Stat. Assoc. 22, 1927).
    """
    square = z * z / count
    middle = (share + square / 2) / (1 + square)
    half = z / (1 + square) * sqrt(share * (1 - share) / count + square / (4 * count))
    return max(0.0, middle - half), min(1.0, middle + half)
