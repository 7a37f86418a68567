"""What lies around the pictures: panels that fold, and what the menus of the right button hold."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from workbench.gui.app.remember import PlaceMemory
from workbench.gui.label.sounds.toolbar import ClipToolbar
from workbench.gui.style import tokens
from workbench.gui.widgets.fitting import LIST, SIDE, FoldingPanels

CLIP_MENU = ("play", "", "unlabel", "next_todo", "", "labels", "show_folder", "", "delete_clips")
REGION_MENU = ("play", "", "relabel", "duplicate", "delete", "", "zoom_selection", "fit", "",
               "measures", "hide")
CANVAS_MENU = ("play", "", "region", "band", "split", "", "zoom_selection", "fit", "", "hide")


class SoundPanels(FoldingPanels):
    """The three parts of the place side by side."""

    def __init__(self, left: QWidget, middle: QWidget, right: QWidget, toolbar: ClipToolbar,
                 memory: PlaceMemory) -> None:
        super().__init__(memory)
        for widget in (left, middle, right):
            self.addWidget(widget)
        left.setMinimumWidth(tokens.LIST_PANEL_WIDTH * 3 // 4)
        right.setMinimumWidth(tokens.SIDE_PANEL_WIDTH * 9 // 10)
        self.set_toggles({LIST: toolbar.list_toggle, SIDE: toolbar.side_toggle})

    def toggle_list(self) -> None:
        self.toggle(LIST)

    def toggle_side(self) -> None:
        self.toggle(SIDE)
