"""Regions of a map that are too small to be meant, and borders with teeth."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.core.class_maps import LEVELS, Areas, ClassMap, Least, level_of

SMOOTHING = 2.5
"""Pixels of the image: the deviation of the bell by which borders are smoothed."""


def without_specks(areas: Areas, least: float) -> Areas:
    """A map in which connected regions of fewer than ``least`` pixels belong to what is nearest;
    as it is where nothing else is there."""
    import cv2

    specks = np.zeros(areas.shape, bool)
    for value in np.unique(areas[areas > 0]).tolist():
        _, numbers, figures, _ = cv2.connectedComponentsWithStats(
            (areas == value).astype(np.uint8), connectivity=4)
        small = figures[:, cv2.CC_STAT_AREA] < least
        small[0] = False
        specks |= small[numbers]
    if not specks.any() or specks.all():
        return areas
    _, nearest = cv2.distanceTransformWithLabels(
        specks.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL)
    values = np.zeros(int(nearest.max()) + 1, np.uint8)
    values[nearest[~specks]] = areas[~specks]
    left: Areas = values[nearest]
    return left


def map_without_specks(found: ClassMap, at: Least, least: float) -> ClassMap:
    """The same of what a model found; ``at`` is the score from which on a pixel counts."""
    return _turned(found, at, without_specks(found.at(at), least))


def map_with_smooth_borders(found: ClassMap, at: Least, width: float) -> ClassMap:
    """A map in which each pixel is what most of those around it are, by a bell that is ``width``
    pixels wide; the sure ones count more. ``at`` is the score from which on a pixel counts."""
    import cv2

    areas = found.at(at)
    scores = found.levels.astype(np.float32) / np.float32(LEVELS)
    best, left = np.full(areas.shape, -1, np.float32), np.zeros_like(areas)
    for value in np.unique(areas).tolist():
        said = np.where(areas == value, scores if value else 1 - scores, np.float32(0))
        around = cv2.GaussianBlur(said, (0, 0), width)
        more = around > best
        best[more], left[more] = around[more], value
    return _turned(found, at, left)


def _turned(found: ClassMap, at: Least, left: Areas) -> ClassMap:
    """``found`` with ``left`` as what counts from the scores ``at`` on."""
    other = left != found.at(at)
    if not other.any():
        return found
    labels = np.where(left > 0, left - np.uint8(1), found.labels)
    needed: Any = level_of(at) if isinstance(at, int | float) else \
        np.array([level_of(score) for score in at], np.uint8)[labels]
    return ClassMap(np.where(other, labels, found.labels), np.where(
        other, np.where(left > 0, needed, 0), found.levels).astype(np.uint8))
