"""Which images are worth labelling first, and why.

With few labels images that are typical of many others and unlike those chosen before, later those
of which a model is unsure, ranked within a random half of them: the most uncertain of all are
outliers and each other's likes (Hacohen et al., "Active learning on a budget", arXiv 2202.02794).
Of images that are nearly the same only one is chosen. Needs numpy and nothing else; for a thread.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from workbench.core.arrays import FloatArray
from workbench.core.text import count, tr
from workbench.project.suggestion import Suggestion

FEW = 50
"""Labelled images up to which typical ones come first, whatever a model says."""
SAME_IMAGE = 0.93
"""Cosine of the features of two images from which they are nearly the same: photos of the same kind
of thing stay below 0.92, copies that were scaled, brightened, cropped by a twelfth or saved badly
lie above 0.9, nearly all of them above this."""
CHOSEN = 200
"""So many typical images are chosen; the others follow by name."""
_REACH = 0.5  # of likeness, in usual distances
_UNSURE = (0.3, 0.7)
_COUNTED = 5  # objects of an image, the most doubtful ones
_SEEN_BY_MODEL = 0.5  # share of the images that a model must have looked at


class Uncertainty(NamedTuple):
    """How unsure a model is of an image: the mean entropy of its most doubtful objects, 0 to 1;
    how many are doubtful, and how many there are."""

    entropy: float
    unsure: int
    objects: int


def doubt_of(suggested: Iterable[Suggestion]) -> Uncertainty:
    """How unsure a model is of what it suggests on an image."""
    scores = [item.score for item in suggested]
    worst = sorted((_entropy(score) for score in scores), reverse=True)[:_COUNTED]
    unsure = sum(_UNSURE[0] <= score <= _UNSURE[1] for score in scores)
    return Uncertainty(sum(worst) / len(worst) if worst else 0.0, unsure, len(scores))


def _entropy(score: float) -> float:
    """Of a yes or no, in bits."""
    return -sum(p * math.log2(p) for p in (score, 1 - score) if 0 < p < 1)


class Candidates(NamedTuple):
    """Images without labels."""

    keys: Sequence[str]
    """In the order of the list."""
    features: FloatArray
    """float32 (N, D): what a network says of each, nothing negative."""
    labelled: FloatArray
    """float32 (L, D): the same of images that have labels."""
    labels: int
    """How many images have labels."""
    doubts: Mapping[str, Uncertainty]
    """How unsure a model is, of the images that it looked at."""


def label_next(images: Candidates, check: Callable[[], None]) -> dict[str, str]:
    """All images in the order in which they are worth labelling, each with the reason in a few
    words ("" for none).

    ``check`` is called often and may raise to end it.
    """
    alike = _near_duplicates(images, check)
    left = [at for at in range(len(images.keys)) if at not in alike]
    order: dict[int, str] = {}
    asked = [at for at in left if images.keys[at] in images.doubts]
    if images.labels >= FEW and len(asked) >= max(1.0, _SEEN_BY_MODEL * len(left)):
        order |= _doubtful(images, asked)
        left = [at for at in left if at not in order]
    order |= _typical(images, left, order, check)
    order |= {at: "" for at in left if at not in order} | alike
    return {images.keys[at]: reason for at, reason in order.items()}


def _near_duplicates(images: Candidates, check: Callable[[], None]) -> dict[int, str]:
    """Images that are nearly the same as a labelled one, or as one before them."""
    found: dict[int, str] = {}
    unit, labelled = _unit(images.features), _unit(images.labelled)
    for at, row in enumerate(unit):
        if at % 100 == 0:
            check()
        if len(labelled) and float((labelled @ row).max()) >= SAME_IMAGE:
            found[at] = tr("nearly the same as a labelled one")
        elif at:
            alike = unit[:at] @ row
            first = int(alike.argmax())
            if alike[first] >= SAME_IMAGE:
                found[at] = tr("nearly the same as {name}",
                               name=images.keys[first].rpartition("/")[2])
    return found


def _doubtful(images: Candidates, asked: Sequence[int]) -> dict[int, str]:
    """A random half of them, the most doubtful first."""
    drawn = np.random.default_rng(0).permutation(len(asked))[: -(-len(asked) // 2)]
    doubts = [(images.doubts[images.keys[asked[place]]], asked[place]) for place in drawn]
    return {at: tr("unsure of {unsure:,} of {objects}", unsure=doubt.unsure,
                   objects=count(doubt.objects, "object"))
            for doubt, at in sorted(doubts, key=lambda item: (-item[0].entropy, item[1]))}


def _typical(images: Candidates, left: Sequence[int], chosen: Iterable[int],
             check: Callable[[], None]) -> dict[int, str]:
    """Images each of which stands for as many as possible for which none stands yet.

    That is the greedy choice for facility location: the sum, over all images, of the likeness to
    the likest one that is labelled or chosen. Likeness falls off within half the usual distance of
    two images, so that a large group counts and not the middle between groups.
    """
    if not left:
        return {}
    pool = _unit(images.features[list(left)])
    known = _unit(images.features[list(chosen)])
    if len(images.labelled):
        known = np.concatenate((_unit(images.labelled), known))
    away = 1 - pool @ pool.T
    usual = max(float(np.median(away)), 1e-6)  # distance of two images
    likeness = np.exp(-away / (_REACH * usual))
    best = np.exp(-(1 - pool @ known.T) / (_REACH * usual)).max(1, initial=0.0)
    order: dict[int, str] = {}
    for _ in range(min(CHOSEN, len(left))):
        check()
        gain = np.maximum(likeness - best[:, None], 0).sum(0)
        gain[[place for place, at in enumerate(left) if at in order]] = -1
        pick = int(gain.argmax())
        stands_for = int(((likeness[pick] > best) & (away[pick] < usual)).sum()) - 1
        order[left[pick]] = tr("typical of {number:,} others", number=stands_for) \
            if stands_for > 1 else tr("unlike those before it")
        best = np.maximum(best, likeness[pick])
    return order


def _unit(values: FloatArray) -> FloatArray:
    """Rows of length 1."""
    length = np.linalg.norm(values, axis=1, keepdims=True)
    return np.asarray(values / np.maximum(length, 1e-9), np.float32)
