"""Learning classes from the events of the open project's videos: frames become a project beside
it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from workbench.core.progress import ProgressCallback
from workbench.core.text import tr
from workbench.gui.app.context import AppContext
from workbench.project.edits.saver import Saver
from workbench.tasks.image_classification.window.crop_project import ProjectMaker, free_folder

_SAVE_SECONDS = 5.0


def frames_of_events(context: AppContext) -> None:
    """Make a project of the frames of events, and offer to open it."""
    session = context.session
    if session is None:
        return
    target, saver = free_folder(session.folder, "events"), session.saver
    ProjectMaker.of(context).begin(
        session.folder, target,
        tr("Writing frames of the events, into “{name}” …", name=target.name),
        partial(_frames, saver))


def _frames(saver: Saver, project: Path, target: Path, tick: ProgressCallback) -> str:
    from workbench.tasks.image_classification.event_frames import make_event_frames

    saver.wait_until_written(_SAVE_SECONDS)
    return make_event_frames(project, target, tick=tick).words()
