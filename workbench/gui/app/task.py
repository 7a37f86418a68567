"""What the open project is about, while it is still being looked through and after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.project.task import (
    DETECTION,
    SOUNDS,
    begins_with_sounds,
    decide_task,
    is_sound,
    sounds_nearby,
)

if TYPE_CHECKING:
    from workbench.project.session import Session

__all__ = ["DETECTION", "SOUNDS", "begins_with_sounds", "is_sound", "media_in", "task_of"]


def media_in(session: Session | None) -> frozenset[str]:
    """What a project holds, "images", "sounds" or both; both for one that holds neither yet."""
    both = frozenset({"images", "sounds"})
    if session is None:
        return both
    images = len(session.index) > 0
    sounds = task_of(session) == SOUNDS or (images and bool(sounds_nearby(session.folder)))
    if images == sounds:
        return both
    return frozenset({"images"} if images else {"sounds"})


def task_of(session: Session | None) -> str:
    """The task of a project; see :mod:`workbench.project.task` for the rule.

    While the folder is still being looked through, its first entries decide; this costs an image
    folder one short listing.
    """
    if session is None:
        return DETECTION
    said, index = session.manifest.task, session.index
    if said == SOUNDS:
        return SOUNDS
    if index.scanning or (len(index) and index.summarizing):
        sounds = not len(index) and begins_with_sounds(session.folder)
        return SOUNDS if sounds else DETECTION
    return decide_task(session.folder, said, images=len(index), labelled=index.labelled_count())
