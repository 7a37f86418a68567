"""From what a person asked for to a plan, without training anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from workbench.core.errors import UsageError
from workbench.core.progress import StageCallback
from workbench.core.schema import Value
from workbench.core.text import several
from workbench.engine.data.batches import batches_per_epoch
from workbench.engine.devices import choose_device
from workbench.engine.models.build import all_settings
from workbench.engine.models.card import read_card
from workbench.engine.models.weights import is_intact
from workbench.engine.tasks import engine_task, noun_of, task_of
from workbench.engine.training.advice import device_warnings, recipe_warnings, weights_warnings
from workbench.engine.training.batch_size import rate_factor
from workbench.engine.training.patience import most_epochs
from workbench.engine.training.plan import TrainOptions, TrainPlan
from workbench.engine.training.start import Start, find_start, gentle, start_recipe
from workbench.extension.plugins import load_plugins
from workbench.extension.recipe import Recipe, RecipeFiles
from workbench.extension.registry import load, recipes
from workbench.extension.tasks import tasks
from workbench.jobs.commands import TrainRequest
from workbench.jobs.events import GROUPS
from workbench.project.datasets.grouped_split import held_back_but_learned, mixed_stations
from workbench.project.datasets.splits import Split
from workbench.project.task import left_out_in, task_of_folder

_MOST_EPOCHS = 100_000
_SEEDS = 1 << 63
"""Whole numbers that files keep lie below it, on either side of zero."""


def make_plan(
    project: Path, request: TrainRequest, tick: StageCallback, split: Split | None = None,
    classes: tuple[str, ...] | None = None, earlier: Mapping[str, Any] | None = None,
) -> TrainPlan:
    """Read the labels and choose what was left open.

    Parameters
    ----------
    split, classes
        Those of a run that goes on; None takes the project's.
    earlier
        The configuration of a run that goes on.

    Raises
    ------
    UsageError
        If the request names what does not exist.
    WorkbenchError
        If there is nothing to learn from.
    """
    load_plugins()
    if request.teacher and request.start_from == "auto":
        request = replace(request, start_from=request.teacher)  # a student begins as its teacher
    device = choose_device(request.device)
    recipe, reason = _recipe(project, request, device, tick)
    start = find_start(project, recipe, request.start_from)
    recipe = _carried(recipe, start, earlier or {})
    settings = all_settings(recipe, request.settings)
    epochs, minutes = _length(request, settings, "epochs" in recipe.fixed)
    if not -_SEEDS <= request.seed < _SEEDS:
        raise UsageError("seed must be a whole number of 64 bits")
    options = TrainOptions(project, request, recipe, settings, device, epochs, minutes, split,
                           classes, earlier or {})
    data = task_of(recipe).read(options, tick)
    plan = TrainPlan(project, request, recipe, settings, device, start, epochs, minutes, data,
                     list(data.warnings))
    if request.until_best and "epochs" not in recipe.fixed:
        plan = _until_best(plan)
    plan.warnings.extend(device_warnings(device, request.device == "auto"))
    if request.recipe == request.start_from == "auto":
        plan.warnings.extend(weights_warnings(recipe.task))
    if start.kind == "none":
        recipe_warnings(plan.warnings, settings, recipe.from_nothing)
    mixed = mixed_stations(project, plan.split, plan.classes) if split is None else ""
    if mixed:
        plan.warnings.append(mixed)
        data.files[mixed] = GROUPS
    known = held_back_but_learned(project, start.path.resolve(), plan.split) \
        if split is None and start.path is not None else ""
    left_out = left_out_in(project, recipe.task)
    plan.warnings.extend(filter(None, (known, left_out)))
    fitted = gentle(plan.settings, request.settings, start, plan.classes)
    if earlier is None:
        fitted = task_of(recipe).settled(fitted, start.kind)
        fitted = suited_rate(replace(plan, settings=fitted), request.settings)
    return replace(plan, reason=reason, settings=fitted)


def _until_best(plan: TrainPlan) -> TrainPlan:
    """The plan with the epochs that it may take at most; its own where nobody can tell the best."""
    noun = noun_of(plan.recipe)
    if not plan.val:
        plan.warnings.append(f"there are no validation {several(noun)} to tell when it stops "
                             f"improving, so every {noun} is shown {plan.epochs} times")
        return plan
    batches = batches_per_epoch(len(plan.train), plan.batch_size)
    return replace(plan, until_best=True, epochs=plan.request.epochs or most_epochs(batches))


def _recipe(
    project: Path, request: TrainRequest, device: torch.device, tick: StageCallback,
) -> tuple[Recipe, str]:
    """The recipe, and why, where that was left open."""
    if request.recipe != "auto":
        return _named(project, request.recipe), ""
    found = start_recipe(project, request.start_from)
    if found is not None:
        recipe = recipes.get(found)
        _check_same_task(_wanted_task(project, request), request.start_from, recipe)
        return recipe, "the model to start from is of this kind"
    here: frozenset[str] = frozenset()
    if request.start_from != "none":
        here = frozenset(item.id for item in recipes if any(map(is_intact, item.weights)))
    task = engine_task(_wanted_task(project, request))
    chosen, reason = task.choose_recipe(project, device.type, request.minutes, here, tick)
    return recipes.get(chosen), reason


def _wanted_task(project: Path, request: TrainRequest) -> str:
    """Id of what is learned, where no recipe says it."""
    return request.task if request.task in tasks else task_of_folder(project)


def _named(project: Path, wanted: str) -> Recipe:
    """A registered recipe, or one that the project holds as a file."""
    files = tasks.get(task_of_folder(project)).recipe_files
    if wanted in recipes or not files:
        return recipes.get(wanted)
    own: RecipeFiles = load(files)
    return own.find(project, wanted) or recipes.get(
        wanted, others=[item.id for item in own.listed(project)])


def _carried(recipe: Recipe, start: Start, earlier: Mapping[str, Any]) -> Recipe:
    """The recipe with what a run that goes on, or the model that it starts from, carries of it."""
    if recipe.whole:
        return recipe
    kept: Mapping[str, Any] = earlier.get("settings", {})
    if not kept and start.kind == "model" and start.path is not None:
        card = read_card(start.path)
        kept = card.settings if card.recipe == recipe.registered else {}
    found = {name: kept[name] for name in recipe.carries if name in kept}
    files = tasks.get(recipe.task).recipe_files
    if len(found) < len(recipe.carries) or not files:
        raise UsageError(f"the recipe “{recipe.id}” comes from a file of the project: name that")
    whole: Recipe = load(files).carried(recipe, found)
    return whole


def _check_same_task(task: str, start: str, recipe: Recipe) -> None:
    """Refuse a model of another task than the one that is wanted."""
    own, wanted = tasks.get(recipe.task), tasks.get(task)
    if own.id != wanted.id:
        kinds = ((own.medium, wanted.medium) if own.medium != wanted.medium
                 else (f"“{own.title}”", f"“{wanted.title}”"))
        raise UsageError(f"cannot start from “{start}”: it is a model for {kinds[0]}, and this "
                         f"project is about {kinds[1]}")


def _length(
    request: TrainRequest, settings: Mapping[str, Value], fixed: bool
) -> tuple[int | None, float | None]:
    if request.epochs is not None and request.minutes is not None:
        raise UsageError("choose either epochs or minutes, not both")
    if request.until_best and request.minutes is not None:
        raise UsageError("choose either minutes or training until it stops improving, not both")
    if fixed:
        return int(settings["epochs"]), None
    if request.minutes is not None:
        if not 0.05 <= request.minutes <= 60 * 24 * 365:
            raise UsageError("minutes must be at least 0.05, and no more than a year")
        return None, request.minutes
    epochs = request.epochs if request.epochs is not None else int(settings["epochs"])
    if not 1 <= epochs <= _MOST_EPOCHS:
        raise UsageError(f"epochs must be at least 1 and at most {_MOST_EPOCHS:,}")
    return epochs, None


def suited_rate(plan: TrainPlan, given: Mapping[str, Any]) -> Mapping[str, Value]:
    """The settings of a new training with the rate that goes with its batch size on a card, where
    the person left both to the program."""
    if plan.device.type != "cuda" or {"lr", "batch_size"} & given.keys():
        return plan.settings
    if "lr" not in plan.settings or int(plan.settings["batch_size"]):
        return plan.settings
    factor = rate_factor(plan.batch_size, _usual(plan))
    return {**plan.settings, "lr": float(f"{float(plan.settings['lr']) * factor:.3g}")}


def _usual(plan: TrainPlan) -> int:
    """The batch that the rates of recipes were found with."""
    return task_of(plan.recipe).auto_batch(plan.recipe, len(plan.train), torch.device("cpu"))
