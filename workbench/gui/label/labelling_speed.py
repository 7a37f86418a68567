"""How many objects a person adds a minute, for who wants to know."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from workbench.core.text import count, tr

OPTION = ("images", "pace")
"""Place and name of the choice to say it; one for all media."""
_WINDOW = 300.0  # seconds of work that count
_PAUSE = 60.0  # seconds without an object after which one begins anew
_LEAST = 15.0  # seconds before a number means something


class LabellingSpeed:
    """Counts objects by the clock; what is longer ago than five minutes, or lies before a pause,
    is forgotten.

    Parameters
    ----------
    clock
        Seconds that only rise.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._added: deque[tuple[float, int]] = deque()

    def add(self, number: int) -> None:
        """So many objects were added just now."""
        now = self._clock()
        if self._added and now - self._added[-1][0] > _PAUSE:
            self._added.clear()
        self._added.append((now, number))
        while now - self._added[0][0] > _WINDOW:
            self._added.popleft()

    def a_minute(self) -> float | None:
        """Objects a minute, from the first that counts to the last; None where that is too short,
        or there is a pause now."""
        if not self._added or self._clock() - self._added[-1][0] > _PAUSE:
            return None
        seconds = self._added[-1][0] - self._added[0][0]
        if seconds < _LEAST:
            return None
        return 60 * sum(number for _, number in list(self._added)[1:]) / seconds

    def words(self, noun: str) -> str:
        """ "12 boxes a minute"; "" where nothing can be said."""
        found = self.a_minute()
        return "" if found is None else tr("{objects} a minute", objects=count(round(found), noun))
