"""The run that is under way and those that wait: commands to the engine, events into a history."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal

from workbench.core.text import capital, several, tr
from workbench.extension.run_names import recipe_title, title_of_run
from workbench.gui.app.context import AppContext
from workbench.gui.app.task import task_of
from workbench.gui.background.threads import worker
from workbench.gui.train.history import RunHistory
from workbench.gui.train.texts import lasted, metric_in_text, score
from workbench.jobs.commands import Command, Control, ResumeRun, Train, TrainRequest
from workbench.jobs.events import Failed, Finished, Started
from workbench.jobs.message import is_about

_SAVE_SECONDS = 60.0
Wish = Literal["", "pause", "unpause", "stop", "cancel"]


@dataclass(frozen=True, slots=True)
class QueuedTraining:
    """A training to be started: a request, or the name of a run to go on with.

    ``history`` is what its curves grow on: that of the run so far, or an empty one.
    """

    id: int
    project: str
    title: str
    request: TrainRequest | None = None
    detail: str = ""
    resume: str = ""
    history: RunHistory = field(default_factory=RunHistory, compare=False)


@dataclass(slots=True)
class LiveRun:
    """The training that is under way; ``wish`` is what was asked for and is not there yet."""

    job: str
    plan: QueuedTraining
    history: RunHistory
    wish: Wish = ""

    @property
    def title(self) -> str:
        """What the run is called, or will be called where it has no folder yet."""
        recipe = str(self.history.config.get("recipe", ""))
        if self.history.run and recipe:
            return title_of_run(self.history.run, self.history.config)
        return recipe_title(recipe) if recipe else self.plan.title


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """How a training ended: its run's name may be empty where it never got a folder; ``worse`` is
    a student that is not better than its teacher."""

    plan: QueuedTraining
    title: str
    run: str
    state: str
    sentence: str
    resumable: bool = False
    worse: bool = False


class TrainingController(QObject):
    """At most one training at a time, a queue behind it."""

    live_changed = Signal()
    """:attr:`live` is another run, none, or its state or wish is another one."""
    progressed = Signal()
    """An event of the live run came in."""
    queue_changed = Signal()
    """:attr:`queue` is another one."""
    ended = Signal(object)
    """(:class:`RunOutcome`) the live run came to its end."""

    def __init__(self, context: AppContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.live: LiveRun | None = None
        self.queue: list[QueuedTraining] = []
        self._context, self._engine = context, context.engine
        self._saved = worker(self, "labels-to-learn-from")
        self._held: list[Command] = []  # commands, until the labels are on the disk
        self._ids = itertools.count(1)
        self._then: list[Callable[[], object]] = []
        self._engine.event.connect(self._take)
        self._engine.state_changed.connect(self._pump)

    @property
    def live_here(self) -> LiveRun | None:
        """:attr:`live`, where it is a run of the open project: one goes on while another project
        is opened, which may have a run of the same name."""
        session, live = self._context.session, self.live
        here = live is not None and session is not None \
            and live.plan.project == str(session.folder)
        return live if here else None

    def title_of(self, live: LiveRun) -> str:
        """What a live run is called; one of another project is called by that, too."""
        if live is self.live_here:
            return live.title
        return tr("{title} of “{project}”", title=live.title, project=Path(live.plan.project).name)

    # --- starting -------------------------------------------------------------------------------

    def train(self, project: str, title: str, request: TrainRequest,
              detail: str = "") -> QueuedTraining:
        """Start a training, or queue it behind the one that runs; ``detail`` tells it apart."""
        return self._add(QueuedTraining(next(self._ids), project, title, request, detail))

    def resume(self, project: str, title: str, run: str, history: RunHistory) -> QueuedTraining:
        """Go on with ``run``, or queue that; its ``history`` so far is drawn on."""
        if waiting := self._waiting(project, run):
            return waiting[0]
        return self._add(QueuedTraining(next(self._ids), project, title, resume=run,
                                        history=history))

    def remove(self, plan: QueuedTraining) -> int:
        """Take ``plan`` out of the queue; returns the place it had, or -1."""
        if plan not in self.queue:
            return -1
        at = self.queue.index(plan)
        self.queue.remove(plan)
        self.queue_changed.emit()
        return at

    def run_gone(self, project: str, run: str) -> None:
        """A run was deleted: it is not gone on with."""
        for plan in self._waiting(project, run):
            self.remove(plan)

    def run_renamed(self, project: str, run: str, name: str, title: str) -> None:
        """A run has another name and title: where it waits to be gone on with, that is under
        these."""
        for plan in self._waiting(project, run):
            self.queue[self.queue.index(plan)] = replace(plan, resume=name, title=title)
            self.queue_changed.emit()

    def _waiting(self, project: str, run: str) -> list[QueuedTraining]:
        """What waits to go on with a run."""
        return [plan for plan in self.queue if (plan.project, plan.resume) == (project, run)]

    def insert(self, at: int, plan: QueuedTraining) -> None:
        """Put ``plan`` back into the queue."""
        self.queue.insert(at, plan)
        self.queue_changed.emit()
        self._pump()

    def _add(self, plan: QueuedTraining) -> QueuedTraining:
        if self.live is None:
            self._start(plan)
        else:
            self.queue.append(plan)
            self.queue_changed.emit()
        return plan

    def _start(self, plan: QueuedTraining) -> None:
        job = self._engine.new_job()
        history = plan.history
        history.state, history.message = "starting", ""
        # what its curves are called until the engine has told what it learns
        asked = plan.request.task if plan.request is not None else ""
        history.config = history.config or {"task": asked or task_of(self._context.session)}
        self.live = LiveRun(job, plan, history)
        if plan.request is not None:
            self._when_saved(Train(job, plan.project, plan.request))
        else:
            self._when_saved(ResumeRun(job, plan.project, plan.resume))
        self.live_changed.emit()

    def _when_saved(self, command: Train | ResumeRun) -> None:
        """Send it as soon as what was labelled is on the disk, where the engine reads it."""
        session = self._context.session
        if session is None or not session.saver.waiting:
            self._engine.send(command)
            return
        saver = session.saver
        self._held.append(command)
        self._saved.start(lambda _thread: saver.wait_until_written(_SAVE_SECONDS),
                          lambda _written: self._send_held())

    def _send_held(self) -> None:
        held, self._held = self._held, []
        for command in held:
            self._engine.send(command)

    def _pump(self) -> None:
        """Start what waits, once nothing runs and the engine can."""
        if self.live is None and self.queue and self._engine.state in ("ready", "busy"):
            plan = self.queue.pop(0)
            self.queue_changed.emit()
            self._start(plan)

    def close_down(self) -> None:
        """The window closes: what is not sent yet is not started any more."""
        self._saved.cancel()

    # --- steering -------------------------------------------------------------------------------

    def toggle_pause(self) -> None:
        """Pause the live run, or let it go on."""
        if self.live is not None:
            self._control("unpause" if self.live.history.state == "paused" else "pause")

    def stop(self, then: Callable[[], object] | None = None) -> None:
        """End the live run and keep its best model; ``then`` is called when it has ended."""
        self._end("stop", then)

    def stop_all(self, then: Callable[[], object]) -> None:
        """As :meth:`stop`, and forget the trainings that wait."""
        for plan in list(self.queue):
            self.remove(plan)
        self.stop(then)

    def cancel(self) -> None:
        """End the live run at once."""
        self._end("cancel", None)

    def _end(self, wish: Wish, then: Callable[[], object] | None) -> None:
        if then is not None:
            self._then.append(then)
        if self.live is None:
            self._call_then()
        else:
            self._control(wish)

    def _control(self, wish: Wish) -> None:
        assert self.live is not None
        if self.live.wish != wish:
            self.live.wish = wish
            control = Control(self.live.job, wish)
            if self._held:
                self._held.append(control)
            else:
                self._engine.send(control)
            self.live_changed.emit()

    # --- events ---------------------------------------------------------------------------------

    def _take(self, event: object) -> None:
        live = self.live
        if live is None or not is_about(event, live.job):
            return
        before = live.history.state
        live.history.apply(event)  # type: ignore[arg-type]  # whatever has a job is an event
        if live.history.state != before or isinstance(event, Started):
            if live.wish in ("pause", "unpause"):
                live.wish = ""
            self.live_changed.emit()
        self.progressed.emit()
        if isinstance(event, Finished | Failed):
            self._finish(live, event)

    def _finish(self, live: LiveRun, event: Finished | Failed) -> None:
        title = self.title_of(live)
        self.live = None
        self.live_changed.emit()
        self.ended.emit(_outcome(live, event, title))
        self._call_then()
        self._pump()

    def _call_then(self) -> None:
        waiting, self._then = self._then, []
        for then in waiting:
            then()


def _outcome(live: LiveRun, event: Finished | Failed, title: str) -> RunOutcome:
    run = live.history.run or live.plan.resume
    if isinstance(event, Failed):
        kept = bool(live.plan.resume) or live.history.checkpoint_time is not None
        resumable = event.resumable and bool(run) and kept
        return RunOutcome(live.plan, title, run, "failed", capital(event.message), resumable)
    best = _best(live.history)
    words = {
        "finished": tr("{title} finished{lasted}{best}.",
                       title=title, lasted=lasted(live.history.epochs_done, live.history.seconds),
                       best=best),
        "stopped": tr("{title} was stopped; the best model is kept{best}.",
                      title=title, best=best),
        "cancelled": tr("{title} was cancelled.", title=title),
    }
    sentence = words.get(event.state, tr("{title} has ended.", title=title))
    verdict = event.result.get("verdict") or {"better": True, "words": ""}
    return RunOutcome(live.plan, title, run, event.state,
                      f"{sentence} {verdict['words']}".rstrip(), worse=not verdict["better"])


def _best(history: RunHistory) -> str:
    value = history.best_value
    if value != value:
        return ""
    metric = metric_in_text(history.main_metric)
    return tr(": {metric} {score} on validation {nouns}",
              metric=metric, score=score(value), nouns=several(history.noun))
