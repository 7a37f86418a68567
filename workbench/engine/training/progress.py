"""How far a run is, what lies ahead of it, and what follows from that: rate and variation."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import torch

from workbench.engine.data.batches import batches_per_epoch
from workbench.engine.training.budget import Budget
from workbench.engine.training.checkpoint import Position
from workbench.engine.training.numbers import written
from workbench.engine.training.patience import Patience
from workbench.engine.training.plan import TrainPlan
from workbench.extension.registry import load
from workbench.extension.training import schedules

_CALM_EPOCHS = 20  # at most so many at the end show the images hardly varied
_VARIED = 0.5  # a progress at which images are varied in full


class RunProgress:
    """Says how far a run is, by its epochs, by its clock or by how it improves."""

    def __init__(self, plan: TrainPlan, budget: Budget, position: Position) -> None:
        self.position = position
        """Where the run is; the loop moves it."""
        self.patience: Patience | None = None
        """Decides about the end of a run that goes on for as long as it improves, else None."""
        self._plan = plan
        self._budget = budget
        schedule = schedules.get(str(plan.settings["schedule"]))
        self._factor: Callable[[float, float], float] = load(schedule.factor)
        self._peak: Callable[[float], float] = load(schedule.peak)

    def begin(self) -> None:
        """Be patient from here on, if the run is to go on for as long as it improves."""
        if self._plan.until_best:
            usual = int(self._plan.recipe.settings["epochs"].default)
            self.patience = Patience(self.position, self._plan.epochs or usual, usual)

    @property
    def batches(self) -> int:
        """Steps of an epoch."""
        return batches_per_epoch(len(self._plan.train), self.position.batch_size)

    def set_rate(self, batch: int, optimizers: Iterable[torch.optim.Optimizer]) -> float:
        """Give ``optimizers`` the learning rate of a batch of the epoch under way; return it."""
        settings = self._plan.settings
        warmup = float(settings["warmup"])
        batches, progress = self.batches, self.share(batch)
        if self.patience is not None:
            done = self.position.epoch - 1 + batch / batches
            progress = self.patience.schedule_progress(done, self._peak(warmup), batches)
        factor = self._factor(progress, warmup)
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                rests = progress < group.get("begins", 0.0)
                group["lr"] = written(group["lr"], 0.0 if rests else group["peak"] * factor)
        return float(settings["lr"]) * factor

    def last_epoch(self) -> int | None:
        """The last epoch, as far as it is known by now; None in a run of minutes."""
        if self.patience is not None:
            return self.patience.last_epoch(self.batches)
        return self._plan.epochs

    def share(self, batch: int) -> float:
        """How much of the run is over at a batch of the epoch under way, 0..1."""
        if (last := self.last_epoch()) is None:
            return self._budget.progress()
        return (self.position.epoch - 1 + batch / self.batches) / last

    def variation(self, batch: int) -> float:
        """The progress that the variation of images goes by, 0..1.

        Images are hardly varied at the end of a run. In a long run that end is shortened: after
        some twenty epochs of it a small set of images is known by heart.
        """
        progress = self.share(batch)
        epochs, _ = self.expected()
        calm = (1 - progress) * epochs <= _CALM_EPOCHS and not self.open_end()
        return progress if calm else min(progress, _VARIED)

    def open_end(self) -> bool:
        """Whether the run goes on for as long as it improves."""
        return self.patience is not None and not self.patience.cooling

    def expected(self) -> tuple[int, int]:
        """Epochs and steps of the whole run; in a run of minutes what the time will allow."""
        position, batches = self.position, self.batches
        if (last := self.last_epoch()) is not None:
            return last, position.step + (last - position.epoch + 1) * batches - position.batch
        used = self._budget.elapsed() - position.first
        left = int(max(0.0, self._budget.training_left()) * position.step / max(used, 1e-3))
        left_in_epoch = batches - position.batch
        more = max(0, math.ceil((left - left_in_epoch) / batches))
        return position.epoch + more, position.step + left

    def eta(self, steps: int, step_seconds: float, epoch_cost: float) -> float:
        """Seconds that are left of ``steps`` in all, where a step takes ``step_seconds`` and the
        end of an epoch ``epoch_cost``; -1 where the end is open."""
        if self.open_end():
            return -1.0
        if self._budget.minutes is not None:
            return max(0.0, self._budget.remaining())
        left = steps - self.position.step
        epochs = left / self.batches
        return left * step_seconds + epochs * epoch_cost + self._budget.reserve
