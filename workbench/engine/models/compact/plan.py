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

FINEST = ((12.0, 4), (48.0, 8), (math.inf, 16))
"""(side, stride): objects up to this side in input pixels ask for this finest grid. Finer grids
than needed cost time: halving a stride makes four times the cells."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The shape of one detector.

    Parameters
    ----------
    input_size
        (width, height) in pixels, multiples of 16.
    strides
        Of the grids that objects are found on, finest first.
    object_size
        Typical (width, height) of an object in input pixels, the size that predictions start at.
    summary
        The choice in words.
    """

    input_size: tuple[int, int]
    strides: tuple[int, ...]
    object_size: tuple[float, float]
    summary: str


def quantile(values: Sequence[float], share: float) -> float:
    """Value below which ``share`` of ``values`` lie (nearest rank); there must be some."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def make_plan(facts: DataFacts, image_size: int = 0) -> Plan:
    """Choose input size and strides.

    Parameters
    ----------
    facts
        What the training labels say; may hold no boxes or no images.
    image_size
        Longer side of the input in pixels; 0 chooses it.
    """
    aspect = _aspect(facts)
    sides = [size for size in facts.relative_sizes if size > 0]
    # relative_sizes are shares of sqrt(image area); the longer side is longer by sqrt(aspect)
    stretch = math.sqrt(max(aspect, 1 / aspect))
    small = quantile(sides, 0.05) / stretch if sides else 0.1
    middle = quantile(sides, 0.5) / stretch if sides else 0.2
    longest = image_size or _longest(small, facts)
    longest = max(round(longest / ALIGN), 4) * ALIGN
    strides = _strides(small * longest)
    width, height = _fit(longest, aspect)
    return Plan(
        input_size=(width, height),
        strides=strides,
        object_size=_object_size(facts, longest),
        summary=_words(facts, middle, (width, height), strides),
    )


def _aspect(facts: DataFacts) -> float:
    """Middle width/height of the images, no more than 2:1 either way."""
    if not facts.image_sizes:
        return 1.0
    ratios = [width / max(height, 1) for width, height in facts.image_sizes]
    return min(max(quantile(ratios, 0.5), 0.5), 2.0)


def _longest(small: float, facts: DataFacts) -> float:
    wanted = SMALL_OBJECT / max(small, 1e-6)
    longest = min(max(wanted, SHORTEST), LONGEST)
    if facts.image_sizes:
        # enlarging a picture shows nothing new, but tiny pictures still need a grid
        native = quantile([float(max(size)) for size in facts.image_sizes], 0.5)
        longest = min(longest, max(native, SHORTEST / 2))
    return longest


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


def _words(
    facts: DataFacts, middle: float, size: tuple[int, int], strides: tuple[int, ...]
) -> str:
    many = facts.boxes / max(facts.images, 1)
    amount = "many objects" if many > 8 else "some objects" if many > 2 else "few objects"
    grids = f"strides {' and '.join(str(stride) for stride in strides)}"
    pixels = f"{size[0]}×{size[1]} px"
    if not facts.boxes:
        return f"no boxes to learn from yet: {pixels}, {grids}"
    whole = "a tile" if facts.tile else "the picture"
    return f"{amount} {share_words(middle)} of {whole} wide: {pixels}, {grids}"


_PARTS = {2: "half", 3: "a third", 4: "a quarter", 5: "a fifth", 6: "a sixth", 7: "a seventh",
          8: "an eighth", 9: "a ninth", 10: "a tenth", 11: "an eleventh", 12: "a twelfth"}


def share_words(share: float) -> str:
    """``0.083`` → "a twelfth"; large shares read "most", small ones "a 30th"."""
    if share > 0.6:
        return "most"
    part = round(1 / max(share, 1e-3))
    return _PARTS.get(part, f"a {part}th")
