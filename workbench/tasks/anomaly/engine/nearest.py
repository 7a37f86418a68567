"""How far patches are from those that are remembered, and which are remembered.

PatchCore (Roth et al., “Towards Total Recall in Industrial Anomaly Detection”, CVPR 2022): places
of good images, described by what a pretrained network says of them, are thinned to a coreset by the
greedy rule of Sener and Savarese (2018), in random directions (Johnson and Lindenstrauss 1984); a
place of another image is as odd as its nearest one there is far away, measured by how far that one
is from its own neighbours: among what is rare and varied, good places are far from each other, too.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

_DIRECTIONS = 48  # in which distances are measured while patches are chosen
_AT_ONCE = 2048  # patches whose distances are computed together
_NEIGHBOURS = 9  # of a remembered patch that tell how far apart patches like it are
_LEAST_SPREAD = 0.1  # of the usual one: patches that come twice are no reason to find all odd
_LEAST_VARIANCE = 0.05  # of the mean over all directions

_REACH = 3  # cells to each side of what smooths a map: a Gaussian with a deviation of one cell
_BELL = [math.exp(-step * step / 2) for step in range(-_REACH, _REACH + 1)]
SMOOTHING = tuple(value / sum(_BELL) for value in _BELL)
"""Weights along each axis with which a map is smoothed."""
ODDEST_SHARE, ODDEST = 0.01, 16
"""Places of an image that count for it as a whole: a share, and how many at most."""


def chosen_patches(patches: Tensor, most: int, seed: int = 0) -> Tensor:
    """Numbers int64 (``most``,) of patches float32 (N, D) that no other one is far away from: each
    is the farthest one of those that were chosen before; with fewer than ``most`` some come again.
    """
    many = len(patches)
    if many <= most:
        return torch.arange(most) % many
    chance = torch.Generator().manual_seed(seed)
    directions = torch.randn(patches.shape[1], _DIRECTIONS, generator=chance)
    points = patches @ (directions / math.sqrt(_DIRECTIONS)).to(patches.device)
    squares = (points * points).sum(1)
    far = torch.full((many,), math.inf, device=points.device)
    chosen = torch.zeros(most, dtype=torch.int64, device=points.device)
    place = ((points - points.mean(0)) ** 2).sum(1).argmin()  # the most usual one
    for number in range(most):
        chosen[number] = place
        point = points[place]
        far = torch.minimum(far, squares - 2 * (points @ point) + squares[place])
        place = far.argmax()
    return chosen.cpu()


def nearest(patches: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
    """Distance float32 (N,) of patches (N, D) to the nearest one of ``memory`` (K, D), and which
    that is, int64 (N,)."""
    if torch.onnx.is_in_onnx_export():  # how many parts there are must not become part of a graph
        return _nearest(patches, memory)
    found = [_nearest(part, memory) for part in torch.split(patches, _AT_ONCE)]
    return torch.cat([far for far, _ in found]), torch.cat([which for _, which in found])


def _nearest(patches: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
    if patches.device.type != "cpu":  # where products may be rounded, differences of them are noise
        far, which = torch.cdist(
            patches, memory, compute_mode="donot_use_mm_for_euclid_dist").min(1)
        return far, which
    shares, which = ((memory * memory).sum(1) - 2 * (patches @ memory.T)).min(1)
    return (shares + (patches * patches).sum(1)).clamp(min=0).sqrt(), which


def spreads(memory: Tensor) -> Tensor:
    """float32 (K,): how far each one of ``memory`` (K, D) is from its nearest ones, a mean."""
    many = min(_NEIGHBOURS, len(memory) - 1)
    if many < 1:
        return torch.ones(len(memory), device=memory.device)
    found = torch.cat([torch.cdist(
        part, memory, compute_mode="donot_use_mm_for_euclid_dist").topk(
            many + 1, largest=False).values[:, 1:].mean(1)
        for part in torch.split(memory, _AT_ONCE)])
    return found.clamp(min=max(1e-6, _LEAST_SPREAD * float(found.median())))


def standardised(patches: Tensor) -> Tensor:
    """What turns and stretches patches float32 (N, D) so that no direction counts more than another
    because good ones vary more along it (D, D); along what hardly varies they are stretched
    less."""
    middle = patches - patches.mean(0)
    variances, directions = torch.linalg.eigh((middle.T @ middle / len(patches)).double())
    least = (_LEAST_VARIANCE * variances.mean()).clamp(min=1e-12)
    turn: Tensor = directions / (variances.clamp(min=0) + least).sqrt()
    return turn.float()


def oddest(distances: Tensor) -> Tensor:
    """How odd an image is by the distances (h, w) of its places: a mean of the oddest ones."""
    many = min(ODDEST, max(1, round(ODDEST_SHARE * distances.numel())))
    return distances.flatten().topk(many).values.mean()


def smoothed(values: Tensor) -> Tensor:
    """A map (h, w) under a Gaussian of one cell; beyond its edge the nearest value counts."""
    weights = torch.tensor(SMOOTHING, device=values.device)
    found = functional.pad(values[None, None], (_REACH, _REACH, 0, 0), mode="replicate")
    found = functional.conv2d(found, weights[None, None, None, :])
    found = functional.pad(found, (0, 0, _REACH, _REACH), mode="replicate")
    return functional.conv2d(found, weights[None, None, :, None])[0, 0]


def shares_of_limit(distances: Tensor, limit: Tensor) -> Tensor:
    """Distances as scores 0..1: 0.5 at ``limit``, above it for what is farther away."""
    return distances / (distances + limit.clamp(min=1e-6))
