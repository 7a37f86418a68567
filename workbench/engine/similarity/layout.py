"""From features to places on a plane on which those that are alike are near each other.

The layout is that of UMAP (McInnes, Healy and Melville 2018, arXiv:1802.03426): a weighted graph of
nearest neighbours whose edges pull their ends together, while points that are drawn at random push
each other apart. All edges act at once, on any device; the start is the plane in which the features
vary most (Kobak and Linderman 2021, doi:10.1038/s41587-020-00809-z).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

NEIGHBOURS = 15
"""Neighbours others of each point that its place depends on."""
_DIMENSIONS = 64  # that features are brought to before they are compared
_ROUNDS, _MOST_ROUNDS = 250, 600  # for many points, and for few
_FEW = 2000
_AGAIN = 5  # points that push, for each edge that pulls
_A, _B = 1.577, 0.895  # of UMAP's curve for min_dist 0.1
_STRONGEST = 4.0  # that one point can pull or push another
_ROWS = 2048  # compared at once
_STEPS = 40  # of a bisection; halves an interval to the last digit of float32
_SPREAD = 10.0  # units of the plane that the start takes


class Neighbours(NamedTuple):
    """Of N points the K nearest others, the nearest first: ``rows`` int64, ``similarity`` float32,
    both (N, K)."""

    rows: Tensor
    similarity: Tensor


def reduce_dimensions(features: Tensor) -> Tensor:
    """float32 (N, D) in the at most 64 directions in which they vary most, of length 1 each.

    Parameters
    ----------
    features
        float32 (N, C), any length.
    """
    unit = torch.nn.functional.normalize(features.float(), dim=1)
    return torch.nn.functional.normalize(_main_directions(unit, _DIMENSIONS), dim=1)


def _main_directions(points: Tensor, count: int) -> Tensor:
    """Points (N, C) in the at most ``count`` directions in which they vary most."""
    centred = points - points.mean(0)
    few = len(points) < points.shape[1]  # then their products are the smaller matrix
    products = centred @ centred.T if few else centred.T @ centred
    # float32 does not converge where some are equal
    values: Tensor
    vectors: Tensor
    values, vectors = torch.linalg.eigh(products.cpu().double())  # rising
    main = vectors[:, -count:].flip(1)
    if few:
        return (main * values[-count:].flip(0).clamp_min(0.0).sqrt()).to(centred)
    return centred @ main.to(centred)


def nearest_neighbours(points: Tensor, count: int = NEIGHBOURS,
            tick: Callable[[int, int], object] = lambda _done, _total: None) -> Neighbours:
    """The ``count`` nearest others of each of ``points``, float32 (N, D) of length 1; fewer where
    there are no more. ``tick`` is told how many are done, of how many."""
    total = len(points)
    wanted = max(0, min(count, total - 1))
    rows, similarity = [], []
    for start in range(0, total, _ROWS):
        part = points[start : start + _ROWS]
        alike = part @ points.T
        alike[torch.arange(len(part)), torch.arange(start, start + len(part))] = -2.0  # itself
        best = alike.topk(wanted, dim=1)
        rows.append(best.indices)
        similarity.append(best.values.clamp(-1.0, 1.0))
        tick(min(total, start + _ROWS), total)
    none = torch.zeros(0, wanted, device=points.device)
    return Neighbours(torch.cat([none.long(), *rows]), torch.cat([none, *similarity]))


def umap_layout(points: Tensor, found: Neighbours, seed: int = 0,
             tick: Callable[[int, int], object] = lambda _done, _total: None) -> Tensor:
    """Places float32 (N, 2), 0..1, of ``points`` (N, D), whose nearest others are ``found``."""
    total = len(points)
    if total < 3 or not found.rows.shape[1]:
        return torch.full((total, 2), 0.5)
    generator = torch.Generator().manual_seed(seed)
    places = _start(points, generator)
    ends, weights = _edges(found)
    rounds = _MOST_ROUNDS if total < _FEW else _ROUNDS
    for step in range(rounds):
        # strong edges act in every round, weak ones seldom
        chance = torch.rand(len(weights), generator=generator).to(weights.device)
        one, other = ends[:, chance < weights]
        pushed = one.repeat(_AGAIN)
        apart = torch.randint(total, (len(pushed),), generator=generator).to(one.device)
        moves = torch.zeros_like(places)
        pull = _pull(places[one] - places[other])
        moves.index_add_(0, one, pull)
        moves.index_add_(0, other, -pull)
        moves.index_add_(0, pushed, _push(places[pushed] - places[apart]))
        places += (1.0 - step / rounds) * moves.clamp(-_STRONGEST, _STRONGEST)
        tick(step + 1, rounds)
    return _in_square(places).cpu()


def _start(points: Tensor, generator: torch.Generator) -> Tensor:
    places = _main_directions(points, 2)
    if places.shape[1] < 2:
        places = torch.cat([places, torch.zeros_like(places)], 1)
    places = places / places.std(0).clamp_min(1e-6) * (_SPREAD / 4)
    # what is the very same would never come apart
    return places + 1e-2 * torch.randn(places.shape, generator=generator).to(places.device)


def _edges(found: Neighbours) -> tuple[Tensor, Tensor]:
    """Ends int64 (2, E) and weights float32 (E,) of the graph: how likely it is that one of the two
    is a neighbour of the other."""
    total, count = found.rows.shape
    far = (1.0 - found.similarity).clamp_min(0.0)
    near = far[:, :1]
    weights = torch.exp(-(far - near).clamp_min(0.0) / _widths(far - near)[:, None])
    one = torch.arange(total, device=found.rows.device).repeat_interleave(count)
    other = found.rows.reshape(-1)
    pairs = torch.minimum(one, other) * total + torch.maximum(one, other)
    once, place = torch.unique(pairs, return_inverse=True)
    # 1 − (1 − p)(1 − q) of a pair of which each may be a neighbour of the other
    missed = torch.log1p(-weights.reshape(-1).clamp(0.0, 1.0 - 1e-6))
    union = -torch.expm1(torch.zeros(len(once), device=missed.device).index_add_(0, place, missed))
    return torch.stack([once // total, once % total]), union


def _widths(far: Tensor) -> Tensor:
    """How fast weights fall with distance, so that those of each point sum up to log2(K): float32
    (N,) of distances (N, K)."""
    wanted = torch.log2(torch.tensor(float(max(2, far.shape[1])))).item()
    low = torch.zeros(len(far), device=far.device)
    high = torch.full_like(low, 2.0)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        much = torch.exp(-far / middle.clamp_min(1e-9)[:, None]).sum(1) > wanted
        low, high = torch.where(much, low, middle), torch.where(much, middle, high)
    return ((low + high) / 2).clamp_min(1e-6)


def _pull(away: Tensor) -> Tensor:
    square = away.square().sum(1, keepdim=True).clamp_min(1e-9)
    power = square.pow(_B)
    return (-2 * _A * _B * power / square / (1 + _A * power) * away).clamp(-_STRONGEST, _STRONGEST)


def _push(away: Tensor) -> Tensor:
    square = away.square().sum(1, keepdim=True)
    return (2 * _B / ((1e-3 + square) * (1 + _A * square.pow(_B))) * away).clamp(
        -_STRONGEST, _STRONGEST)


def _in_square(places: Tensor) -> Tensor:
    """Scaled alike on both axes into 0..1, with its middle in the middle."""
    low, high = places.min(0).values, places.max(0).values
    side = (high - low).max().clamp_min(1e-6)
    return ((places - (low + high) / 2) / side + 0.5).clamp(0.0, 1.0).float()
