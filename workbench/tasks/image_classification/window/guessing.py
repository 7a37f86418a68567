"""Guesses in the place where images are sorted: shown, accepted, turned on and off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.core.text import count, tr
from workbench.gui.app.context import AppContext
from workbench.gui.app.remember import PlaceMemory
from workbench.tasks.image_classification.window.guess_panel import GuessPanel
from workbench.tasks.image_classification.window.guesses import Guesses

if TYPE_CHECKING:
    from workbench.project.session import Session
    from workbench.tasks.image_classification.window.place import SortPlace

_OPTION = "guess"


class Guessing:
    """Makes the guesses of the open project, and what a person does with them.

    Attributes
    ----------
    panel
        For the side of the place.
    guesses
        Of the open project; None without one, or where its labels are no classes.
    """

    def __init__(self, place: SortPlace, context: AppContext) -> None:
        self.panel = GuessPanel()
        self.guesses: Guesses | None = None
        self._place, self._context = place, context
        self._memory = PlaceMemory(context.settings, "sort")
        self.panel.switched.connect(self.switch)
        self.panel.accepted.connect(self.accept_sure)
        self.panel.doubts_wanted.connect(self.show_doubts)

    def set_session(self, session: Session | None) -> None:
        """Guess for another project, once its images are shown."""
        if self.guesses is not None:
            self.guesses.close()
        self.guesses = None
        if session is not None:
            self.guesses = Guesses(session, self._context.engine, self._place.grid.seen)
            self.guesses.changed.connect(self._changed)
            self.guesses.progressed.connect(self._show)
        self._place.grid.images.set_guesses(self.guesses)
        self._show()
        if self._place.isVisible():
            self.entered()

    def entered(self) -> None:
        """The images are looked at: begin, unless it was turned off."""
        if self.guesses is not None:
            self.guesses.set_on(on=self._of_classes()
                                and self._memory.option(_OPTION, usual=True))

    def kind_changed(self) -> None:
        """Only classes are guessed."""
        self.panel.setVisible(self._of_classes())
        if self._place.isVisible():
            self.entered()

    def _of_classes(self) -> bool:
        return self.guesses is not None and self.guesses.of_classes

    def switch(self, on: bool) -> None:
        """Turn guesses on or off; the next start remembers it."""
        self._memory.set_option(_OPTION, on=on)
        if self.guesses is not None:
            self.guesses.set_on(on=on)

    def toggle(self) -> None:
        """Turn guesses on where they are off, and off where they are on."""
        self.panel.switch.click()

    def guess_count(self) -> int:
        """How many guesses can be accepted at once."""
        return self.guesses.sure_count if self.guesses is not None else 0

    def chosen(self) -> dict[str, str]:
        """What the selected images without a label are taken for."""
        guesses = self.guesses
        if guesses is None:
            return {}
        return {key: guess.label for key in self._place.chosen()
                if (guess := guesses.guess(key)) is not None}

    def accept_chosen(self) -> bool:
        """Make the guesses of the selected images their labels; whether there were any."""
        found = self.chosen()
        if found:
            self._place.give_each(found, tr("accept {guesses}",
                                            guesses=count(len(found), "guess", "guesses")))
        return bool(found)

    def accept_sure(self) -> None:
        """Make all sure guesses labels, in one step."""
        found = self.guesses.sure() if self.guesses is not None else {}
        if found:
            words = count(len(found), "guess", "guesses")
            self._place.give_each(found, tr("accept {guesses}", guesses=words))
            self._context.say("ok", tr("{guesses} accepted. Ctrl+Z takes them back.",
                                       guesses=words))

    def show_doubts(self) -> None:
        """Show the images whose labels are doubted."""
        self._place.bar.show_chip("doubtful")

    def close(self) -> None:
        """End what is under way."""
        if self.guesses is not None:
            self.guesses.close()
            self.guesses = None

    def _changed(self) -> None:
        self._place.grid.viewport().update()
        self._place.large.current_changed()
        self._show()

    def _show(self) -> None:
        self.panel.show_guesses(self.guesses if self._of_classes() else None)
        doubted = len(self.guesses.doubted()) if self.guesses is not None else 0
        self._place.bar.set_doubtful(doubted)
