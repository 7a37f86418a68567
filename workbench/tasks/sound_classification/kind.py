"""Telling sounds apart: what is registered; imports neither Qt nor torch."""

from workbench.extension.registry import register_later
from workbench.extension.tasks import Task, tasks

ID = "audio-classification"
_HERE = "workbench.tasks.sound_classification"


def register() -> None:
    """Register the task with its recipes, explanation, command and cards in Audio."""
    tasks.register(Task(
        id=ID, title="Classes of sounds", medium="sounds", noun="sound",
        engine=f"{_HERE}.engine.task:TASK", window=f"{_HERE}.window:TASK",
        shell=f"{_HERE}.shell:TASK", saving="workbench.project.heard_regions:SAVING",
        recipe_files=f"{_HERE}.recipes:NETWORKS", self_training=True, gate=True,
        judged=f"{_HERE}.judged:judged_sounds",
    ))
    register_later("recipe", f"{_HERE}.recipes:RECIPES")
    register_later("explanation", f"{_HERE}.extras:EXPLANATIONS")
    register_later("command", f"{_HERE}.extras:COMMANDS")
    register_later("card", f"{_HERE}.extras:CARDS")
