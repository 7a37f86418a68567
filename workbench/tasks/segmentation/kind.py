"""Areas in images: what is registered; imports neither Qt nor torch."""

from workbench.extension.registry import register_later
from workbench.extension.tasks import Task, tasks

ID = "semantic-segmentation"
_HERE = "workbench.tasks.segmentation"


def register() -> None:
    """Register the task and its recipes."""
    tasks.register(Task(
        id=ID, title="Areas in images", medium="images", noun="image",
        engine=f"{_HERE}.engine.task:TASK", window=f"{_HERE}.window:TASK",
        shell=f"{_HERE}.shell:TASK", saving=f"{_HERE}.saving:SAVING",
        begin="Mark areas pixel by pixel", videos=True, areas=True,
        judged=f"{_HERE}.judged:judged_areas", operating=f"{_HERE}.results:find_score",
    ))
    register_later("recipe", f"{_HERE}.recipes:RECIPES")
