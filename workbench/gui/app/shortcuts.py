"""Keys: one shortcut for each key sequence, which asks the actions of the place that is shown."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from workbench.core.signal import Connections
from workbench.gui.app.actions import Action, ActionRegistry

_PRESSING = {Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter}
_MOVING = {Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home,
           Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown}


class ShortcutMap(QObject):
    """Installs the keys of all actions on a window.

    An action with a place answers only while that place is shown, and goes before one without.
    Text fields keep the keys they understand (Qt asks them first), so that a letter typed there
    never draws a box.
    """

    refused = Signal(str)
    """(sentence) why what a key stands for cannot be done now."""

    def __init__(self, window: QWidget, actions: ActionRegistry) -> None:
        super().__init__(window)
        self._window = window
        self._place = ""
        self._enabled = True
        self._by_key: dict[str, list[Action]] = {}
        self._shortcuts: dict[str, QShortcut] = {}
        for action in actions:
            self._add(action)
        self._connections = Connections(actions.added.connect(self._add),
                                        actions.changed.connect(self._change))

    def set_place(self, place: str) -> None:
        """Only actions of ``place`` and those of everywhere answer now."""
        self._place = place
        self._update()

    def set_enabled(self, enabled: bool) -> None:
        """Switch all keys off and on again (the palette is open)."""
        self._enabled = enabled
        self._update()

    def close(self) -> None:
        """Listen no more for new actions."""
        self._connections.end()

    def _add(self, action: Action) -> None:
        for keys in action.keys:
            name = QKeySequence(keys).toString()
            if not name:
                raise ValueError(f"“{keys}” of {action.id} is no key")
            self._by_key.setdefault(name, []).append(action)
            if name not in self._shortcuts:
                shortcut = QShortcut(QKeySequence(keys), self._window)
                shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
                shortcut.activated.connect(lambda name=name: self._run(name))
                shortcut.activatedAmbiguously.connect(lambda name=name: self._run(name))
                self._shortcuts[name] = shortcut
            if not action.repeats:
                self._shortcuts[name].setAutoRepeat(False)
            self._shortcuts[name].setEnabled(self._enabled and bool(self._candidates(name)))

    def _change(self, action: Action) -> None:
        """An action has other keys by now."""
        for having in self._by_key.values():
            having[:] = [other for other in having if other.id != action.id]
        for name, shortcut in self._shortcuts.items():
            shortcut.setAutoRepeat(all(other.repeats for other in self._by_key[name]))
        self._add(action)
        self._update()

    def _update(self) -> None:
        for name, shortcut in self._shortcuts.items():
            shortcut.setEnabled(self._enabled and bool(self._candidates(name)))

    def _candidates(self, name: str) -> list[Action]:
        here = [action for action in self._by_key[name] if action.place == self._place]
        everywhere = [action for action in self._by_key[name] if not action.place]
        return here + [action for action in everywhere if action not in here]

    def _run(self, name: str) -> None:
        for action in self._candidates(name):
            if action.enabled():
                action.run()
                return
        why = next(filter(None, (action.why_not() for action in self._candidates(name))), "")
        if why:
            self.refused.emit(why)


def keeps_key(event: QEvent) -> bool:
    """Whether the control that has the focus should get this key although it is a shortcut.

    Space on a focused button presses it, arrows move a focused slider. The window asks this for
    every ``ShortcutOverride`` that reaches it.
    """
    if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
        return False
    plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier,
                                  Qt.KeyboardModifier.KeypadModifier)
    if not plain:
        return False
    from PySide6.QtWidgets import QAbstractSlider, QComboBox  # after the first paint

    focus = QApplication.focusWidget()
    if isinstance(focus, QAbstractButton):
        return event.key() in _PRESSING
    if isinstance(focus, QAbstractSlider):
        return event.key() in _MOVING
    if isinstance(focus, QComboBox):
        return event.key() in _PRESSING | _MOVING
    return False
