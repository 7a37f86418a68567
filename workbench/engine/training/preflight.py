"""What pressing Train would do: measured on this machine, told in one line."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import torch

from workbench.core.text import count
from workbench.engine import seeds
from workbench.engine.data.batches import batches_per_epoch
from workbench.engine.devices import empty_cache, list_devices, use_all_cores
from workbench.engine.models.weights import weights_path
from workbench.engine.tasks import noun_of, task_of
from workbench.engine.training.advice import (
    batch_text,
    enough_text,
    few_at_once_text,
    is_less,
    recipe_text,
    seconds_text,
    start_text,
    start_warnings,
    time_warnings,
)
from workbench.engine.training.at_once import samples_at_once
from workbench.engine.training.budget import enough_steps
from workbench.engine.training.control import TrainControl
from workbench.engine.training.hooks import Emit
from workbench.engine.training.other_load import OtherLoad
from workbench.engine.training.parts import TrainingParts, build_bare, build_parts
from workbench.engine.training.plan import TrainPlan
from workbench.engine.training.planning import make_plan
from workbench.engine.training.ranks import check_ranks
from workbench.engine.training.record import EventReporter
from workbench.engine.training.recorded import WARM
from workbench.engine.training.start import Start, apply_start
from workbench.engine.training.step import StepTaker
from workbench.engine.training.timing import Timing, recall, remember
from workbench.engine.training.trial_steps import step_times
from workbench.extension.pipeline import Validator
from workbench.jobs.commands import TrainRequest
from workbench.jobs.events import PreflightDone
from workbench.project.cache import cache_folder
from workbench.project.runs import require_room

_ENOUGH = 0.6  # seconds of timed steps
_MOST = 4  # timed steps
_LONG = 3.0  # seconds of a step that is not taken again only to know its time better
_BUSY = 0.2  # share of the cores; beside so much other work one timed step says little
_STARTUP = 2.0  # seconds for what only a training imports and builds, about


def preflight(
    project: Path, request: TrainRequest, emit: Emit, control: TrainControl, job: str = "",
    began: float | None = None,
) -> PreflightDone:
    """Find out what a training would do, without leaving anything but a note of the timing.

    ``began`` is the ``time.monotonic()`` from which a training's budget would count; what passed
    since then, a training would need as well.

    Raises
    ------
    UsageError, WorkbenchError
        As :func:`workbench.engine.training.train.train` would.
    Interrupt
        If the person asked something else meanwhile.
    """
    began = time.monotonic() if began is None else began
    use_all_cores()
    tick = EventReporter(emit, job, control.check)
    plan = make_plan(project, request, tick)
    require_room(project)
    model = build_bare(plan)
    check_ranks(plan, model)
    plan.warnings.extend(task_of(plan.recipe).model_warnings(plan, model))
    # what the weights are decides which layers learn; those that would have to be fetched are not
    taken = (apply_start(plan.start, model, plan.classes, plan.recipe.task)
             if plan.start.available else None)
    plan.warnings.extend(start_warnings(plan, taken))
    few = samples_at_once(plan.recipe, model.input_size, plan.batch_size, plan.device,
                          len(plan.classes))
    if few < plan.batch_size:
        plan.warnings.append(few_at_once_text(plan.batch_size, few, noun_of(plan.recipe)))
    startup = _STARTUP + time.monotonic() - began
    control.check()
    timing = _timing(plan, model, few, tick)
    control.check()
    return _answer(plan, model, timing, _Context(job, startup, start_text(plan, taken)))


@dataclass(frozen=True, slots=True)
class _Context:
    """What an answer needs besides plan, model and timing: the job, the seconds that starting
    takes, and where the weights come from."""

    job: str
    startup: float
    start: str


# Measuring


def _timing(plan: TrainPlan, model: Any, few: int, tick: EventReporter) -> Timing:
    known = recall(plan, model)
    if known is not None:
        return known
    tick("Measuring a step", 0, 0)
    timing = _measure(plan, model, few, lambda: tick("Measuring a step", 0, 0))
    remember(plan, model, timing)
    return timing


def _measure(plan: TrainPlan, model: Any, few: int, check: Callable[[], None]) -> Timing:
    before = psutil.Process().memory_info().rss
    if plan.device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(plan.device)  # of what this process did before
    elif plan.device.type == "mps":
        empty_cache()
    some, longer = _first_batch(plan, few)
    parts = build_parts(some, model, cache_folder(plan.project))
    try:
        began = time.perf_counter()
        parts.store.get(range(len(some.train)))
        read = (time.perf_counter() - began) / len(some.train)
        step = _time_steps(parts, len(some.train), check)
        predict = longer * _time_predicting(parts.validator, check)
    finally:
        parts.close()
    # of a step in parts only one was measured; with fewer samples than a batch that is all of it
    step *= min(plan.batch_size, len(plan.train)) / len(some.train)
    return Timing(step, predict, read, _memory(plan.device, before))


def _first_batch(plan: TrainPlan, few: int) -> tuple[TrainPlan, float]:
    """A plan of the ``few`` samples that are learned from at once, which is validated on one of
    them; and how many times longer predicting on a whole sample takes."""
    facts, longer = task_of(plan.recipe).trial(plan)
    some = replace(plan.data, train=plan.train[:few], val=plan.train[:1], facts=facts)
    return replace(plan, data=some), longer


def _time_steps(parts: TrainingParts, samples: int, check: Callable[[], None]) -> float:
    """Seconds of one step, the quickest of a few; a small one before them warms up. Where other
    programs are at work meanwhile, and be it the window with its thumbnails, of a few more."""
    plan, taker = parts.plan, StepTaker(parts)
    unrecorded = WARM if taker.late else 0

    def step(number: int) -> None:
        indices = np.arange(samples if number else min(2, samples))
        seeds.seed_torch(plan.seed, number)
        taker.take(parts.loader.make(indices, 1, number, 0.0), []).read()

    load = OtherLoad()
    try:
        times = step_times(parts.model, step, plan.device, check, _ENOUGH,
                           least=1 + unrecorded, most=_MOST + unrecorded)
        if len(times) == 1 + unrecorded and times[-1] < _LONG:
            # the first whole batch waits for its memory, which the later ones find ready
            times += step_times(parts.model, step, plan.device, check, 0.0, least=2, most=2)
        if len(times) < _MOST and load.share() > _BUSY:
            times += step_times(parts.model, step, plan.device, check, _MOST * _ENOUGH,
                                least=2, most=_MOST - 1)
        return min(times)
    finally:
        taker.forget()


def _time_predicting(validator: Validator, check: Callable[[], None]) -> float:
    """Seconds of predicting on one sample, the quicker of two; the first time warms up."""
    validator.predict([0], check)
    times = []
    for _ in range(2):
        began = time.perf_counter()
        validator.predict([0], check)
        times.append(time.perf_counter() - began)
        if times[0] > _ENOUGH:  # a sample of many parts: once must do
            break
    return min(times)


def _memory(device: torch.device, before: int) -> int:
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    if device.type == "mps":  # torch keeps what was freed, so this is the most that was in use
        return int(torch.mps.driver_allocated_memory())
    return max(psutil.Process().memory_info().rss, before)


# Telling


def _answer(plan: TrainPlan, model: Any, timing: Timing, known: _Context) -> PreflightDone:
    cache = task_of(plan.recipe).cache_bytes(plan, model)
    memory = timing.memory + (min(cache, psutil.virtual_memory().available // 4)
                              if plan.device.type == "cpu" else 0)
    steps = batches_per_epoch(len(plan.train), plan.batch_size)
    looked = min(len(plan.val), max(32, plan.learned))
    epoch = steps * timing.step + looked * timing.detect
    final = (len(plan.test)) * (timing.detect + timing.read)
    first = known.startup + (len(plan.train) + len(plan.val)) * timing.read
    if plan.minutes is not None:
        possible = int((plan.minutes * 60 - first - final) / epoch)
        enough = -(-enough_steps(steps) // steps)
        epochs = max(1, min(possible, enough))
        eta = plan.minutes * 60
        if possible > enough:
            eta = first + epochs * epoch + final
            if is_less(eta, plan.minutes):
                plan.warnings.append(enough_text(eta, plan.minutes, enough, noun_of(plan.recipe)))
    else:
        epochs = plan.epochs or 1  # at most, where the run ends when nothing improves
        eta = first + epochs * epoch + final
    late = time_warnings(plan.minutes, first, steps * timing.step, final)
    split = {"train": plan.learned, "val": len(plan.val), "test": len(plan.test)}
    return PreflightDone(
        known.job, plan.recipe.id, _report(plan, model, known, _Length(memory, epoch, epochs, eta)),
        sum(split.values()) if not plan.split.val_is_train else split["train"] + split["test"],
        list(plan.classes), split, str(plan.device), memory, _weights(plan.start), epochs,
        epoch, eta, [*plan.warnings, *late], recipe_text(plan), known.start, _summary(plan, model),
        plan.data.files, task_of(plan.recipe).label_summary(plan),
        task_of(plan.recipe).sample_summary(plan),
    )


def _weights(start: Start) -> dict[str, object]:
    weights = start.weights
    if weights is None:
        return {"needed": start.path is not None, "available": True, "name": start.name, "size": 0}
    return {"needed": True, "available": start.available, "name": weights.name,
            "size": weights.size, "path": str(weights_path(weights))}


@dataclass(frozen=True, slots=True)
class _Length:
    """Bytes of memory; seconds of an epoch; epochs; seconds in all."""

    memory: int
    epoch: float
    epochs: int
    all: float


def _report(plan: TrainPlan, model: Any, known: _Context, length: _Length) -> str:
    device = next(item for item in list_devices() if item["id"] == str(plan.device))
    memory = f"{length.memory / 2**30:.1f} of {device['memory'] / 2**30:.0f} GB"
    summary = _summary(plan, model)
    parts = [
        f"{task_of(plan.recipe).inventory(plan)}: {plan.learned} for training, "
        f"{len(plan.val)} for validation, {len(plan.test)} for testing",
        f"{plan.recipe.title} {_from(plan.start)}" + (f" ({summary})" if summary else ""),
        recipe_text(plan),
        known.start,
        f"{device['name']}, {memory}",
        batch_text(plan),
        f"About {seconds_text(length.epoch)} an epoch, " + _length_text(plan, length),
    ]
    return ". ".join(part for part in parts if part) + "."


def _length_text(plan: TrainPlan, length: _Length) -> str:
    epochs, whole = count(length.epochs, "epoch"), seconds_text(length.all)
    if plan.until_best:
        return f"until it stops improving: {epochs} or {whole} at most"
    return f"{epochs} in {whole}"


def _summary(plan: TrainPlan, model: Any) -> str:
    """Why the model is built as it is, and how samples are prepared."""
    parts = (plan.data.summary, model.summary.strip().rstrip("."))
    return "; ".join(part for part in parts if part)


def _from(start: Start) -> str:
    if start.weights is not None:
        place = (" on this machine" if start.available
                 else f", {round(start.weights.size / 2**20)} MB to fetch")
        return f"from weights of {start.weights.title}{place}"
    return f"from {start.name}" if start.path is not None else "from nothing"
