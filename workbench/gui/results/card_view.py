"""The samples behind a number: cards of equal size, as many in a row as the width allows."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterStateGuard, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from workbench.core.shapes import Bounds
from workbench.core.text import tr
from workbench.gui.label.images.crops import CropLoader, crop_for, fitted
from workbench.gui.style import tokens
from workbench.gui.style.painting import small, write_pair
from workbench.gui.style.theme import Theme
from workbench.gui.widgets.tile_grid import TileGrid

PAD, GAP = 7, 10
"""Room inside a card's frame, and between two cards, in logical pixels."""

Index = QModelIndex | QPersistentModelIndex


class ResultListModel(QAbstractListModel):
    """The samples of one snapshot, in its order."""

    @abstractmethod
    def number_of_rows(self) -> int:
        """How many samples there are."""

    @abstractmethod
    def name(self, row: int) -> str:
        """The sample's file, short."""

    @abstractmethod
    def word(self, row: int) -> str:
        """What it is, and what it was taken for."""

    @abstractmethod
    def details(self, row: int) -> str:
        """All that is known of it, as a line."""

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  as Qt declares it
        return 0 if parent.isValid() else self.number_of_rows()

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        if not index.isValid() or index.row() >= self.number_of_rows():
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{self.name(index.row())}, {self.word(index.row())}"
        return self.details(index.row()) if role == Qt.ItemDataRole.ToolTipRole else None


class CardView(TileGrid):
    """A grid of samples; a subclass brings its model, its delegate and the size of a card."""

    least_width: ClassVar[int]
    """Of a card with its gap, in logical pixels."""
    opened = Signal(int)
    """(row) a double click or Return."""
    left = Signal()
    """Escape."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.doubleClicked.connect(lambda index: self.opened.emit(index.row()))
        theme.changed.connect(self.viewport().update)

    @property
    def row(self) -> int | None:
        """The current card."""
        index = self.currentIndex()
        return index.row() if index.isValid() else None

    def set_row(self, row: int | None) -> None:
        """Choose a card, alone, and bring it into view; None chooses none."""
        flags = QItemSelectionModel.SelectionFlag
        if row is None:
            self.selectionModel().clear()
        else:
            self.selectionModel().setCurrentIndex(self.model().index(row, 0),
                                                  flags.ClearAndSelect)

    def replace(self, change: Callable[[], object], find: Callable[[], int | None], *,
                stay: bool) -> None:
        """Show other samples: ``change`` puts them into the model. With ``stay`` the row that
        ``find`` then gives is chosen and the list stays where it is scrolled to."""
        value = self.verticalScrollBar().value()
        change()
        row = find() if stay else None
        if row is not None:
            self.set_row(row)
        if stay:
            self.verticalScrollBar().setValue(value)
        else:
            self.scrollToTop()

    def card_height(self, width: int) -> int:
        """Height of a card of this ``width``, both with the gap to the next."""
        raise NotImplementedError

    def resizeEvent(self, event: QResizeEvent) -> None:
        # room for the scroll bar is kept, so that cards do not change size when it comes
        room = self.width() - tokens.SCROLLBAR_WIDTH - 1
        width = room // max(1, room // self.least_width)
        size = QSize(width, self.card_height(width))
        if size != self.gridSize():
            self.setGridSize(size)
        super().resizeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.row is not None:
            self.opened.emit(self.row)
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)


class CardDelegate(QStyledItemDelegate):
    """Paints frames and lines of text; a subclass paints what is inside."""

    def __init__(self, theme: Theme, view: CardView) -> None:
        super().__init__(view)
        self.theme, self.view = theme, view

    def paint_card(self, painter: QPainter, inside: QRectF, row: int) -> None:
        """Paint what is inside a card's frame."""
        raise NotImplementedError

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return self.view.gridSize()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        with QPainterStateGuard(painter):
            self.paint_card(painter, self._paint_frame(painter, option), index.row())

    def _paint_frame(self, painter: QPainter, option: QStyleOptionViewItem) -> QRectF:
        """Paint the card; returns the room inside it."""
        card = QRectF(option.rect).adjusted(0.5, 0.5, -GAP - 0.5, -GAP - 0.5)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        under = bool(option.state & QStyle.StateFlag.State_MouseOver)
        tone = "accent" if chosen else "line_strong" if under else "line"
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.theme.color(tone), tokens.FOCUS_WIDTH if chosen else 1))
        painter.setBrush(self.theme.color("panel"))
        painter.drawRoundedRect(card, tokens.RADIUS_CARD, tokens.RADIUS_CARD)
        return card.adjusted(PAD, PAD, -PAD, -PAD)

    def paint_line(
        self, painter: QPainter, area: QRectF, left: str, right: str, ink: QColor,
        right_ink: QColor | None = None,
    ) -> None:
        """Write a line: ``left``, shortened where it must be, and ``right``, quiet unless it has
        an ink of its own."""
        write_pair(painter, area, left, right, ink, right_ink or self.theme.color("soft"))

    def paint_crop(self, painter: QPainter, area: QRectF, crops: CropLoader, path: Path,
                   part: Bounds) -> tuple[QRectF, bool]:
        """Paint a part of an image, xyxy in its pixels, into ``area``, or why it cannot be shown;
        where it lies there, and whether it is there already."""
        ratio = self.view.devicePixelRatioF()
        target = fitted(part, area, ratio)
        painter.fillRect(area, self.theme.color("canvas"))
        crop = crop_for(path, part, target, ratio)
        picture = crops.get(crop)
        if picture is not None:
            painter.drawPixmap(target.topLeft(), picture)
            return target, True
        failure = crops.failure(crop.path)
        if failure:
            self.paint_sentence(painter, area, tr("This image cannot be shown: {failure}.",
                                                  failure=failure))
        return target, False

    def paint_sentence(self, painter: QPainter, area: QRectF, words: str) -> None:
        """Write why there is no picture into its place."""
        painter.setFont(small(self.view.font()))
        painter.setPen(self.theme.color("soft"))
        painter.drawText(area.adjusted(PAD, PAD, -PAD, -PAD),
                         Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, words)
