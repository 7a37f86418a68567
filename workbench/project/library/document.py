"""The labels of one sample while they are open."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.errors import Problem
from workbench.core.signal import Signal


@dataclass(frozen=True, slots=True)
class State:
    """What a label file shall hold; immutable, so that steps keep plain references.

    Parameters
    ----------
    base
        The file as it was read (``VocDocument``, ``RavenTable``), which the objects' ``source``
        points into; None for a new one.
    annotation
        What a person sees.
    exists
        Whether there shall be a file at all. Without one, the label of a clip may come from its
        name or folder.
    note
        What a person should know of how it was read.
    """

    base: Any
    annotation: Annotation
    exists: bool
    note: str = field(default="", compare=False)

    def with_objects(self, objects: tuple[LabeledObject, ...]) -> State:
        return replace(self, annotation=replace(self.annotation, objects=objects), exists=True)


NO_LABELS = State(None, Annotation(), False)


def own_sources(
    current: tuple[LabeledObject, ...], objects: tuple[LabeledObject, ...]
) -> tuple[LabeledObject, ...]:
    """Return ``objects`` with ``source`` taken off those that are not objects of this file.

    One that was duplicated or pasted from another sample carries the place of its original; two
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


class Document:
    """The labels of sample ``key``; changed only through its :class:`Library`.

    Attributes
    ----------
    changed
        Emitted on the owner's thread after every change, also by undo and reload.
    annotation_path
        The file that is written.
    read
        What that file held when it was read (None: no file), until the saver knows it.
    stamp
        By which a change of the files is recognised.
    readonly_reason
        Why it cannot be edited, as one sentence, or None.
    damaged
        The label file, where what it holds is the reason: it can be put aside to start anew.
    problems
        What is odd in the file (a box without area, fractions …).
    """

    def __init__(self, key: str, path: Path, annotation_path: Path) -> None:
        self.key = key
        self.path = path
        self.annotation_path = annotation_path
        self.read: bytes | None = None
        self.stamp: Any = None
        self.readonly_reason: str | None = None
        self.damaged: Path | None = None
        self.problems: tuple[Problem, ...] = ()
        self.changed: Signal[()] = Signal()
        self.state = NO_LABELS

    @property
    def annotation(self) -> Annotation:
        return self.state.annotation

    def adopt(self, fresh: Document) -> None:
        """Take over all that was read anew, but for the state."""
        self.annotation_path, self.stamp = fresh.annotation_path, fresh.stamp
        self.readonly_reason, self.damaged = fresh.readonly_reason, fresh.damaged
        self.problems = fresh.problems
