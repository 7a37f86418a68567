"""What pressing Train would do, asked of the engine a moment after the last choice."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, QTimer, Signal

from workbench.jobs.messages import (
    Control,
    Failed,
    Preflight,
    PreflightDone,
    Progress,
    TrainRequest,
)

if TYPE_CHECKING:
    from workbench.gui.app.engine_client import EngineClient

State = Literal["idle", "checking", "ready", "refused"]

DEBOUNCE_MS = 400


class PreflightCheck(QObject):
    """Keeps one answer for the newest request; an older question is called back.

    Signals
    -------
    changed
        :attr:`state`, :attr:`result`, :attr:`words` or :attr:`progress` is another one.
    """

    changed = Signal()

    def __init__(self, engine: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state: State = "idle"
        self.result: PreflightDone | None = None
        self.words = ""
        self.progress: Progress | None = None
        self._engine = engine
        self._ask: Callable[[], tuple[str, TrainRequest] | None] | None = None
        self._job = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._send)
        engine.event.connect(self._take)

    def ask(self, what: Callable[[], tuple[str, TrainRequest] | None]) -> None:
        """Ask soon about the ``(project folder, request)`` that ``what`` gives then, if any."""
        self._ask = what
        self._call_back()
        self._set("checking", result=None)
        self._timer.start(DEBOUNCE_MS)

    def forget(self) -> None:
        """Ask nothing and know nothing, as while a training is under way."""
        self._timer.stop()
        self._ask = None
        self._call_back()
        self._set("idle", result=None)

    def _send(self) -> None:
        question = self._ask() if self._ask is not None else None
        if question is None:
            self._set("idle", result=None)
            return
        folder, request = question
        self._job = self._engine.new_job()
        self._engine.send(Preflight(self._job, folder, request))

    def _call_back(self) -> None:
        job, self._job = self._job, ""
        if job:
            self._engine.send(Control(job, "cancel"))

    def _take(self, event: object) -> None:
        if not self._job or getattr(event, "job", "") != self._job:
            return
        if isinstance(event, PreflightDone):
            self._job = ""
            self._set("ready", result=event, words=event.words)
        elif isinstance(event, Failed):
            self._job = ""
            self._set("refused", words=event.message)
        elif isinstance(event, Progress):
            self.progress = event
            self.changed.emit()

    def _set(self, state: State, *, result: PreflightDone | None = None, words: str = "") -> None:
        self.state, self.result, self.words, self.progress = state, result, words, None
        self.changed.emit()
