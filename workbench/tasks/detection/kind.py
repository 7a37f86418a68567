"""Finding objects in images: what is registered; imports neither Qt nor torch."""

from workbench.extension.registry import register_later
from workbench.extension.tasks import Task, tasks

ID = "detection"
_HERE = "workbench.tasks.detection"


def register() -> None:
    """Register the task and its recipes."""
    tasks.register(Task(
        id=ID, title="Objects in images", medium="images", noun="image",
        engine=f"{_HERE}.engine.task:TASK", window=f"{_HERE}.window:TASK",
        shell=f"{_HERE}.shell:TASK", saving=f"{_HERE}.saving:SAVING", begin="Draw boxes on images",
        videos=True, boxes=True, self_training=True,
        judged=f"{_HERE}.judged:judged_objects", operating=f"{_HERE}.results:find_score",
    ))
    register_later("recipe", f"{_HERE}.recipes:RECIPES")
