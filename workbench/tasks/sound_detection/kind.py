"""Finding calls in sounds: what is registered; imports neither Qt nor torch."""

from workbench.extension.registry import register_later
from workbench.extension.tasks import Task, tasks

ID = "sound-detection"
_HERE = "workbench.tasks.sound_detection"


def register() -> None:
    """Register the task and its recipe."""
    tasks.register(Task(
        id=ID, title="Calls in sounds", medium="sounds", noun="recording",
        engine=f"{_HERE}.engine.task:TASK", window=f"{_HERE}.window:TASK",
        shell=f"{_HERE}.shell:TASK", saving="workbench.project.heard_regions:CALLS",
        judged=f"{_HERE}.judged:judged_calls", operating=f"{_HERE}.results:find_score",
    ))
    register_later("recipe", f"{_HERE}.recipes:RECIPES")
