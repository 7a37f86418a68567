"""The object inside a box, found by its colours: the box says what is certainly not the object.

As GrabCut does (Rother, Kolmogorov and Blake, 2004), colours of object and background are described
by a few clusters each and learnt anew from every answer. In the place of a cut through a graph
neighbours of like colour are drawn to the same side by mean-field steps on the grid of pixels
(Krähenbühl and Koltun, 2011, here with the nearest neighbours only), which needs numpy alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workbench.core.arrays import FloatArray, Rgb

Pixels = NDArray[np.bool_]

LONGEST = 192
"""The part is brought to so many pixels at most; finer edges come from the full picture."""
_CLUSTERS, _STEPS = 5, 12
_STRENGTHS = ((3.0, 3.0, 3.0, 3.0), (0.2, 0.5, 1.0, 2.0, 3.0))
"""How strongly neighbours of one colour are drawn together in each round: at once, which suits
round things among things of the same colour, or later, which suits any form that has its own."""
_PLACE = 0.5  # of the middle of the box, beside the likelihood of colours
_BETTER = 0.3  # of the likelihood of each pixel, for the second answer to be taken
_CLEAR = 0.5  # logarithm of how much likelier the object's colours are in it than around it
_LEAST = 0.02  # of the box: less is no object
_SIDES = ((0, 1), (1, 0), (1, 1), (1, -1))


def object_in(part: Rgb, box: tuple[int, int, int, int]) -> Pixels | None:
    """Which pixels of ``part`` show the object that ``box`` lies around.

    Parameters
    ----------
    part
        Height, width and colours: the box with some of what is around it.
    box
        ``(x1, y1, x2, y2)`` in pixels of ``part``.

    Returns
    -------
    None where nothing stands out from what is around it.
    """
    height, width = part.shape[:2]
    step = max(1, -(-max(height, width) // LONGEST))
    small = _shrunk(part, step)
    inside = np.zeros(small.shape[:2], bool)
    x1, y1, x2, y2 = box
    inside[y1 // step:max(y1 // step + 1, -(-y2 // step)),
           x1 // step:max(x1 // step + 1, -(-x2 // step))] = True
    if inside.all() or inside.sum() < 16:
        return None
    share = _share(small, inside)
    found = _largest(_enlarged(share, step, (height, width)) > 0.5)
    limits = np.zeros((height, width), bool)
    limits[y1:y2, x1:x2] = True
    found &= limits
    return found if found.sum() >= _LEAST * limits.sum() else None


def _share(colors: FloatArray, inside: Pixels) -> FloatArray:
    """How surely each pixel is the object's, from 0 to 1: the better of two ways to begin."""
    answers = [_answer(colors, inside, strengths) for strengths in _STRENGTHS]
    (cost, answer), (other_cost, other) = answers
    return other if cost - other_cost > _BETTER * inside.sum() else answer


def _answer(
    colors: FloatArray, inside: Pixels, strengths: tuple[float, ...]
) -> tuple[float, FloatArray]:
    """The cost of an answer, as of a cut, and the answer; all 0 where nothing stands out."""
    pull = _pulls(colors)
    flat = colors.reshape(-1, colors.shape[2])
    lies = _lies(inside)
    share = np.where(inside & (lies > 0), 0.9, 0.0).astype(np.float32)
    clear, cost = False, 0.0
    for strength in strengths:
        sure = (share > 0.5) & inside
        if sure.sum() < _CLUSTERS or (~sure).sum() < _CLUSTERS:
            clear = False
            break
        mine = _likelihood(flat, _fit(flat, sure.ravel()), inside.shape)
        theirs = _likelihood(flat, _fit(flat, ~sure.ravel()), inside.shape)
        unary = np.clip(mine - theirs, -8, 8).astype(np.float32) + lies
        for _ in range(_STEPS):
            drawn = unary + strength * _drawn(2 * share - 1, pull)
            share = np.where(inside, 1 / (1 + np.exp(-drawn)), 0).astype(np.float32)
        clear = bool(sure.any()) and float(unary[sure].mean() - lies[sure].mean()) > _CLEAR
        found = share > 0.5
        cost = -float(np.where(found, mine + lies, theirs).sum()) + strength * _cut(found, pull)
    return cost, share if clear else np.zeros_like(share)


def _cut(found: Pixels, pull: list[FloatArray]) -> float:
    """How strongly neighbours on the two sides of the outline belong together."""
    side = found.astype(np.float32)
    return float(sum((strength * np.abs(_moved(side, dy, dx) - side)).sum()
                     for (dy, dx), strength in zip(_SIDES, pull, strict=True)))


def _lies(inside: Pixels) -> FloatArray:
    """How much a pixel's place in the box speaks for the object: more than 0 in the ellipse that
    objects mostly fill."""
    rows, columns = np.nonzero(inside)
    top, left, high, wide = rows.min(), columns.min(), np.ptp(rows) + 1, np.ptp(columns) + 1
    y, x = np.mgrid[:inside.shape[0], :inside.shape[1]]
    away = ((y + 0.5 - top) * 2 / high - 1) ** 2 + ((x + 0.5 - left) * 2 / wide - 1) ** 2
    found: FloatArray = (_PLACE * (1 - away)).clip(-_PLACE, _PLACE).astype(np.float32)
    return found


def _pulls(colors: FloatArray) -> list[FloatArray]:
    """For each side, how strongly two neighbours belong together: less across an edge."""
    apart = [np.square(_moved(colors, dy, dx) - colors).sum(axis=2) for dy, dx in _SIDES]
    beta = 1 / (2 * max(1e-6, float(np.mean([one.mean() for one in apart]))))
    return [np.exp(-beta * one) / np.hypot(*side) for one, side in zip(apart, _SIDES, strict=True)]


def _moved(values: FloatArray, dy: int, dx: int) -> FloatArray:
    """Each pixel's neighbour at ``(dy, dx)``; at the border the pixel itself."""
    rows = np.clip(np.arange(values.shape[0]) + dy, 0, values.shape[0] - 1)
    columns = np.clip(np.arange(values.shape[1]) + dx, 0, values.shape[1] - 1)
    return values[rows][:, columns]


def _drawn(side: FloatArray, pull: list[FloatArray]) -> FloatArray:
    """What the neighbours of each pixel ask for."""
    total = np.zeros_like(side)
    for (dy, dx), strength in zip(_SIDES, pull, strict=True):
        total += strength * _moved(side, dy, dx)
        total += _moved(strength, -dy, -dx) * _moved(side, -dy, -dx)
    return total


Model = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def _fit(colors: FloatArray, chosen: Pixels) -> Model:
    """Clusters of the chosen colours: logarithms of their weights, means, inverse roots."""
    some = colors[chosen].astype(np.float64)
    some = some[::max(1, len(some) // 4000)]
    order = np.argsort(some.sum(axis=1))
    centers = some[order[np.linspace(0, len(some) - 1, _CLUSTERS).astype(int)]]
    for _ in range(6):
        nearest = np.square(some[:, None] - centers).sum(axis=2).argmin(axis=1)
        centers = np.stack([some[nearest == at].mean(axis=0) if (nearest == at).any()
                            else centers[at] for at in range(_CLUSTERS)])
    weights, roots = np.empty(_CLUSTERS), np.empty((_CLUSTERS, some.shape[1], some.shape[1]))
    for at in range(_CLUSTERS):
        mine = some[nearest == at]
        weights[at] = (len(mine) + 1) / (len(some) + _CLUSTERS)
        spread = np.cov(mine.T) if len(mine) > 4 else np.zeros((some.shape[1],) * 2)
        roots[at] = np.linalg.inv(np.linalg.cholesky(spread + 4.0 * np.eye(some.shape[1])))
    return np.log(weights), centers, roots


def _likelihood(colors: FloatArray, model: Model, shape: tuple[int, ...]) -> FloatArray:
    """The logarithm of each colour's density, on the grid."""
    weights, centers, roots = model
    each = []
    for weight, center, root in zip(weights, centers, roots, strict=True):
        white = (colors - center) @ root.T
        each.append(weight + np.log(np.abs(np.linalg.det(root)))
                    - 0.5 * np.square(white).sum(axis=1))
    density: NDArray[np.float64] = np.logaddexp.reduce(each, axis=0)
    return density.reshape(shape).astype(np.float32)


def _shrunk(part: Rgb, step: int) -> FloatArray:
    """Means of ``step`` × ``step`` pixels, as colours whose distances the eye would agree with
    better: lightness and two opponent colours."""
    height, width = (-(-side // step) * step for side in part.shape[:2])
    more = ((0, height - part.shape[0]), (0, width - part.shape[1]), (0, 0))
    padded = np.pad(part[..., :3], more, mode="edge").astype(np.float32)
    means = padded.reshape(height // step, step, width // step, step, 3).mean(axis=(1, 3))
    red, green, blue = means[..., 0], means[..., 1], means[..., 2]
    return np.stack([(red + green + blue) / 3, red - green, (red + green) / 2 - blue], axis=2)


def _enlarged(share: FloatArray, step: int, size: tuple[int, int]) -> FloatArray:
    """``share`` on the full grid, between the means of blocks."""
    for axis, length in enumerate(size):
        at = (np.arange(length) + 0.5) / step - 0.5
        low = np.clip(np.floor(at).astype(int), 0, share.shape[axis] - 1)
        high = np.minimum(low + 1, share.shape[axis] - 1)
        part = np.clip(at - low, 0, 1).astype(np.float32)
        part = part[:, None] if axis == 0 else part[None, :]
        share = np.take(share, low, axis) * (1 - part) + np.take(share, high, axis) * part
    return share


def _largest(found: Pixels) -> Pixels:
    """The largest part that hangs together, with its holes filled."""
    from workbench.core.filling import connected
    from workbench.core.masks import mask_of_pixels, pixels_of

    whole = (0, 0, found.shape[1], found.shape[0])
    parts = connected(mask_of_pixels(found).spans())
    if not parts:
        return found
    largest = pixels_of(max(parts, key=lambda part: part.area), whole)
    outside = np.pad(~largest, 1, constant_values=True)
    around = next(part for part in connected(mask_of_pixels(outside).spans())
                  if part.contains((0.5, 0.5)))
    return ~pixels_of(around, (0, 0, outside.shape[1], outside.shape[0]))[1:-1, 1:-1]
