"""The learning rate as a function of how much of the run is over."""

from __future__ import annotations

import math

_FIRST = 0.1  # factor at the very beginning of a warm-up
_LAST = 0.01  # factor at the very end


def _rise(progress: float, share: float) -> float:
    return _FIRST + (1 - _FIRST) * progress / share


def _fall(progress: float, start: float) -> float:
    done = min(1.0, (progress - start) / max(1e-9, 1 - start))
    return _LAST + (1 - _LAST) * 0.5 * (1 + math.cos(math.pi * done))


def cosine(progress: float, warmup: float) -> float:
    """Rise evenly over ``warmup``, then fall like half a cosine."""
    return _rise(progress, warmup) if progress < warmup else _fall(progress, warmup)


def one_cycle(progress: float, warmup: float) -> float:
    """Rise over three tenths of the run (or ``warmup`` if longer), then fall."""
    return cosine(progress, end_of_long_warmup(warmup))


def constant(progress: float, warmup: float) -> float:
    """Rise evenly over ``warmup``, then stay."""
    return _rise(progress, warmup) if progress < warmup else 1.0


def end_of_warmup(warmup: float) -> float:
    """The progress at which a schedule stops rising."""
    return warmup


def end_of_long_warmup(warmup: float) -> float:
    """:func:`end_of_warmup` of :func:`one_cycle`."""
    return max(warmup, 0.3)
