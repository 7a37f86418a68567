"""When and where things were found, as a grid of cells and as a table."""

from __future__ import annotations

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtWidgets import QCheckBox, QWidget

from workbench.core.text import count, tr
from workbench.gui.charts.counts import LINE, ROW, CellView
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import (
    ChipGroup,
    LinkButton,
    PopupWindow,
    SectionTitle,
    column,
    label,
    row,
)
from workbench.gui.widgets.inputs import ChoiceField
from workbench.gui.widgets.surfaces import scrolling
from workbench.project.activity import HOURS, Activity, Grid

_WIDTH, _MOST_LINES = 820, 14
_VIEWS = (("day", "Days"), ("night", "Nights"), ("label", "Classes"), ("station", "Stations"),
          ("places", "Classes at stations"))
"""Ids and names of what is shown."""
_OF_ONE_CLASS = ("day", "night", "station")


class ActivityPopup(PopupWindow):
    """A line for each day, night, class or station and a cell for each hour, the darker the more
    was found; or a cell for each class at each station. Where no file is from is no cell."""

    table_wanted = Signal(object)
    picture_wanted = Signal(object)
    """(:class:`Activity`) it is to be written as a table; (:class:`Grid`) as a picture."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._found: Activity | None = None
        self.grid = self._numbers = Grid((), (), (), ())
        """What is shown."""
        self._counted = ("object", "objects")
        self.views = ChipGroup()
        for id, text in _VIEWS:
            self.views.add(id, tr(text))
        self.views.changed.connect(lambda _id: self._show())
        self.classes = ChoiceField()
        self.classes.setAccessibleName(tr("Class"))
        self.classes.currentIndexChanged.connect(lambda _index: self._show())
        self.rate = QCheckBox(tr("Per hour of recording"))
        self.rate.setToolTip(tr("How many there would be in an hour: stations and hours of which "
                                "more was recorded have more of everything"))
        self.rate.toggled.connect(lambda _on: self._show())
        self.cells = CellView(theme, self._say)
        self.cells.setAccessibleName(tr("When and where things were found"))
        self.words = label("", "caption", wrap=True)
        self.table = LinkButton(tr("Table…"), "save", run=lambda: self._take(
            self.table_wanted, self._found))
        self.table.setToolTip(tr("Save a CSV table of all hours, stations and classes"))
        self.picture = LinkButton(tr("Picture…"), "images", run=lambda: self._take(
            self.picture_wanted, self.grid))
        self.picture.setToolTip(tr("Save this plot as SVG"))
        self._area = scrolling(self.cells)
        edge = tokens.SPACE_M
        self.setLayout(column(
            SectionTitle(tr("Activity")), row(self.views, 1, self.rate, self.classes), self._area,
            self.words, row(self.table, self.picture, 1, spacing=tokens.SPACE_L),
            margins=(edge, edge, edge, edge), spacing=tokens.SPACE_S))
        self.setFixedWidth(_WIDTH)
        self.setAccessibleName(tr("Activity"))

    def show_found(self, found: Activity, counted: tuple[str, str], over: QWidget) -> None:
        """Show what was found, in the middle of ``over``; what is ``counted``, one and several."""
        self._found, self._counted = found, counted
        several = len(found.stations) > 1
        for id in self.views.ids:
            self.views[id].setVisible(several if id == "places" else
                                      found.dated and (several or id != "station"))
        if self.views[self.views.selected].isHidden():
            self.views.select("day" if found.dated else "places")
        self.classes.blockSignals(True)
        self.classes.clear()
        self.classes.addItems([tr("All classes"), *found.labels])
        self.classes.blockSignals(False)
        lines = max(len(self._grid(found, id).lines) for id in self.views.ids)
        self._area.setFixedHeight(ROW * min(_MOST_LINES, lines) + round(LINE) + tokens.SPACE_XS)
        self.words.setText(self._left_out(found))
        self._show()
        self.show_over(over)
        self.cells.setFocus()

    def _left_out(self, found: Activity) -> str:
        said = tr("There is no cell where there is no file from that hour.")
        if not found.undated:
            return said
        return tr("{said} Left out by hour: {objects} in files without a date and time.", said=said,
                  objects=count(found.undated, *self._counted))

    def _grid(self, found: Activity, view: str) -> Grid:
        if view == "places":
            return found.places()
        one = view in _OF_ONE_CLASS and self.classes.currentIndex() > 0
        return found.grid(view, self.classes.currentText() if one else "")

    def _show(self) -> None:
        if self._found is None:
            return
        view = self.views.selected
        self.classes.setEnabled(view in _OF_ONE_CLASS)
        self._numbers = grid = self._grid(self._found, view)
        self.rate.setVisible(grid.lasting)
        self.grid = grid = grid.each_hour() if grid.lasting and self.rate.isChecked() else grid
        self.cells.show_counts([name or tr("unknown") for name in grid.lines],
                               [name or tr("unknown") for name in grid.columns], grid.counts,
                               grid.absent)

    def _say(self, number: int) -> str:
        """ "moor, 4:00–5:00: 13 regions in 2 files (6 min)"."""
        line, place = divmod(number, len(self.grid.columns))
        across = self.grid.columns[place]
        if self.views.selected != "places":
            hour = int(across)
            across = f"{hour}:00–{(hour + 1) % HOURS or HOURS}:00"
        looked = self.grid.looked[number]
        if not looked.files:
            return tr("{line}, {across}: no file",
                      line=self.cells.line_names[line], across=across)
        files = count(looked.files, "file")
        if looked.seconds:
            files = tr("{files} ({minutes:,.0f} min), {rate:,.0f} an hour", files=files,
                       minutes=max(1.0, looked.seconds / 60),
                       rate=3600 * self._numbers.counts[number] / looked.seconds)
        return tr("{line}, {across}: {many} in {files}", line=self.cells.line_names[line],
                  across=across or tr("unknown"), files=files,
                  many=count(self._numbers.counts[number], *self._counted))

    def _take(self, wanted: SignalInstance, what: object) -> None:
        self.close()
        wanted.emit(what)
