"""From a recipe to what its task does in the engine."""

from __future__ import annotations

from workbench.extension.engine_task import EngineTask
from workbench.extension.plugins import load_plugins
from workbench.extension.recipe import Recipe
from workbench.extension.tasks import load, tasks


def engine_task(id: str) -> EngineTask:
    """The engine's part of a task; raises UsageError for one that is not here."""
    load_plugins()
    task: EngineTask = load(tasks.get(id).engine)
    return task


def task_of(recipe: Recipe) -> EngineTask:
    return engine_task(recipe.task)


def noun_of(recipe: Recipe) -> str:
    """One sample of the recipe's task: "image"."""
    return tasks.get(recipe.task).noun
