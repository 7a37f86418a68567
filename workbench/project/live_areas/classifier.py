"""A small network that tells the classes of pixels apart; numpy learns it in a few hundredths of a
second."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.arrays import FloatArray, IntArray
from workbench.core.progress import Check

HIDDEN = 24
STEPS = 200
DECAY, ENOUGH = 0.2, 600.0
"""How strongly the weights are held small: the first where a few strokes are all there is, and the
second by the number of pixels where that is less; docs/area-model.md has what was measured."""
RATE = 0.02
_BATCH = 384
_FAR = 5.0  # standard deviations: what is farther away is taken for this
_AT_ONCE = 1 << 13  # pixels: what is made of so many lies in the processor's cache
_MEAN, _SQUARE = 0.9, 0.99  # how slowly Adam forgets


@dataclass(frozen=True, slots=True)
class PixelClassifier:
    """What was learned."""

    lowest: FloatArray
    highest: FloatArray
    """(F, 1) of the features: what lies beyond is taken for this."""
    first: FloatArray
    shift: FloatArray
    """(H, F) and (H, 1): weights and biases of the hidden layer, for features as they are."""
    second: FloatArray
    bias: FloatArray
    """(C, H) and (C, 1): of the classes."""

    @classmethod
    def fitted(cls, features: FloatArray, truth: IntArray, classes: int, check: Check
               ) -> PixelClassifier:
        """Learn from float32 (N, F) and the classes of these, 0..``classes`` - 1, of which there
        is at least one of each.

        Each class counts alike: strokes are rarely painted in the proportions of the image.
        """
        mean, deviation = features.mean(0), features.std(0) + np.float32(1e-6)
        known = ((features - mean) / deviation).clip(-_FAR, _FAR)
        places = [np.flatnonzero(truth == number) for number in range(classes)]
        first, shift, second, bias = _learned(known, truth, places, check)
        scaled = first.T / deviation
        reach = _FAR * deviation
        return cls((mean - reach)[:, None], (mean + reach)[:, None], scaled,
                   (shift - scaled @ mean)[:, None], second.T, bias[:, None])

    def probabilities(self, features: NDArray[Any], check: Check) -> NDArray[np.uint8]:
        """Of features (F, N) the probabilities of the classes in steps of 1 / 255, uint8 (C, N)."""
        number = features.shape[1]
        found = np.empty((len(self.bias), number), np.uint8)
        for start in range(0, number, _AT_ONCE):
            check()
            part = features[:, start:start + _AT_ONCE].astype(np.float32)
            np.clip(part, self.lowest, self.highest, out=part)
            hidden = self.first @ part
            hidden += self.shift
            np.maximum(hidden, 0, out=hidden)
            values = self.second @ hidden + self.bias
            values = np.exp(values - values.max(0))
            found[:, start:start + _AT_ONCE] = values * (255 / values.sum(0)) + 0.5
        return found


def _learned(known: FloatArray, truth: IntArray, places: list[IntArray], check: Check
             ) -> list[FloatArray]:
    """Weights and biases of the hidden layer, (F, H) and (H,), and of the classes, (H, C) and (C,),
    by Adam with a rate that ends at nothing."""
    chance = np.random.default_rng(0)
    width, classes = known.shape[1], len(places)
    each = max(8, _BATCH // classes)
    decay = np.float32(min(DECAY, ENOUGH / len(truth)))
    weights = [np.asarray(one, np.float32) for one in (
        chance.normal(0, (2 / width) ** 0.5, (width, HIDDEN)), np.zeros(HIDDEN),
        chance.normal(0, HIDDEN ** -0.5, (HIDDEN, classes)), np.zeros(classes))]
    means, squares = ([np.zeros_like(one) for one in weights] for _ in range(2))
    for step in range(1, STEPS + 1):
        check()
        chosen = np.concatenate([chance.choice(place, each) for place in places])
        rate = RATE / 2 * (1 + np.cos(np.pi * step / STEPS))
        for at, slope in enumerate(_slopes(known[chosen], truth[chosen], weights, decay)):
            means[at] += (1 - _MEAN) * (slope - means[at])
            squares[at] += (1 - _SQUARE) * (slope * slope - squares[at])
            ahead = means[at] / (1 - _MEAN ** step)
            weights[at] -= rate * ahead / (np.sqrt(squares[at] / (1 - _SQUARE ** step)) + 1e-8)
    return weights


def _slopes(known: FloatArray, truth: IntArray, weights: list[FloatArray], decay: np.float32
            ) -> list[FloatArray]:
    """Of the mean cross entropy and the decay of the weights."""
    first, shift, second, bias = weights
    hidden = np.maximum(known @ first + shift, 0)
    wrong = hidden @ second + bias
    wrong = np.exp(wrong - wrong.max(1, keepdims=True))
    wrong /= wrong.sum(1, keepdims=True)
    wrong[np.arange(len(truth)), truth] -= 1
    wrong /= len(truth)
    back = (wrong @ second.T) * (hidden > 0)
    return [known.T @ back + decay * first, back.sum(0),
            hidden.T @ wrong + decay * second, wrong.sum(0)]
