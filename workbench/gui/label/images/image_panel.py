"""What is said of the image as a whole: a small form beside its boxes."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from workbench.core.text import tr
from workbench.gui.label.images.attribute_form import ImageForm
from workbench.gui.label.images.editor import Editor
from workbench.gui.label.images.selected_panel import attribute_words
from workbench.gui.style import tokens
from workbench.gui.widgets import SectionTitle, column, in_reading_order, label


class ImageAttributesPanel(QWidget):
    """Shows and changes it; hidden where nothing is asked and nothing is said."""

    def __init__(self, editor: Editor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._editor = editor
        self.form = ImageForm(editor)
        self.others = label("", "caption", wrap=True)
        edge = tokens.SPACE_L
        self.setLayout(column(SectionTitle(tr("Image")), self.form, self.others,
                              spacing=tokens.SPACE_XS, margins=(edge, 0, edge, 0)))
        editor.sample_changed.connect(self.refresh)
        editor.objects_changed.connect(self.refresh)
        editor.mode_changed.connect(self.refresh)
        self.refresh()

    @property
    def stops(self) -> list[QWidget]:
        """What Tab goes through."""
        return list(self.form.controls.values())

    def refresh(self) -> None:
        """Show the image."""
        if self.form.refresh():
            in_reading_order(self.stops)
        said = attribute_words(self._editor.of_image, self.form.names)
        self.others.setText(said)
        self.others.setVisible(bool(said))
        self.setVisible(bool(said or self.form.names))
