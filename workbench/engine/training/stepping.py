"""How the loop takes a step: from one batch, from several, or together with other devices."""

from __future__ import annotations

from collections.abc import Callable, Generator

from workbench.engine import seeds
from workbench.engine.devices import empty_cache
from workbench.engine.training.checkpoint import Position
from workbench.engine.training.groups import GroupStep, groups, halved
from workbench.engine.training.parts import TrainingParts
from workbench.engine.training.ranks import Order, RankZero
from workbench.engine.training.step import StepLosses, StepTaker
from workbench.extension.model import HasTrainingStep
from workbench.extension.pipeline import Batch


class Stepping:
    """Batches and steps of a training.

    Parameters
    ----------
    note
        Takes a sentence for the log.
    team
        Other devices that learn along.
    """

    def __init__(
        self, parts: TrainingParts, note: Callable[[str], None], team: RankZero | None = None
    ) -> None:
        self._parts = parts
        self._team = team
        self._single = StepTaker(parts, note)
        self._grouped = GroupStep(parts, team)
        self.late = self._single.late
        """Whether losses had better be read only when another step was taken."""

    def begin(self, looked: int) -> Position:
        """The beginning of a run; ``looked`` as in :class:`Position`."""
        size = self._parts.plan.batch_size
        if self._team is not None:
            self._team.share(self._parts.model.module)
            size -= size % self._team.size
        return Position(batch_size=size, looked=looked)

    def batches(
        self, position: Position, progress: Callable[[int], float]
    ) -> Generator[list[Batch]]:
        """The batches of each step that is left of the epoch."""
        return groups(self._parts.loader, position, progress, self._team)

    def take(
        self, group: list[Batch], marks: list[float], position: Position, progress: float
    ) -> tuple[StepLosses, int]:
        """One step, and how many samples it learned from; ``progress`` of the run is 0..1."""
        samples = sum(len(item.inputs) for item in group)
        seeds.seed_torch(self._parts.plan.seed, position.epoch, position.batch)
        if self._team is not None:
            self._team.order(self._order(position, progress))
            return self._grouped.take(group, marks, position.epoch), samples * self._team.size
        if position.parts > 1:
            return self._grouped.take(group, marks, position.epoch), samples
        return self._single.take(group[0], marks), samples

    def _order(self, position: Position, progress: float) -> Order:
        rates = [[float(group["lr"]) for group in optimizer.param_groups]
                 for optimizer in self._parts.optimizers]
        return Order(position.epoch, position.batch, position.batch_size, position.parts, rates,
                     progress)

    def halve(self, position: Position) -> bool:
        """Go on with fewer samples at once; False where that cannot be."""
        whole = not isinstance(self._parts.model, HasTrainingStep)
        if self._team is not None or not halved(position, whole):
            return False
        self.forget()
        empty_cache()
        return True

    def forget(self) -> None:
        """As :meth:`StepTaker.forget`."""
        self._single.forget()
