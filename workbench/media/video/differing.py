"""Which frames of a video show something new."""

from __future__ import annotations

import cv2
import numpy as np

from workbench.core.arrays import Rgb

_SIDE = 32
_BLUR = 3
LEAST = 6.0
"""Mean difference of grey values (0 to 255), of the part of the picture that changed most, from
which on a frame counts as another one."""
_PARTS = 4


class ChangeDetector:
    """Asked about frames in their order, it says which ones differ from the last one it took.

    A frame is compared as a picture of 32 × 32 greys, in 16 parts: what counts is the part that
    changed most, so that an animal in one corner is enough, and a little noise everywhere is not.
    """

    def __init__(self, least: float = LEAST) -> None:
        self._least = least
        self._taken: np.ndarray | None = None

    def __call__(self, pixels: Rgb) -> bool:
        grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        small = cv2.resize(grey, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
        now = cv2.blur(small, (_BLUR, _BLUR)).astype(np.float32)
        if self._taken is not None:
            side = _SIDE // _PARTS
            parts = np.abs(now - self._taken).reshape(_PARTS, side, _PARTS, side).mean((1, 3))
            if float(parts.max()) < self._least:
                return False
        self._taken = now
        return True
