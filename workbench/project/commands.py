"""The steps that a person can take back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from workbench.core.annotation import LabeledObject
from workbench.project.document import State

if TYPE_CHECKING:
    from workbench.formats.voc import VocDocument
    from workbench.project.session import NewClasses, Session


@dataclass(frozen=True, slots=True)
class _Side:
    """One side of an edit: all of a state but the objects that stayed."""

    base: VocDocument | None
    objects: tuple[LabeledObject, ...]
    size: tuple[int, int] | None
    verified: bool
    exists: bool


class EditCommand:
    """Objects or the verified mark of one image changed.

    Only the objects between the common beginning and the common end are kept, so that a thousand
    steps on an image with thousands of boxes stay small.
    """

    def __init__(self, session: Session, key: str, before: State, after: State, text: str) -> None:
        self.text = text
        self.key = key
        self._session = session
        old, new = before.annotation.objects, after.annotation.objects
        self._start, end = _common(old, new)
        self._end = end
        self._before = _side(before, old[self._start : len(old) - end])
        self._after = _side(after, new[self._start : len(new) - end])
        self._added: NewClasses | None = None

    def do(self) -> None:
        self._added = self._session.apply_state(self.key, self._swapped(self._after))

    def undo(self) -> None:
        self._session.apply_state(self.key, self._swapped(self._before))
        if self._added is not None:
            self._session.drop_unused(self._added)

    def _swapped(self, side: _Side) -> State:
        current = self._session.editable(self.key).annotation
        known = current.objects
        objects = known[: self._start] + side.objects + known[len(known) - self._end :]
        annotation = replace(current, objects=objects, size=side.size, verified=side.verified)
        return State(side.base, annotation, side.exists)


def _side(state: State, objects: tuple[LabeledObject, ...]) -> _Side:
    annotation = state.annotation
    return _Side(state.base, objects, annotation.size, annotation.verified, state.exists)


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


class StateCommand:
    """One image's annotation became another as a whole, by a reload."""

    def __init__(self, session: Session, key: str, before: State, after: State, text: str) -> None:
        self.text = text
        self.key = key
        self._session = session
        self._before = before
        self._after = after

    def do(self) -> None:
        self._session.apply_state(self.key, self._after)

    def undo(self) -> None:
        self._session.apply_state(self.key, self._before)


class ClassCommand:
    """The class list changed without any annotation; two functions do it and take it back."""

    def __init__(
        self, text: str, changed: Callable[[], None],
        do: Callable[[], object], undo: Callable[[], object],
    ) -> None:
        self.text = text
        self.key = ""
        self._changed = changed
        self._do = do
        self._undo = undo

    def do(self) -> None:
        self._do()
        self._changed()

    def undo(self) -> None:
        self._undo()
        self._changed()


def with_verified(state: State, verified: bool) -> State:
    return State(state.base, replace(state.annotation, verified=verified), True)


def with_objects(state: State, objects: tuple[LabeledObject, ...]) -> State:
    return State(state.base, replace(state.annotation, objects=objects), True)
