"""The regions of the current clip as a list, and the exact place of the selected one."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QGridLayout, QWidget

from workbench.core.annotation import LabeledObject
from workbench.gui.label.sounds.editor import ClipEditor
from workbench.gui.label.sounds.number_field import NumberField
from workbench.gui.label.sounds.time_view import clock_words
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import IconButton, SectionTitle, column, label
from workbench.gui.widgets.class_colors import ClassColors
from workbench.gui.widgets.row_view import COLOR_ROLE, NOTE_ROLE, RIGHT_ROLE, RowModel, RowView


class RegionModel(RowModel):
    """The parts of the clip in time's order."""

    def __init__(self, editor: ClipEditor, colors: ClassColors) -> None:
        super().__init__()
        self._editor = editor
        self._colors = colors
        self._order: list[int] = []
        self._regions: tuple[LabeledObject, ...] = ()

    def load(self) -> None:
        """Take over the editor's regions."""
        regions = self._editor.regions
        order = sorted(self._editor.parts, key=lambda at: (regions[at].start, at))
        if len(order) == self._count:
            self._order, self._regions = order, regions
            self.redraw()
            return
        self.beginResetModel()
        self._order, self._regions, self._count = order, regions, len(order)
        self.endResetModel()

    def redraw(self) -> None:
        if self._count:
            self.dataChanged.emit(self.index(0), self.index(self._count - 1))

    def position(self, row: int) -> int:
        """Position in the editor's regions."""
        return self._order[row]

    def row_of(self, position: int) -> int | None:
        return self._order.index(position) if position in self._order else None

    def cell(self, row: int, role: int) -> Any:
        item = self._regions[self._order[row]]
        if role == Qt.ItemDataRole.DisplayRole:
            return item.label or "no class"
        if role == COLOR_ROLE:
            return self._colors.name(item.label) if item.label else "faint"
        if role == RIGHT_ROLE:
            return f"{clock_words(item.start, 0.01)}–{clock_words(item.end, 0.01)}"
        if role == NOTE_ROLE and item.low is not None and item.high is not None:
            return f"{item.low:.0f}–{item.high:.0f} Hz"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{item.label}, {item.start:.2f} to {item.end:.2f} seconds"
        return None


class RegionPanel(QWidget):
    """A row and a region on the canvas are selected together; its numbers can be typed.

    Signals
    -------
    shown
        A region was chosen here: it should be in view.
    menu_wanted
        (place on the screen) the context menu of the selected regions is asked for.
    measures_wanted
        Duration, frequencies and levels should be shown.
    """

    shown = Signal()
    measures_wanted = Signal()
    menu_wanted = Signal(QPoint)

    def __init__(self, editor: ClipEditor, theme: Theme, colors: ClassColors,
                 parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._editor = editor
        self.model = RegionModel(editor, colors)
        self.view = RowView(theme, self.model, "Regions of this clip", kept=2)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.title = SectionTitle("Regions")
        self.measures_button = IconButton("results", "Measure regions", keys="Shift+M",
                                          side=tokens.SPACE_XL)
        self.measures_button.clicked.connect(self.measures_wanted)
        self.title.add(self.measures_button)
        self.hint = label("Drag on the spectrogram to mark a region; hold Shift to limit its "
                          "frequency range.", "caption", wrap=True)
        self.fields = {
            "start": NumberField("Begins", "s", 3), "end": NumberField("Ends", "s", 3),
            "low": NumberField("From", "Hz", 0, empty="all"),
            "high": NumberField("To", "Hz", 0, empty="all"),
        }
        self._numbers = self._make_numbers()
        edge = tokens.SPACE_L
        self.setLayout(column(
            column(self.title, margins=(edge, 0, edge, 0)), self.view,
            column(self.hint, self._numbers, margins=(edge, 0, edge, 0)),
            spacing=tokens.SPACE_XS))
        self.view.rows_chosen.connect(self._chosen)
        self.view.customContextMenuRequested.connect(
            lambda point: self.menu_wanted.emit(self.view.viewport().mapToGlobal(point)))
        for name, field in self.fields.items():
            field.entered.connect(lambda value, name=name: self._entered(name, value))
        editor.clip_changed.connect(self._load)
        editor.regions_changed.connect(self._load)
        editor.selection_changed.connect(self._select)
        colors.changed.connect(self.model.redraw)
        self._load()

    def _make_numbers(self) -> QWidget:
        made = QWidget()
        grid = QGridLayout(made)
        grid.setContentsMargins(0, tokens.SPACE_XS, 0, 0)
        grid.setHorizontalSpacing(tokens.SPACE_S)
        grid.setVerticalSpacing(1)
        for place, field in enumerate(self.fields.values()):
            line, across = divmod(place, 2)
            grid.addWidget(label(field.name, "caption"), 2 * line, across)
            grid.addWidget(field, 2 * line + 1, across)
        return made

    def _load(self) -> None:
        self.model.load()
        count = self.model.rowCount()
        self.title.set_right(f"{count:,}" if count else "")
        self.hint.setVisible(not count)
        self._select()

    def _select(self) -> None:
        """Show the editor's selection."""
        self._show_numbers()
        rows = (self.model.row_of(at) for at in self._editor.selection)
        self.view.show_rows([row for row in rows if row is not None])

    def _chosen(self, rows: list[int]) -> None:
        self._editor.select(self.model.position(row) for row in rows)
        self.shown.emit()

    # --- numbers --------------------------------------------------------------------------------

    def _show_numbers(self) -> None:
        at = self._editor.active
        one = at is not None and len(self._editor.selection) == 1
        self._numbers.setVisible(one)
        if not one or at is None:
            return
        region = self._editor.regions[at]
        self._numbers.setEnabled(self._editor.editable)
        for name, field in self.fields.items():
            field.set_value(getattr(region, name))

    def _entered(self, name: str, value: float | None) -> None:
        """Give the selected region another number; without one in a band, all frequencies."""
        at = self._editor.active
        if at is None:
            return
        region = self._editor.regions[at]
        if name in ("start", "end"):
            times = {"start": region.start, "end": region.end}
            if value is not None:
                times[name] = value
            changed = region.with_region(**times)
        elif value is None:
            changed = region.with_region(low=None, high=None)
        else:
            low = region.low if region.low is not None else 0.0
            high = region.high if region.high is not None else self._editor.nyquist
            changed = region.with_region(low=value if name == "low" else low,
                                         high=value if name == "high" else high)
        if not self._editor.change({at: changed}, "change"):
            self._show_numbers()
