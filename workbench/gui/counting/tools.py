"""The buttons that draw lines and zones on a picture, and that change the chosen one."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget

from workbench.core.text import tr
from workbench.evaluation.counting import CountingLine
from workbench.gui.counting.overlay import PlacesOverlay
from workbench.gui.counting.places import CountingPlaces
from workbench.gui.style import tokens
from workbench.gui.widgets import IconButton, row


class CountingTools(QWidget):
    """Line, zone, turn round, remove."""

    def __init__(self, places: CountingPlaces, overlay: PlacesOverlay) -> None:
        super().__init__()
        self._places = places
        self.line = IconButton("minus", tr("Draw a line: drag over the picture, or press Enter"),
                               checkable=True)
        self.zone = IconButton("polygon", tr(
            "Draw a zone: drag a rectangle, or click its corners; Enter ends it"), checkable=True)
        self.turn = IconButton("sort", tr("In becomes out"), run=lambda: places.turn(places.chosen))
        self.remove = IconButton("trash", tr("Remove the line or zone"), keys="Del")
        self.setLayout(row(self.line, self.zone, self.turn, self.remove,
                           spacing=tokens.SPACE_XS))
        self.line.clicked.connect(lambda on: overlay.set_tool("line" if on else ""))
        self.zone.clicked.connect(lambda on: overlay.set_tool("zone" if on else ""))
        overlay.tool_changed.connect(self._tool_changed)
        self.remove.clicked.connect(lambda: places.remove(places.chosen))
        places.changed.connect(self._chosen)
        places.chosen_changed.connect(self._chosen)
        self._chosen()

    def _chosen(self) -> None:
        chosen = next((item for item in self._places.places
                       if item.name == self._places.chosen), None)
        self.turn.setEnabled(isinstance(chosen, CountingLine))
        self.remove.setEnabled(chosen is not None)

    def _tool_changed(self, tool: str) -> None:
        self.line.setChecked(tool == "line")
        self.zone.setChecked(tool == "zone")


class NamedTools(QWidget):
    """The same, with a field for the name of the chosen one."""

    def __init__(self, places: CountingPlaces, overlay: PlacesOverlay) -> None:
        super().__init__()
        self._places = places
        self.tools = CountingTools(places, overlay)
        self.name = QLineEdit()
        self.name.setAccessibleName(tr("Name of the line or zone"))
        self.name.setPlaceholderText(tr("Name"))
        self.setLayout(row(self.tools, (self.name, 1), spacing=tokens.SPACE_S))
        self.name.editingFinished.connect(self._rename)
        overlay.rename_wanted.connect(self._ask_name)
        for signal in (places.changed, places.chosen_changed):
            signal.connect(self._show_chosen)
        self._show_chosen()

    def _show_chosen(self) -> None:
        chosen = self._places.chosen
        self.name.setEnabled(bool(chosen))
        self.name.setText(chosen)

    def _ask_name(self, _name: str) -> None:
        self.name.setFocus(Qt.FocusReason.OtherFocusReason)
        self.name.selectAll()

    def _rename(self) -> None:
        if not self._places.rename(self._places.chosen, self.name.text()):
            self.name.setText(self._places.chosen)
