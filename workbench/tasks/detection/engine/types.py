"""The labels and detections that models and engine hand each other."""

from __future__ import annotations

import torch
from torch import Tensor


class DetectionTarget:
    """The labels of one image.

    Parameters
    ----------
    boxes
        float32 (M, 4), xyxy in input pixels; width and height are positive.
    labels
        int64 (M,), index into the class list.
    details
        float32 (M, …), for a model that learns outlines or key points: see :mod:`.details`.
    """

    __slots__ = ("boxes", "details", "labels")

    def __init__(self, boxes: Tensor, labels: Tensor, details: Tensor | None = None) -> None:
        self.boxes = boxes
        self.labels = labels
        self.details = details

    def to(self, device: torch.device) -> DetectionTarget:
        details = None if self.details is None else self.details.to(device)
        return DetectionTarget(self.boxes.to(device), self.labels.to(device), details)

    def where(self, kept: Tensor) -> DetectionTarget:
        details = None if self.details is None else self.details[kept]
        return DetectionTarget(self.boxes[kept], self.labels[kept], details)


class Raw:
    """Detections on one image before NMS, by falling score.

    Parameters
    ----------
    boxes
        float32 (N, 4), xyxy in input pixels.
    scores
        float32 (N,), 0..1.
    labels
        int64 (N,), index into the class list.
    outlines
        uint8 (N, SIDE, SIDE), see :mod:`workbench.core.outline_grids`; None where none are found.
    keypoints
        float32 (N, K, 3), x and y in input pixels and score, not a number beyond the points of a
        class with fewer than K; None where none are found.
    """

    __slots__ = ("boxes", "keypoints", "labels", "outlines", "scores")

    def __init__(
        self, boxes: Tensor, scores: Tensor, labels: Tensor, outlines: Tensor | None = None,
        keypoints: Tensor | None = None,
    ) -> None:
        self.boxes = boxes
        self.scores = scores
        self.labels = labels
        self.outlines = outlines
        self.keypoints = keypoints
