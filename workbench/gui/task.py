"""What the open project is about, while it is still being looked through and after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.project.task import (
    DETECTION,
    SOUNDS,
    begins_with_sounds,
    decide_task,
    is_sound,
)

if TYPE_CHECKING:
    from workbench.project.session import Session

__all__ = ["DETECTION", "SOUNDS", "begins_with_sounds", "is_sound", "task_of"]


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
