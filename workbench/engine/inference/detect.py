"""From a batch of prepared images to raw detections in image pixels: the one way for all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from workbench.core.detections import Detections
from workbench.engine.data.images import Pixels
from workbench.engine.data.letterbox import Letterbox
from workbench.engine.inference.stored import LOWEST_SCORE, MOST_DETECTIONS
from workbench.extension.detection import DetectionModel, RawDetections


@torch.no_grad()  # not inference_mode: what a model keeps from here may be used in training
def detect_batch(
    model: DetectionModel,
    pixels: Pixels,
    letterboxes: Sequence[Letterbox],
    device: torch.device,
) -> list[Detections]:
    """Raw detections on each image, by falling score.

    Parameters
    ----------
    model
        Ready on ``device``.
    pixels
        uint8 (B, 3, H, W).
    letterboxes
        Where each image lies in them.
    """
    images = torch.from_numpy(pixels).to(device)
    found = model.detect(images)
    return [_in_image(raw, box) for raw, box in zip(found, letterboxes, strict=True)]


def _in_image(raw: RawDetections, letterbox: Letterbox) -> Detections:
    boxes = letterbox.to_image(raw.boxes.float().cpu().numpy().reshape(-1, 4))
    scores = raw.scores.float().cpu().numpy()
    labels = raw.labels.cpu().numpy().astype(np.int64)
    kept = (scores >= LOWEST_SCORE) & ((boxes[:, 2:] - boxes[:, :2]) > 0).all(1)
    order = np.argsort(-scores[kept], kind="stable")[:MOST_DETECTIONS]
    index = np.flatnonzero(kept)[order]
    return Detections(boxes[index], scores[index], labels[index])
