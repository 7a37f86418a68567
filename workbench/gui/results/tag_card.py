"""The card with a row for each tag: its figures, what is behind them, and its threshold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import nan

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView

from workbench.core.text import count, several, tr
from workbench.evaluation.confusion import MatrixCell
from workbench.evaluation.tagged import ALARMS, EVERY, HITS, MISSED
from workbench.evaluation.tags import THRESHOLD, TagFigures, Tagging
from workbench.gui.results.figure_table import FigureColumns, FigureTable
from workbench.gui.results.figures import short_figure
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import Card, LabeledSlider, LinkButton, row

_FIGURE, _COUNT = 47, 37
"""Widths of columns in logical pixels, at least."""
_FIGURES, _COUNTS = 4, {5: HITS, 6: MISSED, 7: ALARMS}
_NARROW = 400
_SAME = 0.005
"""Half a step of the slider."""
WIDTH = 520
"""At which all can be read."""


class _Table(FigureTable):
    """Cells that are chosen by mouse or arrow keys; one that is chosen is left by a click."""

    entered_pressed = Signal()
    """Return."""
    left_pressed = Signal()
    """Escape, or a click on what is chosen."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room names matter more than average precision."""
        super().resizeEvent(event)
        self.setColumnHidden(1, self.viewport().width() < _NARROW)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and index == self.currentIndex() and self.selectedIndexes():
            self.left_pressed.emit()
        else:
            super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered_pressed.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.left_pressed.emit()
        else:
            super().keyPressEvent(event)


class TagsCard(Card):
    """Figures of each tag at its threshold.

    Parameters
    ----------
    noun
        What a sample is called ("image").
    """

    selected = Signal(object)
    """(tag, what) of the number that was chosen, see :mod:`workbench.evaluation.tagged`, or
    None."""
    entered = Signal()
    """Return was pressed: go on to the samples."""
    threshold_moved = Signal(str, float)
    """(tag, threshold) the slider moved."""
    thresholds_reset = Signal()
    """All are to be as they were found on the validation samples."""
    keep_pressed = Signal()
    """What the sliders say is to count in predictions."""

    def __init__(self, theme: Theme, noun: str) -> None:
        super().__init__(tr("Tags"))
        self._theme, self._noun = theme, noun
        self.cell: MatrixCell | None = None
        """The chosen number."""
        self._tag = 0
        self.names: tuple[str, ...] = ()
        """The tags."""
        self._limits: list[float] = []
        self.table = _Table(_columns(noun), [_FIGURE] * _FIGURES + [_COUNT] * len(_COUNTS),
                            tr("Figures of each tag"))
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.slider = LabeledSlider(tr("Threshold"), 0.0, 1.0, 0.5)
        self.slider.setToolTip(tr("From this score on {nouns} count as having the chosen tag",
                                  nouns=several(noun)))
        self.found_button = LinkButton("", run=self.thresholds_reset)
        self.found_button.setToolTip(tr("Set all thresholds as they were found on the validation "
                                        "{nouns}: with the best F1 of each tag",
                                        nouns=several(noun)))
        self.keep_button = LinkButton(tr("Use in predictions"), run=self.keep_pressed)
        self.keep_button.setToolTip(tr("Keep these thresholds with the run: Predict, “workbench "
                                       "predict” and evaluations count with them from now on"))
        links = row(self.found_button, self.keep_button, 1, spacing=tokens.SPACE_M)
        self.add(self.table)
        self.add(self.slider)
        self.add(links)
        self.slider.value_changed.connect(self._moved)
        self.table.selectionModel().currentChanged.connect(self._current_changed)
        self.table.entered_pressed.connect(self.entered)
        self.table.left_pressed.connect(lambda: self.select(None))
        theme.changed.connect(self._color_counts)

    # --- what is shown --------------------------------------------------------------------------

    def set_classes(self, names: Sequence[str], colors: Sequence[str]) -> None:
        """Make the rows; nothing is chosen then."""
        self.names, self._tag = tuple(names), 0
        self._limits = [0.5] * len(names)
        means = (tr("Mean"), tr("All decisions"))
        self._choose(None)
        self.table.make_rows(names, colors, means, "")
        for line in range(len(names), self.table.rowCount()):
            for place in range(self.table.columnCount()):
                self.table.cell(line, place).setFlags(Qt.ItemFlag.ItemIsEnabled)
        self.set_right(f"{len(names)}")
        self.slider.setEnabled(bool(names))
        self._show_threshold()

    def show_tagging(self, found: Tagging, thresholds: Mapping[str, float],
                     counting: Mapping[str, float]) -> None:
        """Show figures; ``thresholds`` are those that were found on validation samples, those of
        ``counting`` count in predictions."""
        for line, item in enumerate(found.per_tag):
            self._show_row(line, item)
            self._limits[line] = item.threshold
        figures, last = found.figures(), len(found.per_tag)
        words = (("map", "precision", "recall", "f1"),
                 ("", "micro_precision", "micro_recall", "micro_f1"))
        for line, keys in enumerate(words, start=last):
            for place, key in enumerate(keys, start=1):
                value = figures[key] if key else None
                self.table.cell(line, place).setText(
                    short_figure(nan if value is None else value) if key else "")
        self._fit_counts(found)
        self._color_counts()
        self.found_button.setText(tr("Back to the best on validation") if thresholds
                                  else tr("Back to 0.5"))
        self.found_button.setVisible(_differ(found, thresholds))
        self.keep_button.setVisible(_differ(found, counting))
        self._show_threshold()

    def _show_row(self, line: int, item: TagFigures) -> None:
        figures = (item.average_precision, item.precision, item.recall, item.f1)
        texts = [short_figure(nan if value is None else value) for value in figures]
        texts += [f"{number:,}" for number in (item.hits, item.missed, item.alarms)]
        self.table.show_texts(line, texts)
        self.table.cell(line, 0).setToolTip(tr("{name}: {images} have it, counted from a score of "
                                          "{threshold:.2f}", name=item.name,
                                          images=count(item.support, self._noun),
                                          threshold=item.threshold))

    def _fit_counts(self, found: Tagging) -> None:
        """Make the columns of counts as wide as their largest number."""
        numbers = [(item.hits, item.missed, item.alarms) for item in found.per_tag]
        for column, counts in zip(_COUNTS, zip(*numbers, strict=True), strict=False):
            largest = self.table.indexFromItem(self.table.cell(counts.index(max(counts)), column))
            self.table.setColumnWidth(
                column, max(_COUNT, self.table.sizeHintForIndex(largest).width()))

    def _color_counts(self) -> None:
        for line in range(len(self.names)):
            for place, kind in _COUNTS.items():
                cell = self.table.cell(line, place)
                wrong = kind != HITS and cell.text() not in ("", "0")
                cell.setForeground(QColor(self._theme.color("bad_text" if wrong else "ink")))

    # --- choosing -------------------------------------------------------------------------------

    def select(self, cell: MatrixCell | None) -> None:
        """Choose a number, as a click would."""
        if cell != self.cell:
            self._choose(cell)
            self.selected.emit(cell)

    def _choose(self, cell: MatrixCell | None) -> None:
        self.cell = cell
        model = self.table.selectionModel()
        blocked = model.blockSignals(True)
        if cell is None:
            model.clear()
        else:
            place = next((at for at, kind in _COUNTS.items() if kind == cell[1]), 0)
            self.table.setCurrentCell(cell[0], place)
            self._tag = cell[0]
        model.blockSignals(blocked)
        self.table.viewport().update()
        self._show_threshold()

    def _current_changed(self, index: QModelIndex) -> None:
        if 0 <= index.row() < len(self.names):
            self.cell = (index.row(), _COUNTS.get(index.column(), EVERY))
            self._tag = index.row()
            self._show_threshold()
            self.selected.emit(self.cell)

    def _show_threshold(self) -> None:
        if self.names:
            self.slider.set_name(tr("Threshold of “{tag}”", tag=self.names[self._tag]))
            if not self.slider.slider.isSliderDown():
                self.slider.set_value(self._limits[self._tag], announce=False)

    def _moved(self, value: float) -> None:
        if self.names:
            self.threshold_moved.emit(self.names[self._tag], value)


def _columns(noun: str) -> FigureColumns:
    return (
        (tr("Tag"), tr("Click: all {nouns}, by this tag", nouns=several(noun))),
        ("AP", tr("Average precision: area under precision over recall")),
        ("P", tr("Precision at the threshold")), ("R", tr("Recall at the threshold")),
        ("F1", tr("F1 at the threshold")),
        ("TP", tr("Found: {nouns} with the tag to which the model gives it", nouns=several(noun))),
        ("FN", tr("Missed: {nouns} with the tag to which it does not", nouns=several(noun))),
        ("FP", tr("False: {nouns} without the tag to which it does", nouns=several(noun))),
    )


def _differ(found: Tagging, thresholds: Mapping[str, float]) -> bool:
    """Whether tags are counted at other thresholds, as far as a slider can tell them apart."""
    return any(abs(thresholds.get(item.name, THRESHOLD) - item.threshold) > _SAME
               for item in found.per_tag)
