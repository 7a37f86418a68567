"""One job of the engine at a time, and how far it is."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from workbench.core.text import tr
from workbench.gui.app.context import AppContext
from workbench.jobs.commands import Command, Control
from workbench.jobs.events import Failed, Finished, Progress
from workbench.jobs.message import is_about


class EngineJob(QObject):
    """What it comes to is for a subclass to say (:meth:`finished`)."""

    changed = Signal()
    """It began, came on or is over."""
    failed = Signal(str)
    """(sentence) it came to nothing."""

    def __init__(self, context: AppContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._job = self.text = ""
        self.done = self.total = 0
        """Of what the engine is at, with :attr:`text`; 0 where that is not known."""
        self._listening = False

    @property
    def busy(self) -> bool:
        return bool(self._job)

    @property
    def fraction(self) -> float | None:
        """How much is done, 0 to 1; None where that is not known."""
        return self.done / self.total if self.total else None

    def ask(self, make: Callable[[str], Command]) -> None:
        """Send the command that ``make`` gives for a new job."""
        engine = self._context.engine
        if not self._listening:
            engine.event.connect(self._heard)
            engine.state_changed.connect(self.engine_changed)
            self._listening = True
        self._job = engine.new_job()
        self.text, self.done, self.total = "", 0, 0
        engine.send(make(self._job))
        self.changed.emit()

    def came_on(self) -> None:
        """More of it is done."""
        self.changed.emit()

    def finished(self, event: Finished) -> None:
        """The engine came to the end of the job."""
        raise NotImplementedError

    def cancel(self) -> None:
        """End it; nothing more is heard of it."""
        job, self._job = self._job, ""
        if job:
            self._context.engine.send(Control(job, "cancel"))
            self.changed.emit()

    def fail(self, reason: str) -> None:
        """It came to nothing."""
        self._job = ""
        self.changed.emit()
        self.failed.emit(reason)

    def engine_changed(self) -> None:
        """The engine's state is another one."""
        if self._job and self._context.engine.state in ("off", "failed"):
            self.fail(tr("The engine stopped."))

    def _heard(self, event: object) -> None:
        if not self._job or not is_about(event, self._job):
            return
        if isinstance(event, Progress):
            self.text, self.done, self.total = event.text, event.done, event.total
            self.came_on()
        elif isinstance(event, Finished):
            self._job = ""
            self.finished(event)
        elif isinstance(event, Failed):
            self.fail(event.message)
