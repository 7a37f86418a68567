"""What is done about a finding from any page: looked at, or mended with a way back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from workbench.core.errors import Problem, WorkbenchError
from workbench.core.text import tr
from workbench.gui.app.context import AppContext, ImageTarget
from workbench.gui.app.take_back import take_back
from workbench.gui.app.task import place_for
from workbench.project.mending import mend

if TYPE_CHECKING:
    from workbench.project.session import Session

PLACE = "data"


def look_at(context: AppContext, session: Session, problem: Problem,
            target: ImageTarget | None = None) -> None:
    """Go to the image (and to what ``target`` says of it) or the sound, or show the folder of a
    file that is neither."""
    path = session.folder / problem.path
    key = session.index.key_of(path)
    if key is not None:
        context.go(place_for("images", session), target or ImageTarget(key, back=PLACE))
        return
    clip = path.relative_to(session.folder).as_posix()
    if session.sounds_if_read is not None and session.sounds_if_read.row(clip) is not None:
        context.go(place_for("sounds", session), ImageTarget(clip, back=PLACE))
    elif not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent))):
        context.say("info", tr("The file is {path}", path=path))


def mend_all(context: AppContext, session: Session, problems: list[Problem],
             set_mended: Callable[[Sequence[Problem], bool], object]) -> None:
    """Mend findings of one kind as one step, and offer to take it back."""
    if session.images.work is not None:
        return

    def say() -> None:
        step = session.undo.undo_step
        if step is not None and context.session is session:
            context.say("ok", tr("Done: {step}.", step=step.text), tr("Undo"),
                        lambda: take_back(context, session, step))

    def tell(some: Sequence[Problem], mended: bool) -> None:
        if not some:
            context.say("info", tr("Nothing was changed: the labels are others by now. Look at "
                                   "them again."))
            return
        set_mended(some, mended)
        if mended:  # by then the step is remembered
            session.post(say)

    try:
        mend(session, problems, tell)
    except WorkbenchError as error:
        context.say("bad", error.sentence())
