"""Results of a model of numbers: how near its estimates are, and the samples behind every dot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import nan
from typing import Generic, get_args

from PySide6.QtCore import QModelIndex
from PySide6.QtWidgets import QWidget

from workbench.core.text import count, several, tr
from workbench.evaluation.estimated import NumberOrder, NumberSet, NumberSnapshot, number_snapshot
from workbench.evaluation.regression import Estimation, evaluate_numbers
from workbench.evaluation.scored import SampleT
from workbench.gui.charts.scatter import ScatterView
from workbench.gui.results.compare import Comparison, FigureRow
from workbench.gui.results.figures import FigureWords, MetricsCard
from workbench.gui.results.label_page import LabelPage
from workbench.gui.results.shown import LoadingT
from workbench.gui.results.toolbar import ResultsToolbar
from workbench.gui.widgets import Card
from workbench.gui.widgets.number_popup import NUMBER_SIGNS, NumberPopup

NUMBER_ORDERS: dict[NumberOrder, str] = {
    "error": "largest errors first", "high": "most too high first", "low": "most too low first",
    "near": "best first", "file": "by name",
}
assert set(NUMBER_ORDERS) == set(get_args(NumberOrder))
_ERRORS = frozenset({"mae", "rmse", "median"})


def metric_words(noun: str) -> FigureWords:
    """Figures of all samples together."""
    return (
        ("mae", tr("Mean error"), tr("Mean absolute error (MAE): how far off an estimate is")),
        ("rmse", "RMSE", tr("Root mean square error: large errors weigh more")),
        ("median", tr("Median error"),
         tr("Half of the {nouns} are no farther off", nouns=several(noun))),
        ("r2", "R²", tr("Share of the variance that is explained: 1 is perfect, 0 is no better "
                        "than the mean of the true numbers")),
    )


class NumberPage(
    LabelPage[LoadingT, ResultsToolbar, NumberSet[SampleT], NumberSnapshot[SampleT], SampleT],
    Generic[LoadingT, SampleT],
):
    """Figures and dots at the left, the samples at the right."""

    # --- making ---------------------------------------------------------------------------------

    def make_parts(self) -> tuple[tuple[QWidget, ...], QWidget]:
        theme = self._context.theme
        self.loading = self.make_loading()
        self.toolbar = ResultsToolbar(self.noun, (), several(self.noun))
        self.metrics = MetricsCard(metric_words(self.noun), errors=_ERRORS)
        self.scatter = ScatterView(theme, tr("Estimate over true number"),
                                   (tr("True number"), tr("Estimate")), diagonal=True)
        self.residuals = ScatterView(theme, tr("Error over true number"),
                                     (tr("True number"), tr("Error")), diagonal=False)
        self._cards = (Card(tr("Estimates"), tr("on the line they are right")),
                       Card(tr("Errors"), ""))
        panel = self.make_list()
        for card, view in zip(self._cards, (self.scatter, self.residuals), strict=True):
            card.add(view)
            view.chosen.connect(self._dot_chosen)
            view.entered.connect(self.focus_samples)
        self.number = NumberPopup(self.view)
        self.view.label_keys = NUMBER_SIGNS
        self.view.selectionModel().currentChanged.connect(self._row_chosen)
        return (self.metrics, *self._cards), panel

    def add_label_actions(self) -> None:
        """Digits begin a number here."""

    # --- what the page shows --------------------------------------------------------------------

    def classes_shown(self) -> None:
        """There are none."""

    def set_words(self, shown: NumberSnapshot[SampleT]) -> str:
        left = shown.results.left_out
        text = count(len(shown.results.samples), self.noun)
        return tr("{images} · {left} without a number left out", images=text,
                  left=count(left, self.noun)) if left else text

    def snapshot_of(self, results: NumberSet[SampleT]
                    ) -> Callable[[], NumberSnapshot[SampleT]]:
        return partial(number_snapshot, results, self.panel.order, self.loading.before)

    def show_snapshot(self, shown: NumberSnapshot[SampleT]) -> None:
        before, found, results = self.loading.before, shown.evaluation, shown.results
        self.metrics.show_figures(
            _known(found), _known(shown.before) if shown.before is not None else {},
            self.loading.title(before.run) if before is not None else "",
            decimals=decimals(found.mae or 0.0))
        self.metrics.show_warning(results.doubt)
        names = [f"{item.key}\n{shown.words(place)}" for place, item in enumerate(results.samples)]
        self.scatter.set_points(found.truth, found.found, names)
        self.residuals.set_points(found.truth, found.errors, names)
        bias = found.bias
        self._cards[1].set_right("" if bias is None else tr("bias {bias:+.3g}", bias=bias))
        self.panel.show_snapshot(shown, count(len(shown.rows), self.noun))
        self._row_chosen(self.view.currentIndex())

    # --- dots and samples -----------------------------------------------------------------------

    def _dot_chosen(self, place: int) -> None:
        """Show the sample of a dot."""
        shown = self.snapshot
        row = self.view.samples.find(self.view.samples.key_of(shown.results.samples[place])) \
            if shown is not None else None
        if row is not None:
            self.area.show_part(1)
            self.view.set_row(row)
            self.view.scrollTo(self.view.samples.index(row))

    def _row_chosen(self, index: QModelIndex) -> None:
        place = self.view.samples.number(index.row()) if index.isValid() else None
        for view in (self.scatter, self.residuals):
            view.select(place)

    # --- mending numbers ------------------------------------------------------------------------

    def relabel(self, digit: str) -> None:
        """Ask for the number of the selected samples, which begins with ``digit``."""
        if self.view.row is not None:
            self.number.ask(digit, self.view.visualRect(self.view.currentIndex()),
                            self.give_chosen)

    def given_words(self, changed: int, name: str, samples: Sequence[SampleT]) -> str:
        return tr("{samples}: the number is {number} now.", samples=count(changed, self.noun),
                  number=name)

    # --- going elsewhere ------------------------------------------------------------------------

    def compared(self, other: NumberSet[SampleT], name: str) -> Callable[[], Comparison]:
        shown = self.snapshot
        assert shown is not None
        return partial(_comparison, shown, other, name, self.noun)

    def csv(self, shown: NumberSnapshot[SampleT]) -> tuple[str, Callable[[], bytes]]:
        return f"all-{several(self.noun)}", shown.csv_bytes


def decimals(error: float) -> int:
    """Digits behind the point that tell errors of this size apart."""
    return 3 if error < 10 else 2 if error < 100 else 1 if error < 1000 else 0


def _known(found: Estimation) -> dict[str, float]:
    return {name: value for name, value in found.figures().items() if value is not None}


def _comparison(shown: NumberSnapshot[SampleT], other: NumberSet[SampleT], name: str,
                noun: str) -> Comparison:
    """Figures of both runs."""
    mine, its = _known(shown.evaluation), _known(evaluate_numbers(other.found, other.truth))
    rows = [FigureRow(words, mine.get(key, nan), its.get(key, nan), is_error=key in _ERRORS)
            for key, words, _ in metric_words(noun)]
    return Comparison(rows, tr("{run} beside {name}.", run=shown.results.run, name=name))
