"""Suggestions while labelling: a linear head on known features, fitted anew after each label.

Imports neither Qt nor torch; what is slow is meant for a thread in the background.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from workbench.core.arrays import FloatArray
from workbench.core.progress import Check
from workbench.tasks.image_classification.linear import LinearClassifier, fit_labels, softmax

DECAY = 30.0
"""Of all that were tried the one whose scores of 0.9 are right most often, with few labels and
with many."""
MOST = 500
"""Labelled images that a head learns from, spread over the classes, so that it takes no longer."""
DOUBTED = 0.8
"""From this probability of another class on a label is doubted."""
_LEAST = 3  # images of a class without which none of it is doubted
_FOLDS = 5
_BLOCK = 4096



class ClassSuggestion(NamedTuple):
    """A class and its probability."""

    label: str
    score: float


class Values(Protocol):
    """Features by row, float32 (len(rows), D)."""

    def __call__(self, rows: Sequence[int]) -> FloatArray: ...


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """What is learned from: labels and rows of the features of images, in the same order."""

    keys: tuple[str, ...]
    labels: tuple[str, ...]
    rows: tuple[int, ...]

    @classmethod
    def of(cls, labels: Mapping[str, str], rows: Mapping[str, int]) -> TrainingSet:
        """The labelled images whose features are known."""
        keys = tuple(key for key in labels if key in rows)
        return cls(keys, tuple(labels[key] for key in keys), tuple(rows[key] for key in keys))

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(sorted(self.labels)))

    def sample(self, most: int = MOST) -> TrainingSet:
        """At most ``most`` of them, as many of each class as there are, or as of others."""
        if len(self.keys) <= most:
            return self
        members: dict[str, list[int]] = {}
        for place, label in enumerate(self.labels):
            members.setdefault(label, []).append(place)
        left, chosen = most, []
        groups = sorted(members.values(), key=len)
        for number, places in enumerate(groups):
            share = max(2, left // (len(groups) - number))
            step = max(1.0, len(places) / share)
            kept = [places[int(at * step)] for at in range(min(share, len(places)))]
            chosen += kept
            left = max(0, left - len(kept))
        return self._part(sorted(chosen))

    @property
    def usual(self) -> TrainingSet:
        """Without the classes of which there are too few to say how well they are told apart."""
        counts = Counter(self.labels)
        return self._part([at for at, label in enumerate(self.labels) if counts[label] >= _LEAST])

    def _part(self, places: Sequence[int]) -> TrainingSet:
        return TrainingSet(tuple(self.keys[at] for at in places),
                           tuple(self.labels[at] for at in places),
                           tuple(self.rows[at] for at in places))


@dataclass(frozen=True, slots=True)
class Head:
    """A fitted head and the classes it knows."""

    classes: tuple[str, ...]
    fit: LinearClassifier

    def probabilities(self, features: FloatArray) -> FloatArray:
        """float32 (N, C)."""
        weights = self.fit.weights / self.fit.scale[:, None]
        return softmax(np.asarray(
            features @ weights + (self.fit.bias - self.fit.mean @ weights), np.float32))

    def suggestions(self, keys: Sequence[str], rows: Sequence[int], values: Values,
                    check: Check) -> Iterator[dict[str, ClassSuggestion]]:
        """The likeliest class of each image, some thousands at a time."""
        for start in range(0, len(keys), _BLOCK):
            check()
            scores = self.probabilities(values(rows[start : start + _BLOCK]))
            best = scores.argmax(1)
            top = scores[np.arange(len(best)), best].tolist()
            yield {key: ClassSuggestion(self.classes[number], score) for key, number, score in zip(
                keys[start : start + _BLOCK], best.tolist(), top, strict=True)}


def learn(training_set: TrainingSet, values: Values, before: Head | None = None) -> Head | None:
    """Fit a head; None where fewer than two classes are known.

    ``before`` is an earlier head to begin from.
    """
    sample, classes = training_set.sample(), training_set.classes
    if len(classes) < 2:
        return None
    start = before.fit if before is not None and before.classes == classes else None
    return Head(classes, _fit(values(sample.rows), _numbers(sample, classes), len(classes), start))


@dataclass(frozen=True, slots=True)
class OutOfFold:
    """What heads say of labelled images that they did not learn from."""

    doubts: Mapping[str, ClassSuggestion]
    """The labels that are strongly doubted, with what the images are taken for."""
    right: float
    """Share of the labels that were predicted."""
    number: int
    """Of how many."""


def second_look(training_set: TrainingSet, values: Values, check: Check) -> OutOfFold | None:
    """Suggest each label by a head that has not seen it (cross-validation in five parts).

    Labels of classes with fewer than three images are left out. None without two such classes.
    """
    usual = training_set.usual
    classes = usual.classes
    if len(classes) < 2:
        return None
    sample = usual.sample()
    features, truth = values(sample.rows), _numbers(sample, classes)
    best, top = truth.copy(), np.zeros(len(truth), np.float32)
    folds = _folds(truth)
    for fold in range(_FOLDS):
        check()
        held, learned = folds == fold, folds != fold
        if held.any():
            head = Head(classes, _fit(features[learned], truth[learned], len(classes)))
            scores = head.probabilities(features[held])
            best[held], top[held] = scores.argmax(1), scores.max(1)
    found = _doubted(sample, classes, truth, best, top)
    if len(usual.keys) > len(sample.keys):
        doubts = {**found.doubts, **_doubts_beyond(usual, sample, values, check)}
        found = replace(found, doubts=doubts)
    return found


def _doubts_beyond(
    training_set: TrainingSet, sample: TrainingSet, values: Values, check: Check
) -> dict[str, ClassSuggestion]:
    """Doubts about what is not learned from anyway."""
    head = learn(sample, values)
    known = set(sample.keys)
    rest = training_set._part([at for at, key in enumerate(training_set.keys) if key not in known])
    labels = dict(zip(rest.keys, rest.labels, strict=True))
    return {key: found for part in head.suggestions(rest.keys, rest.rows, values, check)
            for key, found in part.items()
            if found.score >= DOUBTED and found.label != labels[key]} if head is not None else {}


def _doubted(training_set: TrainingSet, classes: Sequence[str], truth: NDArray[np.int64],
             best: NDArray[np.int64], top: FloatArray) -> OutOfFold:
    wrong = (best != truth) & (top >= DOUBTED)
    doubts = {training_set.keys[at]: ClassSuggestion(classes[best[at]], float(top[at]))
              for at in np.flatnonzero(wrong)}
    return OutOfFold(doubts, float((best == truth).mean()), len(truth))


def _folds(truth: NDArray[np.int64]) -> NDArray[np.int64]:
    """The part in which each sample is held out; each class is spread over all parts."""
    folds = np.zeros(len(truth), np.int64)
    for number in np.unique(truth):
        members = np.flatnonzero(truth == number)
        folds[members] = (np.arange(len(members)) + number) % _FOLDS
    return folds


def _numbers(training_set: TrainingSet, classes: Sequence[str]) -> NDArray[np.int64]:
    place = {name: number for number, name in enumerate(classes)}
    return np.asarray([place[label] for label in training_set.labels], np.int64)


def _fit(features: FloatArray, truth: NDArray[np.int64], classes: int,
         start: LinearClassifier | None = None) -> LinearClassifier:
    """Every class counts alike, as labels are rarely made in the proportions of the images: one
    labels by name, or what catches the eye."""
    sizes = np.bincount(truth, minlength=classes)
    return fit_labels(features, truth, classes, DECAY, 1.0 / sizes[truth], start)
