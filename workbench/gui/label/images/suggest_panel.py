"""The card at the right in Images in which a model is asked for suggestions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QCheckBox, QComboBox, QSizePolicy, QWidget

from workbench.core.background import Worker
from workbench.core.errors import WorkbenchError
from workbench.core.text import count, tr
from workbench.gui.app.models import TrainedModel, first_scores, trained_models
from workbench.gui.app.task import task_of
from workbench.gui.background.post import Poster
from workbench.gui.label.images.class_limits import ClassLimits
from workbench.gui.label.suggest_job import Outcome, SuggestJob
from workbench.gui.style import tokens
from workbench.gui.widgets import (
    IconButton,
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
    from workbench.gui.label.images.place import ImagesPlace
    from workbench.project.session import Session
    from workbench.project.suggestions import Suggested, Suggestions

_SOON_MS = 100
"""While images are looked through, or labelled quickly, it is brought up to date this often."""
AHEAD = 8
"""Images that are asked about before they are opened, with the one that is shown."""
HERE, UNLABELLED, LISTED, ALL = "here", "unlabelled", "listed", "all"


class SuggestPanel(QWidget):
    """Shown where the project has a trained model; opened by its button, or where there are
    suggestions already."""

    def __init__(self, place: ImagesPlace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._place, self._context = place, place.context
        self._models: list[TrainedModel] = []
        self._store: Suggestions | None = None
        self._disconnect: list[Callable[[], None]] = []
        self.job = SuggestJob(self._context, self)
        self._reader = Worker(name="read-models", post=Poster(self))
        self._starts = Worker(name="read-first-scores", post=Poster(self))
        self._quiet = False  # nobody waits for the answer that is under way
        self._tried: set[str] = set()
        self._outcome: Outcome | None = None  # until the first scores are there, too
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self.show_state)
        self._make()
        self._wire()
        self.hide()

    def _make(self) -> None:
        self.open_button = QuietButton(tr("Suggest labels …"), "spark")
        self.open_button.setToolTip(tr("Have a model find the objects; you accept or reject them"))
        self.title = SectionTitle(tr("Suggestions"))
        self.close_button = IconButton("close", tr("Close"), side=tokens.SPACE_XL)
        self.title.add(self.close_button)
        self.run_box, self.scope_box = QComboBox(), QComboBox()
        for box, name in ((self.run_box, tr("Model")), (self.scope_box, tr("Images"))):
            box.setAccessibleName(name)
            box.setToolTip(name)
            box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.score = LabeledSlider(tr("Score"), LEAST, MOST, 0.4)
        self.score.setToolTip(tr("Suggestions below this score are not shown"))
        self.limits = ClassLimits()
        self.ahead = QCheckBox(tr("Ahead while I label"))
        self.ahead.setToolTip(tr("Ask about the image that is shown and those that follow in the "
                                 "list, so that suggestions are there before you come to them"))
        self.button = QuietButton(tr("Suggest labels"), "spark")
        self.cancel_button = QuietButton(tr("Cancel"))
        self.progress = ProgressLine()
        self.said = label("", "caption", wrap=True)
        self.accept_link = LinkButton("", "check")
        self.accept_link.setToolTip(tr("Make all suggestions of the project that are shown labels, "
                                       "as one step"))
        self.reject_link = LinkButton(tr("Reject all"), "close")
        self.reject_link.setToolTip(tr("Take all suggestions of the project that are shown away, "
                                       "as one step"))
        self.review_link = LinkButton(tr("Review by class …"), "grid")
        self.review_link.setToolTip(tr("See all suggestions of one class side by side, mark the "
                                       "wrong ones and accept the others at once"))
        self.form = QWidget()
        self.form.setLayout(column(
            self.title, self.run_box, self.scope_box, self.score, self.limits,
            row(self.button, self.cancel_button, 1), self.ahead, self.progress, self.said,
            self.review_link, self.accept_link, self.reject_link, spacing=tokens.SPACE_S))
        edge = tokens.SPACE_L
        self.setLayout(column(self.open_button, self.form, margins=(edge, 0, edge, 0)))
        self.form.hide()

    def _wire(self) -> None:
        self.open_button.clicked.connect(self.open)
        self.close_button.clicked.connect(self._fold)
        self.button.clicked.connect(self.suggest)
        self.cancel_button.clicked.connect(self.job.cancel)
        self.ahead.toggled.connect(lambda _on: self._look_ahead())
        self.score.value_changed.connect(self._threshold_moved)
        self.limits.start_wanted.connect(self._start_wanted)
        self.review_link.clicked.connect(lambda: self._context.go("review"))
        self.accept_link.clicked.connect(self.accept_everywhere)
        self.reject_link.clicked.connect(self.reject_everywhere)
        self.job.changed.connect(self.show_state)
        self.job.ended.connect(self._ended)
        self.job.failed.connect(self._failed)

    # --- the project ----------------------------------------------------------------------------

    def set_session(self, session: Session | None) -> None:
        """Turn to another project."""
        for disconnect in self._disconnect:
            disconnect()
        self._disconnect = []
        self.job.close()
        self._starts.cancel(0.0)
        self._outcome = None
        self._quiet, self._tried = False, set()
        self.ahead.setChecked(False)
        self._store = suggestions_of(session) if session is not None else None
        if session is not None and self._store is not None:
            later = self._soon.start
            self._disconnect = [
                self._store.changed.connect(lambda _key: later()),
                self._store.failed.connect(self._not_kept),
                session.images.work_changed.connect(later),
                session.index.summary_changed.connect(lambda _key: later()),
                session.index.finished.connect(later),
                self._place.editor.sample_changed.connect(later),
                self._place.editor.sample_changed.connect(self._look_ahead),
            ]
        self.limits.set_store(self._store)
        self.hide()
        self._fold()
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
        if models != self._models or self.run_box.count() != len(models):
            chosen = self.run_box.currentData()
            newest_before = self._models[0].run if self._models else ""
            self._models = models
            self.run_box.clear()
            for item in models:
                self.run_box.addItem(item.title, item.run)
            kept = self.run_box.findData(chosen) if chosen != newest_before else 0
            self.run_box.setCurrentIndex(max(kept, 0))
        self.setVisible(bool(models))
        self.show_state()

    # --- what is shown --------------------------------------------------------------------------

    def open(self) -> None:
        """Show the form."""
        self.form.show()
        self.open_button.hide()
        self.show_state()
        self.button.setFocus()

    def _fold(self) -> None:
        self.form.hide()
        self.open_button.show()

    def show_state(self) -> None:
        """Say how many there are, and what can be done."""
        self._soon.stop()
        store, job = self._store, self.job
        if store is None or self.isHidden():
            return
        boxes, images = store.sums()
        if (boxes or job.busy) and self.form.isHidden() and not self.open_button.isHidden() \
                and self._models:
            self.form.show()
            self.open_button.hide()
        self.score.set_value(store.threshold, announce=False)
        self.score.set_name(tr("Score of other classes") if store.limits else tr("Score"))
        self.limits.setVisible(bool(store.classes()))
        self.limits.start_link.setEnabled(not self._starts.busy)
        self.limits.show_state()
        self.title.set_right(f"{boxes:,}" if boxes else "")
        self.run_box.setVisible(len(self._models) > 1)
        self._show_scopes()
        for widget in (self.run_box, self.scope_box, self.button):
            widget.setEnabled(not job.busy)
        self.button.setVisible(not job.busy)
        self.cancel_button.setVisible(job.busy)
        self.progress.setVisible(job.busy)
        self.progress.set_fraction(job.done / job.total if job.done and job.total else None)
        self.said.setText(self._words(boxes, images))
        self.said.setVisible(bool(self.said.text()))
        at_work = self._context.session is not None and \
            self._context.session.images.work is not None
        for link in (self.review_link, self.accept_link, self.reject_link):
            link.setVisible(boxes > 0 and not job.busy)
            link.setEnabled(not at_work)
        self.accept_link.setText(
            tr("Accept all {boxes:,} shown", boxes=boxes) if store.limits else
            tr("Accept all {boxes:,} above {score:.2f}", boxes=boxes, score=store.threshold))

    def _words(self, boxes: int, images: int) -> str:
        job, session = self.job, self._context.session
        if job.busy and not job.done:
            return job.question.words
        if job.busy:
            return tr("{done:,} of {total:,} images", done=job.done, total=job.total)
        work = session.images.work if session is not None else None
        if work is not None:
            return tr("{done:,} of {total:,} images", done=work.done, total=work.total)
        assert self._store is not None
        done, whole = self._store.progress()
        parts = [counted_on(boxes, images)] if boxes else []
        if done:
            parts.append(tr("{done:,} of {images} reviewed", done=done,
                            images=count(whole, "image")))
        return " · ".join(parts)

    def _show_scopes(self) -> None:
        session = self._context.session
        assert session is not None
        index, listed = session.index, self._place.media.view.samples
        scopes = [(HERE, tr("This image"))]
        if index.unlabelled_count():
            scopes.append((UNLABELLED, tr("{images} without labels",
                                          images=count(index.unlabelled_count(), "image"))))
        if not listed.filter.shows_all:
            scopes.append((LISTED, tr("{images} in the list",
                                      images=count(listed.rowCount(), "image"))))
        scopes.append((ALL, tr("All {images}", images=count(len(index), "image"))))
        if [self.scope_box.itemText(at) for at in range(self.scope_box.count())] \
                == [text for _, text in scopes]:
            return
        first, chosen = self.scope_box.count() == 0, self.scope_box.currentData()
        self.scope_box.clear()
        for scope, text in scopes:
            self.scope_box.addItem(text, scope)
        kept = self.scope_box.findData(UNLABELLED if first else chosen)
        self.scope_box.setCurrentIndex(max(kept, 0))

    # --- asking ---------------------------------------------------------------------------------

    def keys(self) -> list[str]:
        """The images that are chosen."""
        session, scope = self._context.session, self.scope_box.currentData()
        assert session is not None
        index = session.index
        if scope == HERE:
            return [self._place.editor.key] if self._place.editor.key else []
        if scope == LISTED:
            listed = self._place.media.view.samples
            return [listed.key(at) for at in range(listed.rowCount())]
        keys = list(index.keys())
        if scope == ALL:
            return keys
        summaries = ((key, index.summary(key)) for key in keys)
        return [key for key, found in summaries
                if found is not None and not found.labelled and found.problem is None]

    def suggest(self) -> None:
        """Ask the chosen model about the chosen images."""
        model, keys = self.model, self.keys()
        if model is not None and keys:
            if self._store is not None and self._store.wants_start(model.run):
                self._read_starts(model, lambda: self._store is not None
                                  and self._store.wants_start(model.run))
            self._place.viewer.focus()  # where Enter, A and X judge what comes
            self.job.start(model, keys)
            self._place.viewer.focus()  # the next keys are about what is found

    def _look_ahead(self) -> None:
        """Ask about the image that is shown and the next ones without labels, if that is on and
        nobody asked about them yet."""
        model, store, session = self.model, self._store, self._context.session
        listed, key = self._place.media.view.samples, self._place.editor.key
        at = listed.row(key) if key else None
        if not self.ahead.isChecked() or self.job.busy or at is None or model is None \
                or store is None or session is None:
            return
        near = [listed.key(place) for place in range(at, min(at + AHEAD, listed.rowCount()))]
        wanted = [name for name in near
                  if store.asked(name) != model.run and name not in self._tried
                  and (found := session.index.summary(name)) is not None
                  and not found.labelled and found.problem is None]
        if wanted:
            self._tried.update(wanted)
            self._quiet = True
            if store.wants_start(model.run):
                self._read_starts(model, lambda: store.wants_start(model.run))
            self.job.start(model, wanted)

    def _failed(self, reason: str) -> None:
        self._quiet = False
        self.ahead.setChecked(False)
        self._context.say("bad", reason)

    def _ended(self, outcome: Outcome) -> None:
        quiet, self._quiet = self._quiet, False
        if outcome.cancelled:
            self.ahead.setChecked(False)
        if quiet:
            self.show_state()
            self._look_ahead()  # a person may have gone on meanwhile
            return
        self._outcome = outcome
        self._say_outcome()

    def _say_outcome(self) -> None:
        """Say what came of it, when it is known how much of that is shown."""
        outcome, store = self._outcome, self._store
        self._soon.start()
        if outcome is None or store is None or self._starts.busy:
            return
        self._outcome = None
        outcome.count(store)
        self._context.say("ok" if outcome.boxes else "info", outcome.sentence())
        self.show_state()

    @property
    def model(self) -> TrainedModel | None:
        """The one that is chosen."""
        run = self.run_box.currentData()
        return next((item for item in self._models if item.run == run), None)

    def _start_wanted(self) -> None:
        if (model := self.model) is not None:
            self._read_starts(model, lambda: True)

    def _read_starts(self, model: TrainedModel, wanted: Callable[[], bool]) -> None:
        """Have the least score of each class begin where the model's own validation says, if that
        is still ``wanted`` when it is known."""
        session = self._context.session
        assert session is not None
        folder, classes = session.folder, tuple(session.classes)

        def found(starts: Mapping[str, float]) -> None:
            if starts and self._store is not None and wanted():
                self._store.set_limits({name: min(max(score, LEAST), MOST)
                                        for name, score in starts.items()}, model.run)
            self._say_outcome()

        self._starts.start(lambda _thread: first_scores(folder, model, classes), found,
                           lambda _reason: self._say_outcome())
        self.show_state()

    def _not_kept(self, reason: str) -> None:
        self._context.say("warn", tr("The suggestions could not be kept for the next start: "
                                     "{reason}", reason=reason))

    def _threshold_moved(self, value: float) -> None:
        if self._store is not None:
            self._store.set_threshold(value)

    # --- judging all of them --------------------------------------------------------------------

    def accept_everywhere(self) -> None:
        """Make all that are shown labels, in all images, as one step."""
        if self._store is not None:
            self._judge(accepted=dict(self._store.shown()), rejected={})

    def reject_everywhere(self) -> None:
        """Reject all that are shown, as one step."""
        if self._store is not None:
            self._judge(accepted={}, rejected=dict(self._store.shown()))

    def _judge(self, accepted: dict[str, Suggested], rejected: dict[str, Suggested]) -> None:
        session, store = self._context.session, self._store
        if session is None or store is None or session.images.work is not None:
            return
        self._place.settle()
        try:
            judge(session, store, accepted, rejected,
                  lambda judged: self._place.say_with_undo(judged.sentence()))
        except WorkbenchError as error:
            self._context.say("warn", error.sentence())

    def close_down(self) -> None:
        """The window closes."""
        self._reader.cancel()
        self._starts.cancel()
        self.job.close()
