"""The row of buttons above a canvas: what those of all media share."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from workbench.core.text import tr
from workbench.gui.app.actions import ActionRegistry
from workbench.gui.widgets import IconButton, QuietButton


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
        for button, verb, what, keys in ((self.undo, tr("Undo"), undo, "Ctrl+Z"),
                                         (self.redo, tr("Redo"), redo, "Ctrl+Shift+Z")):
            button.setEnabled(what is not None)
            button.setToolTip(f"{verb} {what} ({keys})" if what is not None else f"{verb} ({keys})")

    def show_back(self, place: str) -> None:
        """Offer the way back to ``place``, or none for ""."""
        self._back_words = tr("Back to {capitalize}", capitalize=place.capitalize()) \
            if place else ""
        self.back.setText(self._back_words)
        self.back.setToolTip(self._back_words)
        self.back.setAccessibleName(self._back_words)
        self.back.setVisible(bool(place))
        self.fit()

    def fit(self) -> None:
        """Leave out what there is no room for."""
        raise NotImplementedError

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def run(self, name: str) -> Callable[[], object]:
        """What runs the action ``name`` of the place."""
        return lambda: self._actions[f"{self._place}.{name}"].run()

    def icon_button(self, name: str, icon: str, text: str, *, bordered: bool = False) -> IconButton:
        """A button for the action ``name``, with its first key in the tool tip."""
        return action_button(self._actions, f"{self._place}.{name}", icon, text, bordered=bordered)


def action_button(actions: ActionRegistry, id: str, icon: str, text: str, *,
                  bordered: bool = False) -> IconButton:
    """A button with an icon that runs the action ``id``."""
    action = actions[id]
    button = IconButton(icon, text, keys=action.keys[0] if action.keys else "", bordered=bordered)
    button.clicked.connect(lambda: actions[id].run())
    return button
