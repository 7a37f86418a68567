"""How long a run has taken and how much of its time is left."""

from __future__ import annotations

import time

from workbench.engine.training.control import TrainControl

ENOUGH = (150, 2000)
"""A run of minutes ends when it has done so many epochs and steps: beyond that a detector gets
worse, because it learns few images by heart."""


LEARNING_SHARE = 0.5
"""Share of the minutes given that is always left for learning, however long starting took."""


MOST_STRETCHED = 2.0
"""Times the minutes given that learning may take, so that every sample is seen once."""
_MARGIN = 1.1  # for steps that take longer than the first ones
_LOOK_AHEAD = 0.2  # share of the training time after which it is known how far it will get


def enough_steps(batches: int) -> int:
    """Steps after which that is so, with so many batches in an epoch."""
    return max(ENOUGH[0] * batches, ENOUGH[1])


class Budget:
    """The clock of a run; it stands still while the run is paused.

    Parameters
    ----------
    minutes
        Time from the beginning to the very end, or None for a run of so many epochs.
    began
        ``time.monotonic()`` when the work began, importing and reading included.
    control
        Knows how long the run stood still.
    """

    def __init__(self, minutes: float | None, began: float, control: TrainControl) -> None:
        self.minutes = minutes
        self.reserve = 0.0
        self._given = minutes
        self._looked_ahead = False
        self._began = began
        self._control = control
        self._earlier = 0.0
        self._first = 0.0
        self._furthest = 0.0

    def add_earlier(self, seconds: float) -> None:
        """Count the time that a run which goes on used before."""
        self._earlier += seconds

    def elapsed(self) -> float:
        """Seconds used, without pauses."""
        passed = time.monotonic() - self._began - self._control.paused_seconds
        return self._earlier + passed

    def remaining(self) -> float:
        """Seconds until the very end; infinite for a run of so many epochs."""
        return float("inf") if self.minutes is None else self.minutes * 60 - self.elapsed()

    def training_left(self) -> float:
        """Seconds that may still be spent on training: what is left but the reserve."""
        return self.remaining() - self.reserve

    def begin_training(self, elapsed: float | None = None) -> None:
        """Note that preparing is over; ``elapsed`` is when that was, for a run that goes on."""
        self._first = self.elapsed() if elapsed is None else elapsed

    def lengthen(self) -> bool:
        """Move the end where starting and the reserve leave less than :data:`LEARNING_SHARE`;
        tells whether it was moved. After :meth:`begin_training`."""
        assert self.minutes is not None
        minutes = LEARNING_SHARE * self.minutes + (self._first + self.reserve) / 60
        if minutes <= self.minutes:
            return False
        self.minutes = minutes
        return True

    def shorten(self, seconds: float) -> bool:
        """End ``seconds`` after training began, if that is earlier; tells whether it is."""
        assert self.minutes is not None
        minutes = (self._first + seconds + self.reserve) / 60
        if minutes >= self.minutes:
            return False
        self.minutes = minutes
        return True

    def look_ahead(self, seen: float) -> bool | None:
        """Once, a fifth of the training time in: whether that time is enough to see everything
        once, of which the share ``seen`` is through. Where it is not, the end is moved, unless
        learning would take much longer than was given.

        Returns
        -------
        bool or None
            True where the end was moved, False where the time is too short even so, else None.
        """
        if self._given is None or self._looked_ahead or self.progress() < _LOOK_AHEAD:
            return None
        self._looked_ahead = True
        once = (self.elapsed() - self._first) / seen
        minutes = (self._first + _MARGIN * once + self.reserve) / 60
        if self.minutes is None or minutes <= self.minutes:
            return None
        if once > MOST_STRETCHED * self._given * 60:
            return False
        self.minutes = minutes
        return True

    @property
    def first(self) -> float:
        """Seconds used when training began."""
        return self._first

    def progress(self) -> float:
        """Share of the training time that is over, 0..1; never falls. Only with minutes."""
        assert self.minutes is not None
        whole = self.minutes * 60 - self.reserve - self._first
        now = (self.elapsed() - self._first) / whole if whole > 0 else 1.0
        self._furthest = min(1.0, max(self._furthest, now))
        return self._furthest
