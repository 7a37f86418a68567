"""Work of the background that serves the newest wish first: what is in view now, not what was."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QObject, Signal

IDLE_SECONDS = 5.0
"""A thread without work ends after this time."""

Wish = TypeVar("Wish", bound=Hashable)


class NewestFirst(QObject, Generic[Wish]):
    """A few threads that make what is wished for, the newest wish first.

    Parameters
    ----------
    make
        Called on a thread with a wish; gives what :attr:`made` carries and raises nothing.
    name
        Of the threads.
    waiting
        Wishes that wait at most; the oldest are for rows that were scrolled away long ago.
    threads
        How many at most.

    Signals
    -------
    made
        (wish, what was made), on the thread of this object. Nothing that was wished for before
        :meth:`stop` comes after it.
    """

    made = Signal(object, object)
    _finished = Signal(int, object, object)

    def __init__(
        self, make: Callable[[Wish], Any], *, name: str, waiting: int, threads: int = 1,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._line = _Line(make, self._finished.emit, name, waiting, threads)
        self._finished.connect(self._take)
        self.destroyed.connect(self._line.stop)

    def ask(self, wish: Wish) -> None:
        """Wish for something; a wish that waits already becomes the newest."""
        self._line.ask(wish)

    def keep_only(self, wanted: Callable[[Wish], bool]) -> None:
        """Forget the waiting wishes that are not ``wanted``."""
        self._line.keep_only(wanted)

    def stop(self) -> None:
        """End the threads and forget all wishes; :meth:`ask` starts again."""
        self._line.stop()

    def _take(self, generation: int, wish: Wish, made: object) -> None:
        if self._line.arrived(generation, wish):
            self.made.emit(wish, made)


class _Line(Generic[Wish]):
    """The threads. No QObject: it must still be there to be stopped when its owner is destroyed."""

    def __init__(
        self, make: Callable[[Wish], Any], finished: Callable[[int, Wish, Any], None], name: str,
        most_waiting: int, most_threads: int,
    ) -> None:
        self._make, self._finished, self._name = make, finished, name
        self._most_waiting, self._most_threads = most_waiting, most_threads
        self._waiting: OrderedDict[Wish, None] = OrderedDict()
        self._under_way: set[Wish] = set()
        self._changed = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._generation = 0

    def ask(self, wish: Wish) -> None:
        with self._changed:
            if wish in self._under_way:
                return
            self._waiting[wish] = None
            self._waiting.move_to_end(wish)
            while len(self._waiting) > self._most_waiting:
                self._waiting.popitem(last=False)
            if len(self._threads) < self._most_threads:
                thread = threading.Thread(target=self._work, args=(self._generation,),
                                          name=self._name, daemon=True)
                self._threads.append(thread)
                thread.start()
            self._changed.notify()

    def keep_only(self, wanted: Callable[[Wish], bool]) -> None:
        with self._changed:
            for wish in [item for item in self._waiting if not wanted(item)]:
                del self._waiting[wish]

    def arrived(self, generation: int, wish: Wish) -> bool:
        """Note that what was made has reached its owner; False where it is of before a stop."""
        with self._changed:
            if generation != self._generation:
                return False
            self._under_way.discard(wish)
            return True

    def stop(self) -> None:
        with self._changed:
            self._generation += 1
            self._waiting.clear()
            self._under_way.clear()
            threads, self._threads = self._threads, []
            self._changed.notify_all()
        for thread in threads:
            thread.join(5.0)

    def _work(self, generation: int) -> None:
        while True:
            with self._changed:
                found = self._changed.wait_for(
                    lambda: self._waiting or generation != self._generation, IDLE_SECONDS)
                if generation != self._generation:
                    return
                if not found:
                    self._threads.remove(threading.current_thread())
                    return
                wish, _ = self._waiting.popitem(last=True)
                self._under_way.add(wish)
            made = self._make(wish)
            with self._changed:
                if generation != self._generation:
                    return
                # emitted under the lock: stop() has returned only when no more will come
                self._finished(generation, wish, made)
