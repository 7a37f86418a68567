"""The overlap of rotated boxes in place of that of the boxes around them.

Two long things side by side on a diagonal have nearly the same box around them and nothing in
common. Where rotated boxes are found, their own overlap decides what suppression drops, which label
a detection hits, and average precision (as the DOTA benchmark has it; Xia et al., 2018,
arXiv:1711.10398).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from workbench.core.arrays import Float64Array, FloatArray
from workbench.core.detections import Detections
from workbench.core.rectangles import rectangle_overlaps
from workbench.evaluation.pairs import Pairs

_AT_ONCE = 1 << 14  # pairs: their corners stay in the cache
_LOOSE = 0.8  # upright boxes are found by themselves and do not lie exactly around the rotated ones


def near(floor: float) -> float:
    """How much upright boxes overlap at least where the rotated ones in them overlap by ``floor``.

    The boxes around two diagonals of one line that have a share s of their length in common overlap
    by s² / (2 - s²), where s is 2 · floor / (1 + floor).
    """
    common = (2 * floor / (1 + floor)) ** 2
    return _LOOSE * common / (2 - common)


def rotated_pairs(pairs: Pairs, a: FloatArray, b: FloatArray, floor: float) -> Pairs:
    """Those of ``pairs`` that overlap by ``floor`` or more, with the overlap of rotated boxes.

    Parameters
    ----------
    a, b
        float32 (…, 5): the rotated boxes that ``first`` and ``second`` are rows of.
    """
    shares = paired(a[pairs.first], b[pairs.second])
    there = np.flatnonzero(shares >= floor)
    return Pairs(pairs.first[there], pairs.second[there], shares[there])


def paired(a: FloatArray, b: FloatArray) -> Float64Array:
    """:func:`workbench.core.rectangles.rectangle_overlaps` of very many."""
    parts = [rectangle_overlaps(a[at : at + _AT_ONCE], b[at : at + _AT_ONCE])
             for at in range(0, len(a), _AT_ONCE)]
    return np.concatenate(parts) if parts else np.zeros(0)


def rotated_exist(raw: Sequence[Detections]) -> bool:
    """Whether what was found are rotated boxes."""
    found = [item for item in raw if len(item)]
    return bool(found) and all(item.rotated is not None for item in found)
