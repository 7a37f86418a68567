"""What pressing Train would do, asked of the engine a moment after the last choice."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QObject, Signal

from workbench.gui.app.engine_client import EngineClient
from workbench.gui.train.question import NewestQuestion, What
from workbench.jobs.commands import Command, Preflight, TrainRequest
from workbench.jobs.events import Failed, PreflightDone, Progress

State = Literal["idle", "checking", "ready", "refused"]

DEBOUNCE_MS = 400


class PreflightCheck(NewestQuestion):
    """Keeps one answer for the newest request; an older question is called back."""

    changed = Signal()
    """:attr:`state`, :attr:`result`, :attr:`words` or :attr:`progress` is another one."""

    def __init__(self, engine: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(engine, DEBOUNCE_MS, parent)
        self.state: State = "idle"
        self.result: PreflightDone | None = None
        self.words = ""
        self.progress: Progress | None = None

    def ask(self, what: What) -> None:
        """Ask soon about the ``(project folder, request)`` that ``what`` gives then, if any."""
        self.ask_soon(what)
        self._set("checking", result=None)

    def forget(self) -> None:
        """Ask nothing and know nothing, as while a training is under way."""
        self.drop()
        self.nothing_to_ask()

    def nothing_to_ask(self) -> None:
        self._set("idle", result=None)

    def command(self, job: str, folder: str, request: TrainRequest) -> Command:
        return Preflight(job, folder, request)

    def answered(self, event: object) -> bool:
        if isinstance(event, PreflightDone):
            self._set("ready", result=event, words=event.words)
        elif isinstance(event, Failed):
            self._set("refused", words=event.message)
        elif isinstance(event, Progress):
            self.progress = event
            self.changed.emit()
            return False
        return isinstance(event, PreflightDone | Failed)

    def _set(self, state: State, *, result: PreflightDone | None = None, words: str = "") -> None:
        self.state, self.result, self.words, self.progress = state, result, words, None
        self.changed.emit()
