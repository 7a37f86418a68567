"""What is shown of a model of tags: its scores on a part of a split beside the labels of now."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, get_args

import numpy as np
from numpy.typing import NDArray

from workbench.core.arrays import Float64Array
from workbench.core.csv_text import csv_text
from workbench.core.text import count
from workbench.evaluation.confusion import MatrixCell
from workbench.evaluation.ranking import Ranking
from workbench.evaluation.scored import Order, SampleT, percent
from workbench.evaluation.tags import Tagging, evaluate_tags, wrong_tags

HITS, MISSED, ALARMS, EVERY = range(4)
"""Second number of a cell, whose first is a tag: samples that are found to have it and do, that
have it and are missed, that are found to have it and do not; and all samples."""
_MOST_SCORES = 8



@dataclass(frozen=True, slots=True)
class TagSet(Generic[SampleT]):
    """One run on one part of its split, ready to be judged at any thresholds."""

    run: str
    split: str
    samples: tuple[SampleT, ...]
    """Those that have scores and tags, with the labels they have now."""
    classes: tuple[str, ...]
    """The tags that the run knows, under the names they have now."""
    scores: Float64Array
    """float64 (N, C), a probability of each tag."""
    truth: NDArray[np.bool_]
    """bool (N, C)."""
    thresholds: Mapping[str, float]
    """Those that were found on validation samples, by tag."""
    every: tuple[SampleT, ...]
    every_scores: Float64Array
    """All samples that have scores, whatever their label."""
    left_out: int = 0
    """Samples with scores that have no tags any more."""
    missing: int = 0
    """Labelled samples of the split that came in later and have no scores yet."""
    doubt: str = ""
    """Why the scores say little about new samples, or ""."""
    kept: Mapping[str, float] = field(default_factory=dict)
    """Thresholds that a person chose instead, by tag."""
    problem: str = ""
    """Why those that were chosen cannot be read, or ""."""

    @property
    def counting(self) -> dict[str, float]:
        """The thresholds that count in predictions, by tag."""
        return {**self.thresholds, **self.kept}


@dataclass(frozen=True, slots=True)
class TagSnapshot(Generic[SampleT]):
    """All that is on the screen at some thresholds; see :class:`.scored.Listed`."""

    results: TagSet[SampleT]
    evaluation: Tagging
    cell: MatrixCell | None
    rows: NDArray[np.int64]
    milliseconds: float
    before: Tagging | None = None

    def found(self, sample: int) -> tuple[str, ...]:
        """The tags that a sample is found to have."""
        return self._names(self.evaluation.taken[sample])

    def tags(self, sample: int) -> tuple[str, ...]:
        """The tags that it has, of those that the run knows."""
        return self._names(self.evaluation.truth[sample])

    def _names(self, flags: NDArray[np.bool_]) -> tuple[str, ...]:
        return tuple(self.results.classes[place] for place in np.flatnonzero(flags))

    def words(self, sample: int) -> str:
        """Its tags, or what is wrong about them: ``−`` is missed, ``+`` is found and not there."""
        return wrong_tags(self.evaluation, sample) or _listed(self.tags(sample))

    def is_right(self, sample: int) -> bool:
        wrong = self.evaluation.wrong[sample]
        return not bool(wrong.any() if self.cell is None else wrong[self.cell[0]])

    def figure(self, sample: int) -> str:
        if self.cell is not None:
            return percent(self.evaluation.scores[sample, self.cell[0]])
        wrong = int(self.evaluation.wrong[sample].sum())
        return f"{wrong} wrong" if wrong else ""

    def details(self, sample: int) -> str:
        scores = self.evaluation.scores[sample]
        most = np.argsort(-scores, kind="stable")[:_MOST_SCORES]
        listed = ", ".join(f"{self.results.classes[place]} {scores[place]:.3f}" for place in most)
        return (f"{self.results.samples[sample].key} · is {_listed(self.tags(sample))} · found "
                f"{_listed(self.found(sample))} · {listed}")

    def display_label(self, label: str) -> str:
        return label.replace(";", ", ")

    def csv_bytes(self) -> bytes:
        """The samples in the list with their scores, as CSV (UTF-8, one head line)."""
        table = [["file", "truth", "found", *self.results.classes]] + [
            [self.results.samples[row].key, ";".join(self.tags(row)), ";".join(self.found(row)),
             *(f"{value:.4f}" for value in self.evaluation.scores[row])]
            for row in self.rows.tolist()]
        return csv_text(table).encode("utf-8", "backslashreplace")


def tag_snapshot(
    results: TagSet[SampleT], thresholds: Mapping[str, float], cell: MatrixCell | None,
    order: Order, before: TagSet[SampleT] | None = None,
    rankings: tuple[Ranking, ...] | None = None,
) -> TagSnapshot[SampleT]:
    """Judge, and collect the samples behind ``cell``.

    Parameters
    ----------
    thresholds
        By tag; for others the set's own hold.
    before
        An earlier run, judged at its own thresholds.
    rankings
        Those of the same set at other thresholds.
    """
    start = time.perf_counter()
    found = evaluate_tags(results.scores, results.truth, results.classes,
                       {**results.counting, **thresholds}, rankings)
    rows = ordered_rows(found, cell, order, len(results.samples))
    milliseconds = (time.perf_counter() - start) * 1000
    earlier = evaluate_tags(before.scores, before.truth, before.classes,
                         before.counting) if before is not None else None
    return TagSnapshot(results, found, cell, rows, milliseconds, earlier)


def ordered_rows(found: Tagging, cell: MatrixCell | None, order: Order,
                 samples: int) -> NDArray[np.int64]:
    """Numbers of the samples behind ``cell`` in ``order``."""
    assert order in get_args(Order)
    chosen = behind(found, cell)
    if order == "file":
        return chosen
    columns = slice(None) if cell is None else slice(cell[0], cell[0] + 1)
    if not samples or not found.per_tag:
        return chosen
    if order == "loss":
        key = -found.losses[:, columns].sum(1)
    else:  # the decision that is nearest to its threshold says how sure a sample is
        limits = np.asarray([item.threshold for item in found.per_tag])[columns]
        scores = found.scores[:, columns]
        room = np.where(scores >= limits, 1 - limits, limits)
        sure = (np.abs(scores - limits) / np.maximum(room, 1e-12)).min(1)
        key = sure if order == "unsure" else -sure
    return np.asarray(chosen[np.argsort(key[chosen], kind="stable")], np.int64)


def behind(found: Tagging, cell: MatrixCell | None) -> NDArray[np.int64]:
    """Numbers of the samples behind a number of the table, in their order."""
    if cell is None or cell[1] == EVERY:
        return np.arange(len(found.truth), dtype=np.int64)
    tag, kind = cell
    truth, taken = found.truth[:, tag], found.taken[:, tag]
    flags = {HITS: truth & taken, MISSED: truth & ~taken, ALARMS: taken & ~truth}[kind]
    return np.flatnonzero(flags)


def cell_title(noun: str, cell: MatrixCell, number: int, classes: tuple[str, ...]) -> str:
    """Heading of the list ("“dark” missed: 3 images")."""
    words = {HITS: "found", MISSED: "missed", ALARMS: "found where it is not", EVERY: "in all"}
    return f"“{classes[cell[0]]}” {words[cell[1]]}: {count(number, noun)}"


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "none"
