"""Things made on threads when they are first asked for, and remembered: thumbnails, crops."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QObject

from workbench.core.background import WorkQueue
from workbench.gui.background.threads import work_queue

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class BackgroundCache(Generic[Key, Value]):
    """Gives what is known at once and makes the rest on threads, the newest request first.

    Parameters
    ----------
    owner
        The threads end with it.
    make
        Called on a thread with a key; raises nothing.
    ready
        Called on the window's thread with a key that :meth:`get` has an answer for now.
    finish
        Turns what was made into what is kept, on the window's thread.
    size
        Of a value; what was used last is kept up to ``most`` in all.
    waiting
        Requests that wait at most; the oldest are for rows that were scrolled away long ago.
    """

    def __init__(
        self, owner: QObject, make: Callable[[Key], Any], ready: Callable[[Key], object], *,
        name: str, most: int, waiting: int, threads: int = 1,
        finish: Callable[[Key, Any], Value] = lambda _key, made: made,
        size: Callable[[Value], int] = lambda _value: 1,
    ) -> None:
        self.most = most
        self._make, self._ready, self._finish, self._size = make, ready, finish, size
        self._values: OrderedDict[Key, Value] = OrderedDict()
        self._total = 0
        self._queue: WorkQueue[Key] = work_queue(
            owner, name, threads=threads, newest_first=True, most_waiting=waiting)

    def __len__(self) -> int:
        return len(self._values)

    def values(self) -> Iterable[Value]:
        """What is kept just now."""
        return self._values.values()

    def get(self, key: Key) -> Value | None:
        """What is kept for ``key``, or None and, later, ``ready``."""
        if key in self._values:
            self._values.move_to_end(key)
            return self._values[key]
        self._queue.ask(key, lambda: self._make(key), lambda made: self._take(key, made),
                        again=False)
        return None

    def keep_only(self, wanted: Callable[[Key], bool]) -> None:
        """Forget waiting requests that are not ``wanted``."""
        self._queue.keep_only(wanted)

    def forget(self, unwanted: Callable[[Key], bool] = lambda _key: True) -> None:
        """Make these anew when they are next asked for."""
        for key in [key for key in self._values if unwanted(key)]:
            self._total -= self._size(self._values.pop(key))

    def stop(self) -> None:
        """End the threads and drop all requests; :meth:`get` starts them again."""
        self._queue.stop()

    def _take(self, key: Key, made: Any) -> None:
        value = self._values[key] = self._finish(key, made)
        self._total += self._size(value)
        while self._total > self.most and len(self._values) > 1:
            self._total -= self._size(self._values.popitem(last=False)[1])
        self._ready(key)
