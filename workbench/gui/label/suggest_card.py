"""The card at the right in which a model is asked for suggestions: what it is in every medium."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.core.background import BackgroundThread, Worker
from workbench.core.errors import WorkbenchError
from workbench.core.signal import Connections
from workbench.core.text import count, tr
from workbench.extension.tasks import tasks
from workbench.gui.app.context import AppContext, ImageTarget, TrainTarget
from workbench.gui.app.models import TrainedModel, score_of, trained_models
from workbench.gui.app.task import place_for, task_of, tasks_of_labels
from workbench.gui.background.gui_thread import GuiThreadCaller
from workbench.gui.label.class_limits import ClassLimits
from workbench.gui.label.suggest_job import Outcome, SuggestJob
from workbench.gui.widgets import (
    LabeledSlider,
    LinkButton,
    ProgressLine,
    QuietButton,
    SectionTitle,
    label,
)
from workbench.gui.widgets.inputs import ChoiceField
from workbench.project.library.base import Library
from workbench.project.operating import OperatingScore
from workbench.project.review import Reviewed, counted_on, judge
from workbench.project.session import Session
from workbench.project.suggestions import LEAST, MOST, Suggested, Suggestions, suggestions_of

_SOON_MS = 100
"""While samples are looked through, or labelled quickly, it is brought up to date this often."""
HERE, ALL, UNLABELLED = "here", "all", "unlabelled"


class SuggestCard(QWidget):
    """Shown where the project has a trained model."""

    sounds: ClassVar[bool]

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._models: list[TrainedModel] = []
        self._store: Suggestions | None = None
        self._connections = Connections()
        self.job = SuggestJob(context, self, sounds=self.sounds)
        self._reader = Worker(name="read-models", post=GuiThreadCaller(self))
        self._own = Worker(name="read-own-score", post=GuiThreadCaller(self))
        self._outcome: Outcome | None = None  # until the model's own score is there, too
        self._ask_rest = False  # as soon as the models are known
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self.show_state)
        self._make()
        self.cancel_button.clicked.connect(self.job.cancel)
        self.train_link.clicked.connect(lambda: context.go("train", TrainTarget()))
        self.score.value_changed.connect(self._score_moved)
        self.job.changed.connect(self.show_state)
        self.job.ended.connect(self._ended)
        self.job.failed.connect(self._failed)
        self.hide()

    def _make(self) -> None:
        """Make the controls; a medium adds its own and lays them out."""
        self.title = SectionTitle(tr("Suggestions"))
        self.scope_box = ChoiceField()
        self.scope_box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.score = LabeledSlider(tr("Score"), LEAST, MOST, LEAST)
        self.limits = ClassLimits()
        self.origin = LinkButton(tr("Back to the model’s own score"), "refresh", tip=tr(
            "Show suggestions from the score on that the model brings along: the one that was "
            "found on validation samples, or that was set in Results"),
            run=lambda: self.begin_at_own(self.model, always=True))
        self.cancel_button = QuietButton(tr("Cancel"))
        self.progress = ProgressLine()
        self.said = label("", "caption", wrap=True)
        self.accept_link = LinkButton("", "check", run=self.accept_everywhere, tip=tr(
            "Make all suggestions of the project that are shown labels, as one step"))
        self.reject_link = LinkButton(tr("Reject all"), "close", run=self.reject_everywhere, tip=tr(
            "Take all suggestions of the project that are shown away, as one step"))

        self.train_link = LinkButton(tr("Train on what is labelled now"), "play")
        self.train_link.setToolTip(tr("Start a training that also learns from what you accepted; "
                                      "its settings are those in Train"))

    # --- what differs ---------------------------------------------------------------------------

    @property
    @abstractmethod
    def model(self) -> TrainedModel | None:
        """The one that is asked."""

    @abstractmethod
    def _library(self, session: Session) -> Library[Any]:
        """The samples of the medium."""

    @abstractmethod
    def _show_asking(self, busy: bool) -> None:
        """Show what the model is asked, or that it is being asked."""

    @abstractmethod
    def _choose_rest(self) -> None:
        """Choose the newest model and all samples without labels."""

    @abstractmethod
    def suggest(self) -> None:
        """Ask the chosen model about the chosen samples."""

    @abstractmethod
    def _say_judged(self, judged: Reviewed) -> None:
        """Say what was accepted or rejected, with Undo."""

    # --- the project ----------------------------------------------------------------------------

    def set_session(self, session: Session | None) -> None:
        """Turn to another project."""
        self._connections.end()
        self.job.close()
        self._own.cancel(0.0)
        self._store = self._outcome = None
        if session is not None:
            self._store = suggestions_of(session, sounds=self.sounds)
            self._connections.add(
                self._store.changed.connect(lambda _key: self._soon.start()),
                self._store.failed.connect(self._not_kept),
                self._library(session).work_changed.connect(self._soon.start))
        self.limits.set_source(self._store)
        self.hide()
        self.look_for_models()

    def look_for_models(self) -> None:
        """See which runs have a model, on a thread."""
        session = self._context.session
        if session is None:
            self._reader.cancel(0.0)
            self._models = []
            return
        folder, own = session.folder, task_of(session)
        fitting = {task.id for task in tasks_of_labels(session)}
        self._reader.start(lambda _thread: sorted(  # those of the project's task first
            (item for item in trained_models(folder) if item.task in fitting),
            key=lambda item: item.task != own), self._found)

    def _found(self, models: list[TrainedModel]) -> None:
        self._models = models
        self.setVisible(bool(models))
        self.show_state()
        if self._ask_rest and models and not self.job.busy:
            self._choose_rest()
            self.suggest()
        self._ask_rest = False

    def ask_about_rest(self) -> None:
        """Ask the newest model about all samples without labels."""
        self._ask_rest = True
        self.look_for_models()

    # --- what is shown --------------------------------------------------------------------------

    def show_state(self) -> None:
        """Say how many there are, and what can be done."""
        self._soon.stop()
        store, session = self._store, self._context.session
        if store is None or session is None or self.isHidden():
            return
        objects, samples = store.sums()
        busy = self.job.busy
        self._show_asking(busy)
        self._show_score(store)
        self.limits.setVisible(bool(store.classes()))
        self.limits.show_state()
        self.title.set_right(f"{objects:,}" if objects else "")
        for widget in (self.cancel_button, self.progress):
            widget.setVisible(busy)
        self.progress.set_fraction(self.job.question.share or None)
        self.said.setText(self._words(session, objects, samples))
        self.said.setVisible(bool(self.said.text()))
        at_work = self._library(session).work is not None
        for link in self._links():
            link.setVisible(objects > 0 and not busy)
            link.setEnabled(not at_work)
        self.train_link.setEnabled(not at_work)
        self.train_link.setVisible(not busy and store.progress()[0] > 0)
        self.accept_link.setText(
            tr("Accept all {boxes:,} shown", boxes=objects) if store.limits else
            tr("Accept all {boxes:,} above {score:.2f}", boxes=objects, score=store.threshold))

    def _show_score(self, store: Suggestions) -> None:
        """Show the least score of all classes; of several it is the lowest."""
        self.score.set_value(min(map(store.least, store.classes()), default=store.threshold),
                             announce=False)
        self.score.set_name(tr("One score for all classes") if store.limits else tr("Score"))
        self.score.setToolTip(
            tr("Suggestions below this score are not shown. Each class has a score of its own now: "
               "“A score for each class…”; to move this gives all of them the same.")
            if store.limits else tr("Suggestions below this score are not shown"))

        own = self.model
        found = own is not None and store.origin == own.run
        if found and not store.limits:
            self.score.set_name(tr("Score, as found in Results"))
        self.limits.say_found(found and bool(store.limits))
        self.origin.setVisible(
            own is not None and store.by_hand and bool(tasks.get(own.task).operating)
            and not tasks.get(own.task).areas)
        self.origin.setEnabled(not self._own.busy)

    def _links(self) -> tuple[LinkButton, ...]:
        return self.accept_link, self.reject_link

    def _words(self, session: Session, objects: int, samples: int) -> str:
        job, noun = self.job, "sound" if self.sounds else "image"
        if job.busy and (not job.done or job.question.part):
            return job.question.words
        work = job if job.busy else self._library(session).work
        if work is not None:
            return tr("{done:,} of {images}", done=work.done, images=count(work.total, noun))
        assert self._store is not None
        done, whole = self._store.progress()
        parts = [counted_on(objects, samples, sounds=self.sounds)] if objects else []
        if done:
            parts.append(tr("{done:,} of {images} reviewed", done=done, images=count(whole, noun)))
        return " · ".join(parts)

    # --- results --------------------------------------------------------------------------------

    def _failed(self, reason: str) -> None:
        self._context.say("bad", reason)

    def begin_at_own(self, model: TrainedModel | None, *, always: bool = False) -> None:
        """Have the least score begin where ``model`` says, if nobody chose another one, or
        ``always``."""
        session, store = self._context.session, self._store
        if session is None or store is None or model is None or tasks.get(model.task).areas:
            return  # what is suggested of areas has scores of another kind
        store.require_read()  # which may tell that a person chose one at the last start
        if store.by_hand and not always:
            return
        folder, classes = session.folder, tuple(session.classes)

        def read(_thread: BackgroundThread) -> tuple[OperatingScore | None, dict[str, str]]:
            return score_of(folder, model, classes), model.names_now(folder, classes)

        def found(own: OperatingScore | None, names: Mapping[str, str]) -> None:
            if own is not None and self._store is store and (always or not store.by_hand):
                store.begin_at(_within(own.score), {
                    known: _within(score) for name, score in own.classes.items()
                    if (known := names.get(name, name))}, model.run)
            elif own is None and always:
                self._context.say("info", tr("This model brings no score along: it was not judged "
                                             "on validation samples."))
            self._say_outcome()

        self._own.start(read, lambda made: found(*made), lambda _reason: self._say_outcome())
        self.show_state()

    def _ended(self, outcome: Outcome) -> None:
        self._outcome = outcome
        self._say_outcome()

    def _say_outcome(self) -> None:
        """Say what came of it, when it is known how much of that is shown."""
        self._soon.start()
        outcome = self._outcome
        if outcome is None or self._own.busy:
            return
        self._outcome = None
        if self._store is not None:
            outcome.count(self._store)
            place = place_for("sounds" if self.sounds else "images", self._context.session)
            self._context.say("ok" if outcome.boxes else "info", outcome.sentence(),
                              tr("Show the first") if outcome.first else "",
                              partial(self._context.go, place, ImageTarget(outcome.first)),
                              stays=outcome.cancelled)
        self.show_state()

    def _not_kept(self, reason: str) -> None:
        self._context.say("warn", tr("The suggestions could not be kept for the next start: "
                                     "{reason}", reason=reason))

    def _score_moved(self, value: float) -> None:
        if self._store is not None:
            self._store.set_threshold(value)

    # --- judging all of them --------------------------------------------------------------------

    def accept_everywhere(self) -> None:
        """Make all that are shown labels, in all samples, as one step."""
        if self._store is not None:
            self._judge(accepted=dict(self._store.shown()), rejected={})

    def reject_everywhere(self) -> None:
        """Reject all that are shown, as one step."""
        if self._store is not None:
            self._judge(accepted={}, rejected=dict(self._store.shown()))

    def _judge(self, accepted: dict[str, Suggested], rejected: dict[str, Suggested]) -> None:
        session, store = self._context.session, self._store
        if session is None or store is None or self._library(session).work is not None:
            return
        try:
            judge(session, store, accepted, rejected, self._say_judged, sounds=self.sounds,
                  joined=self._joins())
        except WorkbenchError as error:
            self._context.say("warn", error.sentence())

    def _joins(self) -> bool:
        """Whether areas that are accepted become one mask of each class."""
        return False

    def close_down(self) -> None:
        """The window closes."""
        for reader in (self._reader, self._own):
            reader.cancel()
        self.job.close()


def _within(score: float) -> float:
    return min(max(score, LEAST), MOST)
