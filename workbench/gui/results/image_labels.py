"""Labels of images that are open in the window, which the disk may not have yet."""

from __future__ import annotations

from collections.abc import Iterable

from workbench.core.annotation import LabeledObject
from workbench.project.session import Session

Objects = tuple[LabeledObject, ...]


def labels_in_window(session: Session | None, keys: Iterable[str] | None = None
                     ) -> dict[str, Objects]:
    """The objects of the images ``keys``, or of all, that are open and can be changed."""
    if session is None:
        return {}
    found = ((key, session.document_cached(key))
             for key in (session.index.keys() if keys is None else keys))
    return {key: document.annotation.objects for key, document in found
            if document is not None and document.readonly_reason is None}
