"""Which objects are selected after a change that was not made by the selection's own hand."""

from __future__ import annotations

from collections.abc import Iterable

from workbench.core.annotation import LabeledObject
from workbench.gui.label.editor import Objects


def touched(before: Objects, after: Objects) -> tuple[int, ...]:
    """Positions in ``after`` of what is not as it was ``before``; () where things only went."""
    start = 0
    shorter = min(len(before), len(after))
    for one, other in zip(before, after, strict=False):
        if one is not other and one != other:
            break
        start += 1
    end = 0
    for one, other in zip(reversed(before), reversed(after), strict=False):
        if end >= shorter - start or (one is not other and one != other):
            break
        end += 1
    last = len(after) - end
    if len(before) != len(after):
        known = set(before[start:len(before) - end])
        return tuple(index for index in range(start, last) if after[index] not in known)
    return tuple(index for index in range(start, last) if not same(before[index], after[index]))


def kept(selection: Iterable[int], before: Objects, after: Objects) -> tuple[int, ...]:
    """Those of ``selection`` that are still the same boxes, whatever their class is now."""
    return tuple(index for index in selection
                 if index < len(after) and after[index].box == before[index].box)


def same(first: LabeledObject, second: LabeledObject) -> bool:
    """Equal, and quick about objects that were not touched."""
    return first is second or first == second
