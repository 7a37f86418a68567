"""What lies around the pictures: panels that fold and keep their widths, and what the menus of the
right button hold."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QWidget

from workbench.gui.app.remember import PlaceMemory
from workbench.gui.label.sounds.toolbar import Toolbar
from workbench.gui.style import tokens

LIST, SIDE = "list", "side"
ROOM = 1000  # the middle takes what is left
CLIP_MENU = ("play", "", "unlabel", "next_todo", "", "labels", "show_folder", "", "delete_clips")
REGION_MENU = ("play", "", "relabel", "duplicate", "delete", "", "zoom_selection", "fit", "",
               "measures", "hide")
CANVAS_MENU = ("play", "", "region", "band", "split", "", "zoom_selection", "fit", "", "hide")


class Panels:
    """The three parts of the place side by side."""

    def __init__(self, left: QWidget, middle: QWidget, right: QWidget, toolbar: Toolbar,
                 memory: PlaceMemory) -> None:
        self._panels = {LIST: left, SIDE: right}
        self._toggles = {LIST: toolbar.list_toggle, SIDE: toolbar.side_toggle}
        self._memory = memory
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        for widget in (left, middle, right):
            self.splitter.addWidget(widget)
        self.splitter.setStretchFactor(1, 1)
        left.setMinimumWidth(tokens.LIST_PANEL_WIDTH * 3 // 4)
        right.setMinimumWidth(tokens.SIDE_PANEL_WIDTH * 9 // 10)
        self.splitter.setSizes([memory.width(LIST, tokens.LIST_PANEL_WIDTH), ROOM,
                                memory.width(SIDE, tokens.SIDE_PANEL_WIDTH)])
        for name in self._panels:
            self.fold(name, folded=memory.folded(name))
        self.splitter.splitterMoved.connect(lambda _pos, _index: self._remember_widths())

    def toggle_list(self) -> None:
        self.fold(LIST, folded=not self._panels[LIST].isHidden())

    def toggle_side(self) -> None:
        self.fold(SIDE, folded=not self._panels[SIDE].isHidden())

    def fold(self, name: str, *, folded: bool) -> None:
        """Fold a panel away, or show it; that is remembered."""
        self._panels[name].setHidden(folded)
        self._memory.set_folded(name, folded)
        self._toggles[name].setChecked(not folded)

    def _remember_widths(self) -> None:
        for name, panel in self._panels.items():
            if not panel.isHidden():
                self._memory.set_width(name, panel.width())
