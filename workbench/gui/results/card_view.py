"""A list of cards of equal size side by side, as many in a row as the width allows."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme

PAD, GAP = 7, 10
"""Room inside a card's frame, and between two cards, in logical pixels."""


class CardView(QListView):
    """What every such list does; who derives from it brings model, delegate and the grid's size.

    Signals
    -------
    opened
        (row) a double click or Return.
    left
        Escape.
    """

    opened = Signal(int)
    left = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setUniformItemSizes(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.doubleClicked.connect(lambda index: self.opened.emit(index.row()))
        theme.changed.connect(self.viewport().update)

    @property
    def row(self) -> int | None:
        """The current card."""
        index = self.currentIndex()
        return index.row() if index.isValid() else None

    def card_width(self, least: int) -> int:
        """Width of a card with its gap, so that whole ones fill a row."""
        # room for the scroll bar is kept, so that cards do not change size when it comes
        width = self.width() - tokens.SCROLLBAR_WIDTH - 1
        return width // max(1, width // least)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.row is not None:
            self.opened.emit(self.row)
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)


class CardDelegate(QStyledItemDelegate):
    """Paints frames and lines of text; who derives from it paints what is inside."""

    def __init__(self, theme: Theme, view: CardView) -> None:
        super().__init__(view)
        self.theme, self.view = theme, view

    def paint_frame(self, painter: QPainter, option: QStyleOptionViewItem) -> QRectF:
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
        middle = Qt.AlignmentFlag.AlignVCenter
        metrics = painter.fontMetrics()
        painter.setPen(right_ink or self.theme.color("soft"))
        painter.drawText(area, middle | Qt.AlignmentFlag.AlignRight, right)
        room = int(area.width()) - metrics.horizontalAdvance(right) - tokens.SPACE_S
        painter.setPen(ink)
        painter.drawText(area, middle | Qt.AlignmentFlag.AlignLeft, metrics.elidedText(
            left, Qt.TextElideMode.ElideMiddle, room))

    def paint_sentence(self, painter: QPainter, area: QRectF, words: str) -> None:
        """Write why there is no picture into its place."""
        painter.setFont(self.small())
        painter.setPen(self.theme.color("soft"))
        painter.drawText(area.adjusted(PAD, PAD, -PAD, -PAD),
                         Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, words)

    def small(self) -> QFont:
        """The font of what is less important."""
        font = QFont(self.view.font())
        font.setPixelSize(round(tokens.FONT_SMALL))
        return font
