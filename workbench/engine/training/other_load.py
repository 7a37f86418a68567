"""How much of the processors is taken by other programs while something is timed."""

from __future__ import annotations

import time

import psutil

_IDLE = ("idle", "iowait", "guest", "guest_nice")  # guests are counted as user time already


class OtherLoad:
    """The load of other programs, from when it is made on."""

    def __init__(self) -> None:
        self._wall, self._all, self._own = _seconds()

    def share(self) -> float:
        """Share of all cores that other programs took since the beginning, 0 to 1."""
        wall, all_, own = _seconds()
        cores = psutil.cpu_count() or 1
        taken = (all_ - self._all) - (own - self._own)
        return min(1.0, max(0.0, taken / (cores * max(wall - self._wall, 1e-3))))


def _seconds() -> tuple[float, float, float]:
    """A clock, the busy seconds of all cores together, and those of this process."""
    times = psutil.cpu_times()._asdict()
    busy = sum(value for name, value in times.items() if name not in _IDLE)
    return time.monotonic(), busy, time.process_time()
