"""How well heat lies where faults are, pixel by pixel: numpy and OpenCV.

Scores are whole numbers up to 255, so that pixels are counted by their score once, and figures at
any limit come from the counts. AUPRO is that of Bergmann et al., “The MVTec Anomaly Detection
Dataset” (IJCV 2021): how much of each connected region of a fault is covered, a mean over regions,
over the share of faultless pixels that are marked by mistake, up to 0.3 of these.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.arrays import BoolArray, Float64Array, IntArray
from workbench.evaluation.outlined_heat import FULL, outlined

MOST_ALARMS = 0.3
"""Share of faultless pixels up to which AUPRO counts."""
_LONGEST = 1024  # pixels that a mask is compared in, so that large photos do not take minutes


@dataclass(frozen=True, slots=True, eq=False)
class PixelCounts:
    """Pixels of images by their score."""

    regions: IntArray
    """int64 (R, 256): of each connected region of a fault, how many pixels have which score."""
    faultless: IntArray
    """int64 (256,): the same of all pixels that are in none."""
    outlined: IntArray
    """int64 (2, 256): of pixels outside and inside of faults, how many are outlined up to which
    score."""
    images: int
    """Faulty images with a mask."""

    def figures(self, limit: float) -> dict[str, float]:
        """Those that exist: nothing without a fault or without a faultless pixel. "pixel_auroc",
        "aupro" and, where heat reaches ``limit``, "pixel_iou"."""
        faulty = self.regions.sum(0)
        if not faulty.sum() or not self.faultless.sum():
            return {}
        alarms, hits = _shares_from(self.faultless), _shares_from(faulty)
        covered = _shares_from(self.regions)
        above = slice(min(FULL + 1, ceil(limit * FULL)), None)
        outside, inside = self.outlined[:, above].sum(1).tolist()
        return {"pixel_auroc": float(np.trapezoid(hits, alarms)),
                "aupro": _area_up_to(alarms, covered.mean(0), MOST_ALARMS),
                "pixel_iou": inside / (int(faulty.sum()) + outside)}

    def to_json(self, limit: float) -> dict[str, Any]:
        """As plain data: the figures, and on how many faulty images they are."""
        return {"images": self.images,
                **{name: round(value, 6) for name, value in self.figures(limit).items()}}


def pixels_of(values: NDArray[np.uint8], truth: BoolArray | tuple[int, int]) -> PixelCounts:
    """Count the pixels of an image.

    Parameters
    ----------
    values
        Its map, uint8 (h, w), which is brought to the size of ``truth``.
    truth
        Where its fault is, bool (H, W), or for an image without one how large that is (width,
        height).
    """
    mask = np.zeros(_within(truth)[::-1], np.bool_) if isinstance(truth, tuple) \
        else _smaller(truth)
    size = mask.shape[1], mask.shape[0]
    scores, marked = _resized(values, size), outlined(values, size)
    regions = _of_regions(mask, scores) if mask.any() else np.zeros((0, FULL + 1), np.int64)
    return PixelCounts(
        regions, np.bincount(scores[~mask], minlength=FULL + 1),
        np.stack([np.bincount(marked[mask == there], minlength=FULL + 1)
                  for there in (False, True)]), len(regions) > 0)


def all_pixels(images: Iterable[PixelCounts]) -> PixelCounts:
    """The pixels of several images."""
    found = list(images)
    return PixelCounts(
        np.concatenate([np.zeros((0, FULL + 1), np.int64), *(each.regions for each in found)]),
        sum((each.faultless for each in found), np.zeros(FULL + 1, np.int64)),
        sum((each.outlined for each in found), np.zeros((2, FULL + 1), np.int64)),
        sum(each.images for each in found))


def _of_regions(mask: BoolArray, scores: NDArray[np.uint8]) -> IntArray:
    """int64 (R, 256): of each connected region (pixels at a corner touch) how many pixels have
    which score."""
    import cv2

    number, numbers = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    cells = (numbers[mask].astype(np.int64) - 1) * (FULL + 1) + scores[mask]
    return np.bincount(cells, minlength=(number - 1) * (FULL + 1)).reshape(-1, FULL + 1)


def _within(size: Sequence[int]) -> tuple[int, int]:
    """(width, height) of an image in the pixels that it is compared in."""
    share = min(1.0, _LONGEST / max(size))
    return max(1, round(size[0] * share)), max(1, round(size[1] * share))


def _smaller(mask: BoolArray) -> BoolArray:
    import cv2

    size = _within((mask.shape[1], mask.shape[0]))
    if size == (mask.shape[1], mask.shape[0]):
        return mask
    return np.asarray(cv2.resize(mask.astype(np.uint8) * FULL, size,
                                 interpolation=cv2.INTER_AREA) > FULL // 2, np.bool_)


def _resized(values: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    import cv2

    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def _shares_from(counts: IntArray) -> Float64Array:
    """float64 (…, 257) of counts (…, 256): from the highest score down, the share of pixels with at
    least each; first that of none."""
    down = np.cumsum(counts[..., ::-1], -1).astype(np.float64)
    shares: Float64Array = np.insert(down / down[..., -1:], 0, 0.0, -1)
    return shares


def _area_up_to(x: Float64Array, y: Float64Array, most: float) -> float:
    """The mean of a curve over rising ``x`` from 0 to ``most``."""
    edge = float(np.interp(most, x, y))
    inside = x <= most
    return float(np.trapezoid(np.append(y[inside], edge), np.append(x[inside], most))) / most
