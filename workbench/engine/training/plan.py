"""From what a person asked for to what will be done, without training anything."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.schema import Value
from workbench.engine.data.samples import Sample, data_facts
from workbench.engine.data.tiles import choose_tiling, tile_samples
from workbench.engine.devices import choose_device
from workbench.engine.models.build import all_settings
from workbench.engine.models.context import Context, Facts, context_of
from workbench.engine.models.weights import is_available
from workbench.engine.training.start import Start, find_start
from workbench.engine.training.tasks import task_of
from workbench.extension.plugins import load_plugins
from workbench.extension.recipe import Recipe
from workbench.extension.registry import recipes
from workbench.jobs.messages import TrainRequest
from workbench.project.dataset import Dataset, load_dataset
from workbench.project.labelled import find_labelled
from workbench.project.manifest import Manifest
from workbench.project.sounds import find_sounds
from workbench.project.splits import Split

Tick = Callable[[str, int, int], None]
"""Called with (what is being done, done, total); may raise to end the work."""

_WITH_WEIGHTS = {
    "cuda": ("fasterrcnn-resnet50-fpn-v2", "fasterrcnn-mobilenet-v3-320"),
    "mps": ("fasterrcnn-mobilenet-v3-320",),
    "cpu": ("fasterrcnn-mobilenet-v3-320",),
}
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
        """Images or sounds to learn from; tiles of one image are one."""
        tiled = getattr(self.facts, "tile", 0)
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
            "device": str(self.device),
            "seed": self.request.seed,
            "start_from": self.start.to_json(),
            "input_size": list(input_size),
            "batch_size": self.batch_size,
            "split": {"name": self.split.name, "train": self.learned, "val": len(self.val),
                      "test": len(self.test)},
            "request": {"recipe": self.request.recipe, "settings": dict(self.request.settings)},
        }


@dataclass(frozen=True, slots=True)
class Choice:
    """What is decided before any label is read; see :class:`TrainPlan`."""

    project: Path
    request: TrainRequest
    recipe: Recipe
    settings: Mapping[str, Value]
    device: torch.device
    start: Start
    epochs: int | None
    minutes: float | None


def make_plan(
    project: Path,
    request: TrainRequest,
    tick: Tick,
    split: Split | None = None,
    classes: tuple[str, ...] | None = None,
) -> TrainPlan:
    """Read the labels and choose what was left open.

    Parameters
    ----------
    split, classes
        Those of a run that goes on; None takes the project's.

    Raises
    ------
    UsageError
        If the request names what does not exist.
    WorkbenchError
        If there is nothing to learn from.
    """
    load_plugins()
    device = choose_device(request.device)
    wanted = request.recipe
    if wanted == "auto" and hears(project):
        wanted = SOUND_RECIPE
    recipe = recipes.get(choose_recipe(wanted, device))
    settings = all_settings(recipe, request.settings)
    epochs, minutes = _length(request, settings)
    start = find_start(project, recipe, request.start_from)
    choice = Choice(project, request, recipe, settings, device, start, epochs, minutes)
    plan = task_of(recipe).plan(choice, tick, split, classes)
    plan.warnings.extend(_recipe_warnings(recipe, settings, start))
    return plan


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
    _check_enough(data)
    names = same_classes(data.classes, classes)
    train = [Sample.of(record) for record in data.train]
    facts = data_facts(train, names)
    warnings = _data_warnings(data)
    largest = int(choice.settings["image_size"]) or choice.recipe.largest_input
    tiling = choose_tiling(str(choice.settings["tiles"]), facts, largest)
    if tiling is not None:
        train = tile_samples(train, tiling)
        facts = replace(data_facts(train, names), tile=tiling.size, overlap=tiling.overlap)
    elif choice.settings["tiles"] == "on":
        warnings.append("no image is large enough to be cut into tiles")
    return TrainPlan(
        choice.project, choice.request, choice.recipe, choice.settings, choice.device,
        choice.start, choice.epochs, choice.minutes, names, data.split, train,
        [Sample.of(record) for record in data.val], [Sample.of(record) for record in data.test],
        facts, warnings,
    )


def hears(project: Path) -> bool:
    """Whether a project is about sounds: it says so, or it has sounds and no labelled image."""
    manifest = Manifest.load(project)
    if manifest.exists and manifest.task == "audio-classification":
        return True
    return next(iter(find_sounds(project)), None) is not None and not find_labelled(project)


def choose_recipe(wanted: str, device: torch.device) -> str:
    """The id of the recipe to use: of those whose weights are here the best for the device, else
    one that learns from nothing."""
    if wanted != "auto":
        return wanted
    for name in _WITH_WEIGHTS.get(device.type, ()):
        if name in recipes and any(is_available(item) for item in recipes.get(name).weights):
            return name
    if "compact-n" in recipes:
        return "compact-n"
    return next(
        (item.id for item in recipes
         if item.task == "detection" and item.from_nothing == "yes"), "compact-n"
    )


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
    if request.minutes is not None:
        if not 0.05 <= request.minutes <= 60 * 24 * 365:
            raise UsageError("minutes must be at least 0.05")
        return None, request.minutes
    epochs = request.epochs if request.epochs is not None else int(settings["epochs"])
    if epochs < 1:
        raise UsageError("epochs must be at least 1")
    return epochs, None


def _check_enough(data: Dataset) -> None:
    if not data.train:
        lost = [item for item in data.problems if item.severity == "error"]
        if lost:
            raise WorkbenchError(f"there is no readable label to learn from: {lost[0].reason}")
        raise WorkbenchError("there is no labelled image to train on: draw some boxes first")
    if not any(record.objects for record in data.train):
        raise WorkbenchError("there is no box on any training image: draw some boxes first")


def _data_warnings(data: Dataset) -> list[str]:
    said: list[str] = []
    if len(data.train) < 20:
        said.append(f"only {_count(len(data.train), 'image')} to learn from: more will help most")
    if data.split.val_is_train:
        said.append("validation uses the training images: its numbers are too good")
    elif not data.val:
        said.append("no validation images: nobody can tell which epoch is best")
    if not data.test:
        said.append("no test images: nothing is left for an honest last check")
    counts = Counter(item.label for record in data.train for item in record.objects)
    for words, times in (("only one example of", 1), ("no training example of", 0)):
        names = [name for name in data.classes if counts[name] == times]
        if names:
            said.append(f"{words} {_list(names)}")
    lost = [item for item in data.problems if item.severity == "error"]
    if lost:
        said.append(f"{_count(len(lost), 'file')} left out: {lost[0].reason}")
    return said


def _recipe_warnings(recipe: Recipe, settings: Mapping[str, Value], start: Start) -> list[str]:
    said: list[str] = []
    if start.kind == "none" and recipe.from_nothing != "yes":
        said.append("without pretrained weights this recipe learns slowly")
    if start.kind == "none" and settings.get("train_layers") == "head":
        said.append("training only the head makes no sense without pretrained weights")
    return said


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _list(names: list[str]) -> str:
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown
