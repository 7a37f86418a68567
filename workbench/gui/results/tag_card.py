"""The card with a row for each tag: its figures, what is behind them, and its threshold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import nan

from PySide6.QtCore import QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from workbench.core.text import count, tr
from workbench.evaluation.confusion import MatrixCell
from workbench.evaluation.tagged import ALARMS, EVERY, HITS, MISSED
from workbench.evaluation.tags import THRESHOLD, TagFigures, Tagging
from workbench.gui.results.figures import short_figure, swatch
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import Card, LabeledSlider, LinkButton, row

_ROW, _MOST_ROWS = 28, 12
_FIGURE, _COUNT = 47, 37
"""Widths of columns in logical pixels."""
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_FIGURES, _COUNTS = 4, {5: HITS, 6: MISSED, 7: ALARMS}
_NARROW = 400
_SAME = 0.005
"""Half a step of the slider."""
WIDTH = 520
"""At which all can be read."""


class _Table(QTableWidget):
    """Cells that are chosen by mouse or arrow keys; one that is chosen is left by a click.

    Signals
    -------
    entered, left_table
        Return and Escape.
    """

    entered_pressed = Signal()
    left_pressed = Signal()

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

    Signals
    -------
    selected
        (tag, what) of the number that was chosen, see :mod:`workbench.evaluation.tagged`, or None.
    entered
        Return was pressed: go on to the samples.
    threshold_moved
        (tag, threshold) the slider moved.
    thresholds_reset
        All are to be as they were found on the validation samples.
    keep_pressed
        What the sliders say is to count in predictions.
    """

    selected = Signal(object)
    entered = Signal()
    threshold_moved = Signal(str, float)
    thresholds_reset = Signal()
    keep_pressed = Signal()

    def __init__(self, theme: Theme, noun: str, parent: QWidget | None = None) -> None:
        super().__init__(tr("Tags"), parent=parent)
        self._theme, self._noun = theme, noun
        self._cell: MatrixCell | None = None
        self._tag = 0
        self._names: tuple[str, ...] = ()
        self._limits: list[float] = []
        self.table = _Table(0, _FIGURES + 1 + len(_COUNTS))
        self._make_head()
        self.slider = LabeledSlider(tr("Threshold"), 0.0, 1.0, 0.5)
        self.slider.setToolTip(tr("From this score on {noun}s count as having the chosen tag",
                                  noun=noun))
        self.found_button = LinkButton("")
        self.found_button.setToolTip(tr("Set all thresholds as they were found on the validation "
                                        "{noun}s: with the best F1 of each tag", noun=noun))
        self.keep_button = LinkButton(tr("Use in predictions"))
        self.keep_button.setToolTip(tr("Keep these thresholds with the run: Predict, “workbench "
                                       "predict” and evaluations count with them from now on"))
        links = row(self.found_button, self.keep_button, 1, spacing=tokens.SPACE_M)
        self.add(self.table)
        self.add(self.slider)
        self.add(links)
        self.slider.value_changed.connect(self._moved)
        self.found_button.clicked.connect(self.thresholds_reset)
        self.keep_button.clicked.connect(self.keep_pressed)
        self.table.selectionModel().currentChanged.connect(self._current_changed)
        self.table.entered_pressed.connect(self.entered)
        self.table.left_pressed.connect(lambda: self.select(None))
        theme.changed.connect(self._color_counts)

    def _make_head(self) -> None:
        noun, table = self._noun, self.table
        heads = (
            (tr("Tag"), tr("Click: all {noun}s, by this tag", noun=noun)),
            ("AP", tr("Average precision: area under precision over recall")),
            ("P", tr("Precision at the threshold")), ("R", tr("Recall at the threshold")),
            ("F1", tr("F1 at the threshold")),
            ("TP", tr("Found: {noun}s that have the tag and are found to", noun=noun)),
            ("FN", tr("Missed: {noun}s that have the tag and are not found to", noun=noun)),
            ("FP", tr("False: {noun}s that are found to have the tag and do not", noun=noun)),
        )
        for place, (name, tip) in enumerate(heads):
            item = QTableWidgetItem(name)
            item.setToolTip(tip)
            item.setTextAlignment(_RIGHT if place else _LEFT)
            table.setHorizontalHeaderItem(place, item)
        header = table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(tokens.CONTROL_HEIGHT)
        for place in range(1, len(heads)):
            table.setColumnWidth(place, _FIGURE if place <= _FIGURES else _COUNT)
        table.setProperty("dense", "true")
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(_ROW)
        table.setShowGrid(False)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        table.setIconSize(QSize(10, 10))
        table.setAccessibleName(tr("Figures of each tag"))

    # --- what is shown --------------------------------------------------------------------------

    @property
    def cell(self) -> MatrixCell | None:
        """The chosen number."""
        return self._cell

    @property
    def names(self) -> tuple[str, ...]:
        """The tags."""
        return self._names

    def set_classes(self, names: Sequence[str], colors: Sequence[str]) -> None:
        """Make the rows; nothing is chosen then."""
        self._names, self._tag = tuple(names), 0
        self._limits = [0.5] * len(names)
        means = (tr("Mean"), tr("All decisions"))
        self._choose(None)
        self.table.setRowCount(len(names) + len(means))
        for line, name in enumerate((*names, *means)):
            first = QTableWidgetItem(name)
            if line < len(names):
                first.setIcon(swatch(colors[line]))
            first.setToolTip(name)
            self.table.setItem(line, 0, first)
            for place in range(1, self.table.columnCount()):
                item = QTableWidgetItem("")
                item.setTextAlignment(_RIGHT)
                self.table.setItem(line, place, item)
            if line >= len(names):
                for place in range(self.table.columnCount()):
                    self._item(line, place).setFlags(Qt.ItemFlag.ItemIsEnabled)
        rows = min(self.table.rowCount(), _MOST_ROWS)
        self.table.setFixedHeight(_ROW * (rows + 1) + 2)
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
                self._item(line, place).setText(
                    short_figure(nan if value is None else value) if key else "")
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
        for place, text in enumerate(texts, start=1):
            cell = self._item(line, place)
            if cell.text() != text:
                cell.setText(text)
        self._item(line, 0).setToolTip(tr("{name}: {images} have it, counted from a score of "
                                          "{threshold:.2f}", name=item.name,
                                          images=count(item.support, self._noun),
                                          threshold=item.threshold))

    def _color_counts(self) -> None:
        for line in range(len(self._names)):
            for place, kind in _COUNTS.items():
                cell = self._item(line, place)
                wrong = kind != HITS and cell.text() not in ("", "0")
                cell.setForeground(QColor(self._theme.color("bad_text" if wrong else "ink")))

    def _item(self, line: int, place: int) -> QTableWidgetItem:
        found = self.table.item(line, place)
        assert found is not None
        return found

    # --- choosing -------------------------------------------------------------------------------

    def select(self, cell: MatrixCell | None) -> None:
        """Choose a number, as a click would."""
        if cell != self._cell:
            self._choose(cell)
            self.selected.emit(cell)

    def _choose(self, cell: MatrixCell | None) -> None:
        self._cell = cell
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
        if 0 <= index.row() < len(self._names):
            self._cell = (index.row(), _COUNTS.get(index.column(), EVERY))
            self._tag = index.row()
            self._show_threshold()
            self.selected.emit(self._cell)

    def _show_threshold(self) -> None:
        if self._names:
            self.slider.set_name(tr("Threshold of “{tag}”", tag=self._names[self._tag]))
            if not self.slider.slider.isSliderDown():
                self.slider.set_value(self._limits[self._tag], announce=False)

    def _moved(self, value: float) -> None:
        if self._names:
            self.threshold_moved.emit(self._names[self._tag], value)


def _differ(found: Tagging, thresholds: Mapping[str, float]) -> bool:
    """Whether tags are counted at other thresholds, as far as a slider can tell them apart."""
    return any(abs(thresholds.get(item.name, THRESHOLD) - item.threshold) > _SAME
               for item in found.per_tag)
