"""Figures by pixel beside the plainest ways to count them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from workbench.core.arrays import BoolArray
from workbench.evaluation.differing_pixels import PixelCounts, all_pixels, pixels_of
from workbench.evaluation.outlined_heat import outlined

Pair = tuple[NDArray[np.uint8], BoolArray]


def count_pixels(pairs: list[tuple[NDArray[np.uint8], BoolArray | tuple[int, int]]]) -> PixelCounts:
    return all_pixels(pixels_of(values, truth) for values, truth in pairs)


def images() -> list[Pair]:
    """Heat that is warmer where faults are; the first has two faults, the last none."""
    chance = np.random.default_rng(5)
    made = []
    for regions in ([(2, 2, 6, 6), (12, 9, 20, 14)], [(5, 1, 8, 15)], []):
        mask = np.zeros((18, 24), np.bool_)
        for left, top, right, bottom in regions:
            mask[top:bottom, left:right] = True
        values = chance.normal(90, 25, mask.shape) + 60 * mask
        made.append((values.clip(0, 255).astype(np.uint8), mask))
    return made


def plain_auroc(pairs: list[Pair]) -> float:
    """Every pair of a faulty and a faultless pixel, half where they are the same."""
    faulty = np.concatenate([values[mask] for values, mask in pairs]).astype(int)
    others = np.concatenate([values[~mask] for values, mask in pairs]).astype(int)
    more = (faulty[:, None] > others).mean() + (faulty[:, None] == others).mean() / 2
    return float(more)


def plain_aupro(pairs: list[Pair], regions: list[tuple[int, BoolArray]]) -> float:
    """Threshold by threshold, as the paper tells it."""
    alarms, overlaps = [0.0], [0.0]
    others = np.concatenate([values[~mask] for values, mask in pairs])
    for threshold in range(255, -1, -1):
        alarms.append(float((others >= threshold).mean()))
        overlaps.append(float(np.mean([(pairs[at][0][region] >= threshold).mean()
                                       for at, region in regions])))
    fine = np.linspace(0, 0.3, 200_001)
    return float(np.interp(fine, alarms, overlaps).mean())


def test_figures_are_those_of_plain_counting() -> None:
    pairs = images()
    regions = []
    for at, box in ((0, np.s_[2:6, 2:6]), (0, np.s_[9:14, 12:20]), (1, np.s_[1:15, 5:8])):
        region = np.zeros((18, 24), np.bool_)
        region[box] = True
        regions.append((at, region))
    counts = count_pixels([*pairs])
    found = counts.figures(0.5)
    assert counts.images == 2 and len(counts.regions) == 3
    assert found["pixel_auroc"] == pytest.approx(plain_auroc(pairs), abs=1e-9)
    assert found["aupro"] == pytest.approx(plain_aupro(pairs, regions), abs=1e-4)
    shown = [(outlined(values, (24, 18)) >= 127.5, mask) for values, mask in pairs]
    inside = sum(int((marked & mask).sum()) for marked, mask in shown)
    either = sum(int((marked | mask).sum()) for marked, mask in shown)
    assert found["pixel_iou"] == pytest.approx(inside / either)
    assert counts.figures(1.0)["pixel_iou"] == 0.0 or counts.regions[:, 255].any()


def test_heat_that_is_right_everywhere_is_perfect() -> None:
    mask = np.zeros((8, 8), np.bool_)
    mask[2:4, 2:4] = True
    mask[4, 4] = True  # touches at a corner: the same fault
    counts = count_pixels([(mask.astype(np.uint8) * 255, mask)])
    assert len(counts.regions) == 1
    assert counts.figures(0.5) == {"pixel_auroc": 1.0, "aupro": 1.0, "pixel_iou": 1.0}


def test_maps_are_brought_to_the_size_of_masks() -> None:
    mask = np.zeros((16, 3000), np.bool_)
    mask[:, 1500:] = True
    heat = np.zeros((2, 40), np.uint8)
    heat[:, 20:] = 200
    counts = count_pixels([(heat, mask), (np.zeros((3, 3), np.uint8), (30, 20))])
    assert counts.figures(0.5)["pixel_iou"] > 0.95
    assert counts.faultless.sum() + counts.regions.sum() == 1024 * 5 + 600


def test_without_faults_there_is_nothing_to_say() -> None:
    assert count_pixels([(np.zeros((2, 2), np.uint8), (9, 9))]).figures(0.5) == {}
    assert count_pixels([]).figures(0.5) == {}
