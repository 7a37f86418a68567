"""What a score says of a class at every threshold: ROC, precision and recall, and their areas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.core.arrays import BoolArray, Float64Array

_EMPTY: Float64Array = np.zeros(0)


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Samples counted from the highest score down; equal scores are one step."""

    hits: Float64Array
    alarms: Float64Array
    """float64 (S,): samples of the class, and others, with at least the score of each step."""
    scores: Float64Array
    """float64 (S,), falling."""

    @property
    def positives(self) -> float:
        """Samples of the class."""
        return float(self.hits[-1]) if len(self.hits) else 0.0

    @property
    def negatives(self) -> float:
        """All others."""
        return float(self.alarms[-1]) if len(self.alarms) else 0.0

    def roc(self) -> tuple[Float64Array, Float64Array]:
        """False and true positive rates, both rising from 0 to 1 (Fawcett 2006, algorithm 1).

        Both are empty where only one kind of sample exists.
        """
        if not self.positives or not self.negatives:
            return _EMPTY, _EMPTY
        return (np.concatenate([[0.0], self.alarms / self.negatives]),
                np.concatenate([[0.0], self.hits / self.positives]))

    def recall_precision(self) -> tuple[Float64Array, Float64Array]:
        """Recall, rising to 1, and precision at each step; empty without a sample of the class."""
        if not self.positives:
            return _EMPTY, _EMPTY
        return self.hits / self.positives, self.hits / (self.hits + self.alarms)

    @property
    def roc_auc(self) -> float | None:
        """Area under the ROC curve; None where that is undefined."""
        false, true = self.roc()
        # rounded, so that a sum of many steps that is 1 reads 1
        return round(float(np.trapezoid(true, false)), 12) if len(false) else None

    @property
    def average_precision(self) -> float | None:
        """Area under precision over recall: the sum of precision times the growth of recall.
        None without a sample of the class."""
        recall, precision = self.recall_precision()
        if not len(recall):
            return None
        return round(float((np.diff(recall, prepend=0.0) * precision).sum()), 12)

    def thinned(self, most: int) -> Ranking:
        """The same curves, with the same areas, from some of the steps: all with a sample of the
        class and those before, and of the others so many that about ``most`` are left."""
        if len(self.hits) <= most:
            return self
        kept = np.diff(self.hits, prepend=0.0) > 0
        kept[:-1] |= kept[1:]
        kept[np.linspace(0, len(kept) - 1, most).astype(np.int64)] = True
        return Ranking(self.hits[kept], self.alarms[kept], self.scores[kept])


def rank(scores: Float64Array, positive: BoolArray) -> Ranking:
    """Count ``positive`` samples, bool (N,), and others by their ``scores``, float (N,)."""
    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    last_of_its_score = np.append(ordered[1:] != ordered[:-1], True)[: len(ordered)]
    true = positive[order]
    return Ranking(np.cumsum(true)[last_of_its_score].astype(np.float64),
                   np.cumsum(~true)[last_of_its_score].astype(np.float64),
                   np.asarray(ordered[last_of_its_score], np.float64))
