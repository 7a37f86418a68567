"""The boxes of the current image as a list, tied to the selection on the canvas."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtWidgets import QAbstractItemView, QWidget

from workbench.gui.label.images.editor import Editor, Objects
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import SectionTitle, column
from workbench.gui.widgets.class_colors import ClassColors
from workbench.gui.widgets.row_view import (
    COLOR_ROLE,
    NOTE_ROLE,
    RIGHT_ROLE,
    RowModel,
    RowView,
)


class BoxModel(RowModel):
    """The objects of the editor, in file order."""

    def __init__(self, editor: Editor, colors: ClassColors) -> None:
        super().__init__()
        self._colors = colors
        self._objects: Objects = ()
        self._editor = editor

    def load(self) -> None:
        """Take over the editor's objects; rows stay where their number stays."""
        objects = self._editor.objects
        if len(objects) == self._count:
            self._objects = objects
            if self._count:
                self.dataChanged.emit(self.index(0), self.index(self._count - 1))
            return
        self.beginResetModel()
        self._objects, self._count = objects, len(objects)
        self.endResetModel()

    def redraw(self) -> None:
        """Colours are others."""
        if self._count:
            self.dataChanged.emit(self.index(0), self.index(self._count - 1))

    def cell(self, row: int, role: int) -> Any:
        item = self._objects[row]
        if role == Qt.ItemDataRole.DisplayRole:
            return item.label
        if role == COLOR_ROLE:
            return self._colors.name(item.label)
        if role == RIGHT_ROLE:
            return f"{item.width:.0f}×{item.height:.0f}"
        if role == NOTE_ROLE:
            words = [word for word, there in (("difficult", item.difficult),
                                              ("truncated", item.truncated)) if there]
            return ", ".join(words)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{item.label}, {item.width:.0f} by {item.height:.0f} pixels"
        return None


class BoxPanel(QWidget):
    """Lists the boxes; a row and a box on the canvas are selected together.

    Signals
    -------
    shown
        A box was chosen here: it should be in view.
    menu_wanted
        (place on the screen) the context menu of the selected boxes is asked for.
    """

    shown = Signal()
    menu_wanted = Signal(QPoint)

    def __init__(self, editor: Editor, theme: Theme, colors: ClassColors,
                 parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._editor = editor
        self.model = BoxModel(editor, colors)
        self.view = RowView(theme, self.model, "Boxes on this image")
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.title = SectionTitle("Boxes")
        self.setLayout(column(
            column(self.title, margins=(tokens.SPACE_L, 0, tokens.SPACE_L, 0)), self.view,
            spacing=tokens.SPACE_XS))
        self.view.rows_chosen.connect(self._chosen)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(
            lambda point: self.menu_wanted.emit(self.view.viewport().mapToGlobal(point)))
        # The picture comes first: a list of many rows costs as much as painting it.
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._load)
        editor.image_changed.connect(self._soon.start)
        editor.objects_changed.connect(lambda _before: self._load())
        editor.selection_changed.connect(self._select)
        colors.changed.connect(self.model.redraw)
        self._load()

    def _load(self) -> None:
        self._soon.stop()
        self.model.load()
        self.title.set_right(f"{self.model.rowCount():,}" if self._editor.key else "")
        self._select()

    def _select(self) -> None:
        """Show the editor's selection, of the image that is listed."""
        if self._soon.isActive():
            self._load()
        else:
            self.view.show_rows(self._editor.selection)

    def _chosen(self, rows: list[int]) -> None:
        self._editor.select(rows)
        self.shown.emit()
