"""The training loop: steps, epochs, the best model, checkpoints."""

from __future__ import annotations

import gc
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import torch

from workbench.core.errors import WorkbenchError
from workbench.core.text import capital, several
from workbench.engine.devices import is_out_of_memory
from workbench.engine.tasks import noun_of
from workbench.engine.training.advice import (
    enough_text,
    halved_batch_text,
    is_less,
    lengthened_text,
    no_memory_text,
    stretched_text,
)
from workbench.engine.training.at_once import samples_at_once
from workbench.engine.training.budget import Budget, enough_steps
from workbench.engine.training.checkpoint import (
    BestEpoch,
    Position,
    load_checkpoint,
    save_checkpoint,
)
from workbench.engine.training.control import Interrupt, TrainControl
from workbench.engine.training.hooks import EpochReport, Hook, StepReport
from workbench.engine.training.parts import TrainingParts
from workbench.engine.training.progress import RunProgress
from workbench.engine.training.ranks import RankZero
from workbench.engine.training.snapshot import put_back, take_snapshot
from workbench.engine.training.step import PendingStep
from workbench.engine.training.stepping import Stepping
from workbench.extension.pipeline import Batch, ValidationResult

Outcome = Literal["finished", "stopped", "cancelled", "abandoned"]

_SAVE_SHARE = 50  # a checkpoint is written when this many times its own cost has passed
_SAVE_WITHIN = 30.0  # seconds between checkpoints within a long epoch
_VALIDATE_SHARE = 8  # in a run of minutes, so many times a validation's cost lie between two
_MEASURED_EPOCHS = 3  # after so many it is known how long one takes
_BAD_STEPS = 3  # steps in a row without a finite loss before the run ends


class NotLearning(WorkbenchError):
    """The loss is no number any more."""


@dataclass(frozen=True, slots=True)
class RunFiles:
    """What the loop leaves in the run's folder: by whom it is written, so that the loop need not
    know how."""

    checkpoint: Path
    save_best: Callable[[BestEpoch, dict[str, torch.Tensor], ValidationResult | None], None]
    saved: Callable[[int, Path], None]


class EndTiming(Protocol):
    """How long the end of the run will take, in seconds; 0 where nothing limits it."""

    def seconds(self) -> float: ...


class Trainer:
    """Trains until the epochs or the minutes are over or the person ends it.

    Parameters
    ----------
    parts
        Model, optimiser and data.
    budget
        The run's clock.
    control
        Looked at between two steps and two batches of a validation.
    hooks
        Watch steps and epochs.
    files
        Where the best model and checkpoints go.
    subset
        Validation images that are looked at after an epoch.
    say
        Takes a sentence for the person.
    end
        Knows how long the end will take.
    note
        Takes a sentence for the log.
    team
        Other devices that learn along.
    """

    def __init__(
        self, parts: TrainingParts, budget: Budget, control: TrainControl, hooks: Sequence[Hook],
        files: RunFiles, subset: list[int], say: Callable[[str], None], end: EndTiming,
        note: Callable[[str], None] = lambda sentence: None, team: RankZero | None = None,
    ) -> None:
        self._parts = parts
        self._plan = parts.plan
        self._stepping = Stepping(parts, note, team)
        self._taken: deque[PendingStep] = deque()
        self._noun = noun_of(parts.plan.recipe)
        self._budget = budget
        self._control = control
        self._hooks = hooks
        self._files = files
        self._subset = subset
        self._say = say
        self._end = end
        self._progress = RunProgress(parts.plan, budget, self._stepping.begin(len(subset)))
        self._averaged = False
        self._time_up = False
        self._validated = False
        self._shortened = False
        self._bad = 0
        self._step_seconds = 0.0
        self._epoch_cost = 0.0
        self._saved_at = time.monotonic()
        self._save_cost = 0.0
        self._unsaved: tuple[
            BestEpoch, dict[str, torch.Tensor], ValidationResult | None] | None = None
        self._validated_at = time.monotonic()

    @property
    def position(self) -> Position:
        """Where the run is."""
        return self._progress.position

    # The run

    def run(self) -> Outcome:
        """Train; the best model is on disk afterwards, whatever the outcome."""
        self._progress.begin()
        self._fit_memory()
        self._budget.reserve = self._end.seconds()
        if self._budget.minutes is not None:
            self._begin_minutes(self._budget.minutes)
        frozen = gc.get_freeze_count() > 0  # by whoever started this, and for longer than a run
        if not frozen:
            gc.collect()
            gc.freeze()  # what is there by now need not be looked through again: 3 % of a step
        try:
            while not self._over():
                self._epoch()
        except Interrupt as interrupt:
            return self._ended(interrupt)
        finally:
            if not frozen:
                gc.unfreeze()
            self._stepping.forget()  # what it holds on a GPU is needed for predicting
            self._save_best()
            for hook in self._hooks:
                hook.on_end()
        return "finished"

    def _fit_memory(self) -> None:
        """Take fewer samples at once than the batch has, where the memory is known to be short."""
        position, plan = self.position, self._plan
        before = position.batch_size // position.parts
        most = samples_at_once(plan.recipe, self._parts.model.input_size, before, plan.device,
                               len(plan.classes))
        while position.batch_size // position.parts > most and self._stepping.halve(position):
            pass
        if position.batch_size // position.parts < before:
            self._say(halved_batch_text(before, position.batch_size, position.parts, self._noun))

    def _begin_minutes(self, given: float) -> None:
        """Let the time for learning begin, and leave enough of it where starting took long."""
        self._budget.begin_training(self.position.first or None)
        self.position.first = self._budget.first
        if self._budget.lengthen():
            self._say(lengthened_text(given, self._budget.first, self._budget.minutes or given))

    def _over(self) -> bool:
        if (last := self._progress.last_epoch()) is not None:
            return self.position.epoch > last
        # One step at least, and the last weights must have been looked at: they are mostly best.
        return self._validated and (self._time_up or self._budget.training_left() <= 0)

    def _ended(self, interrupt: Interrupt) -> Outcome:
        if interrupt.reason == "cancel":
            return "cancelled"
        self.save_checkpoint()
        if interrupt.reason == "abandon":
            return "abandoned"
        # What is fitted by the last step knows nothing before it.
        if self.position.best is None and self.position.step and not self._plan.recipe.fitted:
            self._keep(BestEpoch(self.position.epoch, -1.0, {}), None)
        return "stopped"

    # One epoch

    def _epoch(self) -> None:
        position = self.position
        while position.batch < self._progress.batches and not self._time_up:
            try:
                self._steps()
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                self._halve(error)
        self._finish_epoch()

    def _steps(self) -> None:
        position = self.position
        with closing(self._stepping.batches(position, self._progress.variation)) as steps:
            while not self._time_up:
                began = time.perf_counter()
                if (group := next(steps, None)) is None:
                    return
                self._control.check()
                self._step(group, began)
                self._after_step()

    def _step(self, group: list[Batch], began: float) -> None:
        """One optimiser step; the position moves only when it is complete."""
        position = self.position
        rate = self._progress.set_rate(position.batch, self._parts.optimizers)
        marks = [began, time.perf_counter()]
        if not self._parts.model.module.training:
            self._parts.learner.train()
        losses, images = self._stepping.take(group, marks, position,
                                             self._progress.variation(position.batch))
        position.step += 1
        position.batch += 1
        self._validated = False
        self._taken.append(PendingStep(losses, position.step, rate, images, marks))
        read = self._read(int(self._stepping.late))
        marks.append(time.perf_counter())
        for taken, values in read:
            self._report(taken, values)

    def _read(self, leave: int) -> list[tuple[PendingStep, dict[str, float]]]:
        """The losses of all steps but the last ``leave``, for which a GPU may be waited for; none
        of a step that was none."""
        found = []
        while len(self._taken) > leave:
            taken = self._taken.popleft()
            values, finite = taken.losses.read()
            self._count_bad_steps(finite)
            found.append((taken, values if finite else {}))
        return found

    def _settle(self) -> None:
        """Have no step left whose losses are not read."""
        for taken, values in self._read(0):
            self._report(taken, values)

    def _count_bad_steps(self, finite: bool) -> None:
        self._bad = 0 if finite else self._bad + 1
        if self._bad < _BAD_STEPS:
            return
        best = self.position.best
        kept = (f"The best model so far, from epoch {best.epoch}, was kept." if best
                else "There is no model yet.")
        raise NotLearning(
            f"the loss is not a number any more in epoch {self.position.epoch}: the learning rate "
            f"of {float(self._plan.settings['lr']):g} is probably too high for these "
            f"{several(self._noun)}",
            kept=kept,
        )

    def _end_earlier(self) -> None:
        """Shorten a run of minutes in which small data would be shown too often."""
        position, batches, whole = self.position, self._progress.batches, self._plan.minutes
        if whole is None or self._time_up or not position.step:
            return
        most = enough_steps(batches)
        used = self._budget.elapsed() - self._budget.first
        self._shortened |= self._budget.shorten(used * most / position.step)
        if position.epoch == _MEASURED_EPOCHS and self._shortened:
            seconds = self._budget.elapsed() + self._budget.remaining()
            if is_less(seconds, whole):
                words = enough_text(seconds, whole, most // batches, self._noun)
                self._say(capital(words) + ".")

    def _report(self, taken: PendingStep, losses: dict[str, float]) -> None:
        position, marks, images = self.position, taken.marks, taken.images
        seconds = marks[-1] - marks[0]
        position.epoch_seconds += seconds
        self._step_seconds = 0.9 * self._step_seconds + 0.1 * seconds or seconds
        if not losses:
            return
        for name, value in losses.items():
            position.sums[name] = position.sums.get(name, 0.0) + value * images
        position.images += images
        names = ("data", "forward", "backward", "step")
        phases = {name: marks[i + 1] - marks[i] for i, name in enumerate(names)}
        epochs, steps = self._progress.expected()
        report = StepReport(
            position.epoch, epochs, taken.number, steps, losses, images, taken.rate, phases,
            min(1.0, self._progress.share(position.batch)),
            self._progress.eta(steps, self._step_seconds, self._epoch_cost),
        )
        for hook in self._hooks:
            hook.on_step(report)

    def _after_step(self) -> None:
        if self.position.epoch == 1 and (given := self._plan.minutes) is not None:
            ahead = self._budget.look_ahead(self.position.batch / self._progress.batches)
            if words := stretched_text(ahead, given, self._budget.minutes or given, self._noun):
                self._say(words)
        if self._budget.training_left() < self._step_seconds:
            self._time_up = True
        waited = time.monotonic() - self._saved_at
        if waited > _SAVE_WITHIN and waited > _SAVE_SHARE * self._save_cost:
            self.save_checkpoint()

    # The end of an epoch

    def _finish_epoch(self) -> None:
        position = self.position
        self._settle()
        began = time.monotonic()
        if self._budget.training_left() < self._step_seconds:
            self._time_up = True  # no other step will follow
        validation, previews = self._validate()
        self._validated = validation is not None or not self._subset
        best = self._is_best(validation)
        if best:
            score = validation.score if validation else -1.0
            metrics = validation.metrics if validation else {}
            self._keep(BestEpoch(position.epoch, score, metrics), validation)
        images = max(1, position.images)
        report = EpochReport(
            position.epoch, self._progress.expected()[0], position.step,
            {name: value / images for name, value in position.sums.items()},
            validation.metrics if validation else {}, position.epoch_seconds, best, previews,
        )
        self._epoch_cost = time.monotonic() - began
        self._end_earlier()
        if (patience := self._progress.patience) is not None:
            patience.look(validation.score if validation else None, self._progress.batches)
        position.epoch += 1
        position.batch, position.images, position.epoch_seconds = 0, 0, 0.0
        position.sums = {}
        for hook in self._hooks:
            hook.on_epoch(report)
        if self._save_is_due():
            self.save_checkpoint()

    def _validate(self) -> tuple[ValidationResult | None, list[dict[str, object]]]:
        """Validate, unless in a run of minutes that would eat its time; show some images."""
        validator = self._parts.validator
        chosen = validator.previews(self._subset, int(self._plan.settings["previews"]))
        if not self._subset:
            return None, []
        with self.averaged():
            if self._validation_is_due():
                validation = validator.run(self._subset, self._control.check)
                self._validated_at = time.monotonic()
                self._budget.reserve = self._end.seconds()
                found = dict(zip(validation.indices, validation.results, strict=True))
                return validation, [validator.show(index, found[index]) for index in chosen]
            if self.position.epoch_seconds < 20 * len(chosen) * validator.seconds_per_sample:
                return None, []
            results = validator.predict(chosen, self._control.check)
        shown = zip(chosen, results, strict=True)
        return None, [validator.show(index, item) for index, item in shown]

    def _validation_is_due(self) -> bool:
        if self._plan.epochs is not None or self._time_up:
            return True
        validator = self._parts.validator
        cost = validator.seconds_per_sample * len(self._subset)
        waited = time.monotonic() - self._validated_at
        last = self._budget.training_left() < self.position.epoch_seconds
        return waited >= _VALIDATE_SHARE * cost and not last

    def _is_best(self, validation: ValidationResult | None) -> bool:
        if not self._parts.validator:
            return True  # nobody can tell: the latest counts
        if validation is None:
            return False
        best = self.position.best
        return best is None or validation.score >= best.score

    def _keep(self, best: BestEpoch, validation: ValidationResult | None) -> None:
        """Hold on to the weights as they are; they are written with the next checkpoint."""
        self.position.best = best
        weights = {name: tensor.detach().to("cpu", copy=True)
                   for name, tensor in self._best_weights().items()}
        self._unsaved = (best, weights, validation)

    def _save_best(self) -> None:
        if self._unsaved is not None:
            self._files.save_best(*self._unsaved)
            self._unsaved = None

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Have the averaged weights in the model inside the block."""
        average = self._parts.average
        inside = average.applied() if average else nullcontext()
        with inside:
            self._averaged = True
            try:
                yield
            finally:
                self._averaged = False

    def _best_weights(self) -> dict[str, torch.Tensor]:
        """The weights that are to be kept: the average where there is one."""
        average = self._parts.average
        if average is not None and not self._averaged:
            return average.state_dict()
        weights: dict[str, torch.Tensor] = self._parts.model.module.state_dict()
        return weights

    # Memory and checkpoints

    def _halve(self, error: BaseException) -> None:
        position = self.position
        before = position.batch_size // position.parts
        if not self._stepping.halve(position):
            raise WorkbenchError(no_memory_text(before, self._noun)) from error
        self._say(halved_batch_text(before, position.batch_size, position.parts, self._noun))

    def _save_is_due(self) -> bool:
        if self._over():
            return self._plan.epochs is not None  # in a run of minutes there is no time for it
        return time.monotonic() - self._saved_at >= _SAVE_SHARE * self._save_cost

    @property
    def step_seconds(self) -> float:
        """What a step took lately."""
        return self._step_seconds

    def save_checkpoint(self) -> None:
        """Write where the run is; not while the averaged weights are in the model."""
        if self._averaged:
            return
        self._settle()
        began = time.monotonic()
        self._save_best()  # first: a checkpoint must not speak of a best that is nowhere
        self.position.elapsed = self._budget.elapsed()
        save_checkpoint(self._files.checkpoint, self.position, take_snapshot(self._parts))
        self._saved_at = time.monotonic()
        self._save_cost = self._saved_at - began
        self._files.saved(self.position.epoch, self._files.checkpoint)

    def load_checkpoint(self, path: Path) -> None:
        """Go on from ``path`` at the next :meth:`run`."""
        self._progress.position, tensors = load_checkpoint(path, self._plan.device)
        self._subset = self._parts.validator.choose(self.position.looked)
        put_back(self._parts, tensors)
        self._stepping.forget()
