"""From a recipe to what its task does in the engine."""

from __future__ import annotations

from workbench.extension.engine_task import EngineTask
from workbench.extension.recipe import Recipe
from workbench.extension.tasks import load, tasks


def task_of(recipe: Recipe) -> EngineTask:
    """The engine's part of the task that ``recipe`` belongs to."""
    task: EngineTask = load(tasks.get(recipe.task).engine)
    return task


def noun_of(recipe: Recipe) -> str:
    """One sample of the recipe's task: "image"."""
    return tasks.get(recipe.task).noun
