"""Points of the map as cards in a grid, in an order: chosen ones, unusual ones, doubtful ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QWidget

from workbench.core.text import tr
from workbench.gui.data.map_pictures import MapPictures
from workbench.gui.results.card_view import PAD, CardDelegate, CardView, ResultListModel
from workbench.gui.style import tokens
from workbench.gui.style.painting import small
from workbench.gui.style.theme import Theme
from workbench.gui.widgets.row_selection import select_rows, selected_rows
from workbench.gui.widgets.tips import plain_tip

TILE_WIDTH = 132
"""Least width of a card with its gap, in logical pixels."""
_CAPTION = 36
_SEVERAL, _SEAM = 4, 2
"""Pictures of a group, and the gap between them."""
_LINE = 16


class Caption(NamedTuple):
    """What is said of a point on its card."""

    name: str
    words: str
    color: str
    """Of its class, "#rrggbb", or a token's name."""


CaptionOf = Callable[[int], Caption]


class PointGridModel(ResultListModel):
    """Points of a map, by their rows there."""

    def __init__(self, caption_of: CaptionOf, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: list[int] = []
        self.caption_of = caption_of
        self.hint = ""
        """What a double click does."""
        self.groups: Mapping[int, Sequence[int]] = {}
        """The points that the card of one stands for, where these are several."""

    def show(self, rows: Sequence[int]) -> None:
        """Show others."""
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()

    def number_of_rows(self) -> int:
        return len(self.rows)

    def name(self, row: int) -> str:
        return self.caption_of(self.rows[row]).name

    def word(self, row: int) -> str:
        return self.caption_of(self.rows[row]).words

    def details(self, row: int) -> str:
        return plain_tip(f"{self.name(row)}\n{self.word(row)}\n{self.hint}")


class PointGrid(CardView):
    """Shows them; any number can be selected."""

    least_width = TILE_WIDTH
    choice_changed = Signal()
    """Others are selected."""
    pointed = Signal(object)
    """(row of the map, or None) the mouse is over a card."""

    def __init__(self, theme: Theme, pictures: MapPictures, caption_of: CaptionOf) -> None:
        super().__init__(theme)
        self.points = PointGridModel(caption_of, self)
        self.setModel(self.points)
        self.setItemDelegate(_Delegate(theme, pictures, self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self._heard: tuple[int | None, float] = (None, 0.0)
        self.setAccessibleName(tr("Points of the map"))
        self.entered.connect(lambda index: self.pointed.emit(self.points.rows[index.row()]))
        self.viewportEntered.connect(lambda: self.pointed.emit(None))
        self.selectionModel().selectionChanged.connect(lambda *_: self.choice_changed.emit())
        pictures.ready.connect(self.viewport().update)

    def show_rows(self, rows: Sequence[int]) -> None:
        """Show other points, from the first on; the same stay as they are, with what is selected.
        """
        if list(rows) == self.points.rows:
            self.viewport().update()
            return
        kept = set(self.chosen())
        self.points.show(rows)
        select_rows(self, [at for at, row in enumerate(self.points.rows) if row in kept])
        self.scrollToTop()
        self.choice_changed.emit()

    def show_heard(self, row: int | None, share: float) -> None:
        """Draw how far (0..1) a point has been played; None: nothing is heard."""
        self._heard = row, share
        self.viewport().update()

    def heard(self, row: int) -> float | None:
        """How far a point has been played; None where it is not heard."""
        return self._heard[1] if self._heard[0] == row else None

    def chosen(self) -> list[int]:
        """The points whose cards are selected, in their order."""
        return [self.points.rows[at] for at in selected_rows(self) if at < len(self.points.rows)]

    def card_height(self, width: int) -> int:
        return width + _CAPTION - PAD

    def leaveEvent(self, event: QEvent) -> None:
        self.pointed.emit(None)
        super().leaveEvent(event)


class _Delegate(CardDelegate):
    """Paints the picture of a point, its file and what is said of it."""

    def __init__(self, theme: Theme, pictures: MapPictures, view: PointGrid) -> None:
        super().__init__(theme, view)
        self._pictures, self._gallery = pictures, view

    def paint_card(self, painter: QPainter, inside: QRectF, row: int) -> None:
        point = self._gallery.points.rows[row]
        caption = self._gallery.points.caption_of(point)
        frame = inside.adjusted(0, 0, 0, PAD - _CAPTION)
        self._paint_pictures(painter, frame, point)
        heard = self._gallery.heard(point)
        if heard is not None:
            x = round(frame.left() + frame.width() * heard)
            painter.setPen(QPen(QColor(tokens.ON_IMAGE), tokens.WIDTH_BOX))
            painter.drawLine(x, round(frame.top()), x, round(frame.bottom()))
        painter.setFont(small(self.view.font()))
        line = QRectF(inside.left(), frame.bottom() + 2, inside.width(), _LINE)
        self.paint_line(painter, line, caption.name, "", self.theme.color("ink"))
        mark = QRectF(line.left() + 1, line.bottom() + 4, tokens.SPACE_S, tokens.SPACE_S)
        painter.setPen(QPen(Qt.PenStyle.NoPen))
        painter.setBrush(self.theme.color(caption.color))
        painter.drawEllipse(mark)
        words = line.translated(0, _LINE).adjusted(tokens.SPACE_S + tokens.SPACE_XS, 0, 0, 0)
        self.paint_line(painter, words, caption.words, "", self.theme.color("soft"))

    def _paint_pictures(self, painter: QPainter, frame: QRectF, point: int) -> None:
        """Its own, or those of four points of its group."""
        rows = self._gallery.points.groups.get(point, (point,))[:_SEVERAL]
        if len(rows) < _SEVERAL:
            self._paint_picture(painter, frame, point)
            return
        side = (frame.width() - _SEAM) / 2, (frame.height() - _SEAM) / 2
        for at, row in enumerate(rows):
            self._paint_picture(painter, QRectF(
                frame.left() + (at % 2) * (side[0] + _SEAM),
                frame.top() + (at // 2) * (side[1] + _SEAM), *side), row)

    def _paint_picture(self, painter: QPainter, frame: QRectF, point: int) -> None:
        if self._pictures.paint(painter, frame, point) is None:
            painter.fillRect(frame, self.theme.color("canvas"))
            if self._pictures.failed(point):
                self.paint_sentence(painter, frame, tr("This cannot be shown"))
