"""The weights of another compact detector, in the names and units of this one.

Input size and grids are chosen anew for every data set, so the same knowledge lies under other
names: the head of stride 8 of one detector may be what the head of stride 16 is in another.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from torch import Tensor

from workbench.tasks.detection.engine.compact.plan import GridPlan

_HEAD = "heads.{}."
_SIZES = "boxes.bias"  # of a head: two numbers for the centre, two for the logarithm of the size


def translated(state: Mapping[str, Tensor], old: GridPlan, new: GridPlan) -> dict[str, Tensor]:
    """Rename heads, and have them expect objects of the new data's size.

    Every grid of ``new`` gets the head of the same stride, else of the nearest one. Heads speak in
    cells; what they say about an object's size is moved by how much larger, in cells, the usual
    object is now. All other weights keep their names.

    Parameters
    ----------
    state
        Weights of a detector built for ``old``.
    old, new
        The shapes of both detectors. Which grids the old one has is read from its weights, as a
        later version may choose others for the same data.
    """
    there = sorted({int(name.split(".")[1]) for name in state if name.startswith("heads.")})
    result = {name: tensor for name, tensor in state.items() if not name.startswith("heads.")}
    for stride in new.strides if there else ():
        source = min(there, key=lambda item: abs(math.log2(item / stride)))
        prefix = _HEAD.format(source)
        for name, tensor in state.items():
            if name.startswith(prefix):
                part = name.removeprefix(prefix)
                moved = _moved(tensor, old, source, new, stride) if part == _SIZES else tensor
                result[_HEAD.format(stride) + part] = moved
    return result


def _moved(sizes: Tensor, old: GridPlan, old_stride: int, new: GridPlan, new_stride: int) -> Tensor:
    """The bias of a box layer, float (4,), for the usual object of ``new``."""
    moved = sizes.clone()
    for axis in (0, 1):
        now = new.object_size[axis] / new_stride
        moved[2 + axis] += math.log(now / (old.object_size[axis] / old_stride))
    return moved
