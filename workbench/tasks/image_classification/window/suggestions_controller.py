"""Suggestions in the place where images are sorted: shown, accepted, turned on and off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from workbench.core.text import count, tr
from workbench.gui.app.context import AppContext
from workbench.gui.app.remember import PlaceMemory
from workbench.tasks.image_classification.window.suggestions import ClassSuggestions
from workbench.tasks.image_classification.window.suggestions_panel import ClassSuggestionsPanel

if TYPE_CHECKING:
    from workbench.project.session import Session
    from workbench.tasks.image_classification.window.bar import SortBar
    from workbench.tasks.image_classification.window.grid_view import GridView
    from workbench.tasks.image_classification.window.large_view import LargeView

_OPTION = "guess"


class _SortPlaceParts(Protocol):
    """What suggestions need of the place."""

    bar: SortBar
    grid: GridView
    large: LargeView

    def isVisible(self) -> bool: ...
    def chosen(self) -> list[str]: ...
    def give_each(self, labels: Mapping[str, str], text: str) -> object: ...


class ClassSuggestionsController:
    """Makes the suggestions of the open project, and what a person does with them."""

    def __init__(self, place: _SortPlaceParts, context: AppContext) -> None:
        self.panel = ClassSuggestionsPanel()
        """For the side of the place."""
        self.current: ClassSuggestions | None = None
        """Of the open project; None without one, or where its labels are no classes."""
        self._place, self._context = place, context
        self._memory = PlaceMemory(context.settings, "sort")
        self.panel.switched.connect(self.switch)
        self.panel.accepted.connect(self.accept_sure)
        self.panel.doubts_wanted.connect(self.show_doubts)

    def set_session(self, session: Session | None) -> None:
        """Suggest for another project, once its images are shown."""
        if self.current is not None:
            self.current.close()
        self.current = None
        if session is not None:
            self.current = ClassSuggestions(session, self._context.engine, self._place.grid.seen)
            self.current.changed.connect(self._changed)
            self.current.progressed.connect(self._show)
        self._place.grid.images.set_suggestions(self.current)
        self._show()
        if self._place.isVisible():
            self.entered()

    def entered(self) -> None:
        """The images are looked at: begin, unless it was turned off."""
        if self.current is not None:
            self.current.set_on(on=self._of_classes()
                                and self._memory.option(_OPTION, usual=True))

    def kind_changed(self) -> None:
        """Only classes are suggested."""
        self.panel.setVisible(self._of_classes())
        if self._place.isVisible():
            self.entered()

    def _of_classes(self) -> bool:
        return self.current is not None and self.current.of_classes

    def switch(self, on: bool) -> None:
        """Turn suggestions on or off; the next start remembers it."""
        self._memory.set_option(_OPTION, on=on)
        if self.current is not None:
            self.current.set_on(on=on)

    def do_step(self, step: str) -> None:
        """The next one of a round, which Train leads through: label what has no class, with a
        suggestion where the model is to suggest."""
        self._place.bar.set_filter("unlabelled")
        if step == "suggest":
            self.switch(on=True)

    def toggle(self) -> None:
        """Turn suggestions on where they are off, and off where they are on."""
        self.panel.switch.click()

    def sure_count(self) -> int:
        """How many suggestions can be accepted at once."""
        return self.current.sure_count if self.current is not None else 0

    def chosen(self) -> dict[str, str]:
        """What the selected images without a label are taken for."""
        suggestions = self.current
        if suggestions is None:
            return {}
        return {key: suggestion.label for key in self._place.chosen()
                if (suggestion := suggestions.suggestion(key)) is not None}

    def accept_chosen(self) -> bool:
        """Make the suggestions of the selected images their labels; whether there were any."""
        found = self.chosen()
        if found:
            self._place.give_each(found, tr("accept {suggestions}",
                                            suggestions=count(len(found), "suggestion")))
        return bool(found)

    def accept_sure(self) -> None:
        """Make all sure suggestions labels, in one step."""
        found = self.current.sure() if self.current is not None else {}
        if found:
            words = count(len(found), "suggestion")
            self._place.give_each(found, tr("accept {suggestions}", suggestions=words))

    def show_doubts(self) -> None:
        """Show the images whose labels are doubted."""
        self._place.bar.show_chip("doubtful")

    def close(self) -> None:
        """End what is under way."""
        if self.current is not None:
            self.current.close()
            self.current = None

    def _changed(self) -> None:
        self._place.grid.viewport().update()
        self._place.large.current_changed()
        self._show()

    def _show(self) -> None:
        self.panel.show_suggestions(self.current if self._of_classes() else None)
        doubted = len(self.current.doubted()) if self.current is not None else 0
        self._place.bar.set_doubtful(doubted)
