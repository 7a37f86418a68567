"""Ways to vary a batch of images; see :class:`workbench.extension.augmentations.Augmentation`.

Each takes images uint8 (B, 3, H, W) and gives the same shape and type; targets float32 (B, K) stay
as they are but where images are mixed. Every image is varied in its own way, by chance of the
generator alone.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from workbench.engine.data.upload import upload

_SIGMA, _REACH = 2.0, 4  # pixels
_TO_YIQ = ((0.299, 0.587, 0.114), (0.596, -0.274, -0.322), (0.211, -0.523, 0.312))
PADDING = {"edge": "border", "reflect": "reflection", "constant": "zeros"}
"""What torch calls the ways to fill."""
Varied = tuple[Tensor, Any]


def rotate(inputs: Tensor, targets: Any, generator: torch.Generator, strength: float,
           fill: str = "auto") -> Varied:
    """Turn by up to 45 degrees."""
    angle = _either_side(inputs, generator) * strength * math.pi / 4
    theta = torch.zeros(len(inputs), 2, 3)
    theta[:, 0, 0], theta[:, 0, 1] = angle.cos(), -angle.sin()
    theta[:, 1, 0], theta[:, 1, 1] = angle.sin(), angle.cos()
    return _warped(inputs, theta, fill), targets


def shear(inputs: Tensor, targets: Any, generator: torch.Generator, strength: float,
          fill: str = "auto") -> Varied:
    """Slant sideways by up to half of the height."""
    theta = torch.eye(2, 3).repeat(len(inputs), 1, 1)
    theta[:, 0, 1] = _either_side(inputs, generator) * strength / 2
    return _warped(inputs, theta, fill), targets


def hue_shift(inputs: Tensor, targets: Any, generator: torch.Generator, strength: float) -> Varied:
    """Turn colours around the circle by up to half of it; brightness stays."""
    angle = _either_side(inputs, generator) * strength * math.pi
    to_yiq = torch.tensor(_TO_YIQ)
    turn = torch.eye(3).repeat(len(inputs), 1, 1)
    turn[:, 1, 1], turn[:, 1, 2] = angle.cos(), -angle.sin()
    turn[:, 2, 1], turn[:, 2, 2] = angle.sin(), angle.cos()
    mixed = upload(torch.linalg.inv(to_yiq) @ turn @ to_yiq, inputs.device)
    return _bytes(torch.einsum("bij,bjhw->bihw", mixed, inputs.float())), targets


def blur(inputs: Tensor, targets: Any, generator: torch.Generator, strength: float) -> Varied:
    """Mix with a blurred image."""
    images, share = inputs.float(), _amount(inputs, generator) * strength
    return _bytes(images + share * (_blurred(images) - images)), targets


def sharpen(inputs: Tensor, targets: Any, generator: torch.Generator, strength: float) -> Varied:
    """Add what a blur would take away."""
    images, share = inputs.float(), _amount(inputs, generator) * strength * 2
    return _bytes(images + share * (images - _blurred(images))), targets


def noise(inputs: Tensor, targets: Any, generator: torch.Generator, strength: float) -> Varied:
    """Add independent noise to every value."""
    grain = upload(torch.randn(inputs.shape, generator=generator), inputs.device)
    return _bytes(inputs.float() + _amount(inputs, generator) * strength * 51 * grain), targets


def erase(inputs: Tensor, targets: Any, generator: torch.Generator, strength: float) -> Varied:
    """Cover a rectangle with the mean colour of its image (Zhong et al. 2020)."""
    found = inputs.clone()
    height, width = inputs.shape[-2:]
    sides = torch.rand(len(inputs), 2, generator=generator) * strength / 2
    corners = torch.rand(len(inputs), 2, generator=generator) * (1 - sides)
    for place in range(len(inputs)):
        (top, left), (high, wide) = corners[place].tolist(), sides[place].tolist()
        area = (slice(None), slice(round(top * height), round((top + high) * height)),
                slice(round(left * width), round((left + wide) * width)))
        found[place][area] = inputs[place].float().mean((1, 2)).to(inputs.dtype)[:, None, None]
    return found, targets


def mixup(inputs: Tensor, targets: Any, generator: torch.Generator, strength: float) -> Varied:
    """Blend each image with another one, and its targets (Zhang et al. 2018)."""
    order, share = _partners(inputs, targets, generator, strength)
    images, part = inputs.float(), upload(share, inputs.device).view(-1, 1, 1, 1)
    others = images.index_select(0, upload(order, inputs.device))
    return _bytes(images + part * (others - images)), _blended(targets, order, share)


def cutmix(inputs: Tensor, targets: Any, generator: torch.Generator, strength: float) -> Varied:
    """Put a rectangle of another image into each, and blend targets by area (Yun et al. 2019)."""
    order, share = _partners(inputs, targets, generator, strength)
    height, width = inputs.shape[-2:]
    found = inputs.clone()
    corners = torch.rand(len(inputs), 2, generator=generator)
    for place, part in enumerate(share.tolist()):
        high, wide = (round(math.sqrt(part) * side) for side in (height, width))
        top, left = (round(float(at) * room) for at, room in zip(
            corners[place], (height - high, width - wide), strict=True))
        area = (slice(None), slice(top, top + high), slice(left, left + wide))
        found[place][area] = inputs[order[place]][area]
        share[place] = high * wide / (height * width)
    return found, _blended(targets, order, share)


def _partners(
    inputs: Tensor, targets: Tensor, generator: torch.Generator, strength: float
) -> tuple[Tensor, Tensor]:
    """With which image each is mixed, int64 (B,), and how much of it is taken, float32 (B,): none
    where one of the two could not be read."""
    order = torch.randperm(len(inputs), generator=generator)
    known = ~targets.isnan().any(1)
    share = torch.rand(len(inputs), generator=generator) * strength / 2
    return order, share * (known & known[order])


def _blended(targets: Tensor, order: Tensor, share: Tensor) -> Tensor:
    part = share[:, None]
    return torch.where(part > 0, targets + part * (targets[order] - targets), targets)


def _either_side(inputs: Tensor, generator: torch.Generator) -> Tensor:
    """float32 (B,), -1 to 1, on the CPU."""
    return torch.rand(len(inputs), generator=generator) * 2 - 1


def _amount(inputs: Tensor, generator: torch.Generator) -> Tensor:
    """float32 (B, 1, 1, 1), 0 to 1, on the device of the images."""
    amount = torch.rand(len(inputs), generator=generator)
    return upload(amount, inputs.device).view(-1, 1, 1, 1)


def _warped(inputs: Tensor, theta: Tensor, fill: str) -> Tensor:
    """Images seen through affine maps, float32 (B, 2, 3) of shares from the middle; automatic
    mirrors what comes in at the edges."""
    # of images that are not square a turn by shares would slant
    tall = inputs.shape[-2] / inputs.shape[-1]
    theta[:, 0, 1] *= tall
    theta[:, 1, 0] /= tall
    grid = functional.affine_grid(upload(theta, inputs.device), list(inputs.shape),
                                  align_corners=False)
    return _bytes(functional.grid_sample(
        inputs.float(), grid, padding_mode=PADDING.get(fill, PADDING["reflect"]),
        align_corners=False))


def _blurred(images: Tensor) -> Tensor:
    """A Gaussian blur, one axis after the other."""
    away = torch.arange(-_REACH, _REACH + 1, device=images.device, dtype=images.dtype)
    kernel = torch.exp(-(away**2) / (2 * _SIGMA**2))
    kernel = (kernel / kernel.sum()).expand(3, 1, 1, -1)
    padded = functional.pad(images, (_REACH,) * 4, mode="replicate")
    across = functional.conv2d(padded, kernel, groups=3)
    return functional.conv2d(across, kernel.transpose(-1, -2), groups=3)


def _bytes(images: Tensor) -> Tensor:
    return images.round().clamp(0, 255).to(torch.uint8)
