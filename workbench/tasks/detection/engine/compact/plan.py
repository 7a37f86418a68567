"""What a compact detector is built like, chosen from what the labels say.

Pure Python: the choice can be tested, and shown, without a network.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.extension.detection import DataFacts

STRIDES = (4, 8, 16, 32)
ALIGN = 16
"""Sides of the input are multiples of this, so that the grids up to this stride fit exactly."""

SHORTEST, LONGEST = 256, 640
"""Limits in pixels for the longer side of the input where it is chosen here."""

SMALL_OBJECT = 20.0
"""Side in input pixels that the smallest twentieth of the objects should at least have."""

PASSES, LOOKS = 60, 14_400
"""Time is spent on showing images larger only beyond what it takes to see all of them so many
times, and to see so many images in all (900 steps of 16)."""

MOST_LARGER = 1.4
"""Times that the side is at most larger than it must be, where there is time for it."""

FINEST = ((12.0, 4), (48.0, 8), (math.inf, 16))
"""(side, stride): objects up to this side in input pixels ask for this finest grid. Finer grids
than needed cost time: halving a stride makes four times the cells."""


@dataclass(frozen=True, slots=True)
class GridPlan:
    """The shape of one detector."""

    input_size: tuple[int, int]
    """(width, height) in pixels, multiples of 16."""
    strides: tuple[int, ...]
    """Of the grids that objects are found on, finest first."""
    object_size: tuple[float, float]
    """Typical (width, height) of an object in input pixels, the size that predictions start at."""
    summary: str
    """The choice in words."""


def quantile(values: Sequence[float], share: float) -> float:
    """Value below which ``share`` of ``values`` lie (nearest rank); there must be some."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def make_plan(facts: DataFacts, image_size: int = 0, shortest: int = SHORTEST) -> GridPlan:
    """Choose input size and strides.

    The input is as large as the objects need, and larger where there is time for it.

    Parameters
    ----------
    facts
        What the training labels say; may hold no boxes or no images.
    image_size
        Longer side of the input in pixels; 0 chooses it.
    shortest
        The least that is chosen for it.
    """
    aspect = _aspect(facts)
    sides = [side for side in facts.relative_sizes if side > 0]
    # relative_sizes are shares of sqrt(image area); the longer side is longer by sqrt(aspect)
    stretch = math.sqrt(max(aspect, 1 / aspect))
    small = quantile(sides, 0.05) / stretch if sides else 0.1
    middle = quantile(sides, 0.5) / stretch if sides else 0.2
    needed = _aligned(image_size or _longest(small, facts, shortest))
    longest = needed
    if not image_size and not facts.tile:
        larger = _time_for(_fit(needed, aspect), facts)
        longest = max(_aligned(min(needed * larger, LONGEST, _native(facts))), needed)
    strides = _strides(small * longest)
    width, height = _fit(longest, aspect)
    return GridPlan(
        input_size=(width, height),
        strides=strides,
        object_size=_object_size(facts, longest),
        summary=_summary(facts, middle, (width, height), strides, needed < longest),
    )


def _aspect(facts: DataFacts) -> float:
    """Middle width/height of the images, no more than 2:1 either way."""
    if not facts.image_sizes:
        return 1.0
    ratios = [width / max(height, 1) for width, height in facts.image_sizes]
    return min(max(quantile(ratios, 0.5), 0.5), 2.0)


def _longest(small: float, facts: DataFacts, shortest: int) -> float:
    wanted = SMALL_OBJECT / max(small, 1e-6)
    return min(max(wanted, shortest), LONGEST, _native(facts))


def _native(facts: DataFacts) -> float:
    """The longer side of the images themselves: enlarging a picture shows nothing new, but tiny
    pictures still need a grid."""
    if not facts.image_sizes:
        return LONGEST
    return max(quantile([float(max(size)) for size in facts.image_sizes], 0.5), SHORTEST / 2)


def _time_for(input_size: tuple[int, int], facts: DataFacts) -> float:
    """Times that the sides of the input may be larger, 1..MOST_LARGER, by the time there is."""
    passes = max(PASSES, LOOKS / max(facts.images, 1))
    needed = passes * input_size[0] * input_size[1]
    return min(max(math.sqrt(facts.pixels_an_image / needed), 1.0), MOST_LARGER)


def _aligned(side: float) -> int:
    return max(round(side / ALIGN), 4) * ALIGN


def _fit(longest: int, aspect: float) -> tuple[int, int]:
    shorter = longest / max(aspect, 1 / aspect)
    shorter = max(round(shorter / ALIGN), 2) * ALIGN
    return (longest, shorter) if aspect >= 1 else (shorter, longest)


def _strides(small: float) -> tuple[int, ...]:
    """Two neighbouring grids, the finer one suiting the smallest objects (side in pixels)."""
    finest = next(stride for side, stride in FINEST if small < side)
    return (finest, finest * 2)


def _object_size(facts: DataFacts, longest: int) -> tuple[float, float]:
    if not facts.box_sizes or not facts.image_sizes:
        return (longest / 5, longest / 5)
    scale = longest / quantile([float(max(size)) for size in facts.image_sizes], 0.5)
    count = len(facts.box_sizes)
    width, height = (
        math.exp(sum(math.log(max(box[axis], 1.0)) for box in facts.box_sizes) / count)
        for axis in (0, 1)
    )
    return (max(width * scale, 4.0), max(height * scale, 4.0))


def _summary(
    facts: DataFacts, middle: float, size: tuple[int, int], strides: tuple[int, ...],
    larger: bool,
) -> str:
    pixels = f"training at {size[0]}×{size[1]}{', as there is time for it' if larger else ''}"
    if not facts.boxes:
        return f"there are no boxes yet: {pixels}"
    return f"objects are {size_word(middle)}: {pixels}"


def size_word(share: float) -> str:
    """How large an object is that takes ``share`` of a picture's width."""
    return next(word for least, word in _SIZES if share >= least)


_SIZES = ((0.25, "large"), (0.1, "medium-sized"), (0.03, "small"), (0.0, "tiny"))
