"""The files that were looked at as small pictures with what was found, beside the table of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterStateGuard, QPaintEvent, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QComboBox, QTableView

from workbench.core.text import tr
from workbench.core.video import Shown
from workbench.extension.window import make
from workbench.gui.background.frames import FrameLoader
from workbench.gui.background.thumbnails import ThumbnailLoader
from workbench.gui.predict.table import FILE, FOUND, NUMBER, SCORE, Prediction, PredictionTable
from workbench.gui.results.card_view import GAP, PAD, CardDelegate, CardView
from workbench.gui.style.painting import write_pair
from workbench.gui.style.theme import Theme

TILE_WIDTH = 136
"""Least width of a picture with its frame, in logical pixels."""
SHAPE = 1.33
"""Width of a picture by its height."""
CAPTION = 44
_DOWN, _UP = Qt.SortOrder.DescendingOrder, Qt.SortOrder.AscendingOrder
ORDERS = (("as they came", -1, _UP), ("by name", FILE, _UP), ("by what was found", FOUND, _UP),
          ("most first", NUMBER, _DOWN), ("highest score first", SCORE, _DOWN),
          ("lowest score first", SCORE, _UP))
"""The orders of the table, in words."""


class OrderBox(QComboBox):
    """The order of a table, for where its titles are not in view; both say the same."""

    def __init__(self, table: QTableView) -> None:
        super().__init__()
        self.setAccessibleName(tr("Order"))
        for words, _, _ in ORDERS:
            self.addItem(tr(words))
        self.activated.connect(lambda at: table.sortByColumn(*ORDERS[at][1:]))
        table.horizontalHeader().sortIndicatorChanged.connect(self._sorted)

    def _sorted(self, column: int, order: Qt.SortOrder) -> None:
        self.setCurrentIndex(next((at for at, (_, by, way) in enumerate(ORDERS)
                                   if by == column and (way == order or by < 0)), -1))


class _Tiles(CardDelegate):
    """Paints one picture with what was found in it, its name and that in words."""

    def __init__(self, theme: Theme, view: Gallery) -> None:
        super().__init__(theme, view)
        self._gallery = view

    def paint_card(self, painter: QPainter, inside: QRectF, row: int) -> None:
        item = self._gallery.answers.answer(row)
        if item is None:
            return
        area = inside.adjusted(0, 0, 0, PAD - CAPTION)
        painter.fillRect(area, self.theme.color("canvas"))
        if item.problem:
            self.paint_sentence(painter, area, item.words)
        else:
            self._paint_picture(painter, area, item)
        lines = QRectF(area.left(), area.bottom() + 2, area.width(), (CAPTION - PAD) / 2)
        painter.setFont(self.view.font())
        ink, soft = self.theme.color("ink"), self.theme.color("soft")
        self.paint_line(painter, lines, item.place, "", ink)
        if not item.problem:
            best = f"{item.sums.best:.2f}" if item.sums.best else ""
            # cut at its end, as most of what was found comes first
            write_pair(painter, lines.translated(0, lines.height()),
                       item.words_as(self._gallery.whole), best, soft, soft,
                       Qt.TextElideMode.ElideRight)

    def _paint_picture(self, painter: QPainter, area: QRectF, item: Prediction) -> None:
        picture = self._gallery.picture(item)
        display, shown = self._gallery.answers.display, self._gallery.answers.as_shown(item)
        if picture is None or picture.isNull() or display is None or shown is None:
            return
        size = QSize(picture.size()).scaled(area.size().toSize(),
                                            Qt.AspectRatioMode.KeepAspectRatio)
        place = QRectF(area.center().x() - size.width() / 2, area.center().y() - size.height() / 2,
                       size.width(), size.height())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(place, picture, QRectF(picture.rect()))
        if not display.whole:  # the words below say a class as well
            with QPainterStateGuard(painter):
                painter.setClipRect(place)
                make(display.paint, painter, place, shown, self._gallery.color, self.theme)


class Gallery(CardView):
    """The rows of the table, in its order; both have one selection."""

    least_width = TILE_WIDTH

    def __init__(self, theme: Theme, answers: PredictionTable, table: QTableView,
                 color: Callable[[str], QColor]) -> None:
        super().__init__(theme)
        self.answers, self.color = answers, color
        self.loader = ThumbnailLoader(None, self)
        self.loader.ready.connect(lambda _path: self.viewport().update())
        self.frames = FrameLoader(self, waiting=200)
        self.frames.ready.connect(self.viewport().update)
        self.setModel(answers)
        self.setSelectionModel(table.selectionModel())
        self.setItemDelegate(_Tiles(theme, self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setAccessibleName(tr("Files and what was found in them, as pictures"))
        answers.counted.connect(self.viewport().update)

    @property
    def whole(self) -> bool:
        """Whether files are looked at as a whole."""
        return self.answers.display is not None and self.answers.display.whole

    def picture(self, item: Prediction) -> QPixmap | None:
        """The small picture of a file or frame; None until it is there."""
        side = round((self.gridSize().width() - GAP - 2 * PAD) * self.devicePixelRatioF())
        if item.frame < 0:
            return self.loader.get(item.file, side)
        return self.frames.get(Shown(Path(item.file), item.frame, item.time), QSize(side, side))

    def card_height(self, width: int) -> int:
        return round((width - GAP - 2 * PAD) / SHAPE) + PAD + CAPTION + GAP

    def paintEvent(self, event: QPaintEvent) -> None:
        for row in reversed(self.rows_in_view()):  # what is asked for last comes first
            item = self.answers.answer(row)
            if item is not None and not item.problem:
                self.picture(item)
        super().paintEvent(event)

    def close_down(self) -> None:
        """End the threads."""
        self.loader.stop()
        self.frames.stop()
