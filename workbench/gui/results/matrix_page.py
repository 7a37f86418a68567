"""Results with a confusion matrix: a click on a number shows what is behind it."""

from __future__ import annotations

from typing import ClassVar

from workbench.core.text import tr
from workbench.gui.results.confusion_view import ConfusionView
from workbench.gui.results.figures import ClassesCard
from workbench.gui.results.page import ResultsPage
from workbench.gui.results.shown import BarT, LoadingT, SetT, ShownT
from workbench.gui.widgets import Card

_AROUND_MATRIX = 64
"""Width of what lies around the matrix: its card's margins and the column's."""


class MatrixPage(ResultsPage[LoadingT, BarT, SetT, ShownT]):
    """A page whose :meth:`make_parts` makes ``confusion`` and ``classes``."""

    columns: ClassVar[str]
    """What a model did to what stands in a column of the matrix."""

    confusion: ConfusionView
    classes: ClassesCard

    def matrix_card(self) -> Card:
        """The matrix in its card."""
        card = Card(tr("Confusion"),
                    tr("rows: actual, columns: {columns}", columns=self.columns))
        card.add(self.confusion)
        return card

    def show_all(self) -> None:
        self.confusion.select(None)

    def wanted_width(self) -> int:
        return round(self.confusion.wanted_width) + _AROUND_MATRIX

    def show_class_names(self, classes: tuple[str, ...], colors: tuple[str, ...]) -> None:
        cell = self.confusion.cell if self.confusion.names == classes else None
        self.confusion.set_classes(classes, colors)
        self.classes.set_classes(classes, colors)
        self.confusion.select(cell)

    def _connect_all(self) -> None:
        super()._connect_all()
        self.confusion.selected.connect(self.cell_selected)
        self.confusion.entered.connect(self.focus_samples)

    def add_own_actions(self) -> None:
        super().add_own_actions()
        self.add_action("matrix", tr("Go to the confusion matrix"), self.confusion.setFocus,
                        ("M",), "grid")
