"""The labelled outlines of an image in the form in which found ones are compared with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.core.annotation import LabeledObject
from workbench.core.arrays import BoolArray
from workbench.core.outline_grids import SIDE, Grids, grid_of, outlined


@dataclass(frozen=True, slots=True)
class LabelOutlines:
    """The outlines of the objects of one image."""

    grids: Grids
    """One for each object; all 255 for one without an outline."""
    known: BoolArray
    """bool (M,): which objects have one."""

    @classmethod
    def of(cls, objects: Sequence[LabeledObject]) -> LabelOutlines | None:
        """Those of ``objects``, which takes a tenth of a millisecond each; None where none has
        one."""
        known = np.array([outlined(item.shape) for item in objects], np.bool_)
        if not known.any():
            return None
        grids = np.full((len(objects), SIDE, SIDE), 255, np.uint8)
        for place in np.flatnonzero(known).tolist():
            grids[place] = grid_of(objects[place].shape)
        return cls(grids, known)
