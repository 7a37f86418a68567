"""The labelled key points of objects as numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from workbench.core.arrays import FloatArray
from workbench.core.outlines import Keypoints
from workbench.core.shapes import Shape


def labelled_points(
    shapes: Sequence[Shape | None], corner: tuple[float, float] = (0, 0)
) -> FloatArray | None:
    """float32 (M, K, 3): x and y from ``corner`` on, and visibility (0 not labelled, 1 hidden, 2
    visible) of each key point of each object; all 0 beyond those of an object. None where no
    object has any."""
    most = max((len(item.points) for item in shapes if isinstance(item, Keypoints)), default=0)
    if not most:
        return None
    found = np.zeros((len(shapes), most, 3), np.float32)
    for place, item in enumerate(shapes):
        if isinstance(item, Keypoints) and item.points:
            found[place, : len(item.points), :2] = item.points
            found[place, : len(item.points), 2] = item.visibility
    found[..., :2] -= corner
    found[found[..., 2] == 0] = 0
    return found
