"""The menus of the right button in Images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu, QWidget

if TYPE_CHECKING:
    from workbench.gui.context import AppContext

_ALWAYS = ("", "verify", "hide_boxes", "fit", "actual_size")
CHOSEN = ("relabel", "difficult", "truncated", "", "duplicate", "copy", "delete", *_ALWAYS)
"""On the canvas, while boxes are selected; "" is a line."""
NOT_CHOSEN = ("draw", "paste", "paste_previous", "select_all", *_ALWAYS)
OF_AN_IMAGE = ("verify", "", "paste_previous", "copy", "", "show_folder")


def show_menu(parent: QWidget, context: AppContext, names: Sequence[str], at: QPoint) -> None:
    """Open a menu of Images' actions at a place on the screen."""
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    for name in names:
        if not name:
            menu.addSeparator()
            continue
        action = context.actions[f"images.{name}"]
        keys = f"\t{action.keys[0]}" if action.keys else ""
        item = menu.addAction(f"{action.text}{keys}")
        if action.icon:
            item.setIcon(context.theme.icon(action.icon))
        item.setEnabled(action.enabled())
        item.triggered.connect(action.run)
    menu.popup(at)
