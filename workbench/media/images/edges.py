"""Ways along the edges of a picture, for a line that is drawn around a thing."""

from __future__ import annotations

import numpy as np

from workbench.core.arrays import Rgb

Place = tuple[float, float]

_CANNY = (32, 100)
_STRONG = 200.0  # of a gradient: what is stronger is an edge as good as any
_CLEAR = 6.0  # grey levels for each pixel: what is weaker is no edge to go to
_NEARER = 0.1  # of its strength that an edge loses for each pixel it is away


class EdgeMap:
    """The best ways from one pixel of a picture to all others: short, and along its edges.

    As Mortensen and Barrett's intelligent scissors (1995), by OpenCV. Making one takes some 50 ms
    for 512 × 512 pixels, asking it for a way next to nothing.

    Parameters
    ----------
    colors
        Height, width and colours.
    start
        ``(x, y)`` of the pixel that all ways begin in.
    """

    def __init__(self, colors: Rgb, start: tuple[int, int]) -> None:
        import cv2

        self._size = colors.shape[1], colors.shape[0]
        self._scissors = cv2.segmentation.IntelligentScissorsMB()
        self._scissors.setEdgeFeatureCannyParameters(*_CANNY)
        self._scissors.setGradientMagnitudeMaxLimit(_STRONG)
        self._scissors.applyImage(np.ascontiguousarray(colors))
        self._scissors.buildMap(start)

    def path_to(self, end: tuple[int, int]) -> list[Place]:
        """The middles of the pixels between the start and ``end``, both left out; none where
        ``end`` lies outside the picture."""
        if not (0 <= end[0] < self._size[0] and 0 <= end[1] < self._size[1]):
            return []
        found = self._scissors.getContour(end).reshape(-1, 2)[1:-1]
        return [(x + 0.5, y + 0.5) for x, y in found.tolist()]


def nearest_edge(colors: Rgb, at: Place, reach: float) -> Place | None:
    """The middle of the pixel within ``reach`` of ``at`` on the clearest edge; None without one."""
    if min(colors.shape[:2]) < 2:
        return None
    grey = colors.astype(np.float32).mean(axis=2)
    down, across = np.gradient(grey)
    strength = np.hypot(down, across)
    rows, columns = np.indices(grey.shape)
    away = np.hypot(columns + 0.5 - at[0], rows + 0.5 - at[1])
    strength *= np.clip(1 - _NEARER * away, 0, 1)
    strength[away > reach] = 0
    row, column = divmod(int(strength.argmax()), grey.shape[1])
    return (column + 0.5, row + 0.5) if strength[row, column] >= _CLEAR else None
