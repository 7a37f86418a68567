"""The card at the right in Audio in which a model is asked for regions in long recordings."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget

from workbench.core.background import Worker
from workbench.core.errors import WorkbenchError
from workbench.core.text import count, tr
from workbench.extension.run_names import run_title
from workbench.gui.app.context import AppContext
from workbench.gui.app.models import TrainedModel, trained_models
from workbench.gui.app.task import task_of
from workbench.gui.background.post import Poster
from workbench.gui.label.suggest_job import Outcome, SuggestJob
from workbench.gui.label.viewer import Remark
from workbench.gui.style import tokens
from workbench.gui.widgets import (
    LabeledSlider,
    LinkButton,
    ProgressLine,
    QuietButton,
    SectionTitle,
    column,
    label,
    row,
)
from workbench.project.judging import counted_on, judge
from workbench.project.suggestions import LEAST, MOST, suggestions_of

if TYPE_CHECKING:
    from workbench.gui.label.sounds.place import AudioPlace
    from workbench.gui.label.suggestion_desk import SuggestionDesk
    from workbench.project.session import Session
    from workbench.project.suggestions import Suggested, Suggestions

_SOON_MS = 100
HERE, ALL = "here", "all"


def suggested_remark(desk: SuggestionDesk) -> Remark:
    """What the notice over the pictures says of suggestions."""
    run = desk.shown[0].run
    words = tr("{suggestions} from {run}. F shows the next, A accepts it, X rejects it.",
               suggestions=count(len(desk.shown), "suggestion"),
               run=run_title(run, run[len("2026-11-20-"):]))
    return Remark("info", words, (
        (tr("Accept all"), desk.accept_all, tr("Make all of them regions (Shift+Enter)")),
        (tr("Reject all"), desk.reject_all, tr("Take all of them away (Shift+X)"))))


class RegionSuggestPanel(QWidget):
    """Shown where the project has a trained model."""

    def __init__(self, place: AudioPlace, context: AppContext,
                 parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._place, self._context = place, context
        self._models: list[TrainedModel] = []
        self._store: Suggestions | None = None
        self._disconnect: list[Callable[[], None]] = []
        self.job = SuggestJob(context, self, sounds=True)
        self._reader = Worker(name="read-models", post=Poster(self))
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._make()
        self._wire()
        self.hide()

    def _make(self) -> None:
        self.title = SectionTitle(tr("Suggestions"))
        self.scope_box = QComboBox()
        self.scope_box.setAccessibleName(tr("Clips"))
        self.scope_box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.scope_box.addItem(tr("This clip"), HERE)
        self.scope_box.addItem(tr("All clips"), ALL)
        self.score = LabeledSlider(tr("Score"), LEAST, MOST, LEAST)
        self.score.setToolTip(tr("Suggestions below this score are not shown"))
        self.button = QuietButton(tr("Suggest regions"), "spark")
        self.button.setToolTip(tr("Have a model find where in long recordings its classes are "
                                  "heard; you accept or reject each"))
        self.cancel_button = QuietButton(tr("Cancel"))
        self.progress = ProgressLine()
        self.said = label("", "caption", wrap=True)
        self.accept_link = LinkButton("", "check")
        self.reject_link = LinkButton(tr("Reject all"), "close")
        edge = tokens.SPACE_L
        self.setLayout(column(
            self.title, self.scope_box, self.score, row(self.button, self.cancel_button, 1),
            self.progress, self.said, self.accept_link, self.reject_link,
            spacing=tokens.SPACE_S, margins=(edge, 0, edge, 0)))

    def _wire(self) -> None:
        self._soon.timeout.connect(self.show_state)
        self.button.clicked.connect(self.suggest)
        self.cancel_button.clicked.connect(self.job.cancel)
        self.score.value_changed.connect(self._score_moved)
        self.accept_link.clicked.connect(lambda: self._judge(accept=True))
        self.reject_link.clicked.connect(lambda: self._judge(accept=False))
        self.job.changed.connect(self.show_state)
        self.job.ended.connect(self._ended)
        self.job.failed.connect(lambda reason: self._context.say("bad", reason))

    # --- the project ----------------------------------------------------------------------------

    def set_session(self, session: Session | None) -> None:
        """Turn to another project."""
        for disconnect in self._disconnect:
            disconnect()
        self.job.close()
        self._store = store = suggestions_of(session, sounds=True) if session is not None else None
        self._disconnect = [] if session is None or store is None else [
            store.changed.connect(lambda _key: self._soon.start()),
            session.sounds.work_changed.connect(self._soon.start)]
        self.hide()
        self.look_for_models()

    def look_for_models(self) -> None:
        """See which runs have a model, on a thread."""
        session = self._context.session
        if session is None:
            self._models = []
            return
        folder, task = session.folder, task_of(session)
        self._reader.start(lambda _thread: [item for item in trained_models(folder)
                                            if item.task == task], self._found)

    def _found(self, models: list[TrainedModel]) -> None:
        self._models = models
        self.setVisible(bool(models))
        self.show_state()

    # --- what is shown --------------------------------------------------------------------------

    def show_state(self) -> None:
        """Say how many there are, and what can be done."""
        self._soon.stop()
        store, job = self._store, self.job
        if store is None or self.isHidden():
            return
        regions, clips = store.sums()
        self.score.set_value(store.threshold, announce=False)
        self.title.set_right(f"{regions:,}" if regions else "")
        self.button.setVisible(not job.busy)
        for widget in (self.cancel_button, self.progress):
            widget.setVisible(job.busy)
        self.progress.set_fraction(job.done / job.total if job.done and job.total else None)
        self.said.setText(self._words(regions, clips))
        self.said.setVisible(bool(self.said.text()))
        session = self._context.session
        at_work = session is not None and session.sounds.work is not None
        for link in (self.accept_link, self.reject_link):
            link.setVisible(regions > 0 and not job.busy)
            link.setEnabled(not at_work)
        self.accept_link.setText(tr("Accept all {regions:,} above {score:.2f}",
                                    regions=regions, score=store.threshold))

    def _words(self, regions: int, clips: int) -> str:
        job = self.job
        if job.busy:
            return tr("{done:,} of {total:,} clips", done=job.done, total=job.total) \
                if job.done else job.question.words
        assert self._store is not None
        done, whole = self._store.progress()
        parts = [counted_on(regions, clips, sounds=True)] if regions else []
        if done:
            parts.append(tr("{done:,} of {clips} reviewed", done=done,
                            clips=count(whole, "clip")))
        return " · ".join(parts)

    # --- asking and judging ---------------------------------------------------------------------

    def suggest(self) -> None:
        """Ask the newest model about the chosen clips."""
        session, key = self._context.session, self._place.editor.key
        if session is None or not self._models:
            return
        sounds = session.sounds
        keys = ([key] if key else []) if self.scope_box.currentData() == HERE else [
            name for name in sounds.keys() if sounds.summary(name).problem is None]  # noqa: SIM118
        if keys:
            self.job.start(self._models[0], keys)
            self._place.viewer.focus()

    def _ended(self, outcome: Outcome) -> None:
        if self._store is not None:
            outcome.count(self._store)
            self._context.say("ok" if outcome.boxes else "info", outcome.sentence())
        self.show_state()

    def _score_moved(self, value: float) -> None:
        if self._store is not None:
            self._store.set_threshold(value)

    def _judge(self, *, accept: bool) -> None:
        session, store = self._context.session, self._store
        if session is None or store is None or session.sounds.work is not None:
            return
        shown: dict[str, Suggested] = dict(store.shown())
        try:
            judge(session, store, shown if accept else {}, {} if accept else shown,
                  lambda judged: self._context.say("ok", judged.sentence(), tr("Undo"),
                                                   self._place.undo), sounds=True)
        except WorkbenchError as error:
            self._context.say("warn", error.sentence())

    def close_down(self) -> None:
        """The window closes."""
        self._reader.cancel()
        self.job.close()
