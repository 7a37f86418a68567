"""What a project's labels keep of an outline that a model found."""

from __future__ import annotations

from contextlib import suppress

from workbench.core.annotation import LabeledObject
from workbench.core.errors import UsageError
from workbench.core.outlines import Polygon
from workbench.core.rings import parts_of
from workbench.project.stores.base import AnnotationStore


def kept_outline(store: AnnotationStore, outline: Polygon | None) -> Polygon | None:
    """An outline as ``store`` can keep it, without its holes or smaller parts where they have no
    place; None where outlines have none, so that its box is what is left."""
    if outline is None:
        return None
    around = [part[0] for part in parts_of(outline)]
    largest = max(around, key=lambda ring: Polygon((ring,)).area)
    for shape in (outline, Polygon(tuple(around)), Polygon((largest,))):
        with suppress(UsageError):
            store.fitted(LabeledObject("", shape), None)
            return shape
    return None
