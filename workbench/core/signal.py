"""How a model announces a change, without Qt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVarTuple

Args = TypeVarTuple("Args")


class Connections:
    """What is listened to until that ends, as the signals of the project that is shown."""

    def __init__(self, *ends: Callable[[], None]) -> None:
        self._ends = list(ends)

    def add(self, *ends: Callable[[], None]) -> None:
        """Have these end, too; they are what :meth:`Signal.connect` returned."""
        self._ends += ends

    def end(self) -> None:
        """Listen no more."""
        while self._ends:
            self._ends.pop()()


class Signal(Generic[*Args]):
    """A list of callables that are called when something changed.

    Models own signals, views connect to them; a model never knows a view. Emit on the thread that
    owns the model (the GUI thread in the window).
    """

    __slots__ = ("_blocked", "_slots")

    def __init__(self) -> None:
        self._slots: list[Callable[[*Args], object]] = []
        self._blocked = 0

    def connect(self, slot: Callable[[*Args], object]) -> Callable[[], None]:
        """Call ``slot`` at every emit; returns a function that disconnects it again."""
        self._slots.append(slot)
        return lambda: self.disconnect(slot)

    def disconnect(self, slot: Callable[[*Args], object]) -> None:
        """Forget ``slot``; unknown ones are ignored."""
        if slot in self._slots:
            self._slots.remove(slot)

    def emit(self, *args: *Args) -> None:
        if self._blocked:
            return
        for slot in tuple(self._slots):
            slot(*args)

    @contextmanager
    def blocked(self) -> Iterator[None]:
        """Say nothing inside the block, so that two-way bindings do not loop."""
        self._blocked += 1
        try:
            yield
        finally:
            self._blocked -= 1
