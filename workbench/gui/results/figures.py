"""The cards with figures: some for all classes together, and a row for each class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView

from workbench.core.text import tr
from workbench.gui.results.figure_table import FigureColumns, FigureTable
from workbench.gui.style import tokens
from workbench.gui.widgets import Card, MetricLabel, label, row
from workbench.gui.widgets.tips import wrapped_tip

FigureWords = tuple[tuple[str, str, str], ...]
"""Key of a figure, its name, and what it means."""
_COLUMN = 43
"""Width in logical pixels."""


class MetricsCard(Card):
    """Some figures and how they differ from the run before.

    Parameters
    ----------
    words
        What there is.
    errors
        Keys of the figures that are better when they are smaller.
    """

    def __init__(self, words: FigureWords, *, errors: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self._words, self._errors = words, errors
        self.figures = {name: MetricLabel(title) for name, title, _ in words}
        self.use_words(words)
        line = row(*self.figures.values(), spacing=tokens.SPACE_XS)
        for place in range(line.count()):
            line.setStretch(place, 1)
        self.warning = label("", "caption", "warn", wrap=True)
        self.warning.hide()
        self.add(line)
        self.add(self.warning)
        self.setAccessibleName(tr("Figures"))

    def use_words(self, words: FigureWords) -> None:
        """Explain the same figures in other words."""
        self._words = words
        for name, _, tip in words:
            self.figures[name].setToolTip(wrapped_tip(tip))

    def show_warning(self, words: str) -> None:
        """Say under the figures why they may be too good; "" for nothing."""
        self.warning.setText(words)
        self.warning.setVisible(bool(words))

    def show_figures(self, values: Mapping[str, float], before: Mapping[str, float],
                     before_name: str = "", decimals: int = 3) -> None:
        """Show ``values``; what is missing or not a number is not there. Errors have ``decimals``
        digits behind the point, all others three."""
        for name, _, tip in self._words:
            error = name in self._errors
            value, old = values.get(name, float("nan")), before.get(name, float("nan"))
            self.figures[name].set_value(
                None if isnan(value) else value,
                None if isnan(value) or isnan(old) else value - old,
                decimals=decimals if error else 3, higher_is_better=not error)
            against = tr("\n{old:.3f} in {before_name}",
                         old=old, before_name=before_name) if not isnan(old) else ""
            self.figures[name].setToolTip(wrapped_tip(tip + against))


class ClassesCard(Card):
    """A row for each class.

    Parameters
    ----------
    columns
        What there is of each.
    means
        Names of rows below them.
    """

    def __init__(self, columns: FigureColumns, *, means: Sequence[str] = ()) -> None:
        super().__init__(tr("Classes"))
        self._means = means
        widths = [_COLUMN + tokens.SPACE_XS, *[_COLUMN] * (len(columns) - 2)]
        self.table = FigureTable(columns, widths, tr("Figures of each class"))
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.add(self.table)

    def set_classes(self, names: Sequence[str], colors: Sequence[str]) -> None:
        """Make the rows."""
        self.table.make_rows(names, colors, self._means, "–")
        self.set_right(f"{len(names)}")

    def show_rows(self, rows: Sequence[tuple[Sequence[float], int]]) -> None:
        """Figures between 0 and 1 and the support of each class, then of the means."""
        for line, (figures, support) in enumerate(rows):
            self.table.show_texts(line, [*map(short_figure, figures), f"{support:,}"])


def short_figure(value: float) -> str:
    """``.503``, ``1.00``, or "–" where there is nothing to say."""
    if isnan(value):
        return "–"
    text = f"{value:.3f}"
    return text[1:] if text.startswith("0") else f"{value:.2f}"
