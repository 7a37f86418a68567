"""Work off the thread that asks for it, without Qt: started, replaced, cancelled and joined here.

Results go to the owner through ``post``: ``post(f)`` runs ``f`` on the owner's thread, soon and in
order (in the window :class:`workbench.gui.background.gui_thread.GuiThreadCaller`). Nothing is
delivered of work that was cancelled.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from workbench.core.errors import WorkbenchError

Post = Callable[[Callable[[], None]], None]
Result = TypeVar("Result")
Key = TypeVar("Key", bound=Hashable)

IDLE_SECONDS = 5.0
"""A thread of a queue ends after this time without work."""
JOIN_SECONDS = 10.0
"""How long the end of a thread is waited for, where nothing else is said."""


class Cancelled(Exception):
    """The work is not wanted any more; ends it quietly."""


class BackgroundThread:
    """A thread that is asked to end by :meth:`cancel` and posts to its owner until then.

    Parameters
    ----------
    work
        Called on the thread with this object; it ends soon after :attr:`cancelled` is true, or
        raises :class:`Cancelled`.
    """

    def __init__(
        self, work: Callable[[BackgroundThread], object], *, name: str,
        post: Post = lambda act: act(),
    ) -> None:
        self._post = post
        self._lock = threading.RLock()
        self._stopping = threading.Event()
        self._cancelled = False
        self._thread = threading.Thread(target=self._run, args=(work,), name=name, daemon=True)

    def start(self) -> BackgroundThread:
        self._thread.start()
        return self

    @property
    def started(self) -> bool:
        return self._thread.ident is not None

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    @property
    def is_current(self) -> bool:
        """Whether this is asked on the thread itself."""
        return threading.current_thread() is self._thread

    @property
    def stopping(self) -> bool:
        """Whether the work is to end early with what it has; true where it is cancelled, too."""
        return self._stopping.is_set()

    @property
    def cancelled(self) -> bool:
        return self._cancelled

    def stop(self) -> None:
        """Ask the work to end early; its result is delivered."""
        self._stopping.set()

    def cancel(self) -> None:
        """Ask the work to end. When this returns, nothing it posts reaches the owner any more."""
        with self._lock:
            self._cancelled = True
        self._stopping.set()

    def join(self, seconds: float | None = None) -> None:
        """Wait for the end of the thread; at once where it was never started."""
        if self.started and not self.is_current:
            self._thread.join(seconds)

    # --- for the work, on the thread ------------------------------------------------------------

    def check(self) -> None:
        """Raise :class:`Cancelled` if the work is to end."""
        if self._cancelled:
            raise Cancelled

    def wait(self, seconds: float) -> bool:
        """Rest; at once true where the work is to end."""
        return self._stopping.wait(seconds)

    def post(self, act: Callable[[], object]) -> None:
        """Run ``act`` on the owner's thread, unless the work is cancelled before."""
        with self._lock:  # the owner may be destroyed as soon as cancel() has returned
            if not self._cancelled:
                self._post(lambda: None if self._cancelled else _call(act))

    def _run(self, work: Callable[[BackgroundThread], object]) -> None:
        try:
            work(self)
        except Cancelled:
            return


def _call(act: Callable[[], object]) -> None:
    act()


class Worker:
    """Does one thing at a time on a thread: what is started last replaces what is under way."""

    def __init__(self, *, name: str, post: Post) -> None:
        self._name, self._post = name, post
        self._thread: BackgroundThread | None = None

    @property
    def busy(self) -> bool:
        """Whether something is being done, or its result is still to be delivered."""
        return self._thread is not None

    def start(
        self, work: Callable[[BackgroundThread], Result],
        then: Callable[[Result], object] | None = None,
        failed: Callable[[str], object] | None = None,
    ) -> None:
        """Do ``work`` on a thread, then call ``then`` with its result on the owner's.

        ``failed`` is called with the sentence of a :class:`WorkbenchError`; whatever else is
        raised is a bug and is raised again on the owner's thread. What was under way is cancelled,
        but not waited for.
        """
        self.cancel(0.0)

        def run(thread: BackgroundThread) -> None:
            outcome = _attempt(partial(work, thread))
            thread.post(lambda: self._deliver(outcome, then, failed))

        self._thread = BackgroundThread(run, name=self._name, post=self._post).start()

    def cancel(self, seconds: float | None = JOIN_SECONDS) -> None:
        """End what is under way: its thread is waited for, its result is dropped."""
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.cancel()
            thread.join(seconds)

    def stop(self) -> None:
        """Ask what is under way to end early; its result is delivered."""
        if self._thread is not None:
            self._thread.stop()

    def join(self, seconds: float | None = None) -> None:
        """Wait until the thread has ended; its result is delivered later."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _deliver(self, outcome: _Outcome, then: Callable[[Any], object] | None,
                 failed: Callable[[str], object] | None) -> None:
        self._thread = None
        outcome.deliver(then, failed)


@dataclass(eq=False, slots=True)
class _Request(Generic[Key]):
    key: Key
    order: tuple[int, int]
    work: Callable[[], Any]
    then: Callable[[Any], object]
    failed: Callable[[str], object] | None
    wanted: bool = True


class WorkQueue(Generic[Key]):
    """A few threads that work off requests; a request replaces a waiting one of the same key.

    Results of one key are delivered in the order in which they were asked for.

    Parameters
    ----------
    threads
        How many at most; they end when there is nothing to do.
    newest_first
        Whether what was asked for last is done first: what is in view now, not what was.
    urgency
        Of a key, 0 the most urgent; decides before age does.
    group
        Of a key: no two of a group are worked on at the same time.
    most_waiting
        Requests that wait at most; the oldest are dropped.
    """

    def __init__(
        self, *, name: str, post: Post, threads: int = 1, newest_first: bool = False,
        urgency: Callable[[Key], int] = lambda _key: 0,
        group: Callable[[Key], Hashable] | None = None, most_waiting: int | None = None,
    ) -> None:
        self._name, self._post, self._most_threads = name, post, threads
        self._step = -1 if newest_first else 1
        self._urgency, self._group, self._most_waiting = urgency, group, most_waiting
        self._changed = threading.Condition()
        self._waiting: dict[Key, _Request[Key]] = {}  # the oldest first
        self._working: list[_Request[Key]] = []
        self._made: list[_Request[Key]] = []  # on their way to the owner
        self._threads: list[BackgroundThread] = []
        self._asked = 0
        self._closed = False

    def ask(
        self, key: Key, work: Callable[[], Result], then: Callable[[Result], object],
        failed: Callable[[str], object] | None = None, *, again: bool = True,
    ) -> None:
        """Do ``work`` on a thread, then call ``then`` with its result on the owner's.

        Parameters
        ----------
        failed
            Called with the sentence of a :class:`WorkbenchError`; whatever else is raised is a bug
            and is raised again on the owner's thread.
        again
            Whether to ask for it once more where the same key is being worked on just now.
        """
        with self._changed:
            if self._closed or (not again and self._is_under_way(key)):
                return
            self._asked += 1
            self._waiting.pop(key, None)
            self._waiting[key] = _Request(
                key, (self._urgency(key), self._step * self._asked), work, then, failed)
            while self._most_waiting is not None and len(self._waiting) > self._most_waiting:
                del self._waiting[next(iter(self._waiting))]
            if len(self._threads) < self._most_threads:
                thread = BackgroundThread(self._run, name=self._name, post=self._post)
                self._threads.append(thread)
                thread.start()
            self._changed.notify()

    def _is_under_way(self, key: Key) -> bool:
        return any(item.wanted and item.key == key for item in (*self._working, *self._made))

    def keep_only(self, wanted: Callable[[Key], bool]) -> None:
        """Forget the waiting requests that are not ``wanted``."""
        with self._changed:
            for key in [item for item in self._waiting if not wanted(item)]:
                del self._waiting[key]

    def cancel(self, *keys: Key) -> None:
        """Forget what waits of ``keys`` (of all without any), and drop what is on its way."""
        with self._changed:
            for request in (*self._waiting.values(), *self._working, *self._made):
                if not keys or request.key in keys:
                    request.wanted = False
                    self._waiting.pop(request.key, None)

    @property
    def waiting(self) -> int:
        """Requests that no thread has taken yet."""
        with self._changed:
            return len(self._waiting)

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits, is being done or is about to be delivered."""
        with self._changed:
            return not (self._waiting or self._working or self._made)

    def stop(self) -> None:
        """End the threads and forget all requests; work that has begun is waited for and dropped.

        :meth:`ask` starts again.
        """
        with self._changed:
            threads, self._threads = self._threads, []
            self._waiting.clear()
            self._working.clear()
            self._made.clear()
            self._changed.notify_all()
            for thread in threads:
                thread.cancel()
        for thread in threads:
            thread.join(JOIN_SECONDS)

    def close(self) -> None:
        """Stop for good."""
        with self._changed:
            self._closed = True
        self.stop()

    # --- on the threads -------------------------------------------------------------------------

    def post(self, act: Callable[[], object]) -> None:
        """For work that has something to say before its end: run ``act`` on the owner's thread.

        Nothing is run of work that was stopped.
        """
        with self._changed:
            thread = next((item for item in self._threads if item.is_current), None)
        if thread is not None:
            thread.post(act)

    def _run(self, thread: BackgroundThread) -> None:
        while (request := self._take(thread)) is not None:
            outcome = _attempt(request.work)
            with self._changed:
                if thread.cancelled:
                    return
                self._made.append(request)
            thread.post(partial(self._deliver, request, outcome))
            with self._changed:
                # Not before: what is asked for next of this key must not arrive ahead of it.
                if thread.cancelled:
                    return
                self._working.remove(request)
                self._changed.notify_all()  # another of its key or group may be waiting

    def _take(self, thread: BackgroundThread) -> _Request[Key] | None:
        """The next request; None where the thread is to end."""
        with self._changed:
            self._changed.wait_for(lambda: thread.cancelled or self._next(), IDLE_SECONDS)
            if thread.cancelled:
                return None
            request = self._next()
            if request is None:
                self._threads.remove(thread)
                return None
            del self._waiting[request.key]
            self._working.append(request)
            return request

    def _next(self) -> _Request[Key] | None:
        if not self._waiting:
            return None
        group, keys = self._group, {item.key for item in self._working}
        ready = [item for item in self._waiting.values() if item.key not in keys]
        if group is not None:
            busy = {group(item.key) for item in self._working}
            ready = [item for item in ready if group(item.key) not in busy]
        return min(ready, key=lambda item: item.order, default=None)

    def _deliver(self, request: _Request[Key], outcome: _Outcome) -> None:
        with self._changed:
            self._made.remove(request)
        if request.wanted:
            outcome.deliver(request.then, request.failed)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of work, on its way to the owner."""

    result: Any = None
    error: Exception | None = None

    def deliver(self, then: Callable[[Any], object] | None,
             failed: Callable[[str], object] | None) -> None:
        if self.error is None:
            if then is not None:
                then(self.result)
        elif isinstance(self.error, WorkbenchError) and failed is not None:
            failed(self.error.sentence())
        else:
            raise self.error


def _attempt(work: Callable[[], Any]) -> _Outcome:
    try:
        return _Outcome(work())
    except Cancelled:
        raise
    except Exception as error:  # reported to a person, or raised again on the owner's thread
        return _Outcome(error=error)
