"""Numbers of a model that gives each sample several tags, or a number. numpy only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class TagFigures:
    """One tag at its threshold; None where there is nothing to divide by. ``support`` counts the
    samples that have it."""

    name: str
    average_precision: float | None
    precision: float | None
    recall: float | None
    f1: float | None
    support: int
    threshold: float


@dataclass(frozen=True, slots=True)
class Tagging:
    """How well tags are found: ``map`` is the mean average precision of the tags that exist,
    ``f1`` the mean of their F1, ``micro_f1`` that of all decisions together."""

    per_tag: tuple[TagFigures, ...]
    map: float | None
    f1: float | None
    micro_f1: float | None
    samples: int

    def to_json(self) -> dict[str, Any]:
        """As ``workbench evaluate --json`` prints it."""
        names = ("name", "average_precision", "precision", "recall", "f1", "support", "threshold")
        return {"map": self.map, "f1": self.f1, "micro_f1": self.micro_f1,
                "per_tag": [{name: getattr(item, name) for name in names}
                            for item in self.per_tag],
                "samples": self.samples}


def average_precision(scores: Floats, truth: Flags) -> float | None:
    """Sum of precision times the growth of recall, from the highest score down; equal scores are
    one step. None without a true sample."""
    if not truth.any():
        return None
    precision, recall, _ = _curve(scores, truth)
    return float((np.diff(recall, prepend=0.0) * precision).sum())


def best_threshold(scores: Floats, truth: Flags, default: float = 0.5) -> float:
    """The score from which on a tag counts for the highest F1, in the middle between it and the
    next lower one; ``default`` where no sample has the tag, or all have it."""
    if not truth.any() or truth.all():
        return default
    precision, recall, steps = _curve(scores, truth)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    best = int(f1.argmax())
    below = steps[best + 1] if best + 1 < len(steps) else 0.0
    return float((steps[best] + below) / 2)


def _curve(scores: Floats, truth: Flags) -> tuple[Floats, Floats, Floats]:
    """Precision and recall where each score is the threshold, the scores falling."""
    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    last = np.append(ordered[1:] != ordered[:-1], True)
    hits = np.cumsum(truth[order])[last]
    taken = np.flatnonzero(last) + 1
    return hits / taken, hits / max(int(truth.sum()), 1), ordered[last]


def judge_tags(
    scores: Floats, truth: Flags, names: Sequence[str], thresholds: Mapping[str, float]
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
    """
    limits = np.asarray([thresholds.get(name, 0.5) for name in names])
    taken = scores >= limits
    rows = [_one(name, scores[:, place], truth[:, place], taken[:, place], float(limits[place]))
            for place, name in enumerate(names)]
    areas = [item.average_precision for item in rows if item.average_precision is not None]
    f1s = [item.f1 for item in rows if item.f1 is not None and item.support]
    decided = int(taken.sum() + truth.sum())
    return Tagging(tuple(rows), _mean(areas), _mean(f1s),
                   2 * int((taken & truth).sum()) / decided if decided else None, len(scores))


def _one(name: str, scores: Floats, truth: Flags, taken: Flags, limit: float) -> TagFigures:
    hits, found, there = int((taken & truth).sum()), int(taken.sum()), int(truth.sum())
    return TagFigures(
        name, average_precision(scores, truth), hits / found if found else None,
        hits / there if there else None, 2 * hits / (found + there) if found + there else None,
        there, limit)


def judge_numbers(found: Floats, truth: Floats) -> dict[str, float | None]:
    """Mean absolute error, root of the mean squared error, and the share of the variance that is
    explained (R², None where all true numbers are alike); float (N,) each, N at least 1."""
    errors = found - truth
    spread = float(((truth - truth.mean()) ** 2).sum())
    return {"mae": float(np.abs(errors).mean()), "rmse": float(np.sqrt((errors**2).mean())),
            "r2": 1 - float((errors**2).sum()) / spread if spread else None}


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None
