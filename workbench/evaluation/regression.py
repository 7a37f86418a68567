"""Numbers of a model that gives each sample a number. numpy only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from workbench.core.arrays import Float64Array


@dataclass(frozen=True, slots=True)
class Estimation:
    """How near estimates come to the true numbers; ``found`` and ``truth`` are float64 (N,).

    ``mae`` is the mean absolute error, ``rmse`` the root of the mean squared one, ``bias`` the
    mean of what is too much, ``median`` the error that half of the samples stay below; ``r2`` is
    the share of the variance that is explained, None where all true numbers are alike. All are
    None without any sample.
    """

    found: Float64Array = field(repr=False)
    truth: Float64Array = field(repr=False)
    mae: float | None
    rmse: float | None
    r2: float | None
    bias: float | None
    median: float | None

    @property
    def errors(self) -> Float64Array:
        """float64 (N,): above zero where the estimate is too high."""
        return self.found - self.truth

    def figures(self) -> dict[str, float | None]:
        """All of them, by name."""
        return {"mae": self.mae, "rmse": self.rmse, "r2": self.r2, "bias": self.bias,
                "median": self.median}

    def to_json(self) -> dict[str, Any]:
        """As ``workbench evaluate --json`` prints it."""
        return {**self.figures(), "samples": len(self.truth)}


def evaluate_numbers(found: Float64Array, truth: Float64Array) -> Estimation:
    """Judge estimates, float (N,), by the true numbers, float (N,)."""
    if not len(truth):
        return Estimation(found, truth, None, None, None, None, None)
    errors = found - truth
    alike = bool((truth == truth[0]).all())  # the mean of 0.1, 0.1 and 0.1 is another number
    spread = 0.0 if alike else float(((truth - truth.mean()) ** 2).sum())
    return Estimation(
        found, truth, float(np.abs(errors).mean()), float(np.sqrt((errors**2).mean())),
        1 - float((errors**2).sum()) / spread if spread else None, float(errors.mean()),
        float(np.median(np.abs(errors))))
