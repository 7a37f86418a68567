"""A card with one figure about the labels."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal

from workbench.core.text import tr
from workbench.gui.charts.counts import BarView, CellView
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import Card, LinkButton, row
from workbench.project.statistics.figures import Figure

MOST_BARS = 20
"""Bars that are shown at first: a data set may have a thousand classes."""


_BY_CLASS = ("classes", "pixels", "images")
"""Figures with a bar for each class."""


class FigureCard(Card):
    """Bars or cells, whichever the figure has."""

    chosen = Signal(object, int)
    """(figure, number) a bar or cell was clicked."""

    def __init__(self, theme: Theme, color: Callable[[str], str]) -> None:
        super().__init__()
        self.figure: Figure | None = None
        self._color, self._all = color, False
        self.bars, self.cells = BarView(theme, self._say), CellView(theme, self._say)
        self.more = LinkButton("", "chevron-down", run=self._show_all)
        for view in (self.bars, self.cells):
            view.chosen.connect(lambda number: self.chosen.emit(self.figure, number))
            self.add(view)
        self.add(row(self.more, 1))
        self.body.addStretch(1)

    def show_figure(self, figure: Figure) -> None:
        """Show another figure, or the same with other numbers."""
        self.figure = figure
        self.set_title(figure.title)
        counts = figure.counts()
        for view in (self.bars, self.cells):
            view.setAccessibleName(figure.title)
            view.setVisible((view is self.cells) == bool(figure.rows))
        left = 0
        if figure.rows:
            self.cells.show_counts(figure.rows, figure.columns,
                                   [int(number) for number in counts.ravel()])
        else:
            most = len(figure.columns) if self._all else MOST_BARS
            left = len(figure.columns) - most
            names = figure.columns[:most]
            colors = [self._color(name) for name in names] if figure.id in _BY_CLASS else []
            self.bars.show_counts(names, counts[:most].tolist(), colors, figure.texts()[:most])
        self.more.setText(tr("{left:,} more", left=left))
        self.more.setVisible(left > 0)

    def _show_all(self) -> None:
        self._all = True
        if self.figure is not None:
            self.show_figure(self.figure)

    def _say(self, number: int) -> str:
        figure = self.figure
        if figure is None:
            return ""
        many = figure.words(number)
        name = figure.name(number)
        return f"{name}: {many}" if name else many
