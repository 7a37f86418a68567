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
    """

    __slots__ = ("boxes", "labels")

    def __init__(self, boxes: Tensor, labels: Tensor) -> None:
        self.boxes = boxes
        self.labels = labels

    def to(self, device: torch.device) -> DetectionTarget:
        return DetectionTarget(self.boxes.to(device), self.labels.to(device))


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
    """

    __slots__ = ("boxes", "labels", "scores")

    def __init__(self, boxes: Tensor, scores: Tensor, labels: Tensor) -> None:
        self.boxes = boxes
        self.scores = scores
        self.labels = labels
