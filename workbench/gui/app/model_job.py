"""A question to a trained model about many files, whose answers come while they are found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal

from workbench.core.text import tr
from workbench.gui.app.context import AppContext
from workbench.jobs.commands import Control, Predict
from workbench.jobs.events import Failed, Finished, Paused, Predictions, Progress, Unpaused
from workbench.jobs.message import is_about

JobState = Literal["", "waiting", "running", "paused"]


def gave_way_text() -> str:
    """Why a model that a training stood still for was not asked to the end."""
    return tr("This ended early, as the training was resumed or ended.")


def told_of_training(context: AppContext, again: Callable[[], object]) -> bool:
    """Whether a training is under way that a camera or a microphone would have to wait for; then
    it is told that it can stand still, and ``again`` offered."""
    if context.engine.learns:
        context.say("info", tr("A model is being trained. It can stand still while this one is at "
                               "work, and then goes on by itself."), tr("Look now"), again)
    return context.engine.learns


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
        self.part = 0.0
        """How much of the next one is through, of one that takes long."""
        self._context = context
        self._job = ""
        self.gave_way = False
        """Whether the last question was ended by a training that stood still for it."""
        self._first = False  # whether a training was asked to stand aside
        self._called_back = False
        self._listening = False

    @property
    def words(self) -> str:
        """What is under way, for a person; "" for nothing."""
        if self.state == "waiting":
            if self.behind_training:
                return tr("Waiting for the training to end or to be paused …")
            engine = self._context.engine
            if engine.training or next(iter(engine.jobs), self._job) == self._job:
                return tr("Loading the model …")
            return tr("Waiting for the engine …")
        if not self.state:
            return ""
        words = tr("{done:,} of {total:,}", done=self.done, total=self.total)
        return words if not self.part else tr(
            "{words}, {part:.0f} % of the next", words=words, part=100 * self.part)

    @property
    def share(self) -> float:
        """How much is done, 0 to 1."""
        return (self.done + self.part) / self.total if self.total else 0.0

    @property
    def behind_training(self) -> bool:
        """Whether a training has to end, be paused or :meth:`go_first` before there are answers."""
        return self.state == "waiting" and not self._first and self._context.engine.learns

    def go_first(self) -> None:
        """Have the training stand still until the answers are there; then it goes on by itself."""
        if self.behind_training:
            self._context.engine.ask_now()
            self._first = True
            self.changed.emit()

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
        self.part = 0.0
        self._called_back = False
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
            self._called_back = True
            self._context.engine.send(Control(self._job, "cancel"))

    def close(self) -> None:
        """Nobody wants to hear of it any more."""
        self.cancel()
        self.state, self._job = "", ""

    def _take(self, event: object) -> None:
        if not is_about(event, self._job):
            if self.state == "waiting" and isinstance(event, Paused | Unpaused):
                self._first = self._first and isinstance(event, Paused)
                self.changed.emit()  # a training stands still, or goes on without having answered
            return
        if isinstance(event, Predictions):
            self.state = "paused" if self.state == "paused" else "running"
            self.done, self.total, self.part = event.done, event.total, event.part
            if event.items or event.problems:
                self.answered.emit(event.items, event.problems)
            self.changed.emit()
        elif isinstance(event, Paused | Unpaused | Progress):
            self.state = "paused" if isinstance(event, Paused) else (
                "running" if self.share else self.state)
            self.changed.emit()
        elif isinstance(event, Finished | Failed):
            self.state, self._job = "", ""
            self.gave_way = (isinstance(event, Finished) and event.state == "cancelled"
                             and not self._called_back)
            self.changed.emit()
            if isinstance(event, Failed):
                self.failed.emit(event.message)
            else:
                self.ended.emit(event.state)
