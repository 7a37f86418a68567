"""Telling sounds apart: what is registered; imports neither Qt nor torch."""

from workbench.extension.registry import recipes
from workbench.extension.tasks import Task, tasks

_HERE = "workbench.tasks.sound_classification"


def register() -> None:
    """Register the task and its recipes."""
    tasks.register(Task(
        id="audio-classification", title="Classes of sounds", medium="sounds", noun="clip",
        engine=f"{_HERE}.engine.task:TASK", window=f"{_HERE}.window:TASK",
        shell=f"{_HERE}.shell:TASK",
    ))
    recipes.register_later(f"{_HERE}.recipes:RECIPES")
