"""The panels at both sides of the canvas, and when they are made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from workbench.gui.style import tokens
from workbench.gui.widgets import SidePanel
from workbench.gui.widgets.fitting import LIST, SIDE, FoldingPanels

if TYPE_CHECKING:
    from workbench.gui.app.remember import PlaceMemory
    from workbench.gui.label.images.editor import Editor
    from workbench.gui.label.images.panel_contents import PanelContents
    from workbench.gui.label.images.viewer import ImageViewer
    from workbench.gui.style.theme import Theme
    from workbench.gui.widgets.class_colors import ClassColors


class ImagePanels(FoldingPanels):
    """Room for the list of images at the left, for classes and boxes at the right of the viewer.

    The panels themselves are made when the first image is on the screen, which does not wait for
    them, or when somebody asks for them earlier.
    """

    filled = Signal()
    """The panels were made."""

    def __init__(self, editor: Editor, theme: Theme, colors: ClassColors, memory: PlaceMemory,
                 parent: QWidget) -> None:
        super().__init__(memory, parent)
        self.made: PanelContents | None = None
        """The panels, None before they were made."""
        self._editor = editor
        self._theme = theme
        self._colors = colors
        self._space: QWidget = SidePanel("right", self)
        self._space.setMinimumWidth(tokens.LIST_PANEL_WIDTH * 2 // 3)

    def set_viewer(self, viewer: ImageViewer) -> None:
        """Lay the panels beside ``viewer``, a child of this widget, as they were left."""
        self.side = SidePanel("left", self)
        self.side.setMinimumWidth(tokens.SIDE_PANEL_WIDTH * 6 // 7)
        self.set_toggles({LIST: viewer.toolbar.list_toggle, SIDE: viewer.toolbar.side_toggle})

    @property
    def contents(self) -> PanelContents:
        """The panels, made now if they are not there yet."""
        if self.made is None:
            from workbench.gui.label.images.panel_contents import PanelContents

            self.made = PanelContents(self.side, self._editor, self._theme, self._colors)
            media = self.made.media
            media.setMinimumWidth(self._space.minimumWidth())
            # The list takes over the room's width, and whether it is folded away.
            self.replaceWidget(0, media)
            self._space.deleteLater()
            self._space = media
            self.filled.emit()
        return self.made

    def panel(self, name: str) -> QWidget:
        """The panel at the left ("list") or at the right ("side"), or the room for it."""
        return self._space if name == "list" else self.side
