"""Train a model on a project, or go on with a run."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import psutil
from torch import Tensor

from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.progress import StageCallback
from workbench.core.text import capital, several
from workbench.engine.devices import device_or_best, is_card_lost, use_all_cores
from workbench.engine.models.card import ModelCard
from workbench.engine.nvml import load_figures
from workbench.engine.tasks import noun_of, task_of
from workbench.engine.training.advice import recipe_text, start_text, start_warnings, unseen_text
from workbench.engine.training.at_once import samples_at_once
from workbench.engine.training.budget import Budget
from workbench.engine.training.checkpoint import BestEpoch, load_checkpoint
from workbench.engine.training.control import Interrupt, TrainControl
from workbench.engine.training.finish import EndTime, finish
from workbench.engine.training.hooks import Emit, EventHook, Hook, TensorBoardHook
from workbench.engine.training.loop import NotLearning, Outcome, RunFiles, Trainer
from workbench.engine.training.parts import TrainingParts, build_bare, build_parts
from workbench.engine.training.plan import TrainPlan
from workbench.engine.training.planning import make_plan
from workbench.engine.training.ranks import RankZero, check_ranks
from workbench.engine.training.record import (
    EventReporter,
    RunHook,
    RunRecord,
    card_lost,
    failed_state,
    folder_gone,
    forget_after,
    freeze_split,
    frozen_split,
)
from workbench.engine.training.snapshot import put_weights_back
from workbench.engine.training.start import apply_start, fetch_start
from workbench.engine.training.teaching import (
    evaluate_student,
    make_pseudo_labels,
    pseudo_label_text,
    read_pseudo_labels,
    save_pseudo_labels,
    with_pseudo_labels,
)
from workbench.engine.training.timing import Timing, recall, remember
from workbench.extension.augmentations import settings_of
from workbench.extension.model import TrainableModel
from workbench.extension.pipeline import ValidationResult
from workbench.extension.plugins import load_plugins
from workbench.extension.registry import recipes
from workbench.jobs.commands import TrainRequest
from workbench.jobs.events import Finished, LogLine, Paused, Started, Unpaused
from workbench.project.cache import cache_folder
from workbench.project.datasets.split_files import split_problem
from workbench.project.datasets.splits import save_split
from workbench.project.runs import RunFolder

_WRITES_SPLIT = "Problems, or workbench doctor --write-split, writes this one there"
_TELLING = 20  # steps after which the time of one is worth noting


class RunFailed(WorkbenchError):
    """A training failed after its run was begun; ``run`` is its folder."""

    def __init__(self, sentence: str, run: RunFolder) -> None:
        super().__init__(sentence)
        self.run = run
        self.resumable = run.checkpoint_path.is_file()


@dataclass(frozen=True, slots=True)
class _Job:
    """What every stage of a training needs to talk to the person."""

    emit: Emit
    control: TrainControl
    id: str
    began: float
    tick: EventReporter


def train(
    project: Path, request: TrainRequest, emit: Emit, control: TrainControl, job: str = "",
    began: float | None = None,
) -> RunFolder:
    """Train a model on ``project`` and return the run's folder.

    Parameters
    ----------
    project
        Its folder.
    request
        What a person chose.
    emit
        Receives every event, on this thread.
    control
        Steers from another thread.
    job
        Named in every event.
    began
        ``time.monotonic()`` from which a budget of minutes counts; now, where it is not given.

    Raises
    ------
    UsageError
        If the request names what does not exist.
    WorkbenchError
        If there is nothing to learn from; :class:`RunFailed` once there is a run.
    Interrupt
        If the person ended it before there was a run.
    """
    work = _job(emit, control, job, began)
    plan = make_plan(project, request, work.tick)
    pseudo_labels = make_pseudo_labels(plan, work.tick) if request.teacher else []
    if pseudo_labels:
        plan = with_pseudo_labels(plan, pseudo_labels)
        work = replace(work, began=time.monotonic())  # the time that was given is for learning
    fetch_start(plan.start, partial(work.tick, "Fetching weights"))
    work.tick("Building the model", 0, 0)
    model = build_bare(plan)
    check_ranks(plan, model)
    samples_at_once(plan.recipe, model.input_size, plan.batch_size, plan.device,
                    len(plan.classes))  # or it refuses
    warnings = [*plan.warnings, *task_of(plan.recipe).model_warnings(plan, model)]
    taken = apply_start(plan.start, model, plan.classes, plan.recipe.task)
    warnings += start_warnings(plan, taken)
    elsewhere = None
    run = RunFolder.create(project, plan.recipe.registered, plan.config(model.input_size))
    freeze_split(run, plan.split)
    if pseudo_labels:
        save_pseudo_labels(run, pseudo_labels)
    if request.split == plan.split.name == "default":
        save_split(project, plan.split)  # from now on nobody changes the part
        elsewhere = split_problem(project)
    record = RunRecord(run, emit, job)
    record.emit(Started(job, run.name, run.config))
    for warning in warnings:
        record.say(capital(warning) + ".")
    for words in (recipe_text(plan), start_text(plan, taken),
                  pseudo_label_text(plan, pseudo_labels),
                  f"{elsewhere.reason} {_WRITES_SPLIT}" if elsewhere is not None else ""):
        if words:
            record.emit(LogLine("info", words + "."))
    return _guarded(work, record, plan, model, resumed=False)


def resume(
    project: Path, run: str | RunFolder, emit: Emit, control: TrainControl, job: str = "",
    began: float | None = None,
) -> RunFolder:
    """Go on with a run from its last checkpoint, to the same curve as if it had never ended.

    Raises
    ------
    UsageError
        If the run is finished, at work or has no checkpoint.
    """
    work = _job(emit, control, job, began)
    folder = run if isinstance(run, RunFolder) else RunFolder.find(project, run)
    state = folder.state["state"]
    if state in ("running", "paused"):
        raise UsageError(f"the run {folder.name} is at work already")
    if not folder.resumable:
        reason = ("is finished" if state == "finished"
                  else "ended before its first checkpoint; train again")
        raise UsageError(f"the run {folder.name} cannot go on: it {reason}")
    plan = plan_of(folder, work.tick)
    work.tick("Building the model", 0, 0)
    model = build_bare(plan)
    position, _ = load_checkpoint(folder.checkpoint_path, plan.device)
    forget_after(folder, position)
    folder.write_state(state="running", pid=os.getpid(), message="")
    record = RunRecord(folder, emit, job)
    record.emit(Started(job, folder.name, folder.config, max(1, position.epoch)))
    if str(plan.device) != folder.config["device"]:
        record.say(f"The run was begun on “{folder.config['device']}”, which is not here now; it "
                   f"goes on on “{plan.device}”.")
    return _guarded(work, record, plan, model, resumed=True)


def plan_of(run: RunFolder, tick: StageCallback) -> TrainPlan:
    """The plan that a run was begun with, with the labels as they are now."""
    config: dict[str, Any] = run.config
    try:
        request = TrainRequest(
            recipe=config["recipe"], epochs=config["epochs"], minutes=config["minutes"],
            device=device_or_best(config["device"]), seed=config["seed"],
            split=config["split"]["name"], start_from="none", settings=config["settings"],
            until_best=bool(config.get("until_best", False)),
            teacher=str(config.get("teacher", "")),
        )
        classes = tuple(config["classes"])
    except (KeyError, TypeError) as error:
        raise WorkbenchError("the run's settings cannot be read", path=run.path) from error
    split = frozen_split(run, request.split)
    plan = make_plan(run.project, _known_settings(request), tick, split, classes, config)
    return with_pseudo_labels(plan, read_pseudo_labels(run)) if request.teacher else plan


def _known_settings(request: TrainRequest) -> TrainRequest:
    """Leave out common settings that the recipe itself does not declare."""
    load_plugins()
    schema = settings_of(recipes.get(request.recipe))
    return replace(request, settings={k: v for k, v in request.settings.items() if k in schema})


def _job(emit: Emit, control: TrainControl, job: str, began: float | None) -> _Job:
    use_all_cores()
    ticker = EventReporter(emit, job, control.check)
    control.listen(lambda: emit(Paused(job)), lambda: emit(Unpaused(job)))  # until there is a run
    return _Job(emit, control, job, time.monotonic() if began is None else began, ticker)


def _guarded(
    work: _Job, record: RunRecord, plan: TrainPlan, model: TrainableModel, resumed: bool
) -> RunFolder:
    """Run, and leave a true state behind whatever happens."""
    run = record.run
    try:
        outcome = _run(work, record, plan, model, resumed)
    except Interrupt as interrupt:
        outcome = "abandoned" if interrupt.reason == "abandon" else "cancelled"
    except NotLearning as error:
        failed_state(run, error)
        raise RunFailed(str(error), run) from error
    except (Exception, SystemExit) as error:  # the run's state must be true after any fault
        if not run.path.is_dir():
            raise RunFailed(str(folder_gone(run)), run) from error
        cause = card_lost(run) if is_card_lost(error) else error
        raise RunFailed(failed_state(run, cause), run) from error
    if outcome == "abandoned":
        run.write_state(state="interrupted", message="The window was closed; it can be resumed.")
        return run
    words = {"stopped": "Stopped; the best model was kept." if run.best_path.is_file() else
             "Stopped before there was a model.", "cancelled": "Cancelled."}
    state = run.write_state(state=outcome, message=words.get(outcome, ""))
    result = {"run": run.name, "metrics": state["metrics"], "seconds": state.get("seconds", 0.0)}
    if plan.request.teacher and outcome != "cancelled":
        result["verdict"] = evaluate_student(run, plan.request.teacher,
                                             EventReporter(work.emit, work.id))
        run.write_state(verdict=result["verdict"])
    record.emit(Finished(work.id, outcome, result))
    return run


def _run(
    work: _Job, record: RunRecord, plan: TrainPlan, model: TrainableModel, resumed: bool
) -> Outcome:
    if resumed:
        put_weights_back(model, load_checkpoint(record.run.checkpoint_path, plan.device)[1])
    parts = build_parts(plan, model, cache_folder(plan.project))
    team = None
    try:
        if (size := check_ranks(plan, model)) > 1:
            work.tick(f"Starting {size} devices", 0, 0)
            team = RankZero(plan, record.run, size, resumed)
        return _train(work, record, parts, resumed, team)
    finally:
        if team is not None:
            team.close()
        parts.close()


def _train(
    work: _Job, record: RunRecord, parts: TrainingParts, resumed: bool, team: RankZero | None
) -> Outcome:
    plan, run = parts.plan, record.run
    end = EndTime(parts, record, work.control.check)
    work.tick(f"Preparing {several(noun_of(plan.recipe))}", 0, 0)
    if plan.minutes is not None:
        end.measure()
    budget = Budget(plan.minutes, work.began, work.control)
    end.startup = budget.elapsed()
    trainer = _trainer(work, record, parts, budget, end, team)
    if resumed:
        trainer.load_checkpoint(run.checkpoint_path)
        budget.add_earlier(trainer.position.elapsed)
        end.resume(trainer.position.looked)
    _listen(work, record, trainer)
    try:
        outcome = trainer.run()
        _note_timing(parts, trainer, end)
        if plan.minutes is not None and outcome == "finished":
            _say_unseen(record, parts, trainer, budget)
        if outcome == "stopped":
            end.keep_validation()
        if outcome == "finished":
            finish(parts, record, end, budget, work.tick)
    finally:
        run.write_state(seconds=round(budget.elapsed(), 1))
    return outcome


def _trainer(
    work: _Job, record: RunRecord, parts: TrainingParts, budget: Budget, end: EndTime,
    team: RankZero | None,
) -> Trainer:
    plan, run = parts.plan, record.run

    def save_best(
        best: BestEpoch, weights: dict[str, Tensor], validation: ValidationResult | None
    ) -> None:
        record.save_best(card_of(plan, parts.model, run, best), weights, best, validation)

    hooks: list[Hook] = [
        EventHook(record.emit, work.id, gpu=lambda: load_figures(plan.device)),
        RunHook(record, parts.store.broken, len(plan.train), noun_of(plan.recipe)),
        TensorBoardHook(run.path / "tensorboard", record.emit),
    ]
    return Trainer(parts, budget, work.control, hooks,
                   RunFiles(run.checkpoint_path, save_best, record.saved),
                   parts.validator.choose(end.looked()), record.say, end,
                   lambda sentence: record.emit(LogLine("info", sentence)), team)


def _note_timing(parts: TrainingParts, trainer: Trainer, end: EndTime) -> None:
    """What a real training took tells the next pre-flight more than its own few steps."""
    known = recall(parts.plan, parts.model)
    if trainer.position.step < _TELLING or trainer.position.batch_size != parts.plan.batch_size:
        return
    detect = parts.validator.seconds_per_sample or (known.detect if known else 0.0)
    read = end.read_seconds or (known.read if known else 0.0)
    memory = known.memory if known else psutil.Process().memory_info().rss
    remember(parts.plan, parts.model, Timing(trainer.step_seconds, detect, read, memory))


def _say_unseen(record: RunRecord, parts: TrainingParts, trainer: Trainer, budget: Budget) -> None:
    """Tell where the time was over before every image had been seen once."""
    position, plan = trainer.position, parts.plan
    assert budget.minutes is not None
    words = unseen_text(
        budget.minutes, position.step, position.batch_size, len(plan.train),
        (budget.first, trainer.step_seconds, budget.reserve),
        plan.unit,
    )
    if words:
        record.say(f"{words}.")


def _listen(work: _Job, record: RunRecord, trainer: Trainer) -> None:
    def on_pause() -> None:
        trainer.save_checkpoint()
        record.run.write_state(state="paused")
        record.emit(Paused(work.id))

    def on_unpause() -> None:
        record.run.write_state(state="running")
        record.emit(Unpaused(work.id))

    work.control.listen(on_pause, on_unpause)


def card_of(plan: TrainPlan, model: TrainableModel, run: RunFolder, best: BestEpoch) -> ModelCard:
    """What is written beside the weights of the best epoch."""
    stamp = f"{time.time_ns():x}"
    return ModelCard(
        f"{run.name}/{best.epoch}/{stamp}", plan.recipe.registered, plan.classes, plan.settings,
        task_of(plan.recipe).facts_to_json(plan.facts), model.input_size, best.epoch, best.metrics,
    )
