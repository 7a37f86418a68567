"""Pictures of a batch that are turned by any angle, with what is labelled in them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from workbench.core.arrays import IntArray
from workbench.engine.data.letterbox import FILL, Letterbox
from workbench.engine.data.upload import upload
from workbench.tasks.detection.engine.augment import KEEP
from workbench.tasks.detection.engine.samples import Sample
from workbench.tasks.detection.engine.turned_samples import (
    Turn,
    right_angle,
    turned,
    turns_freely,
)


def chosen_angles(samples: Sequence[Sample], share: float, generator: torch.Generator,
                  ) -> list[float]:
    """By how much each picture is turned, in radians clockwise on screen; 0 for the others.

    Parameters
    ----------
    share
        How many are, 0..1. One whose objects are not all outlined turns by quarters.
    """
    draw = torch.rand((len(samples), 2), generator=generator, device=generator.device).tolist()
    return [0.0 if chance >= share else
            place * math.tau if turns_freely(sample) else right_angle(place * math.tau)
            for sample, (chance, place) in zip(samples, draw, strict=True)]


def turned_in_input(sample: Sample, labels: IntArray, letterbox: Letterbox, angle: float,
                    ) -> tuple[Sample, IntArray]:
    """A sample in a picture that is turned about the middle of the input, and the classes of the
    objects that are left of it."""
    if not angle:
        return sample, labels
    found, left = turned(sample, Turn.of(angle, letterbox), KEEP)
    return found, labels[left]


def turn_pictures(images: Tensor, angles: Sequence[float]) -> Tensor:
    """uint8 (B, 3, H, W): each turned about its middle by its angle, bilinear, with grey where
    nothing is; ``images`` stay as they are."""
    places = [at for at, angle in enumerate(angles) if angle]
    if not places:
        return images
    painted = images.clone(memory_format=torch.channels_last)
    if images.device.type == "cpu":
        for at in places:
            painted[at] = _turned(images[at], angles[at])
        return painted
    index = upload(torch.tensor(places), images.device)
    some = turned_at_once(images.index_select(0, index), [angles[at] for at in places])
    return painted.index_copy_(0, index, some)


def turned_at_once(images: Tensor, angles: Sequence[float]) -> Tensor:
    """As :func:`turn_pictures`, of pictures that are all turned, for devices that a loop would
    starve; but for rounding."""
    theta = upload(_places(angles, images.shape[2:]), images.device)
    grid = functional.affine_grid(theta, list(images.shape), align_corners=False)
    # around the grey, so that what is beyond the picture is nothing
    there = functional.grid_sample(images.float() - FILL, grid, padding_mode="zeros",
                                   align_corners=False)
    return (there + FILL).round_().clamp_(0, 255).to(torch.uint8)


def _places(angles: Sequence[float], size: Sequence[int]) -> Tensor:
    """float32 (N, 2, 3): from places in the turned pictures to those before, both -1..1."""
    ratio = size[0] / size[1]  # a unit is half a side
    return torch.tensor([[[math.cos(angle), math.sin(angle) * ratio, 0.0],
                          [-math.sin(angle) / ratio, math.cos(angle), 0.0]] for angle in angles])


def _turned(image: Tensor, angle: float) -> Tensor:
    """uint8 (3, H, W); on a processor OpenCV takes a tenth of the time."""
    import cv2
    import numpy as np

    height, width = image.shape[1:]
    x, y = (width - 1) / 2, (height - 1) / 2  # the middles of pixels are whole numbers there
    cos, sin = math.cos(angle), math.sin(angle)
    matrix = np.array([[cos, -sin, x - x * cos + y * sin], [sin, cos, y - x * sin - y * cos]])
    pixels = np.ascontiguousarray(image.permute(1, 2, 0).numpy())
    found = cv2.warpAffine(pixels, matrix, (width, height), flags=cv2.INTER_LINEAR,
                           borderMode=cv2.BORDER_CONSTANT, borderValue=(FILL, FILL, FILL))
    return torch.from_numpy(found).permute(2, 0, 1)
