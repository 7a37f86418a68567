"""From pictures to class maps: the one way for validation, prediction and live pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import numpy as np
import torch
from torch import Tensor

from workbench.core.class_maps import ClassMap
from workbench.core.progress import Check
from workbench.engine.data.images import ModelImage
from workbench.extension.segmentation import SegmentationModel

_WHOLE = 1024 * 1024  # pixels of an input that is looked at whole; larger ones in windows
_WINDOW, _AROUND = 768, 128
"""Side of a window in pixels, and how far it looks beyond what it answers for."""
_PIXELS = {"cpu": 1_000_000}  # of inputs that are looked at together; other devices take more
_MORE_PIXELS = 8_000_000
_MOST = 32  # inputs, however small
_FEW_CLASSES = 30  # from more on their scores take more memory than all else


def at_once(size: tuple[int, int], classes: int, device: torch.device) -> int:
    """How many inputs of this (width, height) are looked at together, so that memory lasts."""
    most = _PIXELS.get(device.type, _MORE_PIXELS) * _FEW_CLASSES // max(_FEW_CLASSES, classes)
    return max(1, min(_MOST, most // (size[0] * size[1])))


def windows(shape: Sequence[int]) -> list[tuple[int, int, int, int]]:
    """Top, bottom, left and right of the parts of an input (height, width) that are computed one
    after the other, all of it together; sides are multiples of the network's stride."""
    height, width = shape
    if height * width <= _WHOLE:
        return [(0, height, 0, width)]
    return [(top, min(height, top + _WINDOW), left, min(width, left + _WINDOW))
            for top in range(0, height, _WINDOW) for left in range(0, width, _WINDOW)]


def look_at(
    model: SegmentationModel, pictures: Iterable[ModelImage], batch_size: int,
    device: torch.device, check: Check,
) -> Iterator[tuple[ModelImage, ClassMap]]:
    """The class maps of pictures in their order, without the bars of the letterbox; ``check`` is
    called before each batch."""
    left = iter(pictures)
    while part := list(islice(left, batch_size)):
        check()
        pixels = np.stack([item.pixels(0) for item in part])
        for item, found in zip(part, maps_of(model, pixels, device, check), strict=True):
            yield item, within(found, item)


def within(found: ClassMap, picture: ModelImage) -> ClassMap:
    """A map of an input without the bars around the picture."""
    place = picture.views[0].letterbox
    (left, top), (width, height) = place.offset, place.inner
    window = np.s_[top:top + height, left:left + width]
    return ClassMap(found.labels[window], found.levels[window])


@torch.no_grad()  # not inference_mode: what a model keeps from here may be used in training
def maps_of(model: SegmentationModel, pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]],
            device: torch.device, check: Check) -> list[ClassMap]:
    """Class maps of inputs uint8 (B, 3, H, W)."""
    images = torch.from_numpy(pixels).to(device)
    if len(windows(images.shape[-2:])) == 1:
        labels, scores = _likeliest(model.scores(images))
    else:
        labels, scores = _in_windows(model, images, check)
    return [ClassMap.of_scores(*both) for both in zip(labels, scores, strict=True)]


def _in_windows(model: SegmentationModel, images: Tensor, check: Check
                ) -> tuple[np.ndarray, np.ndarray]:
    """The same window by window, so that memory does not grow with the input."""
    height, width = images.shape[-2:]
    labels = np.zeros((len(images), height, width), np.uint8)
    scores = np.zeros((len(images), height, width), np.float32)
    for top, bottom, left, right in windows((height, width)):
        check()
        y, x = max(0, top - _AROUND), max(0, left - _AROUND)
        part = images[:, :, y:bottom + _AROUND, x:right + _AROUND]
        found = _likeliest(model.scores(part)[:, :, top - y:bottom - y, left - x:right - x])
        labels[:, top:bottom, left:right], scores[:, top:bottom, left:right] = found
    return labels, scores


def _likeliest(found: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """The likeliest class of each pixel uint8 (B, H, W), and its score as
    :class:`~workbench.core.class_maps.ClassMap` has it, of probabilities (B, 1 + C, H, W)."""
    best, where = found[:, 1:].max(1)
    score = best / (best + found[:, 0]).clamp(min=1e-9)
    return where.to(torch.uint8).cpu().numpy(), score.float().cpu().numpy()
