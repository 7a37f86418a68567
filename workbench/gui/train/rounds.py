"""Keeps the card of rounds in step with labels, suggestions and runs, and does the next step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from workbench.core.background import Worker
from workbench.core.text import tr
from workbench.extension.tasks import tasks
from workbench.gui.app.context import StepTarget
from workbench.gui.background.gui_thread import GuiThreadCaller
from workbench.gui.train.choices import length_of
from workbench.gui.train.question import NewestQuestion
from workbench.gui.train.rounds_card import RoundsCard
from workbench.jobs.commands import Command, EvaluateRounds, TrainRequest
from workbench.jobs.events import Failed, Finished, Progress
from workbench.project.rounds import (
    LabellingState,
    Learned,
    RoundScore,
    Step,
    newest_model,
    next_step,
)
from workbench.project.suggestions import suggestions_of

if TYPE_CHECKING:
    from workbench.gui.app.context import AppContext
    from workbench.gui.app.engine_client import EngineClient
    from workbench.gui.train.controller import TrainingController
    from workbench.gui.train.form import RunForm
    from workbench.gui.train.project_data import ProjectData
    from workbench.gui.train.run_store import RunStore
    from workbench.project.session import Session

_SOON_MS, _JUDGE_MS = 150, 600


class RoundsQuestion(NewestQuestion):
    """How good the models of all rounds are."""

    found = Signal(object)
    """(list of :class:`RoundScore`) the answer."""
    told = Signal(str)
    """(sentence) how far it is, or why there is none."""

    def __init__(self, engine: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(engine, _JUDGE_MS, parent)

    def command(self, job: str, folder: str, request: TrainRequest) -> Command:
        return EvaluateRounds(job, folder)

    def nothing_to_ask(self) -> None:
        """What is shown stays."""

    def answered(self, event: object) -> bool:
        if isinstance(event, Progress):
            self.told.emit(f"{event.text} …")
        elif isinstance(event, Failed):
            self.told.emit(event.message)
        elif isinstance(event, Finished) and event.state == "finished":
            self.found.emit([RoundScore.from_json(item) for item in event.result["rounds"]])
        return isinstance(event, Failed | Finished)


class Rounds(QObject):
    """Which step the open project is at."""

    def __init__(self, context: AppContext, data: ProjectData, controller: TrainingController,
                 run_store: RunStore, form: RunForm, train: Callable[[], object],
                 show_live: Callable[[], object], place: QWidget) -> None:
        super().__init__(place)
        self._place = place
        self.card = RoundsCard(context.theme)
        """Shows it."""
        self.step: Step = "label"
        """What is to be done next."""
        self._context, self._data, self._controller = context, data, controller
        self._form, self._train, self._show_live = form, train, show_live
        self._learned = Learned()
        self._labelling: LabellingState | None = None
        self._session: Session | None = None
        self._forget: Callable[[], None] = lambda: None
        self._asked: object = None
        self._reader = Worker(name="read-rounds", post=GuiThreadCaller(self))
        self._question = RoundsQuestion(context.engine, self)
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self.look)
        self._question.found.connect(lambda found: self.card.show_rounds(found, data.sample))
        self._question.told.connect(self.card.say)
        self.card.next_wanted.connect(self.go_on)
        self.card.alone_wanted.connect(self.go_alone)
        self.card.curve_button.toggled.connect(lambda _open: self._evaluate())
        data.changed.connect(self._soon.start)
        data.task_changed.connect(self._soon.start)
        form.changed.connect(self._soon.start)
        run_store.changed.connect(self.look)
        controller.live_changed.connect(self._live_changed)

    def entered(self) -> None:
        """The place is shown."""
        if self._data.session is not self._session:
            self._session = session = self._data.session
            self._forget()
            self._asked = None
            self._forget = lambda: None
            if session is not None:
                store = suggestions_of(session, sounds=self._data.sample == "sound")
                self._forget = store.changed.connect(lambda _key: self._soon.start())
        self.look()

    def look(self) -> None:
        """See which step it is, as soon as the newest run was read."""
        folder, task = self._data.folder, self._data.task
        if folder is None or not self._place.isVisible():
            return
        self._reader.start(lambda _thread: newest_model(folder, task), self._read)

    def _read(self, learned: Learned) -> None:
        self._learned = learned
        self._labelling = self._data.labelling(learned.run)
        self.card.setVisible(self._labelling is not None and self._labelling.samples > 0)
        self._show()
        self._evaluate()

    def _length(self) -> str:
        """How long a training may take, in words."""
        words = self._form.length_words()
        limited = not self._form.fitted \
            and length_of(self._form.length)[0] is not None  # many end sooner
        return tr("up to {time}", time=words) if limited else words

    def _show(self) -> None:
        now, learned = self._labelling, self._learned
        if now is None:
            return
        self.step = next_step(now, learned)
        task, busy = self._data.task, self._controller.live_here is not None
        self.card.show_step(self.step, now, max(0, now.labelled - learned.samples),
                            self._length(), self._data.sample, busy=busy,
                            possible=self._form.is_valid() and now.labelled > 0)
        alone = task in tasks and tasks.get(task).self_training
        self.card.show_offers(
            curve=learned.models > 0,
            alone=alone and bool(learned.run) and now.labelled < now.samples and not busy)

    def _live_changed(self) -> None:
        if self._controller.live is not None:
            self._question.drop()  # a training does not wait for it
            self._asked = None
        self._soon.start()

    # --- what is done ---------------------------------------------------------------------------

    def go_on(self) -> None:
        """Do the next step."""
        task = self._data.window_task
        if self.step in ("train", "again"):
            self._train()
        elif self.step != "done" and task is not None:
            self._context.go(task.place, StepTarget(self.step))

    def go_alone(self) -> None:
        """Train a student on the labels and on what the newest model is sure of."""
        folder = self._data.folder
        if folder is None or not self._learned.run:
            return
        request = replace(self._form.request(), teacher=self._learned.run)
        self._controller.train(str(folder), tr("Student"), request, self._form.length_words())
        self._show_live()

    def _evaluate(self) -> None:
        """Have all rounds evaluated, where somebody wants to see it and something is new."""
        now, session = self._labelling, self._data.session
        if now is None or session is None or not self.card.curve_button.isChecked() \
                or not self._learned.run or self._controller.live is not None \
                or not self._context.engine.running:
            return
        about = (session.folder, self._learned, now.labelled)
        if about != self._asked:
            self._asked = about
            self.card.say(tr("Judging all rounds on what is held back …"))
            self._question.ask_soon(lambda: (str(session.folder), TrainRequest()))

    def close(self) -> None:
        """The window closes."""
        self._forget()
        self._reader.cancel()
