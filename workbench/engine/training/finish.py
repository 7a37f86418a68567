"""The end of a training: what the best model finds, stored once, and its numbers."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from workbench.core.errors import WorkbenchError
from workbench.engine.models.card import read_card
from workbench.engine.models.saved import read_weights
from workbench.engine.training.budget import Budget
from workbench.engine.training.control import Interrupt
from workbench.engine.training.parts import Parts
from workbench.engine.training.record import RunRecord
from workbench.evaluation.evaluate import evaluate
from workbench.formats.predictions import PredictionSet, save_predictions
from workbench.jobs.messages import LogLine
from workbench.tasks.detection.engine.predict import Predictor, predict_set
from workbench.tasks.detection.engine.samples import Sample
from workbench.tasks.detection.engine.stored import prediction_meta
from workbench.tasks.detection.engine.validation import numbers

_LOOK_SHARE = 0.03  # of a budget of minutes, for one validation
_MOST_RESERVE = 0.35  # of a budget of minutes, for the final predictions
_MARGIN = 1.4
_FIXED = 2.5  # seconds for writing files, reading the best model back and leaving …
_FIXED_SHARE = 0.15  # … or this share of what starting took, on a machine that is busy
_LAST = 0.7  # seconds before the end in which nothing more is begun
_PROBE = 4  # images
_SLOW = 3.0  # seconds for one image from which on no more are tried
_FEWEST = 8  # images that a validation looks at, unless they take more than …
_MOST_LOOK_SHARE = 0.1  # … this share of a budget of minutes


class Reserve:
    """How long the end of a run takes, and how many images a validation may look at.

    Attributes
    ----------
    startup
        Seconds that it took to begin.
    read_seconds
        Seconds for reading an image.
    """

    def __init__(self, parts: Parts, record: RunRecord, check: Callable[[], None]) -> None:
        self._parts = parts
        self._record = record
        self._check = check
        self.read_seconds = 0.0
        self.startup = 0.0
        self._looked = 0

    def measure(self) -> None:
        """Time reading and detecting on a few validation images."""
        validator, store = self._parts.validator, self._parts.store
        indices = validator.choose(_PROBE)
        if not indices:
            return
        began = time.perf_counter()
        store.get(index + len(self._parts.plan.train) for index in indices)
        self.read_seconds = (time.perf_counter() - began) / len(indices)
        began = time.perf_counter()
        validator.detect(indices[:1], self._check)  # the first time is slower than all others
        if time.perf_counter() - began > _SLOW:  # an image of many tiles: once must do
            validator.seconds_per_image = time.perf_counter() - began
            return
        began = time.perf_counter()
        validator.detect(indices, self._check)
        validator.seconds_per_image = (time.perf_counter() - began) / len(indices)

    def looked(self) -> int:
        """Validation images to look at after an epoch; the same for the same run of epochs."""
        plan = self._parts.plan
        chosen = int(plan.settings["val_images"])
        if not chosen and plan.minutes is not None:
            each = max(1e-4, self._parts.validator.seconds_per_image)
            few = max(1, min(_FEWEST, int(_MOST_LOOK_SHARE * plan.minutes * 60 / each)))
            chosen = max(few, int(_LOOK_SHARE * plan.minutes * 60 / each))
        self._looked = chosen or max(32, plan.learned)
        return self._looked

    def resume(self, looked: int) -> None:
        """Look at as many images as before the interruption."""
        self._looked = looked

    def seconds(self) -> float:
        """What must be left when training ends, in a run of minutes."""
        plan = self._parts.plan
        if plan.minutes is None:
            return 0.0
        validator = self._parts.validator
        last_look = min(self._looked, len(plan.val)) * validator.seconds_per_image
        last_look += validator.loss_seconds
        leaving = max(_FIXED, _FIXED_SHARE * self.startup)
        fixed = last_look * _MARGIN + leaving + 2 * self._record.save_seconds
        final = self.final_seconds()
        if final > _MOST_RESERVE * plan.minutes * 60:
            return fixed
        return fixed + final

    def final_seconds(self) -> float:
        """What detecting on all validation and test images will take."""
        plan = self._parts.plan
        each = self._parts.validator.seconds_per_image
        val = len(plan.val) if self._looked < len(plan.val) else 0
        return (val * each + len(plan.test) * (each + self.read_seconds)) * _MARGIN

    def keep_validation(self) -> bool:
        """Store the best epoch's detections as the run's, if they are of all images."""
        plan, validation = self._parts.plan, self._record.validation
        if validation is None or not validation.indices:
            return False
        if len(validation.indices) < len(plan.val):
            return False
        broken = self._parts.store.broken
        places = [place for place, index in enumerate(validation.indices)
                  if index + len(plan.train) not in broken]
        samples = [plan.val[validation.indices[place]] for place in places]
        lost = [plan.val[index - len(plan.train)].key for index in broken
                if 0 <= index - len(plan.train) < len(plan.val)]
        run = self._record.run
        save_predictions(run.predictions_path("val"), PredictionSet(
            [item.key for item in samples], [item.size for item in samples],
            [validation.detections[place] for place in places], list(plan.classes),
            prediction_meta(read_card(run.best_path), "val", lost),
        ))
        return True


class _NoTime(Exception):
    """The budget of minutes is used up."""


def finish(
    parts: Parts, record: RunRecord, reserve: Reserve, budget: Budget,
    tick: Callable[[str, int, int], None],
) -> None:
    """Store raw predictions of the best model for val and test, and write the final numbers.

    What there is no time for, or what the person does not wait for, is left for when the results
    are opened.
    """
    plan = parts.plan
    wanted = {"val": plan.val, "test": plan.test}
    if reserve.keep_validation():
        del wanted["val"]
    images = max(1, sum(map(len, wanted.values())))
    late = [split for split, samples in wanted.items() if samples
            and budget.remaining() < reserve.final_seconds() * len(samples) / images]
    soon = [split for split, samples in wanted.items() if samples and split not in late]
    if soon:
        parts.model.module.load_state_dict(read_weights(record.run.best_path))
    for split in soon:
        try:
            _predict(parts, record, split, wanted[split], budget, tick)
        except _NoTime:
            late.append(split)
        except Interrupt:
            return
        except WorkbenchError as error:  # the model is safe; only an extra could not be written
            record.say(str(error))
            return
    for split in late:
        record.tell(LogLine("info", f"There was no time left to detect on {split}; this is done "
                            "when the results are opened."))


def _predict(
    parts: Parts, record: RunRecord, split: str, samples: list[Sample], budget: Budget,
    tick: Callable[[str, int, int], None],
) -> None:
    """Detect on the images of a split, store it and write its numbers to the run's state."""
    plan, run = parts.plan, record.run

    def check() -> None:
        if budget.remaining() < _LAST:
            raise _NoTime

    predictor = Predictor(parts.model, read_card(run.best_path), plan.device)
    found = predict_set(
        predictor, plan.project, [item.key for item in samples], split,
        tick=partial(tick, f"Detecting on {split}"), check=check,
    )
    save_predictions(run.predictions_path(split), found)
    by_key = {item.key: item for item in samples}
    truths = [by_key[key].truth(plan.classes) for key in found.files]
    metrics = numbers(evaluate(truths, found.detections, plan.classes))
    run.write_state(metrics={**run.state["metrics"], split: metrics})
