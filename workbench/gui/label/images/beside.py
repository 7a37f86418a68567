"""The two panels beside the canvas: when they are made, how wide they are, whether folded away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSplitter, QWidget

from workbench.gui.style import tokens
from workbench.gui.widgets import SidePanel

if TYPE_CHECKING:
    from workbench.gui.app.remember import PlaceMemory
    from workbench.gui.label.images.editor import Editor
    from workbench.gui.label.images.panels import Panels
    from workbench.gui.label.images.stage import Stage
    from workbench.gui.style.theme import Theme
    from workbench.gui.widgets.class_colors import ClassColors

NAMES = ("list", "side")


class Beside(QSplitter):
    """Room for the list of images at the left, for classes and boxes at the right of the stage.

    The panels themselves are made when the first image is on the screen, which does not wait for
    them, or when somebody asks for them earlier.

    Attributes
    ----------
    made
        The panels, None before they were made.

    Signals
    -------
    filled
        The panels were made.
    """

    filled = Signal()

    def __init__(self, editor: Editor, theme: Theme, colors: ClassColors, memory: PlaceMemory,
                 parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)
        self.made: Panels | None = None
        self._editor = editor
        self._theme = theme
        self._colors = colors
        self._memory = memory
        self._room: QWidget = SidePanel("right", self)
        self._room.setMinimumWidth(tokens.LIST_PANEL_WIDTH * 2 // 3)

    def set_stage(self, stage: Stage) -> None:
        """Lay the panels beside ``stage``, a child of this widget, as they were left."""
        self._stage = stage
        self.side = SidePanel("left", self)
        self.side.setMinimumWidth(tokens.SIDE_PANEL_WIDTH * 6 // 7)
        self.setStretchFactor(1, 1)
        self.setSizes([self._memory.width("list", tokens.LIST_PANEL_WIDTH), 1000,
                                 self._memory.width("side", tokens.SIDE_PANEL_WIDTH)])
        for name in NAMES:
            self.fold(name, folded=self._memory.folded(name))
        self.splitterMoved.connect(lambda _pos, _index: self._remember_widths())

    @property
    def panels(self) -> Panels:
        """The panels, made now if they are not there yet."""
        if self.made is None:
            from workbench.gui.label.images.panels import Panels

            self.made = Panels(self.side, self._editor, self._theme, self._colors)
            media = self.made.media
            media.setMinimumWidth(self._room.minimumWidth())
            # The list takes over the room's width, and whether it is folded away.
            self.replaceWidget(0, media)
            self._room.deleteLater()
            self._room = media
            self.filled.emit()
        return self.made

    def panel(self, name: str) -> QWidget:
        """The panel at the left ("list") or at the right ("side"), or the room for it."""
        return self._room if name == "list" else self.side

    def toggle(self, name: str) -> None:
        """Fold a panel away, or bring it back."""
        self.fold(name, folded=not self.panel(name).isHidden())

    def fold(self, name: str, *, folded: bool) -> None:
        """Hide or show a panel, and remember it."""
        self.panel(name).setHidden(folded)
        self._memory.set_folded(name, folded)
        toolbar = self._stage.toolbar
        button = toolbar.list_toggle if name == "list" else toolbar.side_toggle
        button.setChecked(not folded)

    def _remember_widths(self) -> None:
        for name in NAMES:
            if not self.panel(name).isHidden():
                self._memory.set_width(name, self.panel(name).width())
