"""Having the engine put all images, or all objects, of a project on a map."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from workbench.core.text import tr
from workbench.gui.app.context import AppContext
from workbench.jobs.commands import Arrange, Control
from workbench.jobs.events import Failed, Finished, Progress
from workbench.jobs.message import is_about
from workbench.project.session import Session


class ArrangeJob(QObject):
    """At most one at a time."""

    changed = Signal()
    """It began, came on or is over."""
    ended = Signal(str, object, int)
    """(what, unreadable, left out) there is a map of what was asked for, without the samples with
    these keys, which could not be read, and as many that were left out by chance, as there are too
    many."""
    failed = Signal(str)
    """(sentence) it came to nothing."""

    def __init__(self, context: AppContext, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._job = self.what = ""
        self._text = ""
        self._done = self._total = 0
        self._listening = False

    @property
    def busy(self) -> bool:
        return bool(self._job)

    @property
    def fraction(self) -> float | None:
        """How much is done, 0 to 1; None where that is not known."""
        return self._done / self._total if self._total else None

    @property
    def words(self) -> str:
        """What is under way, for a person."""
        if not self._text and self._context.engine.learns:
            return tr("Waiting for the training to end or to be paused …")
        if not self._text:
            return tr("Waiting for the engine …")
        if not self._total:
            return self._text
        return tr("{text}: {done:,} of {total:,}", text=self._text.rstrip(" …."), done=self._done,
                  total=self._total)

    def start(self, session: Session, what: str) -> None:
        """Arrange the images of the project ("samples"), or its "objects"."""
        if self._job:
            return
        engine = self._context.engine
        if not self._listening:
            engine.event.connect(self._heard)
            engine.state_changed.connect(self._engine_changed)
            self._listening = True
        self._job, self.what = engine.new_job(), what
        self._text, self._done, self._total = "", 0, 0
        engine.send(Arrange(self._job, str(session.folder), what))
        self.changed.emit()

    def cancel(self) -> None:
        """End it; the map that was there stays."""
        if self._job:
            self._context.engine.send(Control(self._job, "cancel"))
            self._job = ""
            self.changed.emit()

    def _heard(self, event: object) -> None:
        if not self._job or not is_about(event, self._job):
            return
        if isinstance(event, Progress):
            self._text, self._done, self._total = event.text, event.done, event.total
            self.changed.emit()
        elif isinstance(event, Finished):
            self._job = ""
            self.changed.emit()
            if event.state == "finished":
                self.ended.emit(self.what, list(event.result.get("unreadable", ())),
                                int(event.result.get("left_out", 0)))
        elif isinstance(event, Failed):
            self._fail(event.message)

    def _fail(self, reason: str) -> None:
        self._job = ""
        self.changed.emit()
        self.failed.emit(reason)

    def _engine_changed(self) -> None:
        if self._job and self._context.engine.state in ("off", "failed"):
            self._fail(tr("The engine stopped."))
