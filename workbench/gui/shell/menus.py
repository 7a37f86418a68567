"""The menus of the window and of the right button, made from the list of actions when opened."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from workbench.core.text import tr
from workbench.extension.window import places
from workbench.gui.app.actions import Action, ActionRegistry, reason
from workbench.gui.style.theme import current_theme
from workbench.gui.widgets.labels import key_text
from workbench.gui.widgets.menu import WHY, Menu

ORDER = ("File", "Edit", "View", "Go", "Images", "Audio", "Train", "Results", "Predict",
         "Data", "Log", "Help")
"""Menus stand in this order, others before Help."""


class Menus(QObject):
    """Keeps a menu bar, and one menu with all the others in it, in step with the actions.

    Parameters
    ----------
    bar
        Where the menus stand.
    actions
        All actions.
    place
        Tells which place is shown: actions of other places are greyed.
    """

    def __init__(self, bar: QMenuBar, actions: ActionRegistry, place: Callable[[], str]) -> None:
        super().__init__(bar)
        self.bar = bar
        self._actions = actions
        self._place = place
        self._menus: dict[str, QMenu] = {}
        for action in actions:
            self._added(action)
        self._disconnect = actions.added.connect(self._added)

    def names(self) -> list[str]:
        """The menus as they stand."""
        known = [name for name in ORDER if name in self._menus]
        others = [name for name in self._menus if name not in ORDER]
        at = known.index("Help") if "Help" in known else len(known)
        return known[:at] + others + known[at:]

    def popup(self, parent: QWidget) -> QMenu:
        """One menu that holds all the others."""
        whole = Menu(parent)
        for name in self.names():
            menu = Menu(whole, title=tr(name))
            whole.addMenu(menu)
            menu.aboutToShow.connect(lambda menu=menu, name=name: self._fill_menu(menu, name))
        return whole

    def close(self) -> None:
        """Listen no more for new actions."""
        self._disconnect()

    def _added(self, action: Action) -> None:
        if not action.menu or action.menu in self._menus:
            return
        menu = Menu(self.bar, title=tr(action.menu))
        self._menus[action.menu] = menu
        menu.aboutToShow.connect(lambda name=action.menu: self._fill(name))
        names = self.names()
        after = names[names.index(action.menu) + 1:]
        if after:
            self.bar.insertMenu(self._menus[after[0]].menuAction(), menu)
        else:
            self.bar.addMenu(menu)

    def _fill(self, name: str) -> None:
        self._fill_menu(self._menus[name], name)

    def _fill_menu(self, menu: QMenu, name: str) -> None:
        menu.clear()
        for old in menu.findChildren(Menu, options=Qt.FindChildOption.FindDirectChildrenOnly):
            old.deleteLater()
        place = self._place()
        group = ""
        within: dict[str, QMenu] = {}
        for action in self._actions:
            if action.menu != name:
                continue
            if group and action.group != group:
                menu.addSeparator()
            group = action.group or group
            if action.under and action.under not in within:
                within[action.under] = Menu(menu, title=action.under)
                menu.addMenu(within[action.under])
            fill_item(within.get(action.under, menu), action,
                      elsewhere="" if action.place in ("", place) else action.place)


def fill_item(menu: QMenu, action: Action, *, elsewhere: str = "") -> None:
    """Add ``action`` to a menu; it is grey where it cannot run now, or only in the place
    ``elsewhere``, and its tool tip says why."""
    # the key is only written here: the window's shortcuts answer to it
    keys = f"\t{key_text(action.keys[0])}" if action.keys else ""
    text = action.text.removeprefix(f"{action.under}: ") if action.under else action.text
    item = menu.addAction(text.replace("&", "&&") + keys)
    if action.icon:
        item.setIcon(current_theme().icon(action.icon))
    item.setEnabled(not elsewhere and action.enabled())
    if not item.isEnabled():
        title = next((tr(place.title) for place in places if place.id == elsewhere), elsewhere)
        item.setProperty(WHY, tr("It is done in {place}.", place=title) if elsewhere
                         else reason(action))
    if action.checked is not None:
        item.setCheckable(True)
        item.setChecked(action.checked())
    item.triggered.connect(lambda _checked=False: action.run())


def pop_up(
    parent: QWidget, actions: ActionRegistry, place: str, names: Sequence[str], at: QPoint
) -> None:
    """Open a menu of a place's actions, ``names`` without their place, at a point of the screen;
    "" is a line between them."""
    menu = Menu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    for name in names:
        if name:
            fill_item(menu, actions[f"{place}.{name}"])
        else:
            menu.addSeparator()
    menu.popup(at)
