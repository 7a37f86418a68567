"""One image's annotation while it is open."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.errors import Problem
from workbench.core.signal import Signal

if TYPE_CHECKING:
    from workbench.formats.voc import VocDocument


@dataclass(frozen=True, slots=True)
class State:
    """What an annotation file shall hold; immutable, so that steps keep plain references.

    Parameters
    ----------
    base
        The file as it was read, which the objects' ``source`` points into; None for a new one.
    annotation
        What a person sees.
    exists
        Whether there shall be a file at all.
    """

    base: VocDocument | None
    annotation: Annotation
    exists: bool

    def content(self, image_path: Path, convention: str) -> bytes | None:
        """Bytes of the file, or None where there shall be none.

        Raises
        ------
        WorkbenchError
            If the image of a new file cannot be read, or a value cannot be written.
        """
        if not self.exists:
            return None
        if self.base is not None:
            return self.base.render(self.annotation)
        from workbench.formats.voc import VocConvention, new_voc
        from workbench.media.images.header import read_image_info

        info = read_image_info(image_path)
        annotation = replace(self.annotation, size=(info.width, info.height))
        return new_voc(annotation, image_path=image_path, depth=info.depth,
                       convention=VocConvention(convention))


def own_sources(
    current: tuple[LabeledObject, ...], objects: tuple[LabeledObject, ...]
) -> tuple[LabeledObject, ...]:
    """Return ``objects`` with ``source`` taken off those that are not objects of this file.

    A box that was duplicated or pasted from another image carries the place of its original; two
    objects of one place, or a place in another file, would lose or invent what is written there.
    """
    free = {item.source for item in current if item.source is not None}
    result = []
    for item in objects:
        if item.source is not None:
            if item.source in free:
                free.remove(item.source)
            else:
                item = replace(item, source=None)
        result.append(item)
    return tuple(result)


class ImageDocument:
    """The annotation of image ``key``; changed only through :class:`Session`.

    Attributes
    ----------
    changed
        Emitted on the owner's thread after every change, also by undo and reload.
    readonly_reason
        Why it cannot be edited, as one sentence, or None.
    damaged
        Whether that is because of what its file holds: it can be put aside to start anew.
    problems
        What is odd in the file (a box without area, fractions …).
    """

    def __init__(self, key: str, path: Path, annotation_path: Path) -> None:
        self.key = key
        self.path = path
        self.annotation_path = annotation_path
        self.readonly_reason: str | None = None
        self.damaged = False
        self.problems: tuple[Problem, ...] = ()
        self.changed: Signal[()] = Signal()
        self.state = State(None, Annotation(), False)
        self.stamp: tuple[int, int] | None = None

    @property
    def annotation(self) -> Annotation:
        return self.state.annotation

    def set_state(self, state: State) -> None:
        """Show ``state``; the session's steps call this and save."""
        self.state = state
        self.changed.emit()
