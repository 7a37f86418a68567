"""The step that moves images of an open project into the folders of their classes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from workbench.core.background import BackgroundThread, Worker
from workbench.core.errors import WorkbenchError
from workbench.core.signal import Signal
from workbench.core.text import count, tr
from workbench.project.pixel_sizes import images_moved
from workbench.project.suggestions import suggestions_of
from workbench.tasks.image_classification.label_store import labels_of
from workbench.tasks.image_classification.moving import Moves, move_images

if TYPE_CHECKING:
    from workbench.project.session import Session

_SAVE_SECONDS = 60.0


class FolderMover:
    """Moves images in the background; called, and tells, on the session's thread."""

    def __init__(self, session: Session) -> None:
        self.began: Signal[()] = Signal()
        self.progress: Signal[int, int] = Signal()
        """(done, total) files."""
        self.ended: Signal[str] = Signal()
        """(sentence) why nothing was moved, or ""."""
        self._session = session
        self._worker = Worker(name="move images", post=session.post)

    def stop(self) -> None:
        """Have all images where they were."""
        self._worker.stop()

    def start(self, moves: Moves, failed: Callable[[], object]) -> None:
        """Begin; ``failed`` is called where nothing was moved in the end.

        Raises
        ------
        WorkbenchError
            If it must not be now.
        """
        session, labels = self._session, labels_of(self._session)
        session.identity.require()
        labels.require_free()
        labels.hold(tr("The images are being moved"))

        def work(thread: BackgroundThread) -> None:
            def check() -> None:
                if thread.stopping:
                    raise WorkbenchError(tr("Cancelled"), kept=tr("Nothing was moved."))

            def tick(done: int, total: int) -> None:
                if done % max(1, total // 200) == 0:
                    thread.post(partial(self.progress.emit, done, total))

            if not session.saver.wait_until_written(_SAVE_SECONDS):
                raise WorkbenchError("it is not saved yet", path=labels.path,
                                     kept="Nothing was moved.")
            move_images(session.folder, moves, tick, check)

        def end(sentence: str = "") -> None:
            if sentence:
                failed()
            else:
                suggestions_of(session).images_moved(moves.images)
                images_moved(session, moves.images)
            labels.let_go()
            self.ended.emit(sentence)

        self._worker.start(work, lambda _: end(), end)
        self.began.emit()


class FoldersStep:
    """The step itself, which goes on after it was taken."""

    def __init__(self, session: Session, moves: Moves) -> None:
        self.text = tr("move {images} into class folders", images=count(len(moves.images), "image"))
        self.key = ""
        self._session, self._moves = session, moves
        self._known = False  # the files are already where the step would have them

    def do(self) -> None:
        self._begin(self._moves, forward=True)

    def undo(self) -> None:
        self._begin(self._moves.back(), forward=False)

    def _begin(self, moves: Moves, *, forward: bool) -> None:
        if self._known:
            self._known = False
        else:
            mover_of(self._session).start(moves, partial(self._failed, forward=forward))

    def _failed(self, *, forward: bool) -> None:
        """Nothing was moved: the step is on the other side of the undo stack again."""
        undo = self._session.undo
        if (undo.undo_step if forward else undo.redo_step) is self:
            self._known = True
            (undo.undo if forward else undo.redo)()


def mover_of(session: Session) -> FolderMover:
    """What moves the images of a session."""
    return session.part(FolderMover, lambda: FolderMover(session))
