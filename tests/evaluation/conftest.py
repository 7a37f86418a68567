"""Random sets of images with objects and raw detections that look like a detector's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from workbench.core.detections import Detections, Truth
from workbench.core.outline_grids import SIDE

Sets = tuple[list[Truth], list[Detections]]


def random_set(
    seed: int, *, images: int = 6, objects: int = 8, raw: int = 60, classes: int = 3,
    difficult: float = 0.0, spread: float = 0.15, steps: int = 0, grid: int = 0,
) -> Sets:
    """``steps`` rounds scores to that many values and ``grid`` boxes to such a raster, so that
    there are ties."""
    rng = np.random.default_rng(seed)
    truths, detections = [], []
    for _ in range(images):
        count = int(rng.integers(0, objects + 1))
        centres, sizes = rng.uniform(0, 300, (count, 2)), rng.uniform(15, 80, (count, 2))
        labels = rng.integers(0, classes, count)
        truths.append(Truth(_boxes(centres, sizes), labels, rng.random(count) < difficult))
        found = int(rng.integers(0, raw + 1))
        of = rng.integers(0, count, found) if count else None
        base = centres[of] if of is not None else rng.uniform(0, 300, (found, 2))
        size = sizes[of] if of is not None else rng.uniform(15, 80, (found, 2))
        near = base + rng.normal(0, spread, (found, 2)) * size
        scaled = size * np.exp(rng.normal(0, spread, (found, 2)))
        guess = rng.integers(0, classes, found)
        if of is not None:
            guess = np.where(rng.random(found) < 0.8, labels[of], guess)
        scores = rng.random(found)
        if steps:
            scores = np.round(scores * steps) / steps
        detections.append(Detections(_boxes(near, scaled), scores.astype(np.float32), guess))
    if grid:
        for item in (*truths, *detections):
            item.boxes[:] = np.round(item.boxes / grid) * grid
    return truths, detections


def _boxes(centres: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    return np.concatenate([centres - sizes / 2, centres + sizes / 2], 1).astype(np.float32)


def blobs(rng: np.random.Generator, count: int) -> np.ndarray:
    """Grids of round things with dents, which reach all sides of their boxes."""
    y, x = np.mgrid[:SIDE, :SIDE] / (SIDE - 1) * 2 - 1
    turned = rng.choice([0.0, np.pi], (count, 1, 1))
    dents = rng.uniform(0, 0.3, (count, 1, 1)) * (1 + np.cos(4 * np.arctan2(y, x) + turned))
    return np.clip((1 - np.hypot(x, y) - dents) * 8 * 255 + 128, 0, 255).astype(np.uint8)


def outlined_set(seed: int, known: float = 1.0, **options: Any) -> Sets:
    """A random set with outlines, of which the share ``known`` is labelled."""
    truths, raw = random_set(seed, **options)
    rng = np.random.default_rng(seed + 100)
    return ([Truth(item.boxes, item.labels, item.difficult, blobs(rng, len(item)),
                   rng.random(len(item)) < known) for item in truths],
            [Detections(item.boxes, item.scores, item.labels, blobs(rng, len(item)))
             for item in raw])


def keypoint_set(
    seed: int, known: float = 1.0, off: float = 0.04, points: tuple[int, ...] = (4, 6, 1),
    **options: Any,
) -> Sets:
    """A random set with key points, ``points`` of each class. They lie at the same places of all
    objects, each labelled with the chance ``known``; detections put them ``off`` of their sizes
    away."""
    truths, raw = random_set(seed, **options)
    rng = np.random.default_rng(seed + 200)
    places = rng.uniform(0.1, 0.9, (max(points), 2))

    def lying(boxes: np.ndarray, labels: np.ndarray, off: float) -> np.ndarray:
        side = (boxes[:, 2:] - boxes[:, :2])[:, None]
        found = np.empty((len(boxes), max(points), 3), np.float32)
        found[..., :2] = boxes[:, None, :2] + (places + rng.normal(
            0, off, found[..., :2].shape)) * side
        found[..., 2] = rng.uniform(0.1, 1, found.shape[:2])
        found[np.arange(max(points)) >= np.array(points)[labels][:, None]] = np.nan
        return found

    def labelled(item: Truth) -> np.ndarray:
        here = lying(item.boxes, item.labels, 0.0)
        here[..., 2] = np.where(rng.random(here.shape[:2]) < known,
                                rng.integers(1, 3, here.shape[:2]), 0)
        here[np.isnan(here[..., 0]) | (here[..., 2] == 0)] = 0
        return here

    return ([Truth(item.boxes, item.labels, item.difficult, keypoints=labelled(item))
             for item in truths],
            [Detections(item.boxes, item.scores, item.labels,
                        keypoints=lying(item.boxes, item.labels, off)) for item in raw])


@pytest.fixture(scope="session")
def make_keypoints() -> Callable[..., Sets]:
    return keypoint_set


@pytest.fixture(scope="session")
def make_outlined() -> Callable[..., Sets]:
    return outlined_set


@pytest.fixture(scope="session")
def make_set() -> Callable[..., Sets]:
    return random_set
