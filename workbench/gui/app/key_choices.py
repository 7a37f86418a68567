"""Keys that a person gave to actions: which may be given, and where they are kept."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QWidget

from workbench.core.text import tr
from workbench.gui.app.actions import Action, ActionRegistry

_GROUP = "keys"
_KEPT = {
    **{str(digit): "chooses a class" for digit in range(10)},
    "Esc": "closes and cancels", "Tab": "goes from field to field",
    "Shift+Tab": "goes from field to field",
}
"""Keys that stay what they are, and what that is."""
_MODIFIERS = frozenset({Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt, Qt.Key.Key_Meta,
                        Qt.Key.Key_AltGr, Qt.Key.Key_CapsLock, Qt.Key.Key_NumLock,
                        Qt.Key.Key_unknown})
_NAMED = 0x01000000  # from here on keys have names, not letters


class KeyChoices:
    """The chosen keys by action, in a person's settings. An action without keys has "" there."""

    def __init__(self, settings: QSettings) -> None:
        self._settings = settings

    def of(self, id: str) -> tuple[str, ...] | None:
        """The keys chosen for an action; None where nothing was."""
        value = self._settings.value(f"{_GROUP}/{id}")
        if not isinstance(value, str):
            return None
        keys = tuple(key for key in value.split("\n") if key)
        return keys if all(QKeySequence(key).toString() for key in keys) else None

    def keep(self, id: str, keys: tuple[str, ...] | None) -> None:
        """Remember ``keys``; None is the usual ones."""
        if keys is None:
            self._settings.remove(f"{_GROUP}/{id}")
        else:
            self._settings.setValue(f"{_GROUP}/{id}", "\n".join(keys))


def pressed_key(key: int, modifiers: Qt.KeyboardModifier) -> str:
    """What was pressed in Qt's portable text; "" while only Ctrl and the like are held, and for
    keys that only change the next letter (dead ones, Compose, Super), which have no name."""
    if key in _MODIFIERS:
        return ""
    if key == Qt.Key.Key_Backtab:
        key = Qt.Key.Key_Tab.value
    if key >= _NAMED and not QKeySequence(key).toString().isascii():
        return ""
    modifiers &= ~Qt.KeyboardModifier.KeypadModifier
    return QKeySequence(key | modifiers.value).toString()


def kept_words(key: str) -> str:
    """Why an action cannot have ``key``, as a sentence; "" where it can."""
    does = _KEPT.get(key, "")
    return tr("{key} {does} and stays so.", key=key, does=tr(does)) if does else ""


def holders(actions: ActionRegistry, action: Action, key: str) -> list[Action]:
    """Other actions that answer to ``key`` where ``action`` would."""
    return [other for other in actions
            if other.id != action.id and key in map(_portable, other.keys)
            and (other.place == action.place or not other.place or not action.place)]


def _portable(key: str) -> str:
    return QKeySequence(key).toString()


def assign(actions: ActionRegistry, action: Action, key: str) -> None:
    """Give ``key`` to ``action`` alone; whoever had it there keeps its other keys."""
    for other in holders(actions, action, key):
        actions.set_keys(other.id, tuple(each for each in other.keys if _portable(each) != key))
    actions.set_keys(action.id, (key,))


def follow_keys(button: QWidget, actions: ActionRegistry, id: str,
                show: Callable[[str], object]) -> None:
    """Call ``show`` with the first key of the action ``id``: now, and whenever a person changes it,
    for as long as ``button`` is there."""
    def changed(action: Action) -> None:
        if action.id == id:
            show(action.keys[0] if action.keys else "")

    disconnect = actions.changed.connect(changed)
    button.destroyed.connect(lambda: disconnect())
    changed(actions[id])
