"""The labelled outlines of an image in the form in which found ones are compared with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.core.annotation import LabeledObject
from workbench.core.arrays import BoolArray
from workbench.core.outline_grids import Grids, compared, known_grid


@dataclass(frozen=True, slots=True)
class LabelOutlines:
    """The outlines of the objects of one image."""

    grids: Grids
    """One for each object; all 255 for one without an outline."""
    known: BoolArray
    """bool (M,): which objects have one that can be compared with."""

    @classmethod
    def of(cls, objects: Sequence[LabeledObject]) -> LabelOutlines | None:
        """Those of ``objects``, which takes a few tenths of a millisecond each; None where none has
        one."""
        found = compared([known_grid(item.shape) for item in objects])
        return None if found is None else cls(*found)
