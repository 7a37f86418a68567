"""Every action of the program: menus, palette, buttons and keys are made from this one list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol

from workbench.core.signal import Signal
from workbench.core.text import tr
from workbench.gui.widgets.key_words import use_keys_of
from workbench.gui.widgets.system_keys import system_keys


@dataclass(frozen=True, slots=True)
class Action:
    """Something a person can do."""

    id: str
    """Stable dotted name ("images.draw_box")."""
    text: str
    """What the menu and the palette say ("Draw a box")."""
    run: Callable[[], object] = field(compare=False)
    """Called without arguments."""
    keys: tuple[str, ...] = ()
    """Shortcuts in Qt's portable text ("W", "Ctrl+Shift+Z"); the first is shown."""
    place: str = ""
    """Place in which the keys work; empty for everywhere."""
    menu: str = ""
    """Name of the menu it stands in ("File", "Edit", "View", "Images", …); empty for none."""
    icon: str = ""
    """Name of an icon under ``resources/icons``."""
    enabled: Callable[[], bool] = field(default=lambda: True, compare=False)
    """Asked whenever a menu or the palette opens or a key is pressed."""
    group: str = ""
    """Actions of one menu with another ``group`` than the one before are set off by a line."""
    repeats: bool = True
    """Whether the key acts again and again while it is held."""
    why_not: Callable[[], str] = field(default=lambda: "", compare=False)
    """Why it cannot be done now: said when its key is pressed and it is not enabled, unless ""."""
    needs: str = ""
    """What has to be there first ("Open a project first."): said of it by menus and palette while
    it is grey and ``why_not`` says nothing."""
    words: str = ""
    """What people may look for it by in the palette, beside its text."""
    checked: Callable[[], bool] | None = field(default=None, compare=False)
    """Whether an option is on, for one that is switched on and off; None for all others."""
    under: str = ""
    """Title of the menu within ``menu`` in which it stands; empty where it stands in the menu
    itself. Where its text begins with this and ": ", that is left out there."""


def reason(action: Action) -> str:
    """Why an action that is not enabled cannot be done now, "" where nothing is known."""
    return action.why_not() or tr(action.needs)


class KeptKeys(Protocol):
    """Where the keys are kept that a person chose; see :mod:`workbench.gui.app.key_choices`."""

    def of(self, id: str) -> tuple[str, ...] | None: ...
    def keep(self, id: str, keys: tuple[str, ...] | None) -> None: ...


class ActionRegistry:
    """All actions, in the order they were added, each with the keys that a person chose for it."""

    def __init__(self, choices: KeptKeys | None = None) -> None:
        self._actions: dict[str, Action] = {}
        self._usual: dict[str, tuple[str, ...]] = {}
        self._choices = choices
        self.added: Signal[Action] = Signal()
        self.changed: Signal[Action] = Signal()
        """(action) a new one; one that has other keys by now."""
        use_keys_of(self)

    def add(self, action: Action) -> Action:
        if action.id in self._actions:
            raise ValueError(f"there are two actions “{action.id}”")
        usual = self._usual[action.id] = system_keys(action.keys)
        chosen = self._choices.of(action.id) if self._choices is not None else None
        action = replace(action, text=tr(action.text), keys=usual if chosen is None else chosen)
        self._actions[action.id] = action
        self.added.emit(action)
        return action

    def first_key(self, id: str) -> str:
        """The key of an action that is shown, "" for none."""
        keys = self._actions[id].keys if id in self._actions else ()
        return keys[0] if keys else ""

    def usual_keys(self, id: str) -> tuple[str, ...]:
        """The keys that an action has by itself."""
        return self._usual[id]

    def set_keys(self, id: str, keys: tuple[str, ...]) -> None:
        """Give an action other keys, and remember them."""
        if keys == self._actions[id].keys:
            return
        if self._choices is not None:
            self._choices.keep(id, None if keys == self._usual[id] else keys)
        action = self._actions[id] = replace(self._actions[id], keys=keys)
        self.changed.emit(action)

    def __iter__(self) -> Iterator[Action]:
        return iter(self._actions.values())

    def __contains__(self, id: object) -> bool:
        return id in self._actions

    def __getitem__(self, id: str) -> Action:
        return self._actions[id]
