"""Undo and redo without limit."""

from __future__ import annotations

from typing import Protocol

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


class UndoStack:
    """The steps of one project in the order they were taken; commands hold deltas, not copies."""

    def __init__(self) -> None:
        self._done: list[Command] = []
        self._undone: list[Command] = []
        self.changed: Signal[()] = Signal()

    @property
    def undo_text(self) -> str | None:
        return self._done[-1].text if self._done else None

    @property
    def redo_text(self) -> str | None:
        return self._undone[-1].text if self._undone else None

    def push(self, command: Command) -> None:
        """Do ``command`` and remember it; what had been undone is forgotten."""
        command.do()
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
