"""Regions of a map that are too small to be meant."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.core.class_maps import Areas, ClassMap, Least, level_of


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
    areas = found.at(at)
    left = without_specks(areas, least)
    other = left != areas
    if not other.any():
        return found
    labels = np.where(left > 0, left - np.uint8(1), found.labels)
    needed: Any = level_of(at) if isinstance(at, int | float) else \
        np.array([level_of(score) for score in at], np.uint8)[labels]
    return ClassMap(np.where(other, labels, found.labels), np.where(
        other, np.where(left > 0, needed, 0), found.levels).astype(np.uint8))
