"""The labels of one sample while they are open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from workbench.core.annotation import Annotation, Attributes, LabeledObject
from workbench.core.errors import Problem
from workbench.core.signal import Signal


@dataclass(frozen=True, slots=True)
class State:
    """What a label file shall hold; immutable, so that steps keep plain references."""

    base: Any
    """The file as it was read (``VocDocument``, ``RavenTable``), which the objects' ``source``
    points into; None for a new one."""
    annotation: Annotation
    """What a person sees."""
    exists: bool
    """Whether there shall be a file at all. Without one, the label of a clip may come from its name
    or folder."""
    note: str = field(default="", compare=False)
    """What a person should know of how it was read."""

    def with_objects(self, objects: tuple[LabeledObject, ...]) -> State:
        return replace(self, annotation=replace(self.annotation, objects=objects), exists=True)

    def with_said_of(self, whole: Annotation) -> State:
        """With what another annotation says of the sample as a whole, besides what is said now."""
        if isinstance(whole, Instead):
            return replace(self, annotation=replace(
                self.annotation, attributes=whole.attributes, verified=whole.verified))
        said = {**self.annotation.attributes, **whole.attributes}
        return replace(self, annotation=replace(
            self.annotation, attributes=said, verified=self.annotation.verified or whole.verified))


class Instead(Annotation):
    """What stands for all that is said of a sample, where another annotation only adds to it."""


Labels = Iterable[LabeledObject] | Annotation
"""What a sample shall have: objects, or these and what is said of it as a whole."""
Objects = tuple[LabeledObject, ...]
NO_LABELS = State(None, Annotation(), False)


def both_kept(before: Annotation, ours: Annotation, theirs: Annotation) -> Annotation:
    """What two people made of ``before``: theirs, without the objects that we removed and with
    those that we added or changed. An object that both changed is there twice; of what is said of
    the sample as a whole, what we changed is ours."""
    known, here, there = (Counter(map(_content, item.objects)) for item in (before, ours, theirs))
    # by how many of each kind ours are more or less than theirs, beyond what both did alike
    gone = Counter({item: number - here[item] - max(0, number - there[item])
                    for item, number in known.items()})
    new = Counter({item: number - known[item] - max(0, there[item] - known[item])
                   for item, number in here.items()})
    kept, added = [], []
    for item in theirs.objects:
        if gone[_content(item)] > 0:
            gone[_content(item)] -= 1
        else:
            kept.append(item)
    for item in ours.objects:
        if new[_content(item)] > 0:
            new[_content(item)] -= 1
            added.append(replace(item, source=None))
    return replace(
        theirs, objects=(*kept, *added),
        attributes=_said_by_both(before.attributes, ours.attributes, theirs.attributes),
        verified=theirs.verified if ours.verified == before.verified else ours.verified)


def _content(item: LabeledObject) -> tuple[object, ...]:
    """All of an object but its place in the file."""
    return item.label, item.shape, frozenset(item.attributes.items())


def _said_by_both(before: Attributes, ours: Attributes, theirs: Attributes) -> Attributes:
    changed = {name for name in {*before, *ours} if before.get(name) != ours.get(name)}
    return {**{name: value for name, value in theirs.items() if name not in changed},
            **{name: value for name, value in ours.items() if name in changed}}


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
    """The labels of sample ``key``; changed only through its :class:`Library`."""

    def __init__(self, key: str, path: Path, annotation_path: Path) -> None:
        self.key = key
        self.path = path
        self.annotation_path = annotation_path
        """The file that is written."""
        self.read: bytes | None = None
        """What that file held when it was read (None: no file), until the saver knows it."""
        self.stamp: Any = None
        """By which a change of the files is recognised."""
        self.readonly_reason: str | None = None
        """Why it cannot be edited, as one sentence, or None."""
        self.damaged: Path | None = None
        """The label file, where what it holds is the reason: it can be put aside to start anew."""
        self.problems: tuple[Problem, ...] = ()
        """What is odd in the file (a box without area, fractions …)."""
        self.changed: Signal[()] = Signal()
        """Emitted on the owner's thread after every change, also by undo and reload."""
        self.state = NO_LABELS
        self.on_disk = NO_LABELS
        """The state as the file was last known to hold it."""

    @property
    def annotation(self) -> Annotation:
        return self.state.annotation

    def adopt(self, fresh: Document) -> None:
        """Take over all that was read anew, but for the state."""
        self.annotation_path, self.stamp = fresh.annotation_path, fresh.stamp
        self.readonly_reason, self.damaged = fresh.readonly_reason, fresh.damaged
        self.problems, self.on_disk = fresh.problems, fresh.on_disk


@dataclass(frozen=True, slots=True)
class Delta:
    """From one state to another: only the objects between the common beginning and the common end,
    so that a thousand steps on an image with thousands of boxes stay small."""

    start: int
    end: int
    before: State
    after: State

    @classmethod
    def of(cls, before: State, after: State) -> Delta:
        old, new = before.annotation.objects, after.annotation.objects
        start, end = _common(old, new)
        return cls(start, end, _with(before, old[start : len(old) - end]),
                   _with(after, new[start : len(new) - end]))

    def applied(self, current: State, *, back: bool = False) -> State:
        """``current``, which is one side, as the other."""
        side, known = (self.before if back else self.after), current.annotation.objects
        kept_end = known[len(known) - self.end :]
        return _with(side, known[: self.start] + side.annotation.objects + kept_end)


def _with(state: State, objects: tuple[LabeledObject, ...]) -> State:
    return replace(state, annotation=replace(state.annotation, objects=objects))


def _common(old: tuple[LabeledObject, ...], new: tuple[LabeledObject, ...]) -> tuple[int, int]:
    """Lengths of the common beginning and of the common end behind it."""
    most = min(len(old), len(new))
    start = 0
    while start < most and (old[start] is new[start] or old[start] == new[start]):
        start += 1
    end = 0
    while end < most - start and (old[-1 - end] is new[-1 - end] or old[-1 - end] == new[-1 - end]):
        end += 1
    return start, end
