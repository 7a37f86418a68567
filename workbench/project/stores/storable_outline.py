"""What a project's labels keep of an outline, a rotated box or key points that a model found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress

from workbench.core.annotation import LabeledObject
from workbench.core.errors import UsageError
from workbench.core.outlines import Keypoints, Polygon, RotatedBox
from workbench.core.rings import parts_of
from workbench.project.stores.base import AnnotationStore

FoundShape = Polygon | RotatedBox | Keypoints


def storable_outline(store: AnnotationStore, outline: FoundShape | None) -> FoundShape | None:
    """An outline as ``store`` can keep it, without its holes or smaller parts where they have no
    place; a rotated box; or key points. None where such shapes have none, so that the box is what
    is left."""
    for shape in _forms(outline):
        with suppress(UsageError):
            store.fitted(LabeledObject("", shape), None)
            return shape
    return None


def storable_shape(store: AnnotationStore, shapes: Iterable[FoundShape]) -> FoundShape | None:
    """The first of ``shapes`` that ``store`` can keep, as :func:`storable_outline` has it; None
    where the box is what is left."""
    for shape in shapes:
        kept = storable_outline(store, shape)
        if kept is not None:
            return kept
    return None


def _forms(outline: FoundShape | None) -> Iterator[FoundShape]:
    """The same with less and less detail."""
    if outline is None:
        return
    yield outline
    if isinstance(outline, Polygon):
        around = [part[0] for part in parts_of(outline)]
        yield Polygon(tuple(around))
        yield Polygon((max(around, key=lambda ring: Polygon((ring,)).area),))
