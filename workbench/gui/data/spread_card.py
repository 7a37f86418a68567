"""How one measurement is spread over the objects: a histogram, and its mean and median."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy

from workbench.core.arrays import Float64Array, IntArray
from workbench.core.text import count, tr
from workbench.gui.charts.counts import BarView
from workbench.gui.data.measured_columns import number_words, title_of
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import Card, label
from workbench.gui.widgets.inputs import ElidedBox
from workbench.project.measurements.summaries import spread_of
from workbench.project.measurements.table import MeasuredTable
from workbench.project.statistics.figures import NOUNS, even_bars

_FIRST = ("area", "mean_speed", "duration", "lines")
"""What is looked at where nobody chose a measurement."""


class SpreadCard(Card):
    """A person chooses the measurement here; a click on a bar keeps its objects."""

    chosen = Signal()
    """Another measurement is looked at: :attr:`place`."""
    picked = Signal(object, str)
    """(rows of the table, words) a bar was clicked."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.box = ElidedBox()
        self.box.setAccessibleName(tr("Measurement"))
        self.box.setToolTip(tr("Which measurement is shown here, and by class"))
        self.box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.words = label("", tone="soft", wrap=True)
        self.bars = BarView(theme, self._say)
        self.bars.setAccessibleName(tr("Histogram"))
        for part in (self.box, self.words, self.bars):
            self.add(part)
        self.body.addStretch(1)
        self._names: tuple[str, ...] = ()
        self._bins: IntArray = np.zeros(0, np.int64)
        self._rows: IntArray = np.zeros(0, np.int64)
        self._named = ""
        self._ids: list[str] = []
        self._noun = "object"
        self.id = ""
        """The measurement that a person chose, or ""."""
        self.box.activated.connect(self._choose)
        self.bars.chosen.connect(self._pick)

    @property
    def place(self) -> int:
        """The place of the measurement among the columns of the table; -1 for none."""
        found = self.box.currentData()
        return -1 if found is None else int(found)

    def offer(self, table: MeasuredTable, unit: str, places: list[int]) -> None:
        """Offer the measurements at these places; what was chosen stays, by its id."""
        self.box.clear()
        for at in places:
            self.box.addItem(title_of(table.columns[at], unit), at)
        self._ids = [table.columns[at].id for at in places]
        wanted = [id for id in (self.id, *_FIRST) if id in self._ids]
        self.box.setCurrentIndex(self._ids.index(wanted[0]) if wanted else 0 if places else -1)
        self.setVisible(bool(places))  # dots have no measurements

    def show_values(self, table: MeasuredTable, unit: str, values: Float64Array,
                    rows: IntArray) -> None:
        """Show the numbers of these rows."""
        item, self._noun = table.columns[self.place], NOUNS[table.medium][1]
        some = rows[np.isfinite(values[rows])]
        spread, own = spread_of(values[some]), item.unit_in(unit)
        self._named, self._rows = tr(item.title), some
        names, bins = even_bars(values[some])
        self._names, self._bins = names, bins.astype(np.int64)
        self.bars.show_counts(names, np.bincount(bins, minlength=len(names)).tolist())
        behind = f" {own}" if own else ""
        parts = [count(spread.number, self._noun)]
        if spread.number:
            sd = number_words(spread.deviation)
            parts.append(tr("mean {mean}", mean=number_words(spread.mean))
                         + (f" ± {sd}{behind}" if sd else behind))
            parts.append(tr("median {median}", median=number_words(spread.median)) + behind)
        self.words.setText(" · ".join(parts))

    def _choose(self, index: int) -> None:
        self.id = self._ids[index]
        self.chosen.emit()

    def _pick(self, number: int) -> None:
        self.picked.emit(self._rows[self._bins == number],
                         f"{self._named} {self._names[number]}")

    def _say(self, number: int) -> str:
        return f"{self._names[number]}: {count(int(self.bars.counts[number]), self._noun)}"
