"""From what a person asked for to what will be done, without training anything."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.schema import Value
from workbench.engine.devices import choose_device
from workbench.engine.models.build import all_settings, build_model
from workbench.engine.models.context import Context, Facts, context_of
from workbench.engine.models.weights import is_available
from workbench.engine.training.notes import (
    check_enough,
    data_warnings,
    first_files,
    recipe_warnings,
)
from workbench.engine.training.pace import pixels_an_image
from workbench.engine.training.patience import most_epochs
from workbench.engine.training.start import Start, find_start, gentle, start_recipe
from workbench.engine.training.tasks import noun_of, task_of
from workbench.extension.choice import Situation, choose_recipe
from workbench.extension.detection import DataFacts
from workbench.extension.plugins import load_plugins
from workbench.extension.recipe import Recipe
from workbench.extension.registry import recipes
from workbench.extension.sounds import SoundFacts
from workbench.jobs.messages import TrainRequest
from workbench.project.dataset import load_dataset
from workbench.project.labelled import find_labelled
from workbench.project.splits import Split
from workbench.project.task import SOUNDS, left_out_in, task_of_folder
from workbench.tasks.detection.engine.batches import batches_per_epoch
from workbench.tasks.detection.engine.samples import Sample, data_facts
from workbench.tasks.detection.engine.tiles import MOST_TILES, Tiling, choose_tiling, tile_samples

Tick = Callable[[str, int, int], None]
"""Called with (what is being done, done, total); may raise to end the work."""

SOUND_RECIPE = "sound-cnn"
_LIGHT = 10_000_000  # parameters up to which a model takes larger batches


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
    until_best
        Whether the run ends before its ``epochs``, when nothing improves any more.
    classes
        In the order of the model's labels.
    split
        Its name with the keys of all members.
    train, val, test
        Labelled samples of the recipe's task; each has a ``key``. Where large images are cut,
        ``train`` holds tiles.
    facts
        What the training samples say.
    warnings
        Sentences for the person.
    look
        A file to look at for those of them that are about files.
    reason
        Why this recipe, where the choice was left open; the end of a sentence.
    """

    project: Path
    request: TrainRequest
    recipe: Recipe
    settings: Mapping[str, Value]
    device: torch.device
    start: Start
    epochs: int | None
    minutes: float | None
    classes: tuple[str, ...]
    split: Split
    train: list[Any]
    val: list[Any]
    test: list[Any]
    facts: Facts
    warnings: list[str] = field(default_factory=list)
    reason: str = ""
    until_best: bool = False
    look: dict[str, str] = field(default_factory=dict)

    @property
    def context(self) -> Context:
        return context_of(self.classes, self.settings, self.facts, self.device.type)

    @property
    def batch_size(self) -> int:
        """Samples in a step, before any halving."""
        chosen = int(self.settings["batch_size"])
        auto = task_of(self.recipe).auto_batch
        return min(chosen or auto(self.recipe, len(self.train), self.device), len(self.train))

    @property
    def learned(self) -> int:
        """Images or labelled sounds to learn from; tiles of one image are one."""
        tiled = getattr(self.facts, "tile", 0)
        if isinstance(self.facts, SoundFacts):
            return sum(self.facts.class_counts)  # background is no label
        return len({item.key for item in self.train}) if tiled else len(self.train)

    def config(self, input_size: tuple[int, int]) -> dict[str, Any]:
        """The frozen configuration of the run, as config.json holds it."""
        return {
            "recipe": self.recipe.id,
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
            "pixels_an_image": getattr(self.facts, "pixels_an_image", 0.0),
            "batch_size": self.batch_size,
            "split": {"name": self.split.name, "train": self.learned, "val": len(self.val),
                      "test": len(self.test), **self._held_out()},
            "background": bool(getattr(self.facts, "background", False)),
            "request": {"recipe": self.request.recipe, "settings": dict(self.request.settings)},
        }

    def _held_out(self) -> dict[str, Any]:
        held = {key: {part: list(span) for part, span in parts.items()}
                for key, parts in self.split.stretches.items()}
        return {"held_out": held} if held else {}


@dataclass(frozen=True, slots=True)
class Choice:
    """What is decided before any label is read; see :class:`TrainPlan` and :func:`make_plan`."""

    project: Path
    request: TrainRequest
    recipe: Recipe
    settings: Mapping[str, Value]
    device: torch.device
    start: Start
    epochs: int | None
    minutes: float | None
    pixels_an_image: float | None = None


def make_plan(
    project: Path,
    request: TrainRequest,
    tick: Tick,
    split: Split | None = None,
    classes: tuple[str, ...] | None = None,
    pixels_an_image: float | None = None,
) -> TrainPlan:
    """Read the labels and choose what was left open.

    Parameters
    ----------
    split, classes
        Those of a run that goes on; None takes the project's.
    pixels_an_image
        What was measured when a run that goes on began; None measures it.

    Raises
    ------
    UsageError
        If the request names what does not exist.
    WorkbenchError
        If there is nothing to learn from.
    """
    load_plugins()
    device = choose_device(request.device)
    chosen, reason = _recipe(project, request, device)
    recipe = recipes.get(chosen)
    start = find_start(project, recipe, request.start_from)
    settings = all_settings(recipe, request.settings)
    epochs, minutes = _length(request, settings)
    choice = Choice(project, request, recipe, settings, device, start, epochs, minutes,
                    pixels_an_image)
    plan: TrainPlan = task_of(recipe).plan(choice, tick, split, classes)
    if request.until_best:
        plan = _until_best(plan)
    if start.kind == "none":
        recipe_warnings(plan.warnings, settings, recipe.from_nothing)
    left_out = left_out_in(project, recipe.task)
    if left_out:
        plan.warnings.append(left_out)
    fitted = gentle(plan.settings, request.settings, start, plan.classes)
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


def same_classes(found: list[str], wanted: tuple[str, ...] | None) -> tuple[str, ...]:
    """The classes of a plan: the project's, or in a run that goes on those it began with."""
    if wanted is not None and set(wanted) != set(found):
        raise WorkbenchError("the classes have changed since the run began; train again")
    return wanted or tuple(found)


def plan_images(
    choice: Choice, tick: Tick, split: Split | None, classes: tuple[str, ...] | None
) -> TrainPlan:
    """The plan of a detection."""
    data = load_dataset(
        choice.project, split or choice.request.split,
        lambda done, of: tick("Reading labels", done, of),
    )
    check_enough(data)
    names = same_classes(data.classes, classes)
    train = [Sample.of(record) for record in data.train]
    facts = data_facts(train, names)
    warnings = data_warnings(data)
    tiling = _tiling(choice, facts)
    if tiling is not None:
        train = tile_samples(train, tiling, MOST_TILES)
        if sum(bool(item.names) for item in train) == MOST_TILES:
            warnings.append(f"of the very many tiles with objects {MOST_TILES:,} are learned from")
        facts = replace(data_facts(train, names), tile=tiling.size, overlap=tiling.overlap)
    elif choice.settings["tiles"] == "on":
        warnings.append("no image is large enough to be cut into tiles")
    facts = replace(facts, pixels_an_image=_pixels_an_image(choice, names, facts, tick))
    return TrainPlan(
        choice.project, choice.request, choice.recipe, choice.settings, choice.device,
        choice.start, choice.epochs, choice.minutes, names, data.split, train,
        [Sample.of(record) for record in data.val], [Sample.of(record) for record in data.test],
        facts, warnings, look=first_files(data),
    )


def _pixels_an_image(
    choice: Choice, names: tuple[str, ...], facts: DataFacts, tick: Tick
) -> float:
    """See :class:`DataFacts`."""
    if choice.pixels_an_image is not None:
        return choice.pixels_an_image
    if choice.minutes is None or not choice.recipe.uses_time or choice.settings["image_size"]:
        return 0.0
    model = build_model(choice.recipe, context_of(names, choice.settings, facts,
                                                  choice.device.type))
    return pixels_an_image(model, choice.device, choice.minutes, facts.images,
                           lambda: tick("Measuring a step", 0, 0))


def _tiling(choice: Choice, facts: DataFacts) -> Tiling | None:
    side = int(choice.settings["image_size"])
    return choose_tiling(str(choice.settings["tiles"]), facts,
                         side or choice.recipe.largest_input, side or choice.recipe.tile_input)


def _recipe(project: Path, request: TrainRequest, device: torch.device) -> tuple[str, str]:
    """The id of the recipe, and why, where that was left open."""
    if request.recipe != "auto":
        return request.recipe, ""
    found = start_recipe(project, request.start_from)
    if found is not None:
        _check_same_task(project, request.start_from, recipes.get(found))
        return found, "the model to start from is of this kind"
    if task_of_folder(project) == SOUNDS:
        return SOUND_RECIPE, ""
    here: frozenset[str] = frozenset()
    if request.start_from != "none":
        here = frozenset(item.id for item in recipes if any(map(is_available, item.weights)))
    images = len(find_labelled(project))
    return choose_recipe(recipes, Situation(device.type, images, request.minutes, here))


def _check_same_task(project: Path, start: str, recipe: Recipe) -> None:
    """Refuse a model for sounds where images are to be learned from, and the other way round."""
    here = task_of_folder(project)
    if recipe.task != here:
        kinds = {SOUNDS: "sounds"}
        raise UsageError(
            f"cannot start from “{start}”: it is a model for {kinds.get(recipe.task, 'images')}, "
            f"and this project is about {kinds.get(here, 'images')}")


def auto_batch(recipe: Recipe, images: int, device: torch.device) -> int:
    """A power of two that suits the model, the device and at least eight steps an epoch."""
    most = 16 if recipe.parameters <= _LIGHT else (8 if device.type == "cuda" else 4)
    wanted = min(most, max(4, images // 8))
    return int(2 ** math.floor(math.log2(wanted)))


def _length(
    request: TrainRequest, settings: Mapping[str, Value]
) -> tuple[int | None, float | None]:
    if request.epochs is not None and request.minutes is not None:
        raise UsageError("choose either epochs or minutes, not both")
    if request.until_best and request.minutes is not None:
        raise UsageError("choose either minutes or training until it stops improving, not both")
    if request.minutes is not None:
        if not 0.05 <= request.minutes <= 60 * 24 * 365:
            raise UsageError("minutes must be at least 0.05")
        return None, request.minutes
    epochs = request.epochs if request.epochs is not None else int(settings["epochs"])
    if epochs < 1:
        raise UsageError("epochs must be at least 1")
    return epochs, None
