"""Every action of the program: menus, palette, buttons and keys are made from this one list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from workbench.core.signal import Signal
from workbench.core.text import tr


@dataclass(frozen=True, slots=True)
class Action:
    """Something a person can do.

    Parameters
    ----------
    id
        Stable dotted name ("images.draw_box").
    text
        What the menu and the palette say ("Draw a box").
    run
        Called without arguments.
    keys
        Shortcuts in Qt's portable text ("W", "Ctrl+Shift+Z"); the first is shown.
    place
        Place in which the keys work; empty for everywhere.
    menu
        Name of the menu it stands in ("File", "Edit", "View", "Images", …); empty for none.
    group
        Actions of one menu with another ``group`` than the one before are set off by a line.
    icon
        Name of an icon under ``resources/icons``.
    checked
        Whether an option is on, for one that is switched on and off; None for all others.
    repeats
        Whether the key acts again and again while it is held.
    enabled
        Asked whenever a menu or the palette opens or a key is pressed.
    """

    id: str
    text: str
    run: Callable[[], object] = field(compare=False)
    keys: tuple[str, ...] = ()
    place: str = ""
    menu: str = ""
    icon: str = ""
    enabled: Callable[[], bool] = field(default=lambda: True, compare=False)
    group: str = ""
    repeats: bool = True
    checked: Callable[[], bool] | None = field(default=None, compare=False)


class ActionRegistry:
    """All actions, in the order they were added."""

    def __init__(self) -> None:
        self._actions: dict[str, Action] = {}
        self.added: Signal[Action] = Signal()

    def add(self, action: Action) -> Action:
        if action.id in self._actions:
            raise ValueError(f"there are two actions “{action.id}”")
        action = replace(action, text=tr(action.text))
        self._actions[action.id] = action
        self.added.emit(action)
        return action

    def __iter__(self) -> Iterator[Action]:
        return iter(self._actions.values())

    def __contains__(self, id: object) -> bool:
        return id in self._actions

    def __getitem__(self, id: str) -> Action:
        return self._actions[id]
