"""What a model of areas says of an image, made up."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from workbench.core.class_maps import ClassMap, shares_of

CLASSES = ("cell", "wall")
SIZE = (64, 48)
"""(width, height) of the image."""
Disc = tuple[str, float, tuple[float, float], float]
"""A class, its score, its middle and its radius in pixels of the image."""


def discs_map(discs: Sequence[Disc], size: tuple[int, int] = SIZE, scale: float = 1.0,
              classes: Sequence[str] = CLASSES) -> ClassMap:
    """Discs on ground where the first class scores 0.02; ``scale`` is how many times as large the
    map is as the image."""
    down, across = np.mgrid[:round(size[1] * scale), :round(size[0] * scale)]
    labels = np.zeros(down.shape, np.uint8)
    scores = np.full(down.shape, 0.02)
    for name, score, (x, y), radius in discs:
        inside = ((across + 0.5) / scale - x) ** 2 + ((down + 0.5) / scale - y) ** 2 <= radius ** 2
        labels[inside], scores[inside] = classes.index(name), score
    return ClassMap.of_scores(labels, scores)


def area_answer(path: Path | str, *discs: Disc, size: tuple[int, int] = SIZE, scale: float = 1.0,
                classes: Sequence[str] = CLASSES) -> dict[str, Any]:
    """An answer as the engine gives it."""
    found = discs_map(discs, size, scale, classes)
    return {"file": str(path), "size": list(size), "classes": list(classes),
            "map": found.to_json(), "areas": shares_of(found.at(0.5), classes)}
