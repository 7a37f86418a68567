"""Which run on which split is looked at, and how it comes from the disk or from the engine.

Everything that touches the disk is done on the worker's thread; what is announced arrives on the
window's.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Generic, TypeVar

from workbench.core.background import WorkQueue
from workbench.core.signal import Signal
from workbench.core.text import tr
from workbench.gui.app.context import AppContext, RunTarget
from workbench.gui.app.models import ends_training
from workbench.gui.results.runs import ResultRun, SplitLabels, choose_part, read_runs
from workbench.jobs.commands import Control, Evaluate
from workbench.jobs.events import Checkpoint, Event, Failed, Finished, Progress
from workbench.jobs.message import is_about
from workbench.project.session import Session

FreshT = TypeVar("FreshT")
LabelsT = TypeVar("LabelsT", bound=SplitLabels)
ResultT = TypeVar("ResultT")

_SAVE_SECONDS = 10.0
"""How long edits that are still being written are waited for."""


class ResultsLoader(ABC, Generic[LabelsT, ResultT, FreshT]):
    """The chosen run and split of the open project; what is read depends on the task."""

    task: str
    """Runs of other tasks are not listed."""

    def __init__(self, context: AppContext, worker: WorkQueue[str]) -> None:
        self._context, self._worker = context, worker
        self.runs: list[ResultRun] = []
        self.looked = False  # whether it is known which runs there are
        self.elsewhere: list[ResultRun] = []  # usable runs that other pages show
        self.run: ResultRun | None = None
        self.part = ""
        self.labels: LabelsT | None = None
        self.results: ResultT | None = None
        self.before: ResultT | None = None
        self._wanted = ""
        self._job = ""
        self._first = False  # whether a training was asked to stand aside
        self._reopen = False
        self.runs_changed: Signal[()] = Signal()
        """:attr:`runs` was read again; ``run`` and ``part`` may be others."""
        self.opened: Signal[()] = Signal()
        """:attr:`results` are there, or None while they are fetched."""
        self.before_opened: Signal[()] = Signal()
        """:attr:`before`, the same split of the run before, is there."""
        self.working: Signal[str, int, int] = Signal()
        """(text, done, total) what is being waited for; total 0 where it is not known."""
        self.detections_missing: Signal[bool] = Signal()
        """(opened) no detections are stored. True when the split was just opened, so that they can
        be fetched at once; False when fetching was given up, so that it can be offered."""
        self.still_training: Signal[()] = Signal()
        """:attr:`run` was chosen, and has no results before its training is done."""
        self.failed: Signal[str] = Signal()
        """(sentence) it could not be had."""
        context.engine.event.connect(self._engine_said)

    # --- what differs between tasks; the first two are called on the worker's thread -------------

    @abstractmethod
    def read_labels(self, project: Path, run: ResultRun) -> LabelsT:
        """The labels of the run's split as they are on the disk."""

    @abstractmethod
    def open_results(self, run: ResultRun, part: str, labels: LabelsT, classes: Sequence[str],
                     fresh: FreshT) -> ResultT:
        """Join what is stored of a run with the labels."""

    @abstractmethod
    def fresh(self) -> FreshT:
        """Labels that are open in the window, which the disk may not have yet."""

    @abstractmethod
    def changed(self) -> int:
        """Number of shown files whose labels were changed since they were counted."""

    @abstractmethod
    def relabelled(self, results: ResultT, fresh: FreshT) -> ResultT:
        """The same results beside labels that were mended since; on the worker's thread."""

    @abstractmethod
    def detecting_words(self) -> str:
        """What the engine is asked for ("Looking at the test images")."""

    def tells_little(self) -> bool:
        """Whether the split that is shown says hardly how good the model is, so that the one that
        is best to be shown takes its place when the training ends."""
        return False

    def lists(self, run: ResultRun) -> bool:
        """Whether a run is one of those that this page shows."""
        return run.task == self.task

    def title(self, name: str) -> str:
        """What the run in the folder ``name`` is called on the screen."""
        return next((run.title or name for run in self.runs if run.name == name), name)

    def same_labels(self, labels: LabelsT, run: ResultRun) -> bool:
        """Whether labels that were read before are those of the run's split."""
        return labels.split == run.folder.split

    # --- choosing -------------------------------------------------------------------------------

    def forget(self) -> None:
        """Another project was opened, or none."""
        self._worker.cancel()
        self.looked = self._context.session is None  # then there are none
        self.runs, self.run, self.part = [], None, ""
        self.labels = self.results = self.before = None
        self._job = self._wanted = ""
        self._reopen = False

    def forget_labels(self) -> None:
        """The labels on the disk are others: read them again when they are next needed."""
        self.labels = None

    def may_be_others(self, event: object) -> bool:
        """Whether an event of the engine may tell that there are other runs, or that the one that
        is shown, or the first of all, is trained and has a model: it is written with checkpoints.
        """
        return ends_training(event) or (isinstance(event, Checkpoint)
                                        and (self.run is None or self.run.training))

    def refresh(self, wanted: str = "") -> None:
        """Look for runs again; ``wanted`` is one to be shown."""
        session = self._context.session
        if session is not None:
            self._wanted = wanted or self._wanted
            self._worker.ask("runs", partial(read_runs, session.folder), self._runs_read,
                             self.failed.emit)

    def _runs_read(self, found: list[ResultRun]) -> None:
        self.looked = True
        runs = self.runs = [run for run in found if self.lists(run)]
        self.elsewhere = [run for run in found if run.usable and not self.lists(run)]
        shown = {run.name: run for run in runs if run.usable or run.has_model}
        now = shown.get(self.run.name) if self.run is not None else None
        chosen = shown.get(self._wanted) or now or min(
            shown.values(), key=lambda run: (not run.usable, run.training), default=None)
        self._wanted = ""
        changed = chosen is None or self.run is None or chosen.name != self.run.name
        again = self._reopen or (
            chosen is not None and self.run is not None and not self._job
            and (self.run.training and not chosen.training if self.results is not None else
                 not self.run.usable or self.part in chosen.stored - self.run.stored))
        self._reopen = False
        ended = self.run is not None and self.run.training and not changed
        self.run = chosen
        self.runs_changed.emit()
        if chosen is not None and (changed or again):
            self.open("" if changed or (ended and self.tells_little()) else self.part)

    def choose_run(self, name: str) -> None:
        """Show another run, on the same split where it can be, or lead to the page that does."""
        if any(run.name == name for run in self.elsewhere):
            self.runs_changed.emit()  # here nothing was chosen
            self._context.go("results", RunTarget(name))
            return
        found = next((run for run in self.runs if run.name == name), None)
        if found is not None and (found.usable or found.has_model):
            self.run = found
            self.open(self.part)
        elif found is not None:
            self._leave()
            self.run = found
            if found.training:
                self.still_training.emit()
            else:
                self.failed.emit(tr("The run {name} has no model yet.", name=name))

    def choose_part(self, part: str) -> None:
        """Show another split of the same run."""
        if part != self.part:
            self.open(part)

    # --- opening --------------------------------------------------------------------------------

    def open(self, part: str = "") -> None:
        """Open the chosen run on ``part``, or on the split that is best to be shown first."""
        session, run = self._context.session, self.run
        if session is None or run is None:
            return
        self._leave()
        self.part = part
        labels, fresh = self._labels_for(session, run), self.fresh()
        classes = session.manifest.classes

        def work() -> tuple[LabelsT, str, ResultT | None]:
            known = labels()
            chosen = part if part and known.parts.get(part) else choose_part(run, known)
            if not run.folder.predictions_path(chosen).is_file():
                return known, chosen, None
            return known, chosen, self.open_results(run, chosen, known, classes, fresh)

        self.working.emit(tr("Reading labels and results"), 0, 0)
        self._worker.ask("open", work, self._opened, self.failed.emit)

    def _labels_for(self, session: Session, run: ResultRun) -> Callable[[], LabelsT]:
        """What gives the labels of a run's split, on the worker's thread: those that were read, or
        what the disk has."""
        known, folder, saver = self.labels, session.folder, session.saver

        def labels() -> LabelsT:
            saver.wait_until_written(_SAVE_SECONDS)
            if known is not None and self.same_labels(known, run):
                return known
            return self.read_labels(folder, run)

        return labels

    def _leave(self) -> None:
        """Another run or split is to be shown: forget the one that is, or that is being read."""
        self._worker.cancel("open", "before", "evaluate")
        self._leave_job()
        self.results = self.before = None

    def _opened(self, opened: tuple[LabelsT, str, ResultT | None]) -> None:
        self.labels, self.part, self.results = opened
        if self.results is None:
            self.opened.emit()
            self.detections_missing.emit(True)
            return
        self.opened.emit()
        self._open_before()

    def _open_before(self) -> None:
        """The run before this one, where its detections on the same split are stored."""
        earlier = self.others()
        if self.run is None or not earlier:
            return
        position = self.runs.index(self.run)
        before = next((run for run in self.runs[position + 1:] if run in earlier), None)
        if before is not None:
            self.open_other(before.name, "before", self._before_opened)

    def _before_opened(self, before: ResultT) -> None:
        self.before = before
        self.before_opened.emit()

    def others(self) -> list[ResultRun]:
        """Runs that this one can be compared with at once, the newest first."""
        return [run for run in self.runs if self.part in run.stored and run != self.run]

    def open_other(self, name: str, kind: str, then: Callable[[ResultT], object]) -> None:
        """Open another run on the same files and call ``then`` with it; quietly nothing if it
        cannot be read, which matters only when it is chosen itself."""
        session, run, part = self._context.session, self.run, self.part
        other = next((run for run in self.runs if run.name == name), None)
        if session is None or run is None or other is None:
            return
        labels, fresh = self._labels_for(session, run), self.fresh()
        classes = session.manifest.classes
        self._worker.ask(
            kind, lambda: self.open_results(other, part, labels(), classes, fresh), then,
            lambda _sentence: None)

    # --- labels that were mended ----------------------------------------------------------------

    def recompute(self) -> None:
        """Count again with the labels as they are now."""
        results, before, fresh = self.results, self.before, self.fresh()
        if results is None:
            return

        def work() -> tuple[ResultT, ResultT | None]:
            return (self.relabelled(results, fresh),
                    self.relabelled(before, fresh) if before is not None else None)

        self._worker.ask("open", work, self._relabelled, self.failed.emit)

    def _relabelled(self, made: tuple[ResultT, ResultT | None]) -> None:
        self.results, before = made
        if before is None:  # it was not there yet, and is being read beside the labels of before
            self._open_before()
        else:
            self.before = before
        self.labels = None
        self.opened.emit()

    # --- the engine -----------------------------------------------------------------------------

    @property
    def detecting(self) -> bool:
        """Whether the engine is asked for detections now."""
        return bool(self._job)

    @property
    def queued(self) -> bool:
        """Whether a training has to end or to be paused before the engine does what it is asked."""
        return self.detecting and self._context.engine.learns and not self._first

    @property
    def behind(self) -> bool:
        """Whether the run that is shown is still trained, and has a better model by now."""
        return (self.run is not None and self.run.training and self.results is not None
                and self.part not in self.run.stored)

    def note(self) -> str:
        """What should be known of the results that are shown."""
        training = self.run is not None and self.run.training
        return tr("Still training: this is its best model so far") if training else ""

    def look_now(self) -> None:
        """:meth:`detect`, for which a training stands still; then it goes on by itself."""
        self._first = True
        self.detect()
        self._context.engine.ask_now()

    def detect(self) -> None:
        """Have the engine look at the images of the split that it has not looked at yet."""
        session, run = self._context.session, self.run
        if session is None or run is None or self._job:
            return
        self._job = self._context.engine.new_job()
        self.working.emit(self.detecting_words(), 0, 0)
        self._context.engine.send(Evaluate(self._job, str(session.folder), run.name, self.part))

    def cancel_detecting(self) -> None:
        """Stop the engine's looking; what it found so far is dropped."""
        self._leave_job()
        self.detections_missing.emit(False)

    def _leave_job(self) -> None:
        self._first = False
        if self._job:
            job, self._job = self._job, ""
            self._context.engine.send(Control(job, "cancel"))

    def _engine_said(self, event: Event) -> None:
        if not is_about(event, self._job):
            return
        if isinstance(event, Progress):
            self.working.emit(event.text, event.done, event.total)
        elif isinstance(event, Failed):
            self._job = ""
            self._first = False
            self.failed.emit(event.message)
        elif isinstance(event, Finished):
            self._job = ""
            self._first = False
            if event.state == "finished":
                self.forget_labels()
                self._reopen = True
                self.refresh()
            else:
                self.detections_missing.emit(False)
