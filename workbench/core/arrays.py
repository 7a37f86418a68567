"""Arrays of numpy by what they hold; docstrings say their shapes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float32]
Float64Array = NDArray[np.float64]
IntArray = NDArray[np.int64]
Rgb = NDArray[np.uint8]
"""A picture, (H, W, 3)."""
