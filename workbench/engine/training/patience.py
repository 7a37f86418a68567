"""Training until nothing improves any more: when that is, and how the run is brought to its end.

While the score rises, the learning rate stays high. When it has not risen for a while the run cools
down: over a last fifth the rate falls and images are varied less, which is where most of a run's
last points are won. A run need not know its length beforehand for that (warm-up, stable, decay;
Hägele et al., 2024). All is counted in epochs and kept in the :class:`Position`, so that a run that
was interrupted goes on as if it had not been.
"""

from __future__ import annotations

from math import ceil, isfinite

from workbench.engine.training.budget import enough_steps
from workbench.engine.training.checkpoint import Position

LEAST_GAIN = 0.002
"""By less a score does not count as risen."""
_WAIT_STEPS, _WAIT_EPOCHS, _WAIT_SHARE = 300, 8, 0.3
_COOL_SHARE, _COOL_EPOCHS = 0.25, 2  # of the epochs before; and how many at least


def most_epochs(batches: int) -> int:
    """Epochs, of so many batches each, after which such a run ends in any case."""
    return ceil(enough_steps(batches) / batches)


class Patience:
    """Decides after each epoch whether the score still rises.

    Parameters
    ----------
    position
        Of the run; :meth:`look` writes down there what it has seen.
    most
        The run's last epoch at the latest.
    usual
        Epochs by which the recipe counts its warm-up.
    """

    def __init__(self, position: Position, most: int, usual: int) -> None:
        self._at = position
        self._most = most
        self._usual = usual

    def look(self, score: float | None, batches: int) -> None:
        """Take in what the epoch that is over scored, None or NaN where nobody knows."""
        at = self._at
        if at.cooling:
            return
        if score is not None and isfinite(score) and score >= at.gained_score + LEAST_GAIN:
            at.gained_epoch, at.gained_score = at.epoch, score
        if at.epoch >= self._cooling_expected(batches):
            at.cooling = at.epoch

    @property
    def cooling(self) -> bool:
        """Whether the end has been decided."""
        return self._at.cooling > 0

    def last_epoch(self, batches: int) -> int:
        """The last epoch: certain once the run cools down, else if nothing improves any more."""
        begin = self._at.cooling or self._cooling_expected(batches)
        return min(self._most, begin + _cooling_epochs(begin))

    def schedule_progress(self, done: float, peak: float, batches: int) -> float:
        """Where a schedule that peaks at ``peak`` (0..1) stands after ``done`` epochs."""
        if not self.cooling:
            return min(peak, done / max(1, self._usual))
        end = self.last_epoch(batches)
        share = (done - self._at.cooling) / max(1, end - self._at.cooling)
        return peak + (1 - peak) * min(1.0, max(0.0, share))

    def _cooling_expected(self, batches: int) -> int:
        """The epoch after which the run cools down if nothing improves any more."""
        wait = max(_WAIT_EPOCHS, ceil(_WAIT_STEPS / batches), ceil(_WAIT_SHARE * self._at.epoch))
        latest = int(self._most / (1 + _COOL_SHARE))
        return max(1, min(self._at.gained_epoch + wait, latest))


def _cooling_epochs(before: int) -> int:
    return max(_COOL_EPOCHS, ceil(_COOL_SHARE * before))
