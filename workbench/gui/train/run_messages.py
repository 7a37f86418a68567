"""What is said of trainings: in the rail and the window's title, and in the message channel."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.core.text import tr
from workbench.gui.app.context import RunTarget
from workbench.gui.shell.run_notice import ended_notice, running_notice
from workbench.project.runs import list_runs

if TYPE_CHECKING:
    from workbench.gui.app.context import AppContext
    from workbench.gui.train.controller import RunOutcome, TrainingController
    from workbench.gui.train.run_edits import RunEdits
    from workbench.gui.train.run_store import RunStore


class RunMessages(QObject):
    """Follows the trainings of a window."""

    resume_wanted = Signal(str)
    """(name) the person pressed Resume in a message."""

    def __init__(self, context: AppContext, controller: TrainingController, run_store: RunStore,
                 run_edits: RunEdits, parent: QObject) -> None:
        super().__init__(parent)
        self._context, self._controller = context, controller
        self._run_store, self._run_edits = run_store, run_edits
        self._offered: set[str] = set()
        controller.progressed.connect(self._tell_running)
        controller.live_changed.connect(self._tell_running)
        controller.ended.connect(self._ended)

    def seen(self) -> None:
        """How the last training ended was read in its place."""
        if self._controller.live is None:
            self._context.notify(None)

    def offer_to_resume(self) -> None:
        """Say once that a run that a power cut ended can be resumed."""
        newest = next(iter(self._run_store.runs), None)
        if (newest is None or self._controller.live is not None or not newest.resumable
                or newest.state != "interrupted" or newest.name in self._offered):
            return
        self._offered.add(newest.name)
        at = tr(" in epoch {epochs}", epochs=newest.epochs) if newest.epochs else ""
        self._context.say("warn", tr("{title} was interrupted{at}. It can be resumed from its "
                             "last checkpoint.", title=newest.title, at=at), tr("Resume"),
                          lambda: self.resume_wanted.emit(newest.name))

    def _tell_running(self) -> None:
        """Keep rail and title in step with the run under way."""
        live = self._controller.live
        if live is not None:
            history = live.history
            open_end = history.step is not None and history.step.eta_seconds < 0
            self._context.notify(running_notice(self._controller.title_of(live), history.state,
                                                history.progress, open_end=open_end))

    def _ended(self, outcome: RunOutcome) -> None:
        self._context.notify(ended_notice(outcome.title, outcome.state))
        self._run_store.refresh()
        say = self._context.say
        if outcome.state == "cancelled":
            self._trash_cancelled(outcome)
        elif outcome.worse:
            self._run_edits.delete(outcome.run, outcome.sentence, Path(outcome.plan.project))
        elif outcome.state == "failed" and outcome.resumable:
            say("bad", outcome.sentence, tr("Resume"), lambda: self._resume(outcome))
        elif outcome.state == "failed":
            say("bad", outcome.sentence)
        else:
            say("ok", outcome.sentence, tr("See results"),
                lambda: self._go("results", outcome), place="results")

    def _go(self, place: str, outcome: RunOutcome) -> bool:
        """Show the run in a place, in its own project; whether that could be opened."""
        project = Path(outcome.plan.project)
        if not self._is_open(project):
            self._context.open_wanted.emit(project)
        if self._is_open(project):
            self._context.go(place, RunTarget(outcome.run))
        return self._is_open(project)

    def _is_open(self, project: Path) -> bool:
        session = self._context.session
        return session is not None and session.folder == project

    def _resume(self, outcome: RunOutcome) -> None:
        if self._go("train", outcome):
            self.resume_wanted.emit(outcome.run)

    def _trash_cancelled(self, outcome: RunOutcome) -> None:
        """A cancelled run is out of the way, but one word brings it back."""
        project = Path(outcome.plan.project)
        if outcome.run in [run.name for run in list_runs(project)]:
            self._run_edits.delete(outcome.run, outcome.sentence, project)
        else:
            self._context.say("info", outcome.sentence, stays=True)
