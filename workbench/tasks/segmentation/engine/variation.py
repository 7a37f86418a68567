"""Cuts pieces out of pictures and their labels, each moved, scaled, turned and recoloured in its
own way."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional

from workbench.core.class_maps import UNKNOWN
from workbench.core.schema import Value
from workbench.engine.data.letterbox import FILL
from workbench.engine.data.upload import upload
from workbench.extension.settings import TRAINING

_TILT = math.radians(10)  # so far pictures are turned; those that can be any way up: all around


class _Chances:
    """What is drawn for each of ``count`` pictures; the middle of all where nothing is varied."""

    def __init__(self, count: int, generator: torch.Generator, settings: Mapping[str, Value],
                 vary: bool) -> None:
        self._count, self._generator, self._settings = count, generator, settings
        self.vary = vary

    def setting(self, name: str) -> float:
        name = f"augment.{name}"
        return float(self._settings.get(name, TRAINING[name].default))

    def between(self, low: float, high: float) -> Tensor:
        """float32 (B,)"""
        drawn = torch.rand(self._count, generator=self._generator)
        return drawn * (high - low) + low

    def varied(self, low: float, high: float, neutral: float) -> Tensor:
        """The same, or ``neutral`` where nothing is varied."""
        drawn = self.between(low, high)
        return drawn if self.vary else torch.full_like(drawn, neutral)

    def mirrored(self, share: float) -> Tensor:
        """-1 for a share of the pictures, else 1."""
        return torch.where(self.between(0, 1) < share, -1.0, 1.0)


def pieces(
    images: Tensor, areas: Tensor, crop: tuple[int, int], generator: torch.Generator,
    settings: Mapping[str, Value], progress: float,
) -> tuple[Tensor, Tensor]:
    """Cut a piece out of each picture.

    Parameters
    ----------
    images, areas
        uint8 (B, 3, H, W) and uint8 (B, H, W).
    crop
        (width, height) of the pieces in pixels.
    settings
        Of the run: ``augment`` and its strengths, ``any_way_up``.
    progress
        0..1 of the run; after ``augment.until`` pieces are only moved, mirrored and, where they
        may be, turned.

    Returns
    -------
    uint8 (B, 3, h, w) and uint8 (B, h, w); what lies beyond a picture is grey and unknown.
    """
    strong = bool(settings.get("augment", True))
    until = float(settings.get("augment.until", TRAINING["augment.until"].default))
    chances = _Chances(len(images), generator, settings, strong and progress <= until)
    theta = _places(chances, images, crop, bool(settings.get("any_way_up")) and strong, strong)
    size = [len(images), 1, crop[1], crop[0]]
    grid = functional.affine_grid(upload(theta, images.device), size, align_corners=False)
    shifted = images.float() - FILL
    moved = functional.grid_sample(shifted, grid, padding_mode="zeros", align_corners=False)
    labels = functional.grid_sample(
        areas.unsqueeze(1).float() - UNKNOWN, grid, mode="nearest", padding_mode="zeros",
        align_corners=False).squeeze(1) + UNKNOWN
    if chances.vary:
        moved = _recoloured(moved, chances)
    return (moved + FILL).round().clamp(0, 255).to(torch.uint8), labels.round().to(torch.uint8)


def _places(chances: _Chances, images: Tensor, crop: tuple[int, int], turned: bool, flips: bool
            ) -> Tensor:
    """Where each piece lies: float32 (B, 2, 3), from places in the piece to those in the picture,
    both from -1 to 1."""
    height, width = images.shape[-2:]
    scale = chances.varied(math.log(chances.setting("smallest")),
                           math.log(chances.setting("largest")), 0.0).exp()
    most = math.log(chances.setting("stretch"))
    stretch = chances.varied(-most, most, 0.0).exp().sqrt()
    angle = chances.varied(-_TILT, _TILT, 0.0)
    if turned:
        angle = angle + (chances.between(0, 4).floor() * (math.pi / 2))
    flip_x = chances.mirrored(chances.setting("flip_x") * flips)
    flip_y = chances.mirrored(max(chances.setting("flip_y"), 0.5 * turned) * flips)
    across, down = crop[0] / (scale * stretch), crop[1] / (scale / stretch)  # pixels that are seen
    cos, sin = angle.cos(), angle.sin()
    # the middle keeps so far from the borders that no more than a tenth lies beyond them
    wide, high = ((cos.abs() * across + sin.abs() * down), (sin.abs() * across + cos.abs() * down))
    x = chances.between(-1, 1) * ((1 - wide / width).clamp(min=0) + 0.1 * chances.vary)
    y = chances.between(-1, 1) * ((1 - high / height).clamp(min=0) + 0.1 * chances.vary)
    theta = torch.zeros(len(images), 2, 3)
    theta[:, 0, 0], theta[:, 0, 1] = cos * flip_x * across / width, -sin * flip_y * down / width
    theta[:, 1, 0], theta[:, 1, 1] = sin * flip_x * across / height, cos * flip_y * down / height
    # whole pixels: what is not scaled stays as sharp as it is
    theta[:, 0, 2] = (x * (width / 2)).round() / (width / 2)
    theta[:, 1, 2] = (y * (height / 2)).round() / (height / 2)
    return theta


def _recoloured(images: Tensor, chances: _Chances) -> Tensor:
    """Pictures whose grey of the bars is 0, with other brightness, contrast and colours."""
    def factor(name: str) -> Tensor:
        far = chances.setting(name)
        return upload(1 + chances.between(-far, far), images.device).view(-1, 1, 1, 1)

    grey = images.mean(1, keepdim=True)
    images = grey + (images - grey) * factor("saturation")
    tint = chances.setting("hue")
    tints = torch.stack([1 + chances.between(-tint, tint) for _ in range(3)], 1)
    mean = images.mean((1, 2, 3), keepdim=True)
    images = mean + (images - mean) * factor("contrast")
    # of brightness the grey of the bars is no longer the middle, but nobody looks at the bars
    tinted = (images + FILL) * upload(tints, images.device).view(-1, 3, 1, 1)
    return tinted * factor("brightness") - FILL
