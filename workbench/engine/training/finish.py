"""The end of a training: results of the best model, stored once, with their figures."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from workbench.core.errors import WorkbenchError
from workbench.core.progress import StageCallback
from workbench.engine.models.card import read_card
from workbench.engine.models.saved import read_weights
from workbench.engine.tasks import task_of
from workbench.engine.training.budget import Budget
from workbench.engine.training.control import Interrupt
from workbench.engine.training.parts import TrainingParts
from workbench.engine.training.record import RunRecord
from workbench.jobs.events import LogLine
from workbench.project.operating import operating_score

_LOOK_SHARE = 0.03  # of a budget of minutes, for one validation
_MOST_RESERVE = 0.35  # of a budget of minutes, for the final predictions
_MARGIN = 1.4
_FIXED = 2.5  # seconds for writing files, reading the best model back and leaving …
_FIXED_SHARE = 0.15  # … or this share of what starting took, on a machine that is busy
_LAST = 0.7  # seconds before the end in which nothing more is begun
_PROBE = 4  # samples
_SLOW = 3.0  # seconds for one sample from which on no more are tried
_FEWEST = 8  # samples that a validation looks at, unless they take more than …
_MOST_LOOK_SHARE = 0.1  # … this share of a budget of minutes


class EndTime:
    """How long the end of a run takes, and how many samples a validation may look at."""

    def __init__(self, parts: TrainingParts, record: RunRecord, check: Callable[[], None]) -> None:
        self._parts = parts
        self._record = record
        self._check = check
        self.read_seconds = 0.0
        """Seconds for reading a sample."""
        self.startup = 0.0
        """Seconds that it took to begin."""
        self._looked = 0

    def measure(self) -> None:
        """Time reading and predicting on a few validation samples."""
        validator, store = self._parts.validator, self._parts.store
        indices = validator.choose(_PROBE)
        if not indices:
            return
        began = time.perf_counter()
        store.get(index + len(self._parts.plan.train) for index in indices)
        self.read_seconds = (time.perf_counter() - began) / len(indices)
        began = time.perf_counter()
        validator.predict(indices[:1], self._check)  # the first time is slower than all others
        if time.perf_counter() - began > _SLOW:  # a sample of many parts: once must do
            validator.seconds_per_sample = time.perf_counter() - began
            return
        began = time.perf_counter()
        validator.predict(indices, self._check)
        validator.seconds_per_sample = (time.perf_counter() - began) / len(indices)

    def looked(self) -> int:
        """Validation samples to look at after an epoch; the same for the same run of epochs."""
        plan = self._parts.plan
        chosen = int(plan.settings["val_images"])
        if not chosen and plan.minutes is not None:
            each = max(1e-4, self._parts.validator.seconds_per_sample)
            few = max(1, min(_FEWEST, int(_MOST_LOOK_SHARE * plan.minutes * 60 / each)))
            chosen = max(few, int(_LOOK_SHARE * plan.minutes * 60 / each))
        self._looked = chosen or max(32, plan.learned)
        return self._looked

    def resume(self, looked: int) -> None:
        """Look at as many samples as before the interruption."""
        self._looked = looked

    def seconds(self) -> float:
        """What must be left when training ends, in a run of minutes."""
        plan = self._parts.plan
        if plan.minutes is None:
            return 0.0
        validator = self._parts.validator
        last_look = min(self._looked, len(plan.val)) * validator.seconds_per_sample
        last_look += validator.loss_seconds
        leaving = max(_FIXED, _FIXED_SHARE * self.startup)
        fixed = last_look * _MARGIN + leaving + 2 * self._record.save_seconds
        final = self.final_seconds()
        if final > _MOST_RESERVE * plan.minutes * 60:
            return fixed
        return fixed + final

    def final_seconds(self) -> float:
        """What predicting on all validation and test samples will take."""
        plan = self._parts.plan
        each = self._parts.validator.seconds_per_sample
        val = len(plan.val) if self._looked < len(plan.val) else 0
        return (val * each + len(plan.test) * (each + self.read_seconds)) * _MARGIN

    def keep_validation(self) -> bool:
        """Store the best epoch's results as the run's, if they are of all samples."""
        plan, validation = self._parts.plan, self._record.validation
        if validation is None or not validation.indices:
            return False
        if len(validation.indices) < len(plan.val):
            return False
        first = len(plan.train)
        broken = {index - first for index in self._parts.store.broken}
        places = [place for place, index in enumerate(validation.indices) if index not in broken]
        run = self._record.run
        task_of(plan.recipe).store_results(
            run, read_card(run.best_path), "val",
            [plan.val[validation.indices[place]] for place in places],
            [validation.results[place] for place in places],
            [plan.val[index].key for index in broken if 0 <= index < len(plan.val)],
        )
        return True


class _NoTime(Exception):
    """The budget of minutes is used up."""


def finish(
    parts: TrainingParts, record: RunRecord, end: EndTime, budget: Budget,
    tick: StageCallback,
) -> None:
    """Store raw results of the best model for val and test, and write the final figures.

    What there is no time for, or what the person does not wait for, is left for when the results
    are opened.
    """
    plan, run = parts.plan, record.run
    task = task_of(plan.recipe)
    wanted = {"val": plan.val, "test": plan.test}
    if end.keep_validation():
        del wanted["val"]
    samples = max(1, sum(map(len, wanted.values())))
    late = [split for split, members in wanted.items() if members
            and budget.remaining() < end.final_seconds() * len(members) / samples]
    soon = [split for split, members in wanted.items() if members and split not in late]
    if soon:
        parts.model.module.load_state_dict(read_weights(run.best_path))

    def check() -> None:
        if budget.remaining() < _LAST:
            raise _NoTime

    for split in soon:
        try:
            metrics = task.predict_split(plan, parts.model, read_card(run.best_path), run, split,
                                         partial(tick, f"{task.predicting} {split}"), check)
        except _NoTime:
            late.append(split)
        except Interrupt:
            return
        except WorkbenchError as error:  # the model is safe; only an extra could not be written
            record.say(str(error))
            return
        else:
            run.write_state(metrics={**run.state["metrics"], split: metrics})
    if "val" not in late:
        operating_score(run, plan.classes)  # is kept with it
    for split in late:
        record.emit(LogLine("info", f"There was no time left for {task.predicting.lower()} "
                            f"{split}; this is done when the results are opened."))
