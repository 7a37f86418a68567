"""How large images are shown to a model of areas, chosen from what the labels say."""

from __future__ import annotations

import math
from statistics import median

from workbench.extension.segmentation import AreaFacts
from workbench.project.live_areas.learner import MOST_PIXELS
from workbench.tasks.segmentation.engine.network import STRIDE
from workbench.tasks.segmentation.recipes import CROP, LONGEST

_THIN = 4.0  # pixels of the input that the thinnest class should have
_SMALLER = 1.1  # times: less is not worth a word
_MOST = 1536  # what is chosen here for the sake of that: looking takes nine times as long


def input_size(facts: AreaFacts, image_size: int = 0) -> tuple[int, int]:
    """(width, height) in pixels, multiples of 32: of the shape that most images have, as large as
    they are, and at most ``LONGEST`` unless something thin would vanish. However small images are,
    the coarsest map has two places: a batch of one has no variance at a single one.

    Parameters
    ----------
    image_size
        The longer side; 0 chooses it.
    """
    sizes = facts.image_sizes or ((LONGEST, LONGEST),)
    needed = _THIN / facts.thinnest if facts.thinnest else 0.0
    longest = image_size or min(max(LONGEST, min(needed, _MOST)),
                                median(max(size) for size in sizes))
    longest = max(longest, 2 * STRIDE)
    wide = median(min(max(width / max(1, height), 0.5), 2.0) for width, height in sizes)
    width, height = min(1.0, wide), min(1.0, 1 / wide)
    return _aligned(longest * width), _aligned(longest * height)


def usual_size(facts: AreaFacts) -> tuple[int, int]:
    """(width, height) in pixels that most images have."""
    sizes = facts.image_sizes or ((LONGEST, LONGEST),)
    width, height = (int(median(size[axis] for size in sizes)) for axis in (0, 1))
    return width, height


def shrunk_text(usual: tuple[int, int], width: int) -> str:
    """That images of the ``usual`` size are made smaller, to be ``width`` pixels wide; "" where
    they are not by much."""
    smaller = usual[0] / width
    return f", {smaller:.2g} times smaller than {usual[0]}×{usual[1]}" if smaller > _SMALLER else ""


def whole_size(facts: AreaFacts) -> tuple[int, int]:
    """(width, height) in pixels of the shape that most images have, as large as they are where
    these are no more pixels than are looked at while one paints."""
    width, height = usual_size(facts)
    scale = min(1.0, math.sqrt(MOST_PIXELS / (width * height)))
    return max(1, int(width * scale)), max(1, int(height * scale))


def crop_of(size: tuple[int, int]) -> tuple[int, int]:
    """(width, height) of the pieces that are learned from."""
    return min(CROP, size[0]), min(CROP, size[1])


def _aligned(side: float) -> int:
    return max(1, round(side / STRIDE)) * STRIDE
