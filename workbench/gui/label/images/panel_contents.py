"""What lies beside the canvas: the list of images, and the classes and boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.gui.label.classes import BOXES
from workbench.gui.label.images.box_panel import BoxPanel
from workbench.gui.label.images.image_list import ImagePanel
from workbench.gui.label.images.image_panel import ImageAttributesPanel
from workbench.gui.label.images.selected_panel import SelectedPanel
from workbench.gui.style import tokens
from workbench.gui.widgets import SidePanel, column
from workbench.gui.widgets.class_panel import ClassPanel
from workbench.gui.widgets.surfaces import Squeezed, scrolling

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from workbench.gui.label.images.editor import Editor
    from workbench.gui.style.theme import Theme
    from workbench.gui.widgets.class_colors import ClassColors
    from workbench.project.session import Session


class PanelContents:
    """The panels of one place; all but the list of images lie in ``side``, which scrolls."""

    def __init__(self, side: SidePanel, editor: Editor, theme: Theme, colors: ClassColors) -> None:
        self.media = ImagePanel(theme, side)
        self.page = page = Squeezed()
        """In which they lie below each other."""
        area = scrolling(page)
        side.setLayout(column(area, spacing=0))
        self.classes = ClassPanel(editor, theme, colors, page, use=BOXES,
                                  marks=editor.states)
        self.boxes = BoxPanel(editor, theme, colors, page)
        self.selected = SelectedPanel(editor, colors, page)
        self.image = ImageAttributesPanel(editor, page)
        page.setLayout(column(
            self.classes, self.boxes, self.selected, self.image, 1, spacing=tokens.SPACE_L,
            margins=(0, tokens.SPACE_M, 0, tokens.SPACE_M)))
        for widget in (area, self.classes, self.boxes):
            widget.show()  # the layout would do it a moment later in a side that is shown already

    @property
    def stops(self) -> list[QWidget]:
        """What Tab goes through at the right side."""
        return [self.classes.add_button, self.classes.view, self.classes.field, self.boxes.view,
                *self.selected.stops, *self.image.stops]

    def set_session(self, session: Session | None) -> None:
        """Show another project."""
        self.classes.set_session(session)
        self.media.set_session(session)
