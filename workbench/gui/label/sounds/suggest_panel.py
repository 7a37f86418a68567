"""The card at the right in Audio in which a model is asked for regions in long recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.core.text import count, tr
from workbench.extension.run_names import title_of_name
from workbench.gui.app.context import AppContext
from workbench.gui.app.undo_action import say_done
from workbench.gui.label.sounds.clip_filter import is_todo
from workbench.gui.label.suggest_card import ALL, HERE, UNLABELLED, SuggestCard
from workbench.gui.label.viewer import Remark
from workbench.gui.style import tokens
from workbench.gui.widgets import QuietButton, column, row
from workbench.gui.widgets.key_words import with_keys

if TYPE_CHECKING:
    from workbench.gui.app.models import TrainedModel
    from workbench.gui.label.place import LabellingPlace
    from workbench.gui.label.suggestion_controller import SuggestionController
    from workbench.project.library.sounds import SoundLibrary
    from workbench.project.review import Reviewed
    from workbench.project.session import Session


def suggested_remark(controller: SuggestionController) -> Remark:
    """What the notice over the pictures says of suggestions."""
    run = controller.shown[0].run
    words = with_keys(tr(
        "{suggestions} from {run}. <audio.next_suggestion> shows the next, "
        "<audio.accept_suggestion> accepts it, <audio.reject_suggestion> rejects it.",
        suggestions=count(len(controller.shown), "suggestion"), run=title_of_name(run)))
    return Remark("info", words, (
        (tr("Accept all"), controller.accept_all,
         with_keys(tr("Make regions of all of them (<audio.accept_suggestions>)"))),
        (tr("Reject all"), controller.reject_all,
         with_keys(tr("Reject all of them (<audio.reject_suggestions>)")))))


class RegionSuggestPanel(SuggestCard):
    """Asks the newest model."""

    sounds = True

    def __init__(self, place: LabellingPlace, context: AppContext) -> None:
        self._place = place
        super().__init__(context)

    def _make(self) -> None:
        super()._make()
        self.scope_box.setAccessibleName(tr("Sounds"))
        self.scope_box.addItem(tr("This sound"), HERE)
        self.scope_box.addItem(tr("Sounds without labels"), UNLABELLED)
        self.scope_box.addItem(tr("All sounds"), ALL)
        self.button = QuietButton(tr("Suggest regions"), "spark", run=self.suggest)
        self.button.setToolTip(tr("Have a model find where in long recordings its classes are "
                                  "heard; you accept or reject each"))
        edge = tokens.SPACE_L
        self.setLayout(column(
            self.title, self.scope_box, self.score, self.origin, self.limits,
            row(self.button, self.cancel_button, 1),
            self.progress, self.said, self.accept_link, self.reject_link, self.train_link,
            spacing=tokens.SPACE_S, margins=(edge, 0, edge, 0)))

    @property
    def model(self) -> TrainedModel | None:
        return self._models[0] if self._models else None

    def _library(self, session: Session) -> SoundLibrary:
        return session.sounds

    def _show_asking(self, busy: bool) -> None:
        self.button.setVisible(not busy)

    def _choose_rest(self) -> None:
        self.scope_box.setCurrentIndex(self.scope_box.findData(UNLABELLED))

    def suggest(self) -> None:
        """Ask the newest model about the chosen clips."""
        session = self._context.session
        if session is None or not self._models:
            return
        keys = self._keys(session.sounds)
        if keys:
            self.begin_at_own(self._models[0])
            self.job.start(self._models[0], keys)
            self._place.viewer.focus()
        elif self.scope_box.currentData() == UNLABELLED:
            self._context.say("info", tr("Every sound is labelled."))

    def _keys(self, sounds: SoundLibrary) -> list[str]:
        scope, key = self.scope_box.currentData(), self._place.editor.key
        if scope == HERE:
            return [key] if key else []
        names = sounds.keys()
        return [name for name in names
                if sounds.summary(name).problem is None
                and (scope == ALL or is_todo(sounds.summary(name)))]

    def _say_judged(self, judged: Reviewed) -> None:
        if self._context.session is not None:
            say_done(self._context, self._context.session, judged.sentence(),
                     undo=self._place.undo)
