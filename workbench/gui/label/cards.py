"""The cards that tasks and plugins bring to a place for labelling."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from workbench.core.text import tr
from workbench.extension.registry import loaded
from workbench.extension.window import CardHooks, PlaceCard, cards, make
from workbench.gui.app.context import AppContext


class PlaceCards(QObject):
    """Makes the cards of one place, also those of plugins that are loaded later.

    Parameters
    ----------
    place_id, place
        Which place, and its widget, which cards are made for.
    show
        Called with each new card.
    """

    def __init__(self, context: AppContext, place_id: str, place: QWidget,
                 show: Callable[[QWidget], object]) -> None:
        super().__init__(place)
        self._context, self._id, self._place, self._show = context, place_id, place, show
        self._made: dict[str, QWidget | None] = {}
        self._forget = loaded.connect(self.look)
        self.look()

    def __getitem__(self, id: str) -> Any:
        """The card ``id``."""
        return self._made[id]

    def __contains__(self, id: str) -> bool:
        return self._made.get(id) is not None

    def look(self) -> None:
        """Make the cards that were registered since."""
        for card in cards:
            if card.place == self._id and card.id not in self._made:
                widget = self._made[card.id] = self._make(card)
                if widget is not None:
                    self._show(widget)

    def _make(self, card: PlaceCard) -> QWidget | None:
        try:
            widget = make(card.factory, self._context, self._place)
            if not isinstance(widget, QWidget):
                raise TypeError(f"{card.factory} gives no widget")
        except (Exception, SystemExit) as error:  # a plugin's code may raise anything
            if isinstance(card.factory, str) and card.factory.startswith("workbench."):
                raise
            self._context.say("bad", tr("The card “{id}” could not be made: {name}: {error}",
                                        id=card.id, name=type(error).__name__, error=error))
            self._context.log.add("bad", tr("The card “{id}” could not be made.", id=card.id),
                                  detail="".join(traceback.format_exception(error)))
            return None
        return widget

    # --- hooks ----------------------------------------------------------------------------------

    def _hooks(self) -> list[CardHooks]:
        made: list[object] = list(self._made.values())
        return [card for card in made if isinstance(card, CardHooks)]

    def project_changed(self) -> None:
        for card in self._hooks():
            card.project_changed()

    def left(self) -> None:
        for card in self._hooks():
            card.left()

    def close_down(self) -> None:
        self._forget()
        for card in self._hooks():
            card.close_down()
