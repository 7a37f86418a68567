"""The steps that a person can take back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from workbench.core.annotation import LabeledObject
from workbench.core.commands import Command
from workbench.project.library.document import State

if TYPE_CHECKING:
    from workbench.project.library.base import Library

MERGE_SECONDS = 1.0
"""Steps of one kind that follow within this time are undone together."""


class NewClasses(NamedTuple):
    """Names that became classes with an edit, and which of them a step under way had put aside."""

    names: tuple[str, ...] = ()
    retired: frozenset[str] = frozenset()


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


def _common(
    old: tuple[LabeledObject, ...], new: tuple[LabeledObject, ...]
) -> tuple[int, int]:
    """Lengths of the common beginning and of the common end behind it."""
    most = min(len(old), len(new))
    start = 0
    while start < most and (old[start] is new[start] or old[start] == new[start]):
        start += 1
    end = 0
    while end < most - start and (old[-1 - end] is new[-1 - end] or old[-1 - end] == new[-1 - end]):
        end += 1
    return start, end


class EditCommand:
    """The labels of one or many samples changed.

    Steps with the same ``kind`` (not "") that follow quickly become one.
    """

    def __init__(self, library: Library[Any], deltas: Mapping[str, Delta], text: str,
                 kind: str = "") -> None:
        self.text = text
        self.key = next(iter(deltas)) if len(deltas) == 1 else ""
        self._library = library
        self._deltas = dict(deltas)
        self._kind = kind
        self._time = library.clock()
        self._added = NewClasses()

    def do(self) -> None:
        self._added = self._library.apply(self._states())

    def undo(self) -> None:
        self._library.apply(self._states(back=True))
        self._library.session.drop_unused(self._added)

    def _states(self, *, back: bool = False) -> dict[str, State]:
        return {key: delta.applied(self._library.editable(key).state, back=back)
                for key, delta in self._deltas.items() if self._library.is_there(key)}

    def absorb(self, later: Command) -> bool:
        """Make ``later``, which was just done, part of this step; False where it is another."""
        if not isinstance(later, EditCommand) or not self._kind or later._kind != self._kind \
                or later._deltas.keys() != self._deltas.keys() \
                or later._time - self._time > MERGE_SECONDS:
            return False
        for key, second in later._deltas.items():
            now = self._library.editable(key).state
            between = second.applied(now, back=True)
            self._deltas[key] = Delta.of(self._deltas[key].applied(between, back=True), now)
        self._time = later._time
        return True


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
