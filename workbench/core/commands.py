"""Undo and redo without limit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol, runtime_checkable

from workbench.core.signal import Signal


class Command(Protocol):
    """One step that a person can take back.

    ``text`` completes "Undo …" ("move 3 boxes"); ``key`` names the image the step belongs to, or
    is empty for a step across the project.
    """

    @property
    def text(self) -> str: ...
    @property
    def key(self) -> str: ...
    def do(self) -> None: ...
    def undo(self) -> None: ...


@runtime_checkable
class Mergeable(Protocol):
    """A step that the next one may become part of."""

    def absorb(self, later: Command) -> bool:
        """Make ``later``, which was just done, part of this step; False where it is another."""
        ...


@runtime_checkable
class Losable(Protocol):
    """A step that may not be possible any more, since what it needs is gone."""

    @property
    def lost(self) -> bool: ...


class CompoundCommand:
    """Several steps that are one to the person; undone from the last to the first.

    Its ``key`` is that of the steps, where all have the same.
    """

    def __init__(self, text: str, steps: Sequence[Command]) -> None:
        self.text = text
        keys = {step.key for step in steps}
        self.key = keys.pop() if len(keys) == 1 else ""
        self._steps = tuple(steps)

    @property
    def lost(self) -> bool:
        return any(is_lost(step) for step in self._steps)

    def do(self) -> None:
        for step in self._steps:
            step.do()

    def undo(self) -> None:
        for step in reversed(self._steps):
            step.undo()


def is_lost(step: Command) -> bool:
    """Whether ``step`` can neither be undone nor done again."""
    return isinstance(step, Losable) and step.lost


class UndoStack:
    """The steps of one project in the order they were taken; commands hold deltas, not copies."""

    def __init__(self) -> None:
        self._group: list[Command] | None = None
        self._done: list[Command] = []
        self._undone: list[Command] = []
        self.changed: Signal[()] = Signal()

    @property
    def undo_step(self) -> Command | None:
        """What :meth:`undo` would take back."""
        return self._done[-1] if self._done else None

    @property
    def redo_step(self) -> Command | None:
        return self._undone[-1] if self._undone else None

    def next_step(self, forward: bool) -> Command | None:
        """What :meth:`redo` (``forward``) or :meth:`undo` would do."""
        return self.redo_step if forward else self.undo_step

    @property
    def undo_text(self) -> str | None:
        return self._done[-1].text if self._done else None

    @property
    def redo_text(self) -> str | None:
        return self._undone[-1].text if self._undone else None

    def push(self, command: Command) -> None:
        """Do ``command`` and remember it; what had been undone is forgotten."""
        command.do()
        if self._group is not None:
            self._group.append(command)
        else:
            self._remember(command)

    @contextmanager
    def together(self, text: str) -> Iterator[None]:
        """Make one step called ``text`` of all that are pushed inside; a single one stays itself.

        Where it ends by an error, what was pushed is undone.
        """
        if self._group is not None:  # part of a larger step already
            yield
            return
        steps: list[Command] = []
        self._group = steps
        try:
            yield
        except BaseException:
            for step in reversed(steps):
                step.undo()
            raise
        finally:
            self._group = None
        if steps:
            self._remember(steps[0] if len(steps) == 1 else CompoundCommand(text, steps))

    def _remember(self, command: Command) -> None:
        last = self._done[-1] if self._done else None
        if not (isinstance(last, Mergeable) and last.absorb(command)):
            self._done.append(command)
        self._undone.clear()
        self.changed.emit()

    def undo(self) -> Command | None:
        """Take the last step back and return it, so that a view can show where it happened."""
        if not self._done:
            return None
        command = self._done[-1]
        command.undo()
        self._undone.append(self._done.pop())
        self.changed.emit()
        return command

    def redo(self) -> Command | None:
        """Take the last undone step again and return it."""
        if not self._undone:
            return None
        command = self._undone[-1]
        command.do()
        self._done.append(self._undone.pop())
        self.changed.emit()
        return command

    def drop_lost(self) -> None:
        """Forget steps that are not possible any more, so that those before them can be undone."""
        for steps in (self._done, self._undone):
            steps[:] = [step for step in steps if not is_lost(step)]
        self.changed.emit()
