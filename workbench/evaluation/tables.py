"""All images of a set in flat arrays, so that one array operation does them all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.core.arrays import BoolArray, FloatArray, IntArray
from workbench.core.detections import Detections, Truth


@dataclass(frozen=True, slots=True)
class DetectionTable:
    """Raw detections of a set, by image and then by falling score (equal scores in their order)."""

    image: IntArray
    index: IntArray
    """int64 (N,): number of the image, and position among its raw detections."""
    boxes: FloatArray
    scores: FloatArray
    labels: IntArray
    """As in :class:`workbench.core.detections.Detections`."""
    starts: IntArray
    """int64 (images + 1,): where each image begins."""
    rotated: FloatArray | None = None
    """float32 (N, 5), see :mod:`workbench.core.rectangles`; None where there are none."""

    def __len__(self) -> int:
        return len(self.scores)

    @classmethod
    def build(cls, raw: Sequence[Detections]) -> DetectionTable:
        orders = [np.argsort(-item.scores, kind="stable") for item in raw]
        sizes = np.array([len(item) for item in raw], np.int64)
        return cls(
            image=np.repeat(np.arange(len(raw)), sizes),
            index=_joined(orders, np.int64),
            boxes=_joined([d.boxes[o] for d, o in zip(raw, orders, strict=True)],
                          np.float32).reshape(-1, 4),
            scores=_joined([d.scores[o] for d, o in zip(raw, orders, strict=True)], np.float32),
            labels=_joined([d.labels[o] for d, o in zip(raw, orders, strict=True)], np.int64),
            starts=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
            rotated=_rotated([d.rotated if d.rotated is None else d.rotated[o]
                              for d, o in zip(raw, orders, strict=True) if len(d)]),
        )

    def best_per_group(self, keep: BoolArray, groups: IntArray, count: int) -> BoolArray:
        """Of the kept ones, the ``count`` best of each group (groups never span images)."""
        rows = np.flatnonzero(keep)
        rows = rows[np.argsort(groups[rows], kind="stable")]
        of = groups[rows]
        begins = np.flatnonzero(np.diff(of, prepend=-1))
        lengths = np.diff(begins, append=len(of))
        rank = np.arange(len(rows)) - np.repeat(begins, lengths)
        best = np.zeros(len(self), np.bool_)
        best[rows[rank < count]] = True
        return best


@dataclass(frozen=True, slots=True)
class TruthTable:
    """Labelled objects of a set, by image and in their order; fields as in ``DetectionTable``."""

    image: IntArray
    index: IntArray
    boxes: FloatArray
    labels: IntArray
    difficult: BoolArray
    starts: IntArray
    rotated: FloatArray | None = None
    dots: FloatArray | None = None
    """float32 (M, 3), see :class:`workbench.core.detections.Truth`; None where there are none."""

    def __len__(self) -> int:
        return len(self.labels)

    @classmethod
    def build(cls, truths: Sequence[Truth]) -> TruthTable:
        sizes = np.array([len(item) for item in truths], np.int64)
        return cls(
            image=np.repeat(np.arange(len(truths)), sizes),
            index=_joined([np.arange(size) for size in sizes], np.int64),
            boxes=_joined([item.boxes for item in truths], np.float32).reshape(-1, 4),
            labels=_joined([item.labels for item in truths], np.int64),
            difficult=_joined([item.difficult for item in truths], np.bool_),
            starts=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
            rotated=_rotated([item.rotated for item in truths if len(item)]),
            dots=_dots(truths),
        )


def _dots(truths: Sequence[Truth]) -> FloatArray | None:
    if all(item.dots is None for item in truths):
        return None
    return np.concatenate([np.zeros((len(item), 3), np.float32) if item.dots is None else item.dots
                           for item in truths])


def _rotated(parts: Sequence[FloatArray | None]) -> FloatArray | None:
    known = [part for part in parts if part is not None]
    return np.concatenate(known) if known and len(known) == len(parts) else None


def _joined(parts: Sequence[np.ndarray], dtype: type) -> np.ndarray:
    if not parts:
        return np.zeros(0, dtype)
    return np.concatenate(parts).astype(dtype, copy=False)
