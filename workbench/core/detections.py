"""What a detector found on one image, and what is true there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.core.arrays import BoolArray, FloatArray, IntArray
from workbench.core.outline_grids import SIDE, Grids


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
    outlines: Grids | None = None
    """The outline of each (:mod:`workbench.core.outline_grids`); None from a model that finds boxes
    only."""
    keypoints: FloatArray | None = None
    """float32 (N, K, 3): x, y and score 0..1 of each key point, in the order of the skeleton of its
    class; not a number beyond the points of a class with fewer than K. None from a model that finds
    none."""
    rotated: FloatArray | None = None
    """float32 (N, 5): the rotated box of each (:mod:`workbench.core.rectangles`); None from a model
    that finds upright boxes or outlines."""

    def __post_init__(self) -> None:
        count = len(self.scores)
        if self.boxes.shape != (count, 4) or self.labels.shape != (count,):
            raise ValueError(
                f"boxes {self.boxes.shape}, scores {self.scores.shape}, labels {self.labels.shape}"
            )
        if self.outlines is not None and self.outlines.shape != (count, SIDE, SIDE):
            raise ValueError(f"outlines {self.outlines.shape} of {count} boxes")
        if self.keypoints is not None and (
                self.keypoints.shape[:1] != (count,) or self.keypoints.shape[2:] != (3,)):
            raise ValueError(f"key points {self.keypoints.shape} of {count} boxes")
        if self.rotated is not None and self.rotated.shape != (count, 5):
            raise ValueError(f"rotated boxes {self.rotated.shape} of {count} boxes")

    def __len__(self) -> int:
        return len(self.scores)

    def select(self, index: IntArray | BoolArray | slice) -> Detections:
        """The detections at ``index``, in its order."""
        outlines = None if self.outlines is None else self.outlines[index]
        keypoints = None if self.keypoints is None else self.keypoints[index]
        rotated = None if self.rotated is None else self.rotated[index]
        return Detections(self.boxes[index], self.scores[index], self.labels[index], outlines,
                          keypoints, rotated)

    @classmethod
    def join(cls, parts: Sequence[Detections]) -> Detections:
        """All of them, one after the other; with outlines, key points and rotated boxes where
        each part that is not empty has them."""
        parts = [part for part in parts if len(part)] or [*parts[:1], cls.empty()][:1]
        outlines = [part.outlines for part in parts if part.outlines is not None]
        keypoints = [part.keypoints for part in parts if part.keypoints is not None]
        rotated = [part.rotated for part in parts if part.rotated is not None]
        return cls(
            np.concatenate([part.boxes for part in parts]),
            np.concatenate([part.scores for part in parts]),
            np.concatenate([part.labels for part in parts]),
            np.concatenate(outlines) if len(outlines) == len(parts) else None,
            np.concatenate(keypoints) if len(keypoints) == len(parts) else None,
            np.concatenate(rotated) if len(rotated) == len(parts) else None,
        )

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
    outlines: Grids | None = None
    """The outline of each; None where there are none."""
    outlined: BoolArray | None = None
    """bool (M,): of which objects the outline is labelled; the others are known by their box. None
    where ``outlines`` is."""
    keypoints: FloatArray | None = None
    """float32 (M, K, 3): x, y and visibility (0 not labelled, 1 hidden, 2 visible) of each key
    point; all 0 beyond those of an object. None where no object has any."""
    rotated: FloatArray | None = None
    """float32 (M, 5): what found rotated boxes are compared with
    (:func:`workbench.core.rectangles.rectangles_of`); None where none are looked for."""
    dots: FloatArray | None = None
    """float32 (M, 3): of dots x, y and the side of their squares, which are in ``boxes``; 0 for
    other objects. None where there are no dots."""

    def __len__(self) -> int:
        return len(self.labels)

    @classmethod
    def empty(cls) -> Truth:
        return cls(np.zeros((0, 4), np.float32), np.zeros(0, np.int64), np.zeros(0, np.bool_))
