"""How well faulty images are told from good ones by one score: numpy only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.core.arrays import BoolArray, Float64Array, IntArray
from workbench.evaluation.ranking import rank

LIMIT = 0.5
"""Score from which on an image differs, where nobody says another: that of the good images that
differ most."""


@dataclass(frozen=True, slots=True, eq=False)
class Differing:
    """Scores of good and faulty images, judged at a limit."""

    scores: Float64Array
    """float64 (N,), 0..1."""
    faulty: BoolArray
    """bool (N,): whether each is."""
    limit: float
    """Score from which on one is called different."""

    @property
    def called(self) -> BoolArray:
        """bool (N,): which are called different."""
        return self.scores >= self.limit

    @property
    def confusion(self) -> IntArray:
        """int64 (2, 2): rows good and faulty, columns called good and called different."""
        cells = 2 * self.faulty.astype(np.int64) + self.called.astype(np.int64)
        return np.bincount(cells, minlength=4).reshape(2, 2)

    @property
    def auroc(self) -> float:
        """The chance that a faulty image has a higher score than a good one, half where they are
        the same; NaN without either."""
        found = rank(self.scores, self.faulty).roc_auc
        return float("nan") if found is None else found

    @property
    def precision(self) -> float:
        """Share of the images that are called different that are faulty; NaN without faulty ones,
        as it could be nothing but 0."""
        if not self.faulty.any():
            return float("nan")
        return _share(self.confusion[1, 1], self.confusion[:, 1].sum())

    @property
    def recall(self) -> float:
        """Share of the faulty images that are called different."""
        return _share(self.confusion[1, 1], self.confusion[1].sum())

    @property
    def false_alarms(self) -> float:
        """Share of the good images that are called different."""
        return _share(self.confusion[0, 1], self.confusion[0].sum())

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall; NaN without faulty images."""
        if not self.faulty.any():
            return float("nan")
        right = int(self.confusion[1, 1])
        return _share(2 * right, 2 * right + self.confusion[0, 1] + self.confusion[1, 0])

    def numbers(self) -> dict[str, float]:
        """The figures that exist."""
        return {name: value for name in ("auroc", "precision", "recall", "f1", "false_alarms")
                if (value := float(getattr(self, name))) == value}

    def to_json(self) -> dict[str, Any]:
        """All figures as plain data; None for what does not exist."""
        known = self.numbers()
        return {"images": len(self.scores), "good": int((~self.faulty).sum()),
                "faulty": int(self.faulty.sum()), "limit": self.limit,
                **{name: round(known[name], 6) if name in known else None
                   for name in ("auroc", "precision", "recall", "f1", "false_alarms")},
                "confusion": {"classes": ["good", "differs"], "matrix": self.confusion.tolist()}}


def judged(scores: Sequence[float] | Float64Array, faulty: Sequence[bool] | BoolArray,
           limit: float = LIMIT) -> Differing:
    """Judge images by their ``scores``."""
    return Differing(np.asarray(scores, np.float64), np.asarray(faulty, np.bool_), limit)


def _share(part: int, whole: int) -> float:
    return float(part) / float(whole) if whole else float("nan")
