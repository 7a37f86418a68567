"""What is done about a finding from any page: looked at, or mended with a way back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from workbench.core.errors import Problem, WorkbenchError
from workbench.core.events import EVENTS_SUFFIX
from workbench.core.text import tr
from workbench.core.video import TRACKS_SUFFIX
from workbench.gui.app.context import AppContext, ImageTarget
from workbench.gui.app.saved import show_in_folder
from workbench.gui.app.task import place_for
from workbench.gui.app.undo_action import say_done
from workbench.project.mending import mend
from workbench.project.session import Session

PLACE = "data"


def look_at(context: AppContext, session: Session, problem: Problem,
            target: ImageTarget | None = None) -> None:
    """Go to the image (and to what ``target`` says of it), the sound or the video, or show the
    folder of a file that is none."""
    path = session.folder / problem.path
    key = session.index.key_of(path)
    if key is not None:
        context.go(place_for("images", session), target or ImageTarget(key, back=PLACE))
        return
    clip = path.relative_to(session.folder).as_posix()
    if session.sounds_if_read is not None and session.sounds_if_read.row(clip) is not None:
        context.go(place_for("sounds", session), ImageTarget(clip, back=PLACE))
        return
    videos = session.videos_if_read
    film = clip.removesuffix(TRACKS_SUFFIX).removesuffix(EVENTS_SUFFIX)
    if videos is not None and videos.row(film) is not None:
        context.go(place_for("videos", session), ImageTarget(film, back=PLACE))
    else:
        show_in_folder(context, path)


def mend_all(context: AppContext, session: Session, problems: list[Problem],
             set_mended: Callable[[Sequence[Problem], bool], object]) -> None:
    """Mend findings of one kind as one step, and offer to take it back."""
    if session.images.work is not None:
        return

    def say() -> None:
        if context.session is session:
            say_done(context, session)

    def tell(some: Sequence[Problem], mended: bool) -> None:
        if not some:
            context.say("info", tr("Nothing was changed: the files are others by now. Look at "
                                   "them again."))
            return
        set_mended(some, mended)
        if mended:  # by then the step is remembered
            session.post(say)

    try:
        mend(session, problems, tell)
    except WorkbenchError as error:
        context.say("bad", error.sentence())
