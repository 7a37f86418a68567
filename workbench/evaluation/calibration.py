"""Whether a classifier is as often right as it says: its confidence beside its accuracy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.arrays import Float64Array

BINS = 15


@dataclass(frozen=True, slots=True)
class Calibration:
    """Samples whose highest score is alike, put together."""

    confidence: Float64Array
    accuracy: Float64Array
    """float64 (B,): mean highest score, and share that is right; rising in confidence."""
    samples: NDArray[np.int64]
    """int64 (B,): how many there are, at least one."""
    error: float
    """Mean distance between the two over all samples ("expected calibration error", Naeini et al.
    2015), NaN without any."""

    def to_json(self) -> dict[str, Any]:
        """As ``workbench evaluate --json`` prints it."""
        bins = [{"confidence": float(confidence), "accuracy": float(accuracy), "samples": number}
                for confidence, accuracy, number in zip(self.confidence, self.accuracy,
                                                        self.samples.tolist(), strict=True)]
        return {"error": None if np.isnan(self.error) else self.error, "bins": bins}


def calibrate(confidence: Float64Array, right: NDArray[np.bool_], bins: int = BINS) -> Calibration:
    """Compare.

    Parameters
    ----------
    confidence
        float64 (N,), 0 to 1.
    right
        bool (N,).
    bins
        Of equal width, from 0 to 1; those without samples are left out.
    """
    place = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    counts = np.bincount(place, minlength=bins)
    filled = counts > 0
    samples = counts[filled]
    mean = np.bincount(place, confidence, bins)[filled] / samples
    share = np.bincount(place, right.astype(np.float64), bins)[filled] / samples
    error = (float((np.abs(mean - share) * samples).sum() / samples.sum()) if len(samples)
             else float("nan"))
    return Calibration(mean, share, np.asarray(samples, np.int64), error)
