"""Numbers of a model that gives each sample several tags. numpy only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from workbench.core.arrays import BoolArray, Float64Array
from workbench.evaluation.ranking import Ranking, rank

THRESHOLD = 0.5
"""From this score on a tag counts where no other one was found."""


@dataclass(frozen=True, slots=True)
class TagFigures:
    """One tag at its threshold; None where there is nothing to divide by. ``support`` counts the
    samples that have it, of which ``hits`` are found and the others missed; ``alarms`` are found
    to have it and do not."""

    name: str
    average_precision: float | None
    roc_auc: float | None
    precision: float | None
    recall: float | None
    f1: float | None
    support: int
    threshold: float
    hits: int
    alarms: int

    @property
    def missed(self) -> int:
        return self.support - self.hits

    def to_json(self) -> dict[str, Any]:
        """As ``workbench evaluate --json`` prints it."""
        return {"name": self.name, "average_precision": self.average_precision,
                "roc_auc": self.roc_auc, "precision": self.precision, "recall": self.recall,
                "f1": self.f1, "support": self.support, "threshold": self.threshold,
                "true_positives": self.hits, "false_negatives": self.missed,
                "false_positives": self.alarms}


@dataclass(frozen=True, slots=True)
class Tagging:
    """How well tags are found."""

    per_tag: tuple[TagFigures, ...]
    scores: Float64Array = field(repr=False)
    """float64 (N, C), a probability of each tag."""
    truth: BoolArray = field(repr=False)
    taken: BoolArray = field(repr=False)
    """bool (N, C): tags of each sample, and those that it is found to have."""
    rankings: tuple[Ranking, ...] = field(repr=False)
    """For each tag what its score says at every threshold."""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(item.name for item in self.per_tag)

    @property
    def wrong(self) -> BoolArray:
        """bool (N, C): tags that are missed, or found where they are not."""
        return np.asarray(self.truth != self.taken)

    @property
    def map(self) -> float | None:
        """Mean average precision of the tags that some sample has."""
        return _mean([item.average_precision for item in self.per_tag])

    @property
    def exact(self) -> float | None:
        """Share of the samples all of whose tags are right ("subset accuracy")."""
        return float((~self.wrong).all(1).mean()) if len(self.truth) else None

    @property
    def losses(self) -> Float64Array:
        """float64 (N, C): cross-entropy of each decision; how surprising the truth was."""
        right = np.where(self.truth, self.scores, 1 - self.scores)
        return np.asarray(-np.log(np.maximum(right, 1e-12)))

    def figures(self) -> dict[str, float | None]:
        """Figures of all tags together. Plain means ("f1", "precision", "recall", "map",
        "roc_auc") are over the tags that some sample has, and what is never found has precision
        0; those with "micro" count all decisions alike."""
        there = [item for item in self.per_tag if item.support]
        hits, found, truth = (int(flags.sum()) for flags in (
            self.taken & self.truth, self.taken, self.truth))
        return {
            "map": self.map,
            "f1": _mean([item.f1 for item in there]),
            "precision": _mean([item.precision or 0.0 for item in there]),
            "recall": _mean([item.recall for item in there]),
            "micro_f1": 2 * hits / (found + truth) if found + truth else None,
            "micro_precision": hits / found if found else None,
            "micro_recall": hits / truth if truth else None,
            "roc_auc": _mean([item.roc_auc for item in self.per_tag]),
            "exact": self.exact,
        }

    def to_json(self) -> dict[str, Any]:
        """As ``workbench evaluate --json`` prints it."""
        return {**self.figures(), "per_tag": [item.to_json() for item in self.per_tag],
                "samples": len(self.truth)}


def best_threshold(scores: Float64Array, truth: BoolArray, default: float = THRESHOLD) -> float:
    """The score from which on a tag counts for the highest F1, in the middle between it and the
    next lower one; ``default`` where no sample has the tag, or all have it."""
    if not truth.any() or truth.all():
        return default
    ranking = rank(scores, truth)
    recall, precision = ranking.recall_precision()
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    best, steps = int(f1.argmax()), ranking.scores
    below = steps[best + 1] if best + 1 < len(steps) else 0.0
    return float((steps[best] + below) / 2)


def evaluate_tags(
    scores: Float64Array, truth: BoolArray, names: Sequence[str], thresholds: Mapping[str, float],
    rankings: tuple[Ranking, ...] | None = None,
) -> Tagging:
    """Judge.

    Parameters
    ----------
    scores
        float (N, C), a probability of each tag.
    truth
        bool (N, C).
    names
        C names.
    thresholds
        The score from which on a tag counts, by name; 0.5 where there is none.
    rankings
        Those of the same scores at other thresholds, which need not be made again.
    """
    limits = np.asarray([thresholds.get(name, THRESHOLD) for name in names])
    taken = scores >= limits
    if rankings is None:
        rankings = tuple(rank(scores[:, place], truth[:, place]) for place in range(len(names)))
    rows = tuple(_one(name, rankings[place], truth[:, place], taken[:, place],
                      float(limits[place])) for place, name in enumerate(names))
    return Tagging(rows, scores, truth, taken, rankings)


def wrong_tags(result: Tagging, sample: int) -> str:
    """What is wrong about a sample ("+dark −bee")."""
    return " ".join(f"{'−' if result.truth[sample, place] else '+'}{result.names[place]}"
                    for place in np.flatnonzero(result.wrong[sample]))


def _one(
    name: str, ranking: Ranking, truth: BoolArray, taken: BoolArray, limit: float
) -> TagFigures:
    hits, found, there = int((taken & truth).sum()), int(taken.sum()), int(truth.sum())
    return TagFigures(
        name, ranking.average_precision, ranking.roc_auc, hits / found if found else None,
        hits / there if there else None, 2 * hits / (found + there) if found + there else None,
        there, limit, hits, found - hits)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
