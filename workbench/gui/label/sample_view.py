"""The list of samples: rows with small pictures, painted only where they are seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from PySide6.QtCore import (
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from workbench.gui.label.sample_filter import SampleFilter
from workbench.gui.label.sample_model import Index, SampleModel
from workbench.gui.style import tokens
from workbench.gui.style.painting import paint_ground, shortened, small, write
from workbench.gui.style.theme import Theme
from workbench.gui.widgets.list_table import ListTable
from workbench.gui.widgets.row_selection import select_rows, selected_count, selected_rows

_SETTLE_MS = 60
_MARGIN = tokens.SPACE_S - 2
_ROW = tokens.ROW_HEIGHT_TALL


class SampleDelegate(QStyledItemDelegate):
    """Paints one sample: a small picture, its name, "14 boxes · 3 classes", and a mark.

    Parameters
    ----------
    thumb
        Logical pixels of the picture.
    words
        The second line, of a summary.
    """

    def __init__(self, theme: Theme, thumb: QSize, words: Callable[[Any], str],
                 parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self._thumb, self._words = thumb, words

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(tokens.LIST_PANEL_WIDTH // 2, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, SampleModel)
        rect: QRect = option.rect
        key = model.key(index.row())
        summary = model.summary(key)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        flag = QStyle.StateFlag
        paint_ground(painter, QRectF(rect).adjusted(_MARGIN, 1, -_MARGIN, -1), self.theme,
                     marked=bool(option.state & flag.State_Selected),
                     hovered=bool(option.state & flag.State_MouseOver),
                     focused=bool(option.state & flag.State_HasFocus))
        left = rect.left() + _MARGIN + tokens.SPACE_XS
        thumb = QRect(QPoint(left, rect.center().y() - self._thumb.height() // 2 + 1), self._thumb)
        self.paint_thumb(painter, thumb, model, key)
        right = rect.right() - _MARGIN - tokens.SPACE_XS
        mark = self.mark(model, key, summary)
        if mark is not None:
            side = tokens.ICON_SMALL
            self.theme.icon(*mark).paint(
                painter, right - side + 2, rect.center().y() - side // 2, side, side)
            right -= side + tokens.SPACE_XS
        gap = tokens.SPACE_S + 2
        text = QRect(thumb.right() + gap, rect.top(), right - thumb.right() - gap, rect.height())
        self._paint_words(painter, text, self._name(option, model, index.row(), text.width()),
                          self.words(model, key, summary), option)
        painter.restore()

    def paint_thumb(self, painter: QPainter, rect: QRect, model: SampleModel, key: str) -> None:
        """Paint the small picture of a sample."""
        raise NotImplementedError

    def words(self, model: SampleModel, key: str, summary: Any) -> str:
        """The second line of a sample."""
        return self._words(summary)

    def mark(self, model: SampleModel, key: str, summary: Any) -> tuple[str, str] | None:
        """Icon and colour at the right of the row."""
        return None

    def forget(self, path: str | None = None) -> None:
        """Make the picture of a file anew, or all."""

    def _name(self, option: QStyleOptionViewItem, model: SampleModel, row: int, room: int) -> str:
        """The name of a row, cut so that it is told from those above and below."""
        near = range(max(0, row - 1), min(row + 2, model.rowCount()))
        name, *beside = (model.shown_name(model.key(at)) for at in (row, *near))
        return shortened(QFontMetrics(option.font), name, room, beside)

    def _paint_words(self, painter: QPainter, rect: QRect, name: str, words: str,
                     option: QStyleOptionViewItem) -> None:
        painter.setFont(option.font)
        high, middle = painter.fontMetrics().height(), rect.center().y() + 1
        above = QRect(rect.left(), middle - high - 1, rect.width(), high)
        write(painter, above, name, self.theme.color("ink"))
        painter.setFont(small(option.font))
        below = QRect(rect.left(), middle + 2, rect.width(), painter.fontMetrics().height())
        write(painter, below, words, self.theme.color("soft"))


class SampleView(ListTable):
    """Lists a :class:`SampleModel`; one sample is current, several can be selected where that
    is allowed."""

    chosen = Signal(str)
    """(key) a person went to this sample."""
    accepted = Signal()
    """Enter was pressed: the person wants to go on with the canvas."""
    seen_changed = Signal()
    """Other rows are in view."""

    def __init__(self, theme: Theme, samples: SampleModel, name: str, *, several: bool = False,
                 parent: QWidget | None = None) -> None:
        super().__init__(samples, _ROW, name, parent)
        samples.setParent(self)
        self.samples = samples
        self._several = several
        self._current = ""
        self._kept: list[str] = []
        self._offset: int | None = None
        self._top = ("", 0)
        self._filtering = False
        self._quiet = False
        self._waits_for_room = False
        self._pressing = False
        if several:
            self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setAutoScroll(False)
        self.verticalScrollBar().setSingleStep(_ROW)
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settle.timeout.connect(self.seen_changed)
        self.verticalScrollBar().valueChanged.connect(lambda: self._scrolled())
        samples.modelAboutToBeReset.connect(self._before_reset)
        samples.modelReset.connect(self._after_reset)
        samples.rowsInserted.connect(lambda: self._settle.start())
        self.selectionModel().currentChanged.connect(self._current_changed)
        theme.changed.connect(self.viewport().update)

    # --- asking ---------------------------------------------------------------------------------

    @property
    def selected(self) -> list[str]:
        """Keys of the selected samples, in the order of the list."""
        return [self.samples.key(row) for row in selected_rows(self)]

    @property
    def selected_count(self) -> int:
        """How many samples are selected."""
        return selected_count(self)

    def seen(self) -> list[str]:
        """Keys of the rows in view."""
        first = self.indexAt(QPoint(1, 1)).row()
        if first < 0:
            return []
        count = self.viewport().height() // _ROW + 2
        return [self.samples.key(row)
                for row in range(first, min(first + count, self.samples.rowCount()))]

    def step(self, by: int) -> str:
        """Key of the sample ``by`` rows from the current one, "" at the ends."""
        row = self.samples.row(self._current)
        row = (0 if by > 0 else -1) if row is None else row + by
        return self.samples.key(row) if 0 <= row < self.samples.rowCount() else ""

    def following(self, keys: Iterable[str]) -> str:
        """Key of the sample after ``keys``, or else the one before, "" where there is none."""
        left_out = set(keys)
        rows = sorted(row for key in left_out if (row := self.samples.row(key)) is not None)
        if not rows:
            return ""
        after = range(rows[-1] + 1, self.samples.rowCount())
        before = range(rows[-1] - 1, -1, -1)
        return next((key for row in (*after, *before)
                     if (key := self.samples.key(row)) not in left_out), "")

    # --- showing --------------------------------------------------------------------------------

    def set_current(self, key: str) -> None:
        """Mark the shown sample and bring it into view; no signal. A selection that holds it
        stays."""
        self._current = key
        self._select(scroll=True)

    def set_filter(self, filter: SampleFilter) -> None:
        """Show other samples: from the beginning, or around the shown one if it is among them."""
        self._filtering = True
        self.samples.set_filter(filter)
        self._filtering = False

    def repaint_sample(self, key: str) -> None:
        """The small picture of a sample has come."""
        row = self.samples.row(key)
        if row is not None:
            self.update(self.samples.index(row))

    def _select(self, *, scroll: bool) -> None:
        row = self.samples.row(self._current)
        self._quiet = True
        try:
            if row is None:
                self.selectionModel().clear()
                return
            index = self.samples.index(row)
            flag = QItemSelectionModel.SelectionFlag
            kept = self._several and self.selectionModel().isSelected(index)
            bar = self.verticalScrollBar()
            before = bar.value()
            self.selectionModel().setCurrentIndex(
                index, flag.NoUpdate if kept else flag.ClearAndSelect)
            if scroll:
                self._bring_into_view(index)
            else:
                bar.setValue(before)
        finally:
            self._quiet = False

    def _bring_into_view(self, index: QModelIndex) -> None:
        """Scroll only when the row gets out of view, and then so far that it lasts a while."""
        self._waits_for_room = self.viewport().height() < 2 * _ROW
        if self._waits_for_room:
            return  # not laid out yet: nobody knows what will be in view
        if self._pressing:
            return  # Qt selects what lies under the mouse next: that must be the pressed row still
        rect = self.visualRect(index)
        if rect.top() < 0 or rect.bottom() > self.viewport().height():
            self.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)

    def _current_changed(self, index: QModelIndex) -> None:
        if self._quiet or not index.isValid():
            return
        key = self.samples.key(index.row())
        self._bring_into_view(index)
        if key != self._current:
            self._current = key
            self.chosen.emit(key)

    # --- rows that change -----------------------------------------------------------------------

    def _scrolled(self) -> None:
        """Remember which sample is at the top: when rows are others it cannot be asked any
        more."""
        self._settle.start()
        if not self._quiet:
            row = self.indexAt(QPoint(1, 1)).row()
            if 0 <= row < self.samples.rowCount():
                value = self.verticalScrollBar().value()
                self._top = (self.samples.key(row), value % _ROW)

    def _before_reset(self) -> None:
        """Remember how far down the current row stands, and what is selected."""
        self._quiet = True
        self._kept = self.selected if self._several else []
        row = self.currentIndex().row()  # as it is shown: the model may know the new rows already
        self._offset = None
        if self._current and row >= 0:
            self._offset = row * _ROW - self.verticalScrollBar().value()

    def _after_reset(self) -> None:
        """Rows are others: what was in view stays where it was, as far as it is still there, and
        what was selected is selected still."""
        self._select_kept()
        self._quiet = False
        self.doItemsLayout()
        row, top = self.samples.row(self._current), self.samples.row(self._top[0])
        seen = self._offset is not None and -_ROW < self._offset < self.viewport().height()
        goes_there = row is not None and not seen and (self._filtering or top is None)
        if row is not None or not self._kept:
            self._select(scroll=goes_there)
        bar = self.verticalScrollBar()
        if row is not None and seen and self._offset is not None:
            bar.setValue(row * _ROW - self._offset)
        elif not goes_there:
            bar.setValue(0 if top is None or self._filtering else top * _ROW + self._top[1])
        self._settle.start()

    def _select_kept(self) -> None:
        rows = [row for key in self._kept if (row := self.samples.row(key)) is not None]
        if rows:
            select_rows(self, rows)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressing = True
        try:
            super().mousePressEvent(event)
        finally:
            self._pressing = False
        if self.indexAt(event.position().toPoint()) == self.currentIndex():
            self.scrollTo(self.currentIndex())  # as little as it takes: it stays under the mouse

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.accepted.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._settle.start()
        if self._waits_for_room and self.currentIndex().isValid():
            self._bring_into_view(self.currentIndex())
