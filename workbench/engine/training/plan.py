"""What will be done by a training, and what it was chosen from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from workbench.core.errors import WorkbenchError
from workbench.core.schema import Value
from workbench.engine.tasks import noun_of
from workbench.engine.training.batch_size import auto_batch
from workbench.engine.training.start import Start
from workbench.extension.engine_task import TrainingData
from workbench.extension.model import ModelContext
from workbench.extension.recipe import Recipe
from workbench.jobs.commands import TrainRequest
from workbench.project.datasets.groups import declared_groups
from workbench.project.datasets.splits import (
    Split,
    extend_split,
    list_splits,
    load_split,
    make_split,
)
from workbench.project.manifest import Manifest


@dataclass(frozen=True, slots=True)
class TrainPlan:
    """All that a training needs to know before the model is built."""

    project: Path
    """Its folder."""
    request: TrainRequest
    """As it was asked."""
    recipe: Recipe
    settings: Mapping[str, Value]
    device: torch.device
    start: Start
    """What was chosen; ``settings`` are complete."""
    epochs: int | None
    minutes: float | None
    """One of them is set."""
    data: TrainingData
    """What the task read."""
    warnings: list[str] = field(default_factory=list)
    """Sentences for the person."""
    reason: str = ""
    """Why this recipe, where the choice was left open; the end of a sentence."""
    until_best: bool = False
    """Whether the run ends before its ``epochs``, when nothing improves any more."""

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
        samples = len(self.train)
        return min(int(self.settings["batch_size"])
                   or auto_batch(self.recipe, self.settings, samples, self.device,
                                 len(self.classes)), samples)

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
            **({"teacher": self.request.teacher} if self.request.teacher else {}),
            **({"unit": self.data.unit} if self.data.unit else {}),
            **self.data.config,
            "request": {"recipe": self.request.recipe, "settings": dict(self.request.settings)},
        }

    def _held_out(self) -> dict[str, Any]:
        held = {key: {part: list(span) for part, span in parts.items()}
                for key, parts in self.split.stretches.items()}
        return {"held_out": held} if held else {}


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """What is decided before any label is read; see :class:`TrainPlan`."""

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
        manifest = Manifest.load(project)
        if manifest.grouping.declared:
            groups = declared_groups(project, keys, manifest.grouping, classes=manifest.classes)
        if name == "default" and name not in list_splits(project):
            return make_split(keys, groups=groups)
        return extend_split(load_split(project, name), keys, groups)

    def same_classes(self, found: Sequence[str]) -> tuple[str, ...]:
        """The classes of a plan: the project's, or in a run that goes on those it began with."""
        if self.classes is not None and set(self.classes) != set(found):
            raise WorkbenchError("the classes have changed since the run began; train again")
        return self.classes or tuple(found)
