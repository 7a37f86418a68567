"""Which images have pixels left that nobody labelled."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from workbench.core.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.project.session import Session

_WHOLE = 0.98
"""Share of an image from which on all of it counts as labelled: strokes leave a thin line."""


def half_painted(session: Session, keys: Iterable[str], check: Callable[[], None]) -> list[str]:
    """Those of the images on which something is left to be suggested: without labels, or labelled
    in part; for any thread. What cannot be read is left out."""
    return [key for key in keys if _is_left(session, key, check)]


def _is_left(session: Session, key: str, check: Callable[[], None]) -> bool:
    from workbench.core.label_areas import covered_by

    check()
    summary = session.index.summary(key)
    if summary is None or summary.problem is not None:
        return False
    if not summary.labelled:
        return True
    try:
        document = session.images.cached(key) or session.images.read(key)
    except WorkbenchError:
        return False
    objects, size = document.annotation.objects, document.annotation.size
    return document.readonly_reason is None and (
        size is None or not objects or sum(covered_by(objects, size)) < _WHOLE)
