"""What is shown of a classifier: its scores on a part of a split beside the labels of now.

Everything that takes time is a plain function, to be called on a worker's thread.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, Literal, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from workbench.evaluation.classification import Classification, classify
from workbench.evaluation.confusion import MatrixCell

Order = Literal["loss", "confident", "unsure", "file"]
"""Of the samples in a list; a name is the key of a file."""


class ScoredSample(Protocol):
    """A sample with its label; a dataclass whose field ``label`` can be replaced."""

    @property
    def key(self) -> str: ...
    @property
    def label(self) -> str: ...


SampleT = TypeVar("SampleT", bound=ScoredSample)
SampleT_co = TypeVar("SampleT_co", bound=ScoredSample, covariant=True)
KeyT = TypeVar("KeyT", bound=Hashable)


class SampleSet(Protocol[SampleT_co]):
    """One run on one part of its split."""

    @property
    def samples(self) -> Sequence[SampleT_co]: ...


class Listed(Protocol[SampleT_co]):
    """A snapshot as a list of samples shows it; ``sample`` is a number among all of its set.

    ``rows`` are the samples in the list, in its order, int64; ``cell`` is what was chosen to see
    them, None for all.
    """

    @property
    def results(self) -> SampleSet[SampleT_co]: ...
    @property
    def cell(self) -> MatrixCell | None: ...
    @property
    def rows(self) -> NDArray[np.int64]: ...

    def words(self, sample: int) -> str:
        """What it is, and what it is taken for where that is something else."""

    def is_right(self, sample: int) -> bool:
        """Whether it is taken for what it is."""

    def figure(self, sample: int) -> str:
        """How sure, or how far off, in a few letters."""

    def details(self, sample: int) -> str:
        """All that is known of it, as a line."""

    def display_label(self, label: str) -> str:
        """A label as it is shown."""


@dataclass(frozen=True, slots=True)
class ScoredSet(Generic[SampleT]):
    """One run on one part of its split, ready to be evaluated at any threshold."""

    run: str
    split: str
    samples: tuple[SampleT, ...]
    """Those that have scores and a class that the model knows, with the labels they have now."""
    classes: tuple[str, ...]
    """The run's, under the names they have now."""
    scores: NDArray[np.float64]
    """float64 (N, C), probabilities."""
    every: tuple[SampleT, ...]
    every_scores: NDArray[np.float64]
    """All samples that have scores, whatever their label."""
    left_out: int = 0
    """Samples with scores whose label the model does not know, or that have none any more."""
    missing: int = 0
    """Labelled samples of the split that came in later and have no scores yet."""
    doubt: str = ""
    """Why the scores say little about new samples, or ""."""
    background: bool = False
    """Whether the model also learned what is none of the classes."""

    @property
    def truth(self) -> NDArray[np.int64]:
        """int64 (N,): number of each sample's class."""
        number = {name: i for i, name in enumerate(self.classes)}
        return np.asarray([number[item.label] for item in self.samples], np.int64)


def relabelled(
    results: ScoredSet[SampleT], fresh: Mapping[KeyT, str], key_of: Callable[[SampleT], KeyT]
) -> ScoredSet[SampleT]:
    """The same scores beside labels that were mended since: ``fresh``, by ``key_of``."""
    def mended(item: Any) -> Any:
        key = key_of(item)
        return replace(item, label=fresh[key]) if key in fresh else item

    every = tuple(mended(item) for item in results.every)
    known = set(results.classes)
    rows = [row for row, item in enumerate(every) if item.label in known]
    return replace(results, every=every, samples=tuple(every[row] for row in rows),
                   scores=results.every_scores[rows], left_out=len(every) - len(rows))


@dataclass(frozen=True, slots=True)
class ScoredSnapshot(Generic[SampleT]):
    """All that is on the screen at one threshold.

    ``rows`` are the samples in the list, in its order; ``cell`` is the cell behind it, None for
    all.
    """

    results: ScoredSet[SampleT]
    evaluation: Classification
    cell: MatrixCell | None
    rows: NDArray[np.int64]
    milliseconds: float
    before: Classification | None = None

    def predicted(self, sample: int) -> str:
        """What sample number ``sample`` is taken for: a class, "none" or "background"."""
        names = (*self.results.classes, self.evaluation.none)
        return names[int(self.evaluation.predicted[sample])]

    # --- see Listed -----------------------------------------------------------------------------

    def words(self, sample: int) -> str:
        truth, found = self.results.samples[sample].label, self.predicted(sample)
        return truth if truth == found else f"{truth} → {found}"

    def is_right(self, sample: int) -> bool:
        return bool(self.evaluation.predicted[sample] == self.evaluation.truth[sample])

    def figure(self, sample: int) -> str:
        return percent(self.evaluation.scores[sample].max())

    def details(self, sample: int) -> str:
        scores = self.evaluation.scores[sample]
        loss = -math.log(max(float(scores[self.evaluation.truth[sample]]), 1e-12))
        return " · ".join((self.results.samples[sample].key, self.words(sample),
                           f"confidence {scores.max():.3f}", f"loss {loss:.2f}"))

    def display_label(self, label: str) -> str:
        return label


def percent(share: float) -> str:
    """``93 %``."""
    return f"{share:.0%}".replace("%", " %")


def evaluated(results: ScoredSet[Any], threshold: float) -> Classification:
    """The figures at a threshold."""
    return classify(results.scores, results.truth, results.classes, threshold, results.background)


def snapshot(
    results: ScoredSet[SampleT], threshold: float, cell: MatrixCell | None, order: Order,
    before: ScoredSet[SampleT] | None = None,
) -> ScoredSnapshot[SampleT]:
    """Evaluate, and collect the samples behind ``cell``; ``before`` is an earlier run."""
    start = time.perf_counter()
    evaluation = evaluated(results, threshold)
    chosen = (evaluation.cell(*cell) if cell is not None
              else np.arange(len(results.samples), dtype=np.int64))
    keys: dict[Order, NDArray[np.float64] | NDArray[np.int64]] = {
        "loss": -evaluation.loss, "confident": -evaluation.confidence,
        "unsure": evaluation.confidence, "file": np.arange(len(results.samples)),
    }
    rows = np.asarray(chosen[np.argsort(keys[order][chosen], kind="stable")], np.int64)
    if order == "file":
        rows = np.sort(chosen)
    milliseconds = (time.perf_counter() - start) * 1000
    earlier = evaluated(before, threshold) if before is not None else None
    return ScoredSnapshot(results, evaluation, cell, rows, milliseconds, earlier)


def figures(evaluation: Classification) -> dict[str, float]:
    """Accuracy, top 5, macro F1, mean ROC area and mean average precision; those that exist."""
    data = evaluation.to_json()
    return {name: float(data[name]) for name in ("accuracy", "top5", "f1", "roc_auc", "map")
            if data[name] is not None and len(evaluation.truth)}


def table_rows(
    shown: ScoredSnapshot[SampleT], columns: Sequence[str], cells: Callable[[SampleT], list[str]]
) -> list[list[str]]:
    """The samples in the list with their scores, the heading first.

    Parameters
    ----------
    columns, cells
        Names of the columns that tell which sample it is, and what they hold.
    """
    evaluation = shown.evaluation
    loss, confidence = evaluation.loss, evaluation.confidence
    rows = [[*columns, "truth", "predicted", "confidence", "loss", *shown.results.classes]]
    for row in shown.rows.tolist():
        sample = shown.results.samples[row]
        rows.append([
            *cells(sample), sample.label, shown.predicted(row), f"{confidence[row]:.4f}",
            f"{loss[row]:.4f}", *(f"{value:.4f}" for value in evaluation.scores[row])])
    return rows
