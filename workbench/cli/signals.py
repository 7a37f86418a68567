"""Ctrl+C and SIGTERM while a command is at work."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def on_signals(interrupt: Callable[[], None], terminate: Callable[[], None]) -> Iterator[None]:
    """Call ``interrupt`` at Ctrl+C and ``terminate`` at SIGTERM, for as long as the block runs."""
    old = (signal.signal(signal.SIGINT, lambda *_: interrupt()),
           signal.signal(signal.SIGTERM, lambda *_: terminate()))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, old[0])
        signal.signal(signal.SIGTERM, old[1])


class Asked:
    """Whether a person asked to stop; who asks twice does not wait for the file at hand."""

    once = False

    def stop(self) -> None:
        """Ctrl+C was pressed."""
        if self.once:
            raise KeyboardInterrupt
        self.once = True
