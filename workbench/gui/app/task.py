"""What the open project is about, while it is still being looked through and after; and what the
window knows of a task."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from workbench.core.text import tr
from workbench.extension.registry import load
from workbench.extension.tasks import Task, register_bundled, tasks
from workbench.extension.window import Place, WindowTask, places
from workbench.gui.app.context import AppContext, RecipeTarget
from workbench.project.session import Session
from workbench.project.task import (
    begins_with_sounds,
    decide_task,
    default_task,
    has_videos,
    recognised_task,
    sounds_nearby,
)
from workbench.project.task import medium_of as medium_of_task


def window_task(id: str) -> WindowTask | None:
    """What the task ``id`` brings to the window; None where it is not installed or brings nothing.
    """
    register_bundled()
    found = tasks.get(id).window if id in tasks else ""
    task: WindowTask | None = load(found) if found else None
    return task


def noun_of(task: str) -> str:
    """What one sample of a task is called ("image", "clip")."""
    register_bundled()
    return tasks.get(task).noun if task in tasks else "sample"


def task_title(task: str) -> str:
    """What a task is called ("Objects in images")."""
    register_bundled()
    return tr(tasks.get(task).title) if task in tasks else task


def medium_of(session: Session | None) -> str:
    """What the open project is about: "images" or "sounds"."""
    register_bundled()
    task = task_of(session)
    return tasks.get(task).medium if task in tasks else "images"


def place_for(medium: str, session: Session | None = None) -> str:
    """Id of the place where "images", "sounds" or "videos" are labelled in a project."""
    register_bundled()
    own = task_of(session) if session is not None else ""
    if own in tasks and tasks.get(own).medium == medium and (shown := window_task(own)) is not None:
        return shown.place
    of_no_task = (place.id for place in places if place.media == medium)
    return next(iter(_labelling_places(medium)), next(of_no_task, ""))


def videos_alone(session: Session | None) -> bool:
    """Whether a project has videos and no images."""
    return session is not None and not len(session.index) and has_videos(session.folder)


def other_tasks(session: Session | None) -> list[Task]:
    """What a person may choose instead of a project's task: of the same medium, in their order."""
    if session is None:
        return []
    own = task_of(session)
    return [task for task in tasks if task.begin and task.id != own and own in tasks
            and task.medium == tasks.get(own).medium]


def tasks_of_labels(session: Session | None) -> list[Task]:
    """What can be learned from a project's labels: its task, those that are labelled in the same
    place, and those that need no labels, in their order. Where that is the project's task, all of
    its medium: its images may have labels of any kind."""
    own = window_task(task_of(session)) if session is not None else None
    medium = medium_of(session)
    return [] if own is None else [
        task for task in tasks if (shown := window_task(task.id)) is not None and (
            shown.place == own.place or (task.medium == medium
                                         and not (shown.needs_labels and own.needs_labels)))]


def learn(session: Session, task: str) -> None:
    """Make a project one of another task; its labels and runs stay as they are."""
    session.manifest.task = task
    session.manifest_changed()


def turn_to(context: AppContext, task: str) -> None:
    """Make the open project one of another task, and take what it is labelled with; labels of the
    old one stay where they are."""
    session = context.session
    if session is not None and task in tasks:
        learn(session, task)
        context.session_changed.emit()
        place, shown = place_for(tasks.get(task).medium, session), window_task(task)
        context.go(place)
        tool = f"{place}.tool_{shown.tool}" if shown is not None else ""
        if tool in context.actions:
            context.actions[tool].run()


def design(context: AppContext, recipe: str) -> None:
    """Go to where people make recipes of their own for the project's task, and show ``recipe``."""
    task = window_task(task_of(context.session))
    if task is not None:
        context.go(task.designer, RecipeTarget(recipe))


def _labelling_places(medium: str) -> list[str]:
    found = (window_task(task.id) for task in tasks if task.medium == medium)
    return [task.place for task in found if task is not None]


def stands_for(place: Place, session: Session | None) -> str:
    """Id of the place that is shown instead of ``place`` in a project: the one in which its task
    is labelled, where ``place`` is that of another task of the same medium; else its own."""
    if session is None or not place.media or place.id not in _labelling_places(place.media):
        return place.id
    return place_for(place.media, session)


def media_in(session: Session | None) -> frozenset[str]:
    """What a project holds, of "images" and "sounds", both for one that holds neither yet; and
    "videos" where there are some."""
    both = frozenset({"images", "sounds"})
    if session is None:
        return both
    videos = frozenset({"videos"} if has_videos(session.folder) else ())
    images = len(session.index) > 0
    sounds = medium_of(session) == "sounds" or (images and bool(sounds_nearby(session.folder)))
    if images == sounds:
        return both | videos
    return videos | {"images" if images else "sounds"}


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
        if not len(index) and begins_with_sounds(session.folder):
            return default_task("sounds")
        if medium_of_task(said):
            return said
        return ("" if said else _recognised(session)) or default_task()
    return decide_task(session.folder, said, images=len(index), labelled=index.labelled_count(),
                       recognise=lambda _folder: _recognised(session))


_looked_at: WeakKeyDictionary[Session, tuple[int, str]] = WeakKeyDictionary()


def _recognised(session: Session) -> str:
    """As :func:`recognised_task`; the folder is looked at again when it holds more or fewer images
    and nothing was recognised."""
    images = len(session.index)
    known = _looked_at.get(session)
    if known is None or not (known[1] or known[0] == images):
        known = _looked_at[session] = (images, recognised_task(session.folder))
    return known[1]
