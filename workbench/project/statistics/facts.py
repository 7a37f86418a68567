"""The labels of an open project as a table, read in the background when somebody needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.core.background import BackgroundThread, Worker
from workbench.core.signal import Signal
from workbench.project.library.scan import Throttle

if TYPE_CHECKING:
    from workbench.project.session import Session
    from workbench.project.statistics.table import ObjectTable

_TELL_EVERY = 200  # samples


class LabelFacts:
    """Made once for a session, by :func:`facts_of`; used on the owner's thread."""

    def __init__(self, session: Session, medium: str = "") -> None:
        self._medium = medium
        self.table: ObjectTable | None = None
        """As it was read last, or None."""
        self.fraction: float | None = None
        """How much of it is read, 0 to 1; None where that is not known, and where nothing is
        read."""
        self.failure = ""
        """Why it could not be read, or ""."""
        self.changed: Signal[()] = Signal()
        """There is a table, or another one."""
        self.progress: Signal[()] = Signal()
        """:attr:`fraction` is another one."""
        self.outdated: Signal[()] = Signal()
        """Labels were saved: the table may be another one by now; ask for it where it is looked
        at."""
        self._folder = session.folder
        self._current = False
        self._worker = Worker(name="label-facts", post=session.post)
        session.saver.saved.connect(self._saved)
        session.index.summarized.connect(lambda: self._saved(""))
        if medium == "videos":
            session.videos.finished.connect(lambda: self._saved(""))

    @property
    def busy(self) -> bool:
        """Whether it is being read."""
        return self._worker.busy

    def want(self) -> None:
        """Read it, where it was not read since labels were saved last."""
        if self._current or self.busy:
            return  # what is saved while it is read is told when that is through
        self._current = True
        self.fraction = None
        self._worker.start(self._read, self._take, self._ended)

    def close(self) -> None:
        """The project is left: end the thread."""
        self._worker.cancel()
        self._current = False

    def _saved(self, _key: str) -> None:
        self._current = False
        self.outdated.emit()

    def _read(self, thread: BackgroundThread) -> ObjectTable:
        from workbench.project.statistics.table import read_objects

        throttle = Throttle(thread)

        def progress(done: int, total: int) -> None:
            throttle()
            if done % _TELL_EVERY == 0:
                thread.post(lambda: self._show_progress(done / total))

        return read_objects(self._folder, progress, self._medium)

    def _show_progress(self, fraction: float) -> None:
        self.fraction = fraction
        self.progress.emit()

    def _take(self, table: ObjectTable) -> None:
        self.table = table
        self._ended("")

    def _ended(self, failure: str) -> None:
        self.failure = failure
        self.changed.emit()
        if not self._current:
            self.outdated.emit()


def facts_of(session: Session, medium: str = "") -> LabelFacts:
    """The facts of a session, of its videos for "videos"; nothing is read by this."""
    return session.part((LabelFacts, medium), lambda: LabelFacts(session, medium))
