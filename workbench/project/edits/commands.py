"""The steps that a person can take back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from workbench.core.commands import Command
from workbench.project.library.document import Delta, State
from workbench.project.open_project import NewClasses

if TYPE_CHECKING:
    from workbench.project.library.documents import Documents

MERGE_SECONDS = 1.0
"""Steps of one kind that follow within this time are undone together."""


class EditCommand:
    """The labels of one or many samples changed.

    Steps with the same ``kind`` (not "") that follow quickly become one.
    """

    def __init__(self, library: Documents[Any], deltas: Mapping[str, Delta], text: str,
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
