"""The labelled objects of the open sample as a list, tied to the selection on the canvas."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtWidgets import QAbstractItemView, QWidget

from workbench.core.annotation import LabeledObject
from workbench.core.text import tr
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import SectionTitle
from workbench.gui.widgets.class_colors import ClassColors
from workbench.gui.widgets.row_view import COLOR_ROLE, NOTE_ROLE, RIGHT_ROLE, RowModel, RowView


class ObjectEditor(Protocol):
    """What edits the objects of one sample."""

    key: str

    @property
    def selection(self) -> Sequence[int]: ...

    def select(self, chosen: Iterable[int]) -> None: ...


class ObjectModel(RowModel):
    """Objects in an order of their own; :meth:`taken` says which."""

    def __init__(self, colors: ClassColors) -> None:
        super().__init__()
        self._colors = colors
        self._objects: Sequence[LabeledObject] = ()
        self._order: Sequence[int] = ()

    def taken(self) -> tuple[Sequence[LabeledObject], Sequence[int]]:
        """The editor's objects, and the positions in them that are listed."""
        raise NotImplementedError

    def right(self, item: LabeledObject) -> str:
        """How large or where an object is, in short."""
        raise NotImplementedError

    def note(self, item: LabeledObject) -> str:
        """A soft word behind the name."""
        return ""

    def spoken(self, item: LabeledObject) -> str:
        """Size or place for a screen reader."""
        raise NotImplementedError

    def load(self) -> None:
        """Take over the editor's objects; rows stay where their number stays."""
        objects, order = self.taken()
        if len(order) == self._count:
            self._objects, self._order = objects, order
            self.redraw()
            return
        self.beginResetModel()
        self._objects, self._order, self._count = objects, order, len(order)
        self.endResetModel()

    def redraw(self) -> None:
        """Objects or colours are others."""
        if self._count:
            self.dataChanged.emit(self.index(0), self.index(self._count - 1))

    def position(self, row: int) -> int:
        """Position in the editor's objects."""
        return self._order[row]

    def rows_of(self, positions: Iterable[int]) -> list[int]:
        """Rows of those positions that are listed."""
        if isinstance(self._order, range):
            return [at for at in positions if at in self._order]
        rows = {at: row for row, at in enumerate(self._order)}
        return [rows[at] for at in positions if at in rows]

    def cell(self, row: int, role: int) -> Any:
        item = self._objects[self._order[row]]
        if role == Qt.ItemDataRole.DisplayRole:
            return item.label or tr("no class")
        if role == COLOR_ROLE:
            return self._colors.name(item.label) if item.label else "faint"
        if role == RIGHT_ROLE:
            return self.right(item)
        if role == NOTE_ROLE:
            return self.note(item)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{item.label}, {self.spoken(item)}"
        return None


class ObjectPanel(QWidget):
    """A row and an object on the canvas are selected together.

    Subclasses lay out :attr:`title` and :attr:`view` and connect their editor to :attr:`load_soon`,
    :meth:`load` and :meth:`show_selection`.
    """

    shown = Signal()
    """An object was chosen here: it should be in view."""
    menu_wanted = Signal(QPoint)
    """(place on the screen) the context menu of the selected objects is asked for."""

    def __init__(self, editor: ObjectEditor, theme: Theme, colors: ClassColors,
                 model: ObjectModel, title: str, name: str, *, kept: int = 3,
                 parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._editor = editor
        self.model = model
        self.view = RowView(theme, model, name, kept=kept)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.title = SectionTitle(title)
        self.view.rows_chosen.connect(self._chosen)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(
            lambda point: self.menu_wanted.emit(self.view.viewport().mapToGlobal(point)))
        # The picture comes first: a list of many rows costs as much as painting it.
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self.load)
        colors.changed.connect(model.redraw)

    @property
    def load_soon(self) -> Callable[[], None]:
        """Shows another sample's objects when that is painted."""
        return self._soon.start

    def load(self) -> None:
        """Show the editor's objects."""
        self._soon.stop()
        self.model.load()
        self.show_count(self.model.rowCount())
        self.show_selection()

    def show_count(self, count: int) -> None:
        """Say how many there are."""
        self.title.set_right(f"{count:,}" if count else "")

    def show_selection(self) -> None:
        """Show the editor's selection, of the sample that is listed."""
        if self._soon.isActive():
            self.load()
        else:
            self.view.show_rows(self.model.rows_of(self._editor.selection))

    def _chosen(self, rows: list[int]) -> None:
        self._editor.select(self.model.position(row) for row in rows)
        self.shown.emit()
