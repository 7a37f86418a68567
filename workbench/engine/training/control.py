"""How a person steers a job that is under way, from another thread."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Condition
from typing import Any, Literal

Reason = Literal["stop", "cancel", "abandon"]


class Interrupt(Exception):
    """The person wants the job to end; ``reason`` says how.

    ``stop`` keeps the best model, ``cancel`` ends at once, ``abandon`` means that nobody listens
    any more: save a checkpoint and go.
    """

    def __init__(self, reason: Reason) -> None:
        self.reason: Reason = reason
        super().__init__(reason)


def _nothing() -> None:
    pass


class TrainControl:
    """Flags that a job looks at between two steps, two images or two batches; thread-safe."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._paused = False
        self._reason: Reason | None = None
        self._paused_seconds = 0.0
        self._on_pause: Callable[[], None] = _nothing
        self._on_unpause: Callable[[], None] = _nothing
        self._meanwhile: Callable[[], None] = _nothing
        self._asked = False  # whether that may have something to do
        self._aside = False  # whether it is to be done once although nobody paused
        self._given: list[Any] = []

    def put(self, item: Any) -> None:
        """Hand something to a job that works on a stream."""
        with self._changed:
            self._given.append(item)
            self._changed.notify_all()

    def take(self) -> list[Any]:
        """Wait for what was put and return all of it; raises :class:`Interrupt` at the end."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._given) or self._reason is not None)
            given, self._given = self._given, []
        if self._reason is not None:
            raise Interrupt(self._reason)
        return given

    def steer(self, action: str) -> None:
        """Do what a :class:`workbench.jobs.commands.Control` asks for, nothing where it is unknown.
        """
        does = {"pause": self.pause, "unpause": self.unpause, "stop": self.stop,
                "cancel": self.cancel, "aside": self.stand_aside}.get(action)
        if does is not None:
            does()

    def pause(self) -> None:
        self._set(paused=True)

    def unpause(self) -> None:
        self._set(paused=False)

    def stand_aside(self) -> None:
        """Stand still for what :meth:`serve` has to do now, and then go on."""
        with self._changed:
            self._aside = True
            self._changed.notify_all()

    def stop(self) -> None:
        """End soon and keep the best model; does not soften a :meth:`cancel`."""
        self._end("stop")

    def cancel(self) -> None:
        self._end("cancel")

    def abandon(self) -> None:
        """Nobody listens any more: save a checkpoint and end."""
        self._end("abandon")

    @property
    def paused(self) -> bool:
        return self._paused

    @property
    def paused_seconds(self) -> float:
        """How long the job has stood still; it does not count against a budget of minutes."""
        return self._paused_seconds

    def listen(self, on_pause: Callable[[], None], on_unpause: Callable[[], None]) -> None:
        """Have these called on the job's thread when it really stands still and goes on."""
        self._on_pause, self._on_unpause = on_pause, on_unpause

    def serve(self, meanwhile: Callable[[], None]) -> None:
        """Have this called on the job's thread when it stands still, and after each :meth:`wake`
        until it goes on."""
        self._meanwhile = meanwhile

    def wake(self) -> None:
        """There is something to be done while the job stands still."""
        with self._changed:
            self._asked = True
            self._changed.notify_all()

    def wait_if_paused(self) -> None:
        """Stand still until :meth:`unpause` or an end is asked for, or for :meth:`stand_aside`."""
        aside, self._aside = self._aside and self._reason is None, False
        if not (aside or self._still):
            return
        began = time.monotonic()
        self._on_pause()
        if aside:
            self._meanwhile()
        self.wake()  # what is to be done may have come before
        while self._still:
            with self._changed:
                self._changed.wait_for(lambda: self._asked or not self._still)
                asked, self._asked = self._asked, False
            if asked and self._still:
                self._meanwhile()
        self._paused_seconds += time.monotonic() - began
        self._on_unpause()

    def check(self) -> None:
        """Stand still while paused; raise :class:`Interrupt` when the job is to end."""
        self.wait_if_paused()
        if self._reason is not None:
            raise Interrupt(self._reason)

    @property
    def _still(self) -> bool:
        """Whether the job is to stand still."""
        return self._paused and self._reason is None

    def _set(self, paused: bool) -> None:
        with self._changed:
            self._paused = paused
            self._changed.notify_all()

    def _end(self, reason: Reason) -> None:
        strength = {None: 0, "stop": 1, "cancel": 2, "abandon": 3}
        with self._changed:
            if strength[reason] > strength[self._reason]:
                self._reason = reason
            self._changed.notify_all()
