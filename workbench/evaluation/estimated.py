"""What is shown of a model of numbers: its estimates on a part beside the labels of now."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Generic, Literal

import numpy as np
from numpy.typing import NDArray

from workbench.core.arrays import Float64Array
from workbench.core.csv_text import csv_text
from workbench.evaluation.regression import Estimation, evaluate_numbers
from workbench.evaluation.scored import SampleT

NumberOrder = Literal["error", "high", "low", "near", "file"]


@dataclass(frozen=True, slots=True)
class NumberSet(Generic[SampleT]):
    """One run on one part of its split."""

    run: str
    split: str
    samples: tuple[SampleT, ...]
    """Those that have an estimate and a number, with the labels they have now."""
    found: Float64Array
    truth: Float64Array
    """float64 (N,): estimates and true numbers."""
    every: tuple[SampleT, ...]
    every_found: Float64Array
    """All samples that have an estimate, whatever their label."""
    left_out: int = 0
    """Samples with an estimate that have no number any more."""
    missing: int = 0
    """Labelled samples of the split that came in later and have no estimate yet."""
    doubt: str = ""
    """Why the figures say little about new samples, or ""."""
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NumberSnapshot(Generic[SampleT]):
    """All that is on the screen; see :class:`.scored.Listed`."""

    results: NumberSet[SampleT]
    evaluation: Estimation
    rows: NDArray[np.int64]
    milliseconds: float
    before: Estimation | None = None
    cell: None = None

    def words(self, sample: int) -> str:
        return f"{short(self.results.truth[sample])} → {short(self.results.found[sample])}"

    def is_right(self, sample: int) -> bool:
        """Whether it is no farther off than the root mean square error."""
        return bool(abs(self.evaluation.errors[sample]) <= (self.evaluation.rmse or 0.0))

    def figure(self, sample: int) -> str:
        return signed(self.evaluation.errors[sample])

    def details(self, sample: int) -> str:
        return (f"{self.results.samples[sample].key} · is {short(self.results.truth[sample])}, "
                f"estimated {short(self.results.found[sample])}, error {self.figure(sample)}")

    def display_label(self, label: str) -> str:
        return label

    def csv_bytes(self) -> bytes:
        """The samples in the list with their estimates, as CSV (UTF-8, one head line)."""
        table = [["file", "truth", "estimate", "error"]] + [
            [self.results.samples[row].key, f"{self.results.truth[row]:.6g}",
             f"{self.results.found[row]:.6g}", f"{self.evaluation.errors[row]:.6g}"]
            for row in self.rows.tolist()]
        return csv_text(table).encode("utf-8", "backslashreplace")


def number_snapshot(
    results: NumberSet[SampleT], order: NumberOrder, before: NumberSet[SampleT] | None = None,
) -> NumberSnapshot[SampleT]:
    """Judge, and put the samples into ``order``; ``before`` is an earlier run."""
    start = time.perf_counter()
    found = evaluate_numbers(results.found, results.truth)
    errors = found.errors
    keys = {"error": -np.abs(errors), "near": np.abs(errors), "high": -errors, "low": errors,
            "file": np.arange(len(errors))}
    rows = np.asarray(np.argsort(keys[order], kind="stable"), np.int64)
    milliseconds = (time.perf_counter() - start) * 1000
    earlier = evaluate_numbers(before.found, before.truth) if before is not None else None
    return NumberSnapshot(results, found, rows, milliseconds, earlier)


def short(value: float) -> str:
    """A number in four digits."""
    return f"{value:.4g}"


def signed(value: float) -> str:
    """A difference in three digits with its sign."""
    return f"{value:+.3g}".replace("-", "−")
