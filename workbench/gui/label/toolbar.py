"""The row of buttons above a canvas: what those of all media share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from workbench.core.text import tr
from workbench.extension.window import places
from workbench.gui.app.actions import ActionRegistry
from workbench.gui.app.key_choices import follow_keys
from workbench.gui.widgets import IconButton, QuietButton
from workbench.gui.widgets.key_words import with_keys


class PlaceToolbar(QWidget):
    """Buttons that run actions of a place; a subclass lays them out and makes them fit.

    Parameters
    ----------
    place
        Id of the place, which its actions begin with.
    list_words, side_words
        What lies at the left and at the right of the canvas.
    """

    def __init__(self, actions: ActionRegistry, place: str, list_words: str, side_words: str,
                 parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions, self._place = actions, place
        self._back_words = ""
        self._names: dict[QWidget, str] = {}
        self._left_out: list[QWidget] = []
        self.more_tools = IconButton("more", tr("More tools"), bordered=True, run=self._offer_more)
        self.more_tools.hide()
        self.back = QuietButton("", "arrow-left")
        self.back.hide()
        self.list_toggle = self.icon_button("toggle_list", "panel-left", list_words)
        self.side_toggle = self.icon_button("toggle_side", "panel-right", side_words)
        for toggle in (self.list_toggle, self.side_toggle):
            toggle.setCheckable(True)
            toggle.setChecked(True)
        self.undo = self.icon_button("undo", "undo", tr("Undo"), bordered=True)
        self.redo = self.icon_button("redo", "redo", tr("Redo"), bordered=True)

    def show_undo(self, undo: str | None, redo: str | None) -> None:
        """Say what would be undone and redone; None where nothing can be."""
        for button, name, verb, what in ((self.undo, "undo", tr("Undo"), undo),
                                         (self.redo, "redo", tr("Redo"), redo)):
            button.setEnabled(what is not None)
            words = f"{verb} {what}" if what is not None else verb
            button.setToolTip(with_keys(f"{words} (<{self._place}.{name}>)"))

    def show_back(self, place: str) -> None:
        """Offer the way back to ``place``, or none for ""."""
        title = tr(places.get(place).title) if place in places else place.capitalize()
        self._back_words = tr("Back to {place}", place=title) if place else ""
        self.back.setText(self._back_words)
        self.back.setToolTip(self._back_words)
        self.back.setAccessibleName(self._back_words)
        self.back.setVisible(bool(place))
        self.fit()

    def fit(self) -> None:
        """Leave out what there is no room for."""
        raise NotImplementedError

    def leave_out(self, buttons: Sequence[QWidget], hidden: Sequence[QWidget]) -> None:
        """Show those of the ``buttons`` of actions that are not ``hidden``; a menu offers these."""
        self._left_out = [button for button in buttons if button in hidden]
        for button in buttons:
            button.setVisible(button not in self._left_out)
        self.more_tools.setVisible(bool(self._left_out))

    def _offer_more(self) -> None:
        from workbench.gui.shell.menus import pop_up

        at = self.more_tools.mapToGlobal(self.more_tools.rect().bottomLeft())
        pop_up(self, self._actions, self._place,
               [self._names[button] for button in self._left_out], at)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def run(self, name: str) -> Callable[[], object]:
        """What runs the action ``name`` of the place."""
        return lambda: self._actions[f"{self._place}.{name}"].run()

    def icon_button(self, name: str, icon: str, text: str, *, bordered: bool = False) -> IconButton:
        """A button for the action ``name``, with its first key in the tool tip."""
        made = action_button(self._actions, f"{self._place}.{name}", icon, text, bordered=bordered)
        self._names[made] = name
        return made


def without_room(widths: Sequence[int], more: int, room: int) -> int:
    """How many of buttons that are so wide go, from the first on, so that the others and one that
    is ``more`` wide and offers them fit into ``room``; all in logical pixels."""
    if sum(widths) <= room:
        return 0
    return next((number for number in range(1, len(widths))
                 if sum(widths[number:]) + more <= room), len(widths))


def action_button(actions: ActionRegistry, id: str, icon: str, text: str, *,
                  bordered: bool = False) -> IconButton:
    """A button with an icon that runs the action ``id``."""
    button = IconButton(icon, text, bordered=bordered)
    button.clicked.connect(lambda: actions[id].run())
    follow_keys(button, actions, id, button.set_keys)
    return button
