"""Objects as a format can keep them without a loss."""

from __future__ import annotations

from dataclasses import replace

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.errors import UsageError
from workbench.core.outlines import Polygon
from workbench.core.rings import parts_of
from workbench.core.text import listed, several
from workbench.extension.holds import BOX, POLYGON, ROTATED, Holds, Losses, becomes, fit, kind_of

_EXACT = {(BOX, POLYGON), (BOX, ROTATED), (ROTATED, POLYGON)}


def has_place(kind: str, holds: Holds) -> bool:
    """Whether a shape of ``kind`` has a place or becomes one that has without a loss; "" is any."""
    return kind in ("", *holds.shapes) or (kind, becomes(kind, holds)) in _EXACT


def exactly(item: LabeledObject, before: LabeledObject | None, holds: Holds, title: str,
            what: str = "") -> LabeledObject:
    """An object as it can be kept, which was ``before``; a box becomes an outline where there are
    nothing but outlines.

    Parameters
    ----------
    title, what
        Of the format, and of what it holds here ("YOLO with boxes").

    Raises
    ------
    UsageError
        If it would lose anything.
    """
    kind, losses = kind_of(item.shape), Losses()
    if before is not None and kind == kind_of(before.shape):
        holds = replace(holds, shapes=(kind,))  # boxes and outlines may lie in one file
    kept = fit(Annotation((item,)), holds, losses)
    if losses.became and (kind, becomes(kind, holds)) not in _EXACT:
        raise UsageError(f"{what or title} has no place for {several(kind)}")
    if losses.attributes:
        raise UsageError(f"{title} has no place for {listed(list(losses.attributes))}")
    if losses.parts or _is_cut(item, holds):
        parts = "" if holds.parts else " or several parts"
        raise UsageError(f"{title} has no place for holes{parts} of a polygon")
    return kept.objects[0]


def _is_cut(item: LabeledObject, holds: Holds) -> bool:
    """Whether a polygon has rings that a file cannot hold."""
    shape = item.shape
    if not isinstance(shape, Polygon) or len(shape.rings) == 1:
        return False
    return not holds.parts or (not holds.holes and any(len(part) > 1 for part in parts_of(shape)))
