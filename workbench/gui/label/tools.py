"""The labelling tools that tasks and plugins bring to a place."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject

from workbench.extension.registry import loaded
from workbench.extension.window import LabellingTool, labelling_tools
from workbench.gui.app.actions import Action, ActionRegistry


class PlaceTools(QObject):
    """Registers an action for each tool of one place, also for those that are loaded later.

    Parameters
    ----------
    place, menu
        Id of the place, and the menu that the tools stand in.
    choose
        Called with the tool that is taken into the hand, or None for the one that was.
    chosen
        Tells which one is.
    enabled
        Whether something can be labelled with a tool now.
    why_not
        Why nothing can, or "".
    """

    def __init__(self, actions: ActionRegistry, place: str, menu: str,
                 choose: Callable[[LabellingTool | None], object],
                 chosen: Callable[[], LabellingTool | None],
                 enabled: Callable[[LabellingTool], bool],
                 why_not: Callable[[LabellingTool], str],
                 parent: QObject) -> None:
        super().__init__(parent)
        self._actions, self._place, self._menu = actions, place, menu
        self._choose, self._chosen, self._enabled = choose, chosen, enabled
        self._why_not = why_not
        self._forget = loaded.connect(self._look)
        self._look()

    def close(self) -> None:
        """Listen no more for new tools."""
        self._forget()

    def _look(self) -> None:
        for tool in labelling_tools:
            id = f"{self._place}.tool_{tool.id}"
            if tool.place == self._place and id not in self._actions:
                self._actions.add(Action(
                    id, tool.title, partial(self._toggle, tool), tool.keys, self._place,
                    self._menu, tool.icon, partial(self._enabled, tool), "tools",
                    why_not=partial(self._why_not, tool), words=tool.words,
                    checked=lambda tool=tool: self._chosen() == tool))  # type: ignore[misc]

    def _toggle(self, tool: LabellingTool) -> None:
        self._choose(None if self._chosen() == tool else tool)
