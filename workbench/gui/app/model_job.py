"""A question to a trained model about many files, whose answers come while they are found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal

from workbench.core.text import tr
from workbench.gui.app.context import AppContext
from workbench.jobs.commands import Command, Control, Predict, ResumeRun, Train
from workbench.jobs.events import Failed, Finished, Paused, Predictions, Progress, Unpaused
from workbench.jobs.message import is_about

JobState = Literal["", "waiting", "running", "paused"]


class ModelJob(QObject):
    """At most one question at a time."""

    changed = Signal()
    """:attr:`state` or :attr:`done` is another."""
    answered = Signal(object, object)
    """(items, problems) as in :class:`~workbench.jobs.events.Predictions`."""
    ended = Signal(str)
    """("finished" or "cancelled") it is over; all answers have come."""
    failed = Signal(str)
    """(sentence) it is over, and answers may be missing."""

    def __init__(self, context: AppContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state: JobState = ""
        """ "" without one, "waiting" until the first answer (the engine may be busy with something
        else, or load the model), "running" or "paused"."""
        self.done = self.total = 0
        """Files that are through, and all."""
        self._context = context
        self._job = ""
        self._first = False  # whether a training was asked to stand aside
        self._listening = False

    @property
    def words(self) -> str:
        """What is under way, for a person; "" for nothing."""
        if self.state == "waiting":
            first, _ = self._ahead()
            if self._first or first in ("", self._job):
                return tr("Loading the model …")
            if self.behind_training:
                return tr("Waiting for the training to end or to be paused …")
            return tr("Waiting for the engine …")
        return tr("{done:,} of {total:,}", done=self.done, total=self.total) if self.state else ""

    @property
    def share(self) -> float:
        """How much is done, 0 to 1."""
        return self.done / self.total if self.total else 0.0

    @property
    def behind_training(self) -> bool:
        """Whether a training has to end, be paused or :meth:`go_first` before there are answers."""
        return (self.state == "waiting" and not self._first
                and isinstance(self._ahead()[1], Train | ResumeRun))

    def go_first(self) -> None:
        """Have the training stand still until the answers are there; then it goes on by itself."""
        if self.behind_training:
            self._context.engine.send(Control(self._ahead()[0], "aside"))
            self._first = True
            self.changed.emit()

    def _ahead(self) -> tuple[str, Command | None]:
        """The job that the engine is at, if any, and its command."""
        return next(iter(self._context.engine.jobs.items()), ("", None))

    def start(self, project: Path, run: str, files: Sequence[str], *, score_thresh: float,
              nms_thresh: float, videos: Mapping[str, list[int]] | None = None,
              then: tuple[str, list[str]] = ("", []), gate: bool = False) -> None:
        """Ask the model of ``run``; nothing happens while another question is under way.
        ``videos`` and the rest are as in :class:`~workbench.jobs.commands.Predict`."""
        if self.state:
            return
        engine = self._context.engine
        if not self._listening:
            engine.event.connect(self._take)
            self._listening = True
        self.state, self.done, self.total, self._first = "waiting", 0, len(files), False
        self._job = engine.new_job()
        engine.send(Predict(self._job, str(project), run, list(files), stream=True,
                            score_thresh=score_thresh, nms_thresh=nms_thresh,
                            videos=dict(videos or {}), then=then[0], then_only=then[1], gate=gate))
        self.changed.emit()

    def pause(self) -> None:
        """Stand still, or go on."""
        if self.state in ("running", "paused"):
            action = "unpause" if self.state == "paused" else "pause"
            self._context.engine.send(Control(self._job, action))

    def cancel(self) -> None:
        """End early; what was found so far is kept."""
        if self.state:
            self._context.engine.send(Control(self._job, "cancel"))

    def close(self) -> None:
        """Nobody wants to hear of it any more."""
        self.cancel()
        self.state, self._job = "", ""

    def _take(self, event: object) -> None:
        if not is_about(event, self._job):
            return
        if isinstance(event, Predictions):
            self.state = "paused" if self.state == "paused" else "running"
            self.done, self.total = event.done, event.total
            self.answered.emit(event.items, event.problems)
            self.changed.emit()
        elif isinstance(event, Paused | Unpaused | Progress):
            self.state = "paused" if isinstance(event, Paused) else (
                "running" if self.done else self.state)
            self.changed.emit()
        elif isinstance(event, Finished | Failed):
            self.state, self._job = "", ""
            self.changed.emit()
            if isinstance(event, Failed):
                self.failed.emit(event.message)
            else:
                self.ended.emit(event.state)
