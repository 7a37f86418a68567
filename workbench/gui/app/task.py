"""What the open project is about, while it is still being looked through and after; and what the
window knows of a task."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from workbench.extension.registry import load
from workbench.extension.tasks import tasks
from workbench.project.task import (
    begins_with_sounds,
    decide_task,
    default_task,
    sounds_nearby,
)
from workbench.project.task import medium_of as medium_of_task

if TYPE_CHECKING:
    from workbench.extension.window import WindowTask
    from workbench.project.session import Session



@functools.cache
def _register() -> None:
    from workbench.extension.plugins import register_bundled  # what the first paint does not need

    register_bundled()


def window_task(id: str) -> WindowTask | None:
    """What the task ``id`` brings to the window; None where it is not installed or brings nothing.
    """
    _register()
    found = tasks.get(id).window if id in tasks else ""
    task: WindowTask | None = load(found) if found else None
    return task


def noun_of(task: str) -> str:
    """What one sample of a task is called ("image", "clip")."""
    _register()
    return tasks.get(task).noun if task in tasks else "sample"


def medium_of(session: Session | None) -> str:
    """What the open project is about: "images" or "sounds"."""
    _register()
    task = task_of(session)
    return tasks.get(task).medium if task in tasks else "images"


def place_for(medium: str) -> str:
    """Id of the place where "images" or "sounds" are labelled."""
    _register()
    found = (window_task(task.id) for task in tasks if task.medium == medium)
    return next((task.place for task in found if task is not None), "")


def media_in(session: Session | None) -> frozenset[str]:
    """What a project holds, "images", "sounds" or both; both for one that holds neither yet."""
    both = frozenset({"images", "sounds"})
    if session is None:
        return both
    images = len(session.index) > 0
    sounds = medium_of(session) == "sounds" or (images and bool(sounds_nearby(session.folder)))
    if images == sounds:
        return both
    return frozenset({"images"} if images else {"sounds"})


def task_of(session: Session | None) -> str:
    """The task of a project; see :mod:`workbench.project.task` for the rule.

    While the folder is still being looked through, its first entries decide; this costs an image
    folder one short listing.
    """
    if session is None:
        return default_task()
    said, index = session.manifest.task, session.index
    if medium_of_task(said) == "sounds":
        return said
    if index.scanning or (len(index) and index.summarizing):
        sounds = not len(index) and begins_with_sounds(session.folder)
        return default_task("sounds") if sounds else (
            said if medium_of_task(said) else default_task())
    return decide_task(session.folder, said, images=len(index), labelled=index.labelled_count())
