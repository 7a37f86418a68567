"""What a detector found on one image, and what is true there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.core.arrays import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Detections:
    """Detections on one image."""

    boxes: FloatArray
    """float32 (N, 4), xyxy in pixels of the displayed image, 0-based, half-open."""
    scores: FloatArray
    """float32 (N,), 0..1."""
    labels: IntArray
    """int64 (N,), index into the run's class list (0 is the first class; there is no
    background)."""

    def __post_init__(self) -> None:
        count = len(self.scores)
        if self.boxes.shape != (count, 4) or self.labels.shape != (count,):
            raise ValueError(
                f"boxes {self.boxes.shape}, scores {self.scores.shape}, labels {self.labels.shape}"
            )

    def __len__(self) -> int:
        return len(self.scores)

    def select(self, index: IntArray | BoolArray) -> Detections:
        """The detections at ``index``, in its order."""
        return Detections(self.boxes[index], self.scores[index], self.labels[index])

    @classmethod
    def empty(cls) -> Detections:
        return cls(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros(0, np.int64))


@dataclass(frozen=True, slots=True)
class Truth:
    """The labelled objects of one image."""

    boxes: FloatArray
    """float32 (M, 4), xyxy pixels."""
    labels: IntArray
    """int64 (M,), index into the class list."""
    difficult: BoolArray
    """bool (M,); such an object counts neither as hit nor as miss."""

    def __len__(self) -> int:
        return len(self.labels)

    @classmethod
    def empty(cls) -> Truth:
        return cls(np.zeros((0, 4), np.float32), np.zeros(0, np.int64), np.zeros(0, np.bool_))
