"""What was found by day and hour, as a grid of cells and as a table."""

from __future__ import annotations

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtWidgets import QWidget

from workbench.core.text import count, tr
from workbench.gui.charts.counts import LINE, ROW, CellView
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import LinkButton, PopupWindow, SectionTitle, column, label, row
from workbench.gui.widgets.surfaces import scrolling
from workbench.project.by_hour import HOURS, HourlyCounts

_WIDTH, _DAYS = 820, 14


class HoursPopup(PopupWindow):
    """A line for each day, a cell for each hour, the darker the more was found."""

    table_wanted = Signal(object)
    picture_wanted = Signal(object)
    """(:class:`HourlyCounts`) it is to be written as a table, or as a picture."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._found: HourlyCounts | None = None
        self._days: list[str] = []
        self._counted = ("object", "objects")
        self.cells = CellView(theme, self._say)
        self.cells.setAccessibleName(tr("What was found by day and hour"))
        self.words = label("", "caption", wrap=True)
        self.table = LinkButton(tr("Table of hours…"), "save",
                                run=lambda: self._take(self.table_wanted))
        self.picture = LinkButton(tr("Picture…"), "images",
                                  run=lambda: self._take(self.picture_wanted))
        self.picture.setToolTip(tr("Save this plot as SVG"))
        self._area = scrolling(self.cells)
        edge = tokens.SPACE_M
        self.setLayout(column(
            SectionTitle(tr("By day and hour")), self._area, self.words,
            row(self.table, self.picture, 1, spacing=tokens.SPACE_L),
            margins=(edge, edge, edge, edge), spacing=tokens.SPACE_S))
        self.setFixedWidth(_WIDTH)
        self.setAccessibleName(tr("By day and hour"))

    def show_found(self, found: HourlyCounts, counted: tuple[str, str], over: QWidget) -> None:
        """Show what was found, in the middle of ``over``; what is ``counted``, one and several."""
        self._found, self._counted, grid = found, counted, found.grid()
        self._days = list(grid)
        self.cells.show_counts(self._days, [str(hour) for hour in range(HOURS)],
                               [number for day in grid.values() for number in day])
        self._area.setFixedHeight(ROW * min(_DAYS, len(grid)) + round(LINE) + tokens.SPACE_XS)
        undated = sum(found.undated.values())
        self.words.setText(tr("Left out: {objects} in files without a date.",
                              objects=count(undated, *counted)))
        self.words.setVisible(bool(undated))
        self.show_over(over)
        self.cells.setFocus()

    def _say(self, number: int) -> str:
        day, hour = divmod(number, HOURS)
        return tr("{day}, {hour}:00–{next}:00: {many}", day=self._days[day], hour=hour,
                  next=hour + 1, many=count(self.cells.counts[number], *self._counted))

    def _take(self, wanted: SignalInstance) -> None:
        self.close()
        wanted.emit(self._found)
