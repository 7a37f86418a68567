"""Telling pictures apart: what is registered; imports neither Qt nor torch."""

from typing import Any

from workbench.extension.registry import register_later
from workbench.extension.tasks import Task, tasks
from workbench.extension.window import Place, SearchEntry, WindowAction, actions, places

ID = "image-classification"
_HERE = "workbench.tasks.image_classification"


def register() -> None:
    """Register the task and its recipes."""
    tasks.register(Task(
        id=ID, title="Classes of images", medium="images", noun="image",
        engine=f"{_HERE}.engine.task:TASK", window=f"{_HERE}.window:TASK",
        shell=f"{_HERE}.shell:TASK", saving=f"{_HERE}.saving:SAVING",
        recognise=f"{_HERE}.recognise:recognise",
        examine=f"{_HERE}.doctor:examine", begin="Sort whole images into classes",
        take_labels=f"{_HERE}.importing:take_labels", whole_labels=f"{_HERE}.labels:labels_by_key",
        say_folders=f"{_HERE}.labels:say_folders",
        recipe_files=f"{_HERE}.recipes:NETWORKS",
        features="workbench.formats.feature_cache:known_features", videos=True, crops=True,
        judged=f"{_HERE}.judged:judged_images", self_training=True,
        open_labels=f"{_HERE}.label_store:labels_of",
    ))
    places.register(Place(
        "sort", "Images", "images", f"{_HERE}.window.actions:make_place", media="images",
        after="images", finds=(SearchEntry("Sort images into classes", "label tag key", "tag"),),
    ))
    actions.register(WindowAction(
        "images.learn_from_boxes", "Learn classes from the boxes of this project",
        f"{_HERE}.window.crop_project:crop_boxes", menu="File", icon="duplicate",
        enabled=_has_boxes))
    actions.register(WindowAction(
        "videos.learn_from_events", "Learn classes from the events of the videos",
        f"{_HERE}.window.event_project:frames_of_events", menu="File", icon="clock",
        enabled=_has_events))
    register_later("command", f"{_HERE}.commands:COMMANDS")
    register_later("explanation", f"{_HERE}.commands:EXPLANATIONS")
    register_later("format", f"{_HERE}.formats:FORMATS")
    register_later("recipe", f"{_HERE}.recipes:RECIPES")
    register_later("augmentation", f"{_HERE}.augmentations:AUGMENTATIONS")


def _has_boxes(context: Any) -> bool:
    session = context.session
    return session is not None and session.index.labelled_count() > 0


def _has_events(context: Any) -> bool:
    videos = context.session.videos_if_read if context.session is not None else None
    return videos is not None and any(videos.summary(key).events for key in videos)
