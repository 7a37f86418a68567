"""What a model of areas minimises: cross entropy of each pixel, and Dice of each class.

Cross entropy alone is content with missing what covers a few pixels; Dice weighs every class
alike, however small. Source of the latter: Milletari et al., 2016 (V-Net), here over the whole
batch. No shape follows from a value, so that a GPU need not be waited for.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from workbench.core.class_maps import UNKNOWN

_SMOOTH = 1.0  # pixels: a class with none divides by this


def area_losses(logits: Tensor, targets: Tensor) -> dict[str, Tensor]:
    """Losses "pixel" and "dice".

    Parameters
    ----------
    logits
        float32 (B, 1 + C, H, W).
    targets
        uint8 (B, H, W) as :class:`workbench.extension.segmentation.SegmentationModel` has them.
    """
    known = (targets != UNKNOWN).to(logits.dtype)
    wanted = targets.long()
    pixels = functional.cross_entropy(logits, wanted, ignore_index=UNKNOWN, reduction="sum")
    classes = torch.arange(logits.shape[1], device=logits.device).view(1, -1, 1, 1)
    truth = wanted.unsqueeze(1) == classes  # kept for the way back: a byte for each class
    found = logits.softmax(1) * known.unsqueeze(1)
    axes = (0, 2, 3)
    hits, true = torch.where(truth, found, 0).sum(axes), truth.sum(axes).to(logits.dtype)
    dice = 1 - (2 * hits + _SMOOTH) / (found.sum(axes) + true + _SMOOTH)
    there = (true > 0).to(logits.dtype)
    return {"pixel": pixels / known.sum().clamp(min=1),
            "dice": (dice * there).sum() / there.sum().clamp(min=1)}
