"""Points of a curve that grows while it is watched."""

from __future__ import annotations

import numpy as np

from workbench.core.arrays import Float64Array

SMOOTHING_POINTS = 25
"""The smoothed curve is an exponential mean over about so many points."""


class Series:
    """Points ``(x, y)`` with x never falling, and their running mean.

    Appending costs amortised constant time; the arrays that are handed out are views.

    Notes
    -----
    The mean is an exponential moving average with weight ``2 / (n + 1)`` for
    ``n = smoothing``, divided by the sum of its weights, so that its first points are not pulled
    towards zero.
    """

    __slots__ = ("_decay", "_mean", "_size", "_weight", "_x", "_y", "smoothing")

    def __init__(self, smoothing: int = SMOOTHING_POINTS) -> None:
        self._x = np.empty(64)
        self._y = np.empty(64)
        self._mean = np.empty(64)
        self._size = 0
        self._weight = 0.0
        self._decay = 1.0 - 2.0 / (smoothing + 1.0)
        self.smoothing = smoothing

    def __len__(self) -> int:
        return self._size

    @property
    def x(self) -> Float64Array:
        return self._x[: self._size]

    @property
    def y(self) -> Float64Array:
        return self._y[: self._size]

    @property
    def mean(self) -> Float64Array:
        """The running mean of :attr:`y`, one value a point."""
        return self._mean[: self._size]

    @property
    def last(self) -> float:
        """The newest value; NaN where there is none."""
        return float(self._y[self._size - 1]) if self._size else float("nan")

    @property
    def last_mean(self) -> float:
        return float(self._mean[self._size - 1]) if self._size else float("nan")

    def append(self, x: float, y: float | None) -> None:
        """Add a point; one without a finite value is left out. An x before the last is moved up."""
        if y is None or not np.isfinite(y) or not np.isfinite(x):
            return
        if self._size == len(self._x):
            self._grow()
        at = self._size
        before = float(self._mean[at - 1]) * self._weight if at else 0.0
        self._weight = self._decay * self._weight + (1.0 - self._decay)
        self._x[at] = max(x, self._x[at - 1]) if at else x
        self._y[at] = y
        self._mean[at] = (self._decay * before + (1.0 - self._decay) * y) / self._weight
        self._size += 1

    def truncate(self, x: float) -> None:
        """Forget all points beyond ``x``, as a resumed run does with what it repeats."""
        self._size = int(np.searchsorted(self.x, x, side="right"))
        self._weight = 1.0 - self._decay**self._size

    def nearest(self, x: float) -> int | None:
        """Index of the point nearest to ``x``, or None where there are none."""
        if not self._size:
            return None
        right = min(int(np.searchsorted(self.x, x)), self._size - 1)
        left = max(right - 1, 0)
        return left if x - self._x[left] <= self._x[right] - x else right

    def _grow(self) -> None:
        for name in ("_x", "_y", "_mean"):
            old = getattr(self, name)
            new = np.empty(2 * len(old))
            new[: self._size] = old
            setattr(self, name, new)
