"""A question to the engine about the next training, asked a moment after the last choice."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from workbench.gui.app.engine_client import EngineClient
from workbench.jobs.commands import Command, Control, TrainRequest
from workbench.jobs.message import is_about

What = Callable[[], tuple[str, TrainRequest] | None]
"""Gives ``(project folder, request)``, or None where nothing is to be asked."""


class NewestQuestion(QObject):
    """Only the newest question is asked; an older one is called back.

    Parameters
    ----------
    patience
        Milliseconds after which it is asked, unless there is another one by then.
    """

    def __init__(self, engine: EngineClient, patience: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._what: What | None = None
        self._job = ""
        self._patience = patience
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._send)
        engine.event.connect(self._hear)

    @abstractmethod
    def command(self, job: str, folder: str, request: TrainRequest) -> Command:
        """What is sent to the engine."""

    @abstractmethod
    def answered(self, event: object) -> bool:
        """Take an event about the question; returns whether it was the last one."""

    @abstractmethod
    def nothing_to_ask(self) -> None:
        """There is no question any more."""

    def ask_soon(self, what: What) -> None:
        """Ask about what ``what`` gives in a moment."""
        self._what = what
        self._call_back()
        self._timer.start(self._patience)

    def drop(self) -> None:
        """Ask nothing."""
        self._timer.stop()
        self._what = None
        self._call_back()

    def _send(self) -> None:
        question = self._what() if self._what is not None else None
        if question is None:
            self.nothing_to_ask()
            return
        self._job = self._engine.new_job()
        self._engine.send(self.command(self._job, *question))

    def _call_back(self) -> None:
        job, self._job = self._job, ""
        if job:
            self._engine.send(Control(job, "cancel"))

    def _hear(self, event: object) -> None:
        if is_about(event, self._job):
            job = self._job
            if self.answered(event) and self._job == job:
                self._job = ""
