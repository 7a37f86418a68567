"""From what a person asked for to what will be done, without training anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.schema import Value
from workbench.engine.data.batches import batches_per_epoch
from workbench.engine.devices import choose_device
from workbench.engine.models.build import all_settings
from workbench.engine.models.card import read_card
from workbench.engine.models.weights import is_available
from workbench.engine.tasks import engine_task, noun_of, task_of
from workbench.engine.training.advice import device_warnings, recipe_warnings
from workbench.engine.training.batch_size import auto_batch, suited_rate
from workbench.engine.training.patience import most_epochs
from workbench.engine.training.start import Start, find_start, gentle, start_recipe
from workbench.extension.engine_task import TrainingData
from workbench.extension.model import ModelContext
from workbench.extension.plugins import load_plugins
from workbench.extension.recipe import Recipe
from workbench.extension.registry import load, recipes
from workbench.extension.tasks import tasks
from workbench.jobs.messages import TrainRequest
from workbench.project.datasets.splits import (
    Split,
    extend_split,
    list_splits,
    load_split,
    make_split,
)
from workbench.project.task import left_out_in, task_of_folder

Tick = Callable[[str, int, int], None]
"""Called with (what is being done, done, total); may raise to end the work."""


@dataclass(frozen=True, slots=True)
class TrainPlan:
    """All that a training needs to know before the model is built.

    Parameters
    ----------
    project
        Its folder.
    request
        As it was asked.
    recipe, settings, device, start
        What was chosen; ``settings`` are complete.
    epochs, minutes
        One of them is set.
    data
        What the task read.
    warnings
        Sentences for the person.
    reason
        Why this recipe, where the choice was left open; the end of a sentence.
    until_best
        Whether the run ends before its ``epochs``, when nothing improves any more.
    """

    project: Path
    request: TrainRequest
    recipe: Recipe
    settings: Mapping[str, Value]
    device: torch.device
    start: Start
    epochs: int | None
    minutes: float | None
    data: TrainingData
    warnings: list[str] = field(default_factory=list)
    reason: str = ""
    until_best: bool = False

    @property
    def seed(self) -> int:
        return self.request.seed

    @property
    def classes(self) -> tuple[str, ...]:
        return self.data.classes

    @property
    def split(self) -> Split:
        split: Split = self.data.split
        return split

    @property
    def train(self) -> list[Any]:
        """Labelled samples of the recipe's task; where large images are cut, tiles."""
        return self.data.train

    @property
    def val(self) -> list[Any]:
        return self.data.val

    @property
    def test(self) -> list[Any]:
        return self.data.test

    @property
    def facts(self) -> Any:
        return self.data.facts

    @property
    def context(self) -> ModelContext[Any]:
        return ModelContext(self.classes, self.settings, self.facts, self.device.type)

    @property
    def batch_size(self) -> int:
        """Samples in a step, before any halving."""
        return min(int(self.settings["batch_size"]) or auto_batch(self), len(self.train))

    @property
    def learned(self) -> int:
        """Labels to learn from, as a person counts them; tiles of one image are one."""
        return len(self.train) if self.data.learned is None else self.data.learned

    @property
    def unit(self) -> str:
        """What a training sample is."""
        return self.data.unit or noun_of(self.recipe)

    def config(self, input_size: tuple[int, int]) -> dict[str, Any]:
        """The frozen configuration of the run, as config.json holds it."""
        return {
            "recipe": self.recipe.registered,
            **({"recipe_title": self.recipe.title} if self.recipe.carries else {}),
            "task": self.recipe.task,
            "classes": list(self.classes),
            "settings": dict(self.settings),
            "epochs": self.epochs,
            "minutes": self.minutes,
            "until_best": self.until_best,
            "device": str(self.device),
            "seed": self.request.seed,
            "start_from": self.start.to_json(),
            "input_size": list(input_size),
            "batch_size": self.batch_size,
            "split": {"name": self.split.name, "train": self.learned, "val": len(self.val),
                      "test": len(self.test), **self._held_out()},
            **self.data.config,
            "request": {"recipe": self.request.recipe, "settings": dict(self.request.settings)},
        }

    def _held_out(self) -> dict[str, Any]:
        held = {key: {part: list(span) for part, span in parts.items()}
                for key, parts in self.split.stretches.items()}
        return {"held_out": held} if held else {}


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """What is decided before any label is read; see :class:`TrainPlan` and :func:`make_plan`."""

    project: Path
    request: TrainRequest
    recipe: Recipe
    settings: Mapping[str, Value]
    device: torch.device
    epochs: int | None
    minutes: float | None
    frozen: Split | None = None
    classes: tuple[str, ...] | None = None
    earlier: Mapping[str, Any] = field(default_factory=dict)

    @property
    def seed(self) -> int:
        return self.request.seed

    @property
    def split(self) -> Split | str:
        """The name of the wanted split, or the split itself of a run that goes on."""
        return self.frozen or self.request.split

    def split_of(self, keys: Sequence[str], groups: Mapping[str, str] | None = None) -> Split:
        """That split of ``keys``; see :class:`workbench.extension.engine_task.Options`."""
        if self.frozen is not None:
            return self.frozen
        name, project = self.request.split, self.project
        if name == "default" and name not in list_splits(project):
            return make_split(keys, groups=groups)
        return extend_split(load_split(project, name), keys, groups)

    def same_classes(self, found: Sequence[str]) -> tuple[str, ...]:
        """The classes of a plan: the project's, or in a run that goes on those it began with."""
        if self.classes is not None and set(self.classes) != set(found):
            raise WorkbenchError("the classes have changed since the run began; train again")
        return self.classes or tuple(found)


def make_plan(
    project: Path,
    request: TrainRequest,
    tick: Tick,
    split: Split | None = None,
    classes: tuple[str, ...] | None = None,
    earlier: Mapping[str, Any] | None = None,
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
    device = choose_device(request.device)
    recipe, reason = _recipe(project, request, device)
    start = find_start(project, recipe, request.start_from)
    recipe = _carried(recipe, start, earlier or {})
    settings = all_settings(recipe, request.settings)
    epochs, minutes = _length(request, settings, "epochs" in recipe.fixed)
    options = TrainOptions(project, request, recipe, settings, device, epochs, minutes, split,
                           classes, earlier or {})
    data = task_of(recipe).read(options, tick)
    plan = TrainPlan(project, request, recipe, settings, device, start, epochs, minutes, data,
                     list(data.warnings))
    if request.until_best and "epochs" not in recipe.fixed:
        plan = _until_best(plan)
    plan.warnings.extend(device_warnings(device, request.device == "auto"))
    if start.kind == "none":
        recipe_warnings(plan.warnings, settings, recipe.from_nothing)
    left_out = left_out_in(project, recipe.task)
    if left_out:
        plan.warnings.append(left_out)
    fitted = gentle(plan.settings, request.settings, start, plan.classes)
    if earlier is None:
        fitted = task_of(recipe).settled(fitted, start.kind)
        fitted = suited_rate(replace(plan, settings=fitted), request.settings)
    return replace(plan, reason=reason, settings=fitted)


def _until_best(plan: TrainPlan) -> TrainPlan:
    """The plan with the epochs that it may take at most; its own where nobody can tell the best."""
    noun = noun_of(plan.recipe)
    if not plan.val:
        plan.warnings.append(f"there are no validation {noun}s to tell when it stops improving, so "
                             f"every {noun} is shown {plan.epochs} times")
        return plan
    batches = batches_per_epoch(len(plan.train), plan.batch_size)
    return replace(plan, until_best=True, epochs=plan.request.epochs or most_epochs(batches))


def _recipe(project: Path, request: TrainRequest, device: torch.device) -> tuple[Recipe, str]:
    """The recipe, and why, where that was left open."""
    if request.recipe != "auto":
        return _named(project, request.recipe), ""
    found = start_recipe(project, request.start_from)
    if found is not None:
        recipe = recipes.get(found)
        _check_same_task(project, request.start_from, recipe)
        return recipe, "the model to start from is of this kind"
    here: frozenset[str] = frozenset()
    if request.start_from != "none":
        here = frozenset(item.id for item in recipes if any(map(is_available, item.weights)))
    task = engine_task(task_of_folder(project))
    chosen, reason = task.choose_recipe(project, device.type, request.minutes, here)
    return recipes.get(chosen), reason


def _named(project: Path, wanted: str) -> Recipe:
    """A registered recipe, or one that the project holds as a file."""
    files = tasks.get(task_of_folder(project)).recipe_files
    found = None
    if wanted not in recipes and files:
        found = load(files).find(project, wanted)
    return found or recipes.get(wanted)


def _carried(recipe: Recipe, start: Start, earlier: Mapping[str, Any]) -> Recipe:
    """The recipe with what a run that goes on, or the model that it starts from, carries of it."""
    if recipe.whole:
        return recipe
    kept: Mapping[str, Any] = earlier.get("settings", {})
    if not kept and start.kind == "model" and start.path is not None:
        card = read_card(start.path)
        kept = card.settings if card.recipe == recipe.registered else {}
    found = {name: kept[name] for name in recipe.carries if name in kept}
    recipe = replace(recipe, fixed={**recipe.fixed, **found})
    if not recipe.whole:
        raise UsageError(f"the recipe “{recipe.id}” comes from a file of the project: name that")
    return recipe


def _check_same_task(project: Path, start: str, recipe: Recipe) -> None:
    """Refuse a model of another task than the project's."""
    own, wanted = tasks.get(recipe.task), tasks.get(task_of_folder(project))
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
            raise UsageError("minutes must be at least 0.05")
        return None, request.minutes
    epochs = request.epochs if request.epochs is not None else int(settings["epochs"])
    if epochs < 1:
        raise UsageError("epochs must be at least 1")
    return epochs, None
