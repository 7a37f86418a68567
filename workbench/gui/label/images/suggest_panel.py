"""The card at the right in Images in which a model is asked for suggestions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QSizePolicy, QWidget

from workbench.core.text import count, tr
from workbench.extension.holds import MASK, POLYGON
from workbench.gui.app.context import AppContext
from workbench.gui.app.models import TrainedModel
from workbench.gui.label.suggest_card import ALL, HERE, UNLABELLED, SuggestCard
from workbench.gui.label.suggest_job import NOTHING, Outcome
from workbench.gui.style import tokens
from workbench.gui.widgets import IconButton, LinkButton, QuietButton, column, row, widget_of
from workbench.gui.widgets.inputs import ChoiceField
from workbench.project.statistics.facts import facts_of

if TYPE_CHECKING:
    from workbench.gui.label.picture_place import PicturePlace
    from workbench.project.library.images import ImageLibrary
    from workbench.project.review import Reviewed
    from workbench.project.session import Session
    from workbench.project.suggestions import Suggested

AHEAD = 8
"""Images that are asked about before they are opened, with the one that is shown."""
_JOINED, _YES, _NO = "one_mask", "yes", "no"
LISTED, PARTLY = "listed", "partly"
NOBODY: tuple[str, tuple[str, ...], Mapping[str, object]] = "", (), NOTHING


class SuggestPanel(SuggestCard):
    """Opened by its button, or where there are suggestions already; models, images, classes and
    least scores can be chosen."""

    sounds = False

    def __init__(self, place: PicturePlace, context: AppContext, parent: QWidget) -> None:
        self._place = place
        super().__init__(context, parent)
        self._quiet = False  # nobody waits for the answer that is under way
        self._tried: set[str] = set()
        # what is to be asked as soon as the model is known
        self._asked_for: tuple[str, tuple[str, ...], Mapping[str, object]] = NOBODY
        self._partly = 0  # images that it is being asked about, some of them labelled in part

    def _make(self) -> None:
        super()._make()
        self.open_button = QuietButton(tr("Suggest labels…"), "spark")
        self.open_button.setToolTip(tr("Have a model find the objects; you accept or reject them"))
        self.close_button = IconButton("close", tr("Close"), side=tokens.SPACE_XL, run=self._fold)
        self.title.add(self.close_button)
        self.run_box = ChoiceField()
        self.run_box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        for box, name in ((self.run_box, tr("Model")), (self.scope_box, tr("Images"))):
            box.setAccessibleName(name)
            box.setToolTip(name)
        self.run_box.activated.connect(lambda _row: self._show_own())
        self.ahead = QCheckBox(tr("Ahead while I label"))
        self.ahead.setToolTip(tr("Ask about the image that is shown and those that follow in the "
                                 "list, so that suggestions are there before you come to them"))
        self.joined = QCheckBox(tr("One mask of each class"))
        self.joined.setToolTip(tr("What you accept is joined to what is painted of its class; "
                                  "else each region becomes an outline of its own"))
        self.button = QuietButton(tr("Suggest labels"), "spark", run=self.suggest)
        self.review_link = LinkButton(tr("Review by class…"), "grid")
        self.review_link.setToolTip(tr("See all suggestions of one class side by side, mark the "
                                       "wrong ones and accept the others at once"))
        self.form = widget_of(column(
            self.title, self.run_box, self.scope_box, self.score, self.origin, self.limits,
            row(self.button, self.cancel_button, 1), self.ahead, self.joined, self.progress,
            self.said, self.review_link, self.accept_link, self.reject_link, self.train_link,
            spacing=tokens.SPACE_S))
        edge = tokens.SPACE_L
        self.setLayout(column(self.open_button, self.form, margins=(edge, 0, edge, 0)))
        self.form.hide()
        self._wire()

    def _wire(self) -> None:
        self.open_button.clicked.connect(self.open)
        self.ahead.toggled.connect(lambda _on: self._look_ahead())
        self.joined.clicked.connect(self._join_chosen)
        self._place.editor.suggestions.joins = self._joins
        self.review_link.clicked.connect(lambda: self._context.go("review"))

    def _library(self, session: Session) -> ImageLibrary:
        return session.images

    # --- the project ----------------------------------------------------------------------------

    def set_session(self, session: Session | None) -> None:
        self._quiet, self._tried, self._asked_for, self._partly = False, set(), NOBODY, 0
        self.ahead.setChecked(False)
        super().set_session(session)
        if session is not None:
            later = self._soon.start
            self._connections.add(
                session.index.summary_changed.connect(lambda _key: later()),
                session.index.finished.connect(later),
                self._place.editor.sample_changed.connect(later),
                self._place.editor.sample_changed.connect(self._look_ahead),
            )
        self._fold()

    def _found(self, models: list[TrainedModel]) -> None:
        if models != self._models or self.run_box.count() != len(models):
            chosen = self.run_box.currentData()
            newest_before = self._models[0].run if self._models else ""
            self.run_box.clear()
            for item in models:
                self.run_box.addItem(item.title, item.run)
            kept = self.run_box.findData(chosen) if chosen != newest_before else 0
            self.run_box.setCurrentIndex(max(kept, 0))
        super()._found(models)
        run, keys, tidied = self._asked_for
        at = self.run_box.findData(run)
        if keys and at >= 0 and not self.job.busy:
            self._asked_for = NOBODY
            self.open()
            self.run_box.setCurrentIndex(at)
            self._ask(keys, tidied, partly=True)

    # --- areas ----------------------------------------------------------------------------------

    def _joins(self) -> bool:
        editor = self._place.editor
        return editor.one_class and editor.takes(MASK) and (
            self._place.remembered(_JOINED) or self._usual_joined()) == _YES

    def _usual_joined(self) -> str:
        """As most areas are labelled already; masks where none are, or nobody counted them yet."""
        session = self._context.session
        table = facts_of(session).table if session is not None else None
        if table is None:
            return _YES
        import numpy as np  # the table brought it

        numbers = np.bincount(table.trait, minlength=len(table.traits))
        polygons, masks = (numbers[[shape in trait.split("\n") for trait in table.traits]].sum()
                           for shape in (POLYGON, MASK))
        return _YES if masks >= polygons else _NO

    def _join_chosen(self, on: bool) -> None:
        self._place.remember(_JOINED, _YES if on else _NO)

    # --- what is shown --------------------------------------------------------------------------

    def open(self) -> None:
        """Show the form."""
        self.form.show()
        self.open_button.hide()
        self.show_state()
        self._show_own()
        self.button.setFocus()

    def _show_own(self) -> None:
        """While nothing is suggested, show where what is suggested next begins."""
        if self._store is not None and not self._store.classes():
            self.begin_at_own(self.model)

    def _fold(self) -> None:
        self.form.hide()
        self.open_button.show()

    def _show_asking(self, busy: bool) -> None:
        store = self._store
        assert store is not None
        if (store.sums()[0] or busy) and self.form.isHidden() \
                and not self.open_button.isHidden() and self._models:
            self.form.show()
            self.open_button.hide()
        self.joined.setVisible(self._place.editor.one_class and self._place.editor.takes(MASK))
        self.joined.setChecked(self._joins())
        self.run_box.setVisible(len(self._models) > 1)
        self._show_scopes()
        for widget in (self.run_box, self.scope_box, self.button):
            widget.setEnabled(not busy)
        self.button.setVisible(not busy)

    def _links(self) -> tuple[LinkButton, ...]:
        return self.review_link, *super()._links()

    def _show_scopes(self) -> None:
        session = self._context.session
        assert session is not None
        index, listed = session.index, self._place.sample_panel.view.samples
        scopes = [(HERE, tr("This image"))]
        if index.unlabelled_count():
            scopes.append((UNLABELLED, tr("{images} without labels",
                                          images=count(index.unlabelled_count(), "image"))))
        if not listed.filter.shows_all:
            scopes.append((LISTED, tr("{images} in the list",
                                      images=count(listed.rowCount(), "image"))))
        scopes.append((ALL, tr("All {images}", images=count(len(index), "image"))))
        if self._partly and self.job.busy:
            scopes.append((PARTLY, tr("{images} with pixels left",
                                      images=count(self._partly, "image"))))
        if [self.scope_box.itemText(at) for at in range(self.scope_box.count())] \
                == [text for _, text in scopes]:
            return
        first, chosen = self.scope_box.count() == 0, self.scope_box.currentData()
        self.scope_box.clear()
        for scope, text in scopes:
            self.scope_box.addItem(text, scope)
        kept = self.scope_box.findData(UNLABELLED if first or chosen == PARTLY else chosen)
        asked = self.scope_box.findData(PARTLY)
        self.scope_box.setCurrentIndex(asked if asked >= 0 else max(kept, 0))

    def _choose_rest(self) -> None:
        self.open()
        self.run_box.setCurrentIndex(0)
        self.scope_box.setCurrentIndex(self.scope_box.findData(UNLABELLED))

    # --- asking ---------------------------------------------------------------------------------

    def keys(self) -> list[str]:
        """The images that are chosen."""
        session, scope = self._context.session, self.scope_box.currentData()
        assert session is not None
        index = session.index
        if scope == HERE:
            return [self._place.editor.key] if self._place.editor.key else []
        if scope == LISTED:
            listed = self._place.sample_panel.view.samples
            return [listed.key(at) for at in range(listed.rowCount())]
        keys = list(index.keys())
        if scope == ALL:
            return keys
        summaries = ((key, index.summary(key)) for key in keys)
        return [key for key, found in summaries
                if found is not None and not found.labelled and found.problem is None]

    def suggest(self) -> None:
        """Ask the chosen model about the chosen images."""
        self._ask(self.keys())

    def suggest_with(self, run: str, keys: Sequence[str], tidied: Mapping[str, object]) -> None:
        """Ask the model of ``run``, which may be new, about these images, of which pixels are left;
        see :meth:`SuggestJob.start`."""
        self._asked_for = run, tuple(keys), tidied
        self.look_for_models()

    def _ask(self, keys: Sequence[str], tidied: Mapping[str, object] = NOTHING, *,
             partly: bool = False) -> None:
        model = self.model
        if model is not None and keys:
            self.begin_at_own(model)
            self._place.viewer.focus()  # where Enter, A and X judge what comes
            self._partly = len(keys) if partly else 0
            self.job.start(model, keys, tidied=tidied)
            self._place.viewer.focus()  # the next keys are about what is found

    def _look_ahead(self) -> None:
        """Ask about the image that is shown and the next ones without labels, if that is on and
        nobody asked about them yet."""
        model, store, session = self.model, self._store, self._context.session
        listed, key = self._place.sample_panel.view.samples, self._place.editor.key
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
            self.begin_at_own(model)
            self.job.start(model, wanted)

    def _failed(self, reason: str) -> None:
        self._quiet, self._partly = False, 0
        self.ahead.setChecked(False)
        super()._failed(reason)

    def _ended(self, outcome: Outcome) -> None:
        quiet, self._quiet, self._partly = self._quiet, False, 0
        if outcome.cancelled:
            self.ahead.setChecked(False)
        if quiet:
            self.show_state()
            self._look_ahead()  # a person may have gone on meanwhile
            return
        super()._ended(outcome)

    def _say_outcome(self) -> None:
        super()._say_outcome()
        if self._asked_for[1] and not self.job.busy:
            self.look_for_models()  # another model waits to be asked

    @property
    def model(self) -> TrainedModel | None:
        """The one that is chosen."""
        run = self.run_box.currentData()
        return next((item for item in self._models if item.run == run), None)

    def _judge(self, accepted: dict[str, Suggested], rejected: dict[str, Suggested]) -> None:
        self._place.canvas.settle()
        super()._judge(accepted, rejected)

    def _say_judged(self, judged: Reviewed) -> None:
        self._place.say_with_undo(judged.sentence())
