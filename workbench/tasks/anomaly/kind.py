"""Finding what differs from good images: what is registered; imports neither Qt nor torch."""

from workbench.extension.registry import register_later
from workbench.extension.tasks import Task, tasks

ID = "anomaly-detection"
SORTED = "image-classification"
"""The task by which its labels are made: classes of whole images."""
_HERE = "workbench.tasks.anomaly"


def register() -> None:
    """Register the task, after the one whose labels it learns from, and its recipe."""
    sorting = tasks.get(SORTED)
    tasks.register(Task(
        id=ID, title="What differs from good images", medium="images", noun="image",
        engine=f"{_HERE}.engine.task:TASK", window=f"{_HERE}.window:TASK",
        shell=f"{_HERE}.shell:TASK", saving=f"{_HERE}.saving:SAVING",
        begin="Learn from good images alone",
        examine=sorting.examine, whole_labels=sorting.whole_labels,
        say_folders=sorting.say_folders,
        open_labels=sorting.open_labels, features=sorting.features, videos=True,
        judged=f"{_HERE}.judged:judged_images",
    ))
    register_later("recipe", f"{_HERE}.recipes:RECIPES")
